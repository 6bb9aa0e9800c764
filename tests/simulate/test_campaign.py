"""The business that tries things out: what is seen is one side of the truth, and effects are recovered."""

import json

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal, assert_series_equal

from crmlab.errors import InputError
from crmlab.simulate import World, campaign

pytestmark = pytest.mark.slow  # much is drawn; the daily round leaves it out

DAYS = pd.Timedelta("90D")


@pytest.fixture(scope="module")
def shop() -> World:
    return campaign(12_000, seed=7)


def seen(shop: World, offer: str) -> pd.DataFrame:
    """Return the rows of an offer with whether an order followed in its days, and the profit."""
    rows = shop.table("campaign").query("offer == @offer")
    orders, day = shop.table("orders"), rows["date"].iloc[0]
    orders = orders[(orders["date"] >= day) & (orders["date"] < day + DAYS)]
    margin = (orders["amount"] - orders["cost"]).groupby(orders["customer_id"]).sum()
    rows = rows.set_index("customer_id")
    profit = margin.reindex(rows.index, fill_value=0.0) - rows["cost"]
    return rows.assign(bought=rows.index.isin(margin.index), profit=profit)


def difference(values: pd.Series, treated: pd.Series) -> tuple[float, float]:
    """Return the difference of two means with its standard error."""
    groups = values.astype(float).groupby(treated)
    mean, error = groups.mean(), np.sqrt((groups.var() / groups.size()).sum())
    return mean[True] - mean[False], error


@pytest.mark.parametrize(("offer", "name"), [("mailing", "mailing"), ("win-back", "win_back")])
def test_an_offer_shows_the_side_of_the_truth_that_was_drawn_and_its_effect(shop, offer, name):
    rows = seen(shop, offer)
    truth = shop.truth.loc[rows.index]
    would = (
        truth[name]
        .isin(["sure", "persuadable"])
        .where(rows["treated"], truth[name].isin(["sure", "put off"]))
    )
    assert (rows["bought"] == would).all()
    profit = truth[f"{name}_with"].where(rows["treated"], truth[f"{name}_without"])
    np.testing.assert_allclose(rows["profit"], profit, atol=1e-6)

    asked = shop.truth[name].dropna()
    effect, error = difference(rows["bought"], rows["treated"])
    assert abs(effect - (asked == "persuadable").mean() + (asked == "put off").mean()) < 3 * error
    assert effect > 4 * error
    # Tested and treated are drawn by chance alone, and the others are left for a policy.
    assert len(rows) / len(asked) == pytest.approx(0.6, abs=3 * np.sqrt(0.24 / len(asked)))
    assert rows["treated"].mean() == pytest.approx(0.5, abs=3 * np.sqrt(0.25 / len(rows)))


def test_the_catalogue_chosen_by_hand_looks_good_and_says_nothing(shop):
    rows = seen(shop, "catalogue")
    effect, _ = difference(rows["bought"], rows["treated"])
    assert effect > 0.2
    assert rows["chance"].isna().all()


def test_who_is_persuadable_hangs_on_age_and_not_on_the_region(shop):
    from scipy import stats  # slow to import

    truth = shop.truth.join(shop.table("attributes"))
    free = truth[(truth["mailing_without"] == 0) & truth["alive_until"].isna()]
    persuaded = free["mailing"] == "persuadable"
    share = persuaded.groupby(free["age_band"], observed=True).agg(["mean", "size"])
    expected = 0.25 * np.array([0.4, 0.8, 1.2, 1.8])
    assert (np.abs(share["mean"] - expected) < 3 * np.sqrt(expected * (1 - expected) / share["size"])).all()
    assert stats.chi2_contingency(pd.crosstab(free["region"], persuaded)).pvalue > 0.01
    back = truth[(truth["win_back_without"] == 0)].groupby("cause")["win_back"]
    back = back.agg(lambda kinds: (kinds == "persuadable").mean())
    assert back["failure"] > back["rival"] > back["own life"]


