"""How a customer base changed between two periods: customer by customer, and exactly."""

from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number
from crmlab.customers import day
from crmlab.errors import DataError
from crmlab.groups import complete
from crmlab.language import mark
from crmlab.lifecycle.given import need_events, need_numbers

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
    if margin is None and "cost" not in orders:
        raise DataError("The orders have no costs. Give a margin, the share of revenue that is profit.")
    need_events(orders, "orders", "amount", *(["cost"] if margin is None else []))
    date = orders["date"].dt.normalize()
    here = orders.assign(date=date)[(date >= begin) & (date <= last)]
    if here.empty:
        raise DataError(f"Nobody bought from {begin:%Y-%m-%d} to {last:%Y-%m-%d}.")
    if margin is None:
        profit = here["amount"] - here["cost"]
    else:
        profit = here["amount"] * number(margin, "margin", "a share of revenue", most=1)
    grouped = here.assign(profit=profit).groupby("customer_id")
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


def _mixed(one0: Any, one1: Any, two0: Any, two1: Any) -> Any:
    return (one0 * two0 + one1 * two1) / 3 + (one0 * two1 + one1 * two0) / 6
