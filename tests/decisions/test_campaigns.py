"""Uplift and Qini against counts by hand, chance, and a treatment whose effect is known."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab import decisions
from crmlab.errors import DataError

approx = pytest.approx


@pytest.fixture(scope="module")
def campaign() -> pd.DataFrame:
    rng, size = np.random.default_rng(8), 40_000
    kind = rng.choice(["persuadable", "sure", "lost"], size, p=[0.2, 0.3, 0.5])
    treated = rng.random(size) < 0.5
    chance = np.select([kind == "sure", kind == "persuadable"], [0.5, np.where(treated, 0.4, 0.1)], 0.02)
    return pd.DataFrame({"kind": kind, "treated": treated, "answered": rng.random(size) < chance})


def test_the_effect_is_found_by_kind(campaign):
    found = decisions.uplift(campaign["treated"], campaign["answered"], by=campaign["kind"])
    truth = pd.Series({"lost": 0.0, "persuadable": 0.3, "sure": 0.0})
    assert ((found["low"] <= truth) & (truth <= found["high"])).all()
    assert (found["treated"] + found["held_back"]).sum() == len(campaign)
    one = campaign["answered"][campaign["treated"]].mean() - campaign["answered"][~campaign["treated"]].mean()
    assert decisions.uplift(campaign["treated"], campaign["answered"]).loc["all", "uplift"] == approx(one)


def test_a_score_that_knows_beats_one_that_finds_buyers(campaign):
    def area(score):
        return decisions.qini_area(decisions.qini_curve(score, campaign["treated"], campaign["answered"]))

    knows = (campaign["kind"] == "persuadable").astype(float)
    buyers = (campaign["kind"] == "sure").astype(float)
    chance = pd.Series(np.random.default_rng(1).random(len(campaign)))
    assert area(knows) > 5 * abs(area(chance))
    assert area(knows) > 0 > area(buyers)


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 3)), min_size=4, max_size=40))
def test_ties_and_order_do_not_matter(rows):
    table = pd.DataFrame(rows, columns=["treated", "answered", "score"])
    if table["treated"].nunique() < 2:
        return
    made = [
        decisions.qini_curve(each["score"], each["treated"], each["answered"])
        for each in (table, table.iloc[::-1])
    ]
    pd.testing.assert_frame_equal(*made)
    answers = table.groupby("treated")["answered"].agg(["sum", "size"])
    end = (
        answers.loc[True, "sum"] - answers.loc[False, "sum"] * answers["size"][True] / answers["size"][False]
    )
    assert made[0]["gain"].iloc[-1] == approx(end)


def test_customers_may_come_in_another_order(campaign):
    treated, answered, kind = campaign["treated"], campaign["answered"], campaign["kind"]
    plain = decisions.uplift(treated, answered, by=kind)
    pd.testing.assert_frame_equal(decisions.uplift(treated, answered[::-1], by=kind[::-1]), plain)
    score = (kind == "persuadable").astype(float)
    turned = decisions.qini_curve(score[::-1], treated, answered[::-1])
    pd.testing.assert_frame_equal(turned, decisions.qini_curve(score, treated, answered))


def test_a_side_that_is_empty_has_no_uplift_and_bad_input_is_told():
    yes, no = pd.Series([True] * 3), pd.Series([0, 1, 0])
    assert decisions.uplift(yes, no)["uplift"].isna().all()
    with pytest.raises(DataError, match="held back by lot"):
        decisions.qini_curve(no.astype(float), yes, no)
    with pytest.raises(DataError, match="true or false"):
        decisions.uplift(pd.Series(["a", "b", "c"]), no)
    with pytest.raises(DataError, match="1 of 3 answers are missing"):
        decisions.uplift(yes, pd.Series([0, None, 1]))
    with pytest.raises(DataError):
        decisions.uplift(yes, pd.Series([0, 1, 0], index=list("abc")))
