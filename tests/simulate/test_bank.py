"""The simulated bank: its shapes, risks and one trial are in its tables."""

import json

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from crmlab.errors import InputError
from crmlab.simulate import World, bank

pytestmark = pytest.mark.slow  # much is drawn; the daily round leaves it out

DEPOSITS = ["current", "savings", "funds"]


@pytest.fixture(scope="module")
def house() -> World:
    return bank(seed=7)


def deposits(house: World, day: str) -> pd.Series:
    rows = house.table("balances")
    rows = rows[(rows["date"] == day) & rows["product"].isin(DEPOSITS)]
    return rows.groupby("customer_id")["balance"].sum()


def test_the_shapes_are_those_of_their_names(house):
    first = deposits(house, "2023-01-31")
    # Of a Pareto, the logarithm above the least is exponential: its mean and deviation are 1 / 1.16.
    log = np.log(house.truth["deposits"] / 4_000)
    assert abs(log.mean() - 1 / 1.16) < 3 / 1.16 / np.sqrt(len(log))
    assert first.corr(house.truth["deposits"], method="spearman") > 0.99
    assert 0.6 < first.nlargest(len(first) // 5).sum() / first.sum() < 0.85
    middle = {}
    for shape in ("dumbbell", "single"):
        held = np.log10(bank(customers=2_000, seed=7, shape=shape).truth["deposits"])
        middle[shape] = held.between(*np.log10([15_000, 40_000])).mean()
    assert middle["dumbbell"] < 0.05
    # Lognormal: Φ(ln 2 / 0.5) - Φ(ln 0.75 / 0.5) = 0.634, with a standard error of 0.011.
    assert middle["single"] == pytest.approx(0.634, abs=3 * 0.011)


def test_the_trial_of_advisers_brings_in_what_the_truth_says():
    house = bank(seed=5, shape="single", trial=0.45)
    change = (deposits(house, "2024-12-31") - deposits(house, "2023-10-31")).dropna()
    arm = house.table("programme").set_index("customer_id")["arm"].reindex(change.index)
    gain = (house.truth["adviser_gain"] / 0.009).reindex(change.index)
    groups = change.groupby(arm).agg(["mean", "sem"])
    effect = groups.loc["adviser", "mean"] - groups.loc["none", "mean"]
    assert abs(effect - gain.mean()) < 3 * np.sqrt((groups["sem"] ** 2).sum())
    assert effect > 5 * np.sqrt((groups["sem"] ** 2).sum())
    by_hand = 0.4 * 0.009 * house.truth["openness"] * house.truth["elsewhere"]
    np.testing.assert_allclose(house.truth["adviser_gain"], by_hand)


def test_leaving_and_default_come_at_their_rates():
    house = bank(customers=8_000, seed=11, correlation=1e-9, default_rate=0.05)
    truth = house.truth
    end = pd.Timestamp("2025-01-01")
    years = ((truth["alive_until"].fillna(end) - pd.Timestamp("2023-01-01")).dt.days / 365.25).sum()
    for cause, rate in (("firm", 0.01), ("customer", 0.02)):
        count = (truth["cause"] == cause).sum()
        assert abs(count - rate * years) < 3 * np.sqrt(count), cause
    # Who owes all the time defaults with a chance that compounds over the two years.
    card = house.table("holdings").query("product == 'card'")["customer_id"]
    stayed = truth.loc[card][truth["alive_until"].loc[card].isna()]
    fell = stayed.index.isin(house.table("defaults")["customer_id"])
    chance = 1 - (1 - stayed["default_probability"]) ** 2
    assert abs(fell.sum() - chance.sum()) < 3 * np.sqrt((chance * (1 - chance)).sum())
    rating = house.table("attributes")["rating"]
    assert truth["default_probability"].groupby(rating, observed=True).median().is_monotonic_increasing
    lost = house.table("defaults")
    assert ((lost["loss"] > 0) & (lost["loss"] < lost["exposure"])).all()


def test_a_downturn_makes_defaults_come_together():
    usual, bad = (len(bank(customers=3_000, seed=2, downturn=d).table("defaults")) for d in (0.0, 3.0))
    assert bad > 2 * usual


def test_income_is_margin_on_balances_and_fees(house):
    """Each quarter's income on savings is a twelfth of 0.7 % of each month's balance."""
    saved = house.table("balances").query("product == 'savings'")["balance"].sum()
    booked = house.table("orders").query("category == 'savings'")
    assert booked["amount"].sum() == pytest.approx(saved * 0.007 / 12, abs=0.005 * len(booked))


def test_best_customers_differ_by_measure_and_the_decoys_tell_nothing(house):
    income = house.table("orders").groupby("customer_id")["amount"].sum()
    service = house.table("contacts").groupby("customer_id")["cost"].sum()
    cost = house.table("orders").groupby("customer_id")["cost"].sum().add(service, fill_value=0)
    assert 0.05 < (income - cost < 0).mean() < 0.5
    tenth = len(house.truth) // 10
    best = set(income.nlargest(tenth).index)
    assert 0.15 < len(best & set(house.truth["adviser_gain"].nlargest(tenth).index)) / tenth < 0.5
    people = house.table("attributes")
    wealth = np.log(house.truth["deposits"] + house.truth["elsewhere"])
    for trait, decoy in ((wealth, people["region"]), (np.log(house.truth["service_rate"]), people["region"])):
        groups = trait.groupby(decoy).agg(["mean", "sem"])
        assert (np.abs(groups["mean"] - trait.mean()) < 3 * groups["sem"]).all()
    assert wealth.groupby(people["income_band"], observed=True).mean().diff().dropna().gt(0.3).all()
    assert abs(income.corr(house.truth["service_rate"], method="spearman")) < 3 / np.sqrt(len(income))


def test_nothing_happens_after_leaving(house):
    for name in ("balances", "contacts", "defaults", "programme"):
        table = house.table(name)
        left = house.truth["alive_until"].reindex(table["customer_id"]).to_numpy()
        assert not (table["date"].to_numpy() > left).any(), name
    held = house.table("holdings")
    assert not (held["matures"] < held["date"]).any()
    assert not held.duplicated(["customer_id", "product"]).any()


def test_options_move_what_hangs_on_them_alone(house):
    again = bank(**json.loads(json.dumps(house.parameters)))
    other = bank(**house.parameters | {"default_rate": 0.05, "contacts_per_year": 1.0, "trial": 0.3})
    for name, table in house.tables.items():
        assert_frame_equal(again.tables[name], table)
    same = ["alive_until", "cause", "deposits", "elsewhere", "openness", "adviser_gain"]
    assert_frame_equal(other.truth[same], house.truth[same])
    saved = "product == 'savings'"
    assert_frame_equal(
        other.table("balances").query(saved).reset_index(drop=True),
        house.table("balances").query(saved).reset_index(drop=True),
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"shape": "piramid"}, "Did you mean 'pyramid'?"),
        ({"correlation": 1}, "correlation is 1, but must be a number between 0 and 1"),
        ({"churn": 0}, "churn is 0"),
        ({"end": "2023-02-10"}, "no two ends of a month"),
        ({"customers": 5_000_000}, "Take fewer customers or months"),
        ({"contacts_per_year": 1e6}, "Take fewer contacts_per_year"),
    ],
)
def test_what_cannot_be_is_refused(wrong, message):
    with pytest.raises(InputError) as caught:
        bank(**{"seed": 1} | wrong)
    assert message in str(caught.value)
