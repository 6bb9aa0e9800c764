"""Paths to a first order: a switch shows what a channel does, and the last touch something else."""

import json

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from crmlab.errors import InputError
from crmlab.simulate import World, touchpoints
from crmlab.simulate.worlds.touchpoints import EFFECTS

pytestmark = pytest.mark.slow  # much is drawn; the daily round leaves it out


@pytest.fixture(scope="module")
def shop() -> World:
    return touchpoints(30_000, seed=7)


@pytest.fixture(scope="module")
def people(shop) -> pd.DataFrame:
    first = shop.table("orders").groupby("customer_id")["date"].min()
    known = shop.truth.join(shop.table("attributes")).join(shop.table("switches")[["off"]])
    return known.assign(first=first, bought=first.reindex(known.index).notna())


def without(people: pd.DataFrame, channel: str = "") -> pd.Series:
    """Return who would order without a channel."""
    others = [f"convinced_by_{name}" for name in EFFECTS if name != channel]
    return people[["spontaneous", *others]].any(axis=1)


def difference(values: pd.Series, treated: pd.Series) -> tuple[float, float]:
    """Return the difference of two means with its standard error."""
    groups = values.astype(float).groupby(treated)
    mean, error = groups.mean(), np.sqrt((groups.var() / groups.size()).sum())
    return mean[True] - mean[False], error


def test_who_orders_is_who_is_convinced_by_what_is_on(people):
    expected = without(people)
    for name in ("search", "display"):
        expected = expected.where(people["off"] != name, without(people, name))
    assert (people["bought"] == expected).all()


@pytest.mark.parametrize("channel", ["search", "display"])
def test_switching_a_channel_off_recovers_its_effect_which_the_last_touch_does_not(people, channel):
    tested = people[people["off"].isin(["none", channel])]
    effect, error = difference(tested["bought"], tested["off"] == "none")
    true = without(people).mean() - without(people, channel).mean()
    assert abs(effect - true) < 3 * error
    last = (people["acquisition_channel"] == channel).sum() / people["bought"].sum()
    share = true / without(people).mean()
    assert last > share + 0.2 if channel == "search" else last < share - 0.05


def test_each_touch_convinces_with_the_chance_of_its_channel(shop, people):
    """Of those for whom nothing else does it, a touch is the last of a path with an order with chance e."""
    touches = shop.table("touchpoints")
    for name, effect in EFFECTS.items():
        open_ = people[~without(people, name)]
        count = touches[(touches["channel"] == name) & touches["customer_id"].isin(open_.index)]
        if name in ("search", "affiliate"):  # some touches are made on the way to an order only
            continue
        convinced = open_[f"convinced_by_{name}"] & (open_["off"] != name)
        error = np.sqrt(len(count) * effect * (1 - effect))
        assert abs(convinced.sum() - effect * len(count)) < 3 * error, name
    mean, spread = people["baseline"].mean(), np.sqrt(people["baseline"].mean() / len(people))
    assert abs(people["spontaneous"].mean() - mean) < 3 * spread


def test_customers_of_many_channels_are_better_and_an_invitation_makes_none(shop, people):
    orders = shop.table("orders")
    used = orders.groupby("customer_id").agg(count=("order_id", "size"), channels=("channel", "nunique"))
    means = used.groupby("channels")["count"].mean()
    assert means[3] > 4 * means[1]
    app = shop.table("campaign").set_index("customer_id")
    late = orders[orders["date"] >= app["date"].iloc[0]]
    by_app = late[late["channel"] == "app"].groupby("customer_id").size().reindex(app.index, fill_value=0)
    effect, error = difference(by_app, app["treated"])
    assert effect > 4 * error
    effect, error = difference(
        late.groupby("customer_id").size().reindex(app.index, fill_value=0), app["treated"]
    )
    assert abs(effect) < 3 * error
    # The better customers are those who wished to buy, and a channel tells no more than that.
    rate = np.log(people["purchase_rate"])
    x = np.column_stack([np.ones(len(people)), people["wish"]])
    slope, *_ = np.linalg.lstsq(x, rate)
    error = (rate - x @ slope).std() / np.sqrt(len(people))
    assert abs(slope[1] - 0.5) < 3 * error
    region, error = people.groupby("region")["bought"].mean(), np.sqrt(0.22 * 0.78 / (0.2 * len(people)))
    assert np.abs(region - people["bought"].mean()).max() < 3 * error


