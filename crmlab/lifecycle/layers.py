"""Whose revenue it is: the layers of a customer base, repeat business, and when a newcomer pays back."""

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number
from crmlab.errors import DataError, InputError, unknown
from crmlab.groups import complete
from crmlab.lifecycle.given import need_events

_PERIODS = ("M", "Q", "Y")


@checked
def layer_cake(orders: pd.DataFrame, *, cohort: str = "Y", period: str = "Q") -> pd.DataFrame:
    """Return the revenue of each period by the cohort that brought it: the layers of the C3 chart.

    Does the business grow because its customers stay, or because new ones hide that they leave? Two firms
    with one and the same revenue may have layers that last, or layers that melt.

    Parameters
    ----------
    orders : DataFrame
        ``customer_id``, ``date``, ``amount``.
    cohort : {"M", "Q", "Y"}
        Customers who first bought in one are a cohort; no shorter than the period.
    period : {"M", "Q", "Y"}
        Of the calendar.

    Returns
    -------
    DataFrame
        Revenue: a row a period, a column a cohort, the oldest first; 0 before a cohort came. The first and
        the last period may be incomplete. Whoever bought before the data begin is in the first cohort.

    Raises
    ------
    InputError
        An unknown period, or a cohort shorter than the period.
    DataError
        A column is missing, or there are no orders.

    References
    ----------
    Fader, P. S., Hardie, B. G. S. and Ross, M. (2022). The customer-base audit. Wharton School Press.

    Examples
    --------
    >>> from crmlab.lifecycle import layer_cake
    >>> import pandas as pd
    >>> dates = pd.to_datetime(["2023-01-01", "2024-01-01", "2024-01-09"])
    >>> orders = pd.DataFrame({"customer_id": ["a", "a", "b"], "date": dates, "amount": [5.0, 15.0, 9.0]})
    >>> layer_cake(orders, period="Y").loc["2024"].to_dict()
    {'2023': 15.0, '2024': 9.0}
    """
    for value, name in ((cohort, "cohort"), (period, "period")):
        if value not in _PERIODS:
            raise unknown(name, value, _PERIODS)
    if _PERIODS.index(cohort) < _PERIODS.index(period):
        raise InputError(f"A cohort of '{cohort}' is shorter than a period of '{period}'. Take a longer one.")
    date, first = _dates(orders)
    frame = pd.DataFrame({"when": date.dt.to_period(period), "cohort": first.dt.to_period(cohort)})
    frame["amount"] = orders["amount"].astype(float)
    cells = frame.pivot_table(index="when", columns="cohort", values="amount", aggfunc="sum")
    spans = pd.period_range(frame["when"].min(), frame["when"].max(), freq=period)
    cells = cells.reindex(index=spans).fillna(0.0).sort_index(axis=1)
    cells.index, cells.columns = (
        cells.index.astype(str).rename("period"), cells.columns.astype(str).rename("cohort"),
    )  # fmt: skip
    return cells


@checked
def repeat_share(orders: pd.DataFrame, *, period: str = "Q") -> pd.DataFrame:
    """Return how much of each period's revenue, and of its buyers, had bought before the period.

    Parameters
    ----------
    orders : DataFrame
        ``customer_id``, ``date``, ``amount``.
    period : {"M", "Q", "Y"}
        Of the calendar.

    Returns
    -------
    DataFrame by ``period``
        ``customers`` who bought, ``revenue``, and the shares of both that came from earlier periods'
        customers, ``customers_repeat`` and ``revenue_repeat``. The first periods know no earlier ones: their
        shares are low whatever the business.

    Raises
    ------
    InputError
        An unknown period.
    DataError
        A column is missing, or there are no orders.

    Examples
    --------
    >>> from crmlab.lifecycle import repeat_share
    >>> import pandas as pd
    >>> dates = pd.to_datetime(["2023-01-01", "2024-01-01", "2024-01-09"])
    >>> orders = pd.DataFrame({"customer_id": ["a", "a", "b"], "date": dates, "amount": [5.0, 15.0, 9.0]})
    >>> repeat_share(orders, period="Y")["revenue_repeat"].to_dict()
    {'2023': 0.0, '2024': 0.625}
    """
    if period not in _PERIODS:
        raise unknown("period", period, _PERIODS)
    date, first = _dates(orders)
    frame = pd.DataFrame({"period": date.dt.to_period(period), "customer_id": orders["customer_id"]})
    frame["amount"] = orders["amount"].astype(float)
    frame["old"] = first.dt.to_period(period) < frame["period"]
    money = frame.groupby("period")["amount"].sum()
    again = frame["amount"].where(frame["old"], 0.0).groupby(frame["period"]).sum()
    people = frame.drop_duplicates(["period", "customer_id"]).groupby("period")["old"].agg(["size", "mean"])
    table = {
        "customers": people["size"],
        "revenue": money,
        "customers_repeat": people["mean"],
        "revenue_repeat": again / money.where(money != 0),
    }
    made = pd.DataFrame(table)
    return made.set_index(made.index.astype(str).rename("period"))


@checked
def payback(value: pd.Series, cost: float) -> float:
    """Return after how many periods of life a customer has paid for being won.

    Parameters
    ----------
    value : Series by period of life
        Profit a customer in each, from the first on: the ``value`` of `cohort_volume`.
    cost : float
        What winning a customer costs.

    Returns
    -------
    float
        Periods, the last of them in part; missing if the cost is not earned in the periods given.

    Raises
    ------
    InputError
        The cost is negative.
    DataError
        A value is missing.

    Examples
    --------
    >>> from crmlab.lifecycle import payback
    >>> import pandas as pd
    >>> payback(pd.Series([10.0, 4.0, 4.0]), cost=12)
    1.5
    """
    number(cost, "cost", least=0)
    complete(value)
    total = np.append(0.0, value.to_numpy(dtype=float).cumsum())
    there = np.flatnonzero(total >= cost)
    if not len(there):
        return float("nan")
    at = int(there[0])
    return float(at if not at else at - 1 + (cost - total[at - 1]) / (total[at] - total[at - 1]))


def _dates(orders: pd.DataFrame) -> tuple["pd.Series[pd.Timestamp]", "pd.Series[pd.Timestamp]"]:
    """Return the day of each order, and of its customer's first one."""
    need_events(orders, "orders", "amount")
    if orders.empty:
        raise DataError("There are no orders. Check the period and the filters before it.")
    return orders["date"], orders.groupby("customer_id")["date"].transform("min")
