"""Satisfaction and loyalty: the curve of each market, fitted, and what one more mark is worth on it."""

import numpy as np
import pandas as pd

from crmlab.arguments import checked, whole
from crmlab.decisions.columns import Floats, flags, numbers, texts
from crmlab.errors import FitError
from crmlab.groups import same_customers
from crmlab.intervals import normal_limit

_CELLS = 40  # marks that a curve is fitted to: finer ones are brought together
_STEEPEST = 3.0  # a mark: most of the rise then lies within a mark and a half, and a jump is no curve


@checked
def loyalty_curves(
    satisfaction: pd.Series,
    stayed: pd.Series,
    market: pd.Series,
    *,
    draws: int = 100,
    seed: int = 1,
    level: float = 0.95,
) -> pd.DataFrame:
    r"""Fit how the share that stays rises with satisfaction, in each market by itself.

    What is one more "very satisfied" worth? Where there is nobody else, even the dissatisfied stay; where
    rivals are near, the satisfied leave and only the very satisfied stay. In each market, by likelihood,

    .. math:: \Pr(\text{stays} \mid s) = L + (U - L) / (1 + e^{-k (s - s_0)}) .

    A straight line through all markets is wrong in each of them. The gain of one more mark at each mark is
    the ``step``: times what a customer who stays brings, it is what the repair may cost.

    Parameters
    ----------
    satisfaction : Series
        By customer, marks; those of more than 40 values are brought together in as many classes.
    stayed : Series of bool
        By customer, from a later time than the marks.
    market : Series
        By customer, such as monopoly, mixed and competitive.
    draws : int
        Of a bootstrap of customers in each market, for the intervals.
    seed : int
        Same seed, same intervals.
    level : float
        Of the intervals, for the curve at each mark by itself.

    Returns
    -------
    DataFrame by ``market``, as they appear in order of their names, and ``mark``
        At each whole mark in the market's range: ``customers`` and ``seen``, the share of them that stayed
        (missing where there is nobody); the curve ``stays`` with ``low`` and ``high``; ``step``, by how much
        it rises to the next mark, with ``step_low`` and ``step_high``, missing at the last. *L*, *U*, *k* and
        :math:`s_0` by market are in ``attrs["curves"]``; other four may fit as well, so read the curve.

    Raises
    ------
    DataError
        Other customers in the three, or a value that is missing.
    FitError
        A market has fewer than four marks or 30 customers, or all or none of its customers stayed.

    Notes
    -----
    The intervals have the spread of the bootstrap: of the log odds for the curve, and of the steps
    themselves. In markets of 500 simulated customers, those of 95 % held the truth at nine marks of ten.

    One customer of the market's mean is added at its lowest and at its highest mark, and no curve is steeper
    than *k* of 3, so that ten customers who all stayed do not make a cliff.

    Marks are answers with noise in them, so that the curve over marks is a little flatter than that over what
    customers think. Nor does it say what happens to a customer whom something made more satisfied: only a
    trial does.

    References
    ----------
    Jones, T. O. and Sasser, W. E. (1995). Why satisfied customers defect. Harvard Business Review 73(6),
    88-99. The curves are drawn there by hand; this form of them is ours.

    Examples
    --------
    >>> from crmlab.decisions import loyalty_curves
    >>> import numpy as np
    >>> import pandas as pd
    >>> mark = pd.Series(np.tile(np.arange(1, 11), 40))
    >>> stayed = pd.Series(np.random.default_rng(1).random(400) < 1 / (1 + np.exp(6 - mark)))
    >>> curve = loyalty_curves(mark, stayed, pd.Series(["town"] * 400), draws=20).loc["town"]
    >>> int(curve["step"].idxmax()) in (5, 6)
    True
    """
    from scipy.special import expit, logit
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    whole(draws, "draws", least=2)
    z = normal_limit(level)
    same_customers(satisfaction, stayed)
    same_customers(satisfaction, market)
    marks = numbers(satisfaction, "satisfaction")
    stays = flags(stayed.reindex(satisfaction.index), "stayed")
    names = texts(market.reindex(satisfaction.index), "market")
    rng, tables, curves = np.random.default_rng(seed), {}, {}
    for name in sorted(set(names)):
        here = names == name
        places = np.arange(np.ceil(marks[here].min()), np.floor(marks[here].max()) + 1)
        s, count = _cells(marks[here], stays[here], str(name))
        drawn = rng.multinomial(count.sum().astype(int), (count / count.sum()).ravel(), draws)
        with threadpool_limits(limits=1):  # threads wait for each other longer than so small a fit takes
            theta = _fitted(s, count)
            again = [_curve(_fitted(s, each.reshape(count.shape), theta), places) for each in drawn]
        curve, spread = _curve(theta, places), np.array(again)
        odds = logit(np.clip(spread, 1e-4, 1 - 1e-4)).std(axis=0, ddof=1)
        ends = [expit(logit(np.clip(curve, 1e-4, 1 - 1e-4)) + side * z * odds) for side in (-1, 1)]
        half = z * np.diff(spread, axis=1).std(axis=0, ddof=1)
        near = np.rint(marks[here])
        many = [int((near == place).sum()) for place in places]
        seen = [
            stays[here][near == place].mean() if size else np.nan
            for place, size in zip(places, many, strict=True)
        ]
        table = {"customers": many, "seen": seen, "stays": curve, "low": ends[0], "high": ends[1]}
        step = np.diff(curve)
        steps = {"step": step, "step_low": step - half, "step_high": step + half}
        table |= {key: np.append(each, np.nan) for key, each in steps.items()}
        tables[name] = pd.DataFrame(table, index=pd.Index(places.astype(int), name="mark"))
        bottom, top, k, middle = theta
        curves[str(name)] = {"L": bottom, "U": top, "k": k, "s0": middle}
    made = pd.concat(tables, names=["market"])
    made.attrs["curves"] = {
        name: {key: float(each) for key, each in found.items()} for name, found in curves.items()
    }
    return made


