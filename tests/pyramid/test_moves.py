"""Moves in the pyramid: those of a base that did not change are chance, and others are not."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab.errors import DataError, InputError
from crmlab.pyramid import (
    death_spiral,
    drop_break_even,
    migration,
    moves_beyond_chance,
    step_value,
    tiers,
    ways_out,
)

approx = pytest.approx
YEARS = {"start": "2023-01-01", "middle": "2024-01-01", "end": "2024-12-31"}
THIRDS = {"top": 0.2, "middle": 0.3, "rest": 0.5}


def steady(seed, n=400, change=0.0):
    """Customers who buy at a steady rate; of some the rate is drawn anew for the second year."""
    rng = np.random.default_rng(seed)
    rate = np.array([rng.gamma(2, 3, size=n)] * 2)
    anew = rng.random(n) < change
    rate[1, anew] = rng.gamma(2, 3, size=anew.sum())
    rows = []
    for year, begin in enumerate(["2023-01-01", "2024-01-01"]):
        who = np.repeat(np.arange(n), rng.poisson(rate[year]))
        day = pd.Timestamp(begin) + pd.to_timedelta(rng.integers(365, size=len(who)), "D")
        rows.append(pd.DataFrame({"customer_id": who, "date": day, "amount": rng.exponential(20, len(who))}))
    return pd.concat(rows, ignore_index=True)


@pytest.mark.slow
def test_where_nothing_changed_chance_explains_the_moves():
    inside = 0.0
    for seed in range(10):
        found = moves_beyond_chance(steady(seed), **YEARS, scheme=THIRDS, draws=60, seed=1)
        inside += ((found["seen"] >= found["low"]) & (found["seen"] <= found["high"])).mean() / 10
    assert inside == approx(0.95, abs=0.12)
    stay = found.loc[("top", "top"), "by_chance"] / found.loc["top", "by_chance"].sum()
    assert 0.4 < stay < 0.8  # a good part of the top falls though nobody changed


def test_where_half_changed_more_moved_than_by_chance():
    found = moves_beyond_chance(steady(3, change=0.5), **YEARS, scheme=THIRDS, draws=60, seed=1)
    assert found.loc[("top", "top"), "seen"] < found.loc[("top", "top"), "low"]
    assert found.loc[("top", "rest"), "seen"] > found.loc[("top", "rest"), "high"]
    assert found["beyond"].sum() == approx(0)


def test_what_is_seen_is_the_migration_and_no_order_matters():
    orders = steady(1, n=150)
    found = moves_beyond_chance(orders, **YEARS, scheme=THIRDS, draws=20, seed=4)
    late = orders["date"] >= "2024-01-01"
    everybody = np.sort(orders["customer_id"].unique())
    totals = [
        orders[side].groupby("customer_id")["amount"].sum().reindex(everybody, fill_value=0.0)
        for side in (~late, late)
    ]
    table = migration(*(tiers(each, THIRDS) for each in totals), shares=False)
    assert found["seen"].tolist() == table.to_numpy().ravel().tolist()
    mixed = orders.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(moves_beyond_chance(mixed, **YEARS, scheme=THIRDS, draws=20, seed=4), found)


def test_a_step_is_worth_less_a_year_later():
    rng = np.random.default_rng(5)
    level = rng.gamma(2, 50, size=5000)
    now, later = (pd.Series(level + rng.normal(0, 60, size=5000)) for _ in range(2))
    tier = tiers(now, THIRDS)
    found = step_value(tier, now, later, cost=10)
    true = pd.Series(level).groupby(tier, observed=False).mean()
    error = (found["high"] - found["low"]) / (2 * 1.96)
    gap = (true.shift(1) - true).iloc[1:]
    assert ((found["step_later"].iloc[1:] - gap).abs() < 4 * error.iloc[1:]).all()
    assert (found["step_now"].iloc[1:] > found["high"].iloc[1:]).all()  # last year's luck is in it
    assert found["must_succeed"].iloc[1] == approx(10 / found["step_later"].iloc[1])
    assert found.iloc[0][["step_now", "step_later", "must_succeed"]].isna().all()


money = st.lists(st.tuples(st.floats(0, 100), st.floats(0, 30)), min_size=1, max_size=30)


@given(money, st.floats(0, 1000))
def test_the_spiral_never_raises_profit_and_ends(rows, fixed):
    """Whoever brings more than their avoidable cost carries a part of what stays."""
    gross, cost = (pd.Series(each) for each in zip(*((max(g, c), c) for g, c in rows), strict=True))
    found = death_spiral(gross, cost, fixed)
    assert (found["profit"].diff().dropna() <= 1e-6).all()
    assert found["dropped"].iloc[-1] == 0
    assert (found["customers"].diff().dropna() == -found["dropped"].iloc[:-1].to_numpy()).all()
    assert found["profit"].iloc[0] == approx((gross - cost).sum() - fixed, abs=1e-6)


def test_a_driver_shares_out_the_cost():
    gross, none = pd.Series([10.0, 10.0]), pd.Series([0.0, 0.0])
    by_contacts = death_spiral(gross, none, 12, driver=pd.Series([1.0, 9.0]))
    assert by_contacts["dropped"].tolist() == [1, 1, 0]
    assert death_spiral(gross, none, 12)["dropped"].tolist() == [0]
    assert by_contacts["customers"].iloc[-1] == 0


@given(money)
def test_break_even_is_where_the_change_is_nothing(rows):
    gross, cost = (pd.Series(each) for each in zip(*rows, strict=True))
    found = drop_break_even(gross, cost, pd.Series("x", index=gross.index)).loc["x"]
    assert found["all_avoided"] == approx(-found["full_cost_profit"])
    if found["cost"] > 1e-6:
        assert found["break_even"] * found["cost"] - found["gross"] == approx(0, abs=1e-6)


def test_the_best_way_is_the_one_that_earns_most():
    rng = np.random.default_rng(1)
    gross, cost = pd.Series(rng.uniform(0, 20, 500)), pd.Series(rng.uniform(0, 40, 500))
    found = ways_out(gross, cost, fee=6, leaves=0.4, saves=0.7, dislikes=0.2)
    ways = found.drop(columns="best")
    best = pd.Series([ways.loc[row, way] for row, way in found["best"].items()])
    assert best.to_numpy() == approx(ways.max(axis=1).to_numpy())
    assert set(found["best"]) == {"keep", "fee", "self-service", "goodbye"}
    free = ways_out(gross, cost, fee=0, leaves=0, saves=0, dislikes=0)
    assert set(free["best"]) == {"keep", "goodbye"}


ORDERS = pd.DataFrame({"customer_id": ["a"], "date": pd.to_datetime(["2023-05-01"]), "amount": [1.0]})


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (
            lambda _: moves_beyond_chance(ORDERS, **YEARS | {"end": "2023-02-01"}, seed=1),
            InputError,
            "follow",
        ),
        (lambda _: moves_beyond_chance(ORDERS, **YEARS, value="profit", seed=1), DataError, "'profit'"),
        (lambda _: moves_beyond_chance(ORDERS.head(0), **YEARS, seed=1), DataError, "There are no orders"),
        (
            lambda _: moves_beyond_chance(ORDERS.assign(amount=np.nan), **YEARS, seed=1),
            DataError,
            "1 of 1 rows",
        ),
        (lambda x: step_value(x, x, x), InputError, "ordered Categorical"),
        (lambda x: drop_break_even(x, -x, x), DataError, "a cost below 0"),
        (lambda x: death_spiral(x, x, 5, driver=0 * x), DataError, "The driver is 0 for all"),
        (lambda x: death_spiral(x, -x, 5), DataError, "'avoidable' below 0"),
        (lambda x: death_spiral(x, x, -5), InputError, "fixed is -5"),
        (lambda x: ways_out(x, x, fee=1, leaves=2, saves=0, dislikes=0), InputError, "leaves is 2"),
    ],
)
def test_wrong_requests(call, error, said):
    with pytest.raises(error, match=said):
        call(pd.Series([1.0, 2.0]))
