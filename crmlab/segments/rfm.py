"""RFM: recency, frequency and monetary value turned into scores, and scores into named segments."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from numbers import Real
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmlab import ranks
from crmlab.arguments import checked, number, whole
from crmlab.customers import Customers
from crmlab.errors import DataError, InputError, some, unknown
from crmlab.groups import complete, labelled, same_customers
from crmlab.language import mark
from crmlab.ranks import rank_share, steady

MEASURES = {"R": "since_last", "F": "orders", "M": "total"}
"""What each letter measures: time since the last purchase, purchase days, and money spent."""

_Shares = TypeVar("_Shares", pd.Series, npt.NDArray[Any])

METHODS = ["quantile", "fixed", "cluster"]
"""The rulers of `scores`."""

# fmt: off
NAMED = pd.DataFrame(
    [
        (mark("champions"), "冠军客户", mark("among the latest; purchases and spend high"),
         mark("thank, ask for referrals, no discount")),
        (mark("loyal"), "忠诚客户", mark("not the longest silent; purchases and spend high"),
         mark("sell them the next category")),
        (mark("potential loyalists"), "潜在忠诚客户", mark("among the latest; bought again, not yet much"),
         mark("invite to the programme")),
        (mark("new customers"), "新客户", mark("among the latest; bought once"),
         mark("make the second purchase easy")),
        (mark("needs attention"), "需关注客户", mark("neither latest nor silent; bought again, middling"),
         mark("remind with a time limit")),
        (mark("about to sleep"), "将沉睡客户", mark("neither latest nor silent; bought once or little"),
         mark("a cheap reminder")),
        (mark("at risk"), "流失风险客户", mark("the longest silent; bought again, and not little"),
         mark("win back with a personal offer")),
        (mark("cannot lose"), "不可失去客户", mark("the longest silent; purchases and spend high"),
         mark("call them")),
        (mark("hibernating"), "休眠客户", mark("the longest silent; bought once or little"),
         mark("keep in cheap channels only")),
    ],
    columns=["segment", "chinese", "meaning", "action"],
).set_index("segment")
"""The nine named segments, what is true of everybody in them, and what each might get.

Purchases and spend are taken together (the value score of `names`). "High" is what the ruler calls high: a
place on today's list by quantile, a cut that was reached by fixed cuts. Whoever bought once is in no segment
that says "again" or "high". Names and actions like these are a custom of the trade without a source of its
own; the map from scores to names is this package's.
"""
SILENT = ["cannot lose", "at risk"]
"""Named segments of those who bought more than once, and not little, and are among the longest silent."""

# Rows: R from 5 (just now) to 1 (longest ago). Columns: V from 1 to 5, see `names`.
_GRID = {
    5: ["new customers", "potential loyalists", "potential loyalists", "champions", "champions"],
    4: ["new customers", "potential loyalists", "potential loyalists", "loyal", "champions"],
    3: ["about to sleep", "about to sleep", "needs attention", "loyal", "loyal"],
    2: ["hibernating", "hibernating", "at risk", "at risk", "cannot lose"],
    1: ["hibernating", "hibernating", "at risk", "cannot lose", "cannot lose"],
}

EIGHT = pd.DataFrame(
    [
        (mark("key value"), "重要价值客户", "+++",
         mark("above the middle in all three"), mark("keep with the best service")),
        (mark("key development"), "重要发展客户", "+-+",
         mark("above the middle in recency and spend"), mark("raise the frequency")),
        (mark("key protection"), "重要保持客户", "-++",
         mark("above the middle in purchases and spend"), mark("come back to them first")),
        (mark("key retention"), "重要挽留客户", "--+",
         mark("above the middle in spend alone"), mark("win back")),
        (mark("general value"), "一般价值客户", "++-",
         mark("above the middle in recency and purchases"), mark("raise the basket")),
        (mark("general development"), "一般发展客户", "+--",
         mark("above the middle in recency alone"), mark("nurture cheaply")),
        (mark("general protection"), "一般保持客户", "-+-",
         mark("above the middle in purchases alone"), mark("remind")),
        (mark("general retention"), "一般挽留客户", "---",
         mark("above the middle in none of the three"), mark("let rest")),
    ],
    columns=["segment", "chinese", "signs", "meaning", "action"],
).set_index("segment")
# fmt: on
"""The eight segments of Chinese handbooks: each of R, F, M above (+) or not above (-) the middle score.

