"""Quantities behind the famous figures, each with its limits: shares, ratios of chances and of costs."""

from collections.abc import Sequence
from math import inf
from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.customers import day
from crmlab.errors import DataError
from crmlab.groups import complete, same_customers
from crmlab.intervals import Floats, normal_limit, share_limits
from crmlab.lifecycle.claims import claim_region
from crmlab.lifecycle.given import gross_profit, need_days, need_events, need_numbers


@checked
def measured_share(flags: pd.Series, *, level: float = 0.95) -> pd.Series:
    """Return a share of customers with Wilson's limits.

    Parameters
    ----------
    flags : Series of bool
        By customer.
    level : float
        Of the limits.

    Returns
    -------
    Series
        ``value``, ``low``, ``high``.

    Raises
    ------
    DataError
        There is nobody, or somebody without an answer.

    Examples
    --------
    >>> from crmlab.lifecycle import measured_share
    >>> import pandas as pd
    >>> measured_share(pd.Series([True] * 7 + [False] * 3)).round(2).to_dict()
    {'value': 0.7, 'low': 0.4, 'high': 0.89}
    """
    yes, many = _flags(flags)
    low, high = share_limits(yes, many, level)
    return _measured(yes / many, float(low), float(high))


@checked
def measured_mean(values: pd.Series, *, level: float = 0.95) -> pd.Series:
    """Return a mean a customer with its limits, by a normal.

    Parameters
    ----------
    values : Series
        One number a customer.
    level : float
        Of the limits.

    Returns
    -------
    Series
        ``value``, ``low``, ``high``; the limits are missing for a single customer.

    Raises
    ------
    DataError
        There is nobody, or a value is missing.

    Examples
    --------
    >>> from crmlab.lifecycle import measured_mean
    >>> import pandas as pd
    >>> measured_mean(pd.Series([8.0, 10.0, 12.0])).round(1).to_dict()
    {'value': 10.0, 'low': 7.7, 'high': 12.3}
    """
    complete(values)
    z = normal_limit(level)
    known = values.to_numpy(dtype=float)
    half = z * known.std(ddof=1) / np.sqrt(len(known)) if len(known) > 1 else np.nan
    return _measured(float(known.mean()), float(known.mean() - half), float(known.mean() + half))


@checked
def chance_ratio(buyers: pd.Series, strangers: pd.Series, *, level: float = 0.95) -> pd.Series:
    r"""Return how many times likelier past buyers are to buy than strangers.

    Is it the relation, or whom it is with? Both must be asked in the same way, in the same time. Limits are
    by a normal on the logarithm, with variance :math:`(1-p_1)/x_1 + (1-p_0)/x_0`.

    Parameters
    ----------
    buyers, strangers : Series of bool
        Who bought, of each kind.
    level : float
        Of the limits.

    Returns
    -------
    Series
        ``value``, ``low``, ``high``.

    Raises
    ------
    DataError
        There is nobody of a kind, or nobody of it bought.

    Notes
    -----
    Past buyers are those who liked it: the ratio says whom to ask, not what having sold to somebody does.

    Examples
    --------
    >>> from crmlab.lifecycle import chance_ratio
    >>> import pandas as pd
    >>> old, new = (pd.Series([True] * yes + [False] * (100 - yes)) for yes in (50, 15))
    >>> chance_ratio(old, new).round(2).to_dict()
    {'value': 3.33, 'low': 2.01, 'high': 5.53}
    """
    z = normal_limit(level)
    (x1, n1), (x0, n0) = _flags(buyers), _flags(strangers)
    if not (x1 and x0):
        raise DataError(f"None of the {'buyers' if not x1 else 'strangers'} bought, so there is no ratio.")
    ratio = (x1 / n1) / (x0 / n0)
    spread = z * np.sqrt((1 - x1 / n1) / x1 + (1 - x0 / n0) / x0)
    return _measured(ratio, float(ratio * np.exp(-spread)), float(ratio * np.exp(spread)))


