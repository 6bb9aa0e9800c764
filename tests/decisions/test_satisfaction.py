"""What drives satisfaction, and Kano's kinds: hand counts, identities, and the truth of a survey's world."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression

from crmlab import decisions
from crmlab.decisions.satisfaction import KANO_KINDS
from crmlab.errors import DataError, InputError
from crmlab.simulate import survey
from crmlab.simulate.answers import LAYERS

approx = pytest.approx


@pytest.fixture(scope="module")
def chain():
    return survey(3000, seed=5)


def drawn(seed: int, size: int = 300) -> tuple[pd.DataFrame, pd.Series]:
    rng = np.random.default_rng(seed)
    marks = pd.DataFrame(rng.normal(size=(size, 3)) @ rng.normal(size=(3, 3)), columns=list("abc"))
    return marks, marks @ rng.normal(size=3) + rng.normal(size=size)


@settings(max_examples=10)
@given(st.integers(0, 1000))
def test_shares_are_fair(seed):
    marks, overall = drawn(seed)
    found = decisions.layer_importance(marks, overall, draws=0)
    whole = LinearRegression().fit(marks, overall).score(marks, overall)
    assert found["importance"].sum() == approx(1)
    assert found["explained"].sum() == approx(whole)
    same = decisions.layer_importance(marks[::-1], overall, draws=3)
    pd.testing.assert_frame_equal(same, decisions.layer_importance(marks, overall, draws=3))
    twin = decisions.layer_importance(marks.assign(b=marks["a"]), overall, draws=0)
    assert twin.loc["a", "importance"] == approx(twin.loc["b", "importance"])
    scaled = decisions.layer_importance(marks * 10 + 3, overall[::-1], draws=0)
    assert scaled["importance"].to_numpy() == approx(found["importance"].to_numpy())


def test_independent_layers_have_their_squared_correlations():
    marks = pd.DataFrame(np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, -1).T, columns=list("abc"))
    marks = pd.concat([marks] * 4, ignore_index=True)
    overall = 3 * marks["a"] + 2 * marks["b"] + marks["c"]
    found = decisions.layer_importance(marks, overall, draws=30)
    assert found["importance"].tolist() == approx([9 / 14, 4 / 14, 1 / 14])
    assert ((found["low"] < found["importance"]) & (found["importance"] < found["high"])).all()


@pytest.mark.slow
def test_intervals_hold_the_truth_about_as_often_as_they_say():
    mix = np.array([[1.0, 0.5, 0.3], [0.0, 1.0, 0.4], [0.0, 0.0, 1.0]])

    def asked(seed: int, size: int) -> tuple[pd.DataFrame, pd.Series]:
        rng = np.random.default_rng(seed)
        marks = pd.DataFrame(rng.normal(size=(size, 3)) @ mix, columns=list("abc"))
        return marks, marks @ [1.0, 0.5, 0.2] + rng.normal(size=size)

    truth = decisions.layer_importance(*asked(0, 200_000), draws=0)["importance"]
    found = [decisions.layer_importance(*asked(seed, 200), draws=40) for seed in range(1, 26)]
    held = [(each["low"] <= truth) & (truth <= each["high"]) for each in found]
    assert 0.80 < np.mean(held) <= 1


def test_what_people_say_that_they_want_is_not_what_moves_them(chain):
    answers = chain.table("survey").set_index("customer_id")
    found = decisions.layer_importance(answers[[*LAYERS]], answers["overall"], draws=50)
    stated = answers[[f"importance_{name}" for name in LAYERS]].mean()
    assert stated.idxmin() == "importance_emotion"  # said to matter least
    assert found["importance"].rank(ascending=False)["emotion"] <= 3
    assert found.loc["emotion", "low"] > found.loc["support", "high"]


def test_kinds_are_those_of_the_world_and_count_by_hand(chain):
    found = decisions.kano_kinds(chain.table("kano"))
    assert found["kind"].tolist() == ["must-be", *["one-dimensional"] * 3, "attractive"]
    assert (found["low"] > 0).all()
    assert found[KANO_KINDS].sum(axis=1).tolist() == approx([1.0] * 5)
    by_hand = {
        ("like", "dislike"): "one-dimensional", ("like", "neutral"): "attractive",
        ("expect", "dislike"): "must-be", ("neutral", "neutral"): "indifferent",
        ("neutral", "like"): "reverse", ("dislike", "live with"): "reverse", ("like", "like"): "questionable",
        ("dislike", "dislike"): "questionable", ("expect", "expect"): "indifferent",
    }  # fmt: skip
    for (present, absent), kind in by_hand.items():
        one = pd.DataFrame({"layer": ["x"], "present": [present], "absent": [absent]})
        assert decisions.kano_kinds(one).loc["x", "kind"] == kind
    three = pd.DataFrame({"layer": "x", "present": ["like"] * 3, "absent": ["dislike"] * 3})
    few, many = (decisions.kano_kinds(pd.concat([three] * times)).loc["x"] for times in (1, 10))
    assert few["low"] < 0 < many["low"] < many["lead"] == 1
    odd = pd.DataFrame({"layer": "x", "present": ["dislike"], "absent": ["like"]})
    assert np.isnan(decisions.kano_kinds(odd).loc["x", "better"])


MARKS = pd.DataFrame({"a": [1.0, 2, 3, 4, 5, 6], "b": [2.0, 1, 3, 5, 4, 6]})


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: decisions.layer_importance(MARKS[["a"]], MARKS["b"]), InputError, "Give 2 to 10"),
        (lambda: decisions.layer_importance(MARKS, MARKS["b"].iloc[:5]), DataError, "only one of the two"),
        (lambda: decisions.layer_importance(MARKS[:4], MARKS["b"][:4]), DataError, "4 answers do not tell 2"),
        (lambda: decisions.layer_importance(MARKS.assign(b=3), MARKS["a"]), DataError, "same mark in b"),
        (lambda: decisions.layer_importance(MARKS.assign(b=None), MARKS["a"]), DataError, "not numbers"),
        (
            lambda: decisions.layer_importance(MARKS.replace(3, np.nan), MARKS["a"]),
            DataError,
            "1 of 6 values",
        ),
        (lambda: decisions.layer_importance(MARKS[:0], MARKS["a"][:0]), DataError, "no rows in 'a'"),
        (lambda: decisions.layer_importance(MARKS, MARKS["a"], draws=-1), InputError, "draws is -1"),
        (lambda: decisions.kano_kinds(pd.DataFrame({"layer": []})), DataError, "lack the column 'present'"),
        (
            lambda: decisions.kano_kinds(
                pd.DataFrame({"layer": [1], "present": ["good"], "absent": ["like"]})
            ),
            DataError,
            "1 of 1 answers in 'present' are none of like, expect, neutral, live with, dislike: good",
        ),
    ],
)
def test_what_tells_nothing_is_refused(call, error, said):
    with pytest.raises(error, match=said):
        call()
