"""Pictures of subscribers: titles say what the tables say, names stay apart, and inputs stay as given."""

from functools import partial

import numpy as np
import pandas as pd
import pytest

from crmlab.errors import InputError
from crmlab.plots import alt_text, panels
from crmlab.plots import table as drawn
from crmlab.plots.clv import contractual


@pytest.fixture
def cohorts() -> pd.DataFrame:
    return pd.DataFrame({"gym": [100.0, 60, 45, 36], "pool": [50.0, 40, 36, np.nan]})


@pytest.fixture
def models() -> pd.DataFrame:
    return pd.DataFrame(
        {"actual": [100.0, 60, 40, 20], "one": [100.0, 61, 44, 18], "two": [99.0, 60, 20, 10]}
    )


def title(ax) -> str:
    return ax.get_title(loc="left")


def words(ax) -> list[str]:
    return [text.get_text() for text in ax.texts]


def test_survival_is_a_share_of_those_who_joined(cohorts):
    before = cohorts.copy()
    ax = contractual.survival(cohorts)
    assert drawn(ax)["gym"].tolist() == [1, 0.6, 0.45, 0.36]
    assert title(ax) == "Still there at the end: gym 36%, pool 72%"  # the pool's list ends a renewal earlier
    assert "gym: 36% after 3 renewals; pool: 72% after 2 renewals" in alt_text(ax)
    pd.testing.assert_frame_equal(cohorts, before)


def test_retention_is_a_share_of_those_who_could_renew(cohorts):
    ax = contractual.retention(cohorts)
    assert drawn(ax)["gym"].tolist() == pytest.approx([0.6, 0.75, 0.8])
    assert drawn(ax).index.tolist() == [1, 2, 3]
    assert title(ax) == "Gym: 60% renew at first, 80% at the end"
    assert "pool: 80% at first, 90% at the end" in alt_text(ax)


def test_retention_ends_where_nobody_is_left():
    ax = contractual.retention(pd.DataFrame({"gym": [10, 5, 0, 0]}))
    assert drawn(ax)["gym"].tolist() == pytest.approx([0.5, 0, np.nan], nan_ok=True)
    assert title(ax) == "Gym: 50% renew at first, 0% at the end"


def test_kinds_show_the_retention_of_all():
    people = pd.DataFrame({"steady": [50, 45, 40], "fickle": [50, 15, 5]})
    ax = contractual.kinds(people)
    assert title(ax) == "Of all, 60% renew at first, 75% at the end"
    assert words(ax) == ["60%", "75%"]
    assert "steady: 50% at first, 89% at the end; fickle: 50% at first, 11% at the end" in alt_text(ax)
    tops = [bar.get_y() + bar.get_height() for bar in ax.containers[1]]
    assert tops == [100, 60, 45]  # the second kind stands on the first
    assert list(drawn(ax).columns) == ["steady", "fickle", "retention"]
    alike = pd.DataFrame({"one": [50, 40, 32], "other": [50, 40, 32]})
    assert title(contractual.kinds(alike)) == "At each renewal 80% of all renew"
    many = pd.DataFrame({"one": 0.9 ** np.arange(61)})
    assert len(words(contractual.kinds(many))) <= 16  # numbers that do not touch one another


def test_coins_split_the_beta_distribution():
    ax = contractual.coins({"new": (1.0, 1.0), "old": (1.0, 4.0)})
    assert drawn(ax)["new"].tolist() == pytest.approx([0.1] * 10)  # Beta(1, 1) is uniform
    assert drawn(ax)["old"].iloc[0] == pytest.approx(1 - 0.9**4)
    assert drawn(ax).sum().tolist() == pytest.approx([1, 1])
    assert title(ax) == "Mean chance to leave: new 50%, old 20%"
    assert "With a chance up to 10%: new 10%, old 34%" in alt_text(ax)


def test_forecast_is_judged_by_what_it_had_not_seen(models):
    ax = contractual.forecast(models, seen=1, name="gym")
    assert title(ax) == "Gym: one is off by 10.0%, two by 50%"
    assert "fitted on the first 1 renewal. Mean error of the forecast: one 10.0%; two 50.0%" in alt_text(ax)
    assert drawn(ax)["one"].tolist() == pytest.approx([1, 0.61, 0.44, 0.18])
    assert title(contractual.forecast(models, seen=2)) == "one is off by 10.0%, two by 50%"


def test_forecast_shows_survivors_below_zero(models):
    ax = contractual.forecast(models.assign(two=[100.0, 60, 20, -20]), seen=2)
    assert ax.get_ylim()[0] < -0.2


