"""The style that all pictures share, and the words and tables that travel with them."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb

from crmlab import plots
from crmlab.errors import InputError
from crmlab.plots import style

CELLS = pd.DataFrame({"x": [0.5, np.nan], "y": [0.25, 1.0]}, index=["a", "b"])


@style.styled
def picture(numbers: pd.DataFrame, *, ax=None):
    """Draw numbers."""
    ax.plot(numbers["y"])
    return style.describe(ax, f"A line of {len(numbers)} points.", numbers)


def test_words_and_table_travel_with_the_axes():
    ax = picture(CELLS)
    assert plots.alt_text(ax) == "A line of 2 points."
    handed_out = plots.table(ax)
    handed_out.loc["a", "y"] = 99
    assert plots.table(ax).loc["a", "y"] == 0.25


def test_an_axes_without_words_has_none():
    assert plots.alt_text(plt.subplots()[1]) == ""


def test_the_words_of_a_figure_are_those_of_its_axes_in_order():
    figure, axes = plots.panels(3)
    picture(CELLS, ax=axes[0])
    picture(CELLS.iloc[:1], ax=axes[2])
    assert style.alt_of_figure(figure) == "A line of 2 points. A line of 1 points."


def test_a_picture_gets_axes_of_its_own_or_those_given():
    first, second = picture(CELLS), picture(CELLS)
    assert first.figure is not second.figure
    _, axes = plots.panels(2)
    assert picture(CELLS, ax=axes[1]) is axes[1]
    assert picture.__name__ == "picture"
    assert picture.__doc__ == "Draw numbers."


def test_the_style_is_on_in_a_picture_and_off_outside():
    before = mpl.rcParams.copy()
    ax = picture(CELLS)
    assert mpl.rcParams == before
    assert not ax.spines["top"].get_visible()
    assert ax.figure.get_figwidth() == style.STYLE["figure.figsize"][0]
    assert ax.lines[0].get_color() == style.PALETTE[0]


def test_the_style_is_off_again_after_an_error():
    before = mpl.rcParams.copy()
    with pytest.raises(InputError, match="picture: what was given lacks"):
        picture(pd.DataFrame({"x": [1]}))
    assert mpl.rcParams == before


def test_the_first_colours_differ_in_grey():
    """Blue, orange and light grey, which stand side by side, keep apart when printed without colour."""
    weights = np.array([0.2126, 0.7152, 0.0722])
    grey = sorted(weights @ to_rgb(colour) for colour in (style.BLUE, style.ORANGE, style.LIGHT, style.INK))
    assert np.diff(grey).min() > 0.1


def test_a_heatmap_leaves_missing_cells_blank():
    ax = plt.subplots()[1]
    style.heatmap(ax, CELLS, text="{:.0%}".format)
    assert sorted(text.get_text() for text in ax.texts) == ["100%", "25%", "50%"]


def test_thousands_have_marks():
    ax = plt.subplots()[1]
    style.thousands(ax.yaxis)
    assert ax.yaxis.get_major_formatter()(1234567) == "1,234,567"


def test_strands_load_by_name_and_others_are_refused():
    assert plots.pyramid.lorenz.__module__ == "crmlab.plots.pyramid.tiers"
    with pytest.raises(AttributeError, match=r"'crmlab.plots' has no attribute 'pyramide'"):
        _ = plots.pyramide


def test_percentages_have_decimals_only_where_ticks_have_some():
    _, ax = plt.subplots()
    style.percents(ax.yaxis)
    write = ax.yaxis.get_major_formatter()
    assert [write(share, None) for share in (0, 0.025, 0.3)] == ["0%", "2.5%", "30%"]


def test_panels_stand_in_a_row_or_are_stacked():
    for stacked, rows in ((False, 1), (True, 2)):
        figure, axes = style.panels(2, stacked=stacked)
        assert len(axes) == 2
        assert figure.axes[0].get_gridspec().nrows == rows
