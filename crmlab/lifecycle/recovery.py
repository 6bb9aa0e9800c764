"""Whom it is worth winning back: who changes, what a gesture may cost, and the recovery paradox."""

from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number
from crmlab.errors import DataError, some, unknown
from crmlab.groups import complete, same_customers
from crmlab.intervals import normal_limit, share_limits
from crmlab.language import mark
from crmlab.lifecycle.given import need_numbers

KINDS = (mark("persuadable"), mark("sure"), mark("lost"), mark("put off"))
CASES = ("none", "repaired", "not repaired")


@checked
def response_kinds(trial: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    r"""Return how many customers an offer changes, pays for nothing, or drives away, as far as a trial tells.

    Of those who accept an offer, whom did it change? With :math:`p_1` and :math:`p_0`, the shares who come
    back with and without it, the difference is all that a trial by lot identifies:

    .. math:: P(\text{persuadable}) - P(\text{put off}) = p_1 - p_0 .

    Nobody is seen both with and without the offer, so each kind has bounds only, those of Fréchet:

    .. math::
        \max(0, p_1 - p_0) \le P(\text{persuadable}) \le \min(p_1, 1 - p_0), \quad
        \max(0, p_1 + p_0 - 1) \le P(\text{sure}) \le \min(p_0, p_1) .

    If an offer puts nobody off, the kinds are :math:`p_1 - p_0`, :math:`p_0`, :math:`1 - p_1` and 0.

    Parameters
    ----------
    trial : DataFrame by group
        As `crmlab.decisions.uplift` returns it for who came back: ``treated``, ``held_back``, ``with``,
        ``without``.
    level : float
        Of ``lowest`` and ``highest``.

    Returns
    -------
    DataFrame by ``group`` and ``kind`` (persuadable, sure, lost, put off)
        ``low`` and ``high``, the bounds at the shares observed; ``lowest`` and ``highest``, the same with
        chance allowed for; ``if_none_put_off``, the share under that assumption, missing where fewer came
        back with the offer than without.

    Raises
    ------
    DataError
        A column is missing, an arm is empty, or a share is not between 0 and 1.

    References
    ----------
    Heckman, J. J., Smith, J. and Clements, N. (1997). Making the most out of programme evaluations and social
    experiments. Review of Economic Studies 64(4), 487-535.

    Examples
    --------
    >>> from crmlab.lifecycle import response_kinds
    >>> import pandas as pd
    >>> trial = pd.DataFrame({"treated": 500, "held_back": 500, "with": 0.3, "without": 0.2}, index=["all"])
    >>> response_kinds(trial).loc["all"][["low", "high"]].round(2).T.to_dict("list")
    {'persuadable': [0.1, 0.3], 'sure': [0.0, 0.2], 'lost': [0.5, 0.7], 'put off': [0.0, 0.2]}
    """
    _trial(trial, "treated", "held_back", "with", "without")
    one, none = trial["with"].to_numpy(dtype=float), trial["without"].to_numpy(dtype=float)
    if not ((one >= 0) & (one <= 1) & (none >= 0) & (none <= 1)).all():
        raise DataError("The means of the trial are no shares. Count who came back, not money.")
    # limits of both shares hold together with the level, as each holds with half of the doubt
    both = (1 + level) / 2
    limits = [
        share_limits(share * trial[many], trial[many], both)
        for share, many in ((one, "treated"), (none, "held_back"))
    ]
    corners = [_bounds(p, q) for p in limits[0] for q in limits[1]]
    low, high = _bounds(one, none)
    lowest = np.min([each[0] for each in corners], axis=0)
    highest = np.max([each[1] for each in corners], axis=0)
    point = np.where(one >= none, np.stack([one - none, none, 1 - one, 0 * one]), np.nan)
    index = pd.MultiIndex.from_product([trial.index, KINDS], names=["group", "kind"])
    parts = {"low": low, "high": high, "lowest": lowest, "highest": highest, "if_none_put_off": point}
    return pd.DataFrame({name: each.T.ravel() for name, each in parts.items()}, index=index)


@checked
def recovery_value(
    trial: pd.DataFrame, value: float | pd.Series, *, gesture: float = 0.0, voucher: float = 0.0
) -> pd.DataFrame:
    r"""Return what winning customers back earns a head, and how dear the gesture may be.

    Is the gesture worth it, and to whom? Not those who come back pay for it, but those who come back because
    of it:

    .. math:: (p_1 - p_0)\, V - g - p_1 v .

    Parameters
    ----------
    trial : DataFrame by group
        As `crmlab.decisions.uplift` returns it for who stayed or came back: ``with``, ``without``,
        ``uplift``, ``low``, ``high``.
    value : float or Series by group
        *V*, what a customer brings from then on. That of a second life, not of the first.
    gesture : float
        *g*, what the offer costs for each who gets it.
    voucher : float
        *v*, what it costs for each who comes back with it.

    Returns
    -------
    DataFrame by group
        ``gain`` a head with ``low`` and ``high`` from the trial's limits; ``break_even``, the gesture at
        which nothing is gained, with ``break_even_low`` and ``break_even_high``. The limits hold the doubt
        about who changes, not about the value.

    Raises
    ------
    InputError
        A cost is negative.
    DataError
        A column is missing, an arm was empty, or a group has no value.

    Examples
    --------
    >>> from crmlab.lifecycle import recovery_value
    >>> import pandas as pd
    >>> trial = {"with": 0.95, "without": 0.46, "uplift": 0.49, "low": 0.38, "high": 0.6}
    >>> recovery_value(pd.DataFrame(trial, index=["minor"]), 300.0, gesture=20)["break_even"].to_dict()
    {'minor': 147.0}
    """
    _trial(trial, "with", "uplift", "low", "high")
    number(gesture, "gesture", least=0)
    number(voucher, "voucher", least=0)
    if isinstance(value, pd.Series):
        complete(value)
        same_customers(trial, value)
        worth = value.reindex(trial.index).to_numpy(dtype=float)
    else:
        worth = np.full(len(trial), number(value, "value"))
    used = voucher * trial["with"].to_numpy(dtype=float)
    ends = np.sort([trial[name].to_numpy(dtype=float) * worth - used for name in ("low", "high")], axis=0)
    middle = trial["uplift"].to_numpy(dtype=float) * worth - used
    table = {
        "gain": middle - gesture,
        "low": ends[0] - gesture,
        "high": ends[1] - gesture,
        "break_even": middle,
        "break_even_low": ends[0],
        "break_even_high": ends[1],
    }
    return pd.DataFrame(table, index=trial.index.rename("group"))


@checked
def recovery_paradox(
    outcome: pd.Series, case: pd.Series, *, by: pd.Series | None = None, level: float = 0.95
) -> pd.DataFrame:
    """Compare those who were failed and repaired with those who were never failed.

    Does a repaired failure leave a customer happier, or more faithful, than none? Whoever buys more is failed
    more often, so the two kinds differ before anything happens. Within classes of ``by``, such as orders
    before, they are compared like with like, and the classes are weighed as those failed and repaired are
    spread over them.

    Parameters
    ----------
    outcome : Series
        By customer: a mark, or whether the customer stayed.
    case : Series
        By customer: ``none``, ``repaired`` or ``not repaired``.
    by : Series, optional
        Classes of customers that were alike before.
    level : float
        Of the limits, by a normal.

    Returns
    -------
    DataFrame with the rows ``repaired - none`` and ``repaired - not repaired``
        ``customers`` of the two sides, ``difference`` with ``low`` and ``high``. The paradox holds where the
        first is above 0 with its lower limit; the second is the repair's own effect, if it was given by lot.

    Raises
    ------
    InputError
        A case has another name.
    DataError
        The Series have other customers, a value is missing, or a class lacks one of the sides.

    References
    ----------
    de Matos, C. A., Henrique, J. L. and Rossi, C. A. V. (2007). Service recovery paradox: a meta-analysis.
    Journal of Service Research 10(1), 60-77.

    Examples
    --------
    >>> from crmlab.lifecycle import recovery_paradox
    >>> import pandas as pd
    >>> marks = pd.Series([7.0, 8, 8, 9, 5, 4])
    >>> case = pd.Series(["none"] * 2 + ["repaired"] * 2 + ["not repaired"] * 2)
    >>> recovery_paradox(marks, case)["difference"].tolist()
    [1.0, 4.0]
    """
    z = normal_limit(level)
    group = pd.Series("all", index=outcome.index) if by is None else by
    for other in (case, group):
        same_customers(outcome, other)
    complete(outcome)
    case, group = case.reindex(outcome.index).astype(str), group.reindex(outcome.index)
    strange = sorted(set(case.unique()) - set(CASES))
    if strange:
        raise unknown("case", strange[0], CASES)
    if missing := int(group.isna().sum()):
        raise DataError(f"{missing:,} of {len(group):,} customers are in no class of 'by'. Name one each.")
    frame = pd.DataFrame({"value": outcome.astype(float), "case": case, "group": group.astype(str)})
    cells = frame.groupby(["group", "case"])["value"].agg(["size", "mean", "var"])
    counts, mean, var = (cells[name].unstack().reindex(columns=CASES) for name in ("size", "mean", "var"))
    weight = counts["repaired"].fillna(0)
    rows = {}
    for against in ("none", "not repaired"):
        short = counts.index[(weight > 0) & ((counts[against].fillna(0) < 2) | (weight < 2))]
        if len(short) or not weight.sum():
            raise DataError(
                f"In {some(short) or 'all classes'}, fewer than two customers are '{against}' or 'repaired'. "
                "Take wider classes."
            )
        here = weight > 0
        w = (weight / weight.sum())[here]
        difference = float((w * (mean["repaired"] - mean[against])[here]).sum())
        spread = (var["repaired"] / counts["repaired"] + var[against] / counts[against])[here]
        half = z * float(np.sqrt((w**2 * spread).sum()))
        many = int(weight.sum() + counts.loc[here, against].sum())
        rows[f"repaired - {against}"] = (many, difference, difference - half, difference + half)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["customers", "difference", "low", "high"])


def _trial(trial: pd.DataFrame, *names: str) -> None:
    for name in names:
        if name not in trial:
            raise DataError(f"trial lacks the column '{name}'. Give what decisions.uplift returned.")
    if trial.empty:
        raise DataError("The trial has no groups, so nothing can be said.")
    empty = trial.index[trial[[*names]].isna().any(axis=1)]
    if len(empty):
        raise DataError(f"In {some(empty)}, one arm of the trial is empty. Join groups, or leave it out.")
    need_numbers(trial, "trials", *names)


def _bounds(one: Any, none: Any) -> Any:
    """Return the bounds of each kind's share, a row a kind."""
    low = [one - none, one + none - 1, 1 - one - none, none - one]
    high = [
        np.minimum(one, 1 - none),
        np.minimum(one, none),
        np.minimum(1 - one, 1 - none),
        np.minimum(none, 1 - one),
    ]
    return np.maximum(low, 0.0), np.array(high)
