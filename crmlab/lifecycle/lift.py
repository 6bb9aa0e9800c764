"""A score held against what came: lift and calibration by class, and how long before the end it speaks."""

import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.errors import DataError, InputError, some
from crmlab.groups import complete, same_customers
from crmlab.intervals import share_limits


@checked
def score_table(score: pd.Series, left: pd.Series, *, classes: int = 10, level: float = 0.95) -> pd.DataFrame:
    """Return, by class of score from the highest, how many left, and whether as many as the score says.

    How much better than chance is the top tenth, and can a score of 0.3 be taken for a chance of 30 %?
    Customers of equal score are in one class, so that classes may be of unequal size, or fewer.

    Parameters
    ----------
    score : Series
        By customer, the likelier to leave the higher.
    left : Series of bool
        Who left.
    classes : int
        How many, as nearly as ties allow.
    level : float
        Of the limits, Wilson's.

    Returns
    -------
    DataFrame by ``class``, 1 the highest
        ``customers``; ``left``; ``share`` who left, with ``low`` and ``high``; ``score``, its mean, to be
        held against the share where it is a chance; ``lift``, the share over that of all; ``reached``, the
        share of all leavers down to here, and ``base``, the share of all customers.

    Raises
    ------
    DataError
        The Series have other customers, values are missing, or nobody left.

    Examples
    --------
    >>> from crmlab.lifecycle import score_table
    >>> import pandas as pd
    >>> score, left = pd.Series([0.9, 0.8, 0.3, 0.1]), pd.Series([True, False, True, False])
    >>> found = score_table(score, left, classes=2)
    >>> found[["share", "score", "lift"]].round(2).values.tolist()
    [[0.5, 0.85, 1.0], [0.5, 0.2, 1.0]]
    """
    whole(classes, "classes", least=2, most=1000)
    same_customers(score, left)
    complete(score)
    if not left.isin([0, 1]).all():
        raise DataError("left must be true or false for each customer.")
    gone = left.reindex(score.index).astype(bool)
    if not gone.any():
        raise DataError("Nobody left, so a score cannot be judged. Watch the customers for longer.")
    place = score.rank(ascending=False, method="average")
    part = ((place - 0.5) / len(score) * classes).astype(int)
    frame = pd.DataFrame({"class": part.rank(method="dense").astype(int), "left": gone, "score": score})
    grouped = frame.groupby("class")
    customers, leavers = grouped.size(), grouped["left"].sum()
    low, high = share_limits(leavers, customers, level)
    table = {
        "customers": customers,
        "left": leavers,
        "share": leavers / customers,
        "low": low,
        "high": high,
        "score": grouped["score"].mean(),
        "lift": leavers / customers / gone.mean(),
        "reached": leavers.cumsum() / leavers.sum(),
        "base": customers.cumsum() / customers.sum(),
    }
    return pd.DataFrame(table)


@checked
def lead_times(scores: pd.DataFrame, left_on: pd.Series, *, threshold: float) -> pd.Series:
    """Return how many days before leaving the alarm first rang, for each customer who left.

    Does the alarm leave time to act? One that rings on the last day is right, and useless.

    Parameters
    ----------
    scores : DataFrame
        Customers by days on which they were scored; missing where a customer was not there.
    left_on : Series of dates
        Of those who left, missing for the others.
    threshold : float
        From which score on it rings.

    Returns
    -------
    Series by customer, those who left after the first day of scores
        ``days``, missing where it never rang before they left.

    Raises
    ------
    InputError
        The columns are no days.
    DataError
        The tables have other customers, or nobody left after the first day.

    Examples
    --------
    >>> from crmlab.lifecycle import lead_times
    >>> import pandas as pd
    >>> days = pd.to_datetime(["2024-01-01", "2024-02-01"])
    >>> scores = pd.DataFrame([[0.2, 0.8], [0.1, 0.1]], index=["a", "b"], columns=days)
    >>> lead_times(scores, pd.Series(pd.to_datetime(["2024-02-21", None]), index=["a", "b"]), threshold=0.5)
    a    20.0
    Name: days, dtype: float64
    """
    number(threshold, "threshold")
    same_customers(scores, left_on)
    if not isinstance(scores.columns, pd.DatetimeIndex):
        raise InputError(f"The columns of scores, {some(scores.columns)}, are no days. Use pd.to_datetime.")
    days = scores.sort_index(axis=1)
    gone = pd.to_datetime(left_on.reindex(days.index))
    here = gone[gone > days.columns[0]]
    if here.empty:
        raise DataError("Nobody left after the first day of scores, so there is no time to measure.")
    before = days.columns.to_numpy()[None, :] < here.to_numpy()[:, None]
    rings = (days.loc[here.index].to_numpy(dtype=float) >= threshold) & before
    first = days.columns[rings.argmax(axis=1)]
    lead = (here - first).dt.days.astype(float)
    return lead.where(rings.any(axis=1)).rename("days")
