"""Whatever a table holds, the answer is a result or a sentence for a person; the table stays as it was."""

import numpy as np
import pandas as pd
import pytest

from crmlab import lifecycle as theory
from crmlab.errors import CrmlabError

pytestmark = pytest.mark.slow  # much is drawn; the daily round leaves it out

END = "2024-12-31"
DAY = pd.to_datetime
LIVES = pd.DataFrame(
    {
        "begin": DAY(["2024-01-01"] * 6),
        "until": DAY(["2024-03-01", "2024-08-01", END, END, "2024-06-01", "2024-05-05"]),
        "left": [True, True, False, False, True, True],
        "days": [60.0, 213, 365, 365, 152, 125],
        "trait": [1.0, 2, 1, 0, 1, 4],
    },
    index=list("uvwxyz"),
)
ORDERS = pd.DataFrame(
    {
        "customer_id": list("uuvvw"),
        "date": DAY(["2024-01-01", "2024-05-01", "2024-02-02", END, "2024-07-01"]),
        "amount": [1.0, 2, 3, 4, 5],
        "cost": 1.0,
        "quantity": 1,
        "category": list("xyxyx"),
    }
)
CONTRACTS = pd.DataFrame(
    {"customer_id": list("abc"), "date": DAY(["2024-01-01"] * 3), "left": DAY(["2024-02-01", None, None])}
)
ASKED = pd.DataFrame({"customer_id": list("uvz"), "date": DAY(["2023-12-01"] * 3)})
CALLS = pd.DataFrame({"customer_id": ["u"], "date": DAY(["2024-05-01"]), "reason": ["late"]})
TRIAL = pd.DataFrame(
    {"treated": [5], "held_back": [5], "with": [0.6], "without": [0.2]}, index=["all"]
).assign(uplift=0.4, low=0.1, high=0.7)
SAID = pd.DataFrame({"s": [0.5, 0.0], "o": [0.5, 1.0]}, index=["f", "g"])
CASES = pd.DataFrame({"mark": [1.0, 2, 3, 4, 5, 6], "case": np.repeat(theory.recovery.CASES, 2)})
CURES = pd.DataFrame({"call": [0.1, 0.2]}, index=["f", "g"])
PROFITS = theory.period_profits(ORDERS, "2024-01-01", END)
RATES = theory.hazard_around(LIVES, "2024-06-01", pd.Series(list("ababab"), LIVES.index), window=150)

