"""What the rows used amount to: customers, purchases, and how long they have been watched."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd

from crmlab import engine
from crmlab.quality.decide import Decided

if TYPE_CHECKING:
    import ibis

CALIBRATION = 2 / 3  # share of the history that a model is fitted on; the rest is its holdout
WEEKS = 28  # days of a period in which newcomers are counted: four weeks hold every weekday equally often
JUMP, LATER = 1.5, 3.0  # newcomers of the first period, beside the second and the median of all later ones
NEWCOMERS = 30  # in the first period: fewer say nothing
SURE = 3.0  # standard deviations by which the first period must be above the second
GAP = 7  # days without an order that a gap has at least ...
RUNS = 4  # ... and so many times the longest of the usual runs, which is their 95th percentile


@dataclass(frozen=True)
class Measures:
    """Of the rows used; days where time is meant.

    ``usual_gap`` is the median, over customers who came back, of their mean days between purchases.
    ``holdout_purchases`` are purchase days in the last third of the history, of customers known before it.
    ``newcomers`` are customers by the period of four weeks in which they first bought.
    """

    customers: int
    repeaters: int
    spenders: int
    purchase_days: int
    money: float
    first: date | None
    last: date | None
    history: int
    usual_gap: float | None
    known_repeaters: int
    holdout_purchases: int
    newcomers: tuple[int, ...]
    gaps: tuple[tuple[date, date], ...]
    orders: int

    @property
    def gaps_seen(self) -> float:
        """How many usual gaps the history is long; 0 where nobody came back."""
        return self.history / self.usual_gap if self.usual_gap else 0.0

    @property
    def empty_days(self) -> int:
        """Days in gaps."""
        return sum((until - since).days + 1 for since, until in self.gaps)

    @property
    def is_truncated(self) -> bool:
        """Whether the first period brings far more newcomers than the next, and than those later."""
        if len(self.newcomers) < 4:
            return False
        first, second, *later = self.newcomers
        beyond_chance = first - second >= SURE * (first + second) ** 0.5
        usual = float(pd.Series([second, *later]).median())
        return first >= NEWCOMERS and beyond_chance and first >= max(JUMP * second, LATER * usual)


def measure(decided: Decided) -> Measures:
    """Measure the rows used."""
    fate = decided.fate
    used = fate.filter(fate["step"].isnull()).select("row", "customer", "date", "order", "net")
    return measured(used.rename(customer_id="customer", amount="net"), _orders(used))


def measured(orders: "ibis.Table", number: int) -> Measures:
    """Measure transactions of any engine, which are so many orders."""
    money = engine.sum_of(orders["amount"])
    days = orders.group_by(customer="customer_id", date="date").aggregate(money=money)
    span = engine.one(days, first=days["date"].min(), last=days["date"].max(), days=days.count())
    first, last = span["first"], span["last"]
    if first is None:
        return Measures(0, 0, 0, 0, 0.0, None, None, 0, None, 0, 0, (), (), 0)
    history = (last - first).days + 1
    split = first + timedelta(days=int(history * CALIBRATION))
    people = _people(days, split)
    known = people["known_days"] > 0
    counts = engine.one(
        people,
        customers=people.count(),
        repeaters=(people["days"] > 1).sum(),
        spenders=((people["days"] > 1) & (people["money"] > 0)).sum(),
        money=engine.sum_of(people["money"]),
        usual_gap=(people["age"] / (people["days"] - 1).nullif(0)).median(),
        known_repeaters=(people["known_days"] > 1).sum(),
        holdout_purchases=(people["days"] - people["known_days"]).sum(where=known).fill_null(0),
    )
    return Measures(
        **counts,
        purchase_days=span["days"],
        first=first,
        last=last,
        history=history,
        newcomers=_newcomers(people, first, history),
        gaps=_gaps(days),
        orders=number,
    )


def _people(days: "ibis.Table", split: date) -> "ibis.Table":
    import ibis

    return days.group_by("customer").aggregate(
        days=days.count(),
        known_days=(days["date"] <= ibis.literal(split)).sum(),
        money=engine.sum_of(days["money"]),
        since=days["date"].min(),
        age=days["date"].max().delta(days["date"].min(), unit="day"),
    )


def _newcomers(people: "ibis.Table", first: date, history: int) -> tuple[int, ...]:
    """Return the customers who first bought in each whole period."""
    import ibis

    period = people["since"].delta(ibis.literal(first), unit="day") // WEEKS
    counted = people.group_by(period=period).aggregate(customers=people.count()).to_pyarrow().to_pylist()
    by_period = {row["period"]: row["customers"] for row in counted}
    return tuple(by_period.get(number, 0) for number in range(history // WEEKS))


def _gaps(orders: "ibis.Table") -> tuple[tuple[date, date], ...]:
    """Return the runs of days without any order that are far longer than usual, as first and last day."""
    days = orders.select("date").distinct().order_by("date").to_pyarrow()["date"].to_pylist()
    runs = [(later - earlier).days - 1 for earlier, later in pairwise(days)]
    if not runs:
        return ()
    least = max(GAP, RUNS * (float(pd.Series(runs).quantile(0.95)) + 1))
    one = timedelta(days=1)
    found = [pair for pair, run in zip(pairwise(days), runs, strict=True) if run >= least]
    return tuple((earlier + one, later - one) for earlier, later in found)


def _orders(used: "ibis.Table") -> int:
    """Return how many orders there are; a row without an order id is one by itself."""
    order = used["order"].fill_null(used["row"].cast("string"))
    lines = used.select("customer", "date", order=order).distinct()
    return int(lines.count().to_pyarrow().as_py())
