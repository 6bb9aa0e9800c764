"""How volume and profit run over the life of a relationship."""

from typing import Any

import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.customers import DAYS, Customers, contracted, purchase_days, summarise
from crmlab.errors import unknown


@checked
def cohort_volume(transactions: Any, *, unit: str = "M", margin: float = 1.0) -> pd.DataFrame:
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
    base: Customers = summarise(transactions, unit="D")
    days = purchase_days(transactions).order_by("customer_id", "date").to_pandas()
    days["date"] = days["date"].astype("datetime64[s]")
    length = DAYS[unit]
    frame = base.frame
    bought = days.join(frame[["first", "T"]], on="customer_id")
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
