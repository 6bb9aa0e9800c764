"""The parts of a change sum to it whatever the customers do; layers sum to the revenue."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmlab as crm
from crmlab.errors import DataError, InputError
from crmlab.lifecycle import (
    carry_over,
    change_groups,
    cohort_value,
    cohort_volume,
    cohorts_at,
    layer_cake,
    payback,
    period_profits,
    profit_changes,
    repeat_share,
)
from crmlab.lifecycle.base import GROUPS, PARTS

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


START, MIDDLE, LAST = "2023-04-01", "2023-08-01", "2023-11-30"  # two periods of 122 days


def test_groups_sum_to_the_change_and_split_by_the_first_order(shop):
    orders = shop.table("orders")
    before, after = (period_profits(orders, *ends) for ends in ((START, "2023-07-31"), (MIDDLE, LAST)))
    changes = profit_changes(before, after)
    first = orders.groupby("customer_id")["date"].min()
    found = change_groups(changes, first, START, MIDDLE)
    assert list(found.index) == GROUPS
    assert found["customers"].sum() == len(changes)
    assert found["change"].sum() == approx(changes["change"].sum())
    assert found.loc["first order", "change"] == approx(
        after.loc[first.reindex(after.index) >= pd.Timestamp(MIDDLE), "profit"].sum()
    )
    late = first.reindex(changes.index) >= pd.Timestamp(START)
    assert found.loc["kept, joined in between", "more often"] == approx(
        changes.loc[late & (changes["kind"] == "kept"), "more often"].sum()
    )
    with pytest.raises(DataError, match="have no first order"):
        change_groups(changes, first.iloc[:10], START, MIDDLE)
    with pytest.raises(DataError, match="lack the column 'kind'"):
        change_groups(changes.drop(columns="kind"), first, START, MIDDLE)


def test_what_is_carried_over_is_what_the_changes_leave(shop):
    orders = shop.table("orders")
    found = carry_over(orders, LAST, 122)
    before, after = (period_profits(orders, *ends) for ends in ((START, "2023-07-31"), (MIDDLE, LAST)))
    groups = change_groups(
        profit_changes(before, after), orders.groupby("customer_id")["date"].min(), START, MIDDLE
    )
    assert found["before"] == approx(before["profit"].sum())
    assert found["after"] == approx(found["of_known"] + found["of_new"]) == approx(after["profit"].sum())
    assert found["share"] - 1 == approx(groups["change"].drop("first order").sum() / found["before"])
    assert found["low"] < found["share"] < found["high"]
    old = carry_over(orders, LAST, 122, settled=True)
    assert old["new"] == 0 == old["of_new"]
    there = ["lost, there before", "kept, there before"]
    assert old["customers"] < found["customers"]
    assert old["before"] < found["before"]
    assert (groups.loc[there, "customers"] > 0).all()


def test_limits_of_the_carry_over_hold_what_they_promise():
    """Of bases drawn from one distribution, about 95 in 100 limits hold the share of them all."""
    rng = np.random.default_rng(3)
    dates = pd.to_datetime(["2024-01-10", "2024-02-10"])
    held = 0
    for _ in range(200):
        amount = np.concatenate(
            [rng.gamma(2, 10, 300), rng.gamma(2, 7, 300) * (rng.random(300) < 0.8) + 0.01]
        )
        table = {"customer_id": np.tile(np.arange(300), 2), "date": np.repeat(dates, 300), "amount": amount}
        found = carry_over(pd.DataFrame(table), "2024-02-20", 30, margin=0.5)
        held += found["low"] <= 0.56 <= found["high"]
    assert 180 <= held <= 198


def test_cohorts_are_compared_at_the_same_age(shop):
    orders = shop.table("orders")
    lines = cohort_value(orders, "2023-12-31")
    assert (lines.diff().iloc[1:].fillna(0) >= 0).to_numpy().all()
    assert lines.notna().sum().is_monotonic_decreasing
    at = cohorts_at(orders, "2023-12-31", 3)
    assert at["profit"].to_numpy() == approx(lines.loc[3].dropna().to_numpy())
    first = orders.groupby("customer_id")["date"].transform("min")
    early = (orders["date"] - first).dt.days < 3 * 365.25 / 12
    one = orders[early & (first < "2023-04-01")]
    sums = (one["amount"] - one["cost"]).groupby(one["customer_id"]).sum()
    assert at["profit"].iloc[0] == approx(sums.mean())
    assert at["again"].iloc[0] == approx((one.groupby("customer_id")["date"].nunique().gt(1)).mean())
    half = cohort_value(orders, "2023-12-31", margin=0.5, cohort="Y")
    assert list(half) == ["2023"]
    many = at["customers"].max()
    assert list(cohorts_at(orders, "2023-12-31", 3, least=int(many)).index) == [at["customers"].idxmax()]
    with pytest.raises(DataError, match="No cohort has been watched for 40"):
        cohorts_at(orders, "2023-12-31", 40)
    with pytest.raises(DataError, match="watched for one period"):
        cohort_value(orders, "2023-12-31", unit="Y")
    with pytest.raises(DataError, match="No cohort has 9999"):
        cohort_value(orders, "2023-12-31", least=9999)
    with pytest.raises(DataError, match="no costs"):
        cohort_value(ORDERS, "2024-12-31")
    with pytest.raises(DataError, match="no orders up to"):
        cohort_value(ORDERS, "2020-12-31", margin=0.3)
    with pytest.raises(InputError, match="cohort"):
        cohort_value(ORDERS, "2024-12-31", margin=0.3, cohort="D")


def test_a_period_without_profit_has_no_share():
    both = pd.concat([ORDERS, ORDERS.assign(date=pd.Timestamp("2024-02-01"))])
    with pytest.raises(DataError, match="brought no profit"):
        carry_over(both, "2024-02-10", 31, margin=0.0)
    with pytest.raises(DataError, match="Nobody bought"):
        carry_over(ORDERS, "2024-02-10", 31, margin=0.3)


def test_the_silence_after_the_last_order_counts():
    days = pd.to_datetime(["2024-01-01", "2024-01-01", "2024-01-10"])
    orders = pd.DataFrame({"customer_id": ["a", "b", "a"], "date": days, "amount": 7.0})
    assert list(cohort_volume(orders, unit="W")["active"]) == [1.0]
    life = cohort_volume(orders, unit="W", end="2024-01-28")
    assert list(life["active"]) == [1.0, 0.5, 0.0, 0.0]
    assert list(life["customers"]) == [2] * 4
    early = cohort_volume(orders, unit="W", end="2024-01-07")
    assert list(early["value"]) == [7.0]
