"""How a customer base changed between two periods: customer by customer, and exactly."""

from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked, whole
from crmlab.customers import day
from crmlab.errors import DataError
from crmlab.groups import complete
from crmlab.intervals import normal_limit
from crmlab.language import mark
from crmlab.lifecycle.given import gross_profit, need_events, need_numbers

GROUPS = [
    mark("lost, there before"),
    mark("lost, joined in between"),
    mark("kept, there before"),
    mark("kept, joined in between"),
    mark("came back"),
    mark("first order"),
]
"""Who stands behind a change: by when a customer's first order fell, and by the periods with orders."""
PARTS = [mark("lost"), mark("new"), mark("more often"), mark("more per order"), mark("better margin")]


@checked
def period_profits(
    orders: pd.DataFrame, start: Any, end: Any, *, margin: float | None = None
) -> pd.DataFrame:
    """Return what each customer brought in a period.

    Parameters
    ----------
    orders : DataFrame
        ``customer_id``, ``date``, ``amount`` and, without a margin, ``cost``.
    start, end : str or date
        First and last day.
    margin : float, optional
        Share of revenue that is profit; without it, amounts less costs are.

    Returns
    -------
    DataFrame by ``customer_id``, those who bought
        ``orders``, purchase days; ``revenue``; ``profit``.

    Raises
    ------
    DataError
        A column is missing, or nobody bought.

    Examples
    --------
    >>> from crmlab.lifecycle import period_profits
    >>> import pandas as pd
    >>> dates = pd.to_datetime(["2024-01-01", "2024-01-01", "2024-05-01"])
    >>> orders = pd.DataFrame({"customer_id": ["a", "a", "b"], "date": dates, "amount": [5.0, 15.0, 9.0]})
    >>> period_profits(orders, "2024-01-01", "2024-03-31", margin=0.4).loc["a"].to_dict()
    {'orders': 1.0, 'revenue': 20.0, 'profit': 8.0}
    """
    begin, last = day(start, "start"), day(end, "end")
    profit = gross_profit(orders, margin)
    date = orders["date"].dt.normalize()
    here = orders.assign(date=date, profit=profit)[(date >= begin) & (date <= last)]
    if here.empty:
        raise DataError(f"Nobody bought from {begin:%Y-%m-%d} to {last:%Y-%m-%d}.")
    grouped = here.groupby("customer_id")
    days = here.drop_duplicates(["customer_id", "date"]).groupby("customer_id").size()
    table = {
        "orders": days.astype(float),
        "revenue": grouped["amount"].sum(),
        "profit": grouped["profit"].sum(),
    }
    return pd.DataFrame(table).astype(float)


