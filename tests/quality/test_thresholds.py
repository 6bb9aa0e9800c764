"""Where a verdict changes: at which numbers, and on which side of them."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from crmlab.quality import audit
from crmlab.quality.measures import Measures
from crmlab.quality.verdicts import verdicts

NEWCOMERS = (40, 35, 35, 35, 35)
GOOD = Measures(
    1000, 500, 500, 3000, 9e4, date(2022, 1, 1), date(2023, 12, 31), 730, 40.0, 400, 300, NEWCOMERS, (), 3000
)
THRESHOLDS = [
    ("first look", {"customers": 20}, "not valid here"),
    ("pyramid", {"customers": 100}, "runs with a caveat"),
    ("first look", {"history": 180, "usual_gap": 10.0}, "not valid here"),
    ("life cycle", {"repeaters": 30}, "not valid here"),
    ("RFM", {"repeaters": 30}, "not valid here"),
    ("life cycle", {"history": 365}, "runs with a caveat"),
    ("pyramid", {"money": 0.01}, "not valid here"),
    ("RFM", {"holdout_purchases": 30}, "runs with a caveat"),
    ("buy till you die", {"known_repeaters": 30}, "not valid here"),
    ("buy till you die", {"known_repeaters": 100}, "runs with a caveat"),
    ("buy till you die", {"usual_gap": 730 / 4}, "not valid here"),
    ("buy till you die", {"holdout_purchases": 30}, "runs with a caveat"),
    ("model comparison", {"holdout_purchases": 30}, "not valid here"),
    ("lifetime value", {"spenders": 30}, "not valid here"),
]


@pytest.mark.parametrize(("lesson", "least", "below"), THRESHOLDS)
def test_a_lesson_asks_for_so_much_and_no_more(lesson, least, below):
    order = ["runs", "runs with a caveat", "not valid here"]
    enough = replace(GOOD, **least)
    name, value = next(iter(least.items()))
    step = 0.001 if isinstance(value, float) else 1
    worse = replace(enough, **{name: value + step if name == "usual_gap" else value - step})
    judged = [verdicts(measures, []).loc[lesson, "verdict"] for measures in (enough, worse)]
    assert judged[1] == below
    assert order.index(judged[0]) < order.index(below)


def test_a_first_period_within_chance_is_no_truncation():
    assert not replace(GOOD, newcomers=(33, 22, 5, 5, 5)).is_truncated  # 33 and 22 differ by chance
    assert replace(GOOD, newcomers=(330, 220, 50, 50, 50)).is_truncated
    assert not replace(GOOD, newcomers=(29, 1, 1, 1, 1)).is_truncated


@pytest.mark.slow
def test_orders_of_today_are_no_slip():
    rows = pd.DataFrame(
        {"customer_id": ["a", "b"], "date": ["2024-05-01", "2024-05-02"], "amount": [1.0, 2.0]}
    )
    assert audit(rows, today="2024-05-02").ledger.rows_used == 2
    assert audit(rows, today="2024-05-01").ledger.rows_used == 1


def test_the_last_day_of_the_first_two_thirds_belongs_to_them():
    days = [
        "2024-01-01",
        "2024-01-21",
        "2024-01-30",
    ]  # thirty days, so the twenty-first is the last to learn from
    rows = pd.DataFrame({"customer_id": ["a", "a", "b"], "date": days, "amount": 1.0})
    measures = audit(rows, today="2025-01-01")._measures
    assert (measures.known_repeaters, measures.holdout_purchases) == (1, 0)
