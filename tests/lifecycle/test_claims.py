"""The famous figures: limits that hold, ratios of trials, verdicts that follow from limits."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crmlab as crm
from crmlab.clv import retention_uplift
from crmlab.decisions import uplift
from crmlab.errors import DataError, InputError
from crmlab.lifecycle import (
    CLAIMS,
    chance_by_days,
    chance_ratio,
    claim_region,
    cost_ratio,
    costly_profit_share,
    costly_region,
    customer_cost,
    earned_after,
    marginal_ratio,
    measured_mean,
    measured_share,
    verdicts_on,
)

approx = pytest.approx


def trial(rng, with_it, without, size=1500):
    treated = pd.Series(np.arange(size) < size // 2)
    answered = pd.Series(rng.random(size) < np.where(treated, with_it, without))
    return uplift(treated, answered)


@pytest.mark.slow
def test_limits_hold_as_often_as_they_say():
    rng, held = np.random.default_rng(6), []
    for _ in range(70):
        ratio = cost_ratio(
            trial(rng, 0.30, 0.20), trial(rng, 0.80, 0.70), win_cost=30, keep_cost=6, level=0.95
        )
        times = chance_ratio(pd.Series(rng.random(300) < 0.5), pd.Series(rng.random(300) < 0.15))
        share = measured_share(pd.Series(rng.random(80) < 0.6))
        mean = measured_mean(pd.Series(rng.exponential(9, 200)))
        truths = (5, 0.5 / 0.15, 0.6, 9)
        pairs = zip((ratio, times, share, mean), truths, strict=True)
        held.append([each["low"] < truth < each["high"] for each, truth in pairs])
    assert np.mean(held, axis=0) == approx(0.95, abs=0.09)


def test_the_cost_of_winning_in_a_market_is_found():
    """Calls by lot: what they win, and who comes anyway."""
    market = crm.simulate.prospects(6000, seed=14)
    calls = market.table("calls")
    bought = pd.Series(calls.index.isin(market.table("orders")["customer_id"]), calls.index)
    found = uplift(calls["assigned"], bought)
    truth = market.truth
    gains = (truth["buys_with"].astype(float) - truth["buys_without"].astype(float)).mean()
    win = 6.0 / found["uplift"].iloc[0]
    assert 6.0 / found["high"].iloc[0] < 6.0 / gains < 6.0 / found["low"].iloc[0]
    keep = pd.DataFrame({"uplift": [0.1], "low": [0.1 - 1e-9], "high": [0.1 + 1e-9]})
    ratio = cost_ratio(found, keep, win_cost=6, keep_cost=10)
    assert ratio["value"] == approx(win / 100)
    assert ratio["low"] < 6.0 / gains / 100 < ratio["high"]


def test_where_winning_is_in_doubt_the_ratio_has_no_end():
    win = pd.DataFrame({"uplift": [0.02], "low": [-0.01], "high": [0.05]})
    keep = pd.DataFrame({"uplift": [0.10], "low": [0.08], "high": [0.12]})
    found = cost_ratio(win, keep, win_cost=1, keep_cost=1)
    assert found["value"] == approx(5)
    assert found["high"] == np.inf
    assert 1 < found["low"] < 5
    both = cost_ratio(win, keep.assign(low=-0.1, high=0.3), win_cost=1, keep_cost=1)
    assert both["low"] == -np.inf


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(1, 50)), min_size=2, max_size=30))
def test_costly_customers_equal_customers_and_order(rows):
    cost, profit = (pd.Series(each, dtype=float) for each in zip(*rows, strict=True))
    cost.iloc[0] += 1
    found = costly_profit_share(cost, profit, draws=20, seed=1)["value"]
    assert 0 <= found <= 1 + 1e-9
    assert found == approx(costly_profit_share(cost[::-1], profit, draws=20, seed=1)["value"])
    every = costly_profit_share(pd.Series(1.0, cost.index), profit, share=0.4, draws=20, seed=1)
    assert every["value"] == approx(0.4)  # all alike: they bring what they cost


def test_a_business_with_service_eaters():
    rng = np.random.default_rng(3)
    eats = rng.random(3000) < 0.15
    cost = pd.Series(np.where(eats, 60, 3) * rng.gamma(4, 1 / 4, 3000))
    profit = pd.Series(40 * rng.gamma(4, 1 / 4, 3000)) - cost * 0.4
    found = costly_profit_share(cost, profit, seed=2)
    assert found["low"] < found["value"] < found["high"] < 0.2
    assert found["value"] < measured_share(pd.Series(eats))["high"]
    gross = profit + cost
    cells = costly_region(cost, gross, [0.5, 0.7], [0.0, cost.sum() / gross.sum()])
    assert cells.iloc[1, 1] == approx(found["value"])
    assert (cells.iloc[1] < cells.iloc[0]).all()  # the dearer the service, the less they bring
    said = verdicts_on({"service eaters": found, "half earn nothing": measured_share(profit <= 0)})
    assert said.loc["service eaters", "verdict"] == "holds"
    assert said.loc["half earn nothing", "verdict"] == "does not hold"
    assert (said["verdict"] == "not measured").sum() == len(CLAIMS) - 2


def shop():
    rng = np.random.default_rng(8)
    dates = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 700, 900), "D")
    amount = rng.gamma(2, 20, 900)
    ids = rng.integers(0, 300, 900)
    return pd.DataFrame({"customer_id": ids, "date": dates, "amount": amount, "cost": 0.6 * amount})


def test_who_is_counted_was_there_before():
    orders = shop()
    contacts = pd.DataFrame(
        {
            "customer_id": [1, 1, 2],
            "date": pd.to_datetime(["2024-02-01", "2025-06-01", "2023-02-01"]),
            "cost": 5.0,
        }
    )
    found = earned_after(orders, "2023-12-31", "2024-12-31", contacts=contacts)
    before = orders[orders["date"] <= "2023-12-31"]
    after = orders[(orders["date"] > "2023-12-31") & (orders["date"] <= "2024-12-31")]
    assert set(found.index) == set(before["customer_id"])
    both = after[after["customer_id"].isin(found.index)]
    assert found["gross"].sum() == approx(0.4 * both["amount"].sum())
    assert (found["bought"] == found.index.isin(both["customer_id"])).all()
    assert found["service"].sum() == approx(5.0 * (1 in found.index))
    assert (found["profit"] == found["gross"] - found["service"]).all()
    by_margin = earned_after(orders.drop(columns="cost"), "2023-12-31", "2024-12-31", margin=0.4)
    assert by_margin["gross"].to_numpy() == approx(found["gross"].to_numpy())
    shuffled = earned_after(orders.sample(frac=1, random_state=1), "2023-12-31", "2024-12-31")
    assert shuffled["gross"].to_numpy() == approx(found["gross"].to_numpy())


def test_the_chance_grows_with_the_days_and_ends_where_who_came_back_is_counted():
    orders = shop()
    people = orders.loc[orders["date"] <= "2023-12-31", "customer_id"].unique()
    curve = chance_by_days(orders, people, "2023-12-31", days=200)
    assert curve.is_monotonic_increasing
    assert (curve.iloc[0], len(curve)) == (0.0, 201)
    found = earned_after(orders, "2023-12-31", "2024-07-18")
    assert curve.iloc[-1] == approx(found["bought"].mean())


def test_what_one_more_costs_agrees_with_the_ratio_of_costs():
    rng = np.random.default_rng(4)
    win, keep = trial(rng, 0.30, 0.20, 4000), trial(rng, 0.80, 0.70, 4000)
    won, kept = customer_cost(win, 30.0), customer_cost(keep, 6.0)
    ratio = cost_ratio(win, keep, win_cost=30.0, keep_cost=6.0)["value"]
    assert won["one_more"] / kept["one_more"] == approx(ratio)
    assert marginal_ratio(won["average"] / kept["average"], won["anyway"], kept["anyway"]) == approx(ratio)
    assert won["low"] < won["one_more"] < won["high"]
    doubt = pd.DataFrame(
        {"with": [0.2], "without": [0.21], "uplift": [-0.01], "low": [-0.03], "high": [0.01]}
    )
    nothing = customer_cost(doubt, 1.0)
    assert np.isnan(nothing["one_more"])
    assert (nothing["low"], nothing["high"], nothing["anyway"]) == (100.0, np.inf, 1.0)


def test_verdicts_follow_the_limits():
    def say(low, high):
        measured = pd.Series({"value": (low + high) / 2, "low": low, "high": high})
        return verdicts_on({"seven in ten": measured}).loc["seven in ten", "verdict"]

    assert say(0.62, 0.78) == "holds"
    assert say(0.5, 0.7) == "cannot tell"
    assert say(0.2, 0.5) == "does not hold"
    assert say(0.5, 0.9) == "cannot tell"


def test_the_corner_in_which_five_points_are_85_percent():
    keeps, spent = np.linspace(0.5, 0.9, 9), np.linspace(0.0, 0.8, 9)
    found = claim_region(
        lambda share, retention: retention_uplift(retention, discount_rate=0.1, acquisition_share=share),
        spent,
        keeps,
    )
    assert found.loc[0.8, 0.0] == approx(0.05 / 0.25)
    assert (found.diff().iloc[1:] > 0).all(axis=None)
    assert 0 < (found >= 0.85).to_numpy().mean() < 0.3


def test_what_cannot_be_is_refused():
    with pytest.raises(DataError, match="There are no customers"):
        measured_share(pd.Series([], dtype=bool))
    with pytest.raises(DataError, match="true or false"):
        measured_share(pd.Series([0.5, 1.0]))
    with pytest.raises(DataError, match="None of the strangers bought"):
        chance_ratio(pd.Series([True]), pd.Series([False]))
    one = pd.DataFrame({"uplift": [-0.1], "low": [-0.2], "high": [0.0]})
    with pytest.raises(DataError, match="has no cost a customer"):
        cost_ratio(one, one, win_cost=1, keep_cost=1)
    with pytest.raises(InputError, match="win_cost is 0"):
        cost_ratio(one, one, win_cost=0, keep_cost=1)
    with pytest.raises(DataError, match="Costs must be at least 0"):
        costly_profit_share(pd.Series([-1.0]), pd.Series([1.0]), seed=1)
    with pytest.raises(InputError, match="no claim 'eight times'"):
        verdicts_on({"eight times": pd.Series({"value": 1.0, "low": 1.0, "high": 1.0})})
    with pytest.raises(InputError, match="lacks value, low or high"):
        verdicts_on({"seven times": pd.Series({"value": 1.0})})
    with pytest.raises(InputError, match="rows must be two numbers"):
        claim_region(max, [1, 2], [2, 1])
    assert measured_mean(pd.Series([1.0])).isna().sum() == 2
    with pytest.raises(DataError, match="Nobody had bought by"):
        earned_after(shop(), "2020-01-01", "2024-12-31")
    with pytest.raises(DataError, match="have no costs"):
        earned_after(shop().drop(columns="cost"), "2023-12-31", "2024-12-31")
    with pytest.raises(DataError, match="There are no people"):
        chance_by_days(shop(), [], "2023-12-31", days=9)
    with pytest.raises(DataError, match="Nobody who was treated came"):
        customer_cost(one.assign(**{"with": 0.0, "without": 0.1}), 1.0)
    with pytest.raises(InputError, match="stayed_anyway"):
        marginal_ratio(7.0, 0.2, 1.0)