@checked
def profit_changes(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    r"""Return each customer's part of the change of profit between two periods, exactly.

    Did we lose customers, or do those we kept buy less? The profit of a customer is
    :math:`\pi = n \cdot a \cdot m`: orders, revenue an order, margin. That of who is in one period only is
    lost or new in whole. For those in both, the change is shared out among the three factors by Shapley's
    value, the mean over all orders in which they could change one after the other:

    .. math::
        \Delta_n = (n_1 - n_0) \left[\frac{a_0 m_0 + a_1 m_1}{3} + \frac{a_0 m_1 + a_1 m_0}{6}\right],

    and likewise for *a* and *m*. The three sum to :math:`\pi_1 - \pi_0`; no factor is first.

    Parameters
    ----------
    before, after : DataFrame by customer
        ``orders``, ``revenue``, ``profit`` of two periods of equal length, as `period_profits` returns them.
        A customer may be in one only.

    Returns
    -------
    DataFrame by customer
        ``kind``: lost, new or kept (``absent``: no order in either, but a profit or a cost); ``lost``,
        ``new``, ``more often``, ``more per order``, ``better margin``, whose sum is ``change``.

    Raises
    ------
    DataError
        A column is missing or holds no numbers, or a customer stands twice.

    Notes
    -----
    Where orders of a kept customer brought no revenue, a margin on it has no meaning: then what is not due to
    the number of orders counts as better margin. A cost of who is absent in both counts there, too.

    References
    ----------
    Fader, P. S., Hardie, B. G. S. and Ross, M. (2022). The customer-base audit. Wharton School Press.

    Shapley, L. S. (1953). A value for n-person games. Contributions to the Theory of Games II, 307-317.

    Examples
    --------
    >>> from crmlab.lifecycle import profit_changes
    >>> import pandas as pd
    >>> before = pd.DataFrame({"orders": [2, 1], "revenue": [20, 9], "profit": [8, 3]}, index=["a", "b"])
    >>> after = pd.DataFrame({"orders": [3, 1], "revenue": [30, 5], "profit": [12, 2]}, index=["a", "c"])
    >>> profit_changes(before, after).sum(numeric_only=True).to_dict()
    {'lost': -3.0, 'new': 2.0, 'more often': 4.0, 'more per order': 0.0, 'better margin': 0.0, 'change': 3.0}
    """
    both = []
    for table in (before, after):
        need_numbers(table, "customers", "orders", "revenue", "profit")
        for name in ("orders", "revenue", "profit"):
            complete(table[name])
        if (table["orders"] < 0).any():
            raise DataError("Orders must be counts of at least 0.")
        both.append(table[["orders", "revenue", "profit"]].astype(float))
    who = both[0].index.union(both[1].index)
    (n0, r0, p0), (n1, r1, p1) = (each.reindex(who).fillna(0.0).to_numpy().T for each in both)
    kind = np.select([(n0 > 0) & (n1 > 0), n0 > 0, n1 > 0], ["kept", "lost", "new"], "absent")
    kept = kind == "kept"
    change = p1 - p0
    with np.errstate(invalid="ignore", divide="ignore"):
        a0, a1, m0, m1 = r0 / n0, r1 / n1, p0 / r0, p1 / r1
        plain = kept & (r0 != 0) & (r1 != 0)
        parts = {
            "lost": np.where(kind == "lost", change, 0.0),
            "new": np.where(kind == "new", change, 0.0),
            "more often": np.where(plain, (n1 - n0) * _mixed(a0, a1, m0, m1), 0.0),
            "more per order": np.where(plain, (a1 - a0) * _mixed(n0, n1, m0, m1), 0.0),
        }
        often = (n1 - n0) * (p0 / n0 + p1 / n1) / 2  # two factors: orders, and profit an order
    parts["more often"] = np.where(kept & ~plain, often, parts["more often"])
    parts["better margin"] = change - sum(parts.values())  # what is left is its Shapley value
    table = pd.DataFrame({"kind": kind, **parts, "change": change}, index=who)
    table["better margin"] = table["better margin"].where(kept | (kind == "absent"), 0.0)
    return table


@checked
def change_groups(changes: pd.DataFrame, first: pd.Series, start: Any, middle: Any) -> pd.DataFrame:
    """Return what each group of customers contributed to a change between two periods.

    Is a customer new who orders again after a pause? Do those we kept order more, or had they only joined in
    the midst of the first period, so that they were watched for less of it? `profit_changes` looks at two
    periods alone; here the day of the first order is known as well.

    Parameters
    ----------
    changes : DataFrame by customer
        What `profit_changes` returned.
    first : Series by customer
        Day of the first order.
    start, middle : str or date
        First day of the first period, and of the second.

    Returns
    -------
    DataFrame by `GROUPS`
        ``customers``, the five parts and their sum, ``change``. A group without customers has zeros.

    Raises
    ------
    DataError
        A column is missing, or a customer has no first order.

    References
    ----------
    Fader, P. S., Hardie, B. G. S. and Ross, M. (2022). The customer-base audit. Wharton School Press.

    Examples
    --------
    >>> from crmlab.lifecycle import change_groups, profit_changes
    >>> import pandas as pd
    >>> before = pd.DataFrame({"orders": [2, 1], "revenue": [20, 9], "profit": [8, 3]}, index=["a", "b"])
    >>> after = pd.DataFrame({"orders": [3, 1], "revenue": [30, 5], "profit": [12, 2]}, index=["a", "c"])
    >>> first = pd.Series(pd.to_datetime(["2024-02-01", "2023-01-01", "2023-05-01"]), ["a", "b", "c"])
    >>> groups = change_groups(profit_changes(before, after), first, "2024-01-01", "2024-07-01")
    >>> groups.loc[groups["customers"] > 0, "change"].to_dict()
    {'lost, there before': -3.0, 'kept, joined in between': 4.0, 'came back': 2.0}
    """
    begin, turn = day(start, "start"), day(middle, "middle")
    need_numbers(changes, "changes", *PARTS, "change")
    if "kind" not in changes:
        raise DataError("The changes lack the column 'kind'. Give what profit_changes returned.")
    came = first.reindex(changes.index)
    if missing := int(came.isna().sum()):
        raise DataError(f"{missing:,} of {len(changes):,} customers have no first order. Give it for each.")
    kind, late = changes["kind"], came >= begin
    rules = [(kind == "lost") & ~late, kind == "lost", (kind == "kept") & ~late, kind == "kept",
             (kind == "new") & (came < turn), kind == "new"]  # fmt: skip
    who = pd.Series(np.select(rules, GROUPS, ""), changes.index)
    sums = changes[[*PARTS, "change"]].groupby(who).sum().reindex(GROUPS, fill_value=0.0)
    sums.insert(0, "customers", who.value_counts().reindex(GROUPS, fill_value=0))
    return sums.rename_axis("group")


@checked
def carry_over(
    orders: pd.DataFrame, until: Any, days: int, *, margin: float | None = None, settled: bool = False
) -> pd.Series:
    r"""Return which share of a period's profit those who were customers by its end bring in the next one.

    What would have become of the profit if nobody new had been won? The customers known before the second
    period began bring :math:`y_i` in it and brought :math:`x_i` in the first, so

    .. math::
        c = \frac{\sum_i y_i}{\sum_i x_i}, \qquad
        s^2(c) = \frac{\sum_i (y_i - c\, x_i)^2}{(\sum_i x_i)^2}.

    Parameters
    ----------
    orders : DataFrame
        ``customer_id``, ``date``, ``amount`` and, without a margin, ``cost``.
    until : str or date
        Last day of the second period.
    days : int
        Length of both.
    margin : float, optional
        Share of revenue that is profit; without it, amounts less costs are.
    settled : bool
        Count only customers whose first order lies before both periods. Whoever joined in the midst of the
        first period was there for a part of it alone, so that the second looks better than it is; and the
        first order, which everybody who joins has made, is in the first period, which works the other way.

    Returns
    -------
    Series
        ``customers``, how many were known before the second period; ``before`` and ``after``, the profits of
        the periods; of the latter ``of_known``, from customers whose first order lies before it, and
        ``of_new``; ``new``, how many those are; ``share``, the carry-over, with ``low`` and ``high``, its
        limits of 95 % over customers.

    Raises
    ------
    DataError
        A column is missing, nobody bought in one of the periods, or the first of them brought no profit.

    Examples
    --------
    >>> from crmlab.lifecycle import carry_over
    >>> import pandas as pd
    >>> dates = pd.to_datetime(["2024-01-01", "2024-01-05", "2024-02-01", "2024-02-03"])
    >>> orders = pd.DataFrame({"customer_id": list("abac"), "date": dates, "amount": [10.0, 10, 8, 30]})
    >>> carry_over(orders, "2024-02-10", 20, margin=0.5)[["before", "of_known", "of_new", "share"]].to_dict()
    {'before': 5.0, 'of_known': 4.0, 'of_new': 15.0, 'share': 0.8}
    """
    last, length = day(until, "until"), whole(days, "days", "a number of days", least=1)
    middle = last - pd.Timedelta(days=length - 1)
    start = middle - pd.Timedelta(days=length)
    need_events(orders, "orders", "amount")
    first = orders.groupby("customer_id")["date"].min().dt.normalize()
    if settled:
        first = first[first < start]
        orders = orders[orders["customer_id"].isin(first.index)]
    before = period_profits(orders, start, middle - pd.Timedelta(days=1), margin=margin)["profit"]
    after = period_profits(orders, middle, last, margin=margin)["profit"]
    total = float(before.sum())
    if total <= 0:
        raise DataError(f"The period from {start:%Y-%m-%d} brought no profit, so there is no share of it.")
    new = first.reindex(after.index) >= middle
    known = before.index.union(after.index[~new])
    x, y = (each.reindex(known).fillna(0.0) for each in (before, after))
    share = float(y.sum()) / total
    half = normal_limit(0.95) * float(np.sqrt(((y - share * x) ** 2).sum())) / total
    return pd.Series(
        {
            "customers": float((first < middle).sum()),
            "before": total,
            "after": float(after.sum()),
            "of_known": float(y.sum()),
            "of_new": float(after[new].sum()),
            "new": float(new.sum()),
            "share": share,
            "low": share - half,
            "high": share + half,
        }
    )


def _mixed(one0: Any, one1: Any, two0: Any, two1: Any) -> Any:
    return (one0 * two0 + one1 * two1) / 3 + (one0 * two1 + one1 * two0) / 6
