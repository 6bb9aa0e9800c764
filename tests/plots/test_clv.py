"""Pictures of buy-till-you-die models: titles say what the tables say, and the tables stay as given."""

from collections.abc import Iterator
from functools import partial
from itertools import pairwise

import pandas as pd
import pytest
from matplotlib import pyplot as plt

from crmlab.errors import InputError
from crmlab.plots import alt_text, clv, panels
from crmlab.plots import table as drawn
from crmlab.plots.clv import forecasts

END = "2024-03-01"


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.fixture
def days() -> pd.DataFrame:
    dates = ["2024-01-01", "2024-02-20", "2024-01-05", "2024-01-11", "2024-03-09"]
    return pd.DataFrame({"customer_id": ["Ann", "Ann", "Ben", "Ben", "Ben"], "date": pd.to_datetime(dates)})


@pytest.fixture
def counts() -> pd.DataFrame:
    return pd.DataFrame({"actual": [60, 30, 10], "one": [50.0, 38.0, 12.0], "two": [59.0, 30.0, 11.0]})


@pytest.fixture
def cumulative() -> pd.DataFrame:
    weeks = pd.date_range("2024-01-07", periods=4, freq="7D")
    return pd.DataFrame({"actual": [10, 30, 50, 60], "one": [12.0, 30.0, 45.0, 54.0]}, index=weeks)


def words(ax) -> list[str]:
    return [text.get_text() for text in ax.texts]


def test_histories_know_nothing_of_what_comes_after_the_day(days):
    ax = clv.histories(days, end=END)
    assert drawn(ax)["silent"].to_dict() == {"Ann": 10, "Ben": 50}
    assert drawn(ax)["orders"].to_dict() == {"Ann": 2, "Ben": 2}
    assert ax.get_title(loc="left") == "2 customers, silent for 10 to 50 days"
    assert set(words(ax)) == {"10 days", "50 days"}


def test_frequencies_name_the_model_that_misplaces_the_fewest(counts):
    ax = clv.frequencies(counts)
    assert ax.get_title(loc="left") == "two misplaces 1.0% of the customers"
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0", "1", "2+"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["actual", "one", "two"]
    assert "2+: actual 10, one 12, two 11" in alt_text(ax)
    assert clv.frequencies(counts[["actual", "one"]]).get_title(loc="left").startswith("one misplaces 10.0%")


def test_holdout_names_the_widest_gap():
    table = pd.DataFrame({"actual": [0.2, 1.0, 4.0], "one": [0.25, 0.4, 4.1]})
    title = clv.holdout(table).get_title(loc="left")
    assert title == "Widest gap at 1: actual 1.00, one 0.40"
    worse = clv.holdout(table.assign(two=[0.2, 1.0, 9.0])).get_title(loc="left")
    assert worse == "Widest gap at 2+: actual 4.00, two 9.00", "of all that is drawn, though one is best"
    shares = table.iloc[:2].set_axis(["low", "high"])
    ax = clv.holdout(shares, by="class", measure="share", text="{:.0%}".format)
    assert ax.get_title(loc="left") == "Widest gap at high: actual 100%, one 40%"
    assert [label.get_text() for label in ax.get_xticklabels()] == ["low", "high"]


def test_tracking_judges_the_end_or_the_forecast_alone(cumulative):
    day = cumulative.index[1]
    whole, forecast = (clv.tracking(cumulative, calibration=day, cumulative=flag) for flag in (True, False))
    assert whole.get_title(loc="left") == "one ends 10% below the actual"
    assert forecast.get_title(loc="left") == "one forecasts 20% below the actual"  # 24 against 30
    pd.testing.assert_frame_equal(drawn(whole), cumulative)
    assert drawn(forecast)["actual"].tolist() == [10, 20, 20, 10]
    assert drawn(forecast).sum().to_dict() == cumulative.iloc[-1].to_dict()


def test_the_word_for_a_short_forecast_stays_clear_of_the_names_at_the_end():
    weeks = pd.date_range("2024-01-07", periods=40, freq="7D")
    table = pd.DataFrame({"actual": range(40), "one": range(40)}, index=weeks, dtype=float)
    for split, side in ((20, "left"), (37, "right")):
        ax = clv.tracking(table, calibration=weeks[split])
        (word,) = (text for text in ax.texts if text.get_text().strip() == "forecast")
        assert word.get_ha() == side


