"""Why customers leave: the mix of causes over time, who said nothing, and what each cause calls for."""

from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked
from crmlab.customers import DAYS
from crmlab.errors import DataError, InputError, some, unknown
from crmlab.groups import complete, same_customers
from crmlab.intervals import normal_limit, rate_limits, share_limits
from crmlab.language import mark
from crmlab.lifecycle.given import need_lives, need_numbers

_PERIODS = ("M", "Q", "Y")


@checked
def cause_mix(
    lives: pd.DataFrame,
    reason: pd.Series,
    *,
    silent: str = "not stated",
    period: str = "Q",
    level: float = 0.95,
) -> pd.DataFrame:
    """Return the reasons that leavers gave, by period, with those who gave none.

    Is it us, the rival or life itself, and is that changing? A share of leavers may rise because the other
    causes fell, so each reason has its rate as well. Leavers who said nothing are not left out: they could
    all have had this reason, or none of them.

    Parameters
    ----------
    lives : DataFrame
        As `lives` returns it: ``begin``, ``until``, ``left``.
    reason : Series
        By customer, what was said; missing where nothing was, or the customer is there.
    silent : str
        What stands for having said nothing.
    period : {"M", "Q", "Y"}
        Of the calendar.
    level : float
        Of the limits.

    Returns
    -------
    DataFrame by ``period`` and ``reason``, the silent last
        ``left``, leavers with this reason; ``of_all``, their share of all leavers, and ``at_most``, if all
        the silent had it; ``of_stated``, their share of those who spoke, with ``low`` and ``high``,
        missing for the silent; ``rate``, leavers with it a year at risk, with ``rate_low`` and ``rate_high``.

    Raises
    ------
    InputError
        An unknown period.
    DataError
        A reason is given for a customer without a life, or nobody left.

    Examples
    --------
    >>> from crmlab.lifecycle import cause_mix
    >>> import pandas as pd
    >>> until = pd.to_datetime(["2024-02-01"] * 3 + ["2024-03-31"])
    >>> table = pd.DataFrame({"until": until, "left": [True, True, True, False]})
    >>> table["begin"] = pd.Timestamp("2024-01-01")
    >>> mix = cause_mix(table, pd.Series(["service", "service", None, None]))
    >>> mix.loc["2024Q1", ["left", "of_all", "at_most", "of_stated"]].round(2).values.tolist()
    [[2.0, 0.67, 1.0, 1.0], [1.0, 0.33, nan, nan]]
    """
    if period not in _PERIODS:
        raise unknown("period", period, _PERIODS)
    said, left = _said(lives, reason, silent)
    gone = pd.DataFrame({"period": lives["until"].dt.to_period(period), "reason": said})[left]
    spans = pd.period_range(lives["begin"].min(), lives["until"].max(), freq=period)
    names = [*sorted(set(gone["reason"]) - {silent}), silent]
    count = pd.crosstab(gone["period"], gone["reason"]).reindex(index=spans, columns=names, fill_value=0)
    index = pd.MultiIndex.from_product([spans.astype(str), names], names=["period", "reason"])
    total = np.repeat(count.sum(axis=1).to_numpy(dtype=float), len(names))
    quiet = np.repeat(count[silent].to_numpy(dtype=float), len(names))
    years = np.repeat(_years(lives, spans), len(names))
    many = count.to_numpy(dtype=float).ravel()
    speaks = np.tile(np.array(names) != silent, len(spans))
    spoke = np.where(speaks, total - quiet, 0.0)
    low, high = share_limits(np.where(speaks, many, 0.0), spoke, level)
    rate_low, rate_high = rate_limits(many, years, level)
    with np.errstate(invalid="ignore", divide="ignore"):
        table = {
            "left": many.astype(int),
            "of_all": many / total,
            "at_most": np.where(speaks, (many + quiet) / total, np.nan),
            "of_stated": np.where(speaks, many / spoke, np.nan),
            "low": low,
            "high": high,
            "rate": np.where(years > 0, many / years, np.nan),
            "rate_low": rate_low,
            "rate_high": rate_high,
        }
    return pd.DataFrame(table, index=index)


