"""Pictures of what a firm cannot see: clocks, coins, the moment of leaving, and what letters then earn."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from crmlab.plots import alt_text, clv
from crmlab.plots import table as drawn
from crmlab.plots.clv import latent


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    plt.close("all")


def title(ax) -> str:
    return ax.get_title(loc="left").replace("\n", " ")


def words(ax) -> list[str]:
    return [text.get_text() for text in ax.texts]


def test_clocks_gather_the_slow_in_the_last_bar():
    rate = pd.Series([1 / 2, 1 / 2, 1 / 20, 1e-4, 1e-9])
    ax = clv.clocks(rate, period="month")
    shares = drawn(ax)["customers_share"]
    assert shares.sum() == pytest.approx(1)
    assert shares.iloc[-1] == pytest.approx(2 / 5)
    assert shares.index[-1] == pytest.approx(1000)
    assert title(ax) == "A tenth buy every 2.0 months or more often, half every 20 or more often"
    assert "over 1,000 months, holds 40%" in alt_text(ax)


@pytest.mark.parametrize(("expected", "none"), [(1.0, 0.3679), (2.5, 0.0821)])
def test_rings_are_a_poisson(expected, none):
    ax = clv.rings(expected)
    chances = drawn(ax)["chance"]
    assert chances.iloc[0] == pytest.approx(none, abs=1e-4)
    assert chances.sum() == pytest.approx(1, abs=0.005)
    assert chances @ chances.index.to_numpy() == pytest.approx(expected, rel=0.01)
    assert title(ax) == f"Where {expected:g} purchase is expected, {none:.0%} make none"


def test_letters_that_lose_are_not_said_to_earn():
    chance = pd.Series([0.1, 0.9])
    ax = clv.earnings(chance, pd.Series([-2.0, -3.0]), cut=0.5, others={"the rule": -5.0}, currency="EUR")
    assert title(ax) == "Writing to those under 50% loses 2 EUR"


def test_coins_state_the_median_and_the_highest_tenth():
    ax = clv.coins(pd.Series(np.linspace(0, 1, 101)))
    assert title(ax) == "Half have a dropout chance up to 50%, a tenth one over 90%"
    assert drawn(ax)["customers_share"].sum() == pytest.approx(1)


@pytest.fixture
def days() -> pd.DataFrame:
    dates = ["2024-01-01", "2024-02-20", "2024-01-05", "2024-01-11", "2024-03-09"]
    return pd.DataFrame({"customer_id": ["Ann", "Ann", "Ben", "Ben", "Ben"], "date": pd.to_datetime(dates)})


def test_lives_tell_the_gone_from_the_silent(days):
    left = pd.Series(pd.to_datetime(["2024-02-20", None]), index=["Ann", "Ben"])
    ax = clv.lives(days, left, end="2024-03-01")
    assert title(ax) == "1 of 2 have left, and one is here after 50 silent days"
    assert words(ax) == ["still here", "left"]
    assert drawn(ax)["last"].dt.strftime("%m-%d").to_dict() == {"Ann": "02-20", "Ben": "01-11"}
    assert list(drawn(ax).index) == list(drawn(clv.histories(days, end="2024-03-01")).index)


def test_lives_of_people_who_have_all_left(days):
    left = pd.Series(pd.to_datetime(["2024-02-20", "2024-01-11"]), index=["Ann", "Ben"])
    assert title(clv.lives(days, left, end="2024-03-01")) == "2 of 2 have left"


def test_reliability_counts_the_living_of_each_class():
    chance = pd.Series([0.28] * 10 + [0.9] * 5)
    alive = pd.Series([True] * 3 + [False] * 7 + [True] * 5)
    ax = clv.reliability(chance, alive)
    assert title(ax) == "Of 10 customers given about 28%, 30% are alive"
    assert drawn(ax)["customers"].to_list() == [10, 5]
    assert drawn(ax)["alive"].to_list() == pytest.approx([0.3, 1.0])
    (bottom, top), _ = (segment[:, 1] for segment in ax.collections[0].get_segments())
    assert (bottom, top) == pytest.approx((0.1078, 0.6032), abs=1e-4)  # Wilson's interval for 3 of 10


def test_earnings_add_up_to_the_cut_and_keep_ties_together():
    chance = pd.Series([0.5, 0.1, 0.5, 0.9], index=list("abcd"))
    worth = pd.Series([-2.0, 5.0, 3.0, -6.0], index=list("abcd"))
    before = chance.copy(), worth.copy()
    ax = clv.earnings(chance, worth, cut=0.6, others={"hindsight": 8.0}, currency="EUR")
    assert drawn(ax).to_dict("list") == {"cut": [0.1, 0.5, 0.9], "earned": [5.0, 6.0, 0.0]}
    assert title(ax) == "Writing to those under 60% earns 6 EUR"
    assert "hindsight: 8" in words(ax)
    assert chance.equals(before[0])
    assert worth.equals(before[1])


def test_knowledge_counts_the_truths_that_lie_in_their_bars():
    draws = pd.DataFrame([np.linspace(0, 1, 101), np.linspace(2, 3, 101)], index=["Ann", "Ben"])
    truth = pd.Series([0.5, 2.95, 7.0], index=["Ann", "Ben", "Cem"])
    ax = clv.knowledge(draws, truth, what="purchase rate", unit="a week")
    assert drawn(ax).loc["Ben"].to_list() == pytest.approx([2.1, 2.9, 2.95])
    assert title(ax) == "Purchase rate: 1 of 2 truths in their bars"
    assert ax.get_xlabel() == "purchase rate, a week"
    low, high = truth.quantile(0.1), truth.quantile(0.9)
    assert f"For a stranger the bar is {low:.2g} to {high:.2g}" in alt_text(ax)


GIVEN = ["Ann", "Ben", "hindsight", "EUR", "rate", "Rate"]
NAMES = ["clocks", "coins", "earnings", "knowledge", "lives", "reliability", "rings"]


@pytest.fixture
def pictures(days):
    chance, alive = pd.Series([0.28] * 10 + [0.9] * 5), pd.Series([True] * 3 + [False] * 7 + [True] * 5)
    left = pd.Series(pd.to_datetime(["2024-02-20", None]), index=["Ann", "Ben"])
    draws = pd.DataFrame([np.linspace(0, 1, 101), np.linspace(2, 3, 101)], index=["Ann", "Ben"])
    worth, others = pd.Series(1.0, index=chance.index), {"hindsight": 8.0}
    return {
        "clocks": partial(clv.clocks, pd.Series([1 / 2, 1 / 20, 1e-4])),
        "coins": partial(clv.coins, pd.Series(np.linspace(0, 1, 101))),
        "lives": partial(clv.lives, days, left, end="2024-03-01"),
        "reliability": partial(clv.reliability, chance, alive),
        "earnings": partial(clv.earnings, chance, worth, cut=0.6, others=others, currency="EUR"),
        "knowledge": partial(clv.knowledge, draws, draws.mean(axis=1), what="rate"),
        "rings": partial(clv.rings, 1.0),
    }


def test_no_picture_is_left_out(pictures):
    drawn = {
        name for name, item in vars(latent).items() if getattr(item, "__module__", "") == latent.__name__
    }
    assert {name for name in drawn if not name.startswith("_")} == set(pictures) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_speaks_the_readers_language(pictures, name, bypassing):
    assert bypassing(pictures[name], data=GIVEN) == []


def test_lives_that_are_over_speak_the_readers_language(days, bypassing):
    left = pd.Series(pd.to_datetime(["2024-02-20", "2024-01-11"]), index=["Ann", "Ben"])
    assert bypassing(partial(clv.lives, days, left, end="2024-03-01"), data=["Ann", "Ben"]) == []
