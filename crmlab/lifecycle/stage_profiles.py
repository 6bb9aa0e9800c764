"""What a relationship brings in each stage: volume, price, cost, indirect benefit, profit."""

from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.contacts import check_contacts
from crmlab.customers import contracted, day
from crmlab.engine import sum_of
from crmlab.errors import InputError
from crmlab.groups import profile


@checked
def stage_profile(
    transactions: Any,
    stage: pd.Series,
    at: Any,
    *,
    window: int = 90,
    margin: float | None = None,
    contacts: pd.DataFrame | None = None,
    referred_by: pd.Series | None = None,
) -> pd.DataFrame:
    """Describe each stage by what its customers did in the days before the date.

    What does a relationship bring in each stage: volume, price, cost, indirect benefit, profit?

    Parameters
    ----------
    transactions : ibis.Table or DataFrame
        See `crmlab.transactions.read`.
    stage : Series
        Labels from `stages` at the same date, or at an earlier one to see what those customers did next.
    at : date
        Last day of the window.
    window : int
        Days looked back on.
    margin : float, optional
        Share of revenue that is left after paying for the goods. Needed where orders carry no ``cost``.
    contacts : DataFrame, optional
        Service contacts with ``customer_id``, ``date``, ``cost``.
    referred_by : Series, optional
        Who brought each customer, missing where nobody did: the indirect benefit. It counts for the one who
        brought them, on the day of the first purchase.

    Returns
    -------
    DataFrame
        One row a stage: ``customers``, ``customers_share``; per customer and 30 days: ``orders`` (purchase
        days), ``revenue``, ``cost_to_serve``, ``referrals``, ``profit``; ``price``, the mean price of a unit
        (or the mean order where quantities are not known); ``profit_share`` of what the customers above
        zero bring. ``cost_to_serve`` and ``referrals`` only where they are given. Whoever came within the
        window counts with the whole of it.

    Raises
    ------
    InputError
        Neither margin nor cost is known, the margin is not a share, or the window is not above zero.
    DataError
        Contacts lack a column.

    Examples
    --------
    >>> from crmlab.lifecycle import stage_profile
    >>> from crmlab.lifecycle import stages
    >>> import crmlab as crm
    >>> orders = crm.datasets.cdnow(sample=True)
    >>> stage = stages(orders, at="1998-06-30")
    >>> stage_profile(orders, stage, at="1998-06-30", margin=0.3)["profit"].round(2).to_dict()
    {'exploration': nan, 'formation': 0.77, 'stability': 4.05, 'decline': 0.0}
    """
    whole(window, "window", "a number of days", least=1)
    transactions = contracted(transactions)
    end = day(at, "at")
    begin = end - pd.Timedelta(days=window)
    activity = _activity(transactions, begin, end, margin).reindex(stage.index, fill_value=0.0)
    if contacts is not None:
        costs = _service(contacts, begin, end)
        activity["cost_to_serve"] = costs.reindex(stage.index, fill_value=0.0)
        activity["profit"] -= activity["cost_to_serve"]
    if referred_by is not None:
        brought = _referrals(transactions, referred_by, begin, end)
        activity["referrals"] = brought.reindex(stage.index, fill_value=0.0)
    table = profile(stage, activity)
    measures = ["orders", "revenue", "cost_to_serve", "referrals", "profit"]
    means = {name: table[f"{name}_mean"] * 30 / window for name in measures if name in activity}
    price = table["revenue_total"] / table["units_total"].replace(0, np.nan)
    return table[["customers", "customers_share"]].assign(
        **means, price=price, profit_share=table["profit_share"]
    )


def _activity(
    transactions: Any, begin: pd.Timestamp, end: pd.Timestamp, margin: float | None
) -> pd.DataFrame:
    """Return orders, revenue, units and gross profit of each customer in the window."""
    if margin is None and "cost" not in transactions.columns:
        raise InputError(
            "These orders carry no cost, so profit needs margin=…, a share of revenue from 0 to 1. In a "
            "lesson, a margin of 0 takes the cost from the orders: where they carry none, set one above 0."
        )
    if margin is not None:
        number(margin, "The margin", "a share of revenue", least=0, most=1)
    date = transactions["date"]
    inside = transactions.filter((date > begin.date()) & (date <= end.date()))
    units = sum_of(inside["quantity"]) if "quantity" in inside.columns else inside.count()
    found: pd.DataFrame = (
        inside.group_by("customer_id")
        .aggregate(
            orders=inside["date"].nunique(),
            revenue=sum_of(inside["amount"]),
            units=units,
            **({"cost": sum_of(inside["cost"])} if margin is None else {}),
        )
        .to_pandas()
        .set_index("customer_id")
    )
    gross = found["revenue"] - found["cost"] if margin is None else margin * found["revenue"]
    return found[["orders", "revenue", "units"]].assign(profit=gross).astype(float)


def _service(contacts: pd.DataFrame, begin: pd.Timestamp, end: pd.Timestamp) -> pd.Series:
    """Return the cost of each customer's service contacts in the window."""
    check_contacts(contacts)
    recent = contacts[(contacts["date"] > begin) & (contacts["date"] <= end)]
    return recent.groupby("customer_id")["cost"].sum()


def _referrals(
    transactions: Any, referred_by: pd.Series, begin: pd.Timestamp, end: pd.Timestamp
) -> pd.Series:
    """Return how many of the window's new customers each customer brought."""
    first = transactions.group_by("customer_id").aggregate(first=transactions["date"].min())
    new = first.filter((first["first"] > begin.date()) & (first["first"] <= end.date()))
    return referred_by.reindex(new["customer_id"].to_pandas()).value_counts()
