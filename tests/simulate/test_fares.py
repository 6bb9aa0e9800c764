"""The simulated taxi rank: worth follows from the trip, and only some of the signals tell of it."""

import json

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from crmlab.errors import InputError
from crmlab.simulate import World, fares

pytestmark = pytest.mark.slow  # much is drawn; the daily round leaves it out


@pytest.fixture(scope="module")
def rank() -> World:
    return fares(seed=7)


def whole(rank: World) -> pd.DataFrame:
    return rank.table("offers").set_index("customer_id").join(rank.truth)


def test_the_worth_is_that_of_the_equation(rank):
    offers = whole(rank)
    went = offers[~offers["cancelled"]]
    empty = np.where(went["kilometres"] > 12, 0.9, 0.15)
    tip = went["fare"] - 4 - 2 * went["kilometres"]
    burnt = 0.25 * went["kilometres"] * (1 + empty)
    np.testing.assert_allclose(went["worth"], went["fare"] - burnt - 24 * went["minutes"] / 60)
    assert (tip > 0).all()
    assert abs(tip.mean() - 1.5) < 3 * 1.5 / np.sqrt(len(tip))
    assert offers.loc[offers["cancelled"], "worth"].unique() == pytest.approx([-24 * 8 / 60])


def test_the_expected_worth_is_the_mean_of_the_worth(rank):
    offers = whole(fares(customers=60_000, seed=3))
    surprise = offers["worth"] - offers["expected_worth"]
    for signal in ("place", "hour", "luggage", "channel", "phone"):
        groups = surprise.groupby(offers[signal], observed=True).agg(["mean", "sem"])
        # The 60 points miss the ends of the tail: by less than 0.02 of a mean of 5.
        assert (np.abs(groups["mean"]) < 3 * groups["sem"] + 0.02).all(), signal
    rate = offers["cancelled"].groupby(offers["channel"]).agg(["mean", "size"])
    for channel, chance in (("app", 0.09), ("street", 0.01)):
        error = np.sqrt(chance * (1 - chance) / rate.loc[channel, "size"])
        assert abs(rate.loc[channel, "mean"] - chance) < 3 * error
    # What is expected hangs on what is seen, and the telephone tells nothing.
    seen = ["place", "hour", "luggage", "channel"]
    assert (offers.groupby(seen, observed=True)["expected_worth"].std().dropna() < 1e-9).all()


def test_the_longest_trip_is_not_the_best(rank):
    offers = whole(rank)
    mean = offers.groupby("luggage")[["fare", "worth"]].agg(["mean", "sem"])
    assert mean.loc[True, ("fare", "mean")] > 1.5 * mean.loc[False, ("fare", "mean")]
    gap = mean.loc[False, ("worth", "mean")] - mean.loc[True, ("worth", "mean")]
    assert gap > 3 * np.hypot(mean.loc[False, ("worth", "sem")], mean.loc[True, ("worth", "sem")])
    rules = {
        "seen": offers.loc[offers.groupby("moment_id")["expected_worth"].idxmax(), "worth"],
        "longest": offers.loc[offers.groupby("moment_id")["kilometres"].idxmax(), "worth"],
        "driver": offers.loc[offers["taken"], "worth"],
    }
    means = {name: worth.mean() for name, worth in rules.items()}
    error = np.sqrt(2) * offers["worth"].std() / np.sqrt(offers["moment_id"].nunique())
    assert means["seen"] > means["driver"] + 3 * error
    assert means["seen"] > offers["worth"].mean() + 3 * error
    assert means["longest"] < offers["worth"].mean()


def test_one_is_taken_at_each_moment_and_by_chance_where_it_says_so(rank):
    offers = whole(rank)
    assert (offers.groupby("moment_id")["taken"].sum() == 1).all()
    by_moment = offers.groupby("moment_id")["random_choice"]
    assert (by_moment.min() == by_moment.max()).all()
    share = offers["random_choice"].iloc[::3].mean()
    assert abs(share - 0.3) < 3 * np.sqrt(0.3 * 0.7 / 2000)
    luggage = offers["luggage"].groupby([offers["random_choice"], offers["taken"]]).agg(["mean", "sem"])
    chance = luggage.loc[(True, True)], luggage.loc[(True, False)]
    assert abs(chance[0]["mean"] - chance[1]["mean"]) < 3 * np.hypot(chance[0]["sem"], chance[1]["sem"])
    assert luggage.loc[(False, True), "mean"] > luggage.loc[(False, False), "mean"] + 0.2
    trips = rank.table("trips").set_index("customer_id")
    assert set(trips.index) == set(offers.index[offers["taken"]])
    np.testing.assert_allclose(trips["minutes"], rank.truth["minutes"].loc[trips.index], atol=0.0501)
    assert len(rank.table("orders")) == (~trips["cancelled"]).sum()


def test_options_move_what_hangs_on_them_alone(rank):
    again = fares(**json.loads(json.dumps(rank.parameters)))
    for name, table in rank.tables.items():
        assert_frame_equal(again.tables[name], table)
    other = fares(**rank.parameters | {"random_share": 0.6})
    assert_frame_equal(other.truth, rank.truth)
    dear = fares(**rank.parameters | {"hour_worth": 40.0})
    assert_frame_equal(dear.table("offers"), rank.table("offers"))
    assert (dear.truth["worth"] < rank.truth["worth"]).all()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"hour_worth": 0}, "hour_worth is 0, but must be a number above 0"),
        ({"random_share": 1}, "random_share is 1, but must be a number between 0 and 1"),
        ({"customers": 50_000_000}, "Take fewer customers"),
    ],
)
def test_what_cannot_be_is_refused(wrong, message):
    with pytest.raises(InputError) as caught:
        fares(**{"seed": 1} | wrong)
    assert message in str(caught.value)