def test_the_age_of_a_person_moves_later_orders_alone(people):
    share = people["bought"].groupby(people["age_band"], observed=True).agg(["mean", "size"])
    error = np.sqrt(0.22 * 0.78 / share["size"])
    assert (np.abs(share["mean"] - people["bought"].mean()) < 3 * error).all()
    rate = people["purchase_rate"].groupby(people["age_band"], observed=True).agg(["mean", "sem"])
    # The wish is of mean 0: of all people, E(rate) = r / alpha times the factor of the band.
    assert (np.abs(rate["mean"] - 0.5 / 25 * np.array([0.8, 1.4, 1.0, 0.8])) < 3.5 * rate["sem"]).all()


# -- consistency and input checks


def test_paths_end_with_the_order(shop, people):
    touches, orders = shop.table("touchpoints"), shop.table("orders")
    assert not (touches["date"] > touches["customer_id"].map(people["first"])).any()
    path = touches.sort_values(["customer_id", "touch"]).groupby("customer_id")
    assert (path["touch"].max() == path.size()).all()
    assert path["date"].apply(lambda dates: dates.is_monotonic_increasing).all()
    last = path["channel"].last().reindex(people.index).fillna("direct")
    assert (people["acquisition_channel"] == last)[people["bought"]].all()
    assert people["acquisition_channel"].notna().equals(people["bought"])
    switched = touches["channel"] == touches["customer_id"].map(people["off"])
    assert not switched.any()
    assert not (orders["date"] > orders["customer_id"].map(people["alive_until"])).any()
    assert people["cause"].notna().equals(people["alive_until"].notna())


def test_the_same_seed_gives_the_same_world_and_a_channel_leaves_the_others_as_they_are():
    small = touchpoints(1500, seed=3)
    again = touchpoints(**json.loads(json.dumps(small.parameters)))
    for name, table in small.tables.items():
        assert_frame_equal(again.table(name), table)
    more = touchpoints(1500, seed=3, effects=dict(EFFECTS) | {"display": 0.3})
    same = ["spontaneous", "convinced_by_search", "convinced_by_email", "purchase_rate"]
    assert_frame_equal(more.truth[same], small.truth[same])
    assert_frame_equal(more.table("switches"), small.table("switches"))
    assert more.truth["convinced_by_display"].sum() > 2 * small.truth["convinced_by_display"].sum()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"customers": 0}, "customers is 0, but must be a whole number of at least 1"),
        ({"end": "2022-12-31"}, "not after start"),
        ({"baseline": 1}, "baseline is 1, but must be a number between 0 and 1"),
        ({"effects": {"search": 0.1}}, "Give a number for each of display, social"),
        ({"effects": dict(EFFECTS) | {"email": 1}}, "The effect of 'email' is 1, but must be"),
        ({"costs": dict(EFFECTS) | {"email": -1}}, "The cost of 'email' is -1"),
        ({"switched": ["serch"]}, "There is no channel 'serch' in switched. Did you mean 'search'?"),
        ({"switched": "search"}, "Give a list of channels"),
        ({"switched": ["search", "search"]}, "Give each channel once"),
        ({"alpha": 0.001}, "touches and orders"),
    ],
)
def test_what_cannot_be_is_refused(wrong, message):
    with pytest.raises(InputError) as caught:
        touchpoints(**{"seed": 1} | wrong)
    assert message in str(caught.value)
