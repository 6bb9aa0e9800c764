"""What a barrier to leaving holds: rates around the day on which it falls, and its worth."""

from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number, rate
from crmlab.customers import DAYS, day
from crmlab.errors import DataError, FitError, InputError, some, unknown
from crmlab.groups import same_customers
from crmlab.intervals import normal_limit, rate_limits
from crmlab.lifecycle.given import need_lives, need_numbers


@checked
def hazard_around(
    lives: pd.DataFrame, when: Any, group: pd.Series | None = None, *, window: int, level: float = 0.95
) -> pd.DataFrame:
    """Return how readily customers left in the days before and after a day, by group.

    What held until the fee fell? Those who left are counted over the time that all were there, so that
    customers who came or went within the window count as long as they were at risk.

    Parameters
    ----------
    lives : DataFrame
        As `lives` returns it: ``begin``, ``until``, ``left``.
    when : str or date
        The first day of the new rule.
    group : Series, optional
        By customer, whom the rule bound and whom not. It must hang on nothing that came later: *whose term
        would run beyond the day*, not *who still had a term on it*.
    window : int
        Days watched on each side.
    level : float
        Of the limits, which are exact for a Poisson count.

    Returns
    -------
    DataFrame by ``group`` and ``when`` (before, after)
        ``left``, ``years`` at risk, ``rate`` a year with ``low`` and ``high``.

    Raises
    ------
    DataError
        The groups have other customers, or nobody was at risk on one side.

    Examples
    --------
    >>> from crmlab.lifecycle import hazard_around
    >>> import pandas as pd
    >>> day = pd.to_datetime
    >>> begin, until = day(["2024-01-01"] * 2), day(["2024-07-05", "2024-12-31"])
    >>> table = pd.DataFrame({"begin": begin, "until": until, "left": [True, False]}, index=["a", "b"])
    >>> hazard_around(table, "2024-07-01", window=90)["left"].tolist()
    [0, 1]
    """
    turn = day(when, "when")
    number(window, "window", "a number of days", least=1)
    need_lives(lives, "begin", "until", "left")
    who = pd.Series("all", index=lives.index) if group is None else group
    same_customers(lives, who)
    who = who.reindex(lives.index)
    if missing := int(who.isna().sum()):
        raise DataError(f"{missing:,} of {len(who):,} customers are in no group. Name one for each.")
    edges = [turn - pd.Timedelta(days=window), turn, turn + pd.Timedelta(days=window)]
    rows = {}
    for name, since, upto in zip(("before", "after"), edges[:-1], edges[1:], strict=True):
        until, begin = lives["until"], lives["begin"]
        inside = until.where(until < upto, upto) - begin.where(begin > since, since)
        spent = inside.dt.days.clip(lower=0)
        gone = lives["left"].astype(bool) & (lives["until"] >= since) & (lives["until"] < upto)
        rows[name] = pd.DataFrame({"left": gone.astype(int), "years": spent / DAYS["Y"]}).groupby(who).sum()
    table = pd.concat(rows, names=["when", "group"]).swaplevel().sort_index(level=0, sort_remaining=False)
    table = table.reindex(pd.MultiIndex.from_product([rows["before"].index, rows], names=["group", "when"]))
    if not (table["years"] > 0).all():
        empty = table.index[~(table["years"] > 0)]
        raise DataError(f"Nobody was at risk in {some([' '.join(map(str, each)) for each in empty])}.")
    low, high = rate_limits(table["left"], table["years"], level)
    return table.assign(rate=table["left"] / table["years"], low=low, high=high)


