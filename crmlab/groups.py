"""What every division of customers into groups shares: ranks, profiles and moves."""

from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked
from crmlab.errors import DataError, some


@checked
def rank_share(values: pd.Series, *, best_first: bool = False) -> pd.Series:
    r"""Return each customer's place as a share between 0 and 1, the same for equal customers.

    How far down the list does this customer stand?

    With :math:`b` customers before and :math:`e` customers equal to this one (itself included) among
    :math:`n`, the share is :math:`(b + e/2)/n`: the middle of the customers' common place. No tie is broken
    by the order of rows or by id.

    Parameters
    ----------
    values : Series
        One number a customer.
    best_first : bool
        Count from the highest value instead of the lowest.

    Returns
    -------
    Series
        Shares in (0, 1), indexed as given.

    Raises
    ------
    DataError
        A value is missing, or there are none.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.groups import rank_share
    >>> rank_share(pd.Series([5.0, 5.0, 9.0, 1.0], index=list("abcd"))).tolist()
    [0.5, 0.5, 0.875, 0.125]
    """
    complete(values)
    return (steady(values).rank(method="average", ascending=not best_first) - 0.5) / len(values)


def steady(values: pd.Series) -> pd.Series:
    """Round to twelve digits, so that values which are equal but for the last bits of a sum are equal.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.groups import steady
    >>> bool(0.1 + 0.2 == 0.3), steady(pd.Series([0.1 + 0.2, 0.3])).nunique()
    (False, 1)
    """
    return values.round(places(float(values.abs().max())))


def places(largest: float) -> int:
    """Return the decimals to which `steady` rounds values that go up to this.

    Examples
    --------
    >>> from crmlab.groups import places
    >>> places(250.0), places(0.0)
    (9, 0)
    """
    return 12 - int(np.ceil(np.log10(largest))) if largest else 0


@checked
def complete(values: pd.Series) -> None:
    """Raise DataError unless there is one finite number for every customer, and every customer is there once.

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
    sizes = grouped.size()
    out = pd.DataFrame({"customers": sizes, "customers_share": sizes / len(labels)})
    for name in table.columns:
        total = grouped[name].sum()
        out[f"{name}_mean"] = grouped[name].mean()
        out[f"{name}_total"] = total
        out[f"{name}_share"] = total / table[name].clip(lower=0).sum()
    out.index.name = labels.name
    return out


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
    if not shares:
        return counts
    return counts.div(counts.sum(axis=1).replace(0, np.nan), axis=0)


def _names(labels: pd.Series) -> list[Any]:
    if isinstance(labels.dtype, pd.CategoricalDtype):
        return list(labels.cat.categories)
    return sorted(labels.unique())


@checked
def same_customers(labels: pd.Series | pd.DataFrame, values: pd.Series | pd.DataFrame) -> None:
    """Raise DataError unless both speak of the same customers, each once.

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
