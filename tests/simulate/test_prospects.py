"""People who ask: the tables show the chances, the delay and the effect of a call that made them."""

import json

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal, assert_series_equal

from crmlab.errors import InputError
from crmlab.simulate import World, prospects

pytestmark = pytest.mark.slow  # much is drawn; the daily round leaves it out

END = pd.Timestamp("2024-12-31")


@pytest.fixture(scope="module")
def firm() -> World:
    return prospects(40_000, seed=7)


@pytest.fixture(scope="module")
def people(firm) -> pd.DataFrame:
    first = firm.table("orders").groupby("customer_id")["date"].min()
    asked = firm.table("prospects").join(firm.table("calls")).join(firm.truth).join(firm.table("attributes"))
    return asked.assign(first=first, bought=first.reindex(asked.index).notna())


def test_chance_and_delay_are_what_those_without_a_call_show(people):
    alone = people[~people["assigned"]]
    time = (alone["first"].fillna(END) - alone["date"]).dt.days + 0.5
    # Of those who buy ever, this share does by the age at the end: the delay is exponential.
    ripe = 1 - np.exp(-((END - alone["date"]).dt.days + 0.5) / 40)
    for _, group in alone.groupby(["source", "interest"], observed=True):
        expected = group["chance"] * ripe[group.index]
        error = np.sqrt((expected * (1 - expected)).sum())
        assert abs(group["bought"].sum() - expected.sum()) < 3.5 * error
    old = alone["bought"] & (alone["date"] < END - pd.Timedelta("400D"))
    assert time[old].mean() == pytest.approx(40, abs=3 * 40 / np.sqrt(old.sum()))


def test_what_a_call_does_shows_by_assignment_and_not_by_call(people):
    old = people[people["date"] < END - pd.Timedelta("300D")]
    rates = old.groupby("assigned")["bought"].agg(["mean", "size"])
    error = np.sqrt((rates["mean"] * (1 - rates["mean"]) / rates["size"]).sum())
    true = old["buys_with"].mean() - old["buys_without"].mean()
    assert abs(rates["mean"].diff().iloc[-1] - true) < 3 * error
    assert true > 4 * error
    called = people.groupby(people["called"].notna())["bought"].mean()
    assert called[True] < called[False] - 0.1
    early, late = (old["wait"] <= 15), (old["wait"] > 45)
    gain = old["buys_with"].astype(int) - old["buys_without"]
    # The mean of e^(-w / cold) over those days.
    days = {True: np.exp(-np.arange(1, 16) / 20).mean(), False: np.exp(-np.arange(46, 61) / 20).mean()}
    assert gain[early].mean() / gain[late].mean() == pytest.approx(days[True] / days[False], rel=0.3)


def test_unripe_prospects_and_all_contacts_mislead(firm, people):
    assert people["bought"].mean() < people["first_order"].notna().mean() - 0.01
    count = firm.table("contacts").groupby("customer_id").size().reindex(people.index, fill_value=0)
    bought = people["bought"]
    assert count[bought].mean() > count[~bought].mean()
    for decoy in ("region", "age_band"):
        rates = people.groupby(decoy, observed=True)["bought"].agg(["mean", "size"])
        error = np.sqrt(bought.mean() * (1 - bought.mean()) / rates["size"])
        assert (np.abs(rates["mean"] - bought.mean()) < 3 * error).all(), decoy