@checked
def cost_ratio(
    winning: pd.DataFrame, keeping: pd.DataFrame, *, win_cost: float, keep_cost: float, level: float = 0.95
) -> pd.Series:
    r"""Return how many times dearer it is to win one more customer than to keep one more.

    What does the next customer cost, won or kept? Not all who came came because of the money. With the
    uplifts *u* of two trials by lot, and costs *c* a head, it is

    .. math:: \frac{c_w / u_w}{c_k / u_k} .

    Limits are Fieller's: they reach to infinity where it is not certain that winning works at all.

    Parameters
    ----------
    winning, keeping : DataFrame with one row
        As `crmlab.decisions.uplift` returns it: of who became a customer, and of who stayed.
    win_cost, keep_cost : float
        What each person treated costs, in one currency.
    level : float
        Of the limits; that of the trials must be the same.

    Returns
    -------
    Series
        ``value``, ``low``, ``high``.

    Raises
    ------
    InputError
        A cost is not above 0.
    DataError
        A trial has not one row, or won nobody.

    References
    ----------
    Blattberg, R. C. and Deighton, J. (1996). Manage marketing by the customer equity test. Harvard Business
    Review 74(4), 136-144.

    Fieller, E. C. (1954). Some problems in interval estimation. Journal of the Royal Statistical Society B
    16(2), 175-185.

    Examples
    --------
    >>> from crmlab.lifecycle import cost_ratio
    >>> import pandas as pd
    >>> win, keep = (
    ...     pd.DataFrame({"uplift": [u], "low": [u - 0.02], "high": [u + 0.02]}) for u in (0.05, 0.10)
    ... )
    >>> cost_ratio(win, keep, win_cost=20, keep_cost=10).round(1).to_dict()
    {'value': 4.0, 'low': 2.7, 'high': 6.9}
    """
    z = normal_limit(level)
    number(win_cost, "win_cost", above=0)
    number(keep_cost, "keep_cost", above=0)
    ends = []
    for table, name in ((winning, "winning"), (keeping, "keeping")):
        need_numbers(table, "trials", "uplift", "low", "high")
        if len(table) != 1:
            raise DataError(f"{name} has {len(table):,} rows. Give one trial, not several groups of it.")
        ends.append((float(table["uplift"].iloc[0]), float((table["high"] - table["low"]).iloc[0]) / (2 * z)))
    (won, won_error), (kept, kept_error) = ends
    if not (np.isfinite([won, kept]).all() and won > 0):
        raise DataError(f"The trial of winning won {won:.3g} a head, so it has no cost a customer.")
    a, b = won**2 - (z * won_error) ** 2, kept**2 - (z * kept_error) ** 2
    root, scale = float(np.sqrt(max((won * kept) ** 2 - a * b, 0.0))), win_cost / keep_cost
    if a > 0:
        low, high = (won * kept - root) / a, (won * kept + root) / a
    elif b > 0:  # it is certain that keeping works, not that winning does
        low, high = (b / (2 * won * kept) if a == 0 else (won * kept - root) / a), inf
    else:
        low, high = -inf, inf
    return _measured(scale * kept / won, float(scale * low), float(scale * high))


