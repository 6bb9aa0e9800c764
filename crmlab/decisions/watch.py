"""Watching figures: how long a chart is quiet, how soon it speaks, and what looking too often costs."""

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.errors import DataError, InputError

Floats = npt.NDArray[np.float64]
_NODES = 80  # of the quadrature of a run length's integral equation
_NORMAL = NormalDist()


@checked
def shewhart_run_length(shift: float = 0.0, *, limit: float = 3.0) -> float:
    r"""Return after how many points a Shewhart chart alarms, on average.

    How often does a chart of single figures cry wolf, and how soon does it see a change? Points are normal
    and independent, so with a shift :math:`\delta` it takes :math:`1 / \Pr(|Z + \delta| \ge L)` of them.

    Parameters
    ----------
    shift : float
        By how many standard deviations the mean has moved; 0 gives the false alarms.
    limit : float
        Of the chart, in standard deviations.

    Raises
    ------
    InputError
        The limit is not above 0.

    References
    ----------
    Shewhart, W. A. (1931). Economic control of quality of manufactured product. Van Nostrand.

    Examples
    --------
    >>> from crmlab.decisions import shewhart_run_length
    >>> round(shewhart_run_length(), 1), round(shewhart_run_length(2), 1)
    (370.4, 6.3)
    """
    number(shift, "shift", most=50, least=-50)
    number(limit, "limit", above=0, most=8)
    return 1 / (_NORMAL.cdf(-limit - shift) + _NORMAL.cdf(shift - limit))


@checked
def cusum_run_length(shift: float = 0.0, *, allowance: float = 0.5, limit: float = 4.0) -> float:
    r"""Return after how many points a two-sided CUSUM chart alarms, on average.

    A CUSUM adds up what exceeds an allowance, :math:`C_t^+ = \max(0, C_{t-1}^+ + z_t - k)`, and alarms above
    *h*; the other side does the same downwards. The run length of one side, begun at *s*, solves

    .. math:: L(s) = 1 + L(0)\, \Phi(k - s - \delta) + \int_0^h L(x)\, \varphi(x + k - s - \delta)\, dx,

    and for both :math:`1/L = 1/L^+ + 1/L^-`.

    Parameters
    ----------
    shift : float
        By how many standard deviations the mean has moved.
    allowance, limit : float
        *k* and *h*, in standard deviations.

    Raises
    ------
    InputError
        A number is out of its range.

    References
    ----------
    Page, E. S. (1954). Continuous inspection schemes. Biometrika 41, 100-115. Lucas, J. M. and Crosier, R. B.
    (1982). Fast initial response for CUSUM quality-control schemes. Technometrics 24(3), 199-205.

    Examples
    --------
    >>> from crmlab.decisions import cusum_run_length
    >>> round(cusum_run_length()), round(cusum_run_length(1), 2)
    (168, 8.38)
    """
    number(shift, "shift", most=50, least=-50)
    number(allowance, "allowance", least=0, most=5)
    number(limit, "limit", above=0, most=20)
    return 1 / sum(1 / _one_sided(side * shift, allowance, limit) for side in (1, -1))