def test_buyers_follow_the_story_of_a_business(firm):
    orders, truth = firm.table("orders"), firm.truth
    days = orders.groupby("customer_id")["date"].agg(["size", "min"])
    true = truth.loc[days.index]
    age = (END - days["min"]).dt.days + 0.5
    p = true["dropout_probability"]
    alive = np.exp(-true["purchase_rate"] * p * age)
    for surprise in (days["size"] - 1 - (1 - alive) / p, true["alive_until"].isna() - alive):
        assert abs(surprise.mean()) < 3 * surprise.std() / np.sqrt(len(surprise))
    ratio = orders["amount"] / truth["spend_level"].reindex(orders["customer_id"]).to_numpy()
    assert ratio.mean() == pytest.approx(1, abs=3 * ratio.std() / np.sqrt(len(ratio)))
    share = (
        365.25 * truth["purchase_rate"] * truth["spend_level"] / firm.table("attributes")["category_spend"]
    )
    large = firm.table("attributes")["category_spend"] > 200
    np.testing.assert_allclose(share[large], truth["share"][large], rtol=0.01)


# -- consistency and input checks


def test_the_tables_agree(firm, people):
    assert (people["first"] >= people["date"]).sum() == people["bought"].sum()
    assert people["first"].dropna().equals(people["first_order"][people["bought"]].rename("first"))
    assert (people["first_order"][~people["bought"]].dropna() > END).all()
    assert not (people["called"] > people["first"]).any()
    assert people.loc[people["called"].notna(), "assigned"].all()
    assert firm.table("prospects")["date"].is_monotonic_increasing
    for name in ("orders", "contacts"):
        rows = firm.table(name)
        assert rows["date"].is_monotonic_increasing
        assert not (rows["date"] > rows["customer_id"].map(people["alive_until"])).any()
        assert (rows["date"] >= rows["customer_id"].map(people["date"])).all()
    sent = people[people["referred_by"].notna()]
    assert (sent["source"] == "referral").all()
    assert (sent["referred_by"].map(people["first"]) <= sent["date"]).all()
    assert people["cause"].notna().equals(people["alive_until"].notna())
    calls = firm.table("contacts").query("reason == 'call'")
    assert calls.groupby("customer_id")["date"].max().equals(people["called"].dropna().rename("date"))


def test_the_same_seed_gives_the_same_world_and_calls_leave_those_without_as_they_are():
    small = prospects(1500, seed=3)
    again = prospects(**json.loads(json.dumps(small.parameters)))
    for name, table in small.tables.items():
        assert_frame_equal(again.table(name), table)
    more = prospects(1500, seed=3, call_lift=0.29, cold=40)
    assert_series_equal(more.truth["buys_without"], small.truth["buys_without"])
    assert more.truth["buys_with"].sum() > small.truth["buys_with"].sum()
    assert_frame_equal(more.table("prospects"), small.table("prospects"))
    assert_series_equal(more.table("calls")["assigned"], small.table("calls")["assigned"])
    dear = prospects(1500, seed=3, v=60.0, contacts_per_year=5.0)
    columns = ["customer_id", "date", "category"]
    assert_frame_equal(dear.table("orders")[columns], small.table("orders")[columns])


def test_owners_of_houses_are_silent_for_years_and_not_lost():
    slow = prospects(1000, "1995-01-01", "2024-12-31", seed=1, r=4, alpha=17_500, delay=120, v=150_000)
    last = slow.table("orders").groupby("customer_id")["date"].max()
    silent = last.index[last < "2019-12-31"]
    assert len(silent) > 100
    assert slow.truth.loc[silent, "alive_until"].isna().mean() > 0.8


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"customers": 0}, "customers is 0, but must be a whole number of at least 1"),
        ({"start": "2023-02-30"}, "start is '2023-02-30'"),
        ({"conversion": 1}, "conversion is 1, but must be a number between 0 and 1"),
        ({"call_lift": 0.5}, "call_lift is 0.5, but must be a number between 0 and 0.3"),
        ({"cold": 0}, "cold is 0, but must be a number above 0"),
        ({"q": 1}, "q is 1, but must be a number above 1"),
        ({"alpha": 0.001}, "purchases and contacts"),
    ],
)
def test_what_cannot_be_is_refused(wrong, message):
    with pytest.raises(InputError) as caught:
        prospects(**{"seed": 1} | wrong)
    assert message in str(caught.value)
