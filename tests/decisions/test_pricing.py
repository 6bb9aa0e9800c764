"""Prices and places against search by hand, and against simulated arrivals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab import decisions
from crmlab.errors import InputError

approx = pytest.approx
size = st.floats(20, 200)


@given(st.lists(st.tuples(size, st.floats(0.2, 3)), min_size=1, max_size=4), st.floats(0, 30))
def test_no_price_on_a_grid_earns_more(tiers, cost):
    names = [f"t{number}" for number in range(len(tiers))]
    a, b = (pd.Series(each, names) for each in zip(*tiers, strict=True))
    made = decisions.tier_prices(a, b, cost=cost)
    grid = np.linspace(0, 1000, 20_001)[:, None]
    profit = (grid - cost) * np.maximum(a.to_numpy() - b.to_numpy() * grid, 0)
    assert (made["profit"] >= profit.max(axis=0) - 1e-6).all()
    assert made["uniform_profit"].sum() >= profit.sum(axis=1).max() - 1e-6
    assert made["profit"].sum() >= made["uniform_profit"].sum() - 1e-9


@given(st.floats(0.5, 3), st.floats(0.1, 2), st.floats(0.05, 0.95))
def test_nobody_wants_the_other_version(low, gap, share):
    made = decisions.two_qualities(low, low + gap, share)
    for taste, own, other in ((low, "low", "high"), (low + gap, "high", "low")):
        gain = taste * made["quality"] - made["price"]
        assert gain[own] >= gain[other] - 1e-9
        assert gain[own] >= -1e-9


@given(st.floats(50, 300), st.floats(0.1, 0.95), st.floats(1, 60))
def test_one_place_more_or_less_earns_no_more(high, part, mean):
    low, places = high * part, 200
    kept = decisions.protection(high, low, mean=mean)

    def revenue(protect):
        return low * (places - protect) + high * (mean - decisions.expected_lost(mean, protect))

    assert revenue(kept) >= max(revenue(max(kept - 1, 0)), revenue(kept + 1)) - 1e-6 * high * mean


def test_two_classes_are_littlewoods_and_levels_rise():
    two = decisions.protection_levels([225, 159], [27.3, 100], [5.2, 10])["protect"]
    assert two.iloc[0] == decisions.protection(225, 159, mean=27.3, sd=5.2)
    assert two.isna().tolist() == [False, True]
    many = decisions.protection_levels([200, 150, 90, 50], [20, 30, 50, 80], [5, 6, 9, 12])["protect"]
    assert many.dropna().is_monotonic_increasing


def test_a_stock_that_is_larger_or_smaller_earns_less():
    best = decisions.stock(190, 110, salvage=90, mean=300, sd=80)
    from scipy import stats  # slow to import

    demand = stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000, 300, 80)

    def profit(order):
        sold = np.minimum(demand, order)
        return float((190 * sold + 90 * (order - sold) - 110 * order).mean())

    assert profit(best["order"]) == approx(best["profit"], rel=1e-4)
    assert profit(best["order"]) >= max(profit(best["order"] + 5), profit(best["order"] - 5))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: decisions.protection(100, 120, mean=5), "high_price is 100"),
        (lambda: decisions.protection_levels([100, 120], [5, 5], [1, 1]), "Prices must fall"),
        (lambda: decisions.protection_levels([100], [5], [1]), "at least two classes"),
        (lambda: decisions.stock(100, 120, mean=5, sd=1), "price is 100"),
        (lambda: decisions.two_qualities(2, 1, 0.5), "high_taste is 1"),
        (
            lambda: decisions.tier_prices(pd.Series([1.0], ["a"]), pd.Series([1.0], ["b"]), cost=0),
            "the same tiers",
        ),
    ],
)
def test_what_cannot_be_is_refused(call, said):
    with pytest.raises(InputError, match=said):
        call()