@checked
def ewma_run_length(shift: float = 0.0, *, weight: float = 0.1, limit: float = 2.814) -> float:
    r"""Return after how many points a two-sided EWMA chart with fixed limits alarms, on average.

    An EWMA follows :math:`w_t = (1-\lambda) w_{t-1} + \lambda z_t` and alarms outside
    :math:`\pm L \sqrt{\lambda / (2-\lambda)}`. With that limit *c*, the run length begun at *u* solves

    .. math:: R(u) = 1 + \frac{1}{\lambda} \int_{-c}^{c} R(x)\,
        \varphi\!\left(\frac{x - (1-\lambda) u}{\lambda} - \delta\right) dx .

    Parameters
    ----------
    shift : float
        By how many standard deviations the mean has moved.
    weight, limit : float
        :math:`\lambda`, above 0 and up to 1, and *L*.

    Raises
    ------
    InputError
        A number is out of its range.

    References
    ----------
    Crowder, S. V. (1987). A simple method for studying run-length distributions of exponentially weighted
    moving average charts. Technometrics 29(4), 401-407.

    Examples
    --------
    >>> from crmlab.decisions import ewma_run_length
    >>> round(ewma_run_length()), round(ewma_run_length(1), 1)
    (500, 10.3)
    """
    number(shift, "shift", most=50, least=-50)
    number(weight, "weight", above=0, most=1)
    number(limit, "limit", above=0, most=8)
    edge = limit * np.sqrt(weight / (2 - weight))
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    x, w = edge * nodes, edge * weights

    def kernel(u: Floats) -> Floats:
        return _density((x[None, :] - (1 - weight) * u[:, None]) / weight - shift) * w / weight

    lengths = np.linalg.solve(np.eye(_NODES) - kernel(x), np.ones(_NODES))
    return float(1 + (kernel(np.zeros(1)) @ lengths)[0])


@checked
def watched(
    values: pd.Series, *, mean: float, sd: float, weight: float = 0.1, allowance: float = 0.5
) -> pd.DataFrame:
    """Return a stream of figures with its EWMA and its CUSUMs.

    Parameters
    ----------
    values : Series
        The figures in order of time.
    mean, sd : float
        What they were while nothing happened: estimate both on a time that is known to be quiet.
    weight, allowance : float
        As for `ewma_run_length` and `cusum_run_length`.

    Returns
    -------
    DataFrame in the order given
        ``z``, the figure in standard deviations from the mean; ``ewma``; ``up`` and ``down``, the CUSUMs.

    Raises
    ------
    InputError
        A number is out of its range.
    DataError
        A figure is missing.

    Examples
    --------
    >>> from crmlab.decisions import watched
    >>> import pandas as pd
    >>> watched(pd.Series([10.0, 12.0, 12.0]), mean=10, sd=2)["up"].tolist()
    [0.0, 0.5, 1.0]
    """
    number(mean, "mean")
    number(sd, "sd", above=0)
    number(weight, "weight", above=0, most=1)
    number(allowance, "allowance", least=0)
    if missing := int(values.isna().sum()):
        raise DataError(
            f"{missing:,} of {len(values):,} figures are missing. Fill them or leave them out first."
        )
    z = (values - mean) / sd
    up, down, ewma = (np.zeros(len(z)) for _ in range(3))
    for place, each in enumerate(z):
        last = (up[place - 1], down[place - 1], ewma[place - 1]) if place else (0.0, 0.0, 0.0)
        up[place] = max(0.0, last[0] + each - allowance)
        down[place] = max(0.0, last[1] - each - allowance)
        ewma[place] = (1 - weight) * last[2] + weight * each
    return pd.DataFrame({"z": z, "ewma": ewma, "up": up, "down": down}, index=values.index)


@checked
def drift(expected: Sequence[float], seen: Sequence[float]) -> float:
    r"""Return the population stability index :math:`\sum (s - e) \ln (s / e)` of shares by class.

    Do today's customers look like those a score was made for? Rules of thumb that are widely printed call
    0.10 a small drift and 0.25 a large one; a test would ask for the number of customers as well.

    Parameters
    ----------
    expected, seen : sequence of float
        Shares or counts by class, in one order, each above 0.

    Raises
    ------
    InputError
        The classes differ in number, or one is empty.

    Examples
    --------
    >>> from crmlab.decisions import drift
    >>> round(drift([0.2] * 5, [0.1, 0.15, 0.2, 0.25, 0.3]), 3)
    0.135
    """
    one, two = np.asarray(expected, dtype=float), np.asarray(seen, dtype=float)
    if one.shape != two.shape or one.ndim != 1 or not len(one):
        raise InputError(f"expected has {one.size:,} classes and seen {two.size:,}. Give one share a class.")
    if not ((one > 0) & (two > 0)).all():
        raise InputError("A class is empty, so its logarithm has no value. Join it with its neighbour.")
    one, two = one / one.sum(), two / two.sum()
    return float(((two - one) * np.log(two / one)).sum())


