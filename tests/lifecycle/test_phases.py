"""Phases are total, names map one to one, and waiting is not refusing: a world's conversion is found."""

import numpy as np
import pandas as pd
import pytest

import crmlab as crm
from crmlab.errors import DataError, InputError
from crmlab.lifecycle import MANAGEMENT, STAGES, asked_lives, demand_phases, funnel, stages, survival

approx = pytest.approx
END = "2024-12-31"


@pytest.fixture(scope="module")
def market():
    return crm.simulate.prospects(5000, seed=12)


def test_management_names_are_the_stages_one_to_one():
    assert MANAGEMENT["stage"].tolist() == list(STAGES.index)
    assert MANAGEMENT["stage"].is_unique
    assert not MANAGEMENT.isna().any(axis=None)
    management = next(name for name in STAGES.columns if (STAGES[name] == "introduction").any())
    assert MANAGEMENT.index.tolist() == STAGES[management].tolist()


def test_everybody_who_asked_or_bought_has_one_phase(market):
    asked, orders = market.table("prospects"), market.table("orders")
    found = demand_phases(asked, orders, END)
    assert found.index.is_unique
    assert found.notna().all()
    assert set(found.index) == set(asked.index) | set(orders["customer_id"])
    assert set(found.index[found == "potential"]) == set(asked.index) - set(orders["customer_id"])
    # a former customer is one in decline, as the stages have it
    stage = stages(orders, at=END)
    assert set(found.index[found == "former"]) == set(stage.index[stage == "decline"])
    days = orders.drop_duplicates(["customer_id", "date"]).groupby("customer_id").size()
    assert days[found.index[found == "loyal"]].min() >= 6
    assert days[found.index[found == "new"]].max() < 3
    shuffled = demand_phases(asked.sample(frac=1, random_state=1), orders[::-1], END)
    pd.testing.assert_series_equal(found, shuffled)


def test_who_will_ever_buy_is_found_though_many_have_just_asked(market):
    asked, orders = market.table("prospects"), market.table("orders")
    waits = asked_lives(asked, orders, END)
    curve = survival(waits)
    row = curve[curve.index <= 400].iloc[-1]  # ten times the mean wait
    first = market.truth["first_order"]
    truth = first.notna().mean()
    assert 1 - row["survival"] == approx(truth, abs=4 * row["standard_error"])
    naive = waits["left"].mean()
    assert naive < truth - 0.015


def test_a_funnel_gives_everybody_the_same_time(market):
    asked, orders = market.table("prospects"), market.table("orders")
    found = funnel(asked, orders, END, within=180)
    ripe = asked.index[asked["date"] + pd.Timedelta(days=180) <= END]
    wait = (market.truth.loc[ripe, "first_order"] - asked.loc[ripe, "date"]).dt.days
    assert found.loc["1", "customers"] == (wait <= 180).sum()
    assert found["customers"].is_monotonic_decreasing
    assert found["of_before"].cumprod().to_numpy() == approx(found["of_asked"].to_numpy())
    assert (found["low"] <= found["of_asked"]).all()


ASKED = pd.DataFrame({"customer_id": ["a", "b"], "date": pd.to_datetime(["2024-01-01", "2024-02-01"])})
NONE = pd.DataFrame({"customer_id": [], "date": pd.to_datetime([])})


def test_a_market_without_orders():
    assert demand_phases(ASKED, NONE, END).tolist() == ["potential", "potential"]
    assert funnel(ASKED, NONE, END, within=30)["customers"].tolist() == [2, 0, 0, 0, 0]
    assert np.isnan(funnel(ASKED, NONE, END, within=30).loc["2", "of_before"])


def test_what_cannot_be_is_refused():
    early = pd.DataFrame({"customer_id": ["a"], "date": pd.to_datetime(["2023-01-01"])})
    with pytest.raises(DataError, match="1 customers bought before they asked, for example a"):
        asked_lives(ASKED, early, END)
    with pytest.raises(DataError, match="1 prospects stand twice, for example a"):
        demand_phases(pd.concat([ASKED, ASKED.head(1)]), NONE, END)
    with pytest.raises(DataError, match="Nobody had asked or bought by 2020-01-01"):
        demand_phases(ASKED, NONE, "2020-01-01")
    with pytest.raises(InputError, match="loyal is 3"):
        demand_phases(ASKED, NONE, END, loyal=3)
    with pytest.raises(DataError, match="Nobody asked 900 days before"):
        funnel(ASKED, NONE, END, within=900)
    with pytest.raises(InputError, match="must be rising numbers"):
        funnel(ASKED, NONE, END, within=30, steps=(2, 1))
    with pytest.raises(DataError, match="lack the column 'date'"):
        demand_phases(ASKED.drop(columns="date"), NONE, END)
