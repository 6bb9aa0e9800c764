"""Limits of shares and of rates, as the theory gives them beside each estimate."""

from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from crmlab.arguments import number

Floats = npt.NDArray[np.float64]


def normal_limit(level: float) -> float:
    """Return how many standard errors an interval of this level reaches to either side.

    Examples
    --------
    >>> from crmlab.intervals import normal_limit
    >>> round(normal_limit(0.95), 2)
    1.96
    """
    return NormalDist().inv_cdf((1 + number(level, "level", "a share", above=0, below=1)) / 2)


def share_limits(count: Any, of: Any, level: float = 0.95) -> tuple[Floats, Floats]:
    """Return Wilson's limits of shares: missing where there is nobody.

    Examples
    --------
    >>> from crmlab.intervals import share_limits
    >>> [each.round(3).tolist() for each in share_limits([0, 5], [10, 10])]
    [[0.0, 0.237], [0.278, 0.763]]
    """
    z = normal_limit(level)
    n = np.asarray(of, dtype=float)
    n = np.where(n > 0, n, np.nan)
    share = np.asarray(count, dtype=float) / n
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return np.clip(middle - half, 0.0, 1.0), np.clip(middle + half, 0.0, 1.0)


def rate_limits(count: Any, time: Any, level: float = 0.95) -> tuple[Floats, Floats]:
    """Return exact limits of Poisson rates: missing where nobody was watched.

    Examples
    --------
    >>> from crmlab.intervals import rate_limits
    >>> [each.round(3).tolist() for each in rate_limits([0, 10], [10.0, 10.0])]
    [[0.0, 0.48], [0.369, 1.839]]
    """
    from scipy.special import gammaincinv

    number(level, "level", "a share", above=0, below=1)
    events = np.asarray(count, dtype=float)
    exposure = np.asarray(time, dtype=float)
    exposure = np.where(exposure > 0, exposure, np.nan)
    tail = (1 - level) / 2
    low = np.where(events > 0, gammaincinv(np.maximum(events, 1), tail), 0.0)
    return low / exposure, gammaincinv(events + 1, 1 - tail) / exposure
