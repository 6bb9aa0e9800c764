"""How good a score of customers is: calibration, lift by tenth, net value of acting, and by cohort."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.errors import DataError
from crmlab.groups import complete, same_customers
from crmlab.intervals import normal_limit, share_limits
from crmlab.ranks import steady

Floats = npt.NDArray[np.float64]


@checked
def calibration(
    probability: pd.Series, valuable: pd.Series, *, parts: int = 10, level: float = 0.95
) -> pd.DataFrame:
    r"""Compare the probabilities that a score gives with the shares that came true.

    Of those who were given 30 %, are three in ten valuable? With parts *k* of :math:`n_k` customers, mean
    probability :math:`\bar p_k` and share :math:`o_k`, the mean squared error of the parts' means splits into

    .. math::
        \text{Brier} = \underbrace{\tfrac1N \sum n_k (\bar p_k - o_k)^2}_{\text{reliability}}
            - \underbrace{\tfrac1N \sum n_k (o_k - \bar o)^2}_{\text{resolution}}
            + \underbrace{\bar o (1 - \bar o)}_{\text{uncertainty}} .

    Parameters
    ----------
    probability : Series
        By customer, between 0 and 1.
    valuable : Series of bool
        What came true.
    parts : int
        Groups of customers with like probability; equal probabilities are never parted.
    level : float
        Of the interval of the share (Wilson).

    Returns
    -------
    DataFrame by part, from the least likely
        ``customers``, mean ``expected``, share ``seen`` with ``low`` and ``high``. In ``attrs``:
        ``reliability`` (0 is best), ``resolution``, ``uncertainty``, and ``brier`` of the customers
        themselves.

    Raises
    ------
    InputError
        A number is out of its range.
    DataError
        The customers differ, a probability is not between 0 and 1, or an outcome is missing.

    References
    ----------
    Murphy, A. H. (1973). A new vector partition of the probability score. Journal of Applied Meteorology
    12(4), 595-600.

    Examples
    --------
    >>> from crmlab.segments.scoring import calibration
    >>> import pandas as pd
    >>> said = pd.Series([0.2] * 10 + [0.8] * 10)
    >>> found = calibration(said, pd.Series([True] * 2 + [False] * 8 + [True] * 8 + [False] * 2))
    >>> found["seen"].tolist(), round(found.attrs["reliability"], 9)
    ([0.2, 0.8], 0.0)
    """
    whole(parts, "parts", "a number of groups", least=1)
    number(level, "level", "a share", above=0, below=1)
    p, y = _scored(probability, valuable)
    if not ((p >= 0) & (p <= 1)).all():
        raise DataError("Probabilities must be between 0 and 1. Scores on another scale have no calibration.")
    place = (pd.Series(p).rank(method="average").to_numpy() - 0.5) / len(p)
    part = np.unique(np.floor(place * parts), return_inverse=True)[1]
    n = np.bincount(part)
    expected, seen = np.bincount(part, p) / n, np.bincount(part, y) / n
    low, high = share_limits(np.bincount(part, y), n, level)
    columns = {
        "customers": n,
        "expected": expected,
        "seen": seen,
        "low": low,
        "high": high,
    }
    table = pd.DataFrame(columns, index=pd.RangeIndex(1, len(n) + 1, name="part"))
    base = y.mean()
    table.attrs |= {
        "reliability": float(n @ (expected - seen) ** 2 / len(p)),
        "resolution": float(n @ (seen - base) ** 2 / len(p)),
        "uncertainty": float(base * (1 - base)),
        "brier": float(((p - y) ** 2).mean()),
    }
    return table


@checked
def lift_by_part(score: pd.Series, valuable: pd.Series, *, parts: int = 10) -> pd.DataFrame:
    """Return how many times the usual share of valuable customers each tenth by score holds.

    Customers with the same score are as good as each other: where a part ends among them, each counts in
    part. Where half of the base is valuable, no lift can exceed two.

    Parameters
    ----------
    score : Series
        By customer, the better the higher.
    valuable : Series of bool or numbers
        What came true, or what came, at least 0.
    parts : int
        Into how many equal parts, the best first.

    Returns
    -------
    DataFrame by part
        ``share`` of the customers down to its end; ``lift`` of the part; ``lift_so_far`` of all down to its
        end; ``found``, the share of all valuable ones down to its end; ``highest``, what ``lift_so_far``
        could be at most.

    Raises
    ------
    InputError
        Fewer than one part.
    DataError
        The customers differ, a value is missing or negative, or nobody is valuable.

    Examples
    --------
    >>> from crmlab.segments.scoring import lift_by_part
    >>> import pandas as pd
    >>> found = lift_by_part(pd.Series([4, 3, 2, 1]), pd.Series([True, True, True, False]), parts=2)
    >>> found["lift"].round(2).tolist(), found["highest"].round(2).tolist()
    ([1.33, 0.67], [1.33, 1.0])
    """
    whole(parts, "parts", "a number of parts", least=1)
    s, y = _scored(score, valuable, whole_numbers=False)
    if (y < 0).any() or y.sum() == 0:
        raise DataError("Nobody is valuable, or some values are negative, so there is no lift.")
    share = np.arange(1, parts + 1) / parts
    found, best = (_gained(each, y, share) for each in (s, y))
    columns = {
        "share": share,
        "lift": np.diff(found, prepend=0.0) * parts,
        "lift_so_far": found / share,
        "found": found,
        "highest": best / share,
    }
    return pd.DataFrame(columns, index=pd.RangeIndex(1, parts + 1, name="part"))


@checked
def net_value(
    score: pd.Series, valuable: pd.Series, *, gain: float, cost: float, level: float = 0.95
) -> pd.DataFrame:
    r"""Return what acting on the best customers by score would have earned, by how many of them.

    Acting on *k* customers, of whom :math:`y_k` turn out valuable, earns

    .. math:: g\, y_k - c\, k,

    with :math:`g` what acting adds *to a valuable customer*: not the customer's value, most of which comes
    anyway. Only an action by lot can tell it.

    Parameters
    ----------
    score, valuable
        As for `calibration`; the score may be on any scale.
    gain, cost : float
        *g* and *c*, in one currency: at least 0.
    level : float
        Of the interval, for the luck with who of those with such scores turns out valuable.

    Returns
    -------
    DataFrame
        For each different score, from nobody to all: ``customers``, ``valuable`` among them, ``net`` with
        ``low`` and ``high``, and ``by_lot``, what as many by lot would earn.

    Raises
    ------
    InputError
        A number is out of its range.
    DataError
        As for `calibration`.

    Examples
    --------
    >>> from crmlab.segments.scoring import net_value
    >>> import pandas as pd
    >>> found = net_value(pd.Series([4, 3, 2, 1]), pd.Series([True, True, False, False]), gain=10, cost=4)
    >>> found["net"].tolist(), found["by_lot"].tolist()
    ([0.0, 6.0, 12.0, 8.0, 4.0], [0.0, 1.0, 2.0, 3.0, 4.0])
    """
    number(gain, "gain", least=0)
    number(cost, "cost", least=0)
    number(level, "level", "a share", above=0, below=1)
    s, y = _scored(score, valuable)
    people, won = _steps(s, y)
    share = np.divide(won, people, out=np.zeros_like(won), where=people > 0)
    half = normal_limit(level) * gain * np.sqrt(people * share * (1 - share))
    net = gain * won - cost * people
    columns = {
        "customers": people.astype(int),
        "valuable": won.astype(int),
        "net": net,
        "low": net - half,
        "high": net + half,
        "by_lot": people * (gain * y.mean() - cost),
    }
    return pd.DataFrame(columns)


@checked
def by_cohort(
    score: pd.Series, valuable: pd.Series, cohort: pd.Series, *, level: float = 0.95
) -> pd.DataFrame:
    r"""Return how well a score tells the valuable from others in each cohort.

    Does it still work? *AUC* is the chance that of one who turned out valuable and one who did not, the score
    puts the first higher; 0.5 is by lot. Its error is that of Hanley and McNeil.

    Parameters
    ----------
    score, valuable
        As for `calibration`.
    cohort : Series
        By customer, such as the quarter of the first order.
    level : float
        Of the interval.

    Returns
    -------
    DataFrame by cohort
        ``customers``, ``share`` valuable, mean ``expected`` (of use where scores are probabilities), ``auc``
        with ``low`` and ``high``: missing where all or none are valuable.

    Raises
    ------
    InputError
        The level is out of its range.
    DataError
        As for `calibration`, or a cohort is missing.

    References
    ----------
    Hanley, J. A. and McNeil, B. J. (1982). The meaning and use of the area under a receiver operating
    characteristic (ROC) curve. Radiology 143(1), 29-36.

    Examples
    --------
    >>> from crmlab.segments.scoring import by_cohort
    >>> import pandas as pd
    >>> score, valuable = pd.Series([1, 2, 3, 1, 2, 3]), pd.Series([0, 1, 1, 1, 0, 1], dtype=bool)
    >>> by_cohort(score, valuable, pd.Series(["spring"] * 3 + ["summer"] * 3))["auc"].tolist()
    [1.0, 0.5]
    """
    number(level, "level", "a share", above=0, below=1)
    s, y = _scored(score, valuable)
    same_customers(score, cohort)
    group = cohort.reindex(score.index)
    if group.isna().any():
        raise DataError(f"{int(group.isna().sum()):,} of {len(group):,} customers have no cohort.")
    z = normal_limit(level)
    table = pd.DataFrame({"score": s, "valuable": y, "cohort": group.to_numpy()})
    rows = {}
    for name, piece in table.groupby("cohort", observed=True):
        auc, error = _auc(piece["score"], piece["valuable"].to_numpy())
        limits = np.clip([auc - z * error, auc + z * error], 0, 1)
        rows[name] = [len(piece), piece["valuable"].mean(), piece["score"].mean(), auc, *limits]
    columns = ["customers", "share", "expected", "auc", "low", "high"]
    found = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return found.astype({"customers": int}).rename_axis("cohort")


def _auc(score: pd.Series, y: Floats) -> tuple[float, float]:
    good, bad = y.sum(), len(y) - y.sum()
    if not good or not bad:
        return np.nan, np.nan
    a = float((score.rank().to_numpy() @ y - good * (good + 1) / 2) / (good * bad))
    twice, both = a / (2 - a), 2 * a**2 / (1 + a)
    spread = a * (1 - a) + (good - 1) * (twice - a**2) + (bad - 1) * (both - a**2)
    return a, float(np.sqrt(max(spread, 0) / (good * bad)))


def _scored(score: pd.Series, valuable: pd.Series, *, whole_numbers: bool = True) -> tuple[Floats, Floats]:
    """Return scores and outcomes as numbers, of checked customers."""
    complete(score)
    same_customers(score, valuable)
    y = valuable.reindex(score.index)
    if whole_numbers and not y.isin([0, 1]).all():
        raise DataError("valuable must be true or false for each customer.")
    if not whole_numbers:
        complete(y)
    y = y.astype(float)
    return np.asarray(score, dtype=float), np.asarray(y, dtype=float)


def _steps(score: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return customers and what they brought so far, from nobody, at each different score from the best."""
    place = np.unique(-steady(pd.Series(score)).to_numpy(), return_inverse=True)[1]
    people, won = np.bincount(place), np.bincount(place, y)
    return np.append(0.0, np.cumsum(people)), np.append(0.0, np.cumsum(won))


def _gained(score: Floats, y: Floats, share: Floats) -> Floats:
    """Return the share of all outcomes that the best share of the customers holds."""
    people, won = _steps(score, y)
    return np.asarray(np.interp(share, people / people[-1], won / won[-1]))
