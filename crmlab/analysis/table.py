"""The customer table: one row a customer with all that the analysis says of them, made inside the engine.

This is the one place where every customer passes through the theory. Beyond some millions of customers the
rows stay in the engine: sums and counts are taken there, of everybody, and what needs each customer (a
picture, the share of the best fifth) looks at some of them, drawn by chance.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from crmlab import lifecycle, pyramid, scale
from crmlab.analysis.base import Base
from crmlab.analysis.forecast import FORECAST, KEYS, Forecast, expected_spend
from crmlab.customers import Customers
from crmlab.engine import double, kept, one, sum_of
from crmlab.scale.columns import joined, with_columns
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
            won_back=sum_of((1 - rows["p_alive"]) * rows["clv"] / rows["p_alive"], known),
            silent_alive=sum_of(rows["p_alive"], rows["stage"] == "decline"),
        )
        return {name: float(value or 0.0) for name, value in found.items()}

    def profile(self, label: str, *values: str) -> pd.DataFrame:
        """Describe each group of all customers, as `crmlab.groups.profile` does; missing values are 0."""
        rows = self.rows
        sums = {f"{name}_total": sum_of(rows[name].fill_null(0.0)) for name in values}
        above = {f"{name}_above": sum_of(rows[name].fill_null(0.0).clip(lower=0.0)) for name in values}
        counted = rows.group_by(label).aggregate(customers=rows.count(), **sums, **above)
        groups = counted.to_pyarrow().to_pandas().set_index(label).reindex(LABELS[label]).fillna(0.0)
        size = groups["customers"].astype("int64")
        out = pd.DataFrame({"customers": size, "customers_share": size / size.sum()})
        for name in values:
            total, whole = groups[f"{name}_total"], groups[f"{name}_above"].sum()
            out[f"{name}_mean"] = total / size.where(size > 0)
            out[f"{name}_total"] = total
            out[f"{name}_share"] = total / whole if whole else np.nan
        return out.rename_axis(label)

    @property
    def drawn_words(self) -> str:
        """What rests on a part of the customers; empty where nothing does."""
        if self.one_in == 1:
            return ""
        return (
            f"Counts and sums are of all {self.sums['customers']:,.0f} customers; the shares of the best "
            f"fifth, correlations and some pictures rest on {len(self.frame):,} of them, drawn by chance."
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
    table = base.customers.table
    profit = table["profit"] if base.cost_known else double(base.margin) * table["total"]
    customers = with_columns(base.customers, profit=profit)
    if "lifecycle" in valid:
        customers = scale.stages(customers)
    if "pyramid" in valid:
        customers = scale.tiers(customers, "profit", SCHEME)
    if "rfm" in valid:
        customers = scale.rfm(customers)
        scores = {letter: customers.table[letter].cast("int64") for letter in rfm.MEASURES}
        customers = with_columns(customers, **scores)
    customers = _forecasted(base, customers, forecast) if forecast else customers
    missing = [name for name in _ORDER if name not in customers.table.columns]
    customers = with_columns(customers, **{name: _missing(name) for name in missing})
    customers = with_columns(customers, call_list=_list(customers.table, valid))
    table = kept(customers.table.select(*_ORDER, "call_list"))
    return Standing(replace(customers, table=table), -(-base.size // MOST), valid)


def _forecasted(base: Base, customers: Customers, forecast: Forecast) -> Customers:
    """Add what the models say: of purchases they know all by the pattern, of spend by a formula."""
    known = joined(customers, forecast.patterns, KEYS)
    if forecast.spend is None:
        return known
    spend = expected_spend(forecast.spend, known.table["frequency"], known.table["monetary_value"])
    clv = double(base.margin) * spend * known.table["discounted_purchases"]
    return with_columns(known, expected_spend=spend, clv=clv)


def _missing(name: str) -> Any:
    import ibis

    kind = "string" if name in LABELS else "int64" if name in rfm.MEASURES else "float64"
    return ibis.null(kind)


def _list(table: Any, valid: Collection[str]) -> Any:
    """Mark the valuable customers who are falling silent: the list to begin with."""
    import ibis

    if {"pyramid", "lifecycle"} <= set(valid):
        return table["tier"].isin(["platinum", "gold"]) & (table["stage"] == "decline")
    if "rfm" in valid:
        return table["segment"].isin(["cannot lose", "at risk"])
    return ibis.literal(False)