def _cells(marks: Floats, stays: Floats, name: str) -> tuple[Floats, Floats]:
    """Return the marks of a market, and how many customers left (0) and stayed (1) at each."""
    if len(np.unique(marks)) > _CELLS:
        edges = np.linspace(marks.min(), marks.max(), _CELLS + 1)
        place = np.clip(np.searchsorted(edges, marks, side="right") - 1, 0, _CELLS - 1)
    else:
        place = np.unique(marks, return_inverse=True)[1]
    size = np.bincount(place)
    full = size > 0
    s = (np.bincount(place, marks)[full] / size[full]).astype(float)
    stayed = np.bincount(place, stays)[full]
    if len(s) < 4 or len(marks) < 30 or stays.all() or not stays.any():
        raise FitError(
            f"In the market '{name}' there are {len(marks):,} customers with {len(s)} different marks, of "
            f"whom {int(stayed.sum()):,} stayed. A curve needs at least 30 with four marks, some who stayed "
            "and some who left: join markets, or leave this one out."
        )
    return s, np.column_stack([size[full] - stayed, stayed]).astype(float)


def _curve(theta: Floats, s: Floats) -> Floats:
    from scipy.special import expit

    bottom, top, k, middle = theta
    return np.asarray(bottom + (top - bottom) * expit(k * (s - middle)))


def _fitted(s: Floats, count: Floats, begin: Floats | None = None) -> Floats:
    """Return L, U, k and s0 of the greatest likelihood, from several beginnings or from a given one."""
    from scipy.optimize import minimize
    from scipy.special import expit

    share = (count[:, 1].sum() + 0.5) / (count.sum() + 1)
    count = count.astype(float)
    count[[0, -1]] += [1 - share, share]  # a customer at either end: a few who all stayed promise less
    n = count.sum()

    def surprise(theta: Floats) -> tuple[float, Floats]:
        bottom, top, k, middle = theta
        rise = expit(k * (s - middle))
        p = bottom + (top - bottom) * rise
        slope = count[:, 0] / (1 - p) - count[:, 1] / p
        bend = (top - bottom) * rise * (1 - rise)
        by = np.array([slope @ (1 - rise), slope @ rise, slope @ (bend * (s - middle)), -k * (slope @ bend)])
        return float(-(count[:, 0] @ np.log1p(-p) + count[:, 1] @ np.log(p)) / n), by / n

    bounds = [(1e-4, 1 - 1e-4), (1e-4, 1 - 1e-4), (0.02, _STEEPEST), (s.min() - 3, s.max() + 3)]
    spread = np.quantile(s, [0.25, 0.5, 0.75])
    begins = [np.array([share / 2, (1 + share) / 2, k, at]) for k in (0.7, 2.0) for at in spread]
    found = [
        minimize(surprise, np.clip(each, *np.array(bounds).T), jac=True, bounds=bounds, method="L-BFGS-B")
        for each in (begins if begin is None else [begin])
    ]
    bottom, top, k, middle = min(found, key=lambda each: float(each.fun)).x
    return np.array([bottom, top, k, middle])
