"""Quantities behind the famous figures, each with its limits: shares, ratios of chances and of costs."""

from math import inf

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.errors import DataError
from crmlab.groups import complete, same_customers
from crmlab.intervals import Floats, normal_limit, share_limits
from crmlab.lifecycle.given import need_numbers


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


def _measured(value: float, low: float, high: float) -> pd.Series:
    return pd.Series({"value": value, "low": low, "high": high}, name="measured", dtype=float)


def _flags(flags: pd.Series) -> tuple[float, float]:
    if flags.empty:
        raise DataError("There are no customers, so there is no share.")
    if not flags.isin([0, 1]).all():
        raise DataError("The answers must be true or false for each customer.")
    return float(flags.astype(bool).sum()), float(len(flags))
