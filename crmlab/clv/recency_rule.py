"""The recency rule, silent for longer is gone: how many days the past itself would choose."""

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import number
from crmlab.customers import day, summarise
from crmlab.errors import DataError


def silence_errors(transactions: Any, end: Any, *, held_back: float = 0.5) -> pd.Series:
    """Return how often the recency rule would have erred in the past, by its days of silence.

    The last part of the time up to `end` is held back. On the day before it the rule forecasts, of everybody
    who had come back by then, who buys in the part held back: whoever has been silent for at most so many
    days. An error is a customer who buys although the rule had given them up, or the reverse.

    Parameters
    ----------
    transactions : ibis.Table or DataFrame
        See `crmlab.transactions.read`. Nothing after `end` is looked at.
    end : date
        Last day of the past, such as the calibration day of a case.
    held_back : float
        Share of the days from the first purchase to `end` that is held back, the last of them.

    Returns
    -------
    Series of float
        Share of these customers whose forecast is wrong, by whole days of silence, from 1 up to the days
        before the part held back.

    Raises
    ------
    DataError
        Nobody had come back before the part held back, so the past cannot judge the rule.

    Examples
    --------
    >>> import crmlab as crm
    >>> from crmlab.clv import silence_errors
    >>> silence_errors(crm.datasets.cdnow(sample=True), "1997-09-30").loc[[7, 31, 90]].round(3).tolist()
    [0.449, 0.379, 0.496]
    """
    number(held_back, "held_back", "a share of the time", above=0, below=1)
    stop = day(end, "end")
    first = summarise(transactions, end=stop).frame["first"].min()
    split = stop - timedelta(days=round(held_back * (stop - first).days))
    seen = summarise(transactions, calibration=split, end=stop).frame if first < split < stop else None
    if seen is None or not (seen["frequency"] > 0).any():
        raise DataError(
            f"By {split:%Y-%m-%d}, 0 customers had come back, so the past cannot choose days of silence. "
            "Give the days yourself."
        )
    seen = seen[seen["frequency"] > 0]
    silent = seen["since_last"].round().astype(int).to_numpy()
    buys = (seen["holdout_frequency"] > 0).to_numpy()
    days = np.arange(1, (split - first).days + 1)
    right_up = np.bincount(silent[buys], minlength=days[-1] + 1).cumsum()[1:]  # expected, and they came
    wrong_up = np.bincount(silent[~buys], minlength=days[-1] + 1).cumsum()[1:]  # expected in vain
    wrong = (buys.sum() - right_up + wrong_up) / len(seen)
    return pd.Series(wrong, pd.Index(days, name="silence"), name="wrong")


def silence_by_past(transactions: Any, end: Any, *, held_back: float = 0.5) -> int:
    """Return the days of silence with which the recency rule would have erred least in the past.

    No day after `end` has a say, so a holdout that follows may judge the rule. Of days that err equally
    seldom, the longest silence is taken.

    Parameters
    ----------
    transactions, end, held_back
        As for `silence_errors`.

    Returns
    -------
    int
        Whole days: silent for longer is gone.

    Examples
    --------
    >>> import crmlab as crm
    >>> from crmlab.clv import silence_by_past
    >>> silence_by_past(crm.datasets.cdnow(sample=True), "1997-09-30")
    31
    """
    wrong = silence_errors(transactions, end, held_back=held_back)
    return int(wrong.index[wrong.round(9) == wrong.round(9).min()].max())