GIVEN = {
    "lives": (CONTRACTS, lambda it: theory.lives(it, END)),
    "survival": (LIVES, theory.survival),
    "retention_by_age": (LIVES, theory.retention_by_age),
    "mean_life": (LIVES, theory.mean_life),
    "cohort_table": (LIVES, theory.cohort_table),
    "cohort_table, revenue": (ORDERS, lambda it: theory.cohort_table(LIVES, it)),
    "hazard_around": (LIVES, lambda it: theory.hazard_around(it, "2024-06-01", window=150)),
    "hazard_change": (RATES, lambda it: theory.hazard_change(it, bound="a", control="b")),
    "split_at": (LIVES, lambda it: theory.split_at(it, "2024-06-01")),
    "hazard_ratios": (LIVES, lambda it: theory.hazard_ratios(it, ["trait"])),
    "response_kinds": (TRIAL, theory.response_kinds),
    "recovery_value": (TRIAL, lambda it: theory.recovery_value(it, 100.0)),
    "recovery_paradox": (CASES, lambda it: theory.recovery_paradox(it["mark"], it["case"])),
    "cause_mix": (LIVES, lambda it: theory.cause_mix(it, pd.Series(["s", "o"], ["u", "v"]))),
    "causes_behind": (SAID, lambda it: theory.causes_behind(pd.Series(["s", "o"]), it)),
    "best_responses": (
        CURES,
        lambda it: theory.best_responses(pd.Series({"f": 1, "g": 2}), it, pd.Series({"call": 1}), value=3.0),
    ),
    "warning_signs": (ORDERS, lambda it: theory.warning_signs(it, "2024-06-01", contacts=CALLS)),
    "warning_signs, calls": (CALLS, lambda it: theory.warning_signs(ORDERS, "2024-06-01", contacts=it)),
    "went_silent": (ORDERS, lambda it: theory.went_silent(it, "2024-06-01", 90)),
    "left_within": (LIVES, lambda it: theory.left_within(it, "2024-05-20", 90)),
    "leaks": (
        ORDERS,
        lambda it: theory.leaks(
            lambda tables: theory.warning_signs(tables["orders"], "2024-06-01"), {"orders": it}, "2024-06-01"
        ),
    ),
    "single_power": (LIVES[["days", "trait"]], lambda it: theory.single_power(it, LIVES["left"])),
    "score_table": (LIVES, lambda it: theory.score_table(it["days"], it["left"], classes=3)),
    "alarms": (LIVES, lambda it: theory.alarms(it["days"], it["left"])),
    "demand_phases": (ORDERS, lambda it: theory.demand_phases(ASKED, it, END)),
    "demand_phases, asked": (ASKED, lambda it: theory.demand_phases(it, ORDERS, END)),
    "asked_lives": (ORDERS, lambda it: theory.asked_lives(ASKED, it, END)),
    "funnel": (ORDERS, lambda it: theory.funnel(ASKED, it, END, within=90)),
    "period_profits": (ORDERS, lambda it: theory.period_profits(it, "2024-01-01", END)),
    "profit_changes": (PROFITS, lambda it: theory.profit_changes(it, PROFITS)),
    "layer_cake": (ORDERS, theory.layer_cake),
    "repeat_share": (ORDERS, theory.repeat_share),
    "cost_ratio": (TRIAL, lambda it: theory.cost_ratio(it, TRIAL, win_cost=1.0, keep_cost=2.0)),
    "costly_profit_share": (
        PROFITS,
        lambda it: theory.costly_profit_share(it["orders"], it["profit"], draws=20, seed=1),
    ),
}
SERIES = {
    "recovery_paradox",
    "score_table",
    "alarms",
    "costly_profit_share",
    "single_power",
}  # made of columns


def spoilt(table):
    """Return a table spoilt in every way, one at a time; columns that the tests ask for stay."""
    yield table.head(0)
    yield table.head(1)
    yield pd.concat([table, table])
    yield table.assign(**{name: table[name].astype("category") for name in table.select_dtypes("str")})
    for name in table.columns:
        yield table.assign(**{name: [None] * len(table)})
        yield table.assign(**{name: "text"})
        holed = table[name].astype(object)
        holed.iloc[0] = None
        yield table.assign(**{name: holed})
        if pd.api.types.is_float_dtype(table[name]):
            yield from (table.assign(**{name: value}) for value in (np.inf, -1.0, 0.0))
        if pd.api.types.is_datetime64_any_dtype(table[name]):
            yield table.assign(**{name: table[name].where(np.arange(len(table)) > 0)})


def answer(call, table):
    """Return what is said of a table: nothing where there is a result."""
    try:
        call(table)
    except CrmlabError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("name", GIVEN)
def test_a_spoilt_table_has_an_answer(name):
    table, call = GIVEN[name]
    for each in spoilt(table):
        before = each.copy(deep=True)
        said = answer(call, each)
        assert not said or len(said) > 20
        pd.testing.assert_frame_equal(before, each)


@pytest.mark.parametrize("name", sorted(set(GIVEN) - SERIES))
def test_a_missing_column_is_named(name):
    table, call = GIVEN[name]
    for column in table.columns:
        said = answer(call, table.drop(columns=column))
        assert not said or column in said or name in ("best_responses", "causes_behind")


@pytest.mark.parametrize("name", [name for name, (table, _) in GIVEN.items() if "date" in table])
def test_the_hour_of_a_day_changes_nothing(name):
    table, call = GIVEN[name]
    days = {column: table[column] + pd.Timedelta(hours=9) for column in ("date", "left") if column in table}
    found, later = call(table), call(table.assign(**days))
    assert found.equals(later)
