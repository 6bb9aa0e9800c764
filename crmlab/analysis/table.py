"""The customer table: one row a customer with all that the analysis says of them, made inside the engine.

This is the one place where every customer passes through the theory. Beyond some millions of customers the
rows stay in the engine: sums and counts are taken there, of everybody, and what needs each customer (a
picture, the share of the best fifth) looks at some of them, drawn by chance.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pandas as pd

from crmlab import decisions, groups, lifecycle, pyramid
from crmlab.analysis.base import Base
from crmlab.analysis.forecast import FORECAST, Forecast, expected_spend
from crmlab.clv.value import residual_value
from crmlab.customers import PATTERN, Customers
from crmlab.engine import double, kept, one, sum_of
from crmlab.language import tr
from crmlab.segments import rfm

SCHEME = "cpm"
MOST = 2_000_000
"""Customers that are taken out of the engine; of more, a part is drawn."""
LABELS = {
    "stage": [*lifecycle.STAGES.index],
    "tier": pyramid.SCHEMES[SCHEME].names,
    "segment": [*rfm.NAMED.index],
}
"""By column, its labels in their order."""
_ORDER = ["customer_id", "first", "last", "orders", "frequency", "recency", "T", "since_last", "total"]
_ORDER += ["first_amount", "monetary_value", "profit", "stage", "tier", "R", "F", "M", "segment", *FORECAST]
_SUMS = ["total", "first_amount", "profit", *FORECAST]


@dataclass(frozen=True, eq=False)
class Standing:
    """Where every customer stands.

    Attributes
    ----------
    customers : Customers
        All of them, kept by the engine, with what the theories say. Missing is what a theory that is not
        valid here would say.
    one_in : int
        Of how many customers one is in ``frame``: 1 where all are.
    valid : collection of str
        The theories that are valid here.
    """

    customers: Customers
    one_in: int
    valid: Collection[str]

    @property
    def rows(self) -> Any:
        """The rows, in the engine."""
        return self.customers.table

    @cached_property
    def drawn(self) -> Customers:
        """The customers of ``frame``."""
        return self.draw(self.customers)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """By customer_id in the order of the ids; times in weeks, money in the currency of the orders."""
        frame = self.drawn.frame.copy(deep=False)
        for name, labels in LABELS.items():
            frame[name] = frame[name].astype(pd.CategoricalDtype(labels, ordered=True))
        return frame

    def draw(self, customers: Customers) -> Customers:
        """Return those customers of a table who are in ``frame``: by chance, but the same every time."""
        if self.one_in == 1:
            return customers
        table = customers.table
        return replace(customers, table=table.filter(table["customer_id"].hash() % self.one_in == 0))

    @cached_property
    def sums(self) -> dict[str, float]:
        """Of all customers: sums by column; ``customers``, ``repeaters``, ``best`` total; the call list's.

        Of the call list, ``called`` customers earned ``called_profit``. By the model, ``gone`` of the
        ``valued`` among them are gone, and would be worth ``won_back`` together if all came back.
        """
        rows, called = self.rows, self.rows["call_list"]
        known = called & (rows["p_alive"] > 0) & ~rows["clv"].isnull()
        found = one(
            rows,
            **{name: sum_of(rows[name]) for name in _SUMS},
            customers=rows.count(),
            repeaters=(rows["orders"] > 1).sum(),
            best=rows["total"].max(),
            called=called.sum(),
            called_profit=sum_of(rows["profit"], called),
            valued=known.sum(),
            gone=sum_of(1 - rows["p_alive"], known),
            won_back=sum_of(decisions.win_back_gain(rows["p_alive"], rows["clv"]), known),
            silent_alive=sum_of(rows["p_alive"], rows["stage"] == "decline"),
        )
        return {name: float(value or 0.0) for name, value in found.items()}

    def profile(self, label: str, *values: str) -> pd.DataFrame:
        """Describe each group of all customers, as `crmlab.groups.profile` does; missing values are 0."""
        filled = {name: self.rows[name].fill_null(0.0) for name in values}
        return groups.profile_of(self.customers.with_columns(**filled), label, values, LABELS[label])

    @property
    def drawn_words(self) -> str:
        """What rests on a part of the customers; empty where nothing does."""
        if self.one_in == 1:
            return ""
        return tr(
            "Counts and sums are of all {all:,.0f} customers; the shares of the best fifth, correlations and "
            "some pictures rest on {drawn:,} of them, drawn by chance.",
            all=self.sums["customers"],
            drawn=len(self.frame),
        )


def customer_table(base: Base, forecast: Forecast | None, valid: Collection[str]) -> Standing:
    """Tell where every customer stands; what a theory that is not valid here would say stays missing.

    Parameters
    ----------
    base : Base
        The customers.
    forecast : Forecast, optional
        What models say of them.
    valid : collection of str
        The theories that are valid here, of ``lifecycle``, ``pyramid`` and ``rfm``.
    """
    margin = None if base.cost_known else double(base.margin)
    profit = pyramid.gross_profit(base.customers.table, margin)
    customers = base.customers.with_columns(profit=profit)
    if "lifecycle" in valid:
        customers = lifecycle.with_stages(customers)
    if "pyramid" in valid:
        customers = pyramid.with_tiers(customers, value="profit", scheme=SCHEME)
    if "rfm" in valid:
        customers = rfm.with_names(customers)
        scores = {letter: customers.table[letter].cast("int64") for letter in rfm.MEASURES}
        customers = customers.with_columns(**scores)
    if "rfm" in valid or {"lifecycle", "pyramid"} <= set(valid):
        customers = decisions.with_call_list(customers)
    customers = _forecasted(base, customers, forecast) if forecast else customers
    missing = [name for name in [*_ORDER, "call_list"] if name not in customers.table.columns]
    customers = customers.with_columns(**{name: _missing(name) for name in missing})
    table = kept(customers.table.select(*_ORDER, "call_list"))
    return Standing(replace(customers, table=table), -(-base.size // MOST), valid)


def _forecasted(base: Base, customers: Customers, forecast: Forecast) -> Customers:
    """Add what the models say: of purchases they know all by the pattern, of spend by a formula."""
    known = customers.joined(forecast.patterns, PATTERN)
    if forecast.spend is None:
        return known
    spend = expected_spend(forecast.spend, known.table)
    clv = residual_value(double(base.margin), spend, known.table["discounted_purchases"])
    return known.with_columns(expected_spend=spend, clv=clv)


def _missing(name: str) -> Any:
    import ibis

    if name == "call_list":
        return ibis.literal(False)
    kind = "string" if name in LABELS else "int64" if name in rfm.MEASURES else "float64"
    return ibis.null(kind)
