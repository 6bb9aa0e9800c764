"""Pictures of RFM: each returns its Axes with words and a table, says its finding, and changes no input."""

from functools import partial

import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from pandas.testing import assert_frame_equal, assert_series_equal

import crmlab as crm
from crmlab.plots import alt_text, segments, table
from crmlab.plots.segments import rfm
from crmlab.segments import mailing
from crmlab.segments import rfm as theory


@pytest.fixture(scope="module")
def base():
    return crm.summarise(
        crm.datasets.cdnow(sample=True), calibration="1997-09-30", end="1998-06-30", unit="W"
    )


@pytest.fixture(scope="module")
def now():
    return crm.summarise(crm.datasets.cdnow(sample=True), end="1998-06-30", unit="W")


@pytest.fixture
def score(base):
    return theory.scores(base)


@pytest.fixture
def later(base):
    return base.frame["holdout_amount"].rename("later revenue")


@pytest.fixture
def tested(score, later):
    return mailing.results(theory.names(score), later, piece=10.0, caused=0.3)


@pytest.fixture
def pictures(base, now, score, later, tested):
    """Every picture of the module, ready to draw."""
    segment = theory.names(score)
    return {
        "recencies": partial(segments.recencies, base),
        "score_sizes": partial(segments.score_sizes, score, "F", ruler="Quantile"),
        "drift": partial(segments.drift, (base, score), (now, theory.scores(now)), "R", ruler="Quantile"),
        "shares": partial(segments.shares, segment, later),
        "grid": partial(segments.grid, score, later),
        "break_even": partial(segments.break_even, tested, caused=0.3),
        "lifts": partial(segments.lifts, {"R": score["R"], "index": theory.index(score)}, later, share=0.1),
    }


GIVEN = ["Quantile", "later revenue", "index", "since_last"]
NAMES = ["break_even", "drift", "grid", "lifts", "recencies", "score_sizes", "shares"]


def test_no_picture_is_left_out(pictures):
    drawn = {name for name, item in vars(rfm).items() if getattr(item, "__module__", "") == rfm.__name__}
    assert {name for name in drawn if not name.startswith("_")} == set(pictures) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_has_words_a_table_and_a_finding(pictures, name):
    ax = pictures[name]()
    assert isinstance(ax, Axes)
    assert len(alt_text(ax)) > 60
    assert "nan" not in alt_text(ax)
    assert not table(ax).empty
    assert ax.get_title(loc="left")
    assert ax.get_xlabel() or ax.get_ylabel()


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_drawn_where_it_is_told(pictures, name):
    _, ax = plt.subplots()
    assert pictures[name](ax=ax) is ax


@pytest.mark.parametrize("name", NAMES)
def test_inputs_stay_as_they_were(pictures, base, score, later, name):
    before = base.frame.copy(), score.copy(), later.copy()
    pictures[name]()
    assert_frame_equal(base.frame, before[0])
    assert_frame_equal(score, before[1])
    assert_series_equal(later, before[2])


def test_recencies_add_up_to_the_age(base):
    lives = table(segments.recencies(base, examples=4))
    assert len(lives) == 4
    assert ((lives["recency"] + lives["since_last"] - lives["T"]).abs() < 1e-9).all()
    assert lives["recency"].iloc[0] == 0  # somebody who bought once is among them


def test_score_sizes_show_the_holes_of_ties(score):
    ax = segments.score_sizes(score, "F", ruler="Quantile")
    shares = table(ax)["customers_share"]
    assert shares.sum() == pytest.approx(1)
    assert (shares == 0).any()
    assert ax.get_title(loc="left") == f"Quantile: {shares.max():.0%} have F 2"


def test_small_shares_are_not_called_nothing():
    few = pd.DataFrame({"R": [1] * 5000 + [3], "F": 1, "M": 1})
    assert "1: 100%, 2: 0%, 3: <0.1%." in alt_text(segments.score_sizes(few, "R"))


def test_drift_holds_what_scores_stood_for(base, now, score):
    ax = segments.drift((base, score), (now, theory.scores(now)), "R", ruler="Quantile")
    spans = table(ax)
    best = base.frame["since_last"][score["R"] == 5]
    assert spans.columns[:3].tolist() == ["1997-09-30 min", "1997-09-30 median", "1997-09-30 max"]
    assert spans.loc[5, spans.columns[:3]].tolist() == [best.min(), best.median(), best.max()]
    assert (spans["1998-06-30 median"] > spans["1997-09-30 median"]).all()
    ends = f"{spans.loc[5, '1997-09-30 max']:.0f}, later {spans.loc[5, '1998-06-30 max']:.0f}"
    assert ax.get_title(loc="left") == f"Quantile: best R up to {ends} weeks"


