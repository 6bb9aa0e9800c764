"""Win-back letters: what one is worth at a chance that its reader is still a customer."""

from typing import Any

import pandas as pd

from crmlab.arguments import checked, number


@checked
def letter_cut(*, gain: float, voucher: float, letter: float) -> float:
    """Return the P(alive) under which a win-back letter is worth writing, from 0 to 1.

    A letter earns `gain` from somebody who has left, and gives the `voucher` away to somebody who has not.

    Parameters
    ----------
    gain : float
        Mean profit of a letter to somebody who has left, before its own cost.
    voucher : float
        What a letter gives away to somebody who has not left.
    letter : float
        Cost of a letter.

    Examples
    --------
    >>> from crmlab.clv import letter_cut
    >>> letter_cut(gain=9.0, voucher=6.0, letter=3.0)
    0.4
    >>> letter_cut(gain=2.0, voucher=6.0, letter=3.0)
    0.0
    """
    for value, name in ((gain, "gain"), (voucher, "voucher"), (letter, "letter")):
        number(value, name, "an amount", least=0)
    return max(0.0, gain - letter) / (gain + voucher) if gain > letter else 0.0


@checked
def letter_worth(alive: pd.Series, *, gain: float, voucher: float, letter: float) -> pd.Series:
    """Return what a letter to each customer is worth.

    Parameters
    ----------
    alive : Series
        Each customer's P(alive), for what a letter may be expected to earn; or, where it is known who is
        still a customer, True and False, for what it earned.
    gain, voucher, letter : float
        As for `letter_cut`.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.clv import letter_worth
    >>> letter_worth(pd.Series([0.0, 0.4, 1.0]), gain=9.0, voucher=6.0, letter=2.0).round(9).tolist()
    [7.0, 1.0, -8.0]
    """
    chance = alive.astype(float)
    return (gain * (1 - chance) - voucher * chance - letter).rename("worth")


@checked
def letter_sensitivity(chance: pd.Series, *, gain: float, voucher: float, letter: float) -> pd.DataFrame:
    """Return what letters may be expected to earn with each price alone halved, as given and doubled.

    The cut moves with the prices: letters go to whomever they pay for.

    Parameters
    ----------
    chance : Series
        Each customer's P(alive).
    gain, voucher, letter : float
        As for `letter_cut`.

    Returns
    -------
    DataFrame, a row a price
        ``half``, ``as given`` and ``double``.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.clv import letter_sensitivity
    >>> letter_sensitivity(pd.Series([0.0, 0.4, 1.0]), gain=9.0, voucher=6.0, letter=3.0).round(2)
             half  as given  double
    gain      1.5       6.0    20.4
    voucher   7.2       6.0     6.0
    letter    9.0       6.0     3.0
    """
    prices: dict[str, Any] = {"gain": gain, "voucher": voucher, "letter": letter}
    changed = {
        name: {
            said: float(letter_worth(chance, **{**prices, name: factor * prices[name]}).clip(lower=0).sum())
            for said, factor in (("half", 0.5), ("as given", 1.0), ("double", 2.0))
        }
        for name in prices
    }
    return pd.DataFrame(changed).T
