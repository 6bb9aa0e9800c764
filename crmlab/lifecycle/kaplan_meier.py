"""How many are still there after so long, though most have not left yet: Kaplan and Meier's curve."""

from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number
from crmlab.customers import DAYS
from crmlab.errors import InputError, unknown
from crmlab.intervals import normal_limit
from crmlab.lifecycle.given import need_lives


@checked
def survival(lives: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    r"""Return Kaplan and Meier's curve of the share still there, with its limits.

    How many are still there after so many days, if most are still there today? Of those at risk on day *i*,
    :math:`n_i`, the number :math:`d_i` leaves:

    .. math:: \hat S(t) = \prod_{t_i \le t} \left(1 - \frac{d_i}{n_i}\right).

    Whoever is censored counts as long as observed, and then no more. Limits are by Greenwood's variance on
    the scale of :math:`\ln(-\ln S)`, so that they stay between 0 and 1.

    Parameters
    ----------
    lives : DataFrame
        As `lives` returns it: ``days`` and ``left``.
    level : float
        Of the limits, each day by itself.

    Returns
    -------
    DataFrame by ``days``, those on which somebody left or was seen last
        ``at_risk``, ``left``, ``survival``, ``standard_error``, ``low``, ``high``.

    Raises
    ------
    DataError
        A column is missing, or a length is none.

    Notes
    -----
    It is right where the censored would have left as the others do. Here the end of observation censors, so
    it is, unless those who signed late are of another kind.

    References
    ----------
    Kaplan, E. L. and Meier, P. (1958). Nonparametric estimation from incomplete observations. Journal of the
    American Statistical Association 53, 457-481.

    Examples
    --------
    >>> from crmlab.lifecycle import survival
    >>> import pandas as pd
    >>> table = pd.DataFrame({"days": [10.0, 20.0, 20.0, 30.0], "left": [True, False, True, True]})
    >>> survival(table)["survival"].round(2).to_dict()
    {10.0: 0.75, 20.0: 0.5, 30.0: 0.0}
    """
    from statsmodels.duration.survfunc import SurvfuncRight

    z = normal_limit(level)
    days, left = known_lives(lives)
    times = np.unique(days)
    at_risk = len(days) - np.searchsorted(np.sort(days), times, side="left")
    made = pd.DataFrame({"at_risk": at_risk}, index=pd.Index(times, name="days"))
    if left.any():
        fitted = SurvfuncRight(days, left)
        found = pd.DataFrame(
            {
                "left": fitted.n_events,
                "survival": fitted.surv_prob,
                "standard_error": fitted.surv_prob_se if fitted.surv_prob[-1] > 0 else _greenwood(fitted),
            },
            index=fitted.surv_times,
        )
        made = made.join(found)
    else:
        made = made.assign(left=0.0, survival=1.0, standard_error=0.0)
    made["left"] = made["left"].fillna(0).astype(int)
    made["survival"] = made["survival"].ffill().fillna(1.0)
    made["standard_error"] = made["standard_error"].ffill().fillna(0.0)
    share, error = made["survival"].to_numpy(), made["standard_error"].to_numpy()
    low, high = share.copy(), share.copy()
    inside = (share > 0) & (share < 1)
    log = np.log(share[inside])
    reach = z * error[inside] / (share[inside] * np.abs(log))
    low[inside], high[inside] = np.exp(log * np.exp(reach)), np.exp(log * np.exp(-reach))
    return made.assign(low=low, high=high)


@checked
def mean_life(
    lives: pd.DataFrame, *, horizon: float | None = None, unit: str = "Y", level: float = 0.95
) -> pd.Series:
    r"""Return how long customers stay, by the wrong mean and by the right one.

    The mean age of those who left is that of the short lives: the long ones have not ended yet. The
    *restricted mean* is that of the first :math:`\tau` of everybody's life, the area under the curve
    :math:`\int_0^\tau \hat S(t)\, dt`; beyond the longest life observed nothing is known without a model.

    Parameters
    ----------
    lives : DataFrame
        As `lives` returns it.
    horizon : float, optional
        :math:`\tau` in units of time; without it, the longest time observed.
    unit : {"D", "W", "M", "Y"}
        In which all times are given.
    level : float
        Of the limits.

    Returns
    -------
    Series
        ``of_leavers``, the mean age of those who left (missing if nobody did); ``so_far``, the mean age of
        all up to now; ``restricted``, the mean up to the horizon, with its ``standard_error``, ``low`` and
        ``high``; ``median``, missing while more than half are there; ``horizon``.

    Raises
    ------
    InputError
        An unknown unit, or a horizon beyond what was observed.
    DataError
        A column is missing.

    Examples
    --------
    >>> from crmlab.lifecycle import mean_life
    >>> import pandas as pd
    >>> table = pd.DataFrame({"days": [10.0, 40.0, 40.0, 40.0], "left": [True, False, False, False]})
    >>> mean_life(table, unit="D")[["of_leavers", "restricted"]].to_dict()
    {'of_leavers': 10.0, 'restricted': 32.5}
    """
    length = length_of(unit)
    z = normal_limit(level)
    days, left = known_lives(lives)
    longest = float(days.max())
    tau = longest if horizon is None else number(horizon, "horizon", "a time", above=0) * length
    if tau > longest * (1 + 1e-9):
        raise InputError(
            f"horizon is {horizon:g}, but nobody was observed for longer than {longest / length:g}. "
            "Take a shorter one, or fit a model."
        )
    curve = survival(lives)
    times = curve.index.to_numpy(dtype=float)
    inside = times < tau
    steps = np.diff(np.concatenate([[0.0], times[inside], [tau]]))
    stays = np.append(1.0, curve["survival"].to_numpy()[inside])
    area = stays * steps
    beyond = np.cumsum(area[::-1])[::-1][1:]  # the area under the curve after each time
    n, d = (curve[name].to_numpy(dtype=float)[inside] for name in ("at_risk", "left"))
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where((d > 0) & (n > d), beyond**2 * d / (n * (n - d)), 0.0)
    error = float(np.sqrt(terms.sum()))
    mean = float(area.sum())
    below = times[curve["survival"].to_numpy() <= 0.5]
    found = {
        "of_leavers": float(days[left].mean()) if left.any() else np.nan,
        "so_far": float(days.mean()),
        "restricted": mean,
        "standard_error": error,
        "low": mean - z * error,
        "high": min(mean + z * error, tau),
        "median": float(below[0]) if len(below) else np.nan,
        "horizon": tau,
    }
    return pd.Series(found, name="life") / length


def length_of(unit: str) -> float:
    """Return the days in a unit of time.

    Examples
    --------
    >>> from crmlab.lifecycle.kaplan_meier import length_of
    >>> length_of("W")
    7.0
    """
    if unit not in DAYS:
        raise unknown("time unit", unit, DAYS)
    return DAYS[unit]


def known_lives(table: pd.DataFrame) -> tuple[Any, Any]:
    """Return days and whether each left, as arrays; DataError unless all are known.

    Examples
    --------
    >>> from crmlab.lifecycle.kaplan_meier import known_lives
    >>> import pandas as pd
    >>> known_lives(pd.DataFrame({"days": [2.0], "left": [True]}))[0].tolist()
    [2.0]
    """
    need_lives(table, "days", "left")
    days = table["days"].to_numpy(dtype=float)
    return days, table["left"].to_numpy(dtype=bool)


def _greenwood(fitted: Any) -> Any:
    n, d = np.asarray(fitted.n_risk, dtype=float), np.asarray(fitted.n_events, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(n > d, d / (n * (n - d)), 0.0)
    return fitted.surv_prob * np.sqrt(np.cumsum(terms))
