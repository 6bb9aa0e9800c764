"""The parts of a change sum to it whatever the customers do; layers sum to the revenue."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmlab as crm
from crmlab.errors import DataError, InputError
from crmlab.lifecycle import cohort_volume, layer_cake, payback, period_profits, profit_changes, repeat_share
from crmlab.lifecycle.base import PARTS

approx = pytest.approx
money = st.floats(-100, 100).map(lambda x: round(x, 2))
rows = st.lists(st.tuples(st.integers(0, 5), money, money), min_size=1, max_size=20)


def frame(given_rows, first):
    table = pd.DataFrame(given_rows, columns=["orders", "revenue", "profit"]).astype(float)
    return table.set_axis(range(first, first + len(table)))


@pytest.fixture(scope="module")
def shop():
    return crm.simulate.business(1500, seed=3)


@settings(max_examples=40)
@given(rows, rows, st.integers(0, 10))
def test_the_parts_sum_to_the_change(one, two, first):
    before, after = frame(one, 0), frame(two, first)
    found = profit_changes(before, after)
    assert found[PARTS].sum(axis=1).to_numpy() == approx(found["change"].to_numpy(), abs=1e-6)
    assert found["change"].sum() == approx(after["profit"].sum() - before["profit"].sum(), abs=1e-6)
    assert (found.loc[found["kind"] == "lost", PARTS[1:]] == 0).all(axis=None)
    back = profit_changes(after, before)  # what is gained one way is lost the other
    assert back["more often"].to_numpy() == approx(-found["more often"].to_numpy(), abs=1e-6)
    assert back["lost"].to_numpy() == approx(-found["new"].to_numpy(), abs=1e-6)


def test_the_parts_are_the_mean_over_all_orders():
    before, after = np.array([3.0, 20.0, 0.4]), np.array([5.0, 18.0, 0.55])
    parts = np.zeros(3)
    for order in permutations(range(3)):
        now = before.copy()
        for place in order:
            then = now.prod()
            now[place] = after[place]
            parts[place] += (now.prod() - then) / 6
    both = [
        pd.DataFrame({"orders": [n], "revenue": [n * a], "profit": [n * a * m]})
        for n, a, m in (before, after)
    ]
    assert profit_changes(*both)[PARTS[2:]].to_numpy() == approx(parts[None, :])


def test_a_change_of_one_factor_is_its_own(shop):
    orders = shop.table("orders")
    before = period_profits(orders, "2024-01-01", "2024-06-30")
    dearer = before.assign(profit=before["profit"] * 1.1)
    found = profit_changes(before, dearer)[PARTS].sum()
    assert found["better margin"] == approx(0.1 * before["profit"].sum())
    assert found.drop("better margin").abs().max() < 1e-6


def test_layers_and_shares_sum_to_the_revenue(shop):
    orders = shop.table("orders")
    cake = layer_cake(orders, cohort="Q", period="Q")
    assert cake.to_numpy().sum() == approx(orders["amount"].sum())
    assert (cake.to_numpy()[np.tril_indices(len(cake.columns), -1)[::-1]] == 0).all()
    found = repeat_share(orders)
    assert found["revenue"].to_numpy() == approx(cake.sum(axis=1).to_numpy())
    fresh = [cake.loc[when, when] if when in cake else 0.0 for when in cake.index]
    assert (1 - found["revenue_repeat"]).to_numpy() == approx(fresh / cake.sum(axis=1).to_numpy())
    assert found.iloc[0]["customers_repeat"] == 0
    pd.testing.assert_frame_equal(cake, layer_cake(orders[::-1], cohort="Q", period="Q"))


def test_two_firms_of_one_revenue_have_other_layers():
    """One keeps its customers, the other buys its revenue anew each quarter."""
    spans = pd.date_range("2023-01-15", periods=8, freq="QS") + pd.Timedelta(days=40)
    loyal = [(f"k{k}", when) for when in spans for k in range(100)]
    melting = [(f"m{place}-{k}", when) for place, when in enumerate(spans) for k in range(100)]
    firms = [
        pd.DataFrame(each, columns=["customer_id", "date"]).assign(amount=10.0) for each in (loyal, melting)
    ]
    one, two = (repeat_share(firm) for firm in firms)
    assert (one["revenue"] == two["revenue"]).all()
    assert (one["revenue_repeat"].iloc[1:] == 1).all()
    assert (two["revenue_repeat"] == 0).all()


def test_a_customer_pays_back(shop):
    life = cohort_volume(shop.transactions, margin=0.4)["value"]
    months = payback(life, 40.0)
    whole = int(months)
    assert life.iloc[:whole].sum() <= 40 <= life.iloc[: whole + 1].sum()
    assert np.isnan(payback(life, 1e9))
    assert payback(life, 0.0) == 0


ORDERS = pd.DataFrame({"customer_id": ["a"], "date": pd.to_datetime(["2024-01-01"]), "amount": [5.0]})


def test_what_cannot_be_is_refused():
    with pytest.raises(DataError, match="have no costs"):
        period_profits(ORDERS, "2024-01-01", "2024-12-31")
    with pytest.raises(DataError, match="Nobody bought from 2025-01-01"):
        period_profits(ORDERS, "2025-01-01", "2025-12-31", margin=0.3)
    with pytest.raises(InputError, match="shorter than a period"):
        layer_cake(ORDERS, cohort="M", period="Q")
    with pytest.raises(DataError, match="There are no orders"):
        repeat_share(ORDERS.head(0))
    with pytest.raises(DataError, match="are no dates"):
        repeat_share(ORDERS.assign(date="soon"))
    with pytest.raises(DataError, match="1 of 1 orders have no finite 'amount'"):
        layer_cake(ORDERS.assign(amount=np.nan))
    table = pd.DataFrame({"orders": [1.0], "revenue": [1.0], "profit": [None]})
    with pytest.raises(DataError, match="'profit'"):
        profit_changes(table, table)
    with pytest.raises(InputError, match="cost is -1"):
        payback(pd.Series([1.0]), -1.0)
