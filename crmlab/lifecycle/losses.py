"""Customers called lost: how often that is right, and what is at stake in keeping them."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmlab.arguments import checked, whole
from crmlab.errors import DataError, unknown
from crmlab.groups import complete, same_customers

Floats = npt.NDArray[np.float64]


@checked
def precision_at(score: pd.Series, gone: pd.Series, calls: int) -> float:
    """Return how often a rule is right when it calls so many customers lost, the surest first.

    Which of two rules names the lost more often, if both name as many? Customers of equal score at the end of
    the list are drawn by lot, so the answer is the mean over all such lists.

    Parameters
    ----------
    score : Series
        By customer, the surest loss highest.
    gone : Series
        By customer, whether it came true.
    calls : int
        How many are called lost.

    Raises
    ------
    DataError
        There are fewer customers than calls.

    Examples
    --------
    >>> from crmlab.lifecycle import precision_at
    >>> import pandas as pd
    >>> silence = pd.Series([90, 60, 60, 10], index=list("abcd"))
    >>> gone = pd.Series([True, True, False, False], index=list("abcd"))
    >>> precision_at(silence, gone, 1), precision_at(silence, gone, 2)
    (1.0, 0.75)
    """
    whole(calls, "calls", "a number of customers", least=1)
    same_customers(score, gone)
    if calls > len(score):
        raise DataError(f"{calls:,} of {len(score):,} customers cannot be called lost.")
    return right_in(score.to_numpy(dtype=float), gone.loc[score.index].to_numpy(dtype=float), calls)


def right_in(score: Floats, true: Floats, calls: int) -> float:
    """Return `precision_at` of arrays."""
    last = np.partition(score, -calls)[-calls]
    above, tied = score > last, score == last
    right = true[above].sum() + true[tied].mean() * (calls - above.sum())
    return float(right / calls)


@checked
def at_stake(
    before: pd.Series, after: pd.Series, profit: pd.Series, *, out: str = "decline", least: int = 1
) -> pd.DataFrame:
    """Compare what customers brought who stayed out of decline with what those brought who did not.

    How much is lost when a relationship slips away? The difference is between groups that differ in more than
    that, so it says what keeping one *may* be worth, not what it will be.

    Parameters
    ----------
    before, after : Series
        Stages of customers at two dates.
    profit : Series
        What each of them brought after the second date.
    out : str
        The stage to stay out of.
    least : int
        Customers that each of the two groups must have.

    Returns
    -------
    DataFrame
        By stage before: ``customers``; ``slide``, the share in ``out`` at the second date; mean profit of
        those who were ``kept`` out of it and of the ``lost``; ``stake``, the difference. The last three are
        missing where a group has fewer than the least.

    Raises
    ------
    InputError
        There is no such stage.
    DataError
        A customer of the first date has no stage at the second, or no profit.

    Examples
    --------
    >>> from crmlab.lifecycle import at_stake
    >>> import pandas as pd
    >>> before = pd.Series(["stability"] * 4, index=list("abcd"))
    >>> after = pd.Series(["stability", "stability", "decline", "decline"], index=list("abcd"))
    >>> profit = pd.Series([30.0, 10.0, 4.0, 0.0], index=list("abcd"))
    >>> at_stake(before, after, profit).loc["stability"].to_dict()
    {'customers': 4.0, 'slide': 0.5, 'kept': 20.0, 'lost': 2.0, 'stake': 18.0}
    """
    whole(least, "least", "a number of customers", least=1)
    for other in (after, profit):
        same_customers(before, other.loc[other.index.intersection(before.index)])
    if out not in set(after.unique()) | set(before.unique()):
        raise unknown("stage", out, sorted({*map(str, after.unique()), *map(str, before.unique())}))
    known = profit.loc[before.index]
    complete(known)
    slid = after.loc[before.index].astype(str) == out
    by = {"observed": False}
    sizes, slide = before.groupby(before, **by).size(), slid.groupby(before, **by).mean()
    means = {}
    for name, group in (("kept", ~slid), ("lost", slid)):
        counted = known[group].groupby(before[group], **by).agg(["size", "mean"]).reindex(sizes.index)
        means[name] = counted["mean"].where(counted["size"] >= least)
    table = pd.DataFrame({"customers": sizes, "slide": slide, **means})
    return table.assign(stake=table["kept"] - table["lost"]).rename_axis("stage")
