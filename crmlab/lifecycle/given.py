"""What the strand's functions are given, checked once: lives, dated tables, columns of numbers."""

import numpy as np
import pandas as pd

from crmlab.arguments import number
from crmlab.errors import DataError, some

_DAYS, _TIMES = ("begin", "until"), ("days", "entry", "exit")


def need_numbers(table: pd.DataFrame, what: str, *names: str) -> None:
    """Raise DataError unless a table has rows, and columns of these names with finite numbers.

    Examples
    --------
    >>> from crmlab.lifecycle.given import need_numbers
    >>> import pandas as pd
    >>> need_numbers(pd.DataFrame({"amount": [1.0]}), "orders", "amount")
    """
    for name in names:
        if name not in table:
            raise DataError(f"The {what} lack the column '{name}'.")
    if table.empty:
        raise DataError(f"There are no {what}. Check the period and the filters before it.")
    for name in names:
        values = table[name]
        if not pd.api.types.is_numeric_dtype(values):
            raise DataError(
                f"The values of '{name}' are of type {values.dtype}, not numbers. Convert them with "
                "pd.to_numeric."
            )
        wrong = ~np.isfinite(values.to_numpy(dtype=float, na_value=np.nan))
        if wrong.any():
            raise DataError(
                f"{int(wrong.sum()):,} of {len(table):,} {what} have no finite '{name}', for example at "
                f"{some(table.index[wrong])}. Fill or drop them first."
            )


def need_days(table: pd.DataFrame, what: str, *names: str) -> None:
    """Raise DataError unless a table has columns of these names with a day in each row.

    Examples
    --------
    >>> from crmlab.lifecycle.given import need_days
    >>> import pandas as pd
    >>> need_days(pd.DataFrame({"date": pd.to_datetime(["2024-01-02"])}), "orders", "date")
    """
    for name in names:
        if name not in table:
            raise DataError(f"The {what} lack the column '{name}'.")
        if len(table) and not pd.api.types.is_datetime64_any_dtype(table[name]):
            raise DataError(f"The values of '{name}' are no dates. Convert them with pd.to_datetime.")
        if missing := int(table[name].isna().sum()):
            raise DataError(
                f"{missing:,} of {len(table):,} {what} have no '{name}'. Fill or drop them first."
            )


def need_events(table: pd.DataFrame, what: str, *numbers: str) -> None:
    """Raise DataError unless each row has a customer and a date, and finite numbers where they are named.

    Examples
    --------
    >>> from crmlab.lifecycle.given import need_events
    >>> import pandas as pd
    >>> days = pd.to_datetime(["2024-01-02"])
    >>> need_events(pd.DataFrame({"customer_id": ["a"], "date": days, "amount": 1.0}), "orders", "amount")
    """
    need_days(table, what, "date")
    if "customer_id" not in table:
        raise DataError(f"The {what} lack the column 'customer_id'.")
    if missing := int(table["customer_id"].isna().sum()):
        raise DataError(
            f"{missing:,} of {len(table):,} {what} have no 'customer_id'. Fill or drop them first."
        )
    if numbers and len(table):
        need_numbers(table, what, *numbers)


def gross_profit(orders: pd.DataFrame, margin: float | None) -> pd.Series:
    """Return what each order line leaves after paying for the goods: a share of it, or amounts less costs.

    Examples
    --------
    >>> from crmlab.lifecycle.given import gross_profit
    >>> orders = pd.DataFrame({"customer_id": ["a"], "date": pd.to_datetime(["2024-01-01"]), "amount": [8.0]})
    >>> gross_profit(orders, 0.25).tolist()
    [2.0]
    """
    if margin is None and "cost" not in orders:
        raise DataError("The orders have no costs. Give a margin, the share of revenue that is profit.")
    need_events(orders, "orders", "amount", *(["cost"] if margin is None else []))
    if margin is None:
        return orders["amount"] - orders["cost"]
    return orders["amount"] * number(margin, "margin", "a share of revenue", most=1)


def need_lives(table: pd.DataFrame, *names: str) -> None:
    """Raise DataError unless there are lives, whose columns of these names hold what they must.

    Examples
    --------
    >>> from crmlab.lifecycle.given import need_lives
    >>> import pandas as pd
    >>> need_lives(pd.DataFrame({"days": [1.0], "left": [True]}), "days", "left")
    """
    for name in names:
        if name not in table:
            raise DataError(f"The lives lack the column '{name}'. Give what lifecycle.lives returned.")
    if table.empty:
        raise DataError("There are no lives. Check the period and the filters before it.")
    need_days(table, "lives", *(name for name in names if name in _DAYS))
    times = [name for name in names if name in _TIMES]
    need_numbers(table, "lives", *times)
    for name in times:
        if (table[name] < 0).any() or (name != "entry" and not (table[name] > 0).all()):
            wrong = table.index[~(table[name] > 0)]
            raise DataError(f"{len(wrong):,} lives have no '{name}' above 0, for example {some(wrong)}.")
    if "left" in names and not table["left"].isin([0, 1]).all():
        raise DataError("left must be true or false for each customer.")
