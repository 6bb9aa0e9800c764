"""The funnel of tenders: chances and days by step, where large deals fail, and which step to work on."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.decisions.steps import fitted_steps, sizes, standing
from crmlab.errors import DataError, FitError, InputError, some
from crmlab.intervals import normal_limit


@checked
def funnel(
    deals: pd.DataFrame, steps: pd.DataFrame, *, order: Sequence[str] | None = None, level: float = 0.95
) -> pd.DataFrame:
    r"""Return the chance to pass each step of a tender, and from each step to win.

    What comes of ten tenders? A deal that is open in a step has neither passed nor failed it, so the chance
    of a step is that of the deals that have left it, :math:`p_k = x_k / n_k`, and the way to the order is
    their product, :math:`\prod_{j \ge k} p_j`. Won deals over all closed ones is something else: young deals
    that fail early are closed, and those that will be won are open still.

    Parameters
    ----------
    deals : DataFrame
        Table ``deals``: ``deal_id``, ``outcome`` (won, lost or open), ``closed``.
    steps : DataFrame
        Table ``deal_steps``: ``deal_id``, ``step``, and ``date`` when it was reached.
    order : sequence of str, optional
        The steps from first to last; without it, those of an ordered Categorical.
    level : float
        Of the intervals (Jeffreys).

    Returns
    -------
    DataFrame by step
        ``reached``, ``passed``, ``lost`` and ``open``, deals; the ``chance`` to pass it with ``low`` and
        ``high``, missing where no deal has left it; and ``to_win``, the chance of a deal in it to be won.

    Raises
    ------
    InputError
        A column is missing, or the steps have no order.
    DataError
        There are no deals, a deal has no step or a step no deal, or an outcome is none of the three.

    Notes
    -----
    It supposes that deals which pass a step take as long for it as those that fail; if lost deals linger, the
    chance comes out too high while many are open.

    References
    ----------
    Robinson, P. J., Faris, C. W. and Wind, Y. (1967). Industrial buying and creative marketing. Allyn and
    Bacon.

    Examples
    --------
    >>> from crmlab.decisions import funnel
    >>> from crmlab.simulate import accounts
    >>> maker = accounts(customers=300, seed=7)
    >>> made = funnel(maker.table("deals"), maker.table("deal_steps"))
    >>> bool((made["passed"] + made["lost"] + made["open"] == made["reached"]).all())
    True
    """
    from statsmodels.stats.proportion import proportion_confint

    number(level, "level", "a share", above=0, below=1)
    names, at, outcome, _ = standing(deals, steps, order)
    rows = []
    for place in range(len(names)):
        here = at == place
        won = int((here & (outcome == "won")).sum())
        row = {"reached": int((at >= place).sum()), "passed": int((at > place).sum()) + won}
        row |= {name: int((here & (outcome == name)).sum()) for name in ("lost", "open")}
        rows.append(row)
    table = pd.DataFrame(rows, pd.Index(names, name="step"))
    left = (table["passed"] + table["lost"]).to_numpy()
    table["chance"] = table["passed"] / np.where(left > 0, left, np.nan)
    ends = proportion_confint(table["passed"].to_numpy(), np.maximum(left, 1), 1 - level, "jeffreys")
    for name, end in zip(("low", "high"), ends, strict=True):
        table[name] = np.where(left > 0, end, np.nan)
    table["to_win"] = table["chance"][::-1].cumprod(skipna=False)[::-1]
    return table


@checked
def step_days(
    deals: pd.DataFrame,
    steps: pd.DataFrame,
    *,
    until: Any,
    order: Sequence[str] | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return how long deals stay in each step, those that are in it still included.

    Which step takes longest? The mean of the deals that have left a step forgets those that hang in it. By
    Kaplan and Meier each open deal counts for as long as it has been there.

    Parameters
    ----------
    deals, steps, order
        As for `funnel`, with ``date`` and ``closed``.
    until : str or date
        The last day that the tables know of.
    level : float
        Of the intervals.

    Returns
    -------
    DataFrame by step
        ``left`` it and are ``open`` in it, deals; ``plain``, the mean days of those that left; the ``median``
        with ``low`` and ``high`` and the ``mean`` by Kaplan and Meier, the last up to the longest stay that
        was seen. Missing where no deal has left, or fewer than half have.

    Raises
    ------
    InputError, DataError
        As for `funnel`; a step is dated after the day.

    References
    ----------
    Kaplan, E. L. and Meier, P. (1958). Nonparametric estimation from incomplete observations. Journal of the
    American Statistical Association 53(282), 457-481.

    Examples
    --------
    >>> from crmlab.decisions import step_days
    >>> from crmlab.simulate import accounts
    >>> maker = accounts(customers=300, seed=7)
    >>> days = step_days(maker.table("deals"), maker.table("deal_steps"), until="2024-12-31")
    >>> days["mean"].idxmax()
    'proposals'
    """
    from statsmodels.duration.survfunc import SurvfuncRight

    from crmlab.customers import day

    number(level, "level", "a share", above=0, below=1)
    names, at, outcome, entered = standing(deals, steps, order)
    end = day(until, "until").to_datetime64().astype("datetime64[s]")
    closed = pd.to_datetime(deals["closed"]).to_numpy().astype("datetime64[s]")
    if (np.where(np.isnat(entered), end, entered) > end).any():
        raise DataError(f"A step was reached after {end.astype('datetime64[D]')}, the day given as until.")
    # Who skipped a step was not in it; who left it went to the next one that was reached, or was closed.
    after = np.where((outcome == "open")[:, None], end, closed[:, None])
    later = np.full(entered.shape, np.datetime64("NaT", "s"))
    for place in range(len(names) - 1, -1, -1):
        later[:, place] = after[:, 0]
        after[:, 0] = np.where(np.isnat(entered[:, place]), after[:, 0], entered[:, place])
    stay = (later - entered) / np.timedelta64(1, "D")
    rows = []
    for place in range(len(names)):
        inside = ~np.isnan(stay[:, place])
        days = np.maximum(stay[inside, place], 0.0)
        gone = ~((outcome == "open") & (at == place))[inside]
        row: dict[str, Any] = {"left": int(gone.sum()), "open": int((~gone).sum())}
        row |= dict.fromkeys(("plain", "median", "low", "high", "mean"), np.nan)
        if gone.any():
            curve = SurvfuncRight(days, gone.astype(int))
            with np.errstate(divide="ignore", invalid="ignore"):  # where all have left
                low, high = curve.quantile_ci(0.5, alpha=1 - level)
            times = np.concatenate([[0.0], curve.surv_times, [days.max()]])
            heights = np.concatenate([[1.0], curve.surv_prob])
            median = curve.quantile(0.5)
            row |= {"plain": days[gone].mean(), "median": median}
            # Where the interval is narrower than a day, it holds no day at which anybody left.
            row |= {key: median if np.isnan(end_) else end_ for key, end_ in (("low", low), ("high", high))}
            row["mean"] = float((np.diff(times) * heights).sum())
        rows.append(row)
    return pd.DataFrame(rows, pd.Index(names, name="step"))


