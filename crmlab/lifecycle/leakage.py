"""Signs that know the future: those that change when what came after the day is taken away."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked
from crmlab.customers import day
from crmlab.errors import DataError, InputError, some
from crmlab.groups import complete, same_customers
from crmlab.lifecycle.given import need_days, need_events


@checked
def leaks(
    make: Callable[[Mapping[str, pd.DataFrame]], pd.DataFrame], tables: Mapping[str, pd.DataFrame], at: Any
) -> pd.DataFrame:
    """Return which signs change when all that came after the day is taken away.

    Could this model really have been used on the day? A sign that is made from rows after the day works
    wonderfully in the test and not at all on Monday. It is found by making the signs twice.

    Parameters
    ----------
    make : function
        From tables to signs, a row a customer.
    tables : mapping of str to DataFrame
        By name. Of those with a ``date``, later rows are taken away. A table without one is not dated, so
        whether its values were known on the day cannot be seen: look at it with `single_power`.
    at : str or date
        The day, which still counts.

    Returns
    -------
    DataFrame by sign
        ``customers``, for whom it changes or falls away; ``share`` of all; ``leaks``, whether any does.

    Raises
    ------
    InputError
        make does not return a DataFrame with one row a customer.
    DataError
        There are no signs.

    Examples
    --------
    >>> from crmlab.lifecycle import leaks
    >>> import pandas as pd
    >>> dates = pd.to_datetime(["2024-01-01", "2024-03-01"])
    >>> orders = pd.DataFrame({"customer_id": ["a", "a"], "date": dates})
    >>> def make(tables):
    ...     days = tables["orders"].groupby("customer_id")["date"]
    ...     return pd.DataFrame({"first": days.min(), "last": days.max()})
    >>> leaks(make, {"orders": orders}, "2024-01-31")["leaks"].to_dict()
    {'first': False, 'last': True}
    """
    last = day(at, "at")
    for what, given in tables.items():
        if "date" in given:
            need_days(given, what, "date")
    cut = {
        name: table[table["date"].dt.normalize() <= last] if "date" in table else table
        for name, table in tables.items()
    }
    full, known = _signs(make, tables), _signs(make, cut)
    if full.empty:
        raise DataError("There are no signs, so none can leak.")
    same = full.index.isin(known.index)
    again = known.reindex(index=full.index, columns=full.columns)
    changed = pd.DataFrame(
        {name: ~_equal(full[name], again[name]) | ~same for name in full.columns}, index=full.index
    )
    found = {"customers": changed.sum(), "share": changed.mean(), "leaks": changed.any()}
    return pd.DataFrame(found).rename_axis("sign")


@checked
def suspect_signs(tables: Mapping[str, pd.DataFrame], who: pd.Index, at: Any) -> pd.DataFrame:
    """Return four signs as a colleague made them, one of which knows the future: to practise on.

    Which of them was not known on the day? All look harmless, and two are made from whole tables; the first
    day of a customer is the same with later rows and without.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Among them ``orders``: ``customer_id``, ``date``, ``amount``.
    who : Index
        Customers who are there on the day.
    at : str or date
        The day.

    Returns
    -------
    DataFrame by customer
        ``since_first`` in days, ``largest_amount``, ``purchase_days``, ``mean_amount``.

    Raises
    ------
    DataError
        The orders lack a column.

    Examples
    --------
    >>> from crmlab.lifecycle import leaks, suspect_signs
    >>> import pandas as pd
    >>> dates = pd.to_datetime(["2024-01-01", "2024-03-01"])
    >>> orders = pd.DataFrame({"customer_id": ["a", "a"], "date": dates, "amount": [5.0, 9.0]})
    >>> suspect_signs({"orders": orders}, pd.Index(["a"]), "2024-01-31").loc["a"].tolist()
    [30.0, 5.0, 2.0, 5.0]
    """
    last = day(at, "at")
    orders = tables["orders"]
    need_events(orders, "orders", "amount")
    by = orders.groupby("customer_id")
    so_far = orders[orders["date"].dt.normalize() <= last].groupby("customer_id")["amount"]
    signs = {
        "since_first": (last - by["date"].min().dt.normalize()).dt.days,
        "largest_amount": so_far.max(),
        "purchase_days": by["date"].nunique(),
        "mean_amount": so_far.mean(),
    }
    return pd.DataFrame(signs).reindex(who).astype(float)


@checked
def single_power(signs: pd.DataFrame, left: pd.Series) -> pd.DataFrame:
    r"""Return how well each sign alone tells who left, the best first.

    Is one of them too good to be true? The area under the ROC curve is the chance that a leaver has a higher
    value than a stayer, :math:`P(x_1 > x_0) + P(x_1 = x_0) / 2`. Above 0.9, ask when the value was written.

    Parameters
    ----------
    signs : DataFrame
        Numbers or flags, a row a customer.
    left : Series of bool
        Who left.

    Returns
    -------
    DataFrame by sign
        ``area``, at least 0.5, and ``higher``, whether leavers or stayers have the higher values.

    Raises
    ------
    DataError
        Customers differ, a sign is no number or missing somewhere, or nobody left, or nobody stayed.

    References
    ----------
    Hanley, J. A. and McNeil, B. J. (1982). The meaning and use of the area under a receiver operating
    characteristic (ROC) curve. Radiology 143(1), 29-36.

    Examples
    --------
    >>> from crmlab.lifecycle import single_power
    >>> import pandas as pd
    >>> signs = pd.DataFrame({"quiet": [0.5, 3.0, 2.0, 0.1], "calls": [1, 1, 1, 1]})
    >>> single_power(signs, pd.Series([False, True, True, False]))["area"].to_dict()
    {'quiet': 1.0, 'calls': 0.5}
    """
    from scipy.stats import rankdata

    same_customers(signs, left)
    if not left.isin([0, 1]).all():
        raise DataError("left must be true or false for each customer.")
    gone = left.reindex(signs.index).to_numpy(dtype=bool)
    if gone.all() or not gone.any():
        raise DataError(f"Nobody {'left' if not gone.any() else 'stayed'}, so no sign can be judged.")
    rows = {}
    for name in signs.columns:
        complete(signs[name])
        ranks = rankdata(signs[name].to_numpy(dtype=float))
        many = gone.sum()
        area = (ranks[gone].sum() - many * (many + 1) / 2) / (many * (len(gone) - many))
        rows[name] = (max(area, 1 - area), "leavers" if area >= 0.5 else "stayers")
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["area", "higher"]).rename_axis("sign")
    return table.sort_values("area", ascending=False, kind="stable")


def _signs(make: Callable[..., pd.DataFrame], tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    made = make(tables)
    if not isinstance(made, pd.DataFrame):
        raise InputError(f"make returned a {type(made).__name__}, but must return a DataFrame of signs.")
    if made.index.has_duplicates:
        twice = made.index[made.index.duplicated()].unique()
        raise InputError(f"make returned customers more than once, for example {some(twice)}.")
    return made


def _equal(one: pd.Series, two: pd.Series) -> Any:
    """Return whether values are the same, numbers up to what floats round off."""
    if pd.api.types.is_numeric_dtype(one) and pd.api.types.is_numeric_dtype(two):
        a, b = (each.to_numpy(dtype=float, na_value=np.nan) for each in (one, two))
        return pd.Series(np.isclose(a, b, rtol=1e-9, atol=1e-12, equal_nan=True), index=one.index)
    return (one.astype(object) == two.astype(object)) | (one.isna() & two.isna())
