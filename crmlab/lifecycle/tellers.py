"""Who brought whom: how many a customer brings by age, and who is credited with what they bring."""

from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked, whole
from crmlab.customers import contracted
from crmlab.errors import DataError
from crmlab.lifecycle.base import period_profits
from crmlab.lifecycle.given import need_events


@checked
def referrals(referred_by: pd.Series, first: pd.Series) -> pd.DataFrame:
    """Return who brought whom, and how old the relationship of the teller was by then.

    Parameters
    ----------
    referred_by : Series
        By customer, who brought the customer; missing where nobody did.
    first : Series
        Day of each customer's first purchase.

    Returns
    -------
    DataFrame by ``customer_id`` of those who were brought
        ``teller``; ``date``, on which the customer came; ``age``, days since the teller's first purchase.
        Left out are those whose teller is not in ``first``, or came later than they did.

    Raises
    ------
    DataError
        A customer is said to have brought themselves, or ``first`` holds no days.

    Examples
    --------
    >>> from crmlab.lifecycle import referrals
    >>> import pandas as pd
    >>> first = pd.Series(pd.to_datetime(["2024-01-01", "2024-01-31", "2024-03-01"]), index=list("abc"))
    >>> referrals(pd.Series([None, "a", "a"], index=list("abc")), first)["age"].to_dict()
    {'b': 30, 'c': 60}
    """
    days = _days(first)
    by = referred_by.reindex(days.index).dropna()
    by = by[by.isin(days.index)]
    if len(alone := by.index[by == by.index]):
        raise DataError(
            f"{len(alone):,} customers are said to have brought themselves, such as '{alone[0]}'. Leave "
            "out who brought them."
        )
    date = days.loc[by.index]
    age = (date.to_numpy() - days.loc[by].to_numpy()) / np.timedelta64(1, "D")
    table = pd.DataFrame({"teller": by, "date": date, "age": age.astype(np.int64)}, index=by.index)
    return table[table["age"] >= 0]


@checked
def brought_within(referred_by: pd.Series, first: pd.Series, window: int) -> pd.Series:
    """Return how many others each customer brought in the first days, of those who were watched so long.

    How many does a customer bring? Whoever came yesterday has had no time to bring anybody, so only customers
    count who came so many days before the last newcomer.

    Parameters
    ----------
    referred_by, first : Series
        As for `referrals`.
    window : int
        Days from the first purchase on, the last one counted.

    Returns
    -------
    Series by customer
        ``brought``.

    Raises
    ------
    DataError
        Nobody was watched so long.

    Examples
    --------
    >>> from crmlab.lifecycle import brought_within
    >>> import pandas as pd
    >>> first = pd.Series(pd.to_datetime(["2024-01-01", "2024-01-31", "2024-03-01"]), index=list("abc"))
    >>> brought_within(pd.Series([None, "a", "b"], index=list("abc")), first, 30).to_dict()
    {'a': 1, 'b': 1}
    """
    days = _days(first)
    whole(window, "window", "a number of days", least=1)
    watched = _watched(days)
    seen = watched.index[watched >= window]
    if seen.empty:
        raise DataError(
            f"Nobody was watched for {window:,} days: the first customer came {watched.max():,} days before "
            "the last one. Take a shorter window."
        )
    told = referrals(referred_by, days)
    number = told.loc[told["age"] <= window, "teller"].value_counts()
    return number.reindex(seen, fill_value=0).rename("brought")


