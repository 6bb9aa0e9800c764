"""What the models read: customers checked, and reduced to distinct patterns with their counts."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmlab.clv.special import Array, inner
from crmlab.customers import Customers
from crmlab.errors import DataError, InputError, some, unknown

Index = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Patterns:
    """Distinct rows of some columns, and how many customers each stands for.

    Attributes
    ----------
    columns : dict of str to ndarray of float
        The distinct values, by column name.
    weights : ndarray of float
        Customers of each pattern.
    """

    columns: dict[str, Array]
    weights: Array

    def __getitem__(self, name: str) -> Array:
        return self.columns[name]

    def __len__(self) -> int:
        return len(self.weights)

    @cached_property
    def counts(self) -> tuple[Array, Index]:
        """The distinct frequencies, and the position among them of each pattern's frequency."""
        values, codes = np.unique(self["frequency"], return_inverse=True)
        return values, codes

    @property
    def customers(self) -> float:
        """Number of customers."""
        return float(self.weights.sum())

    def mean(self, name: str) -> float:
        """Return the mean of a column over customers."""
        return float(inner(self[name], self.weights)) / self.customers

    def reweighted(self, weights: Array) -> "Patterns":
        """Return the same patterns with other weights."""
        other = replace(self, weights=weights)
        if "counts" in self.__dict__:
            other.__dict__["counts"] = self.counts
        return other

    def every(self, step: int) -> "Patterns":
        """Return every `step`-th pattern."""
        return Patterns({name: values[::step] for name, values in self.columns.items()}, self.weights[::step])


def table(customers: Any, names: Iterable[str]) -> pd.DataFrame:
    """Return the named columns of Customers or a DataFrame, or raise for one that is missing."""
    frame = customers.frame if isinstance(customers, Customers) else customers
    if not isinstance(frame, pd.DataFrame):
        raise InputError(
            f"Customers cannot be read from {type(customers).__name__}. Give the result of crmlab.summarise, "
            f"or a DataFrame with the columns {', '.join(names)}."
        )
    for name in names:
        if name not in frame.columns:
            raise unknown("column", name, frame.columns, where="the customers' table")
    if not len(frame):
        raise DataError("The customers' table has no rows. Give at least one customer.")
    return frame


def counts(frame: pd.DataFrame) -> Array:
    """Return how many customers each row stands for: the column ``customers``, or one."""
    if "customers" not in frame.columns:
        return np.ones(len(frame))
    weights = numbers(frame, "customers")
    require(frame, weights > 0, "customers", "be a positive number of customers")
    return weights


def numbers(frame: pd.DataFrame, name: str) -> Array:
    """Return a column as floats, or raise for values that are missing or no finite number."""
    values = np.asarray(pd.to_numeric(frame[name], errors="coerce"), dtype=float)
    require(frame, np.isfinite(values), name, "be a number, not missing and not infinite")
    return values


def require(frame: pd.DataFrame, kept: Any, name: str, rule: str) -> None:
    """Raise DataError that names the customers that break a rule."""
    broken = ~np.asarray(kept, bool)
    if broken.any():
        rows = frame.index[broken]
        values = frame.loc[broken, name]
        raise DataError(
            f"{broken.sum():,} of {len(frame):,} customers break a rule: {name} must {rule}. "
            f"Customers {some(rows)}; {name} is {some(values)}. Correct them or leave them out."
        )


def purchases(frame: pd.DataFrame) -> list[Array]:
    """Return frequency, recency and T, checked."""
    x, tx, T = (numbers(frame, name) for name in ("frequency", "recency", "T"))
    require(frame, (x >= 0) & (x == np.floor(x)), "frequency", "be a whole number of at least 0")
    require(frame, T >= 0, "T", "be the time observed, at least 0")
    require(frame, tx >= 0, "recency", "be the age at the last purchase, at least 0")
    require(frame, tx <= T, "recency", "not be over T")
    require(frame, (x > 0) | (tx == 0), "recency", "be 0 where there is no repeat purchase")
    require(frame, (x == 0) | (tx > 0), "recency", "be over 0 where there are repeat purchases")
    return [x, tx, T]