def test_names_at_the_ends_of_lines_stay_apart(cumulative):
    close = cumulative.assign(two=cumulative["one"] + 0.01)
    ax = clv.tracking(close, calibration=close.index[1])
    places = sorted(text.xy[1] for text in ax.texts if text.get_text() in close.columns)
    step = 0.07 * ax.get_ylim()[1]
    assert len(places) == 3
    assert min(upper - lower for lower, upper in pairwise(places)) >= step - 1e-9


def test_recency_frequency_leaves_impossible_cells_blank():
    nan = float("nan")
    cells = pd.DataFrame({0: [nan, nan, 1], 3: [0.9, 0.5, nan], 9: [0.8, 0.1, nan]}, index=[20.0, 10.0, 0.0])
    ax = clv.recency_frequency(cells)
    assert ax.get_title(loc="left") == "After 9 repeat purchases P(alive) runs from 10% to 80%"
    assert words(ax) == ["90%", "80%", "50%", "10%", "100%"]  # row by row
    assert [label.get_text() for label in ax.get_yticklabels()] == ["20", "10", "0"]


def test_alive_path_ends_with_the_silence():
    path = pd.Series([1.0, 0.7, 0.4, 0.004], index=pd.date_range("2024-01-01", periods=4))
    bought = pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-09"])  # the last one is later than the path
    ax = clv.alive_path(path, bought, name="Ann")
    assert ax.get_title(loc="left") == "Ann: P(alive) under 1%, 2 days silent"
    assert "with 2 purchase days" in alt_text(ax)


def test_pictures_take_an_axes_and_leave_their_tables_alone(days, counts, cumulative):
    before = [table.copy() for table in (days, counts, cumulative)]
    _, axes = panels(3)
    returned = [
        clv.histories(days, end=END, ax=axes[0]),
        clv.frequencies(counts, ax=axes[1]),
        clv.tracking(cumulative, calibration="2024-01-14", cumulative=False, ax=axes[2]),
    ]
    assert returned == list(axes)
    for table, copy in zip((days, counts, cumulative), before, strict=True):
        pd.testing.assert_frame_equal(table, copy)


@pytest.mark.parametrize("columns", [1, 6])
def test_a_table_without_a_model_or_with_too_many_is_refused(columns):
    table = pd.DataFrame([[1.0] * columns] * 2, columns=[f"c{number}" for number in range(columns)])
    with pytest.raises(InputError, match=f"has {columns} columns.*first what happened"):
        clv.frequencies(table)


GIVEN = ["Ann", "Ben", "actual", "one", "two"]
NAMES = ["alive_path", "frequencies", "histories", "holdout", "recency_frequency", "tracking"]


@pytest.fixture
def pictures(days, counts, cumulative):
    path = pd.Series([1.0, 0.7, 0.4, 0.004], index=pd.date_range("2024-01-30", periods=4))
    cells = pd.DataFrame({0: [None, 1.0], 3: [0.9, 0.5]}, index=[20.0, 0.0], dtype=float)
    return {
        "histories": partial(clv.histories, days, end=END),
        "frequencies": partial(clv.frequencies, counts),
        "holdout": partial(clv.holdout, counts / 9),
        "tracking": partial(clv.tracking, cumulative, calibration="2024-01-14"),
        "recency_frequency": partial(clv.recency_frequency, cells),
        "alive_path": partial(clv.alive_path, path, path.index[:2], name="Ann"),
    }


def test_no_picture_is_left_out(pictures):
    drawn = {
        name
        for name, item in vars(forecasts).items()
        if getattr(item, "__module__", "") == forecasts.__name__
    }
    assert {name for name in drawn if not name.startswith("_")} == set(pictures) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_speaks_the_readers_language(pictures, name, bypassing):
    assert bypassing(pictures[name], data=GIVEN) == []


@pytest.mark.parametrize("share", [0.8, 1.0, 1.3])
@pytest.mark.parametrize("flag", [True, False])
def test_every_end_of_a_forecast_speaks_the_readers_language(cumulative, share, flag, bypassing):
    table = cumulative.assign(one=share * cumulative["actual"])
    drawn = partial(clv.tracking, table, calibration="2024-01-14", cumulative=flag)
    assert bypassing(drawn, data=GIVEN) == []


def test_years_of_dates_have_months_in_the_readers_language(bypassing):
    path = pd.Series(0.5, index=pd.date_range("2024-01-01", periods=400))
    assert bypassing(partial(clv.alive_path, path, path.index[:2])) == []