@checked
def brought_by_age(
    referred_by: pd.Series, first: pd.Series, *, among: pd.Index | None = None
) -> pd.DataFrame:
    r"""Return how many others a customer has brought by each age, with those who are still young.

    Each customer counts while watched. With :math:`Y(j)` customers watched at an age of *j* days, of whom
    some bring :math:`dN(j)` others on that day, the mean number brought by age *t* is

    .. math:: M(t) = \sum_{j \le t} dN(j) / Y(j),

    the mean cumulative function. Its variance is that of the customers' own sums, so a customer who brings
    many is one customer.

    Parameters
    ----------
    referred_by, first : Series
        As for `referrals`. Everybody is watched until the day of the last newcomer.
    among : Index, optional
        Customers whose bringing counts; all where it is left out.

    Returns
    -------
    DataFrame by ``age`` in days
        ``watched``, customers at that age; ``brought``, the mean up to it; ``error``, its standard error;
        ``low`` and ``high``, 95 %.

    Raises
    ------
    DataError
        There is nobody in ``among``.

    References
    ----------
    Lawless, J. F. and Nadeau, C. (1995). Some simple robust methods for the analysis of recurrent events.
    Technometrics 37(2), 158-168.

    Nelson, W. (1988). Graphical analysis of system repair data. Journal of Quality Technology 20(1), 24-35.

    Examples
    --------
    >>> from crmlab.lifecycle import brought_by_age
    >>> import pandas as pd
    >>> first = pd.Series(pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03"]), index=list("abc"))
    >>> brought_by_age(pd.Series([None, "a", "a"], index=list("abc")), first)["brought"].tolist()
    [0.0, 0.5, 1.5]
    """
    days = _days(first)
    watched = _watched(days)
    told = referrals(referred_by, days)
    if among is not None:
        watched = watched[watched.index.isin(among)]
        told = told[told["teller"].isin(watched.index)]
    if watched.empty:
        raise DataError("Nobody of those whom among names is a customer.")
    watched = watched.sort_values(ascending=False, kind="stable")
    ages = pd.RangeIndex(int(watched.iloc[0]) + 1, name="age")
    seen = np.searchsorted(-watched.to_numpy(), -ages.to_numpy(), side="right")
    place = pd.Series(np.arange(len(watched)), watched.index)
    of = [place.loc[group].to_numpy() for group in _by_age(told, ages)]
    own, error = np.zeros(len(watched)), np.zeros(len(ages))
    for age, (number, tellers) in enumerate(zip(seen, of, strict=True)):
        own[:number] -= len(tellers) / number**2
        np.add.at(own, tellers, 1 / number)
        error[age] = np.sqrt(own @ own)
    mean = np.cumsum([len(tellers) for tellers in of] / seen)
    return pd.DataFrame(
        {
            "watched": seen,
            "brought": mean,
            "error": error,
            "low": np.maximum(mean - 1.96 * error, 0),
            "high": mean + 1.96 * error,
        },
        index=ages,
    )


@checked
def newcomers(referred_by: pd.Series, first: pd.Series) -> pd.DataFrame:
    """Return who came in each month, and how many of them a customer had brought.

    Parameters
    ----------
    referred_by, first : Series
        As for `referrals`.

    Returns
    -------
    DataFrame by month (its first day)
        ``customers`` who came; ``brought``, by whom a customer had brought; their ``share``; ``known``, the
        customers there had been by its end; ``per_100``, those brought for every hundred of these.

    Examples
    --------
    >>> from crmlab.lifecycle import newcomers
    >>> import pandas as pd
    >>> first = pd.Series(pd.to_datetime(["2024-01-01", "2024-01-31", "2024-03-01"]), index=list("abc"))
    >>> newcomers(pd.Series([None, "a", "a"], index=list("abc")), first)["share"].tolist()
    [0.5, nan, 1.0]
    """
    days = _days(first)
    month = days.dt.to_period("M")
    told = days.index.isin(referrals(referred_by, days).index)
    counts = (
        pd.DataFrame({"customers": 1, "brought": told.astype(int)}, index=days.index).groupby(month).sum()
    )
    every = pd.period_range(month.min(), month.max(), freq="M")
    counts = counts.reindex(every, fill_value=0)
    counts.index = pd.DatetimeIndex(every.to_timestamp(), name="month")
    known = counts["customers"].cumsum()
    share = counts["brought"] / counts["customers"].where(counts["customers"] > 0)
    return counts.assign(share=share, known=known, per_100=100 * counts["brought"] / known)


