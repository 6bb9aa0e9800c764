"""A joint team: the sums add up, and the trial of the accounts' world gives what goes into them."""

import pandas as pd
import pytest

from crmlab import decisions
from crmlab.errors import InputError
from crmlab.simulate import accounts
from crmlab.simulate.worlds.accounts import STOCK_CUT

approx = pytest.approx
TERMS = {
    "sales": 365_250,
    "margin": 0.3,
    "stock_days": 9,
    "days_out": 6,
    "customer_margin": 0.2,
    "holding": 0.25,
}


def test_parts_add_up():
    gain = decisions.joint_gain(**TERMS, more_sales=10_000, cost=500, lost=0.5)
    assert gain["maker"] == approx(6 * 1000 * 0.5 * 0.3 + 3000 - 500)
    assert gain["customer"] == approx(9 * 1000 * 0.25 + 6 * 1000 * 0.5 * 0.2 + 2000)
    assert gain["both"] == approx(gain["maker"] + gain["customer"])
    nothing = decisions.joint_gain(**(TERMS | {"stock_days": 0, "days_out": 0}), cost=100)
    assert nothing["both"] == -100


def test_the_trial_tells_the_days():
    maker = accounts(4000, seed=6)
    stock, arm = maker.table("stock"), maker.table("programme").set_index("customer_id")
    late = stock["date"] > arm["date"].iloc[0]  # on the day itself, stock was counted before
    before, after = (stock[part].groupby("customer_id")["stock_days"].mean() for part in (~late, late))
    found = decisions.difference_in_differences(before, after, arm["arm"] == "joint team").loc["all"]
    assert found["low"] < -STOCK_CUT < found["high"]
    assert found["error"] < 1


@pytest.mark.parametrize("change", [{"margin": 30}, {"stock_days": 400}, {"holding": -0.1}, {"lost": 2}])
def test_what_cannot_be_is_refused(change):
    with pytest.raises(InputError, match=next(iter(change))):
        decisions.joint_gain(**TERMS | change)


def test_the_gain_is_a_series_of_money():
    assert isinstance(decisions.joint_gain(**TERMS), pd.Series)