Handbooks cut at the mean of a measure or at its middle; here it is the middle score. Whoever bought once is
not above the middle in purchases.
"""


@checked
def scores(
    customers: Customers,
    *,
    method: str = "quantile",
    bins: int = 5,
    cuts: Mapping[str, Sequence[float]] | None = None,
) -> pd.DataFrame:
    r"""Score every customer on recency, frequency and monetary value, 1 the lowest and `bins` the best.

    Who bought lately, who buys often, who spends much?

    By **quantile** a customer whose rank share (see `crmlab.ranks.rank_share`, counted from the least
    welcome) is :math:`p` scores :math:`\lceil p \cdot \text{bins} \rceil`: a place among today's customers.
    Equal customers share the middle of their ranks, so they score the same, and a large group of equals may
    leave a score unused. By **fixed** cuts the score is one more than the number of cuts reached, so that it
    keeps its meaning from one month to the next. By **cluster** k-means puts close values of each measure
    together, starting from equal parts of the distinct values.

    Parameters
    ----------
    customers : Customers
        The base.
    method : {"quantile", "fixed", "cluster"}
        Which ruler.
    bins : int
        Number of scores by quantile or cluster; fixed cuts make one more than their number.
    cuts : mapping
        For ``fixed``: ``{"R": […], "F": […], "M": […]}``, equally many rising cuts in the customers' unit,
        purchase days and money. Reaching a cut of F or M adds a point; so does being silent for less than a
        cut of R.

    Returns
    -------
    DataFrame
        Integers ``R``, ``F``, ``M``, text ``code`` such as ``"543"``, and ``again``, whether they bought on
        more than one day, by customer.

    Raises
    ------
    InputError
        An unknown method, fewer than two or more than nine scores, or cuts that are missing, do not rise or
        are not equally many.
    DataError
        For ``cluster``: a measure has fewer different values than there are scores.

    References
    ----------
    Five equal parts: Hughes, A. M. (1994). Strategic Database Marketing. Probus. Other rulers: Miglautsch, J.
    R. (2000). Thoughts on RFM scoring. Journal of Database Marketing 8(1), 67-72.

    Examples
    --------
    >>> from crmlab.segments.rfm import scores
    >>> import crmlab as crm
    >>> base = crm.summarise(crm.datasets.cdnow(sample=True), end="1997-09-30", unit="W")
    >>> scores(base)["code"].head(3).tolist()
    ['554', '121', '144']
    >>> cuts = {"R": [4, 13, 26], "F": [2, 3, 5], "M": [25, 50, 100]}
    >>> scores(base, method="fixed", cuts=cuts)["code"].head(3).tolist()
    ['333', '111', '123']
    """
    if method not in METHODS:
        raise unknown("method", method, METHODS)
    if method != "fixed":
        check_bins(bins)
    edges = _checked(cuts) if method == "fixed" else {}
    table = pd.DataFrame(index=customers.frame.index)
    for letter, column in MEASURES.items():
        complete(customers.frame[column])
        values = steady(customers.frame[column])
        if method == "fixed":
            reached = np.searchsorted(edges[letter], values, side="right")
            table[letter] = 1 + (len(edges[letter]) - reached if letter == "R" else reached)
        else:
            ruler = quantile_scores if method == "quantile" else _cluster_scores
            table[letter] = ruler(-values if letter == "R" else values, bins)
    text = table.astype(str)
    return table.assign(code=text["R"] + text["F"] + text["M"], again=customers.frame["orders"] > 1)


@checked
def quantile_scores(values: pd.Series, bins: int = 5) -> pd.Series:
    """Score one measure by quantile, 1 the lowest and `bins` the highest; equal values score the same.

    In which fifth of the list does this customer stand? The equation is at `scores`.

    Parameters
    ----------
    values : Series
        One number a customer; the highest is the most welcome.
    bins : int
        Number of scores.

    Raises
    ------
    InputError
        Fewer than two or more than nine scores.
    DataError
        A value is missing, or there are none.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.segments.rfm import quantile_scores
    >>> quantile_scores(pd.Series([1, 1, 1, 7]), bins=4).tolist()
    [2, 2, 2, 4]
    """
    check_bins(bins)
    return _quantile(rank_share(values), bins)


def _quantile(share: _Shares, bins: int) -> _Shares:
    """Return the score of customers at a share of the ranks from the least welcome."""
    return np.ceil(share * bins).astype(np.int64)


def _cluster_scores(values: pd.Series, bins: int) -> np.ndarray:
    """Score one measure by k-means on its distinct values, weighted by their customers."""
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    distinct, place, count = np.unique(values.to_numpy(dtype=float), return_inverse=True, return_counts=True)
    if len(distinct) < bins:
        raise DataError(
            f"'{values.name}' has only {len(distinct)} different values, too few for {bins} clusters. "
            "Ask for fewer bins."
        )
    start = [[part.mean()] for part in np.array_split(distinct, bins)]
    with threadpool_limits(
        1
    ):  # so few numbers are slower with threads, above all when lessons run side by side
        groups = KMeans(bins, init=np.array(start), n_init=1).fit(distinct[:, None], sample_weight=count)
    ranks = groups.cluster_centers_.ravel().argsort().argsort()
    return 1 + ranks[groups.labels_][place]


def check_bins(bins: int) -> None:
    """Raise InputError unless there can be so many scores.

    Examples
    --------
    >>> from crmlab.segments.rfm import check_bins
    >>> check_bins(5)
    """
    whole(bins, "bins", least=2, most=9)


def _checked(cuts: Mapping[str, Sequence[float]] | None) -> dict[str, np.ndarray]:
    if cuts is None or set(cuts) != set(MEASURES):
        raise InputError('Fixed scores need cuts={"R": […], "F": […], "M": […]}, each a rising list.')
    edges = {letter: _rising(values, letter) for letter, values in cuts.items()}
    if len({len(values) for values in edges.values()}) > 1:
        sizes = ", ".join(f"{letter} {len(edges[letter])}" for letter in MEASURES)
        raise InputError(f"The letters have different numbers of cuts: {sizes}. Give each the same number.")
    return edges


def _rising(values: Sequence[float], letter: str) -> np.ndarray:
    try:
        edges = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        edges = np.empty(0)
    fine = edges.ndim == 1 and 1 <= len(edges) <= 8 and np.isfinite(edges).all()
    if not fine or not (np.diff(edges) > 0).all():
        raise InputError(f"The cuts of {letter} are {values}, not one to eight rising numbers.")
    return edges


@checked
def names(base: Customers | pd.DataFrame, *, scheme: str = "named", bins: int = 5) -> pd.Series:
    r"""Name every customer's segment by their RFM scores.

    What kind of customer is each, and what should they get?

    ``named`` takes R and the value score :math:`V` to one of nine segments (table ``NAMED``): every cell of
    that grid of 25, so every code, has a name. For whoever bought again, :math:`V` is :math:`\lfloor (F +
    M)/2 \rfloor`, and at least 2. For whoever bought once it is 1, however much they spent: where most
    customers bought once, they share the middle of the ranks, and a high F or V would speak of habits that
    nobody has. Scores up to another number of bins are first brought to five levels, each by the middle of
    its part: :math:`\lceil 5 (s - 1/2) / \text{bins} \rceil`. ``eight`` asks of each of R, F and M only
    whether it is above the middle score (table ``EIGHT``); the F of whoever bought once is not.

    Parameters
    ----------
    base : Customers or DataFrame
        Customers, to be scored by quantile, or scores from `scores`.
    scheme : {"named", "eight"}
        Which map.
    bins : int
        Number of scores.

    Returns
    -------
    Series
        Categorical ``segment`` by customer, in the order of the scheme's table.

    Raises
    ------
    InputError
        An unknown scheme, or a wrong number of bins.
    DataError
        Scores lack a letter or ``again``, or are no whole numbers from 1 to `bins`.

    Examples
    --------
    >>> from crmlab.segments.rfm import names
    >>> import pandas as pd
    >>> table = pd.DataFrame({"R": [5, 5, 1], "F": [5, 3, 1], "M": [5, 5, 2], "again": [True, False, True]})
    >>> names(table).tolist()
    ['champions', 'new customers', 'hibernating']
    >>> names(table, scheme="eight").tolist()
    ['key value', 'key development', 'general retention']
    """
    maps = {"named": _named, "eight": _eight}
    if scheme not in maps:
        raise unknown("scheme", scheme, maps)
    check_bins(bins)
    table = scores(base, bins=bins) if isinstance(base, Customers) else base
    points, again = _letters(table), _again(table)
    odd = points.index[~points.isin(range(1, bins + 1)).all(axis=1)]
    if len(odd):
        raise DataError(
            f"{len(odd):,} of {len(points):,} customers have a score that is no whole number from 1 to "
            f"{bins}, for example {some(odd)}. Say how many scores there are with bins=…."
        )
    rows, known = maps[scheme](points, again, bins), NAMED.index if scheme == "named" else EIGHT.index
    return labelled(rows, list(known), points.index, "segment")


@checked
def with_names(customers: Customers, *, bins: int = 5, scheme: str = "named") -> Customers:
    """Add every customer's scores by quantile and the name of their segment, where their rows are.

    The rules are at `scores` and `names`.

    Parameters
    ----------
    customers : Customers
    bins : int
        Number of scores.
    scheme : {"named", "eight"}
        Which map.

    Returns
    -------
    Customers
        With the whole numbers ``R``, ``F``, ``M``, their ``code`` such as ``"543"``, and ``segment`` added.

    Raises
    ------
    InputError
        A wrong number of bins, or an unknown scheme.

    Examples
    --------
    >>> import crmlab as crm
    >>> from crmlab.segments.rfm import with_names
    >>> customers = crm.summarise(crm.datasets.cdnow(sample=True), end="1997-09-30", unit="W")
    >>> with_names(customers).frame[["code", "segment"]].head(2).values.tolist()
    [['554', 'champions'], ['121', 'hibernating']]
    """
    check_bins(bins)
    codes = product(*[range(1, bins + 1)] * 3, [False, True])  # all there can be
    points = pd.DataFrame([*codes], columns=[*MEASURES, "again"])
    segment = names(points, scheme=scheme, bins=bins).astype(str)
    code = points[[*MEASURES]].astype(str).sum(axis=1)
    known = pd.DataFrame({"code": code, "again": points["again"], "segment": segment})
    scored = customers.with_columns(
        **{
            letter: ranks.labels(
                customers,
                column,
                lambda share: _quantile(share, bins),
                range(bins + 1),
                best_first=letter == "R",
            )
            for letter, column in MEASURES.items()
        }
    )
    letters = [scored.table[letter].cast("string") for letter in MEASURES]
    again = scored.table["orders"] > 1
    named = scored.with_columns(code=letters[0] + letters[1] + letters[2], again=again)
    named = named.joined(known, ["code", "again"])
    return replace(named, table=named.table.drop("again"))


def _letters(table: pd.DataFrame) -> pd.DataFrame:
    """Return the columns R, F and M of scores."""
    missing = set(MEASURES) - set(table.columns)
    if missing:
        raise DataError(f"The scores lack {', '.join(sorted(missing))}. They come from segments.rfm.scores.")
    odd = [letter for letter in MEASURES if not pd.api.types.is_numeric_dtype(table[letter])]
    if odd:
        raise DataError(f"The scores {', '.join(odd)} are no numbers. They come from segments.rfm.scores.")
    return table[list(MEASURES)]


def _again(table: pd.DataFrame) -> pd.Series:
    """Return the column of scores that tells who bought more than once."""
    if "again" not in table or table["again"].dtype != bool:
        raise DataError(
            "The scores lack 'again', True for whoever bought on more than one day: names speak of habits. "
            "It comes from segments.rfm.scores."
        )
    return table["again"]


def _named(points: pd.DataFrame, again: pd.Series, bins: int) -> np.ndarray:
    """Return the row of NAMED for each customer."""
    levels = -(-5 * (2 * points - 1) // (2 * bins))
    value = ((levels["F"] + levels["M"]) // 2).clip(lower=2).where(again, 1)
    grid = np.array([NAMED.index.get_indexer(pd.Index(_GRID[level])) for level in sorted(_GRID)])
    return grid[levels["R"] - 1, value - 1]


def _eight(points: pd.DataFrame, again: pd.Series, bins: int) -> np.ndarray:
    """Return the row of EIGHT for each customer."""
    high = points > (1 + bins) / 2
    signs = high.assign(F=high["F"] & again).replace({True: "+", False: "-"})
    return pd.Index(EIGHT["signs"]).get_indexer(signs["R"] + signs["F"] + signs["M"])


@checked
def index(scores: pd.DataFrame, weights: Mapping[str, float] | None = None) -> pd.Series:
    r"""Fold the three scores into one number, their weighted mean.

    Who comes first when the list must be cut at any length? :math:`I = (w_R R + w_F F + w_M M) / (w_R + w_F
    + w_M)`, from the lowest to the highest score. The weights are a choice: equal
    ones are a custom, and `lift` tells which do better on a list.

    Parameters
    ----------
    scores : DataFrame
        Scores from `scores`.
    weights : mapping
        ``{"R": …, "F": …, "M": …}``, zero or more; equal weights where none are given.

    Returns
    -------
    Series
        ``index`` by customer.

    Raises
    ------
    InputError
        Weights that lack a letter, are negative or are all zero.
    DataError
        Scores lack a letter.

    Examples
    --------
    >>> from crmlab.segments.rfm import index
    >>> import pandas as pd
    >>> table = pd.DataFrame({"R": [5, 1], "F": [5, 1], "M": [2, 1]}, index=["Ann", "Ben"])
    >>> index(table, {"R": 1, "F": 1, "M": 2}).tolist()
    [3.5, 1.0]
    """
    chosen = dict.fromkeys(MEASURES, 1.0) if weights is None else dict(weights)
    fine = set(chosen) == set(MEASURES) and all(
        isinstance(weight, Real) and 0 <= weight < np.inf for weight in chosen.values()
    )
    if not fine or sum(chosen.values()) == 0:
        raise InputError(f"The weights are {chosen}. Give R, F and M a number of zero or more, not all zero.")
    total = (_letters(scores) * pd.Series(chosen)).sum(axis=1)
    return steady(total / sum(chosen.values())).rename("index")


@checked
def lift(score: pd.Series, value: pd.Series, share: float) -> float:
    """Return how many times the value of a random list the best `share` of the customers by score brings.

    If we can write to a tenth of our customers, how much better is this list than drawing lots? Customers
    with the same score are as good as each other: where the list ends among them, each counts in part.

    Parameters
    ----------
    score : Series
        One number a customer, the higher the better.
    value : Series
        What the same customers brought later, or 1 for those who bought.
    share : float
        Length of the list, share of the customers above 0 and up to 1.

    Raises
    ------
    InputError
        The share is not above 0 and up to 1.
    DataError
        Customers differ, a number is missing, or the value's total is zero.

    Examples
    --------
    >>> from crmlab.segments.rfm import lift
    >>> import pandas as pd
    >>> later = pd.Series([60.0, 30.0, 10.0, 0.0])
    >>> round(lift(pd.Series([2, 2, 1, 1]), later, 0.5), 2)
    1.8
    >>> round(lift(pd.Series([2, 2, 1, 1]), later, 0.25), 2)
    1.8
    """
    share = number(share, "The share", "a share of the customers", above=0, most=1)
    same_customers(score, value)
    complete(score)
    complete(value)
    if value.sum() == 0:
        raise DataError("The values add up to zero, so no list can be better than another.")
    return _lift(_from_best(score), value.reindex(score.index).to_numpy(dtype=float), share)


@checked
def lift_leads(
    score: pd.Series, other: pd.Series, value: pd.Series, share: float, *, draws: int = 200, seed: int = 1
) -> pd.Series:
    """Redraw the customers, and return how far the lift of one score lies above that of another each time.

    Is this list better than that, or was it luck with a few customers? Where the middle 95% of these numbers
    hold zero, that cannot be told.

    Parameters
    ----------
    score, other : Series
        Two numbers a customer, see `lift`.
    value, share
        As for `lift`.
    draws, seed : int
        How often the customers are redrawn, and from which seed.

    Raises
    ------
    InputError
        The share is not above 0 and up to 1.
    DataError
        Customers differ, a number is missing, or the value's total is zero.

    Examples
    --------
    >>> from crmlab.segments.rfm import lift_leads
    >>> import pandas as pd
    >>> later = pd.Series([60.0, 30.0, 10.0, 5.0] * 25)
    >>> leads = lift_leads(later, later % 7, later, 0.25)
    >>> len(leads), bool(leads.quantile(0.025) > 0)
    (200, True)
    """
    lift(score, value, share)  # checks what was given
    lift(other, value, share)
    draws = whole(draws, "draws", least=1)
    values = value.reindex(score.index).to_numpy(dtype=float)
    codes = [_from_best(each.reindex(score.index)) for each in (score, other)]
    rng, size = np.random.default_rng(seed), len(values)
    found = []
    for _ in range(draws):
        times = np.bincount(rng.integers(size, size=size), minlength=size)
        if (times * values).sum() != 0:
            one, two = (_lift(code, values, share, times) for code in codes)
            found.append(one - two)
    return pd.Series(found, name="lead", dtype=float)


def _from_best(score: pd.Series) -> np.ndarray:
    """Return the place of each customer's score among the different scores, 0 for the highest."""
    place: np.ndarray = np.unique(-score.to_numpy(dtype=float), return_inverse=True)[1]
    return place


def _lift(code: np.ndarray, value: np.ndarray, share: float, times: Any = None) -> float:
    """Return the lift of a list by place, where each customer stands in it so many times."""
    times = np.ones(len(code)) if times is None else times
    people, brought = (np.cumsum(np.bincount(code, weights)) for weights in (times, times * value))
    return float(np.interp(share, [0, *people / people[-1]], [0, *brought / brought[-1]]) / share)
