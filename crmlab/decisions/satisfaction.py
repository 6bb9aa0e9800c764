"""Satisfaction: what drives it, and which kind each driver is."""

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.decisions.columns import Floats, numbers
from crmlab.errors import DataError, InputError, some
from crmlab.groups import same_customers
from crmlab.intervals import normal_limit
from crmlab.language import mark

_MOST = 10  # layers: their sets double with each more
_KANO = {"like": 0, "expect": 1, "neutral": 2, "live with": 3, "dislike": 4}
KANO_KINDS = [
    mark("must-be"),
    mark("one-dimensional"),
    mark("attractive"),
    mark("indifferent"),
    mark("reverse"),
    mark("questionable"),
]
"""Kano's kinds of what customers meet, in the order in which a tie between the first four is settled."""


@checked
def layer_importance(
    marks: pd.DataFrame, overall: pd.Series, *, draws: int = 200, seed: int = 1, level: float = 0.95
) -> pd.DataFrame:
    r"""Return how much of satisfaction each layer explains: the derived importance.

    Which layer moves satisfaction, whatever people say that they want? Layers are correlated, so no
    coefficient of a regression tells their shares. A layer's share of :math:`R^2` is what it adds to those
    that were there before it, on average over all orders in which they could have come (*Shapley regression*,
    or LMG):

    .. math:: \phi_i = \sum_{S \not\ni i} \frac{|S|!\,(n-|S|-1)!}{n!}
        \left(R^2(S \cup i) - R^2(S)\right) .

    Parameters
    ----------
    marks : DataFrame
        By customer who answered, one column of marks a layer, up to ten.
    overall : Series
        By customer, satisfaction as a whole.
    draws : int
        Of a bootstrap of customers, for the interval; 0 for none.
    seed : int
        Same seed, same interval.
    level : float
        Of the interval, which holds the chance of who was asked and nothing else.

    Returns
    -------
    DataFrame by layer, in the order given
        ``importance``, the share of what all layers explain, which sums to one; ``low`` and ``high``; and
        ``explained``, the layer's part of :math:`R^2`.

    Raises
    ------
    InputError
        Fewer than two layers or more than ten, or a number out of its range.
    DataError
        Other customers in marks than in overall, a mark that is missing or no number, a layer or a
        satisfaction that is the same for all, or fewer customers than it needs.

    Notes
    -----
    It is a straight line through each layer: what matters only at the top or only at the bottom gets less
    than it deserves. And what moves with satisfaction need not move it.

    References
    ----------
    Lindeman, R. H., Merenda, P. F. and Gold, R. Z. (1980). Introduction to bivariate and multivariate
    analysis. Scott, Foresman. Grömping, U. (2007). Estimators of relative importance in linear regression
    based on variance decomposition. The American Statistician 61(2), 139-147.

    Examples
    --------
    >>> from crmlab.decisions import layer_importance
    >>> import pandas as pd
    >>> marks = pd.DataFrame({"core": [1, 1, 9, 9, 5, 5], "emotion": [1, 9, 1, 9, 1, 9]})
    >>> overall = 2 * marks["core"] + marks["emotion"]
    >>> layer_importance(marks, overall, draws=0)["importance"].round(2).to_dict()
    {'core': 0.73, 'emotion': 0.27}
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    from crmlab.segments.channels import shapley

    whole(draws, "draws", least=0)
    number(level, "level", "a share", above=0, below=1)
    if not 2 <= marks.shape[1] <= _MOST:
        raise InputError(
            f"There are {marks.shape[1]} layers. Give 2 to {_MOST}: their sets double with each."
        )
    same_customers(marks, overall)
    x = np.column_stack([numbers(marks[name], str(name)) for name in marks.columns])
    x = np.column_stack([x, numbers(overall.reindex(marks.index), "overall")])
    if len(x) < marks.shape[1] + 3:
        raise DataError(f"{len(x):,} answers do not tell {marks.shape[1]} layers apart. Ask more customers.")
    flat = [
        name for name, column in zip([*marks.columns, "overall"], x.T, strict=True) if np.ptp(column) == 0
    ]
    if flat:
        raise DataError(f"All customers gave the same mark in {some(flat)}, so nothing follows from it.")
    names = list(marks.columns)
    sets = [[place for place in range(len(names)) if code >> place & 1] for code in range(1, 1 << len(names))]

    def shares(weight: Floats) -> Floats:
        """Return each layer's part of R², by customers' weights; missing where nothing varies."""
        sums = (ones * weight[:, None]).T @ ones
        square = sums[1:, 1:] - np.outer(sums[0, 1:], sums[0, 1:]) / sums[0, 0]
        if square[-1, -1] <= 1e-9 * sums[-1, -1]:
            return np.full(len(names), np.nan)
        worth = {}
        for each in sets:
            inner, with_it = square[np.ix_(each, each)], square[each, -1]
            found = np.linalg.lstsq(inner, with_it, rcond=None)[0]
            worth[tuple(names[place] for place in each)] = float(found @ with_it / square[-1, -1])
        return np.asarray(shapley(worth).reindex(names), dtype=float)

    x = x[np.lexsort(x.T)]  # so that the order of the customers plays no part
    ones = np.column_stack([np.ones(len(x)), x - x.mean(axis=0)])
    with threadpool_limits(limits=1):  # threads wait for each other longer than so few numbers take
        part = shares(np.ones(len(x)))
    if part.sum() <= 0:
        raise DataError("The layers explain nothing of satisfaction, so that they have no shares in it.")
    rng = np.random.default_rng(seed)
    drawn = (np.bincount(rng.integers(0, len(x), len(x)), minlength=len(x)) for _ in range(draws))
    with threadpool_limits(limits=1):
        again = np.array([shares(each.astype(float)) for each in drawn]).reshape(draws, len(names))
    whole_ = again.sum(axis=1, keepdims=True)
    share = (again / np.where(whole_ > 0, whole_, np.nan))[whole_[:, 0] > 0]
    at = [(1 - level) / 2, (1 + level) / 2]
    ends = np.quantile(share, at, axis=0) if len(share) else np.full((2, 1), np.nan)
    table = {"importance": part / part.sum(), "low": ends[0], "high": ends[1], "explained": part}
    index = pd.Index(names, name="layer")
    return pd.DataFrame({name: np.broadcast_to(each, len(names)) for name, each in table.items()}, index)


@checked
def kano_kinds(answers: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    r"""Return the kind of each layer by Kano's two questions.

    Must it be there, or would it delight? Customers say how they would find a layer that is very good, and
    one that is not. Who likes it and dislikes its want finds it one-dimensional (一维). Who likes it and
    could do without finds it attractive (魅力). Who takes it for granted and dislikes its want finds it
    must-be (必备), and who minds neither, indifferent (无差异). A reverse answer wants it away, and a
    questionable one contradicts itself.

    Parameters
    ----------
    answers : DataFrame
        Table ``kano``: ``layer``, ``present`` and ``absent``, each like, expect, neutral, live with or
        dislike.
    level : float
        Of the interval.

    Returns
    -------
    DataFrame by layer, as they appear
        The most common ``kind``; the share of each kind; the ``lead`` of the most common over the second,
        with ``low`` and ``high``: where it may be 0, the kind cannot be told. And ``better``, the share of
        those whom it delights, :math:`(A + O) / (A + O + M + I)`, and ``worse``, less the share whom its want
        annoys, :math:`-(O + M) / (A + O + M + I)`.

    Raises
    ------
    DataError
        A column is missing, there are no answers, or an answer is none of the five.

    References
    ----------
    Kano, N., Seraku, N., Takahashi, F. and Tsuji, S. (1984). Attractive quality and must-be quality. Journal
    of the Japanese Society for Quality Control 14(2), 39-48. Berger, C. et al. (1993). Kano's methods for
    understanding customer-defined quality. Center for Quality of Management Journal 2(4), 3-36. Bonett, D. G.
    and Price, R. M. (2012). Adjusted Wald confidence interval for a difference of binomial proportions based
    on paired data. Journal of Educational and Behavioral Statistics 37(4), 479-488.

    Examples
    --------
    >>> from crmlab.decisions import kano_kinds
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"layer": ["core"] * 3, "present": ["expect", "neutral", "like"],
    ...                         "absent": ["dislike", "dislike", "neutral"]})
    >>> kano_kinds(answers).loc["core", ["kind", "better"]].to_dict()
    {'kind': 'must-be', 'better': 0.3333333333333333}
    """
    number(level, "level", "a share", above=0, below=1)
    if missing := [name for name in ("layer", "present", "absent") if name not in answers.columns]:
        raise DataError(f"The answers lack the column '{missing[0]}'. Give the table kano.")
    if answers.empty:
        raise DataError("There are no answers, so no kind follows from them.")
    for name in ("present", "absent"):
        odd = ~answers[name].isin(list(_KANO))
        if odd.any():
            raise DataError(
                f"{int(odd.sum()):,} of {len(answers):,} answers in '{name}' are none of "
                f"{', '.join(_KANO)}: {some(answers.loc[odd, name].unique())}."
            )
    if answers["layer"].isna().any():
        raise DataError(f"{int(answers['layer'].isna().sum()):,} answers name no layer. Leave them out.")
    present, absent = (answers[name].map(_KANO).to_numpy(dtype=int) for name in ("present", "absent"))
    both = (present == absent) & np.isin(present, [0, 4])
    reverse = (absent == 0) | (present == 4)
    kind = np.select(
        [both, reverse, (present == 0) & (absent == 4), present == 0, absent == 4],
        [5, 4, 1, 2, 0],
        3,
    )
    layers = list(dict.fromkeys(answers["layer"]))
    counts = pd.crosstab(answers["layer"].to_numpy(), kind).reindex(index=layers, columns=range(6))
    count = counts.fillna(0).to_numpy(dtype=float)
    size = count.sum(axis=1)
    share = count / size[:, None]
    top = np.sort(count, axis=1)[:, -2:]
    lead = (top[:, 1] - top[:, 0]) / size
    # One answer more for each of the two, as Bonett and Price have it: three who agree do not prove a kind.
    one, two = (top[:, 1] + 1) / (size + 2), (top[:, 0] + 1) / (size + 2)
    half = normal_limit(level) * np.sqrt((one + two - (one - two) ** 2) / (size + 2))
    told = np.where(share[:, :4].sum(axis=1) > 0, share[:, :4].sum(axis=1), np.nan)
    table = pd.DataFrame(share, pd.Index(layers, name="layer"), KANO_KINDS)
    table.insert(0, "kind", [KANO_KINDS[place] for place in share.argmax(axis=1)])
    return table.assign(
        lead=lead,
        low=one - two - half,
        high=one - two + half,
        better=(share[:, 1] + share[:, 2]) / told,
        worse=-(share[:, 0] + share[:, 1]) / told,
    )