@checked
def hazard_change(rates: pd.DataFrame, bound: str, control: str, *, level: float = 0.95) -> pd.DataFrame:
    r"""Return what the day changed for those it bound, beyond what changed for the others.

    Did the fee hold them, or would they have left now anyway? Seasons and rivals move both groups, the rule
    moves one. With rates :math:`h = d / T` of both, after (1) and before (0),

    .. math:: (h_1^b - h_0^b) - (h_1^c - h_0^c), \qquad
        \frac{h_1^b / h_0^b}{h_1^c / h_0^c} ,

    with variances :math:`\sum d / T^2`, and :math:`\sum 1 / d` of the logarithm.

    Parameters
    ----------
    rates : DataFrame
        As `hazard_around` returns it.
    bound, control : str
        The group whose rule changed, and the one whose did not.
    level : float
        Of the limits, by a normal.

    Returns
    -------
    DataFrame with the rows ``difference`` (leavers a customer and year) and ``ratio``
        ``estimate``, ``low``, ``high``. They answer different questions: only one of the two groups' changes
        can be parallel, as a difference or as a ratio.

    Raises
    ------
    InputError
        There is no such group, or both are the same.
    FitError
        Nobody left in a cell, so that a ratio has no limits.

    Examples
    --------
    >>> from crmlab.lifecycle import hazard_change
    >>> import pandas as pd
    >>> cells = pd.MultiIndex.from_product([["fee", "free"], ["before", "after"]], names=["group", "when"])
    >>> rates = pd.DataFrame({"left": [20, 80, 40, 50], "years": [100.0] * 4}, cells)
    >>> hazard_change(rates, bound="fee", control="free")["estimate"].round(2).to_dict()
    {'difference': 0.5, 'ratio': 3.2}
    """
    z = normal_limit(level)
    names = rates.index.get_level_values("group").unique()
    for name in (bound, control):
        if name not in names:
            raise unknown("group", name, names, where="rates")
    if bound == control:
        raise InputError(f"bound and control are both '{bound}'. Name two groups.")
    need_numbers(rates, "rates", "left", "years")
    if rates.index.has_duplicates or not (rates["years"] > 0).all() or (rates["left"] < 0).any():
        raise DataError("Each group must stand once before and once after, with years above 0.")
    cells = rates.loc[[(name, when) for name in (bound, control) for when in ("after", "before")]]
    left, years = cells["left"].to_numpy(dtype=float), cells["years"].to_numpy(dtype=float)
    if not left.all():
        empty = [" ".join(map(str, each)) for each in cells.index[left == 0]]
        raise FitError(f"Nobody left in {some(empty)}, so a ratio has no limits. Take a wider window.")
    sign = np.array([1, -1, -1, 1])
    change, error = float(sign @ (left / years)), float(np.sqrt((left / years**2).sum()))
    ratio, spread = float(sign @ np.log(left / years)), float(np.sqrt((1 / left).sum()))
    rows = {
        "difference": (change, change - z * error, change + z * error),
        "ratio": tuple(np.exp([ratio, ratio - z * spread, ratio + z * spread])),
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["estimate", "low", "high"])


@checked
def held_value(margin: float, *, free: float, held: float, years: float, discount_rate: float) -> pd.Series:
    r"""Return what a customer is worth with a barrier for a time, and without one.

    What does a term bring? With a margin *m* a year, a hazard :math:`h_1` while held for *T* years, and
    :math:`h_0` when free,

    .. math:: V = m \frac{1 - e^{-(h_1 + \delta) T}}{h_1 + \delta}
        + e^{-(h_1 + \delta) T} \frac{m}{h_0 + \delta}, \qquad \delta = \ln(1 + d) .

    Parameters
    ----------
    margin : float
        A year, in the currency.
    free, held : float
        Hazards a year: of leaving without the barrier, and under it.
    years : float
        For which it holds.
    discount_rate : float
        A year, above 0.

    Returns
    -------
    Series
        ``with_barrier``, ``without``, their ``difference``: the most that winning a signature may cost, in
        price or in customers who will not sign.

    Raises
    ------
    InputError
        A number is out of its range.

    Examples
    --------
    >>> from crmlab.lifecycle import held_value
    >>> held_value(120, free=0.5, held=0.1, years=1, discount_rate=0.1).round(1).to_dict()
    {'with_barrier': 274.8, 'without': 201.6, 'difference': 73.2}
    """
    number(margin, "margin")
    for value, name in ((free, "free"), (held, "held")):
        number(value, name, "a hazard a year", least=0)
    number(years, "years", least=0)
    force = np.log1p(rate(discount_rate, "discount_rate"))
    if not force:
        raise InputError("discount_rate is 0, but must be above 0.")
    through = np.exp(-(held + force) * years)
    without = margin / (free + force)
    with_it = margin * (1 - through) / (held + force) + through * without
    found = {"with_barrier": with_it, "without": without, "difference": with_it - without}
    return pd.Series(found, name="value").astype(float)
