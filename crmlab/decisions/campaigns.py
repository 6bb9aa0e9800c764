"""Campaigns against a control group: uplift by group, and the Qini curve in one stated definition."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.errors import DataError
from crmlab.groups import same_customers
from crmlab.intervals import normal_limit

Floats = npt.NDArray[np.float64]


@checked
def uplift(
    treated: pd.Series, answered: pd.Series, *, by: pd.Series | None = None, level: float = 0.95
) -> pd.DataFrame:
    """Return by how much treatment, given by lot, raised the share that answered.

    Parameters
    ----------
    treated : Series of bool
        By customer: drawn for the treatment, or held back.
    answered : Series of bool or numbers
        What is counted: an answer, or money.
    by : Series, optional
        Groups of customers; without them there is one row, ``all``.
    level : float
        Of the interval, which holds chance and is Welch's by a normal.

    Returns
    -------
    DataFrame by group
        ``treated`` and ``held_back``, customers; ``with`` and ``without``, the means; their difference
        ``uplift`` with ``low`` and ``high``. Missing where one of the two sides is empty.

    Raises
    ------
    DataError
        The Series have other customers, or one holds no truth.

    Notes
    -----
    Where treatment was not given by lot, the difference is that between two kinds of customers as well.

    Examples
    --------
    >>> from crmlab.decisions import uplift
    >>> import pandas as pd
    >>> treated = pd.Series([True] * 100 + [False] * 100)
    >>> answered = pd.Series([1] * 12 + [0] * 88 + [1] * 5 + [0] * 95)
    >>> uplift(treated, answered)[["with", "without", "uplift"]].round(2).loc["all"].to_dict()
    {'with': 0.12, 'without': 0.05, 'uplift': 0.07}
    """
    number(level, "level", "a share", above=0, below=1)
    side, value = _sides(treated, answered)
    group = pd.Series("all", index=treated.index) if by is None else by
    same_customers(treated, group)
    group = group.reindex(treated.index)
    frame = pd.DataFrame({"side": side, "value": value, "group": group.to_numpy()})
    groups = frame.groupby("group", observed=False).size().index
    one, two = (
        frame[frame["side"] == kind].groupby("group", observed=False)["value"].agg(["size", "mean", "var"])
        .reindex(groups)
        for kind in (True, False)
    )  # fmt: skip
    difference = one["mean"] - two["mean"]
    half = normal_limit(level) * np.sqrt(one["var"] / one["size"] + two["var"] / two["size"])
    table = {
        "treated": one["size"].fillna(0).astype(int),
        "held_back": two["size"].fillna(0).astype(int),
        "with": one["mean"],
        "without": two["mean"],
        "uplift": difference,
        "low": difference - half,
        "high": difference + half,
    }
    return pd.DataFrame(table).rename_axis("group")


@checked
def qini_curve(score: pd.Series, treated: pd.Series, answered: pd.Series) -> pd.DataFrame:
    r"""Return what a campaign would have gained, had it gone to the customers with the best scores.

    Does a model find those whom a letter changes? Of the customers down to a place, with :math:`n_t, n_c`
    answers and :math:`N_t, N_c` customers, treated and held back,

    .. math:: Q = n_t - n_c \frac{N_t}{N_c} ,

    the answers that treatment added. Customers of equal score stand at one place. A curve that stays near the
    straight line to its end finds nobody whom chance would not.

    Parameters
    ----------
    score : Series
        By customer, the best highest.
    treated, answered : Series
        As for `uplift`.

    Returns
    -------
    DataFrame
        ``customers`` down to each place, from 0 on, their ``share`` of all, and ``gain``; ``chance`` is the
        straight line.

    Raises
    ------
    DataError
        As for `uplift`; a score is missing; nobody was treated, or nobody held back.

    References
    ----------
    Radcliffe, N. J. (2007). Using control groups to target on predicted lift. Direct Marketing Analytics
    Journal, 14-21.

    Examples
    --------
    >>> from crmlab.decisions import qini_curve
    >>> import pandas as pd
    >>> score = pd.Series([4.0, 3.0, 2.0, 1.0])
    >>> qini_curve(score, pd.Series([1, 0, 1, 0]), pd.Series([1, 0, 0, 0]))["gain"].tolist()
    [0.0, 1.0, 1.0, 1.0, 1.0]
    """
    side, value, places = _scored(score, treated, answered)
    gain = _gains(side, value, np.ones(len(side)))[places]
    share = places / len(side)
    curve = {"customers": places, "share": share, "gain": gain, "chance": share * gain[-1]}
    return pd.DataFrame(curve)


@checked
def qini_area(curve: pd.DataFrame) -> float:
    """Return the area between a Qini curve and the straight line to its end, over the share of customers.

    Libraries divide it by other areas. This one is in answers (or money) for the whole campaign, so it can be
    compared within one campaign only.

    Parameters
    ----------
    curve : DataFrame
        As `qini_curve` returns it.

    Examples
    --------
    >>> from crmlab.decisions import qini_area
    >>> import pandas as pd
    >>> curve = {"share": [0.0, 0.5, 1.0], "gain": [0.0, 2.0, 2.0], "chance": [0.0, 1.0, 2.0]}
    >>> qini_area(pd.DataFrame(curve))
    0.5
    """
    above = (curve["gain"] - curve["chance"]).to_numpy()
    return float(np.trapezoid(above, curve["share"].to_numpy()))


@checked
def qini_interval(
    score: pd.Series,
    treated: pd.Series,
    answered: pd.Series,
    *,
    draws: int = 200,
    seed: int = 1,
    level: float = 0.95,
) -> pd.Series:
    """Return the area of a Qini curve with its interval.

    Would other customers have given it, too? A small campaign has a curve that bends by luck. Customers are
    drawn anew, with replacement, among those treated and among those held back.

    Parameters
    ----------
    score, treated, answered
        As for `qini_curve`. A score that was learned from these same customers flatters itself.
    draws : int
        Of the bootstrap.
    seed : int
        Same seed, same interval.
    level : float
        Of the interval.

    Returns
    -------
    Series
        ``area``, as `qini_area` has it, its standard ``error``, ``low`` and ``high``. An interval that holds
        0 says that the score may find nobody whom chance would not.

    Raises
    ------
    InputError
        A number is out of its range.
    DataError
        As for `qini_curve`.

    Examples
    --------
    >>> from crmlab.decisions import qini_interval
    >>> import pandas as pd
    >>> score, treated = pd.Series(range(400)), pd.Series([1, 0] * 200)
    >>> answered = ((treated == 1) & (score > 199)).astype(int)
    >>> bool(qini_interval(score, treated, answered)["low"] > 0)
    True
    """
    whole(draws, "draws", least=2)
    number(level, "level", "a share", above=0, below=1)
    side, value, places = _scored(score, treated, answered)
    rng = np.random.default_rng(whole(seed, "seed"))
    # Equal rows in one order, so that the order of the customers plays no part.
    group = np.repeat(np.arange(len(places) - 1), np.diff(places))
    turn = np.lexsort((value, side, group))
    side, value = side[turn], value[turn]
    area = _area(side, value, np.ones(len(side)), places)
    drawn = []
    for _ in range(draws):
        weight = np.zeros(len(side))
        for kind in (side, ~side):
            size = int(kind.sum())
            weight[kind] = np.bincount(rng.integers(0, size, size), minlength=size)
        drawn.append(_area(side, value, weight, places))
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    found = {"area": area, "error": np.std(drawn, ddof=1), "low": low, "high": high}
    return pd.Series(found, name="qini", dtype=float)


def _scored(
    score: pd.Series, treated: pd.Series, answered: pd.Series
) -> tuple[npt.NDArray[np.bool_], Floats, npt.NDArray[np.intp]]:
    """Return treatment and answers from the best score down, and where a score ends, from 0 on."""
    side, value = _sides(treated, answered)
    same_customers(treated, score)
    marks = _floats(score.reindex(treated.index), "score")
    if missing := int(np.isnan(marks).sum()):
        raise DataError(
            f"{missing:,} of {len(marks):,} customers have no score. Score all, or leave them out."
        )
    if side.all() or not side.any():
        raise DataError("A gain needs customers who were treated and others who were held back by lot.")
    turn = np.argsort(-marks, kind="stable")
    side, value, marks = side[turn], value[turn], marks[turn]
    last_of_its_score = np.append(marks[1:] != marks[:-1], True)
    return side, value, np.append(0, np.flatnonzero(last_of_its_score) + 1)


def _gains(side: npt.NDArray[np.bool_], value: Floats, weight: Floats) -> Floats:
    """Return what treatment added down to each place, customers counted by their weights, from 0 on."""
    many = {name: np.cumsum(weight * each) for name, each in (("t", side), ("c", ~side))}
    won = {"t": np.cumsum(weight * value * side), "c": np.cumsum(weight * value * ~side)}
    with np.errstate(invalid="ignore", divide="ignore"):
        base = np.where(many["c"] > 0, won["c"] * many["t"] / many["c"], 0.0)
    return np.append(0.0, won["t"] - base)


def _area(side: npt.NDArray[np.bool_], value: Floats, weight: Floats, places: npt.NDArray[np.intp]) -> float:
    gain = _gains(side, value, weight)[places]
    share = np.append(0.0, np.cumsum(weight))[places] / weight.sum()
    return float(np.trapezoid(gain - share * gain[-1], share))


def _sides(treated: pd.Series, answered: pd.Series) -> tuple[npt.NDArray[np.bool_], Floats]:
    same_customers(treated, answered)
    if treated.empty:
        raise DataError("There are no customers, so nothing can be measured.")
    if not treated.isin([0, 1]).all():
        raise DataError("treated must be true or false for each customer: drawn for it, or held back.")
    value = _floats(answered.reindex(treated.index), "answered")
    if missing := int(np.isnan(value).sum()):
        raise DataError(f"{missing:,} of {len(value):,} answers are missing. Put 0 where nobody answered.")
    return treated.to_numpy(dtype=bool), value


def _floats(values: pd.Series, name: str) -> Floats:
    if not pd.api.types.is_numeric_dtype(values):
        raise DataError(
            f"The values in '{name}' are of type {values.dtype}, not numbers. Convert them with "
            "pd.to_numeric."
        )
    found = values.to_numpy(dtype=float, na_value=np.nan)
    if endless := int(np.isinf(found).sum()):
        raise DataError(f"{endless:,} of {len(found):,} values in '{name}' are infinite. Leave them out.")
    return found
