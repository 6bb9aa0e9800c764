"""What a survey says of all customers: two published scores with their errors, and who answers."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.decisions.columns import Floats, flags, numbers
from crmlab.errors import DataError, InputError, unknown
from crmlab.groups import same_customers
from crmlab.intervals import normal_limit


@checked
def acsi(
    marks: pd.DataFrame, weights: Mapping[str, float] | None = None, *, level: float = 0.95
) -> pd.Series:
    r"""Return the satisfaction index of the American kind: several questions in one number from 0 to 100.

    How satisfied are they, by a number that others publish, too? With the means :math:`\bar x_j` of marks
    from 1 to 10 and weights that sum to one,

    .. math:: \text{ACSI} = 100 \sum_j w_j \frac{\bar x_j - 1}{9} .

    Parameters
    ----------
    marks : DataFrame
        By customer, one column of marks from 1 to 10 a question.
    weights : mapping, optional
        Of each question; without them all count the same. The index publishes weights of its own model.
    level : float
        Of the interval.

    Returns
    -------
    Series
        ``index``, its standard ``error``, ``low`` and ``high``; the last three are missing for one customer.

    Raises
    ------
    InputError
        A weight is negative or names no question, or all are 0.
    DataError
        There are no answers, or a mark is missing or not from 1 to 10.

    References
    ----------
    Fornell, C., Johnson, M. D., Anderson, E. W., Cha, J. and Bryant, B. E. (1996). The American customer
    satisfaction index: nature, purpose, and findings. Journal of Marketing 60(4), 7-18.

    Examples
    --------
    >>> from crmlab.decisions import acsi
    >>> import pandas as pd
    >>> acsi(pd.DataFrame({"overall": [8, 10], "expected": [6, 10]}))[["index", "error"]].round(1).to_dict()
    {'index': 83.3, 'error': 16.7}
    """
    number(level, "level", "a share", above=0, below=1)
    x = np.column_stack([numbers(marks[name], str(name), 1, 10) for name in marks.columns])
    given = dict.fromkeys(marks.columns, 1.0) if weights is None else dict(weights)
    if odd := [name for name in given if name not in marks.columns]:
        raise unknown("question", odd[0], marks.columns)
    w = np.array([number(given.get(name, 0.0), f"The weight of {name}", least=0) for name in marks.columns])
    if w.sum() == 0:
        raise InputError("All weights are 0. Give at least one question a weight.")
    each = 100 * (x - 1) / 9 @ (w / w.sum())
    return _interval(
        "index", each.mean(), each.std(ddof=1) / np.sqrt(len(each)) if len(each) > 1 else np.nan, level
    )


@checked
def net_promoter(recommend: pd.Series, *, level: float = 0.95) -> pd.Series:
    r"""Return the net promoter score with its standard error.

    How many more would recommend us than not? Promoters say 9 or 10 of 10, detractors 0 to 6, and
    :math:`NPS = p - d` with the variance :math:`(p + d - (p - d)^2) / n`. Two thousand customers of whom
    nothing has changed give other scores each month: look at the interval first.

    Parameters
    ----------
    recommend : Series
        By customer who answered, from 0 to 10.
    level : float
        Of the interval.

    Returns
    -------
    Series
        ``promoters`` and ``detractors``, as shares; ``score``, from -1 to 1, its standard ``error``, ``low``
        and ``high``.

    Raises
    ------
    DataError
        There are no answers, or one is missing or not from 0 to 10.

    References
    ----------
    Reichheld, F. F. (2003). The one number you need to grow. Harvard Business Review 81(12), 46-54.

    Examples
    --------
    >>> from crmlab.decisions import net_promoter
    >>> import pandas as pd
    >>> net_promoter(pd.Series([10] * 45 + [8] * 35 + [3] * 20))[["score", "error"]].round(3).to_dict()
    {'score': 0.25, 'error': 0.077}
    """
    number(level, "level", "a share", above=0, below=1)
    x = numbers(recommend, "recommend", 0, 10)
    p, d = float((x >= 9).mean()), float((x <= 6).mean())
    found = _interval("score", p - d, np.sqrt(max(p + d - (p - d) ** 2, 0) / len(x)), level)
    return pd.concat([pd.Series({"promoters": p, "detractors": d}), found])


@checked
def answerers(answered: pd.Series, known: pd.DataFrame) -> pd.DataFrame:
    """Compare those who answered a survey with those who did not, in what is known of all.

    Do the answers speak for the customers? Whoever is delighted or angry answers more often. What was asked
    is known of those alone who answered; but orders, or who left later, are known of all.

    Parameters
    ----------
    answered : Series of bool
        By customer who was asked.
    known : DataFrame
        By customer, numbers or yes and no (1 and 0).

    Returns
    -------
    DataFrame by what is known
        ``answered`` and ``silent``, the means; ``all``, that of both; ``difference`` of those who answered
        from those who did not, its standard ``error``; and ``z``. With several rows, one of twenty is beyond
        1.96 by chance.

    Raises
    ------
    DataError
        Other customers in the two, nobody answered or all did, or a number is missing.

    Examples
    --------
    >>> from crmlab.decisions import answerers
    >>> import pandas as pd
    >>> known = pd.DataFrame({"orders": [9, 7, 8, 2, 3, 4]})
    >>> answerers(pd.Series([True] * 3 + [False] * 3), known)[["answered", "silent"]].loc["orders"].tolist()
    [8.0, 3.0]
    """
    same_customers(answered, known)
    side = flags(answered.reindex(known.index), "answered")
    if side.all() or not side.any():
        raise DataError("To compare, some must have answered and others not.")
    x = np.column_stack([numbers(known[name], str(name)) for name in known.columns])
    one, two = x[side], x[~side]

    def spread(part: Floats) -> Floats:
        return part.var(axis=0, ddof=1) / len(part) if len(part) > 1 else np.full(x.shape[1], np.nan)

    gap, error = one.mean(axis=0) - two.mean(axis=0), np.sqrt(spread(one) + spread(two))
    table: dict[str, Any] = {"answered": one.mean(axis=0), "silent": two.mean(axis=0), "all": x.mean(axis=0)}
    z = np.divide(gap, error, out=np.full(len(gap), np.nan), where=error > 0)
    return pd.DataFrame(table | {"difference": gap, "error": error, "z": z}, known.columns)


@checked
def answer_range(marks: pd.Series, asked: int, *, least: float = 1, most: float = 10) -> pd.Series:
    r"""Return between which numbers the mean of all lies, whatever those think who did not answer.

    What could a survey with many silent customers hide? With the share *a* that answered and their mean
    :math:`\bar x`, the mean of all lies from :math:`a \bar x + (1 - a) x_{\min}` to
    :math:`a \bar x + (1 - a) x_{\max}`: no weighting narrows it without an assumption on the silent.

    Parameters
    ----------
    marks : Series
        Of those who answered.
    asked : int
        How many were asked.
    least, most : float
        The ends of the scale.

    Returns
    -------
    Series
        ``answered``, the share; ``mean`` of those who did; ``lowest`` and ``highest`` for all.

    Raises
    ------
    InputError
        Fewer were asked than answered.
    DataError
        There are no answers, or one is missing or off the scale.

    References
    ----------
    Manski, C. F. (1989). Anatomy of the selection problem. Journal of Human Resources 24(3), 343-360.

    Examples
    --------
    >>> from crmlab.decisions import answer_range
    >>> import pandas as pd
    >>> answer_range(pd.Series([8, 9]), asked=4)[["lowest", "highest"]].tolist()
    [4.75, 9.25]
    """
    number(most, "most", above=least)
    x = numbers(marks, str(marks.name or "marks"), least, most)
    share = len(x) / whole(asked, "asked", "a number of customers", least=len(x))
    mean = float(x.mean())
    found = {"answered": share, "mean": mean}
    found |= {
        "lowest": share * mean + (1 - share) * least,
        "highest": share * mean + (1 - share) * most,
    }
    return pd.Series(found, name="range")


def _interval(name: str, value: float, error: float, level: float) -> pd.Series:
    half = normal_limit(level) * error
    found = {name: value, "error": error, "low": value - half, "high": value + half}
    return pd.Series(found, name=name, dtype=float)
