"""How volume and profit run over the life of a relationship."""

from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.customers import DAYS, Customers, contracted, day, purchase_days, summarise
from crmlab.errors import DataError, unknown
from crmlab.intervals import normal_limit
from crmlab.lifecycle.given import gross_profit

_COHORTS = ("M", "Q", "Y")


@checked
def cohort_volume(
    transactions: Any, *, unit: str = "M", margin: float = 1.0, end: Any = None
) -> pd.DataFrame:
    """Return what customers brought in each period of their life, mean over those observed that long.

    How do volume and profit run over the life of a relationship?

    Parameters
    ----------
    transactions : ibis.Table or DataFrame
        See `crmlab.transactions.read`.
    unit : {"W", "M", "Y"}
        Length of a period of life.
    margin : float
        Share of revenue counted.
    end : date, optional
        Last day observed; by default the last day with an order. Give it for a few customers taken out of
        many: their own last order may lie well before the end, and without the silence after it they look
        better than they are.

    Returns
    -------
    DataFrame
        By period of life (0 is the first): ``customers`` observed to its end, ``active`` share who bought in
        it, ``orders`` and ``value`` per customer. The last periods rest on those who came first.

    Raises
    ------
    InputError
        An unknown unit.

    Examples
    --------
    >>> from crmlab.lifecycle import cohort_volume
    >>> import crmlab as crm
    >>> life = cohort_volume(crm.datasets.cdnow(sample=True))
    >>> [float(share) for share in life["active"].round(2).head(3)]
    [1.0, 0.14, 0.1]
    """
    if unit not in DAYS:
        raise unknown("time unit", unit, DAYS)
    number(margin, "The margin", "a share of revenue", least=0, most=1)
    transactions = contracted(transactions)
    base: Customers = summarise(transactions, end=end, unit="D")
    days = purchase_days(transactions).order_by("customer_id", "date").to_pandas()
    days["date"] = days["date"].astype("datetime64[s]")
    length = DAYS[unit]
    frame = base.frame
    bought = days.join(frame[["first", "T"]], on="customer_id", how="inner")
    bought["period"] = ((bought["date"] - bought["first"]).dt.days // length).astype(int)
    whole = ((bought["T"] + 1) // length).astype(int)
    bought = bought[bought["period"] < whole]
    grouped = bought.groupby("period")
    lives = ((frame["T"] + 1) // length).astype(int)
    periods = pd.RangeIndex(int(lives.max()), name="period")
    observed = pd.Series([(lives > period).sum() for period in periods], index=periods)
    totals = pd.DataFrame(
        {
            "active": grouped["customer_id"].nunique(),
            "orders": grouped.size(),
            "value": margin * grouped["amount"].sum(),
        }
    ).reindex(periods, fill_value=0)
    return totals.div(observed, axis=0).assign(customers=observed)[["customers", "active", "orders", "value"]]


@checked
def early_life(transactions: Any, length: int, *, unit: str = "M") -> pd.DataFrame:
    """Return what each customer bought in the first periods of life, for those observed that long.

    Parameters
    ----------
    transactions : ibis.Table or DataFrame
        See `crmlab.transactions.read`.
    length : int
        How many periods of life.
    unit : {"W", "M", "Y"}
        Length of a period of life.

    Returns
    -------
    DataFrame
        By ``customer_id``: ``orders``, the purchase days, and ``amount``, the first purchase counted in both.
        As in `cohort_volume`, a period is the same number of days for everybody.

    Raises
    ------
    InputError
        An unknown unit, or a length under one period.

    Examples
    --------
    >>> from crmlab.lifecycle import early_life
    >>> import crmlab as crm
    >>> early = early_life(crm.datasets.cdnow(sample=True), 3)
    >>> len(early), float(early["orders"].mean().round(2))
    (2357, 1.56)
    """
    if unit not in DAYS:
        raise unknown("time unit", unit, DAYS)
    days = whole(length, "length", "a number of periods", least=1) * DAYS[unit]
    transactions = contracted(transactions)
    frame = summarise(transactions, unit="D").frame
    seen = frame[frame["T"] + 1 >= days]
    bought = purchase_days(transactions).order_by("customer_id", "date").to_pandas()
    bought["date"] = bought["date"].astype("datetime64[s]")
    bought = bought.join(seen["first"], on="customer_id", how="inner")
    bought = bought[(bought["date"] - bought["first"]).dt.days < days]
    return bought.groupby("customer_id")["amount"].agg(orders="size", amount="sum")


@checked
def cohort_value(
    orders: pd.DataFrame,
    until: Any,
    *,
    cohort: str = "Q",
    unit: str = "M",
    margin: float | None = None,
    least: int = 1,
) -> pd.DataFrame:
    """Return what a customer of each cohort has brought by each age, so that cohorts can be compared.

    Are the customers whom we win today as good as those whom we won a year ago? Only at the same age.

    Parameters
    ----------
    orders : DataFrame
        ``customer_id``, ``date``, ``amount`` and, without a margin, ``cost``.
    until : str or date
        Last day watched; later orders are left out.
    cohort : {"M", "Q", "Y"}
        Customers who first bought in one are a cohort.
    unit : {"W", "M", "Y"}
        Length of a period of life.
    margin : float, optional
        Share of revenue that is profit; without it, amounts less costs are.
    least : int
        Cohorts of fewer customers are left out.

    Returns
    -------
    DataFrame
        Profit a customer, cumulative: a row an age (1 is the end of the first period of life), a column a
        cohort, the oldest first. Missing where not all of a cohort have been watched that long; a cohort of
        which no age can be given is left out.

    Raises
    ------
    InputError
        An unknown cohort or unit.
    DataError
        A column is missing, or nobody has been watched for one period.

    References
    ----------
    Fader, P. S., Hardie, B. G. S. and Ross, M. (2022). The customer-base audit. Wharton School Press.

    Examples
    --------
    >>> from crmlab.lifecycle import cohort_value
    >>> import crmlab as crm
    >>> shop = crm.simulate.business(500, seed=7)
    >>> cohort_value(shop.transactions, "2023-12-31").round(1).loc[[1, 3]].to_dict("list")
    {'2023Q1': [27.8, 37.3], '2023Q2': [31.9, 39.8], '2023Q3': [28.0, 37.7], '2023Q4': [23.2, nan]}
    """
    lived = _lived(orders, until, cohort, unit, margin, least)
    ages = lived.groupby("cohort")["whole"].min()
    ages = ages[ages > 0]
    if ages.empty:
        raise DataError(f"No cohort has been watched for one period of '{unit}'. Take shorter ones.")
    sizes = lived.drop_duplicates("customer_id").groupby("cohort").size()
    cells = lived.pivot_table(index="age", columns="cohort", values="profit", aggfunc="sum")
    cells = cells.reindex(index=range(1, int(ages.max()) + 1), columns=ages.index).fillna(0.0).cumsum()
    cells = cells / sizes.reindex(ages.index)
    cells = cells.where(np.less_equal.outer(cells.index.to_numpy(), ages.to_numpy()))
    return cells.set_axis(cells.columns.astype(str).rename("cohort"), axis=1).rename_axis("age")


@checked
def cohorts_at(
    orders: pd.DataFrame,
    until: Any,
    age: int,
    *,
    cohort: str = "Q",
    unit: str = "M",
    margin: float | None = None,
    least: int = 1,
) -> pd.DataFrame:
    """Return what customers of each cohort had brought by one age, with limits.

    Parameters
    ----------
    orders, until, cohort, unit, margin, least
        As for `cohort_value`.
    age : int
        Periods of life.

    Returns
    -------
    DataFrame by ``cohort``, those watched that long
        ``customers``; ``profit``, the mean; ``low`` and ``high``, its limits of 95 %; ``again``, the share
        who bought on a second day by that age.

    Raises
    ------
    InputError
        An unknown cohort or unit, or an age under 1.
    DataError
        A column is missing, or no cohort has been watched that long.

    Examples
    --------
    >>> from crmlab.lifecycle import cohorts_at
    >>> import crmlab as crm
    >>> shop = crm.simulate.business(500, seed=7)
    >>> cohorts_at(shop.transactions, "2023-12-31", 3)["profit"].round(1).to_dict()
    {'2023Q1': 37.3, '2023Q2': 39.8, '2023Q3': 37.7}
    """
    whole(age, "age", "a number of periods", least=1)
    lived = _lived(orders, until, cohort, unit, margin, least)
    old = lived.groupby("cohort")["whole"].transform("min") >= age
    if not old.any():
        raise DataError(f"No cohort has been watched for {age} periods of '{unit}'. Take a lower age.")
    lived = lived[old]
    young = lived[lived["age"] <= age]
    who = young.groupby("customer_id")
    each = pd.DataFrame({"profit": who["profit"].sum(), "again": who["date"].nunique().gt(1)})
    each["cohort"] = who["cohort"].first().astype(str)
    grouped = each.groupby("cohort")
    half = normal_limit(0.95) * grouped["profit"].sem().fillna(0.0)
    mean = grouped["profit"].mean()
    table = {
        "customers": grouped.size(),
        "profit": mean,
        "low": mean - half,
        "high": mean + half,
        "again": grouped["again"].mean(),
    }
    return pd.DataFrame(table)


def _lived(
    orders: pd.DataFrame, until: Any, cohort: str, unit: str, margin: float | None, least: int
) -> pd.DataFrame:
    """Return the orders up to a day, with cohort, age, profit, and how many periods were watched."""
    for value, name, known in ((cohort, "cohort", _COHORTS), (unit, "time unit", tuple(DAYS))):
        if value not in known:
            raise unknown(name, value, known)
    profit = gross_profit(orders, margin).astype(float)
    last = day(until, "until")
    seen = orders.assign(date=orders["date"].dt.normalize(), profit=profit)
    seen = seen[seen["date"] <= last]
    if seen.empty:
        raise DataError(f"There are no orders up to {last:%Y-%m-%d}.")
    first = seen.groupby("customer_id")["date"].transform("min")
    lived = pd.DataFrame(
        {
            "customer_id": seen["customer_id"],
            "date": seen["date"],
            "cohort": first.dt.to_period(cohort),
            "age": ((seen["date"] - first).dt.days // DAYS[unit]).astype(int) + 1,
            "whole": (((last - first).dt.days + 1) // DAYS[unit]).astype(int),
            "profit": seen["profit"],
        }
    )
    sizes = lived.groupby("cohort")["customer_id"].transform("nunique")
    lived = lived[sizes >= whole(least, "least", "a number of customers", least=1)]
    if lived.empty:
        raise DataError(f"No cohort has {least} customers. Take longer ones.")
    return lived
