"""The index by hand, and a top list that stays or goes with its weights."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab import clv
from crmlab.errors import DataError, InputError

approx = pytest.approx


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_scale_and_order_play_no_part(seed):
    rng = np.random.default_rng(seed)
    marks = pd.DataFrame(rng.gamma(2, size=(40, 3)), columns=list("abc"))
    weights = pd.Series(rng.random(3) + 0.1, index=list("abc"))
    found = clv.index_values(marks, weights)
    assert found.between(0, 1).all()
    assert clv.index_values(marks * [10, 1, 5], weights * 7).to_numpy() == approx(found.to_numpy())
    kept = clv.top_list_kept(marks, weights)
    assert kept[["less", "more"]].apply(lambda side: side.between(0, 1)).all(axis=None)
    pd.testing.assert_frame_equal(clv.top_list_kept(marks[::-1], weights[::-1]), kept)
    chances = clv.top_list_chances(marks, weights, draws=50)
    assert chances.sum() == approx(4)  # a tenth of forty, where nobody ties
    assert clv.top_list_chances(marks[::-1], weights, draws=50)[::-1].equals(chances)


def test_one_indicator_alone_is_never_moved_and_opposed_ones_are():
    marks = pd.DataFrame({"a": [4.0, 3, 2, 1], "b": [1.0, 2, 3, 4]})
    both = pd.Series({"a": 0.51, "b": 0.49})
    kept = clv.top_list_kept(marks, both, share=0.25)
    assert kept["less"].tolist() == [0, 1]
    assert kept["more"].tolist() == [1, 0]
    alone = clv.top_list_kept(marks, pd.Series({"a": 1.0, "b": 0.0}), share=0.25)
    assert alone[["less", "more"]].eq(1).all(axis=None)
    chances = clv.top_list_chances(marks, both, share=0.25, draws=2000)
    assert chances[0] == approx(0.54, abs=0.05)  # P(log a/b > 0), with mean ln(51/49) and sd 0.3 √2
    assert chances[0] + chances[3] == approx(1)


def test_equal_customers_are_on_the_list_together():
    marks = pd.DataFrame({"a": [2.0, 2, 1, 1], "b": [1.0, 1, 1, 1]})
    chances = clv.top_list_chances(marks, pd.Series({"a": 1.0, "b": 1.0}), share=0.25, draws=5)
    assert chances.tolist() == [1, 1, 0, 0]


MARKS, WEIGHTS = pd.DataFrame({"a": [1.0, 2.0]}), pd.Series({"a": 1.0})


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: clv.index_values(MARKS[:0], WEIGHTS), DataError, "no customers"),
        (lambda: clv.index_values(MARKS, pd.Series({"b": 1.0})), InputError, "no indicator 'b'"),
        (lambda: clv.index_values(MARKS, pd.Series(dtype=float)), InputError, "no weight of a"),
        (lambda: clv.index_values(MARKS, WEIGHTS * 0), InputError, "not all of them 0"),
        (lambda: clv.index_values(-MARKS, WEIGHTS), DataError, "a must hold numbers"),
        (lambda: clv.index_values(MARKS * 0, WEIGHTS), DataError, "a is 0 for everybody"),
        (lambda: clv.top_list_kept(MARKS, WEIGHTS, share=1), InputError, "share is 1"),
        (lambda: clv.top_list_kept(MARKS, WEIGHTS, change=50), InputError, "change is 50"),
        (lambda: clv.top_list_chances(MARKS, WEIGHTS, draws=0), InputError, "draws is 0"),
    ],
)
def test_what_cannot_be_is_refused(call, error, said):
    with pytest.raises(error, match=said):
        call()
