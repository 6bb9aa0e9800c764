"""Pictures of spend and lifetime value: findings, words and tables that follow from the data."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from pandas.testing import assert_frame_equal, assert_series_equal

import crmlab as crm
from crmlab.errors import InputError
from crmlab.plots import alt_text, decisions, table
from crmlab.plots.clv import value

PAST = pd.Series([100.0, 80.0, 1.0, 2.0, 7.0], index=list("abcde"))
FUTURE = pd.Series([60.0, 2.0, 30.0, 4.0, 4.0], index=list("abcde"))
CORNERS = pd.Series(["protect", "win back", "develop", "serve simply", "serve simply"], index=list("abcde"))


@pytest.fixture(scope="module")
def repeat():
    frame = crm.summarise(crm.datasets.cdnow(sample=True), end="1997-09-30").frame
    return frame[frame["frequency"] > 0]


@pytest.fixture
def months():
    expected = pd.Series([10.0, 14.0, 17.0, 19.0], index=[1, 2, 3, 4])
    seen = pd.Series([11.0, 15.0], index=[1, 2])
    return pd.DataFrame(
        {"expected": expected, "lower": expected - 1, "upper": expected + 2, "observed": seen}
    )


@pytest.fixture
def luck():
    spend = {"so_far": [12.0, 77.0], "expected": [19.0, 64.0], "later": [28.0, 70.0]}
    return pd.DataFrame(spend, index=["lowest half", "top half"])


@pytest.fixture
def pictures(repeat, months, luck):
    return {
        "spend": partial(value.spend, repeat["monetary_value"], currency="USD"),
        "spend_by_frequency": partial(value.spend_by_frequency, repeat, currency="USD"),
        "regression": partial(value.regression, luck, centre=35.0, currency="USD"),
        "acquisition": partial(value.acquisition, months, cost=15.0, currency="USD"),
        "matrix": partial(decisions.matrix, CORNERS, PAST, FUTURE),
    }


FINDINGS = {
    "spend": "65% of the customers spend less than the mean",
    "spend_by_frequency": "Frequency explains 1.3% of the variance of spend",
    "regression": "Top half: 77 so far, 64 expected, 70 later",
    "acquisition": "A customer won for 15.00 USD pays back in month 3",
    "matrix": "20% of the customers hold 60% of the value to come",
}

# Words of the caller: names of quadrants and classes, and the currency.
GIVEN = [*CORNERS, "Lowest half", "Top half", "lowest half", "top half", "USD"]


@pytest.mark.parametrize("name", FINDINGS)
def test_a_picture_says_its_finding_and_hands_out_its_table(pictures, name):
    _, given = plt.subplots()
    ax = pictures[name](ax=given)
    assert ax is given
    assert ax.get_title(loc="left") == FINDINGS[name]
    assert len(alt_text(ax)) > 60
    assert not table(ax).empty
    assert isinstance(pictures[name](), Axes)


def test_spends_are_shares_of_everybody_and_the_last_bar_is_open(repeat):
    drawn = table(value.spend(repeat["monetary_value"], repeat["monetary_value"] * 3, currency="USD"))
    assert np.allclose(drawn.sum(), 1)
    assert drawn["model"].iloc[-1] > drawn["actual"].iloc[-1]


def test_customers_who_are_like_the_models_are_not_misplaced(repeat):
    spends = repeat["monetary_value"]
    same = value.spend(spends, pd.concat([spends, spends]), currency="USD")
    other = value.spend(spends, spends + 1e6, currency="USD")
    assert same.get_title(loc="left") == "The model misplaces 0% of the customers"
    assert other.get_title(loc="left") == "The model misplaces 98% of the customers"


def test_classes_of_frequency_hold_their_means_and_the_last_is_open(repeat):
    given = repeat.copy()
    drawn = table(value.spend_by_frequency(repeat, currency="USD", most=3))
    often = repeat.loc[repeat["frequency"] >= 3, "monetary_value"]
    assert drawn["size"].sum() == len(repeat)
    assert np.isclose(drawn.loc[3, "mean"], often.mean())
    assert_frame_equal(repeat, given)


def test_a_class_of_one_customer_has_no_interval():
    few = pd.DataFrame({"frequency": [1, 1, 2, 0], "monetary_value": [10.0, 20.0, 30.0, np.nan]})
    drawn = table(value.spend_by_frequency(few, currency="EUR"))
    assert drawn["size"].tolist() == [2, 1]
    assert drawn["mean"].tolist() == [15.0, 30.0]


@pytest.mark.parametrize(
    ("cost", "end"), [(5.0, "pays back in month 1"), (99.0, "does not pay back by month 4")]
)
def test_the_month_of_payback(months, cost, end):
    ax = value.acquisition(months.drop(columns="observed"), cost=cost, currency="EUR")
    assert ax.get_title(loc="left").endswith(end)
    assert end in alt_text(ax)
    assert "observed" not in alt_text(ax)
    assert ax.get_ylim()[1] > cost


def test_observations_may_end_early(months):
    assert "observed 15.00 by month 2" in alt_text(value.acquisition(months, cost=15.0, currency="EUR"))


def test_quadrants_stand_where_their_customers_are():
    given = PAST.copy(), FUTURE.copy()
    ax = decisions.matrix(CORNERS, PAST, FUTURE)
    places = [patch.get_xy() for patch in ax.patches if isinstance(patch, Rectangle)]
    names = [text.get_text() for text in ax.texts if text.get_text() in set(CORNERS)]
    assert dict(zip(names, places, strict=True)) == {
        "protect": (1, 1),
        "win back": (0, 1),
        "develop": (1, 0),
        "serve simply": (0, 0),
    }
    assert np.isclose(table(ax)["future_share"].sum(), 1)
    assert_series_equal(PAST, given[0])
    assert_series_equal(FUTURE, given[1])


def test_corners_that_the_matrix_does_not_have_are_refused():
    with pytest.raises(InputError, match=r"no corner 'protekt'\. Did you mean 'protect'"):
        decisions.matrix(CORNERS.replace({"protect": "protekt"}), PAST, FUTURE)


@pytest.mark.parametrize(("scale", "mark"), [(1000, "40,000"), (0.01, "0.4")])
def test_axes_of_money_have_thousands_marks_and_decimals(luck, scale, mark):
    ax = value.regression(scale * luck, centre=35 * scale, currency="USD")
    ticks = ax.get_xticks()
    assert mark in ax.xaxis.get_major_formatter().format_ticks(ticks)
    assert len(set(ax.xaxis.get_major_formatter().format_ticks(ticks))) == len(ticks)


@pytest.mark.parametrize("name", FINDINGS)
def test_a_picture_speaks_the_readers_language(pictures, name, bypassing):
    assert bypassing(pictures[name], data=GIVEN) == []


def test_other_findings_speak_the_readers_language(repeat, months, bypassing):
    spends, few = repeat["monetary_value"], repeat.assign(frequency=1)
    drawn = [
        partial(value.spend, spends, spends, currency="USD"),
        partial(value.spend_by_frequency, few, currency="USD"),
        partial(value.acquisition, months, cost=99.0, currency="USD"),
    ]
    assert [bypassing(draw, data=["USD"]) for draw in drawn] == [[], [], []]


def test_of_customers_who_buy_equally_often_nothing_is_explained(repeat):
    ax = value.spend_by_frequency(repeat.assign(frequency=1), currency="USD")
    assert ax.get_title(loc="left") == "Frequency or spend does not vary"
    assert "nan" not in alt_text(ax)