@checked
def costly_profit_share(
    cost: pd.Series,
    profit: pd.Series,
    *,
    share: float = 0.7,
    draws: int = 400,
    level: float = 0.95,
    seed: int,
) -> pd.Series:
    """Return what share of the profit those bring who cause most of the cost to serve.

    Do the customers who keep the service busy earn their keep? Those with the highest cost are taken until
    their part of all cost is reached; customers of equal cost are taken in equal parts.

    Parameters
    ----------
    cost, profit : Series
        By customer: the cost to serve, and the profit (after that cost or before it: say which).
    share : float
        Of the cost.
    draws : int
        Of customers with replacement, for the limits.
    level : float
        Of the limits.
    seed : int
        Of the draws.

    Returns
    -------
    Series
        ``value``, ``low``, ``high``, shares of the net profit of all.

    Raises
    ------
    DataError
        The Series have other customers, a cost is negative, or all cost or all profit is not above 0.

    Examples
    --------
    >>> from crmlab.lifecycle import costly_profit_share
    >>> import pandas as pd
    >>> cost, profit = pd.Series([70.0, 10, 10, 10]), pd.Series([10.0, 30, 30, 30])
    >>> round(float(costly_profit_share(cost, profit, seed=1)["value"]), 2)
    0.1
    """
    number(share, "share", above=0, most=1)
    number(level, "level", "a share", above=0, below=1)
    whole(draws, "draws", least=20, most=100_000)
    same_customers(cost, profit)
    complete(cost)
    complete(profit)
    if (cost < 0).any() or not cost.sum() > 0 or not profit.sum() > 0:
        raise DataError("Costs must be at least 0, and all cost and all profit together above 0.")
    spent, group = np.unique(-cost.to_numpy(dtype=float), return_inverse=True)
    brought = profit.reindex(cost.index).to_numpy(dtype=float)

    def measure(weight: Floats) -> float:
        many = np.bincount(group, weight, len(spent))
        money = np.bincount(group, weight * brought, len(spent))
        used = np.append(0.0, np.cumsum(-spent * many))
        earned = np.append(0.0, np.cumsum(money))
        if not used[-1] > 0 or not earned[-1] > 0:
            return np.nan
        return float(np.interp(share * used[-1], used, earned) / earned[-1])

    rng = np.random.default_rng(seed)
    size = len(brought)
    drawn = (np.bincount(rng.integers(size, size=size), minlength=size) for _ in range(draws))
    found = [measure(weight.astype(float)) for weight in drawn]
    tail = (1 - level) / 2
    low, high = np.nanquantile(found, [tail, 1 - tail]) if np.isfinite(found).any() else (np.nan, np.nan)
    return _measured(measure(np.ones(size)), float(low), float(high))


