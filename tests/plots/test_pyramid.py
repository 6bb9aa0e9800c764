"""Pictures of inequality and tiers: words, tables and findings that follow from the data."""

from functools import partial

import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from pandas.testing import assert_frame_equal, assert_series_equal

from crmlab import pyramid as theory
from crmlab.plots import alt_text, pyramid, table

NAMES = ["cost_and_profit", "layers", "lorenz", "migration", "whale"]
MONEY = pd.DataFrame(
    {
        "revenue": [400.0, 120.0, 90.0, 60.0, 40.0, 30.0, 20.0, 20.0, 15.0, 5.0],
        "profit": [130.0, 30.0, -25.0, 15.0, 10.0, 6.0, 4.0, 4.0, -2.0, -12.0],
    },
    index=list("abcdefghij"),
)


@pytest.fixture
def pictures():
    tier = theory.tiers(MONEY["profit"])
    later = theory.tiers(MONEY["revenue"])
    return {
        "lorenz": partial(pyramid.lorenz, MONEY["revenue"]),
        "whale": partial(pyramid.whale, MONEY["profit"]),
        "layers": partial(pyramid.layers, tier, MONEY["profit"]),
        "migration": partial(pyramid.migration, tier, later),
        "cost_and_profit": partial(pyramid.cost_and_profit, MONEY["revenue"], MONEY["profit"], tier),
    }


def test_no_picture_is_left_out(pictures):
    drawn = {
        name for name, item in vars(pyramid).items() if getattr(item, "__module__", "") == pyramid.__name__
    }
    assert {name for name in drawn if not name.startswith("_")} == set(pictures) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_has_words_a_table_and_a_finding(pictures, name):
    ax = pictures[name]()
    assert isinstance(ax, Axes)
    assert len(alt_text(ax)) > 50
    assert "nan" not in alt_text(ax)
    assert not table(ax).empty
    assert ax.get_title(loc="left")


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_drawn_where_it_is_told(pictures, name):
    _, ax = plt.subplots()
    assert pictures[name](ax=ax) is ax


@pytest.mark.parametrize("name", NAMES)
def test_inputs_stay_as_they_were(pictures, name):
    given = [item.copy() for item in pictures[name].args]
    pictures[name]()
    for before, after in zip(given, pictures[name].args, strict=True):
        assert_series_equal(before, after)


def test_findings_are_those_of_the_theory(pictures):
    assert pictures["lorenz"]().get_title(loc="left") == "The best 20% of the customers bring 65%"
    assert "Gini coefficient is 0.60" in alt_text(pictures["lorenz"]())
    assert pictures["whale"]().get_title(loc="left") == "30% of the customers eat 24% of the profit"
    assert pictures["layers"]().get_title(loc="left") == "Platinum brings 0% of the profit"


def test_tables_are_those_of_the_theory(pictures):
    assert_frame_equal(table(pictures["lorenz"]()), theory.lorenz(MONEY["revenue"]))
    assert_frame_equal(table(pictures["whale"]()), theory.whale_curve(MONEY["profit"]))
    shares = table(pictures["cost_and_profit"]())
    assert shares.index.tolist() == ["platinum", "gold", "iron", "lead"]
    earned = MONEY["profit"].sum() / MONEY["profit"].clip(lower=0).sum()
    assert shares.sum().tolist() == pytest.approx([1, 1, earned])


def test_a_custom_scheme_can_be_drawn():
    tier = theory.tiers(MONEY["profit"], {"care": 0.1, "others": 0.9})
    assert "care 10.0% of customers with 65% of profit" in alt_text(pyramid.layers(tier, MONEY["profit"]))


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_speaks_the_readers_language(pictures, name, bypassing):
    assert bypassing(pictures[name], data=["profit", "revenue"]) == []
