"""Cox's hazards: how much each trait holds a customer, also one that changes on a day."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked
from crmlab.customers import day
from crmlab.errors import DataError, FitError, InputError, some, unknown
from crmlab.groups import same_customers
from crmlab.intervals import normal_limit
from crmlab.lifecycle.given import need_lives, need_numbers

_FAR = 15.0  # a log ratio beyond this is that of an event that some group never has


@checked
def split_at(lives: pd.DataFrame, when: Any) -> pd.DataFrame:
    """Return lives cut in two at a day, so that what holds a customer may be one thing before, another after.

    Parameters
    ----------
    lives : DataFrame
        As `lives` returns it, with further columns as wanted.
    when : str, date or Series
        One day for all, or each customer's own; missing where it never comes.

    Returns
    -------
    DataFrame
        One row for a life on one side of its day, two for a life across it, by customer. The columns of
        ``lives``, with ``entry`` and ``exit``, days since signing; ``left``, whether it ended with leaving;
        ``after``, on which side of the day it lies. A life ends on the side on which its last day is, so that
        who leaves on the day itself leaves after it.

    Raises
    ------
    DataError
        The days are of other customers.

    Examples
    --------
    >>> from crmlab.lifecycle import split_at
    >>> import pandas as pd
    >>> table = {"begin": "2024-01-01", "until": "2024-03-01", "left": True, "days": 60.0}
    >>> split_at(pd.DataFrame(table, index=["a"]).astype({"begin": "datetime64[s]"}), "2024-01-31")[
    ...     ["entry", "exit", "left", "after"]
    ... ].values.tolist()
    [[0.0, 30.0, False, False], [30.0, 60.0, True, True]]
    """
    need_lives(lives, "begin", "left", "days")
    if isinstance(when, pd.Series):
        same_customers(lives, when)
        if when.notna().any() and not pd.api.types.is_datetime64_any_dtype(when):
            raise DataError("The days of the split are no dates. Convert them with pd.to_datetime.")
        turn = pd.to_datetime(when.reindex(lives.index))
    else:
        turn = pd.Series(day(when, "when"), index=lives.index)
    at = (turn - lives["begin"]).dt.days.astype(float).fillna(np.inf).clip(lower=0.0)
    days, left = lives["days"].astype(float), lives["left"].astype(bool)
    ends_before = (days < at).to_numpy()
    first = lives.assign(entry=0.0, exit=days.where(ends_before, at), left=left & ends_before, after=False)
    second = lives.assign(entry=at.clip(upper=days - 0.25), exit=days, left=left, after=True)
    both = pd.concat([first[first["exit"] > 0], second[~ends_before]])
    place = np.arange(len(lives))
    order = np.argsort(np.concatenate([place[first["exit"] > 0], place[~ends_before]]), kind="stable")
    return both.iloc[order].drop(columns="days")


@checked
def hazard_ratios(
    episodes: pd.DataFrame, columns: Sequence[str], *, strata: str | None = None, level: float = 0.95
) -> pd.DataFrame:
    r"""Return by how much each trait raises or lowers the hazard of leaving, the others being equal.

    What holds customers, once the restless are told from the settled? Cox's model leaves the course of the
    hazard with age open and estimates

    .. math:: h(t \mid x) = h_0(t)\, e^{\beta' x} .

    Parameters
    ----------
    episodes : DataFrame
        As `split_at` returns it, or `lives`, with the traits as further columns of numbers or flags.
    columns : sequence of str
        The traits, *x*. A trait that changes needs a split at the day of its change.
    strata : str, optional
        A column of kinds, each with a course :math:`h_0` of its own.
    level : float
        Of the limits.

    Returns
    -------
    DataFrame by trait
        ``log_ratio`` (β) with its ``standard_error``; ``ratio`` of hazards for one unit more,
        :math:`e^\beta`, with ``low`` and ``high``.

    Raises
    ------
    InputError
        There is no such column, or none is named.
    DataError
        A trait is no number, or missing somewhere.
    FitError
        Nobody left, a trait is the same for all or follows from others, or one that has it never leaves.

    Notes
    -----
    Traits that nobody wrote down, such as restlessness, draw ratios towards 1: those at great risk leave
    first, and what is left is alike. Some seconds for 100,000 episodes.

    References
    ----------
    Cox, D. R. (1972). Regression models and life-tables. Journal of the Royal Statistical Society B 34(2),
    187-220.

    Examples
    --------
    >>> from crmlab.lifecycle import hazard_ratios
    >>> import pandas as pd
    >>> table = {"days": [1.0, 2, 3, 4, 5, 6], "left": True, "fee": [0, 0, 1, 0, 1, 1]}
    >>> hazard_ratios(pd.DataFrame(table), ["fee"])["ratio"].round(2).to_dict()
    {'fee': 0.18}
    """
    from statsmodels.duration.hazard_regression import PHReg

    z = normal_limit(level)
    exit_ = "exit" if "exit" in episodes else "days"
    wanted = [*columns, *([strata] if strata else [])]
    need_lives(episodes, exit_, "left", *(["entry"] if "entry" in episodes else []))
    if not len(columns):
        raise InputError("columns names no trait. Name at least one.")
    for name in wanted:
        if name not in episodes:
            raise unknown("column", name, episodes.columns, where="episodes")
    for name in columns:
        if not pd.api.types.is_numeric_dtype(episodes[name]):  # flags are numbers, too
            raise DataError(
                f"The values of '{name}' are of type {episodes[name].dtype}, not numbers. Make a flag of "
                "each kind with pd.get_dummies."
            )
    for name in wanted:
        if missing := int(episodes[name].isna().sum()):
            raise DataError(f"{missing:,} of {len(episodes):,} rows have no '{name}'. Fill or drop them.")
    left = episodes["left"].to_numpy(dtype=bool)
    if not left.any():
        raise FitError("Nobody left, so no hazard can be estimated. Watch the customers for longer.")
    need_numbers(episodes, "lives", *columns)
    given = episodes[[*columns]].to_numpy(dtype=float)
    spread = given.std(axis=0)
    if not spread.all():
        raise FitError(f"'{columns[int(np.argmin(spread))]}' is the same for all, so it explains nothing.")
    scaled = (given - given.mean(axis=0)) / spread
    if np.linalg.matrix_rank(scaled) < len(columns):
        raise FitError(f"Of {some(columns, 9)} one follows from the others. Leave it out.")
    model = PHReg(
        episodes[exit_].to_numpy(dtype=float),
        scaled,
        status=left.astype(int),
        entry=episodes["entry"].to_numpy(dtype=float) if "entry" in episodes else None,
        strata=pd.factorize(episodes[strata])[0] if strata else None,
        ties="breslow",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what did not converge is refused below
        fitted = model.fit(disp=0)
    beta, error = np.asarray(fitted.params), np.asarray(fitted.bse)
    far = ~np.isfinite(error) | ~np.isfinite(beta) | (np.abs(beta) > _FAR) | (error > _FAR)
    if far.any():
        raise FitError(
            f"The hazard of '{columns[int(np.argmax(far))]}' runs away: of one of its kinds nobody, or "
            "everybody, leaves. Join kinds, or leave it out."
        )
    beta, error = beta / spread, error / spread
    table = {
        "log_ratio": beta,
        "standard_error": error,
        "ratio": np.exp(beta),
        "low": np.exp(beta - z * error),
        "high": np.exp(beta + z * error),
    }
    return pd.DataFrame(table, index=pd.Index(list(columns), name="trait"))
