"""Scores of a survey and who answers it: closed forms, and a world in which the angry answer more."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab import decisions
from crmlab.errors import DataError, InputError
from crmlab.simulate import survey

approx = pytest.approx


@given(st.lists(st.tuples(st.integers(1, 10), st.integers(0, 10)), min_size=2, max_size=60))
def test_scores_by_hand_and_in_any_order(rows):
    table = pd.DataFrame(rows, columns=["overall", "recommend"])
    index = decisions.acsi(table[["overall"]])
    assert index["index"] == approx(100 * (table["overall"].mean() - 1) / 9)
    assert index["error"] == approx(100 / 9 * table["overall"].sem(), abs=1e-9)
    score = decisions.net_promoter(table["recommend"])
    points = np.select([table["recommend"] >= 9, table["recommend"] <= 6], [1, -1], 0)
    assert score["score"] == approx(points.mean())
    assert score["error"] == approx(points.std() / np.sqrt(len(points)), abs=1e-9)
    again = decisions.net_promoter(table["recommend"][::-1])
    pd.testing.assert_series_equal(score, again)


def test_weights_need_not_sum_to_one():
    marks = pd.DataFrame({"a": [10, 10], "b": [1, 1]})
    assert decisions.acsi(marks, {"a": 3, "b": 1})["index"] == approx(75)
    assert decisions.acsi(marks, {"a": 2})["index"] == approx(100)
    assert np.isnan(decisions.acsi(marks[:1])["error"])


def test_who_answers_differs_and_the_range_holds_the_truth():
    chain = survey(8000, seed=3)
    answers = chain.table("survey").set_index("customer_id")
    truth = chain.truth["satisfaction"]
    answered = pd.Series(truth.index.isin(answers.index), truth.index)
    known = pd.DataFrame(
        {"extreme": (truth - 7).abs() > 1.5, "satisfaction": truth, "rate": chain.truth["price"]}
    )
    found = decisions.answerers(answered, known)
    assert found.loc["extreme", "z"] > 4
    assert found.loc["satisfaction", "z"] < -2  # the angry are more than the delighted
    assert abs(found.loc["rate", "z"]) < 4  # whether they come for the price plays no part
    both = found["all"] - found["answered"] * answered.mean() - found["silent"] * (1 - answered.mean())
    assert both.abs().max() < 1e-12
    ends = decisions.answer_range(answers["overall"], asked=len(truth))
    assert ends["lowest"] < truth.mean() < ends["highest"]
    everybody = decisions.answer_range(answers["overall"], asked=len(answers))
    assert everybody["lowest"] == approx(everybody["highest"]) == approx(answers["overall"].mean())


def test_what_all_share_has_no_z():
    found = decisions.answerers(pd.Series([1, 1, 0, 0]), pd.DataFrame({"same": [3, 3, 3, 3]}))
    assert found.loc["same", "difference"] == 0
    assert np.isnan(found.loc["same", "z"])


TWO = pd.DataFrame({"overall": [5, 11]})


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: decisions.acsi(TWO), DataError, "1 of 2 values in 'overall'.*11.*numbers from 1 to 10"),
        (lambda: decisions.acsi(TWO[:0]), DataError, "no rows in 'overall'"),
        (lambda: decisions.acsi(TWO[:1], {"ideal": 1}), InputError, "no question 'ideal'.*Known: overall"),
        (lambda: decisions.acsi(TWO[:1], {"overall": 0}), InputError, "All weights are 0"),
        (lambda: decisions.net_promoter(pd.Series(["9", "10"])), DataError, "not numbers"),
        (lambda: decisions.net_promoter(pd.Series([None, 9.0])), DataError, "1 of 2 values"),
        (lambda: decisions.answerers(pd.Series([1, 1]), TWO), DataError, "some must have answered"),
        (lambda: decisions.answerers(pd.Series([1, 2]), TWO), DataError, "neither true nor false"),
        (lambda: decisions.answer_range(pd.Series([5, 6]), asked=1), InputError, "asked is 1"),
    ],
)
def test_what_tells_nothing_is_refused(call, error, said):
    with pytest.raises(error, match=said):
        call()
