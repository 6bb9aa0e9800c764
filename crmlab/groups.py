"""What every division of customers into groups shares: sizes, profiles and moves."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked
from crmlab.customers import Customers
from crmlab.engine import one, sum_of
from crmlab.errors import DataError, InputError, some

__all__ = ["labelled", "profile", "profile_of", "same_customers", "transitions", "transitions_of"]


@checked
def complete(values: pd.Series) -> None:
    """Raise DataError unless there is one finite number for every customer, and every customer is there once.

    Parameters
    ----------
    values : Series
        One number a customer.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.groups import complete
    >>> complete(pd.Series([1.0, 2.0], index=["Ann", "Ben"]))
    """
    name = f"'{values.name}'" if values.name is not None else "the value"
    if values.empty:
        raise DataError(f"There are no customers in {name}. Check the period and the filters before it.")
    if not pd.api.types.is_numeric_dtype(values):
        raise DataError(
            f"The values in {name} are of type {values.dtype}, not numbers. Convert them with pd.to_numeric."
        )
    _once(values)
    wrong = values.index[~np.isfinite(values.to_numpy(dtype=float, na_value=np.nan))]
    if len(wrong):
        raise DataError(
            f"{len(wrong):,} of {len(values):,} customers have no finite number in {name}, "
            f"for example {some(wrong)}. Fill or drop them first: no customer may fall out unseen."
        )


def labelled(codes: Any, names: list[str], index: pd.Index, name: str) -> pd.Series:
    """Return whole-number codes as an ordered Categorical by customer, from the first name to the last.

    Parameters
    ----------
    codes : sequence of int
        The place of each customer's label among the names.
    names : list of str
        Labels, from first to last.
    index : Index
        The customers.
    name : str
        What the labels are called.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.groups import labelled
    >>> labelled([1, 0], ["top", "rest"], pd.Index(["Ann", "Ben"]), "tier").tolist()
    ['rest', 'top']
    """
    return pd.Series(
        pd.Categorical.from_codes(codes, categories=pd.Index(names), ordered=True), index=index, name=name
    )


@checked
def profile(labels: pd.Series, values: pd.DataFrame | pd.Series) -> pd.DataFrame:
    """Describe each group: its size, its part of the base, and its means and totals.

    Who is in which group, and what do they bring?

    Parameters
    ----------
    labels : Series
        One label a customer.
    values : Series or DataFrame
        One or more numbers a customer, on the same customers.

    Returns
    -------
    DataFrame
        One row a label, in the labels' order, empty ones too: ``customers``, ``customers_share``, and for
        every value its ``…_mean``, ``…_total`` and ``…_share`` of the whole. Where values may be negative, as
        profit is, the whole is what the customers above zero bring: of a net total near zero no share
        can be given.

    Raises
    ------
    DataError
        A customer has a value but no label, or a label but no value.

    Examples
    --------
    >>> from crmlab.groups import profile
    >>> import pandas as pd
    >>> labels = pd.Series(["top", "rest", "rest"], index=list("abc"))
    >>> profile(labels, pd.Series([80.0, 15.0, 5.0], index=list("abc"), name="profit"))
          customers  customers_share  profit_mean  profit_total  profit_share
    rest          2         0.666667         10.0          20.0           0.2
    top           1         0.333333         80.0          80.0           0.8
    """
    table = values.to_frame() if isinstance(values, pd.Series) else values
    same_customers(labels, table)
    _no_gaps(labels)
    for name in table.columns:
        complete(table[name])
    grouped = table.reindex(labels.index).groupby(labels, observed=False)
    sums = {name: (grouped[name].sum(), table[name].clip(lower=0).sum()) for name in table.columns}
    out = _description(grouped.size(), sums)
    out.index.name = labels.name
    return out


def profile_of(customers: Customers, label: str, values: Sequence[str], names: Sequence[Any]) -> pd.DataFrame:
    """Describe each group of customers where their rows are: as `profile` does, of columns.

    Parameters
    ----------
    customers : Customers
    label : str
        The column of their groups.
    values : sequence of str
        Columns of numbers.
    names : sequence
        All groups, in their order.

    Returns
    -------
    DataFrame
        See `profile`.

    Raises
    ------
    InputError
        There is no such column.
    DataError
        A customer has no label of these names, or no value.

    Examples
    --------
    >>> import crmlab as crm
    >>> from crmlab.groups import profile_of
    >>> base = crm.summarise(crm.datasets.cdnow(sample=True))
    >>> tiered = crm.pyramid.with_tiers(base, value="total")
    >>> table = profile_of(tiered, "tier", ["total"], crm.pyramid.SCHEMES["cpm"].names)
    >>> table["total_share"].round(2).to_dict()
    {'platinum': 0.36, 'gold': 0.37, 'iron': 0.27, 'lead': 0.0}
    """
    customers.need(label, *values)
    rows = customers.table
    _complete_of(rows, label, values, names)
    totals = {f"{name}_total": sum_of(rows[name]) for name in values}
    above = {f"{name}_above": sum_of(rows[name].clip(lower=0.0)) for name in values}
    counted = rows.group_by(label).aggregate(customers=rows.count(), **totals, **above)
    found = counted.to_pyarrow().to_pandas().set_index(label).reindex([*names]).fillna(0.0)
    sums = {name: (found[f"{name}_total"], found[f"{name}_above"].sum()) for name in values}
    return _description(found["customers"].astype("int64"), sums).rename_axis(label)


def _description(sizes: pd.Series, sums: Mapping[str, tuple[pd.Series, float]]) -> pd.DataFrame:
    """Return the profile of groups from their sizes, and by value their totals and the whole of the base."""
    table = pd.DataFrame({"customers": sizes, "customers_share": sizes / sizes.sum()})
    for name, (total, whole) in sums.items():
        table[f"{name}_mean"] = total / sizes.where(sizes > 0)
        table[f"{name}_total"] = total
        table[f"{name}_share"] = total / (whole or np.nan)
    return table


def _complete_of(rows: Any, label: str, values: Sequence[str], names: Sequence[Any]) -> None:
    """Raise DataError unless every customer has one of the labels and all values."""
    missing = {name: rows[name].isnull().sum() for name in values}
    found = one(rows, **missing, **{label: (~rows[label].isin([*names]).fill_null(False)).sum()})
    for name, number in found.items():
        if number:
            what = "label of those named" if name == label else "value"
            raise DataError(
                f"{number:,} customers have no {what} in '{name}'. Fill or drop them first: no customer may "
                "fall out unseen."
            )


@checked
def transitions(before: pd.Series, after: pd.Series, *, shares: bool = True) -> pd.DataFrame:
    """Count the moves of the same customers between two labellings.

    Where were our customers then, and where are they now?

    Parameters
    ----------
    before, after : Series
        Labels of customers at two dates. Customers who are in only one of them, such as those who joined in
        between, are left out: they made no move.
    shares : bool
        Divide each row by its sum, so that it reads "of those who were here, so many went there".

    Returns
    -------
    DataFrame
        One row a label before, one column a label after. With ``shares`` rows sum to one, and are missing
        where nobody was.

    Raises
    ------
    DataError
        No customer is in both.

    Examples
    --------
    >>> from crmlab.groups import transitions
    >>> import pandas as pd
    >>> then = pd.Series(["low", "low", "high"], index=list("abc"))
    >>> now = pd.Series(["low", "high", "high"], index=list("abc"))
    >>> transitions(then, now)
          high  low
    high   1.0  0.0
    low    0.5  0.5
    """
    for labels in (before, after):
        _once(labels)
        _no_gaps(labels)
    both = before.index.intersection(after.index)
    if both.empty:
        raise DataError("No customer has a label at both dates. Compare labels of the same customers.")
    first, second = before.loc[both], after.loc[both]
    counts = pd.crosstab(first.to_numpy(), second.to_numpy())
    counts = counts.reindex(index=_names(before), columns=_names(after), fill_value=0)
    counts.index.name, counts.columns.name = before.name, after.name
    return _shares(counts) if shares else counts


def transitions_of(
    before: Customers, after: Customers, label: str, names: Sequence[Any], *, shares: bool = True
) -> pd.DataFrame:
    """Count the moves of the same customers where their rows are: as `transitions` does, of a column.

    Parameters
    ----------
    before, after : Customers
        At two dates.
    label : str
        The column of their groups.
    names : sequence
        All groups, in their order.
    shares : bool
        See `transitions`, also for what is returned.

    Raises
    ------
    InputError
        There is no such column.
    DataError
        No customer is in both.

    Examples
    --------
    >>> import crmlab as crm
    >>> from crmlab.groups import transitions_of
    >>> orders = crm.datasets.cdnow(sample=True)
    >>> then, now = (
    ...     crm.lifecycle.with_stages(crm.summarise(orders, end=day)) for day in ("1997-06-30", "1997-12-31")
    ... )
    >>> moves = transitions_of(then, now, "stage", crm.lifecycle.STAGES.index, shares=False)
    >>> int(moves.loc["formation", "decline"])
    146
    """
    for side in (before, after):
        side.need(label)
        _complete_of(side.table, label, [], names)
    then = before.table.select("customer_id", before=label)
    both = after.table.select("customer_id", after=label).inner_join(then, "customer_id")
    counted = both.group_by("before", "after").aggregate(customers=both.count()).to_pyarrow().to_pandas()
    if counted.empty:
        raise DataError("No customer has a label at both dates. Compare labels of the same customers.")
    counts = counted.pivot(index="before", columns="after", values="customers")
    counts = counts.reindex(index=[*names], columns=[*names]).fillna(0).astype("int64")
    counts.index.name = counts.columns.name = label
    return _shares(counts) if shares else counts


def _shares(counts: pd.DataFrame) -> pd.DataFrame:
    return counts.div(counts.sum(axis=1).replace(0, np.nan), axis=0)


def _names(labels: pd.Series) -> list[Any]:
    if isinstance(labels.dtype, pd.CategoricalDtype):
        return list(labels.cat.categories)
    return sorted(labels.unique())


@checked
def same_customers(labels: pd.Series | pd.DataFrame, values: pd.Series | pd.DataFrame) -> None:
    """Raise DataError unless both speak of the same customers, each once.

    Parameters
    ----------
    labels, values : Series or DataFrame
        By customer.

    Examples
    --------
    >>> from crmlab.groups import same_customers
    >>> import pandas as pd
    >>> value = pd.Series([1.0, 2.0], index=["Ann", "Ben"])
    >>> same_customers(value, value[::-1])
    """
    for side in (labels, values):
        _once(side)
    odd = labels.index.symmetric_difference(values.index)
    if len(odd):
        raise DataError(
            f"{len(odd):,} customers are in only one of the two tables, for example {some(odd)}. "
            "Use the same customers in both."
        )


def _once(values: pd.Series | pd.DataFrame) -> None:
    if values.index.has_duplicates:
        twice = values.index[values.index.duplicated()].unique()
        raise DataError(f"Customers stand more than once, for example {some(twice)}. Give one row each.")


def _no_gaps(labels: pd.Series) -> None:
    missing = labels.index[labels.isna()]
    if len(missing):
        raise DataError(
            f"{len(missing):,} of {len(labels):,} customers have no label, for example {some(missing)}. "
            "Label everybody: no customer may fall out unseen."
        )


def dated(table: pd.DataFrame, *numbers: str) -> pd.DataFrame:
    """Return rows of a customer and a day with whole days and finite numbers, or raise DataError.

    Parameters
    ----------
    table : DataFrame
        With ``customer_id``, ``date`` and the columns of numbers.
    numbers : str
        Columns of numbers.

    Examples
    --------
    >>> from crmlab.groups import dated
    >>> import pandas as pd
    >>> orders = {"customer_id": ["a"], "date": [pd.Timestamp("2024-03-01 15:30")], "amount": [5]}
    >>> dated(pd.DataFrame(orders), "amount")["date"].dt.hour.tolist()
    [0]
    """
    if missing := [name for name in ("customer_id", "date", *numbers) if name not in table.columns]:
        raise DataError(f"The table lacks the column '{missing[0]}'. It has {some(table.columns)}.")
    for name in numbers:
        if len(table) and not pd.api.types.is_numeric_dtype(table[name]):
            raise DataError(
                f"'{name}' is of type {table[name].dtype}, not numbers. Convert it with pd.to_numeric."
            )
    rows = table.assign(date=days_of(table["date"]))
    gaps = rows[["customer_id", "date"]].isna().any(axis=1)
    for name in numbers:
        gaps |= ~np.isfinite(rows[name].to_numpy(dtype=float, na_value=np.nan))
    if gaps.any():
        raise DataError(
            f"{int(gaps.sum()):,} of {len(rows):,} rows lack a customer, a date or a finite number, for "
            f"example row {some(rows.index[gaps])}. Leave them out first."
        )
    return rows


def days_of(dates: pd.Series) -> pd.Series:
    """Return dates as whole days without a time zone, or raise DataError.

    Parameters
    ----------
    dates : Series
        Dates; missing ones stay missing.

    Examples
    --------
    >>> from crmlab.groups import days_of
    >>> import pandas as pd
    >>> days_of(pd.Series([pd.Timestamp("2024-03-01 15:30")])).dt.hour.tolist()
    [0]
    """
    if not pd.api.types.is_datetime64_any_dtype(dates) and dates.notna().any():
        raise DataError(
            f"'{dates.name}' is of type {dates.dtype}, not dates. Convert it with pd.to_datetime first."
        )
    days = pd.to_datetime(dates)
    return (days.dt.tz_localize(None) if days.dt.tz is not None else days).dt.normalize()


def check_moves(moves: pd.DataFrame) -> None:
    """Raise InputError unless moves are shares between the same states, whose rows sum to one.

    Examples
    --------
    >>> from crmlab.groups import check_moves
    >>> import pandas as pd
    >>> check_moves(pd.DataFrame([[0.5, 0.4], [0.0, 1.0]], ["a", "b"], ["a", "b"]))
    Traceback (most recent call last):
    crmlab.errors.InputError: The moves from a sum to 0.9, but must be shares that sum to 1. Leave out states
    where nobody was.
    """
    if list(moves.index) != list(moves.columns):
        raise InputError("moves must have the same states in its rows and in its columns, in one order.")
    values = moves.to_numpy(dtype=float)
    wrong = ~np.isclose(values.sum(axis=1), 1) | (values < 0).any(axis=1)
    if wrong.any():
        raise InputError(
            f"The moves from {moves.index[wrong][0]} sum to {values[wrong][0].sum():.4g}, but must be shares "
            "that sum to 1. Leave out states where nobody was."
        )
