"""The customer table: one row a customer with all that the analysis says of them.

This is the one place where every customer passes through the theory, so an engine that does the same without
materialising replaces this file.
"""

from collections.abc import Collection

import pandas as pd

from crmlab import lifecycle, pyramid, rfm
from crmlab.analysis.base import Base
from crmlab.analysis.forecast import Forecast

SCHEME = "cpm"
FORECAST = ["p_alive", "expected_purchases", "expected_spend", "clv"]
_ORDER = ["first", "last", "orders", "frequency", "recency", "T", "since_last", "total", "first_amount"]
_ORDER += ["monetary_value", "profit", "stage", "tier", "R", "F", "M", "segment", *FORECAST]


def customer_table(base: Base, forecast: Forecast | None, valid: Collection[str]) -> pd.DataFrame:
    """Return one row a customer; what a theory that is not valid here would say stays missing.

    Parameters
    ----------
    base : Base
        The customers.
    forecast : Forecast, optional
        What models say of them.
    valid : collection of str
        The theories that are valid here, of ``lifecycle``, ``pyramid`` and ``rfm``.

    Returns
    -------
    DataFrame
        By customer_id, in the order of the ids. Times are in weeks, money in the currency of the orders.
    """
    table = base.customers.frame.assign(profit=base.profit())
    labels = {"stage": pd.NA, "tier": pd.NA, "R": pd.NA, "F": pd.NA, "M": pd.NA, "segment": pd.NA}
    table = table.assign(**labels)
    if "lifecycle" in valid:
        table["stage"] = lifecycle.stages(base.transactions, at=base.end)
    if "pyramid" in valid:
        table["tier"] = pyramid.tiers(table["profit"], SCHEME)
    if "rfm" in valid:
        scores = rfm.scores(base.customers)
        table[["R", "F", "M"]] = scores[["R", "F", "M"]]
        table["segment"] = rfm.segments(scores)
    blank = pd.DataFrame(index=table.index, columns=FORECAST, dtype=float)
    said = forecast.customers if forecast else blank
    return table.join(said)[_ORDER].join(_list(table))


def _list(table: pd.DataFrame) -> pd.Series:
    """Mark the valuable customers who are falling silent: the list to begin with."""
    if table["tier"].isna().all() or table["stage"].isna().all():
        silent = table["segment"].isin(["cannot lose", "at risk"])
    else:
        silent = table["tier"].isin(["platinum", "gold"]) & (table["stage"] == "decline")
    return silent.rename("call_list")
