"""What changed because of a measure: the change of those who got it less the change of those who did not."""

from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number
from crmlab.decisions.columns import flags, numbers, texts
from crmlab.errors import DataError
from crmlab.groups import same_customers


@checked
def difference_in_differences(
    before: pd.Series,
    after: pd.Series,
    treated: pd.Series,
    *,
    cluster: pd.Series | None = None,
    by: pd.Series | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    r"""Return what a measure changed, beside what a mere comparison would say of it.

    Did the card do it, or did its members buy more anyway? The change of those who got it, less the change
    that the others had in the same time:

    .. math:: (\bar y_{1,\text{after}} - \bar y_{1,\text{before}})
        - (\bar y_{0,\text{after}} - \bar y_{0,\text{before}}) .

    It is the effect if both would have changed alike without the measure. Where it was given by lot, they
    would; where it went to the best customers, look at the time before: these fall back by themselves.

    Parameters
    ----------
    before, after : Series
        By customer, what is compared: money, orders or days, for times of equal length.
    treated : Series of bool
        By customer: got it, or not.
    cluster : Series, optional
        By customer, what was drawn: shops or towns, where all customers of one are treated alike. Then the
        customers of one are no separate evidence, and the interval is that of clusters, with Student's *t*
        on two fewer than there are.
    by : Series, optional
        Groups of customers, each estimated by itself; without them there is one row, ``all``.
    level : float
        Of the interval.

    Returns
    -------
    DataFrame by group
        ``treated`` and ``others``, customers; ``clusters``, where given; the means ``treated_before``,
        ``treated_after``, ``others_before`` and ``others_after``; the ``naive`` difference afterwards; and
        the ``effect``, its standard ``error``, ``low`` and ``high``. Missing where a side is empty, and
        without error where a side has one customer, or one cluster, alone.

    Raises
    ------
    DataError
        Other customers in the Series, a value that is missing, or nobody treated at all, or everybody.

    References
    ----------
    Card, D. and Krueger, A. B. (1994). Minimum wages and employment. American Economic Review 84(4), 772-793.
    Bertrand, M., Duflo, E. and Mullainathan, S. (2004). How much should we trust differences-in-differences
    estimates? Quarterly Journal of Economics 119(1), 249-275. Donald, S. G. and Lang, K. (2007). Inference
    with difference-in-differences and other panel data. Review of Economics and Statistics 89(2), 221-233.

    Examples
    --------
    >>> from crmlab.decisions import difference_in_differences
    >>> import pandas as pd
    >>> before, after = pd.Series([9.0, 7, 3, 1]), pd.Series([10.0, 8, 2, 2])
    >>> card = pd.Series([True, True, False, False])
    >>> difference_in_differences(before, after, card)[["naive", "effect"]].loc["all"].tolist()
    [7.0, 1.0]
    """
    number(level, "level", "a share", above=0, below=1)
    given = {"after": after, "treated": treated, "cluster": cluster, "by": by}
    for each in given.values():
        if each is not None:
            same_customers(before, each)
    frame = pd.DataFrame({"before": numbers(before, "before")}, before.index)
    frame["after"] = numbers(after.reindex(before.index), "after")
    frame["treated"] = flags(treated.reindex(before.index), "treated")
    for name, labels in (("cluster", cluster), ("by", by)):
        frame[name] = "all" if labels is None else texts(labels.reindex(before.index), name)
    if frame["treated"].all() or not frame["treated"].any():
        raise DataError("An effect needs customers who were treated and others who were not.")
    clustered = cluster is not None
    rows = {name: _effect(part, clustered, level) for name, part in frame.groupby("by")}
    table = pd.DataFrame(rows).T.rename_axis("group")
    whole = ["treated", "others", *(["clusters"] if clustered else [])]
    return table.astype(dict.fromkeys(whole, int))


def _effect(part: pd.DataFrame, clustered: bool, level: float) -> dict[str, Any]:
    """Return the row of one group."""
    side = part["treated"].to_numpy()
    found: dict[str, Any] = {"treated": int(side.sum()), "others": int((~side).sum())}
    if clustered:
        found["clusters"] = part["cluster"].nunique()
    for name, mask in (("treated", side), ("others", ~side)):
        for when in ("before", "after"):
            found[f"{name}_{when}"] = part.loc[mask, when].mean() if mask.any() else np.nan
    change = (part["after"] - part["before"]).to_numpy()
    found["naive"] = found["treated_after"] - found["others_after"]
    found["effect"] = found["naive"] - (found["treated_before"] - found["others_before"])
    units = part["cluster"].to_numpy() if clustered else np.arange(len(part))
    evidence = [len(np.unique(units[mask])) for mask in (side, ~side)]
    found |= dict.fromkeys(("error", "low", "high"), np.nan)
    if min(evidence) > 1 and np.ptp(change) > 0:
        found |= _errors(change, side, units if clustered else None, level)
    return found


def _errors(change: Any, side: Any, units: Any, level: float) -> dict[str, float]:
    import statsmodels.api as sm
    from scipy import stats

    model = sm.OLS(change, np.column_stack([np.ones(len(change)), side]).astype(float))
    if units is None:
        fit = model.fit(cov_type="HC2")
        free, factor = len(change) - 2, 1.0
    else:
        groups = np.unique(units, return_inverse=True)[1]
        fit = model.fit(cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False})
        free = int(groups.max()) - 1  # two means are estimated: with equal clusters it is their t-test
        factor = (free + 2) / free
    error = float(np.sqrt(max(fit.cov_params()[1, 1], 0.0) * factor))
    half = float(stats.t.ppf((1 + level) / 2, free)) * error
    effect = float(fit.params[1])
    return {"error": error, "low": effect - half, "high": effect + half}