@checked
def causes_behind(reason: pd.Series, said: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    r"""Return the mix of causes behind the reasons that leavers gave, if it is known what each cause says.

    Do those who name a better offer leave for it? Some of those whom the firm failed name a rival, and many
    say nothing. Where a sample of leavers was asked thoroughly, so that :math:`P(\text{reason} \mid
    \text{cause})` is known, the mix :math:`\pi` that makes the reasons of all likeliest maximises

    .. math:: \sum_r n_r \ln \sum_c \pi_c P(r \mid c) .

    Parameters
    ----------
    reason : Series
        What each leaver said, having said nothing being a reason as well.
    said : DataFrame
        Shares of those with each cause (rows) who say each reason (columns); rows sum to one.
    level : float
        Of the limits, from the curvature, which hold chance and not the doubt about ``said``.

    Returns
    -------
    DataFrame by ``cause``
        ``share`` with ``low`` and ``high``.

    Raises
    ------
    InputError
        Rows of ``said`` do not sum to one, or two causes say the same, so that nothing tells them apart.
    DataError
        There are no leavers, or somebody gave a reason that no cause gives.

    References
    ----------
    Dempster, A. P., Laird, N. M. and Rubin, D. B. (1977). Maximum likelihood from incomplete data via the EM
    algorithm. Journal of the Royal Statistical Society B 39(1), 1-38.

    Examples
    --------
    >>> from crmlab.lifecycle import causes_behind
    >>> import pandas as pd
    >>> said = pd.DataFrame({"service": [0.5, 0], "offer": [0.5, 1]}, index=["firm", "rival"])
    >>> causes_behind(pd.Series(["service"] * 30 + ["offer"] * 70), said)["share"].round(2).to_dict()
    {'firm': 0.6, 'rival': 0.4}
    """
    z = normal_limit(level)
    need_numbers(said, "chances in said", *said.columns)
    chance = said.to_numpy(dtype=float)
    if said.empty or (chance < 0).any() or not np.allclose(chance.sum(axis=1), 1, atol=1e-6):
        raise InputError("said must hold shares, and each of its rows must sum to one.")
    if np.linalg.matrix_rank(chance) < len(chance):
        raise InputError("Two causes, or a mix of them, say the same, so reasons cannot tell them apart.")
    known = reason.dropna()
    if known.empty:
        raise DataError("There are no leavers, so there is no mix of causes.")
    strange = sorted(set(known) - set(said.columns[chance.sum(axis=0) > 0]))
    if strange:
        raise DataError(f"No cause gives the reason {some(strange)}. Add a column for it to said.")
    count = known.value_counts().reindex(said.columns, fill_value=0).to_numpy(dtype=float)
    here = count > 0
    count, chance = count[here], chance[:, here]
    share = np.full(len(chance), 1 / len(chance))
    for _ in range(20_000):
        behind = share[:, None] * chance / (share @ chance)
        new = behind @ count / count.sum()
        if np.abs(new - share).max() < 1e-12:
            break
        share = new
    share = new
    slope = chance / (share @ chance)
    curve = np.linalg.pinv(slope * count @ slope.T)  # of the likelihood, the shares taken as free ...
    one = np.ones(len(share))
    held = curve - np.outer(curve @ one, curve @ one) / (one @ curve @ one)  # ... and held to a sum of one
    half = z * np.sqrt(np.clip(np.diag(held), 0, None))
    table = {"share": share, "low": np.clip(share - half, 0, 1), "high": np.clip(share + half, 0, 1)}
    return pd.DataFrame(table, index=said.index.rename("cause"))


@checked
def cures_by_lot(
    arm: pd.Series, reason: pd.Series, *, none: str = "none", level: float = 0.95
) -> pd.DataFrame:
    r"""Return which share of those who leave for a reason each response keeps, where a lot gave it.

    Does better service keep those who leave for a better offer? With :math:`q_0` and :math:`q_1`, the shares
    of the customers without and with the response who left for the reason,

    .. math:: k = 1 - q_1 / q_0 .

    Parameters
    ----------
    arm : Series
        By customer, the response that a lot gave.
    reason : Series
        Of the same customers, why they left; missing for those who stayed.
    none : str
        The arm that got nothing.
    level : float
        Of the limits.

    Returns
    -------
    DataFrame by ``reason`` and ``response``
        ``left_without`` and ``left_with``, customers; ``without`` and ``with``, shares of their arms;
        ``kept``, *k*, with ``low`` and ``high`` from the difference of the shares; ``sure``, whether the
        lower limit is above zero.

    Raises
    ------
    DataError
        Customers differ, nobody is in the arm that got nothing or in any other, or nobody left there.

    Notes
    -----
    The limits are those of the difference of two shares, divided by :math:`q_0` as if it were exact, so they
    are a little narrow where few left. Of several reasons and responses, one may be sure by chance.

    Examples
    --------
    >>> from crmlab.lifecycle import cures_by_lot
    >>> import pandas as pd
    >>> arm = pd.Series(["none"] * 100 + ["service"] * 100)
    >>> reason = pd.Series(["failure"] * 40 + [None] * 60 + ["failure"] * 10 + [None] * 90)
    >>> found = cures_by_lot(arm, reason).loc[("failure", "service")]
    >>> found[["kept", "low", "high"]].astype(float).round(2).tolist(), bool(found["sure"])
    ([0.75, 0.47, 1.03], True)
    """
    z = normal_limit(level)
    same_customers(arm, reason)
    why = reason.reindex(arm.index)
    sizes = arm.astype(str).value_counts().sort_index()
    others = [name for name in sizes.index if name != none]
    if none not in sizes or not others:
        raise DataError(f"Somebody must be in the arm '{none}', and somebody in another. Name them so.")
    left = pd.crosstab(why.dropna().astype(str), arm.astype(str)[why.notna()]).reindex(
        columns=[none, *others], fill_value=0
    )
    left = left[left[none] > 0]
    if left.empty:
        raise DataError(f"Nobody in the arm '{none}' left, so nobody could have been kept.")
    rows = {}
    for said, counts in left.iterrows():
        without = counts[none] / sizes[none]
        for name in others:
            share = counts[name] / sizes[name]
            spread = without * (1 - without) / sizes[none] + share * (1 - share) / sizes[name]
            kept, half = 1 - share / without, z * np.sqrt(spread) / without
            counted = (int(counts[none]), int(counts[name]), without, share)
            rows[said, name] = (*counted, kept, kept - half, kept + half, kept > half)
    names = ["left_without", "left_with", "without", "with", "kept", "low", "high", "sure"]
    index = pd.MultiIndex.from_tuples(rows, names=["reason", "response"])
    return pd.DataFrame(list(rows.values()), index=index, columns=names)


@checked
def best_responses(
    leaving: pd.Series, cures: pd.DataFrame, costs: pd.Series, *, value: float
) -> pd.DataFrame:
    r"""Return what each response to each cause of leaving earns, a leaver of that cause.

    Is a discount the answer to everything? It cures nobody who moves away. With :math:`k`, the share of those
    about to leave for a cause whom a response keeps, it earns :math:`k V - c`; doing nothing earns nothing.

    Parameters
    ----------
    leaving : Series
        By cause, how many are about to leave for it.
    cures : DataFrame
        Shares kept: causes by responses.
    costs : Series
        By response, what it costs for each who gets it, kept or not.
    value : float
        *V*, what a customer who is kept brings.

    Returns
    -------
    DataFrame by cause, and ``one for all`` last
        A column for each response and ``nothing``, the earnings of all who are about to leave for the cause;
        ``best``, the response that earns most; ``earned``, by it. The last row has each response given to
        everybody: below the sum of the rows above it lies what matching earns.

    Raises
    ------
    InputError
        A share or cost is out of its range.
    DataError
        A cause or response is missing in one of the tables.

    Examples
    --------
    >>> from crmlab.lifecycle import best_responses
    >>> import pandas as pd
    >>> cures = pd.DataFrame({"service": [0.5, 0.0], "discount": [0.2, 0.4]}, index=["firm", "rival"])
    >>> leaving, costs = pd.Series({"firm": 10, "rival": 10}), pd.Series({"service": 20, "discount": 30})
    >>> best_responses(leaving, cures, costs, value=100.0)["best"].to_dict()
    {'firm': 'service', 'rival': 'discount', 'one for all': 'service'}
    """
    if set(cures.index) != set(leaving.index) or set(cures.columns) != set(costs.index):
        raise DataError("cures must have a row for each cause in leaving, and a column for each in costs.")
    if leaving.index.has_duplicates or cures.index.has_duplicates or not cures.columns.is_unique:
        raise DataError("Each cause and each response must stand once.")
    need_numbers(cures, "cures", *cures.columns)
    complete(leaving)
    complete(costs)
    kept = cures.loc[leaving.index, costs.index].to_numpy(dtype=float)
    if not ((kept >= 0) & (kept <= 1)).all():
        raise InputError("cures must hold shares from 0 to 1: of those about to leave, who are kept.")
    if not ((costs >= 0).all() and (leaving >= 0).all()):
        raise InputError("Costs and numbers of leavers must be at least 0.")
    many, cost = leaving.to_numpy(dtype=float), costs.to_numpy(dtype=float)
    cells = pd.DataFrame(many[:, None] * (kept * value - cost[None, :]), leaving.index, costs.index)
    cells.insert(0, mark("nothing"), 0.0)
    cells.loc[mark("one for all")] = cells.sum()
    return cells.assign(best=cells.idxmax(axis=1), earned=cells.max(axis=1)).rename_axis("cause")


def _said(lives: pd.DataFrame, reason: pd.Series, silent: str) -> Any:
    need_lives(lives, "begin", "until", "left")
    strange = reason.index.difference(lives.index)
    if len(strange) or reason.index.has_duplicates:
        raise DataError(
            "Reasons stand twice, or for customers without a life"
            f"{', for example ' if len(strange) else ''}{some(strange)}. Keep one for each customer."
        )
    left = lives["left"].to_numpy(dtype=bool)
    if not left.any():
        raise DataError("Nobody left, so there are no causes. Watch the customers for longer.")
    return reason.reindex(lives.index).astype(object).where(lambda each: each.notna(), silent), left


def _years(lives: pd.DataFrame, spans: pd.PeriodIndex) -> Any:
    """Return the years that all customers together were at risk in each period."""
    edges = [*spans.start_time, (spans[-1] + 1).start_time]
    points = np.array(edges, dtype="datetime64[D]").astype(float)
    lived = np.zeros(len(points))
    for name, sign in (("begin", 1.0), ("until", -1.0)):
        at = np.sort(lives[name].to_numpy().astype("datetime64[D]").astype(float))
        below = np.searchsorted(at, points)
        lived += sign * (points * below - np.append(0.0, np.cumsum(at))[below])
    return np.diff(lived) / DAYS["Y"]
