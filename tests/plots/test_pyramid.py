"""Pictures of inequality and tiers: words, tables and findings that follow from the data."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.transforms import Bbox
from pandas.testing import assert_frame_equal, assert_series_equal

from crmlab import pyramid as theory
from crmlab.plots import alt_text, pyramid, table
from crmlab.plots.pyramid import tiers

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
    drawn = {name for name, item in vars(tiers).items() if getattr(item, "__module__", "") == tiers.__name__}
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
    title = "The best 20% of the customers bring 65% of the revenue"
    assert pictures["lorenz"]().get_title(loc="left") == title
    assert "Gini coefficient is 0.60" in alt_text(pictures["lorenz"]())
    assert pictures["whale"]().get_title(loc="left") == "30% of the customers eat 20% of what the others earn"
    title = "Platinum: 0% of the customers, 0% of the profit"
    assert pictures["layers"]().get_title(loc="left") == title


def test_tables_are_those_of_the_theory(pictures):
    assert_frame_equal(table(pictures["lorenz"]()), theory.lorenz(MONEY["revenue"]))
    whale, curve = table(pictures["whale"]()), theory.whale_curve(MONEY["profit"])
    assert_frame_equal(whale.drop(columns="profit_share"), curve.drop(columns="profit_share"))
    assert whale["profit_share"].max() == 1  # what the profitable customers earn
    shares = table(pictures["cost_and_profit"]())
    assert shares.index.tolist() == ["platinum", "gold", "iron", "lead"]
    earned = MONEY["profit"].sum() / MONEY["profit"].clip(lower=0).sum()
    assert shares.sum().tolist() == pytest.approx([1, 1, earned])


def test_a_custom_scheme_can_be_drawn():
    tier = theory.tiers(MONEY["profit"], {"care": 0.1, "others": 0.9})
    assert "care 10% of the customers, 65% of the profit" in alt_text(pyramid.layers(tier, MONEY["profit"]))


LOSSES = pd.DataFrame(
    {"revenue": [9.0, 8.0, 7.0, 6.0, 5.0], "profit": [2.0, -5.0, -4.0, -3.0, -1.0]}, index=list("abcde")
)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (0.0, "80% of the customers eat 650% of what the others earn"),
        (-3.0, "No customer earns a profit"),
        (6.0, "No customer costs more than it brings"),
    ],
)
def test_a_whale_says_who_loses(change, said):
    assert pyramid.whale(LOSSES["profit"] + change).get_title(loc="left") == said


@pytest.mark.parametrize(
    "money", [MONEY, LOSSES, LOSSES.assign(profit=-1.0)], ids=["earns", "loses", "all lose"]
)
@pytest.mark.parametrize("name", ["whale", "layers", "cost_and_profit"])
def test_words_cover_nothing_also_where_the_base_loses_money(money, name):
    """The legend stands below the bars, and words stand beside or above what is drawn."""
    profit = money["profit"].rename("profit")
    tier = theory.tiers(profit)
    ax = {
        "whale": partial(pyramid.whale, profit),
        "layers": partial(pyramid.layers, tier, profit),
        "cost_and_profit": partial(pyramid.cost_and_profit, money["revenue"], profit, tier),
    }[name]()
    ax.figure.canvas.draw()
    words = [text.get_window_extent() for text in ax.texts]
    if name == "cost_and_profit":
        words = [ax.get_legend().get_window_extent()]
    drawn = [bar.get_window_extent() for bar in ax.patches]
    drawn += [
        Bbox([point, point])
        for line in ax.lines[:1]
        for point in line.get_transform().transform(line.get_xydata())
    ]
    assert not [
        word for word in words if any(word.overlaps(part) and part.height + part.width for part in drawn)
    ]
    points = [part.p0 for part in drawn if not part.height + part.width]
    assert not [word for word in words for point in points if word.contains(*point)]
    assert all("nan" not in text.get_text() for text in ax.texts)


def test_layers_are_as_wide_as_their_customers():
    tier = theory.tiers(MONEY["profit"])
    widths = [bar.get_width() for bar in pyramid.layers(tier, MONEY["profit"]).patches]
    sizes = tier.value_counts(sort=False)
    assert widths == pytest.approx([*(sizes / sizes.max())])


def test_revenue_and_profit_are_told_apart_in_grey(pictures):
    bars = pictures["cost_and_profit"]().containers
    grey = sorted(float(np.dot(to_rgb(each[0].get_facecolor()), [0.299, 0.587, 0.114])) for each in bars)
    assert min(np.diff(grey)) > 0.15


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_speaks_the_readers_language(pictures, name, bypassing):
    assert bypassing(pictures[name], data=["profit", "revenue"]) == []
