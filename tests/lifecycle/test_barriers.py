"""Barriers: rates around a day, Cox's ratios and values, against a world whose fees hold what they hold."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmlab as crm
from crmlab.errors import DataError, FitError, InputError
from crmlab.lifecycle import (
    hazard_around,
    hazard_change,
    hazard_ratios,
    held_value,
    lives,
    split_at,
    switching_costs,
    undercut_prices,
)

approx = pytest.approx
END = "2024-12-31"
WINDOW = 90


@pytest.fixture(scope="module")
def operator():
    """Rivals alone take customers, and nothing goes wrong, so that the hazard is known to the last factor."""
    options = {"firm": 1e-9, "customer": 1e-9, "failures_per_year": 1e-9, "competitor": 0.8}
    return crm.simulate.contracts(3500, seed=11, programme=0.999, **options)


def known(world):
    contracts = world.table("contracts").set_index("customer_id")
    day = contracts["fee_until"].max()  # the day on which the fee fell for all
    months = contracts["term"] * 365.25 / 12
    beyond = contracts["date"] + pd.to_timedelta(months, unit="D") > day
    return contracts, day, beyond & (contracts["term"] > 0) & (contracts["date"] < day)


def test_a_fallen_fee_shows_in_the_rates_of_those_it_bound(operator):
    contracts, day, bound = known(operator)
    table = lives(contracts, END)
    fee = contracts["exit_fee"].map({0.0: "none", 80.0: "low", 160.0: "high", 240.0: "high"})
    rates = hazard_around(table[bound], day, fee[bound], window=WINDOW)
    found = hazard_change(rates, bound="high", control="none")
    assert found.loc["ratio", "low"] > 2
    assert found.loc["difference", "low"] > 0
    # after the day nothing holds the former bound: the rate is that of the hazards still there
    hazard = 0.8 * operator.truth["restlessness"] * np.exp(-0.4 * operator.truth["satisfaction"])
    hazard *= np.exp(-0.012 * (operator.truth["switching_cost"] + 60 * contracts["bundle"]))
    there = bound & (fee == "high") & (table["until"] >= day)
    spent = (table["until"].clip(upper=day + pd.Timedelta(days=WINDOW)) - day).dt.days / 365.25
    expected = (hazard * spent)[there].sum()
    assert rates.loc[("high", "after"), "left"] == approx(expected, abs=4 * np.sqrt(expected))


def test_cox_finds_each_factor_of_the_hazard(operator):
    """Split where each customer's fee ends; with the hidden traits known, each ratio is the world's."""
    contracts, _, _ = known(operator)
    table = lives(contracts, END).join(operator.truth[["restlessness", "satisfaction", "switching_cost"]])
    table = table.join(contracts[["bundle", "exit_fee"]])
    episodes = split_at(table, contracts["fee_until"].where(contracts["exit_fee"] > 0))
    episodes["fee"] = episodes["exit_fee"].where(~episodes["after"], 0.0)
    episodes["restless"] = np.log(episodes["restlessness"])
    traits = ["restless", "satisfaction", "fee", "switching_cost", "bundle"]
    found = hazard_ratios(episodes, traits)
    truth = np.array([1.0, -0.4, -0.012, -0.012, -0.012 * 60])
    assert ((found["log_ratio"] - truth).abs() < 4 * found["standard_error"]).all()


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(1, 300), st.integers(0, 300), st.booleans()), min_size=1, max_size=30))
def test_a_split_loses_no_day_and_no_leaver(rows):
    days, at, left = (np.array(each) for each in zip(*rows, strict=True))
    begin = pd.Series(pd.Timestamp("2024-01-01"), index=range(len(days)))
    until = begin + pd.to_timedelta(days, unit="D")
    table = pd.DataFrame({"begin": begin, "until": until, "left": left, "days": days.astype(float)})
    found = split_at(table, begin + pd.to_timedelta(at, unit="D"))
    assert found["left"].sum() == left.sum()
    spent = (found["exit"] - found["entry"]).groupby(level=0).sum()
    assert spent.to_numpy() == approx(days, abs=0.26)
    assert (found["exit"] > found["entry"]).all()


def test_a_worth_is_the_integral_of_what_comes_in():
    found = held_value(100, free=0.6, held=0.2, years=2, discount_rate=0.1)
    t = np.linspace(0, 60, 600_001)
    stays = np.where(t < 2, np.exp(-0.2 * t), np.exp(-0.4 - 0.6 * (t - 2)))
    assert found["with_barrier"] == approx(np.trapezoid(100 * stays * 1.1**-t, t), rel=1e-6)
    none = held_value(100, free=0.6, held=0.6, years=2, discount_rate=0.1)
    assert none["difference"] == approx(0, abs=1e-9)


@given(st.floats(0, 50), st.floats(0, 50), st.integers(1, 1000), st.integers(1, 1000))
def test_prices_and_switching_costs_are_each_others_inverse(one, two, few, many):
    costs, customers = pd.Series({"A": one, "B": two}), pd.Series({"B": many, "A": few})
    back = switching_costs(undercut_prices(costs, customers), customers)
    assert back.to_numpy() == approx(costs.to_numpy(), abs=1e-9)


TABLE = pd.DataFrame(
    {
        "begin": pd.to_datetime(["2024-01-01"] * 4),
        "until": pd.to_datetime(["2024-03-01", "2024-08-01", "2024-12-31", "2024-12-31"]),
        "left": [True, True, False, False],
        "days": [60.0, 213.0, 365.0, 365.0],
        "plan": list("abab"),
        "same": 1.0,
        "gone": [1, 1, 0, 0],
    },
    index=list("wxyz"),
)


@pytest.mark.parametrize(
    ("columns", "error", "said"),
    [
        (["plan"], DataError, "pd.get_dummies"),
        (["same"], FitError, "'same' is the same for all"),
        (["gone"], FitError, "The hazard of 'gone' runs away"),
        (["fee"], InputError, "no column 'fee'"),
        ([], InputError, "names no trait"),
    ],
)
def test_traits_that_tell_nothing_are_refused(columns, error, said):
    with pytest.raises(error, match=said):
        hazard_ratios(TABLE, columns)


def test_what_cannot_be_is_refused():
    plan = TABLE["plan"]
    rates = hazard_around(TABLE, "2024-07-01", plan, window=200)
    with pytest.raises(FitError, match="Nobody left in a after, b before"):
        hazard_change(rates, bound="a", control="b")
    with pytest.raises(InputError, match="no group 'c'"):
        hazard_change(rates, bound="a", control="c")
    with pytest.raises(InputError, match="are both 'a'"):
        hazard_change(rates, bound="a", control="a")
    with pytest.raises(DataError, match="1 customers are in only one"):
        hazard_around(TABLE, "2024-07-01", plan.iloc[:3], window=200)
    with pytest.raises(DataError, match="Nobody was at risk in all before"):
        hazard_around(TABLE, "2023-07-01", window=200)
    with pytest.raises(DataError, match="There are no lives"):
        split_at(TABLE.head(0), "2024-07-01")
    with pytest.raises(FitError, match="Nobody left"):
        hazard_ratios(TABLE.assign(left=False), ["gone"])
    with pytest.raises(InputError, match="discount_rate is 0"):
        held_value(1, free=0.1, held=0.1, years=1, discount_rate=0.0)
    with pytest.raises(DataError, match="3 sellers"):
        switching_costs(pd.Series([1.0, 2.0, 3.0]), pd.Series([1, 2, 3]))