@checked
def value_effect(
    deals: pd.DataFrame, steps: pd.DataFrame, *, order: Sequence[str] | None = None, level: float = 0.95
) -> pd.DataFrame:
    r"""Return how the chance of each step hangs on the value of a deal.

    Are large deals lost more often, and where? In each step, among the deals that have left it,

    .. math:: \ln \frac{p_k}{1 - p_k} = a_k + b_k \ln \frac{v}{\tilde v} ,

    with the median value :math:`\tilde v`. If :math:`b` is below 0 anywhere, value times the mean chance
    promises too much.

    Parameters
    ----------
    deals, steps, order
        As for `funnel`, with ``value`` above 0.
    level : float
        Of the intervals.

    Returns
    -------
    DataFrame by step
        ``deals`` that have left it; ``chance`` of one of the median value; ``slope``, *b*, with its standard
        ``error``, ``low`` and ``high``; and ``doubled``, the chance of one of twice that value. One deal more
        is added to each step, half passed and half lost, half of each at 1/e and at e times the median value,
        so that few deals make no chance of 0 or 1.

    Raises
    ------
    InputError, DataError
        As for `funnel`; a value is missing or not above 0.
    FitError
        No deal has left a step.

    Examples
    --------
    >>> from crmlab.decisions import value_effect
    >>> from crmlab.simulate import accounts
    >>> maker = accounts(seed=7)
    >>> found = value_effect(maker.table("deals"), maker.table("deal_steps"))
    >>> found["slope"].idxmin()
    'selection'
    """
    from scipy.special import expit

    number(level, "level", "a share", above=0, below=1)
    names, at, outcome, _ = standing(deals, steps, order)
    fits = fitted_steps(names, at, outcome, sizes(deals), by_value=True)
    a, b = np.array([theta for theta, _, _ in fits]).T
    error = np.array([np.sqrt(cov[1, 1]) for _, cov, _ in fits])
    half = normal_limit(level) * error
    made = {"deals": [count for _, _, count in fits], "chance": expit(a), "slope": b, "error": error}
    made |= {"low": b - half, "high": b + half, "doubled": expit(a + b * np.log(2))}
    return pd.DataFrame(made, pd.Index(names, name="step"))