@checked
def sample_size(one: float, two: float, *, power: float = 0.8, level: float = 0.05) -> float:
    r"""Return how many customers each arm of a test needs to tell two shares apart.

    .. math:: n = \frac{\left(z_{1-\alpha/2} \sqrt{2 \bar p \bar q} + z_{1-\beta}
        \sqrt{p_1 q_1 + p_2 q_2}\right)^2}{(p_1 - p_2)^2} .

    Parameters
    ----------
    one, two : float
        The share as it is, and as it must become to matter.
    power : float
        Chance to find the difference, if it is there.
    level : float
        Chance to find one that is not there, on two sides.

    Raises
    ------
    InputError
        A share is not between 0 and 1, or both are the same.

    References
    ----------
    Fleiss, J. L., Levin, B. and Paik, M. C. (2003). Statistical methods for rates and proportions. Wiley.

    Examples
    --------
    >>> from crmlab.decisions import sample_size
    >>> round(sample_size(0.10, 0.12))
    3841
    """
    for value, name in ((one, "one"), (two, "two"), (power, "power"), (level, "level")):
        number(value, name, "a share", above=0, below=1)
    if one == two:
        raise InputError(f"one and two are both {one:g}. No test tells equal shares apart.")
    both = (one + two) / 2
    under = _NORMAL.inv_cdf(1 - level / 2) * np.sqrt(2 * both * (1 - both))
    beyond = _NORMAL.inv_cdf(power) * np.sqrt(one * (1 - one) + two * (1 - two))
    return float((under + beyond) ** 2 / (one - two) ** 2)


@checked
def peeking(looks: int, *, level: float = 0.05) -> float:
    r"""Return the chance of a false finding if a test stops as soon as a look at it is significant.

    What does it cost to look every day? The looks are equally spaced and share their data, so it is less than
    :math:`1 - (1 - \alpha)^k`, and much more than :math:`\alpha`. The path that has not crossed yet is
    carried from look to look by its density.

    Parameters
    ----------
    looks : int
        From 1 to 1,000.
    level : float
        Of each look, on two sides.

    Raises
    ------
    InputError
        A number is out of its range.

    References
    ----------
    Armitage, P., McPherson, C. K. and Rowe, B. C. (1969). Repeated significance tests on accumulating data.
    Journal of the Royal Statistical Society A 132(2), 235-244.

    Examples
    --------
    >>> from crmlab.decisions import peeking
    >>> round(peeking(1), 3), round(peeking(5), 3)
    (0.05, 0.142)
    """
    whole(looks, "looks", least=1, most=1000)
    number(level, "level", "a share", above=0, below=1)
    critical = _NORMAL.inv_cdf(1 - level / 2)
    nodes, weights = np.polynomial.legendre.leggauss(_NODES * 4)
    x, density, quiet = np.zeros(1), np.ones(1), 1.0
    w = np.ones(1)
    for look in range(1, looks + 1):  # the sum of so many steps, each standard normal
        edge = critical * np.sqrt(look)
        following = edge * nodes
        density = _density(following[:, None] - x[None, :]) @ (density * w)
        x, w = following, edge * weights
        quiet = float(density @ w)
    return 1 - quiet


def _one_sided(shift: float, allowance: float, limit: float) -> float:
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    x, w = limit * (nodes + 1) / 2, limit * weights / 2
    begin = np.append(0.0, x)
    kernel = _density(x[None, :] + allowance - begin[:, None] - shift) * w
    to_zero = np.array([_NORMAL.cdf(allowance - each - shift) for each in begin])
    system = np.eye(len(begin)) - np.column_stack([to_zero, kernel])
    return float(np.linalg.solve(system, np.ones(len(begin)))[0])


def _density(z: Floats) -> Floats:
    return np.asarray(np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi))