def test_drift_says_who_is_missing_and_what_a_cut_means(base, now):
    cuts = {"R": [40], "F": [2], "M": [50]}
    then, later = (theory.scores(customers, method="fixed", cuts=cuts) for customers in (base, now))
    ax = segments.drift((base, then), (now, later), "R", ruler="Fixed cuts", cuts=cuts["R"])
    assert "score 1: nobody," in alt_text(ax)  # nobody could be silent for 40 weeks yet
    assert ax.get_title(loc="left") == "Fixed cuts: best R under 40 weeks both times"
    ax = segments.drift((base, then), (now, later), "M", ruler="Fixed cuts", cuts=cuts["M"])
    assert ax.get_title(loc="left") == "Fixed cuts: best M from 50 spend both times"
    ax = segments.drift((base, then), (now, later), "F", ruler="Cuts")
    assert ax.get_title(loc="left") == "Cuts: best F from 2 purchase days both times"


def test_break_even_counts_the_segments_that_pay(score, later):
    segment = theory.names(score)
    for cost, paying in ((0.0, 8), (1e6, 0)):
        found = mailing.results(segment, later, piece=cost, caused=0.5)
        assert (found["test"] == "too few bought").sum() == 1
        ax = segments.break_even(found, caused=0.5)
        assert ax.get_title(loc="left") == f"If a piece causes 50%, {paying} of 9 segments clearly pay"
    assert "champions >100%" in alt_text(ax)
    one = mailing.results(pd.Series(["a"] * 9), pd.Series([4.0] * 9), piece=1.0, caused=0.5)
    ax = segments.break_even(one, caused=0.5)
    assert ax.get_title(loc="left") == "If a piece causes 50%, 1 of 1 segments clearly pays"
    assert "a 25%, 9 tested" in alt_text(ax)
    rare = mailing.results(pd.Series(["a"] * 9), pd.Series([4.0] + [0.0] * 8), piece=1.0, caused=0.5)
    assert "1 bought: too few" in alt_text(segments.break_even(rare, caused=0.5))


def test_lifts_are_those_of_the_theory(score, later):
    rankings = {letter: score[letter] for letter in "RFM"}
    drawn = table(segments.lifts(rankings, later, share=0.1))["lift"]
    assert drawn.to_dict() == {name: theory.lift(ranking, later, 0.1) for name, ranking in rankings.items()}


def test_a_measure_stands_beside_its_scores(base, score, later):
    rankings = {"M": score["M"], "spend": base.frame["total"]}
    ax = segments.lifts(rankings, later, share=0.01, raw=["spend"])
    lift = {name: theory.lift(ranking, later, 0.01) for name, ranking in rankings.items()}
    assert ax.get_title(loc="left") == f"The best 1%: lift {lift['M']:.1f} by M, {lift['spend']:.1f} by spend"
    assert lift["spend"] > lift["M"]  # so few share nothing but the best score


def test_grid_and_segments_hold_means_and_shares(score, later):
    cells = table(segments.grid(score, later))
    assert cells.index.tolist() == [5, 4, 3, 2, 1]
    assert cells.columns.tolist() == [1, 2, 3, 4, 5]  # those that nobody has, too
    assert cells[1].isna().all()
    assert cells.loc[5, 5] == pytest.approx(later[(score["R"] == 5) & (score["F"] == 5)].mean())
    shares = table(segments.shares(theory.names(score), later))
    assert shares.sum().tolist() == pytest.approx([1, 1])


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_speaks_the_readers_language(pictures, name, bypassing):
    assert bypassing(pictures[name], data=GIVEN) == []


@pytest.mark.parametrize("letter", ["F", "M"])
def test_other_letters_speak_the_readers_language(base, now, score, letter, bypassing):
    drawn = partial(segments.drift, (base, score), (now, theory.scores(now)), letter, ruler="Quantile")
    assert bypassing(drawn, data=["Quantile"]) == []


def test_scores_without_a_ruler_and_without_a_median_speak_the_readers_language(base, now, bypassing):
    cuts = {"R": [40], "F": [2], "M": [50]}
    then, later = (theory.scores(customers, method="fixed", cuts=cuts) for customers in (base, now))
    assert bypassing(partial(segments.score_sizes, then, "R")) == []
    for cuts in ((), (40,)):
        drawn = partial(segments.drift, (base, then), (now, later), "R", ruler="Cuts", cuts=cuts)
        assert bypassing(drawn, data=["Cuts"]) == []


def test_a_measure_beside_scores_speaks_the_readers_language(base, score, later, bypassing):
    drawn = partial(
        segments.lifts, {"M": score["M"], "money": base.frame["total"]}, later, share=0.1, raw=["money"]
    )
    assert bypassing(drawn, data=["money", "later revenue"]) == []


def test_the_eight_segments_speak_the_readers_language(score, later, bypassing):
    segment = theory.names(score, scheme="eight")
    assert bypassing(partial(segments.shares, segment, later), data=["later revenue"]) == []