@pytest.mark.parametrize("seen", [0, 3, 7])
def test_forecast_needs_renewals_on_both_sides(models, seen):
    with pytest.raises(InputError, match=f"seen is {seen}. Leave at least one renewal"):
        contractual.forecast(models, seen=seen)


def test_worth_speaks_for_its_first_column():
    table = pd.DataFrame({"sBG": [200.0, 300, 1500], "average": [250.0, 250, 250]})
    band = pd.DataFrame({"lower": [180.0, 270, 1300], "upper": [220.0, 330, 2000]})
    ax = contractual.worth(table, band=band, currency="EUR")
    assert title(ax) == "sBG: 200 EUR when new, 1,500 after 2 renewals"
    assert ax.get_ylim()[1] > 2000  # the band is inside
    assert "average: 250 EUR when new, 250 after 2 renewals" in alt_text(ax)
    assert contractual.worth(table, currency="EUR").get_ylim()[1] < 2000


def test_offers_count_where_they_pay():
    table = pd.DataFrame({"own coins": [5.0, 4, 3], "like renewers": [9.0, 8, 7]})
    ax = contractual.offers(table, cost=4, currency="EUR")
    assert title(ax) == "At 4.00 EUR the offer pays before 2 of 3 renewals"  # at its cost it just pays
    assert "costs 4.00" in words(ax)
    assert "like renewers: 9.00 to 7.00, so it pays before 3 of 3" in alt_text(ax)
    none = contractual.offers(table, cost=20, currency="EUR")
    assert none.get_ylim()[1] > 20
    assert title(none) == "At 20.00 EUR the offer pays before no renewal"
    each = title(contractual.offers(table, cost=0.1, currency="EUR"))
    assert each == "At 0.10 EUR the offer pays before each renewal drawn"


def test_activity_compares_two_views_at_one_age():
    table = pd.DataFrame(
        {"early": [1.0, 0.3, 0.0, np.nan], "late": [1.0, 0.5, 0.4, 0.0], "sBG": [1.0, 0.4, 0.3, 0.2]}
    )
    ax = contractual.activity(table.set_index(pd.Index([0.0, 4.0, 8.0, 12.0])), at=4, period="month")
    assert title(ax) == "At age 4: 30% early, 50% late"
    assert "They end: early: 0% at age 8; late: 0% at age 12; sBG: 20% at age 12" in alt_text(ax)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["early", "late", "sBG"]
    assert ax.get_xlabel() == "age, months since the first purchase"


def test_names_at_the_ends_stay_apart():
    close = pd.DataFrame({name: [10.0, 5.0 + step / 100] for step, name in enumerate("abcd")})
    _, axes = panels(2)
    ax = contractual.survival(close, ax=axes[1])
    assert words(ax) == list("abcd")
    heights = [text.xy[1] for text in ax.texts]
    low, high = ax.get_ylim()
    assert min(np.diff(heights)) > 0.06 * (high - low)


def test_too_many_lines_are_refused():
    with pytest.raises(InputError, match="Give 1 to 4"):
        contractual.survival(pd.DataFrame({name: [10, 5] for name in "abcde"}))


GIVEN = ["gym", "Gym", "pool", "sBG", "renewers", "actual", "one", "two", "EUR"]
NAMES = ["activity", "coins", "forecast", "kinds", "offers", "retention", "survival", "worth"]


@pytest.fixture
def pictures(cohorts, models):
    ways = pd.DataFrame({"sBG": [5.0, 4, 3], "renewers": [9.0, 8, 7]})
    views = ways.set_axis([0.0, 4.0, 8.0]) / 9
    return {
        "survival": partial(contractual.survival, cohorts),
        "retention": partial(contractual.retention, cohorts),
        "kinds": partial(contractual.kinds, pd.DataFrame({"sBG": [50, 45, 40], "pool": [50, 15, 5]})),
        "coins": partial(contractual.coins, {"gym": (1.0, 1.0), "pool": (1.0, 4.0)}),
        "forecast": partial(contractual.forecast, models, seen=2, name="gym"),
        "worth": partial(contractual.worth, ways, currency="EUR"),
        "offers": partial(contractual.offers, ways, cost=4, currency="EUR"),
        "activity": partial(contractual.activity, views, at=4, period="month"),
    }


def test_no_picture_is_left_out(pictures):
    drawn = {
        name
        for name, item in vars(contractual).items()
        if getattr(item, "__module__", "") == contractual.__name__
    }
    assert {name for name in drawn if not name.startswith("_")} == set(pictures) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_speaks_the_readers_language(pictures, name, bypassing):
    assert bypassing(pictures[name], data=GIVEN) == []
