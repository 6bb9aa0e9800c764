"""Programmes: the card's effect is what the world put in, members flatter it, and prices by enumeration."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab import decisions
from crmlab.errors import DataError, InputError
from crmlab.simulate import campaign

approx = pytest.approx


def panel_of(world) -> pd.DataFrame:
    tables = (world.table(name) for name in ("shops", "members"))
    return decisions.rolled_out(world.table("orders"), world.table("attributes")["shop"], *tables)


@pytest.fixture(scope="module")
def firm():
    return campaign(8_000, seed=5)


@pytest.fixture(scope="module")
def panel(firm) -> pd.DataFrame:
    return panel_of(firm)


def test_the_panel_counts_each_order_once(firm, panel):
    orders = firm.table("orders")
    at = firm.table("shops")["card_from"].dropna().iloc[0]
    early = orders["date"] < at
    ours = orders["customer_id"].isin(panel.index)
    years = (at - orders["date"].min()).days / 365.25, ((orders["date"].max() - at).days + 1) / 365.25
    assert panel["orders_before"].sum() * years[0] == approx(early.sum())
    assert panel["amount_after"].sum() * years[1] == approx(orders.loc[ours & ~early, "amount"].sum())
    redeemed = firm.table("members")["redeemed"].reindex(panel.index).sum()
    assert panel["redeemed_after"].sum() * years[1] == approx(redeemed)
    assert not panel.loc[~panel["card"], "member"].any()


def test_the_card_does_what_was_put_in(firm, panel):
    """The same seed without any lift is the world without the card's further orders."""
    without = panel_of(campaign(8_000, seed=5, card_lift=1e-9))
    truth = (panel["orders_after"] - without["orders_after"].reindex(panel.index))[panel["card"]].mean()
    found = decisions.programme_effect(panel)
    orders = found.loc["orders"]
    assert orders["low"] < truth < orders["high"]
    assert orders["member_effect"] == approx(orders["effect"] / found.attrs["joined"])
    assert orders["member_low"] < orders["member_effect"] < orders["member_high"]
    assert orders["naive"] > 3 * truth / found.attrs["joined"] > 0  # members had bought more before
    assert found.loc["profit", "effect"] == approx(
        found.loc["margin", "effect"] - found.loc["redeemed", "effect"]
    )
    idle = decisions.programme_effect(without).loc["orders"]
    assert idle["low"] < 0 < idle["high"]
    assert idle["naive"] > 1  # although it did nothing


def test_order_of_rows_does_not_matter(firm, panel):
    orders, shop = firm.table("orders"), firm.table("attributes")["shop"]
    again = decisions.rolled_out(
        orders.sample(frac=1, random_state=1),
        shop[::-1],
        firm.table("shops")[::-1],
        firm.table("members")[::-1],
    )
    pd.testing.assert_frame_equal(again, panel)


def test_what_has_no_card_or_no_members_is_told(firm, panel):
    orders, shop = firm.table("orders"), firm.table("attributes")["shop"]
    shops, members = firm.table("shops"), firm.table("members")
    bare = shops.assign(card_from=pd.NaT)
    staggered = shops.assign(card_from=pd.date_range("2023-06-01", periods=len(shops)))
    late = shops.assign(card_from=shops["card_from"] + pd.Timedelta(days=900))
    for given_, said in (
        ((orders, shop, bare, members), "came on 0 days"),
        ((orders, shop, staggered, members), "came on 24 days.*keep the shops of one day"),
        ((orders, shop, late, members), "No order lies after"),
        ((orders, shop[:5], shops, members), "customers have no shop"),
        ((orders, shop, shops[:5], members), "not among the shops"),
        ((orders.drop(columns="cost"), shop, shops, members), "lack the column 'cost'"),
    ):
        with pytest.raises(DataError, match=said):
            decisions.rolled_out(*given_)
    with pytest.raises(DataError, match="Nobody in a shop with the card joined"):
        decisions.programme_effect(panel.assign(member=False))
    two = panel[panel["shop"].isin(panel.groupby("card")["shop"].first())]
    with pytest.raises(DataError, match="two shops with the card"):
        decisions.programme_effect(two)
    with pytest.raises(DataError, match="lacks the column 'card'"):
        decisions.programme_effect(panel.drop(columns="card"))


@given(margin=st.floats(0.2, 20), share=st.floats(0.01, 0.9), used=st.floats(0.1, 1), base=st.floats(1, 1e4))
def test_at_the_break_even_lift_nothing_is_left(margin, share, used, base):
    terms = {"margin": margin, "reward": share * margin, "used": used}
    lift = decisions.break_even_lift(**terms)
    assert decisions.reward_profit(base, lift * base, **terms) == approx(0, abs=1e-6 * base * margin)
    assert decisions.reward_profit(base, 1.1 * lift * base, **terms) > 0


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=12))
def test_no_other_price_earns_more(rows):
    worths = pd.DataFrame(rows, columns=["a", "b"]).astype(float)
    costs = pd.Series({"a": 1.0, "b": 2.0})
    made = decisions.bundle_prices(worths, costs)
    whole = worths.assign(bundle=worths.sum(axis=1))
    for name, cost in (("a", 1), ("b", 2), ("bundle", 3)):
        tried = [(price - cost) * (whole[name] >= price).sum() for price in np.arange(0, 19, 0.5)]
        assert made.loc[name, "profit"] == approx(max(*tried, 0))
    assert made.equals(decisions.bundle_prices(worths[::-1], costs))


def test_a_test_of_shares_is_that_of_counts():
    found = decisions.shares_compared((0, 20), (0, 30))
    assert found["difference"] == 0
    assert np.isnan(found["z"])
    assert found["low"] < 0 < found["high"]
    turned = decisions.shares_compared((28, 150), (51, 150))
    assert turned["z"] == approx(-decisions.shares_compared((51, 150), (28, 150))["z"])


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: decisions.break_even_lift(margin=1, reward=2), InputError, "takes the whole margin"),
        (lambda: decisions.reward_profit(-1, 5, margin=8, reward=1), InputError, "base is -1"),
        (lambda: decisions.shares_compared((5, 3), (1, 3)), InputError, "one: how many did is 5"),
        (lambda: decisions.shares_compared((5,), (1, 3)), InputError, "of how many, such as"),
        (lambda: decisions.bundle_prices(pd.DataFrame(index=[1])), DataError, "no goods"),
        (lambda: decisions.bundle_prices(pd.DataFrame({"a": [-1.0]})), DataError, "of at least 0"),
        (
            lambda: decisions.bundle_prices(pd.DataFrame({"a": [1.0]}), pd.Series({"b": 1.0})),
            InputError,
            "no cost of a",
        ),
    ],
)
def test_what_cannot_be_is_refused(call, error, said):
    with pytest.raises(error, match=said):
        call()
