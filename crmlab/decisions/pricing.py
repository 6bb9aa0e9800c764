"""Prices by tier and places by class: third-degree prices, two qualities, Littlewood's rule and EMSR-b."""

from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.errors import InputError


@checked
def tier_prices(highest: pd.Series, slope: pd.Series, *, cost: float) -> pd.DataFrame:
    r"""Return the price for each tier that earns most, and the best single price for all.

    Is it worth asking each tier for its own price? With linear demand :math:`q = a - b p`, the best price of
    a tier is :math:`\tfrac12 (a/b + c)`. A single price is the best of those that serve all
    tiers, or some of them only.

    Parameters
    ----------
    highest : Series
        By tier, demand at a price of 0: *a*.
    slope : Series
        By tier, how much demand a unit of price costs: *b*, above 0.
    cost : float
        Of one more unit: *c*.

    Returns
    -------
    DataFrame by tier
        ``price``, ``quantity`` and ``profit`` at its own price; ``uniform_price``, ``uniform_quantity`` and
        ``uniform_profit`` at the best single one.

    Raises
    ------
    InputError
        A tier has no demand or no slope, or the cost is negative.

    Notes
    -----
    Nothing here says that customers accept it, that they cannot resell, or that it is lawful.

    References
    ----------
    Pigou, A. C. (1920). The economics of welfare. Macmillan.

    Examples
    --------
    >>> from crmlab.decisions import tier_prices
    >>> import pandas as pd
    >>> tiers = ["gold", "iron"]
    >>> made = tier_prices(pd.Series([100, 60], tiers), pd.Series([1, 1], tiers), cost=10)
    >>> made["price"].tolist(), float(made["profit"].sum()), float(made["uniform_profit"].sum())
    ([55.0, 35.0], 2650.0, 2450.0)
    """
    number(cost, "cost", least=0)
    a, b = highest.to_numpy(dtype=float), slope.reindex(highest.index).to_numpy(dtype=float)
    if not len(a) or not ((a > 0) & (b > 0)).all():
        raise InputError(
            "highest and slope must be above 0 for each tier, and both must name the same tiers."
        )
    own = np.maximum((a / b + cost) / 2, cost)
    choke = np.sort(np.unique(a / b))[::-1]
    prices = [cost]
    for place in range(len(choke)):  # those served at a price are the tiers whose highest price is above it
        served = a / b >= choke[place]
        best = (a[served].sum() / b[served].sum() + cost) / 2
        low = choke[place + 1] if place + 1 < len(choke) else 0.0
        prices.append(float(np.clip(best, low, choke[place])))
    uniform = max(prices, key=lambda price: float(((price - cost) * np.maximum(a - b * price, 0)).sum()))
    columns: dict[str, Any] = {}
    for name, price in (("", own), ("uniform_", np.full(len(a), uniform))):
        sold = np.maximum(a - b * price, 0)
        columns |= {f"{name}price": price, f"{name}quantity": sold, f"{name}profit": (price - cost) * sold}
    return pd.DataFrame(columns, index=highest.index)


@checked
def two_qualities(low_taste: float, high_taste: float, high_share: float) -> pd.DataFrame:
    r"""Return the qualities and prices of two versions that customers choose between by themselves.

    How good should the cheap version be, so that those who would pay more do not take it? Somebody with taste
    :math:`\theta` gains :math:`\theta q - p`; quality costs :math:`q^2/2`. The best versions leave the low
    taste no gain and the high one just as much as it would have from the cheap version:

    .. math:: q_H = \theta_H, \quad q_L = \max\left(0, \theta_L - \frac{\pi}{1-\pi}(\theta_H-\theta_L)\right),
        \quad p_L = \theta_L q_L, \quad p_H = \theta_H q_H - (\theta_H - \theta_L) q_L .

    Parameters
    ----------
    low_taste, high_taste : float
        What a unit of quality is worth to the two kinds of customers.
    high_share : float
        Share of those with the high taste: :math:`\pi`, between 0 and 1.

    Returns
    -------
    DataFrame
        By version, ``quality``, ``price`` and ``profit``, which is that of the version's own customers for
        each customer there is.

    Raises
    ------
    InputError
        The tastes are not above 0 and in this order, or the share is not between 0 and 1.

    References
    ----------
    Mussa, M. and Rosen, S. (1978). Monopoly and product quality. Journal of Economic Theory 18(2), 301-317.

    Examples
    --------
    >>> from crmlab.decisions import two_qualities
    >>> two_qualities(1.5, 2.0, 0.3)["price"].round(2).to_dict()
    {'low': 1.93, 'high': 3.36}
    """
    number(low_taste, "low_taste", above=0)
    number(high_taste, "high_taste", above=low_taste)
    number(high_share, "high_share", "a share", above=0, below=1)
    gap = high_taste - low_taste
    low = max(0.0, low_taste - high_share / (1 - high_share) * gap)
    quality = np.array([low, high_taste])
    price = np.array([low_taste * low, high_taste**2 - gap * low])
    profit = (price - quality**2 / 2) * np.array([1 - high_share, high_share])
    index = pd.Index(["low", "high"], name="version")
    return pd.DataFrame({"quality": quality, "price": price, "profit": profit}, index=index)


