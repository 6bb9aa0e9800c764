"""Twins sell the same in every quarter, and keep their customers as they are told."""

import pandas as pd
import pytest

from crmlab.errors import InputError
from crmlab.lifecycle import repeat_share
from crmlab.simulate import twin

BUYERS = [1000, 1050, 1100, 1200, 1200]


def test_two_firms_have_one_curve_of_revenue():
    firms = [repeat_share(twin(BUYERS, keep, seed=3, alone=2)) for keep in (0.9, 0.5)]
    for each in firms:
        assert list(each["customers"].iloc[:5]) == BUYERS
        assert list(each["revenue"].iloc[:5]) == [100.0 * many for many in BUYERS]
    assert firms[0]["revenue_repeat"].iloc[4] == pytest.approx(0.9, abs=0.03)
    assert firms[1]["revenue_repeat"].iloc[4] == pytest.approx(0.5, abs=0.05)
    for each, keep in zip(firms, (0.9, 0.5), strict=True):
        assert (each["revenue_repeat"].iloc[5:] == 1).all()
        assert each["customers"].iloc[6] / 1200 == pytest.approx(keep**2, abs=0.05)


def test_the_same_seed_makes_the_same_firm():
    pd.testing.assert_frame_equal(twin(BUYERS, 0.7, seed=1), twin(BUYERS, 0.7, seed=1))
    assert not twin(BUYERS, 0.7, seed=1).equals(twin(BUYERS, 0.7, seed=2))


def test_each_customer_orders_once_a_quarter_and_never_returns():
    orders = twin(BUYERS, 0.6, seed=5)
    quarter = orders["date"].dt.to_period("Q")
    assert not orders.assign(quarter=quarter).duplicated(["customer_id", "quarter"]).any()
    spans = quarter.groupby(orders["customer_id"]).agg(["min", "max", "size"])
    assert ((spans["max"].astype("int64") - spans["min"].astype("int64") + 1) == spans["size"]).all()


def test_what_cannot_be_is_refused():
    with pytest.raises(InputError, match="buyers is empty"):
        twin([], 0.5, seed=1)
    with pytest.raises(InputError, match="buyers fall"):
        twin([10, 9], 0.5, seed=1)
    with pytest.raises(InputError, match="keep"):
        twin([10], 1.0, seed=1)