def test_a_gesture_keeps_customers_and_complaining_is_a_sign_of_staying(shop):
    failures, orders = shop.table("failures"), shop.table("orders")
    later = orders.merge(failures[["customer_id", "date"]], on="customer_id", suffixes=("", "_failed"))
    since = (later["date"] - later["date_failed"]).dt.days
    back = failures["customer_id"].isin(later["customer_id"][(since > 0) & (since <= 180)])
    truth = shop.truth["gesture"].dropna()
    effect, error = difference(back, failures["treated"])
    # Some come back within the time through another offer, which brings the two a little nearer.
    assert abs(effect - (truth == "persuadable").mean()) < 3 * error
    assert effect > 3 * error
    loud, error = difference(back, failures["complained"])
    assert loud > 0
    kept = shop.truth.loc[failures["customer_id"], "cause"].to_numpy() != "failure"
    for severity, (without, with_it) in {"minor": (0.30, 0.14), "major": (0.60, 0.22)}.items():
        quiet = (failures["severity"] == severity) & ~failures["complained"]
        for treated, most in ((False, without), (True, with_it)):
            left = ~kept[quiet & (failures["treated"] == treated)]
            # Whoever would have left at that order anyway is no loss of the failure.
            assert left.mean() < most + 3 * np.sqrt(most * (1 - most) / len(left))


def test_the_roll_out_by_shop_recovers_the_lift_and_members_bought_more_before(shop):
    orders, people = shop.table("orders").drop_duplicates("order_id"), shop.table("attributes")
    begins = shop.table("shops")["card_from"]
    day = begins.dropna().iloc[0]
    orders = orders.assign(shop=orders["customer_id"].map(people["shop"]), late=orders["date"] >= day)
    a_head = orders.groupby(["shop", "late"]).size().unstack().div(people.groupby("shop").size(), axis=0)
    effect, error = difference(a_head[True] - a_head[False], begins.notna())
    none = campaign(12_000, seed=7, card_lift=1e-9).table("orders")
    true = (orders["order_id"].nunique() - none["order_id"].nunique()) / people["shop"].isin(
        begins.dropna().index
    ).sum()
    assert abs(effect - true) < 3 * error
    assert effect > 2 * error
    early = orders[~orders["late"]].groupby("customer_id").size().reindex(people.index, fill_value=0)
    member = pd.Series(people.index.isin(shop.table("members").index), people.index)
    naive, error = difference(early, member)
    assert naive > 5 * error
    assert shop.truth.loc[shop.table("members").index, "would_join"].all()


# -- consistency and input checks


def test_nobody_orders_after_having_left(shop):
    orders, truth = shop.table("orders"), shop.truth
    for table in ("orders", "contacts", "failures"):
        rows = shop.table(table)
        assert rows["date"].is_monotonic_increasing, table
        assert not (rows["date"] > rows["customer_id"].map(truth["alive_until"])).any(), table
        assert rows["date"].between(shop.parameters["start"], shop.parameters["end"]).all(), table
    assert truth["cause"].notna().equals(truth["alive_until"].notna())
    assert set(orders["customer_id"]) == set(truth.index)
    one = orders.groupby("order_id")[["customer_id", "date"]].nunique()
    assert (one == 1).all(axis=None)


def test_the_same_seed_gives_the_same_world_and_an_option_leaves_what_came_before():
    small = campaign(1500, seed=3)
    again = campaign(**json.loads(json.dumps(small.parameters)))
    dear = campaign(1500, seed=3, persuadable=0.4, voucher=8)
    for name, table in small.tables.items():
        assert_frame_equal(again.table(name), table)
    for name in ("failures", "shops"):
        assert_frame_equal(dear.table(name), small.table(name))
    before = small.table("campaign").query("offer != 'mailing'")
    assert_frame_equal(dear.table("campaign").query("offer != 'mailing'"), before)
    assert_series_equal(dear.truth["win_back"], small.truth["win_back"])
    assert (dear.truth["mailing"] == "persuadable").sum() > (small.truth["mailing"] == "persuadable").sum()
    day = small.table("campaign").query("offer == 'mailing'")["date"].iloc[0]
    early = [world.table("orders").drop(columns="order_id") for world in (small, dear)]
    early = [orders[orders["date"] < day] for orders in early]
    assert_frame_equal(*early)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"customers": 0}, "customers is 0, but must be a whole number of at least 1"),
        ({"end": "2022-12-31"}, "not after start"),
        ({"seed": -1}, "seed is -1"),
        ({"tested": 1}, "tested is 1, but must be a number between 0 and 1"),
        ({"persuadable": 0.6}, "persuadable is 0.6"),
        ({"response": 0}, "response is 0"),
        ({"response": 200}, "response is 200 days, too many for a window of 731: give less than 109"),
        ({"voucher": -1}, "voucher is -1"),
    ],
)
def test_what_cannot_be_is_refused(wrong, message):
    with pytest.raises(InputError) as caught:
        campaign(**{"seed": 1} | wrong)
    assert message in str(caught.value)