@checked
def protection(high_price: float, low_price: float, *, mean: float, sd: float | None = None) -> int:
    r"""Return how many places to keep for those who pay more, by Littlewood's rule.

    When is a place worth more empty than sold at the low price? Sell it low as long as the low price is above
    what a protected place brings, :math:`p_H \Pr(D_H > y)`: protect the smallest *y* with

    .. math:: \Pr(D_H \le y) \ge \frac{p_H - p_L}{p_H} .

    Parameters
    ----------
    high_price, low_price : float
        What a place brings in the two classes, the lower first to be asked for.
    mean : float
        Of the demand at the high price.
    sd : float, optional
        Its standard deviation, for a normal demand; without it, the demand is Poisson.

    Raises
    ------
    InputError
        The prices are not in this order, or a number is out of its range.

    References
    ----------
    Littlewood, K. (1972). Forecasting and control of passenger bookings. AGIFORS Symposium 12, 95-117.

    Examples
    --------
    >>> from crmlab.decisions import protection
    >>> protection(225, 159, mean=27.3)
    24
    """
    number(low_price, "low_price", above=0)
    number(high_price, "high_price", above=low_price)
    number(mean, "mean", "a mean demand", above=0, most=1e7)
    ratio = (high_price - low_price) / high_price
    if sd is not None:
        number(sd, "sd", above=0)
        return max(0, int(np.ceil(NormalDist(mean, sd).inv_cdf(ratio) - 1e-9)))
    from scipy import stats

    return int(stats.poisson.ppf(ratio, mean))


@checked
def protection_levels(prices: Sequence[float], means: Sequence[float], sds: Sequence[float]) -> pd.DataFrame:
    r"""Return how many places to keep for each class and all dearer ones, by EMSR-b.

    With several classes, those above a place are taken together: demand with mean :math:`\sum \mu_k` and
    variance :math:`\sum \sigma_k^2`, at their mean price weighed by demand; then Littlewood's rule decides
    against the next class.

    Parameters
    ----------
    prices, means, sds : sequence of float
        By class, the dearest first: price, and mean and standard deviation of its demand, taken for normal.

    Returns
    -------
    DataFrame by class, from 1 on
        ``price``, and ``protect``, places kept for this class and the dearer ones; missing in the last.

    Raises
    ------
    InputError
        Fewer than two classes, lengths that differ, or prices that do not fall.

    References
    ----------
    Belobaba, P. P. (1992). Optimal vs. heuristic methods for nested seat allocation. AGIFORS Reservations
    Control Study Group Meeting.

    Examples
    --------
    >>> from crmlab.decisions import protection_levels
    >>> protection_levels([100, 60, 40], [30, 40, 60], [8, 10, 12])["protect"].tolist()[:2]
    [28, 70]
    """
    price, mean, sd = (np.asarray(each, dtype=float) for each in (prices, means, sds))
    if not (len(price) == len(mean) == len(sd)) or len(price) < 2:
        raise InputError("Give price, mean and standard deviation of at least two classes, one each.")
    if not (np.diff(price) < 0).all() or not (np.r_[price, mean, sd] > 0).all():
        raise InputError("Prices must fall from class to class, and all numbers be above 0.")
    kept: list[float] = []
    for upto in range(1, len(price)):
        together = float(mean[:upto].sum())
        worth = float((price[:upto] * mean[:upto]).sum() / together)
        spread = float(np.sqrt((sd[:upto] ** 2).sum()))
        kept.append(protection(worth, float(price[upto]), mean=together, sd=spread))
    index = pd.RangeIndex(1, len(price) + 1, name="class")
    return pd.DataFrame({"price": price, "protect": pd.array([*kept, None], dtype="Int64")}, index=index)


@checked
def stock(price: float, cost: float, *, salvage: float = 0.0, mean: float, sd: float) -> pd.Series:
    r"""Return how much to order once for a normal demand that is not known yet.

    .. math:: \Phi(z) = \frac{p - c}{p - s}, \quad Q = \mu + z \sigma, \quad
        E(\text{lost sales}) = \sigma\,(\varphi(z) - z (1 - \Phi(z))) .

    Parameters
    ----------
    price, cost, salvage : float
        What a unit sells for, costs, and brings when it is left over.
    mean, sd : float
        Of the demand.

    Returns
    -------
    Series
        ``ratio``, ``z``, ``order``, ``lost_sales`` and ``profit``, both expected.

    Raises
    ------
    InputError
        Not salvage < cost < price, or a demand that is out of its range.

    References
    ----------
    Cachon, G. and Terwiesch, C. Matching supply with demand. McGraw-Hill.

    Examples
    --------
    >>> from crmlab.decisions import stock
    >>> stock(190, 110, salvage=90, mean=3192, sd=1181)[["order", "profit"]].round().tolist()
    [4186.0, 222296.0]
    """
    number(cost, "cost", least=0)
    number(salvage, "salvage", below=cost)
    number(price, "price", above=cost)
    number(mean, "mean", above=0)
    number(sd, "sd", above=0)
    usual = NormalDist()
    ratio = (price - cost) / (price - salvage)
    z = usual.inv_cdf(ratio)
    lost = sd * (usual.pdf(z) - z * (1 - ratio))
    order = mean + z * sd
    profit = (price - cost) * (mean - lost) - (cost - salvage) * (order - mean + lost)
    found = {"ratio": ratio, "z": z, "order": order, "lost_sales": lost, "profit": profit}
    return pd.Series(found, name="stock")


@checked
def expected_lost(mean: float, places: int) -> float:
    r"""Return how much of a Poisson demand finds no place, on average: :math:`E(D - y)^+`.

    Parameters
    ----------
    mean : float
        Of the demand.
    places : int
        *y*.

    Examples
    --------
    >>> from crmlab.decisions import expected_lost
    >>> round(expected_lost(27.3, 24), 2)
    4.1
    """
    from scipy import stats

    number(mean, "mean", "a mean demand", above=0, most=1e7)
    y = whole(places, "places", least=0)
    return float(mean * stats.poisson.sf(y - 1, mean) - y * stats.poisson.sf(y, mean))
