"""Who came back after a failure or an offer, and what it is compared with."""

from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.customers import contracted, day
from crmlab.engine import sum_of
from crmlab.errors import DataError, InputError
from crmlab.lifecycle.given import need_events


@checked
def came_back(
    transactions: Any,
    since: pd.Series,
    *,
    until: Any,
    days: int | None = None,
    judged_from: Any = None,
    margin: float | None = None,
) -> pd.DataFrame:
    """Return who bought again after a day of their own, and the gross profit of those purchases.

    Did the customers come back after the failure, or after the offer? Each is watched from the next day on,
    for so many days or to the last day on file. Where customers leave later than that, on a day when a rival
    opens or a contract ends, they are judged from ``judged_from`` on.

    Parameters
    ----------
    transactions : ibis.Table or DataFrame
        See `crmlab.transactions.read`.
    since : Series of dates
        By customer, the day after which they are watched.
    until : date
        Last day on file.
    days : int, optional
        How long each is watched; without it, to the last day on file.
    judged_from : date, optional
        First day on which a purchase counts.
    margin : float, optional
        Share of revenue that is left after paying for the goods. Needed where orders carry no ``cost``.

    Returns
    -------
    DataFrame by customer
        ``watched``, whether the whole time lies before ``until``, so that nobody is called lost too early;
        ``back``, whether they bought in it; ``profit``, the gross profit of what they bought in it.

    Raises
    ------
    InputError
        No date, no day to watch, a margin that is no share, or neither margin nor cost.
    DataError
        A customer stands there twice, or has no day.

    Examples
    --------
    >>> from crmlab.lifecycle import came_back
    >>> import pandas as pd
    >>> days = pd.to_datetime(["2024-01-01", "2024-01-20", "2024-01-01"])
    >>> orders = pd.DataFrame({"customer_id": ["a", "a", "b"], "date": days, "amount": [10.0, 30.0, 10.0]})
    >>> failed = pd.Series(pd.to_datetime(["2024-01-01"] * 2), index=["a", "b"])
    >>> came_back(orders, failed, until="2024-06-30", days=90, margin=0.5).to_dict("list")
    {'watched': [True, True], 'back': [True, False], 'profit': [15.0, 0.0]}
    """
    begins, ends, last = _times(since, until, days, judged_from)
    orders = _orders(transactions, margin)
    asked = pd.DataFrame({"begins": begins, "ends": ends}).rename_axis("customer_id")
    both = orders.merge(asked, left_on="customer_id", right_index=True)
    counted = both[(both["date"] >= both["begins"]) & (both["date"] <= both["ends"])]
    profit = counted.groupby("customer_id")["profit"].sum().reindex(since.index)
    found = {"watched": (ends <= last) & (begins <= ends), "back": profit.notna(), "profit": profit.fillna(0)}
    return pd.DataFrame(found, index=since.index)


@checked
def failure_cases(
    transactions: Any, failures: pd.DataFrame, *, until: Any, days: int | None = None, judged_from: Any = None
) -> pd.DataFrame:
    """Return those who were failed beside others to whom nothing had happened, so that like meets like.

    Does a repaired failure bring customers back more surely than none? Whoever buys more often is failed more
    often, and whoever leaves early is never failed. So with ``days`` each row is an order, up to a customer's
    first failure: the order that went wrong is compared with orders that, as far as anybody knew on that day,
    went well. Without ``days``, when all are judged at one time, each row is a customer.

    Parameters
    ----------
    transactions : ibis.Table or DataFrame
        See `crmlab.transactions.read`.
    failures : DataFrame
        ``customer_id``, ``date``, ``severity``, and ``treated``: whether it was repaired.
    until, days, judged_from
        As for `came_back`. With days, a failure belongs to the order of its day. One on another day is left
        out, with all later orders of its customer: it was not dealt to an order, and its days of watching
        would begin long after the last one.

    Returns
    -------
    DataFrame
        ``case`` (none, repaired, not repaired), as `recovery_paradox` takes it; ``severity``, empty where
        nothing went wrong; ``orders``, the purchase days up to that order, or to the first failure on file;
        ``back``. Orders that cannot be watched to the end are left out. An index by customer, without days.

    Raises
    ------
    InputError
        As for `came_back`.
    DataError
        The failures lack a column, or there are none.

    Examples
    --------
    >>> from crmlab.lifecycle import failure_cases
    >>> import pandas as pd
    >>> days = pd.to_datetime(["2024-01-01", "2024-01-20", "2024-01-01"])
    >>> orders = pd.DataFrame({"customer_id": ["a", "a", "b"], "date": days, "amount": 10.0})
    >>> failure = {"customer_id": "b", "date": days[2], "severity": "minor", "treated": True}
    >>> found = failure_cases(orders, pd.DataFrame([failure]), until="2024-12-31", days=90)
    >>> found[["case", "orders", "back"]].to_numpy().tolist()
    [['none', 1, True], ['none', 2, False], ['repaired', 1, False]]
    """
    need_events(failures, "failures")
    for name in ("severity", "treated"):
        if name not in failures:
            raise DataError(f"The failures lack the column '{name}'.")
    if failures.empty:
        raise DataError("There are no failures, so nothing can be compared.")
    wrong = (
        failures.sort_values("date", kind="stable").drop_duplicates("customer_id").set_index("customer_id")
    )
    bought = _orders(transactions, 0.0)[["customer_id", "date"]].drop_duplicates()
    bought = bought.sort_values(["customer_id", "date"], ignore_index=True)
    bought["orders"] = bought.groupby("customer_id").cumcount() + 1
    bought["failed"] = bought["customer_id"].map(wrong["date"])
    if days is None:
        return _by_customer(bought, wrong, until, judged_from)
    whole(days, "days", "a number of days", least=1)
    bought["next"] = bought.groupby("customer_id")["date"].shift(-1)
    before = bought[~(bought["date"] > bought["failed"])]
    last = before["date"] == before["failed"]
    begins, ends, end = _times(before["date"], until, days, judged_from)
    # the first purchase after the day decides: orders of the customer up to that day are not counted
    watched = (ends <= end) & (begins <= ends)
    if judged_from is None:
        back = before["next"] <= ends
    else:
        later = before[["customer_id"]].assign(row=before.index, begins=begins, ends=ends)
        both = later.merge(bought[["customer_id", "date"]], on="customer_id")
        counted = both.loc[both["date"].between(both["begins"], both["ends"]), "row"]
        back = pd.Series(before.index.isin(counted), before.index)
    return _cases(before.assign(back=back)[watched], last[watched], wrong).reset_index(drop=True)


