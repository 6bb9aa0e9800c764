"""Pictures of relationship stages: words, tables and findings that follow from the data."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from pandas.testing import assert_frame_equal

import crmlab as crm
from crmlab import lifecycle as theory
from crmlab.errors import DataError
from crmlab.plots import alt_text, lifecycle, table
from crmlab.plots.style import alt_of_figure

EARLY, LATE = "1997-06-30", "1997-12-31"
PATIENCE = pd.DataFrame({EARLY: [0.8, 0.74, 0.43], LATE: [0.8, 0.73, 0.71]}, index=[2.0, 3.0, 4.0])
NEEDED = pd.DataFrame(
    {"slide": [0.4, 0.8], "break_even": [0.04, np.nan], "low": [0.03, 0.1], "high": [0.06, np.inf]},
    index=["stability", "decline"],
)


@pytest.fixture(scope="module")
def orders():
    return crm.datasets.cdnow(sample=True)


@pytest.fixture(scope="module")
def stages(orders):
    return theory.stages(orders, EARLY), theory.stages(orders, LATE)


@pytest.fixture(scope="module")
def returned(orders):
    frame = crm.summarise(orders, end=LATE, calibration=EARLY).frame
    return frame[frame["frequency"] > 0]


@pytest.fixture
def path():
    return pd.DataFrame(
        {"formation": [0.0, 0.1, 0.1], "stability": [1.0, 0.6, 0.3], "decline": [0.0, 0.3, 0.6]}
    )


@pytest.fixture
def pictures(orders, stages, returned, path):
    before, after = stages
    silence = returned["since_last"]
    gain = pd.Series([0.5, 2.0, -1.0], index=["formation", "stability", "decline"], name="gain")
    return {
        "volume": partial(lifecycle.volume, theory.cohort_volume(orders), currency="USD"),
        "rhythms": partial(lifecycle.rhythms, returned["recency"] / returned["frequency"], cutoff=90),
        "stages": partial(lifecycle.stages, {EARLY: before, LATE: after}),
        "measure": partial(lifecycle.measure, gain, words="gain", unit="EUR"),
        "transitions": partial(lifecycle.transitions, before, after),
        "forecast": partial(lifecycle.forecast, path, step=182),
        "patience": partial(lifecycle.patience, PATIENCE, chosen=3.0),
        "break_even": partial(lifecycle.break_even, NEEDED),
        "memory": partial(
            lifecycle.memory, theory.markov_check(before, after, theory.stages(orders, "1998-06-30"))
        ),
        "rules": partial(
            lifecycle.rules, {"rule": silence}, {"rule": silence > 90}, returned["holdout_frequency"] == 0
        ),
    }


FINDINGS = {
    "volume": "USD a month at first",
    "rhythms": "Half wait up to",
    "stages": "Share in decline: 73%, then 73%",
    "measure": "Gain: highest in stability",
    "transitions": "From stability",
    "forecast": "After 2 steps, half or more are in decline",
    "patience": "1997-06-30: 74% in decline at patience 3, 43% at 4",
    "break_even": "An offer pays first in stability: from 4% that work",
    "memory": "The past shows in",
    "rules": "calls, right: rule",
}


@pytest.mark.parametrize("name", FINDINGS)
def test_a_picture_says_its_finding_and_hands_out_its_table(pictures, name):
    _, given = plt.subplots()
    ax = pictures[name](ax=given)
    assert ax is given
    assert FINDINGS[name] in ax.get_title(loc="left")
    assert len(alt_text(ax)) > 40
    assert not table(ax).empty
    assert isinstance(pictures[name](), Axes)


def test_shares_in_the_pictures_are_shares_of_everybody(pictures):
    assert np.allclose(table(pictures["stages"]()).sum(axis=1), 1)
    assert np.isclose(table(pictures["rhythms"]()).sum().item(), 1)
    assert np.allclose(table(pictures["transitions"]()).sum(axis=1), 1)


def test_bars_of_gaps_over_years_are_no_needles():
    for longest, width in ((300, 7), (1200, 21)):
        gaps = table(lifecycle.rhythms(pd.Series([10.0, 40.0, longest]), cutoff=90))
        assert gaps.index[1] == width
        assert gaps.index[-1] <= longest < gaps.index[-1] + width
        assert np.isclose(gaps.sum().item(), 1)


def test_months_that_few_have_lived_are_left_out():
    life = pd.DataFrame({"customers": [10, 10, 5, 4], "value": [9.0, 3.0, 2.0, 50.0]})
    ax = lifecycle.volume(life, currency="EUR")
    assert ax.get_title(loc="left") == "3.00 EUR a month at first, 2.00 in month 2"
    assert table(ax).index.tolist() == [1, 2]


def test_measures_draw_what_a_case_knows():
    profile = pd.DataFrame(
        {"orders": [0.2, 1.0], "price": [10.0, 10.2], "profit": [1.0, -2.0]},
        index=pd.Index(["formation", "stability"], name="stage"),
    )
    given = profile.copy()
    figure = lifecycle.measures(profile, currency="EUR")
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    assert titles == [
        "Purchase days: highest in stability",
        "Price: all within 2%",
        "Profit: highest in formation",
    ]
    more = lifecycle.measures(profile.assign(referrals=0.002), currency="EUR")
    assert "referrals (per 1,000 and 30 days) by stage: formation 2.00" in alt_of_figure(more)
    assert_frame_equal(profile, given)


@pytest.mark.parametrize(
    ("values", "finding"),
    [([2.72, 7.04, 7.11], "no clear leader"), ([-1.0, -0.5, -0.51], "no clear leader"),
     ([2.72, 6.0, 7.11], "highest in stability")],
)  # fmt: skip
def test_a_leader_is_named_only_where_it_leads(values, finding):
    stages = pd.Series(values, index=["exploration", "formation", "stability"])
    assert lifecycle.measure(stages, words="gain", unit="EUR").get_title(loc="left") == f"Gain: {finding}"


def test_an_interval_is_drawn_and_kept():
    gain = pd.Series([1.0, 2.0], index=["formation", "stability"], name="gain")
    interval = pd.DataFrame({"low": gain - 0.5, "high": gain + 1}, index=gain.index)
    ax = lifecycle.measure(gain, words="gain", unit="EUR", interval=interval)
    assert table(ax).columns.tolist() == ["gain", "low", "high"]
    (bars,) = [item for item in ax.collections if len(item.get_segments()) == 2]
    assert [segment[:, 1].tolist() for segment in bars.get_segments()] == [[0.5, 2.0], [1.5, 3.0]]


def test_a_forecast_without_half_says_so(path):
    ax = lifecycle.forecast(path.assign(decline=[0.0, 0.3, 0.4]), step=182)
    assert ax.get_title(loc="left") == "After 2 steps, less than half are in decline"


def test_stages_say_by_which_usual_gap_they_were_told(stages):
    ax = lifecycle.stages({EARLY: stages[0]}, usual_gap=33.7)
    assert ax.get_title(loc="left") == "Share in decline: 73%\n(by one usual gap for all dates: 34 days)"
    written = [text.get_text() for text in ax.texts]
    assert any("exploration" in words for words in written), "a narrow part has its name beside the bar"


def test_a_stage_in_which_no_offer_pays_is_not_named():
    ax = lifecycle.break_even(NEEDED.assign(break_even=[0.5, np.nan]))
    assert ax.get_title(loc="left") == "An offer at this cost pays in no stage"
    assert "50% must work; 40% would slide" in [text.get_text() for text in ax.texts]
    assert "no share pays; 80% would slide" in [text.get_text() for text in ax.texts]


def test_a_past_that_does_not_show_is_said_so():
    check = pd.DataFrame(
        {"after_stay": [0.4], "after_move": [0.5], "difference": [-0.1], "low": [-0.3], "high": [0.1]},
        index=["formation"],
    )
    ax = lifecycle.memory(check)
    assert ax.get_title(loc="left") == "Those who stayed and those who just came: no clear difference"
    with pytest.raises(DataError, match="nothing can be compared"):
        lifecycle.memory(check * np.nan)


def test_a_measure_of_nothing_has_no_leader():
    nothing = pd.Series([0.0, 1e-17], index=["formation", "stability"])
    ax = lifecycle.measure(nothing, words="referrals", unit="per 1,000")
    assert ax.get_title(loc="left") == "Referrals: nothing in any stage"
    assert ax.get_ylim() == (0, 1)


def test_the_dots_of_a_rule_are_its_precision_and_recall(pictures, returned):
    from sklearn.metrics import precision_score, recall_score  # slow to import

    gone, lost = returned["holdout_frequency"] == 0, returned["since_last"] > 90
    found = table(pictures["rules"]()).loc["rule"]
    assert np.isclose(found["precision"], precision_score(gone, lost))
    assert np.isclose(found["recall"], recall_score(gone, lost))


def test_rules_are_compared_at_an_equal_number_of_calls():
    gone = pd.Series([True, True, False, False], index=list("abcd"))
    scores = {"shy": pd.Series([4, 3, 2, 1], gone.index), "bold": pd.Series([1, 4, 3, 2], gone.index)}
    lost = {"shy": scores["shy"] > 3, "bold": scores["bold"] > 2}
    ax = lifecycle.rules(scores, lost, gone)
    assert ax.get_title(loc="left") == "Of 2 calls, right: shy 100%, bold 50%"


def test_a_rule_that_calls_nobody_lost(returned):
    silence = returned["since_last"]
    ax = lifecycle.rules({"rule": silence}, {"rule": silence > 9999}, returned["holdout_frequency"] == 0)
    assert "rule called nobody" in ax.get_title(loc="left")
    assert alt_text(ax).endswith("in use. Found: rule 0%.")  # of no calls, no share is right


@pytest.mark.parametrize("name", FINDINGS)
def test_a_picture_speaks_the_readers_language(pictures, name, bypassing):
    assert bypassing(pictures[name], data=["USD", "EUR", "gain", "Gain", "rule"]) == []


def test_small_multiples_speak_the_readers_language(bypassing):
    columns = ["orders", "price", "cost_to_serve", "referrals", "revenue", "profit"]
    profile = pd.DataFrame([[0.2] * 6, [1.0] * 6], index=["formation", "stability"], columns=columns)
    assert bypassing(partial(lifecycle.measures, profile, currency="EUR"), data=["EUR"]) == []
    assert bypassing(partial(lifecycle.measures, profile * 0 + 1, currency="EUR"), data=["EUR"]) == []
    close = profile.assign(orders=[1.0, 0.96]).assign(price=[1.0, np.nan])
    assert bypassing(partial(lifecycle.measures, close, currency="EUR"), data=["EUR"]) == []


def test_other_findings_speak_the_readers_language(path, returned, bypassing):
    silence, gone = returned["since_last"], returned["holdout_frequency"] == 0
    assert bypassing(partial(lifecycle.break_even, NEEDED.assign(break_even=0.9))) == []
    nobody = partial(lifecycle.rules, {"rule": silence}, {"rule": silence > 9999}, gone)
    assert bypassing(nobody, data=["rule"]) == []
    assert bypassing(partial(lifecycle.forecast, path.assign(decline=0.3), step=182)) == []