@checked
def credited(referred_by: pd.Series, profit: pd.Series) -> pd.DataFrame:
    """Return what each customer is credited with: the own profit, that of those brought, and of the chain.

    Whoever adds up all three for all customers counts one profit several times: once for who earned it, and
    once more for everybody above in the chain.

    Parameters
    ----------
    referred_by : Series
        By customer, who brought the customer; missing where nobody did.
    profit : Series
        By customer, what each brought in.

    Returns
    -------
    DataFrame by customer
        ``own``; ``brought``, of those whom the customer brought; ``chain``, of these, of those they brought,
        and so on.

    Raises
    ------
    DataError
        Customers are said to have brought each other in a ring.

    Examples
    --------
    >>> from crmlab.lifecycle import credited
    >>> import pandas as pd
    >>> by = pd.Series([None, "a", "b"], index=list("abc"))
    >>> credited(by, pd.Series([5.0, 7.0, 1.0], index=list("abc"))).loc["a"].to_dict()
    {'own': 5.0, 'brought': 7.0, 'chain': 8.0}
    """
    above = referred_by.reindex(profit.index)
    above = above.where(above.isin(profit.index))
    found = pd.DataFrame({"own": profit, "brought": 0.0, "chain": 0.0}, index=profit.index)
    teller = above.dropna()
    for generation in range(len(profit) + 1):
        if teller.empty:
            break
        earned = (
            profit.loc[teller.index].groupby(teller.to_numpy()).sum().reindex(profit.index, fill_value=0.0)
        )
        found["chain"] += earned
        if generation == 0:
            found["brought"] = earned
        teller = teller.map(above).dropna()
    else:
        raise DataError(
            "Some customers are said to have brought each other in a ring. Leave out who brought them, so "
            "that each chain has a beginning."
        )
    return found


@checked
def profit_within(
    transactions: Any,
    first: pd.Series,
    window: int,
    *,
    until: Any,
    margin: float | None = None,
    contacts: pd.DataFrame | None = None,
) -> pd.Series:
    """Return what each customer brought in the first days, of those who were watched so long.

    Parameters
    ----------
    transactions : ibis.Table or DataFrame
        See `crmlab.transactions.read`.
    first : Series
        Day of each customer's first purchase.
    window : int
        Days from the first purchase on, the last one counted.
    until : str or date
        Last day observed.
    margin : float, optional
        Share of revenue that is profit; without it, amounts less costs are.
    contacts : DataFrame, optional
        ``customer_id``, ``date`` and ``cost`` of service contacts, which are taken off.

    Returns
    -------
    Series by customer
        ``profit``.

    Raises
    ------
    DataError
        There are no costs and no margin, or nobody was watched so long.

    Examples
    --------
    >>> from crmlab.lifecycle import profit_within
    >>> import pandas as pd
    >>> dates = pd.to_datetime(["2024-01-01", "2024-01-20", "2024-05-01"])
    >>> orders = pd.DataFrame({"customer_id": ["a", "a", "a"], "date": dates, "amount": [5.0, 15.0, 9.0]})
    >>> first = orders.groupby("customer_id")["date"].min()
    >>> profit_within(orders, first, 30, until="2024-12-31", margin=0.5).to_dict()
    {'a': 10.0}
    """
    days = _days(first)
    whole(window, "window", "a number of days", least=1)
    last = pd.Timestamp(until)
    seen = days[(last - days).dt.days >= window]
    if seen.empty:
        raise DataError(
            f"Nobody was watched for {window:,} days up to {last:%Y-%m-%d}. Take a shorter window."
        )
    orders = _early(contracted(transactions).to_pandas(), seen, window)
    profit = period_profits(orders, seen.min(), last, margin=margin)["profit"].reindex(
        seen.index, fill_value=0.0
    )
    if contacts is not None:
        need_events(contacts, "contacts", "cost")
        cost = _early(contacts, seen, window).groupby("customer_id")["cost"].sum()
        profit = profit.sub(cost.reindex(seen.index, fill_value=0.0))
    return profit.rename("profit")


def _early(events: pd.DataFrame, first: pd.Series, window: int) -> pd.DataFrame:
    """Return the events of these customers in their first days."""
    age = (events["date"].dt.normalize() - events["customer_id"].map(first)).dt.days
    return events[age.between(0, window)]


def _days(first: pd.Series) -> pd.Series:
    """Return first days as such, or raise DataError."""
    if not len(first) or not pd.api.types.is_datetime64_any_dtype(first) or first.isna().any():
        raise DataError("first must hold the day of each customer's first purchase, and no missing one.")
    if first.index.has_duplicates:
        raise DataError("first holds a customer twice. Give each customer one first day.")
    return first.dt.normalize()


def _watched(days: pd.Series) -> pd.Series:
    """Return for how many days newcomers could be seen after each customer's first day."""
    return (days.max() - days).dt.days


def _by_age(told: pd.DataFrame, ages: pd.RangeIndex) -> list[pd.Series]:
    """Return the tellers of each age in days."""
    groups = dict(iter(told.groupby("age")["teller"]))
    none = pd.Series(dtype=object)
    return [groups.get(age, none) for age in ages]