def _by_customer(bought: pd.DataFrame, wrong: pd.DataFrame, until: Any, judged_from: Any) -> pd.DataFrame:
    """Return a row for each customer known by the first failure, judged at one time."""
    first = wrong["date"].min()
    known = bought[bought["date"] <= first].drop_duplicates("customer_id", keep="last")
    start = known["failed"].fillna(first)
    begins, ends, last = _times(start, until, None, judged_from)
    later = known[["customer_id"]].assign(row=known.index, begins=begins, ends=ends)
    both = later.merge(bought[["customer_id", "date"]], on="customer_id")
    back = known.index.isin(both.loc[both["date"].between(both["begins"], both["ends"]), "row"])
    watched = (ends <= last) & (begins <= ends)
    found = known.assign(back=back)[watched]
    cases = _cases(found, found["failed"].notna(), wrong)
    return cases.set_axis(pd.Index(found["customer_id"], name="customer_id"))


def _cases(rows: pd.DataFrame, failed: pd.Series, wrong: pd.DataFrame) -> pd.DataFrame:
    repaired = rows["customer_id"].map(wrong["treated"]).fillna(False).astype(bool)
    case = np.select([failed & repaired, failed], ["repaired", "not repaired"], "none")
    severity = rows["customer_id"].map(wrong["severity"].astype(str)).where(failed, "")
    found = {"case": case, "severity": severity, "orders": rows["orders"], "back": rows["back"].astype(bool)}
    return pd.DataFrame(found, index=rows.index)


def _times(
    since: pd.Series, until: Any, days: int | None, judged_from: Any
) -> tuple[pd.Series, pd.Series, pd.Timestamp]:
    """Return the first and the last day on which each is watched, and the last on file."""
    last = day(until, "until")
    if since.index.has_duplicates:
        raise DataError("A customer stands twice in since. Give each one day.")
    if not pd.api.types.is_datetime64_any_dtype(since):
        raise DataError("The values of since are no dates. Convert them with pd.to_datetime.")
    if missing := int(since.isna().sum()):
        raise DataError(f"{missing:,} of {len(since):,} customers have no day in since. Leave them out.")
    start = since.dt.normalize()
    begins = start + pd.Timedelta(days=1)
    if judged_from is not None:
        begins = begins.clip(lower=day(judged_from, "judged_from"))
    if days is None:
        return begins, pd.Series(last, since.index), last
    return begins, start + pd.Timedelta(days=whole(days, "days", "a number of days", least=1)), last


def _orders(transactions: Any, margin: float | None) -> pd.DataFrame:
    """Return each customer's days of purchase with their gross profit."""
    table = contracted(transactions)
    if margin is None and "cost" not in table.columns:
        raise InputError(
            "These orders carry no cost, so profit needs margin=…, a share of revenue from 0 to 1. In a "
            "lesson, a margin of 0 takes the cost from the orders: where they carry none, set one above 0."
        )
    if margin is not None:
        number(margin, "The margin", "a share of revenue", least=0, most=1)
    sums = {"revenue": sum_of(table["amount"])}
    if margin is None:
        sums["cost"] = sum_of(table["cost"])
    found: pd.DataFrame = table.group_by(["customer_id", "date"]).aggregate(**sums).to_pandas()
    found["date"] = pd.to_datetime(found["date"])
    gross = found["revenue"] - found["cost"] if margin is None else margin * found["revenue"]
    return found.assign(profit=gross.astype(float)).sort_values(["customer_id", "date"], ignore_index=True)
