"""Test mailings: shares worked by hand, verdicts that fit their intervals, and balances that add up."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.errors import DataError, InputError
from crmlab.segments import mailing

few = settings(max_examples=20)
SEGMENT = pd.Series(
    pd.Categorical(
        ["good"] * 50 + ["poor"] * 50 + ["new"] * 4, ["good", "poor", "new", "empty"], ordered=True
    ),
    name="segment",
)
PROFIT = pd.Series([30.0, 50.0] * 25 + [2.0, 4.0] * 25 + [9.0] * 4)


def test_shares_and_verdicts_by_hand():
    found = mailing.results(SEGMENT, PROFIT, piece=6.0, caused=0.5)
    assert found["customers"].tolist() == [50, 50, 4, 0]
    assert found["mean"].tolist() == [40, 3, 9, 0]
    assert found["break_even"].tolist() == [6 / 40, 2, 6 / 9, np.inf]
    assert found["test"].tolist() == ["pays", "does not pay", "too few bought", "too few bought"]
    assert found.index.name == "segment"
    near = mailing.results(SEGMENT, PROFIT, piece=6.0, caused=0.15)
    assert near.loc["good", "test"] == "cannot be told"
    assert near.loc["good", "low"] < 0.15 < near.loc["good", "high"]


def test_a_loss_pays_from_no_share_on():
    loss = pd.Series([-1.0] * 20)
    found = mailing.results(pd.Series(["a"] * 20), loss, piece=1.0, caused=1.0)
    assert np.isinf(found[["break_even", "low", "high"]].to_numpy()).all()
    assert found["test"].tolist() == ["does not pay"]


def test_the_same_seed_redraws_the_same_test():
    one, two, other = (
        mailing.results(SEGMENT, PROFIT, piece=6.0, caused=0.2, draws=30, seed=seed) for seed in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(one, two)
    assert not one["low"].equals(other["low"])


def test_balances_by_hand():
    mean = pd.Series({"good": 40.0, "poor": 3.0})
    segment, profit = pd.Series(["poor", "good", "good"]), pd.Series([1.0, 50.0, 10.0])
    found = mailing.balances(mean, segment, profit, piece=6.0, caused=[0.1, 0.2, 1.0])
    assert found["segments"].tolist() == [0, 1, 1]
    assert found["pieces"].tolist() == [0, 2, 2]
    assert found["balance"].tolist() == pytest.approx([0, 12 - 12, 60 - 12])
    assert found["to everybody"].tolist() == pytest.approx([6.1 - 18, 12.2 - 18, 61 - 18])


@few
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(-5, 60)), min_size=1, max_size=30),
    st.floats(0.01, 1),
)
def test_who_pays_in_the_test_does_so_in_the_balances(rows, caused):
    segment, profit = (pd.Series(column) for column in zip(*rows, strict=True))
    profit = profit.astype(float)
    found = mailing.results(segment, profit, piece=4.0, caused=caused, draws=20)
    assert (found["low"] <= found["high"]).all()
    paying = found.index[caused * found["mean"] > 4.0]
    row = mailing.balances(found["mean"], segment, profit, piece=4.0, caused=[caused]).iloc[0]
    assert row["pieces"] == segment.isin(paying).sum()
    assert row["balance"] >= -1e-9  # in the test itself, no chosen segment loses
    assert row["balance"] >= row["to everybody"] - 1e-9


def test_costs_and_shares_are_checked():
    with pytest.raises(InputError, match="piece is -1, but must be the cost of one piece"):
        mailing.results(SEGMENT, PROFIT, piece=-1, caused=0.2)
    with pytest.raises(InputError, match="caused is 20, but must be a share of the profit from 0 to 1"):
        mailing.results(SEGMENT, PROFIT, piece=1, caused=20)
    with pytest.raises(InputError, match="caused is 2, but"):
        mailing.balances(pd.Series({"good": 1.0}), SEGMENT, PROFIT, piece=1, caused=[0.5, 2])
    with pytest.raises(DataError, match="only one"):
        mailing.results(SEGMENT, PROFIT[1:], piece=1, caused=0.2)
    with pytest.raises(DataError, match="no finite number"):
        mailing.results(SEGMENT, PROFIT.replace(9.0, np.nan), piece=1, caused=0.2)
