"""The owner of three lists: each has its own rates, and care does on each what the truth says."""

import json

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from crmlab.errors import InputError
from crmlab.simulate import World, lists
from crmlab.simulate.worlds.lists import LISTS

pytestmark = pytest.mark.slow  # much is drawn; the daily round leaves it out

END, BEGIN = pd.Timestamp("2024-12-31"), pd.Timestamp("2023-01-01")


@pytest.fixture(scope="module")
def owner() -> World:
    return lists(40_000, seed=7)


@pytest.fixture(scope="module")
def people(owner) -> pd.DataFrame:
    """One row a customer: orders and days alive, before and in the trial."""
    arm = owner.table("programme").set_index("customer_id")
    day = arm["date"].iloc[0]
    orders = owner.table("orders")
    first = orders.groupby("customer_id")["date"].min()
    known = owner.truth.join(owner.table("attributes")).join(arm["arm"]).assign(first=first)
    gone = known["alive_until"].fillna(END + pd.Timedelta("1D"))
    repeat = orders[orders["date"] > orders["customer_id"].map(first)]
    late = repeat["date"] >= day
    for name, chosen, begins, ends in (
        ("before", repeat[~late], known["first"], gone.clip(upper=day)),
        ("after", repeat[late], known["first"].clip(lower=day), gone),
    ):
        known[name] = chosen.groupby("customer_id").size().reindex(known.index, fill_value=0)
        known[f"days_{name}"] = ((ends - begins).dt.days).clip(lower=0)
    return known


def test_orders_come_at_the_rates_of_the_truth_and_care_adds_its_share(people):
    """What comes less what the rate makes while alive is a martingale: its variance is what comes."""
    for name, group in people.groupby("list"):
        gain = LISTS[name][-1]
        for time, chosen, factor in (
            ("before", group, 1.0),
            ("after", group[group["arm"] == "none"], 1.0),
            ("after", group[group["arm"] == "care"], 1 + gain),
        ):
            expected = (factor * chosen["purchase_rate"] * chosen[f"days_{time}"]).sum()
            # Days are whole: a customer is alive half a day more or less, and two orders may share one.
            slack = 3 * np.sqrt(expected) + 0.02 * expected
            assert abs(chosen[time].sum() - expected) < slack, (name, time, factor)


def test_a_comparison_by_lot_finds_where_care_pays(owner, people):
    tried = people.dropna(subset="arm")
    orders = owner.table("orders").merge(owner.table("programme")[["customer_id"]].drop_duplicates())
    day = owner.table("programme")["date"].iloc[0]
    profit = orders.assign(profit=orders["amount"] - orders["cost"])[orders["date"] >= day]
    tried = tried.assign(profit=profit.groupby("customer_id")["profit"].sum()).fillna({"profit": 0.0})
    alive = tried["days_after"] / 365.25
    gain = (tried["care_value"] * alive).groupby(tried["list"]).mean()
    by = tried.groupby(["list", "arm"])["profit"].agg(["mean", "sem"])
    for name in LISTS:
        found = by.loc[(name, "care"), "mean"] - by.loc[(name, "none"), "mean"]
        assert abs(found - gain[name]) < 3 * np.hypot(*by.loc[name, "sem"]), name
    assert gain["long and rare"] > 3 * gain["one huge"]
    assert by.loc[("long and rare", "care"), "mean"] - by.loc[
        ("long and rare", "none"), "mean"
    ] > 3 * np.hypot(*by.loc["long and rare", "sem"])


def test_what_has_been_points_to_the_wrong_list(owner, people):
    """Revenue a head makes the second list look best; a silence is usual on the third alone."""
    orders = owner.table("orders").join(owner.table("attributes"), on="customer_id")
    head = orders.groupby("list")["amount"].sum() / people.groupby("list").size()
    assert head.idxmax() == "one huge"
    assert people.groupby("list")["alive_until"].apply(lambda left: left.isna().mean()).idxmin() == "one huge"
    silent = (END - orders.groupby("customer_id")["date"].max()).dt.days > 120
    alive = people["alive_until"].isna()
    usual = silent[alive & (people["before"] > 0)].groupby(people["list"]).mean()
    assert usual["long and rare"] > 1.4 * usual["many small"]
    share = people.groupby("region").size() / len(people)
    assert (abs(share - 0.25) < 3 * np.sqrt(0.25 * 0.75 / len(people))).all()


def test_options_move_what_hangs_on_them_alone():
    small = lists(2000, seed=3)
    again = lists(**json.loads(json.dumps(small.parameters)))
    for name, table in small.tables.items():
        assert_frame_equal(again.tables[name], table)
    other = lists(2000, seed=3, strength=2.0)
    assert_frame_equal(other.table("programme"), small.table("programme"))
    assert_frame_equal(
        other.truth.drop(columns=["gain", "care_value"]), small.truth.drop(columns=["gain", "care_value"])
    )
    day = small.table("programme")["date"].iloc[0]
    tables = [each.table("orders") for each in (small, other)]
    early = [table[table["date"] < day].drop(columns="order_id") for table in tables]
    assert_frame_equal(*early)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"trial": 1.5}, "trial is 1.5, but must be a number between 0 and 1"),
        ({"strength": -1}, "strength is -1"),
        ({"customers": 10**9}, "Take fewer customers"),
        ({"seed": 0.5}, "seed is 0.5"),
    ],
)
def test_what_cannot_be_is_refused(wrong, message):
    with pytest.raises(InputError) as caught:
        lists(**{"seed": 1} | wrong)
    assert message in str(caught.value)