@checked
def step_levers(chances: pd.DataFrame, days: pd.DataFrame, *, points: float = 0.05) -> pd.DataFrame:
    """Return what a better or a faster step would change for each deal that comes in.

    Which step to work on? A point more chance lifts the orders by its share of the chance that there is, so
    it helps most where the chance is lowest. Days are another matter: a step that many enter and few leave
    with an order costs days for deals that bring nothing.

    Parameters
    ----------
    chances : DataFrame
        As `funnel` returns it.
    days : DataFrame
        As `step_days` returns it.
    points : float
        By how much the chance of a step rises, 0.05 for five points; no chance exceeds 1.

    Returns
    -------
    DataFrame by step
        ``reach``, the share of deals that get into it; ``more_orders``, by which share orders rise with the
        points; ``days`` in it for a deal that enters; and ``days_an_order``, those of all deals in it for
        each order in the end.

    Raises
    ------
    InputError
        The two have other steps, or the points are out of their range.
    FitError
        A chance or a time is not known.

    Examples
    --------
    >>> from crmlab.decisions import step_levers
    >>> import pandas as pd
    >>> chances = pd.DataFrame({"chance": [0.5, 0.8]}, index=["offer", "order"])
    >>> days = pd.DataFrame({"mean": [10.0, 5.0]}, index=["offer", "order"])
    >>> step_levers(chances, days)["days_an_order"].tolist()
    [25.0, 6.25]
    """
    number(points, "points", "a share", above=0, most=1)
    if list(chances.index) != list(days.index):
        raise InputError("chances and days must have the same steps, in one order.")
    chance, mean = chances["chance"].to_numpy(dtype=float), days["mean"].to_numpy(dtype=float)
    lacking = chances.index[~(np.isfinite(chance) & np.isfinite(mean) & (chance > 0))]
    if len(lacking):
        raise FitError(
            f"The chance or the days of {some(lacking)} are not known: no deal has left it, or none passed."
        )
    reach = np.concatenate([[1.0], np.cumprod(chance)[:-1]])
    made = {"reach": reach, "more_orders": np.minimum(points, 1 - chance) / chance, "days": mean}
    return pd.DataFrame(made | {"days_an_order": reach * mean / chance.prod()}, chances.index)


@checked
def shrunk_share(did: int, of: int, *, prior_did: float, prior_of: float) -> float:
    r"""Return a share of few, drawn towards that of many: :math:`(x + a) / (n + a + b)`.

    A seller won three of four. Is that three quarters, or luck? With what is known of all sellers, worth as
    much as `prior_of` deals of which `prior_did` were won, it is less.

    Parameters
    ----------
    did, of : int
        *x* of *n*.
    prior_did, prior_of : float
        *a* of *a + b*.

    Raises
    ------
    InputError
        More did than there are.

    Examples
    --------
    >>> from crmlab.decisions import shrunk_share
    >>> round(shrunk_share(3, 4, prior_did=2, prior_of=10), 3)
    0.357
    """
    whole(of, "of")
    whole(did, "did", most=of)
    number(prior_of, "prior_of", above=0)
    number(prior_did, "prior_did", least=0, most=prior_of)
    return float((did + prior_did) / (of + prior_of))
