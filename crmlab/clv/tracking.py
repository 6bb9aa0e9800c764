"""A whole base over time: expected repeat purchases by period, beside the actual ones."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from crmlab.clv.special import Array, inner
from crmlab.customers import DAYS, Customers, contracted, day, duration, purchase_days
from crmlab.errors import DataError, InputError


def track(
    new: Callable[[Array], Array], unit: str, first: Any, end: Any, transactions: Any, step: Any
) -> pd.DataFrame:
    """Return expected, and where transactions are given actual, repeat purchases by period.

    ``new`` gives the expected purchases of a new customer by age, in ``unit``. See `BuyTillYouDie.tracking`.
    """
    births = _births(first)
    days = DAYS[unit]
    edges = _edges(births.min(), day(end, "end"), duration(step, unit, "step") * days)
    born, size = np.unique(births.to_numpy(), return_counts=True)
    age = np.maximum((edges.to_numpy()[:, None] - born) / np.timedelta64(1, "D"), 0.0)
    ages, where = np.unique(age, return_inverse=True)
    cumulative = inner(new(ages / days)[where.reshape(age.shape)], size.astype(float))
    columns = {"expected": _by_period(cumulative), "expected_cumulative": cumulative}
    if transactions is not None:
        bought = _repeats(transactions, births)
        counted = np.searchsorted(np.sort(bought), edges.to_numpy(), side="right").astype(float)
        columns |= {"actual": _by_period(counted), "actual_cumulative": counted}
    return pd.DataFrame(columns, index=edges)


def _births(first: Any) -> "pd.Series[pd.Timestamp]":
    series = first.frame["first"] if isinstance(first, Customers) else first
    if not isinstance(series, pd.Series) or not pd.api.types.is_datetime64_any_dtype(series):
        raise InputError("Give Customers, or a Series of the dates of first purchases by customer_id.")
    if not len(series) or series.isna().any():
        raise DataError(f"{series.isna().sum():,} of {len(series):,} first purchases have no date.")
    return series.dt.normalize()


def _edges(start: pd.Timestamp, end: pd.Timestamp, days: float) -> pd.DatetimeIndex:
    """Return the last day of each period, counted from the first purchase of all."""
    if days < 1:
        raise InputError("step is shorter than a day. Purchases are dated by day.")
    if end <= start:
        raise InputError(f"end is {end:%Y-%m-%d}, and the first customer came on {start:%Y-%m-%d}.")
    periods = int(np.ceil((end - start).days / days))
    ends = start + pd.to_timedelta(np.round(np.arange(1, periods + 1) * days), unit="D")
    return pd.DatetimeIndex(ends.where(ends <= end, end), name="end")


def _by_period(cumulative: Array) -> Array:
    return np.diff(cumulative, prepend=0.0)


def _repeats(transactions: Any, births: "pd.Series[pd.Timestamp]") -> Any:
    """Return the dates of all repeat purchase days of these customers."""
    days = purchase_days(contracted(transactions)).select("customer_id", "date").to_pandas()
    came = days["customer_id"].map(births)
    when = pd.to_datetime(days["date"])
    return when[when > came].to_numpy()
