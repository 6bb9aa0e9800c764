"""RFM: recency, frequency and monetary value turned into scores, and scores into named segments."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from crmlab.customers import Customers
from crmlab.errors import InputError, unknown
from crmlab.segments import complete, labelled, rank_share

MEASURES = {"R": "since_last", "F": "orders", "M": "total"}
"""What each letter measures: time since the last purchase, purchase days, and money spent."""

NAMED = pd.DataFrame(
    [
        (
            "champions",
            "冠军客户",
            "bought just now, often and much",
            "thank them, ask for referrals, no discount",
        ),
        ("loyal", "忠诚客户", "buy well and are still around", "sell them the next category"),
        ("potential loyalists", "潜力客户", "recent, on the way to more", "invite them to the programme"),
        ("new customers", "新客户", "one recent, small step", "make the second purchase easy"),
        ("needs attention", "需关注客户", "middling buyers who begin to wait", "remind with a time limit"),
        ("about to sleep", "将沉睡客户", "small buyers who begin to wait", "a cheap reminder"),
        ("at risk", "流失风险客户", "bought well, silent for long", "win back with a personal offer"),
        ("cannot lose", "不可失去客户", "were among the best, silent for longest", "call them"),
        ("hibernating", "休眠客户", "bought little, silent for long", "keep in cheap channels only"),
    ],
    columns=["segment", "chinese", "meaning", "action"],
).set_index("segment")
"""The nine named segments, their meaning and what each should get."""

# Rows: R from 5 (just now) to 1 (longest ago). Columns: value score V from 1 to 5, the mean of F and M rounded down.
_GRID = {
    5: ["new customers", "potential loyalists", "potential loyalists", "champions", "champions"],
    4: ["new customers", "potential loyalists", "potential loyalists", "loyal", "champions"],
    3: ["about to sleep", "about to sleep", "needs attention", "loyal", "loyal"],
    2: ["hibernating", "hibernating", "at risk", "at risk", "cannot lose"],
    1: ["hibernating", "hibernating", "at risk", "cannot lose", "cannot lose"],
}

EIGHT = pd.DataFrame(
    [
        ("key value", "重要价值客户", "+++", "recent, frequent, high spend", "keep with the best service"),
        (
            "key development",
            "重要发展客户",
            "+-+",
            "recent, high spend, few purchases",
            "raise the frequency",
        ),
        ("key protection", "重要保持客户", "-++", "frequent, high spend, silent", "come back to them first"),
        ("key retention", "重要挽留客户", "--+", "high spend, few purchases, silent", "win back"),
        ("general value", "一般价值客户", "++-", "recent, frequent, low spend", "raise the basket"),
        ("general development", "一般发展客户", "+--", "recent, few purchases, low spend", "nurture cheaply"),
        ("general protection", "一般保持客户", "-+-", "frequent, low spend, silent", "remind"),
        ("general retention", "一般挽留客户", "---", "few purchases, low spend, silent", "let rest"),
    ],
    columns=["segment", "chinese", "signs", "meaning", "action"],
).set_index("segment")
"""The eight classic segments: each of R, F, M above (+) or not above (-) the middle score."""


def scores(
    customers: Customers,
    *,
    method: str = "quantile",
    bins: int = 5,
    cuts: Mapping[str, Sequence[float]] | None = None,
) -> pd.DataFrame:
    r"""Score every customer on recency, frequency and monetary value, 1 the lowest and `bins` the best.

    Who bought lately, who buys often, who spends much?

    By quantile a customer whose rank share (see `crmlab.segments.rank_share`) is :math:`p` scores
    :math:`\lceil p \cdot \text{bins} \rceil`; equal customers share the middle of their ranks, so they score
    the same, and a large group of equals may leave a score unused. By fixed cuts the score is one more than
    the number of cuts reached, so that it keeps its meaning from one month to the next.

    Parameters
    ----------
    customers : Customers
        The base.
    method : {"quantile", "fixed"}
        Relative to this base, or by `cuts`.
    bins : int
        Number of scores by quantile.
    cuts : mapping
        For ``fixed``: ``{"R": […], "F": […], "M": […]}``, rising cuts in the customers' unit, purchase
        days and money. Reaching a cut of F or M adds a point; being silent for *less* than a cut of R adds one.

    Returns
    -------
    DataFrame
        Integers ``R``, ``F``, ``M`` and text ``code`` such as ``"543"``, by customer.

    Raises
    ------
    InputError
        An unknown method, fewer than two or more than nine scores, or cuts that are missing or do not rise.

    References
    ----------
    Hughes, A. M. (1994). Strategic Database Marketing. Probus.

    Examples
    --------
    >>> import crmlab as crm
    >>> base = crm.summarise(crm.datasets.cdnow(sample=True), end="1997-09-30", unit="D")
    >>> scores(base)["code"].head(3).tolist()
    ['554', '121', '144']
    """
    frame = customers.frame
    if method == "quantile":
        if not 2 <= bins <= 9:
            raise InputError(f"bins is {bins}, but RFM scores need from 2 to 9.")
        points = {letter: _by_quantile(frame[column], bins) for letter, column in MEASURES.items()}
        points["R"] = bins + 1 - points["R"]
    elif method == "fixed":
        edges = _checked(cuts)
        points = {
            letter: 1 + np.searchsorted(edges[letter], frame[column], side="right")
            for letter, column in MEASURES.items()
        }
        points["R"] = len(edges["R"]) + 2 - points["R"]
    else:
        raise unknown("method", method, ["quantile", "fixed"])
    table = pd.DataFrame(points, index=frame.index)[["R", "F", "M"]]
    return table.assign(code=table.astype(str).agg("".join, axis=1))


def _by_quantile(values: pd.Series, bins: int) -> np.ndarray:
    """Score by rank share; the score of a tie is that of its middle."""
    complete(values)
    return np.ceil(rank_share(values).to_numpy() * bins - 1e-9).astype(int)


def _checked(cuts: Mapping[str, Sequence[float]] | None) -> dict[str, np.ndarray]:
    if cuts is None or set(cuts) != set(MEASURES):
        raise InputError('Fixed scores need cuts={"R": […], "F": […], "M": […]}, each a rising list.')
    edges = {letter: np.asarray(values, dtype=float) for letter, values in cuts.items()}
    for letter, values in edges.items():
        if not 1 <= len(values) <= 8 or (np.diff(values) <= 0).any():
            raise InputError(f"The cuts of {letter} are {list(values)}, not one to eight rising numbers.")
    return edges


def segments(
    customers: Customers | None = None, *, scores: pd.DataFrame | None = None, scheme: str = "named"
) -> pd.Series:
    r"""Name every customer's segment by their RFM scores.

    What kind of customer is each, and what should they get?

    ``named`` takes R and the value score :math:`V = \lfloor (F + M)/2 \rfloor`, each brought to five levels, to
    one of nine segments (table ``NAMED``); all 25 cells of that grid, so all codes, have a name. ``eight``
    asks of each of R, F and M only whether it is above the middle score (table ``EIGHT``).

    Parameters
    ----------
    customers : Customers, optional
        The base, scored by quantile into five.
    scores : DataFrame, optional
        Scores from `scores`, in place of customers.
    scheme : {"named", "eight"}
        Which map.

    Returns
    -------
    Series
        Categorical ``segment`` by customer, in the order of the scheme's table.

    Raises
    ------
    InputError
        Neither or both of customers and scores are given, or an unknown scheme.

    References
    ----------
    Hughes, A. M. (1994). Strategic Database Marketing. Probus.

    Examples
    --------
    >>> table = pd.DataFrame({"R": [5, 1], "F": [5, 1], "M": [5, 2]}, index=["Ann", "Ben"])
    >>> segments(scores=table).tolist()
    ['champions', 'hibernating']
    >>> segments(scores=table, scheme="eight").tolist()
    ['key value', 'general retention']
    """
    if (customers is None) == (scores is None):
        raise InputError("Segments need either customers or scores=….")
    table = _scores(customers) if scores is None else scores
    if scheme == "named":
        names, found = list(NAMED.index), _named(table)
    elif scheme == "eight":
        names, found = list(EIGHT.index), _eight(table)
    else:
        raise unknown("scheme", scheme, ["named", "eight"])
    return labelled(pd.Index(names).get_indexer(found), names, table.index, "segment")


def _scores(customers: Customers | None) -> pd.DataFrame:
    assert customers is not None
    return scores(customers)


def _named(table: pd.DataFrame) -> np.ndarray:
    five = _five_levels(table)
    value = (five["F"] + five["M"]) // 2
    grid = np.array([_GRID[level] for level in sorted(_GRID)])
    return grid[five["R"].to_numpy() - 1, value.to_numpy() - 1]


def _five_levels(table: pd.DataFrame) -> pd.DataFrame:
    """Bring scores from 1 to k to five levels."""
    points = table[["R", "F", "M"]]
    top = int(points.to_numpy().max())
    return -(-points * 5 // top)


def _eight(table: pd.DataFrame) -> np.ndarray:
    middle = (1 + table[["R", "F", "M"]].max()) / 2
    high = table[["R", "F", "M"]] > middle
    signs = high.replace({True: "+", False: "-"}).agg("".join, axis=1)
    return pd.Series(EIGHT.index, index=EIGHT["signs"]).loc[signs].to_numpy()
