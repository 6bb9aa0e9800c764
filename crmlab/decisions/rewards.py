"""Rewards and bundles: what a reward must add before it pays, a test of two shares, and prices of bundles."""

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.decisions.columns import numbers
from crmlab.errors import DataError, InputError, some


@checked
def reward_profit(base: float, extra: float, *, margin: float, reward: float, used: float = 1.0) -> float:
    r"""Return what a reward earns, of which most goes to those who would have bought anyway.

    .. math:: \Delta\, (m - u\,w) - B\, u\,w ,

    with *B* purchases without the programme and :math:`\Delta` more with it.

    Parameters
    ----------
    base, extra : float
        Purchases without the programme, and those that it adds: at least 0.
    margin, reward : float
        Of a purchase, in the currency: *m*, and what is credited for it: *w*.
    used : float
        Share of what is credited that is ever used: *u*.

    Raises
    ------
    InputError
        A number is out of its range.

    Examples
    --------
    >>> from crmlab.decisions import reward_profit
    >>> reward_profit(100, 5, margin=8, reward=1)
    -65.0
    """
    number(base, "base", "a number of purchases", least=0)
    number(extra, "extra", "a number of purchases", least=0)
    paid = number(reward, "reward", least=0) * number(used, "used", "a share", least=0, most=1)
    return float(extra * (number(margin, "margin") - paid) - base * paid)


@checked
def break_even_lift(*, margin: float, reward: float, used: float = 1.0) -> float:
    r"""Return by which share purchases must rise before a reward pays: :math:`u w / (m - u w)`.

    At which share of additional purchases does five per cent back pay? At a margin of 30 % it takes a fifth
    more of them.

    Parameters
    ----------
    margin, reward, used : float
        As for `reward_profit`.

    Raises
    ------
    InputError
        A number is out of its range, or the reward takes the whole margin: then no rise pays.

    Examples
    --------
    >>> from crmlab.decisions import break_even_lift
    >>> round(break_even_lift(margin=0.30, reward=0.05), 3)
    0.2
    """
    paid = number(reward, "reward", least=0) * number(used, "used", "a share", least=0, most=1)
    number(margin, "margin", above=0)
    if paid >= margin:
        raise InputError(
            f"A reward of {paid:g} takes the whole margin of {margin:g}, so no rise pays. Lower it."
        )
    return float(paid / (margin - paid))


@checked
def shares_compared(one: tuple[int, int], other: tuple[int, int], *, level: float = 0.95) -> pd.Series:
    r"""Compare two shares of a test, such as cards that were filled: two stamps given, or none.

    Did the head start do it? With the pooled share :math:`\bar p`,
    :math:`z = (p_1 - p_2) / \sqrt{\bar p (1 - \bar p) (1/n_1 + 1/n_2)}`; the interval of the difference is
    Newcombe's, which also holds near 0 and 1.

    Parameters
    ----------
    one, other : tuple of (how many did, of how many)
    level : float
        Of the interval.

    Returns
    -------
    Series
        ``one`` and ``other``, the shares; their ``difference``, ``low`` and ``high``; ``z`` and its two-sided
        ``p``, both missing where all did, or nobody.

    Raises
    ------
    InputError
        More did than there are, or nobody was asked.

    References
    ----------
    Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions.
    Statistics in Medicine 17(8), 873-890.

    Examples
    --------
    >>> from crmlab.decisions import shares_compared
    >>> shares_compared((51, 150), (28, 150))[["difference", "z"]].round(3).to_dict()
    {'difference': 0.153, 'z': 3.015}
    """
    from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

    number(level, "level", "a share", above=0, below=1)
    for pair, name in ((one, "one"), (other, "other")):
        if len(pair) != 2:
            raise InputError(f"{name} must be how many did, of how many, such as (51, 150).")
        whole(pair[1], f"{name}: of how many", least=1)
        whole(pair[0], f"{name}: how many did", most=pair[1])
    did, of = np.array([one[0], other[0]], dtype=float), np.array([one[1], other[1]], dtype=float)
    low, high = confint_proportions_2indep(*one, *other, method="newcomb", alpha=1 - level)
    z, p = proportions_ztest(did, of) if 0 < did.sum() < of.sum() else (np.nan, np.nan)
    share = did / of
    found = {"one": share[0], "other": share[1], "difference": share[0] - share[1], "low": low, "high": high}
    return pd.Series(found | {"z": z, "p": p}, name="test", dtype=float)


@checked
def bundle_prices(worths: pd.DataFrame, costs: pd.Series | None = None) -> pd.DataFrame:
    r"""Return the best prices of goods sold by themselves, and of all of them as one bundle.

    When does a bundle earn more? Where those who prize one good less prize another more, what a bundle is
    worth differs less from customer to customer than what its goods are worth. A customer buys where the
    worth is at least the price, so the best price is one of the worths.

    Parameters
    ----------
    worths : DataFrame
        What each good (columns) is at most worth to each customer (rows).
    costs : Series, optional
        Of one more of each good; without it, 0.

    Returns
    -------
    DataFrame by what is sold, each good and ``bundle``
        The best ``price``, how many ``buyers`` it has, and its ``profit``. The bundle is an alternative to
        the goods: compare its profit with their sum. Of equal profits, the lower price.

    Raises
    ------
    DataError
        There are no goods or customers, or a worth is missing or negative.
    InputError
        A good has no cost.

    References
    ----------
    Stigler, G. J. (1963). United States v. Loew's Inc.: a note on block-booking. Supreme Court Review 1963,
    152-157. Adams, W. J. and Yellen, J. L. (1976). Commodity bundling and the burden of monopoly. Quarterly
    Journal of Economics 90(3), 475-498.

    Examples
    --------
    >>> from crmlab.decisions import bundle_prices
    >>> import pandas as pd
    >>> made = bundle_prices(pd.DataFrame({"X": [8000, 7000], "Y": [2500, 3000]}, index=["A", "B"]))
    >>> made["profit"].to_dict()
    {'X': 14000.0, 'Y': 5000.0, 'bundle': 20000.0}
    """
    if not worths.shape[1]:
        raise DataError("There are no goods. Give one column of worths a good.")
    worth = pd.DataFrame({name: numbers(worths[name], str(name), least=0) for name in worths.columns})
    if costs is not None and costs.index.has_duplicates:
        raise InputError("A good stands more than once in costs. Give one cost each.")
    cost = pd.Series(0.0, worth.columns) if costs is None else costs.reindex(worth.columns)
    if cost.isna().any():
        raise InputError(f"There is no cost of {some(cost.index[cost.isna()])}. Give one a good.")
    worth["bundle"], cost["bundle"] = worth.sum(axis=1), cost.sum()
    rows = {}
    for name in worth.columns:
        price = np.unique(worth[name])
        buyers = (worth[name].to_numpy() >= price[:, None] - 1e-9).sum(axis=1)
        profit = (price - cost[name]) * buyers
        best = int(profit.argmax())
        if profit[best] <= 0:
            rows[name] = {"price": np.nan, "buyers": 0, "profit": 0.0}
        else:
            rows[name] = {"price": price[best], "buyers": int(buyers[best]), "profit": float(profit[best])}
    return pd.DataFrame(rows).T.astype({"buyers": int}).rename_axis("sold")
