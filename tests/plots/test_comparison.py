"""Pictures of a race: titles say what the tables say, and hollow dots cannot be told apart."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from crmlab.errors import InputError
from crmlab.plots import alt_text, panels
from crmlab.plots import table as drawn
from crmlab.plots.clv import comparison


def title(ax) -> str:
    return ax.get_title(loc="left").replace("\n", " ")


@pytest.fixture
def scores() -> pd.DataFrame:
    return pd.DataFrame({"MAE": [0.7, 0.8], "RMSE": [2.0, 1.5], "total": [0.1, 0.1]}, index=["rule", "model"])


def test_scoreboard_prints_the_lowest_of_each_column_in_bold_ties_too(scores):
    ax = comparison.scoreboard(scores)
    bold = [text.get_text() for text in ax.texts if text.get_fontweight() == "bold"]
    assert bold == ["0.700", "0.100", "1.500", "0.100"]  # row by row
    assert title(ax) == "No forecaster leads in more than 2 of 3 measures"
    assert [label.get_text() for label in ax.get_yticklabels()] == ["rule", "model"]
    assert "RMSE: rule 2.000, model 1.500" in alt_text(ax)
    pd.testing.assert_frame_equal(drawn(ax), scores)


def test_scoreboard_names_the_one_who_wins_most_and_shades_the_worst(scores):
    ax = comparison.scoreboard(scores.drop(columns="MAE"), text="{:.1f}".format)
    assert title(ax) == "model leads in 2 of 2 measures"
    shade = ax.collections[0].get_array().reshape(2, 2)
    assert shade.tolist() == [[1.0, 0.0], [0.0, 0.0]]  # where all are equal nobody is worst
    assert "RMSE: rule 2.0, model 1.5" in alt_text(ax)


@pytest.fixture
def estimates() -> pd.DataFrame:
    numbers = {"estimate": [0.3, 0.1, -0.2], "lower": [0.1, -0.1, -0.3], "upper": [0.5, 0.4, -0.1]}
    return pd.DataFrame(numbers, index=["Ann", "Ben", "Cem"])


def test_reliability_weighs_every_customer_alike():
    happened = pd.Series([True] * 2 + [False] * 8 + [True] * 2)
    chances = pd.DataFrame({"modest": [0.3] * 10 + [1.0] * 2, "boaster": [0.7] * 12})
    ax = comparison.reliability(chances, happened)
    # 10 of 12 were given 0.3 for 0.2, and 2 the truth; all were given 0.7 where 4 of 12 bought
    assert title(ax) == "modest is off by 8 points on average, boaster by 37"
    table = drawn(ax)
    assert table.loc["modest", "happened"].tolist() == pytest.approx([0.2, 1.0])
    assert table.loc["modest", "customers"].tolist() == [10, 2]
    sizes = [marks.get_sizes() for marks in ax.collections]
    assert sizes[0][0] > sizes[0][1], "more customers, bigger mark"
    assert title(comparison.reliability(chances[["boaster"]], happened)).endswith("37 points on average")


def test_reliability_keeps_classes_of_ten_points_apart():
    said = pd.Series(np.linspace(0, 1, 1001))
    ax = comparison.reliability(said.to_frame("chance"), said > 0.5)
    assert len(drawn(ax)) == 11
    assert drawn(ax)["customers"].sum() == 1001


def test_reliability_refuses_more_forecasters_than_can_be_told_apart():
    chances = pd.DataFrame(0.5, index=range(3), columns=list("abcde"))
    with pytest.raises(InputError, match=r"5 forecasters\. Draw 4 of them at most"):
        comparison.reliability(chances, pd.Series([True] * 3))


@pytest.fixture
def by_size() -> pd.DataFrame:
    numbers = {"low": [0.1, 0.1, 0.1], "middle": [0.3, 0.2, 0.2], "high": [0.35, 0.5, 0.3]}
    return pd.DataFrame(numbers, index=[50, 200, 2000])


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        (0.6, "From 50 customers on, the model beats rule in 9 fits of 10"),
        (0.4, "From 2,000 customers on, the model beats rule in 9 fits of 10"),  # at 200 it does not
        (0.3, "At no size is the model ahead of rule in 9 of 10 fits or more"),
    ],
)
def test_by_size_says_from_where_on_the_model_beats_the_best_rule(by_size, rule, found):
    ax = comparison.by_size(by_size, {"other": 0.9, "rule": rule}, measure="error")
    assert title(ax) == found
    assert [label.get_text() for label in ax.get_xticklabels()] == ["50", "200", "2,000"]
    assert "200 customers 20% (10% to 50%)" in alt_text(ax)
    assert f"rule {rule:.0%}" in alt_text(ax)


def test_pictures_take_an_axes_and_leave_their_tables_alone(scores, estimates, by_size):
    before = [table.copy() for table in (scores, estimates, by_size)]
    _, axes = panels(3)
    returned = [
        comparison.scoreboard(scores, ax=axes[0]),
        comparison.verdicts(judged(estimates), measure="lead", against="the rule", near=0.4, ax=axes[1]),
        comparison.by_size(by_size, {"rule": 0.4}, measure="error", ax=axes[2]),
    ]
    assert returned == list(axes)
    for table, copy in zip((scores, estimates, by_size), before, strict=True):
        pd.testing.assert_frame_equal(table, copy)


def test_what_rounds_to_zero_has_no_minus():
    table = pd.DataFrame(
        {"estimate": [-0.001, -2.0], "lower": [-0.3, -3.0], "upper": [-0.002, -1.0]}, ["a", "b"]
    )
    told = table.assign(verdict=["worse", "as good"])
    ax = comparison.verdicts(told, measure="loss", against="x", near=0.1, text="{:,.2f}".format)
    assert "a 0.00 (-0.30 to 0.00)" in alt_text(ax)
    assert "b -2.00" in alt_text(ax)


SILENCE = pd.DataFrame({"MAE": [0.3, -0.1, 0.2], "total": [0.4, 0.1, 0.1]}, index=[7, 30, 90])


def judged(estimates: pd.DataFrame) -> pd.DataFrame:
    return estimates.assign(verdict=["worse", "as good", "cannot be told"])


def test_verdicts_have_a_mark_each_and_a_margin(estimates):
    ax = comparison.verdicts(judged(estimates), measure="loss", against="Ida", near=0.4, text="{:.1f}".format)
    assert title(ax) == "Loss, behind Ida: 1 worse, 1 as good, 1 cannot be told"
    assert [text.get_text() for text in ax.texts] == ["0.3, worse", "0.1, as good", "-0.2, cannot be told"]
    dots = [line for line in ax.lines if line.get_marker() in {"o", "s"}]
    assert [dot.get_marker() for dot in dots] == ["o", "s", "o"]
    assert to_hex(dots[-1].get_markerfacecolor()) == "#ffffff"
    assert ax.get_xlabel() == "loss (shaded: less than 0.4 does not matter)"
    assert "Ben 0.1 (-0.1 to 0.4), as good" in alt_text(ax)
    alone = comparison.verdicts(judged(estimates).head(1), measure="loss", against="Ida", near=0.4)
    assert title(alone) == "Loss, behind Ida: 1 worse"


def test_by_silence_counts_the_rules_ahead_by_each_measure():
    ax = comparison.by_silence(SILENCE, chosen=30, near=0.05)
    assert title(ax) == "Ahead of the best model: of 3 rules, 1 by MAE, 0 by total"
    assert [text.get_text() for text in ax.texts] == [" 30 days in the race", "total", "MAE"]
    assert "MAE: 7 +30%, 30 -10%, 90 +20%" in alt_text(ax)
    pd.testing.assert_frame_equal(drawn(ax), SILENCE)
    many = pd.DataFrame(0.5, index=[1, 2], columns=list("abcde"))
    with pytest.raises(InputError, match=r"5 measures\. Draw 4 of them at most"):
        comparison.by_silence(many, chosen=1, near=0.1)


GIVEN = ["rule", "model", "MAE", "RMSE", "total", "Ann", "Ben", "Cem", "lead", "Lead", "error"]
NAMES = ["by_silence", "by_size", "reliability", "scoreboard", "verdicts"]


@pytest.fixture
def pictures(scores, estimates, by_size):
    chances = pd.DataFrame({"rule": [0.3] * 10, "model": [0.7] * 10})
    return {
        "scoreboard": partial(comparison.scoreboard, scores),
        "reliability": partial(comparison.reliability, chances, pd.Series([True, False] * 5)),
        "by_size": partial(comparison.by_size, by_size, {"rule": 0.4}, measure="error"),
        "verdicts": partial(comparison.verdicts, judged(estimates), measure="lead", against="rule", near=0.4),
        "by_silence": partial(comparison.by_silence, SILENCE, chosen=30, near=0.05),
    }


def test_no_picture_is_left_out(pictures):
    drawn = {
        name
        for name, item in vars(comparison).items()
        if getattr(item, "__module__", "") == comparison.__name__
    }
    assert {name for name in drawn if not name.startswith("_")} == set(pictures) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_speaks_the_readers_language(pictures, name, bypassing):
    assert bypassing(pictures[name], data=GIVEN) == []


def test_other_findings_speak_the_readers_language(scores, by_size, bypassing):
    drawn = [
        partial(comparison.scoreboard, scores[["MAE"]]),
        partial(comparison.by_size, by_size, {"rule": 0.01}, measure="error"),
    ]
    assert [bypassing(draw, data=GIVEN) for draw in drawn] == [[], []]
