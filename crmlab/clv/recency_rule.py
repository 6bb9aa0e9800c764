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
    silent, buys, most = _halves(transactions, end, held_back)
    early = _up_to(silent[buys], most)  # expected, and they came
    vain = _up_to(silent[~buys], most)  # expected in vain
    wrong = (buys.sum() - early + vain) / len(silent)
    return pd.Series(wrong[1:], pd.RangeIndex(1, most + 1, name="silence"), name="wrong")


def silence_earned(
    transactions: Any, end: Any, *, gain: float, voucher: float, letter: float, held_back: float = 0.5
) -> pd.Series:
    """Return what win-back letters by the recency rule would have earned in the past, by its days.

    As in `silence_errors` the last part is held back, and letters go to whoever had come back before it and
    been silent for longer than so many days. Whoever buys in the part held back had not left.

    Parameters
    ----------
    transactions, end, held_back
        As for `silence_errors`.
    gain, voucher, letter : float
        As for `letter_cut`.

    Returns
    -------
    Series of float
        Earned by whole days of silence.

    Examples
    --------
    >>> import crmlab as crm
    >>> from crmlab.clv import silence_earned
    >>> orders = crm.datasets.cdnow(sample=True)
    >>> earned = silence_earned(orders, "1997-09-30", gain=6.0, voucher=5.0, letter=1.0)
    >>> int(earned.idxmax()), float(earned.max())
    (43, 397.0)
    """
    silent, buys, most = _halves(transactions, end, held_back)
    worth = np.where(buys, -voucher - letter, gain - letter)
    written = worth.sum() - _up_to(silent, most, worth)
    return pd.Series(written[1:], pd.RangeIndex(1, most + 1, name="silence"), name="earned")


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


def silence_by_money(
    transactions: Any, end: Any, *, gain: float, voucher: float, letter: float, held_back: float = 0.5
) -> int:
    """Return the days of silence with which win-back letters would have earned most in the past.

    Of days that earn the same, the longest silence is taken. Where letters would have earned nothing, it is
    the whole time observed: nobody has been silent for longer, so nobody gets one.

    Parameters
    ----------
    transactions, end, gain, voucher, letter, held_back
        As for `silence_earned`.

    Examples
    --------
    >>> import crmlab as crm
    >>> from crmlab.clv import silence_by_money
    >>> orders = crm.datasets.cdnow(sample=True)
    >>> silence_by_money(orders, "1997-09-30", gain=6.0, voucher=5.0, letter=1.0)
    43
    >>> silence_by_money(orders, "1997-09-30", gain=1.0, voucher=5.0, letter=2.0)
    272
    """
    prices = {"gain": gain, "voucher": voucher, "letter": letter}
    earned = silence_earned(transactions, end, **prices, held_back=held_back).round(6)
    if earned.max() <= 0:
        stop = day(end, "end")
        return int((stop - summarise(transactions, end=stop).frame["first"].min()).days)
    return int(earned.index[earned == earned.max()].max())


def _up_to(silent: Any, most: int, weights: Any = None) -> Any:
    """Return how many (or how much) of those silent have been so for at most 0, 1, 2, ... days."""
    return np.bincount(silent, weights, minlength=most + 1).cumsum()


def _halves(transactions: Any, end: Any, held_back: float) -> tuple[Any, Any, int]:
    """Return, of those who had come back, the silence and who buys in the part held back; and the days."""
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
    return silent, buys, (split - first).days