@checked
def earned_after(
    orders: pd.DataFrame,
    since: Any,
    until: Any,
    *,
    margin: float | None = None,
    contacts: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return what each customer who had bought by a day brought after it: nothing is a result, too.

    How many of our customers earn nothing? Whoever is counted by what came later, such as the buyers of a
    year, is a survivor. Here those count who were customers when the time began, and they are followed.

    Parameters
    ----------
    orders : DataFrame
        ``customer_id``, ``date``, ``amount`` and, without a margin, ``cost``.
    since, until : str or date
        Who had bought by ``since`` is counted; what came after it, up to ``until``, is summed.
    margin : float, optional
        Share of revenue left after paying for the goods; without it, amounts less costs are.
    contacts : DataFrame, optional
        ``customer_id``, ``date`` and ``cost`` of service contacts.

    Returns
    -------
    DataFrame by ``customer_id``, in order of id
        ``bought``, whether at all; ``revenue``; ``gross``, the gross profit; ``service``, what contacts
        cost; and ``profit``, gross less service, in the currency of the orders.

    Raises
    ------
    DataError
        Nobody had bought by that day, a column is missing, or there is neither margin nor cost.

    Examples
    --------
    >>> from crmlab.lifecycle import earned_after
    >>> import pandas as pd
    >>> dates = pd.to_datetime(["2024-01-01", "2024-01-02", "2024-03-01", "2024-03-05"])
    >>> orders = pd.DataFrame({"customer_id": ["a", "b", "a", "c"], "date": dates, "amount": 20.0})
    >>> earned_after(orders, "2024-01-31", "2024-12-31", margin=0.4)["profit"].to_dict()
    {'a': 8.0, 'b': 0.0}
    """
    begin, last = day(since, "since"), day(until, "until")
    if margin is not None:
        number(margin, "margin", "a share of revenue", least=0, most=1)
    gross = gross_profit(orders, margin)
    date = orders["date"].dt.normalize()
    known = pd.Index(np.sort(orders.loc[date <= begin, "customer_id"].unique()), name="customer_id")
    if known.empty:
        raise DataError(f"Nobody had bought by {begin:%Y-%m-%d}.")
    later = orders[(date > begin) & (date <= last) & orders["customer_id"].isin(known)]
    sums = later.assign(gross=gross).groupby("customer_id")[["amount", "gross"]].sum().reindex(known)
    service = pd.Series(0.0, known)
    if contacts is not None and len(contacts):
        need_events(contacts, "contacts", "cost")
        when = contacts["date"].dt.normalize()
        here = contacts[(when > begin) & (when <= last)]
        service = here.groupby("customer_id")["cost"].sum().reindex(known).fillna(0.0)
    table = {"revenue": sums["amount"].fillna(0.0), "gross": sums["gross"].fillna(0.0), "service": service}
    found = pd.DataFrame(table, index=known).astype(float)
    found.insert(0, "bought", sums["amount"].notna())
    return found.assign(profit=found["gross"] - found["service"])


@checked
def chance_by_days(orders: pd.DataFrame, people: Any, since: Any, *, days: int) -> pd.Series:
    """Return which share of some people has bought after a day, by how long one waits.

    With what chance does a past buyer buy? Without a time the question has no answer: the chance grows with
    the days that one allows.

    Parameters
    ----------
    orders : DataFrame
        ``customer_id`` and ``date``.
    people : sequence of ids
        Whom the share is of, whether they bought or not.
    since : str or date
        The day after which purchases count.
    days : int
        The longest wait.

    Returns
    -------
    Series by whole days, from 0 on
        ``chance``.

    Raises
    ------
    DataError
        There are no people, or the orders lack a column.

    Examples
    --------
    >>> from crmlab.lifecycle import chance_by_days
    >>> import pandas as pd
    >>> dates = pd.to_datetime(["2024-01-02", "2024-01-04"])
    >>> orders = pd.DataFrame({"customer_id": ["a", "b"], "date": dates})
    >>> chance_by_days(orders, ["a", "b", "c", "d"], "2024-01-01", days=3).tolist()
    [0.0, 0.25, 0.25, 0.5]
    """
    whole(days, "days", "a number of days", least=1)
    asked = pd.Index(people).unique()
    if asked.empty:
        raise DataError("There are no people, so there is no chance.")
    need_days(orders, "orders", "date")
    waited = (orders["date"].dt.normalize() - day(since, "since")).dt.days
    first = waited[(waited >= 1) & (waited <= days) & orders["customer_id"].isin(asked)]
    first = first.groupby(orders.loc[first.index, "customer_id"]).min()
    bought = np.bincount(first.to_numpy(dtype=int), minlength=days + 1).cumsum()
    return pd.Series(bought / len(asked), pd.RangeIndex(days + 1, name="days"), name="chance")


@checked
def customer_cost(trial: pd.DataFrame, cost: float, *, level: float = 0.95) -> pd.Series:
    r"""Return what a customer costs on average, and what one more costs.

    Many would have come, or stayed, without the money. With *p* the share of those treated who came, *q* that
    of those held back, and *c* the cost a head, the average is :math:`c / p`, and one more costs

    .. math:: \frac{c}{p - q} .

    Parameters
    ----------
    trial : DataFrame with one row
        As `crmlab.decisions.uplift` returns it.
    cost : float
        What each person treated costs, in the currency.
    level : float
        Of the limits; it must be that of the trial.

    Returns
    -------
    Series
        ``average``; ``anyway``, the share *q/p* who would have come anyway; ``one_more`` with ``low`` and
        ``high``. One more is missing where the treatment won nobody, and has no upper end where that is in
        doubt.

    Raises
    ------
    DataError
        The trial has not one row, or nobody came.

    References
    ----------
    Blattberg, R. C. and Deighton, J. (1996). Manage marketing by the customer equity test. Harvard Business
    Review 74(4), 136-144.

    Examples
    --------
    >>> from crmlab.lifecycle import customer_cost
    >>> import pandas as pd
    >>> found = {"with": 0.8, "without": 0.75, "uplift": 0.05, "low": 0.04, "high": 0.0625}
    >>> customer_cost(pd.DataFrame([found]), 2.0).round(2).to_dict()
    {'average': 2.5, 'anyway': 0.94, 'one_more': 40.0, 'low': 32.0, 'high': 50.0}
    """
    number(level, "level", "a share", above=0, below=1)
    number(cost, "cost", above=0)
    need_numbers(trial, "trials", "with", "without", "uplift", "low", "high")
    if len(trial) != 1:
        raise DataError(f"The trial has {len(trial):,} rows. Give one trial, not several groups of it.")
    row = trial.iloc[0].astype(float)
    if not row["with"] > 0:
        raise DataError("Nobody who was treated came, so there is no cost a customer.")
    found = {
        "average": cost / row["with"],
        "anyway": min(row["without"] / row["with"], 1.0),
        "one_more": cost / row["uplift"] if row["uplift"] > 0 else np.nan,
        "low": cost / row["high"] if row["high"] > 0 else np.nan,
        "high": cost / row["low"] if row["low"] > 0 else inf,
    }
    return pd.Series(found, name="customer", dtype=float)


@checked
def marginal_ratio(ratio: float, came_anyway: float, stayed_anyway: float) -> float:
    r"""Return what is left of a ratio of average costs once those who needed no money are taken off.

    Is winning a customer seven times as dear as keeping one, or is seven what two averages make? Of those
    won, a share :math:`s_w` would have come anyway, and of those kept :math:`s_k` would have stayed; so one
    more won costs

    .. math:: \text{ratio} \cdot \frac{1 - s_k}{1 - s_w}

    times what one more kept does.

    Parameters
    ----------
    ratio : float
        Cost of winning over cost of keeping, on average.
    came_anyway, stayed_anyway : float
        Shares, at least 0 and below 1.

    Returns
    -------
    float

    Raises
    ------
    InputError
        A ratio that is not above 0, or a share outside its range.

    Examples
    --------
    >>> from crmlab.lifecycle import marginal_ratio
    >>> round(marginal_ratio(7.0, came_anyway=0.2, stayed_anyway=0.9), 3)
    0.875
    """
    number(ratio, "ratio", above=0)
    number(came_anyway, "came_anyway", "a share", least=0, below=1)
    number(stayed_anyway, "stayed_anyway", "a share", least=0, below=1)
    return ratio * (1 - stayed_anyway) / (1 - came_anyway)


@checked
def costly_region(
    cost: pd.Series,
    gross: pd.Series,
    shares: Sequence[float] = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9),
    eaten: Sequence[float] = tuple(step / 50 for step in range(41)),
) -> pd.DataFrame:
    r"""Return what those who cause most of the cost to serve would bring if serving were dearer or cheaper.

    How much must service eat before its heaviest users no longer earn their keep? If those who cause the
    share *s* of the cost bring the share *g* of the gross profit, and serving eats the part *y* of it, their
    share of the profit that is left is

    .. math:: \frac{g_s - s y}{1 - y} .

    Parameters
    ----------
    cost, gross : Series
        By customer: the cost to serve, and the profit before it. Only how either is spread counts.
    shares : sequence of float
        Of the cost, rising: what counts as "most".
    eaten : sequence of float
        Parts of the gross profit that serving eats, rising, below 1.

    Returns
    -------
    DataFrame
        Shares of the profit, ``eaten`` by ``shares``.

    Raises
    ------
    DataError
        As for `costly_profit_share`.

    Examples
    --------
    >>> from crmlab.lifecycle import costly_region
    >>> import pandas as pd
    >>> cost, gross = pd.Series([7.0, 1, 1, 1]), pd.Series([40.0, 20, 20, 20])
    >>> costly_region(cost, gross, [0.5, 0.7], [0.0, 0.3]).round(2).loc[0.3].to_dict()
    {0.5: 0.19, 0.7: 0.27}
    """
    number(max(eaten), "The last of eaten", "a share", least=0, below=1)
    bring = {s: costly_profit_share(cost, gross, share=s, draws=20, seed=1)["value"] for s in shares}
    return claim_region(lambda s, y: (bring[s] - s * y) / (1 - y), list(shares), list(eaten))


def _measured(value: float, low: float, high: float) -> pd.Series:
    return pd.Series({"value": value, "low": low, "high": high}, name="measured", dtype=float)


def _flags(flags: pd.Series) -> tuple[float, float]:
    if flags.empty:
        raise DataError("There are no customers, so there is no share.")
    if not flags.isin([0, 1]).all():
        raise DataError("The answers must be true or false for each customer.")
    return float(flags.astype(bool).sum()), float(len(flags))
