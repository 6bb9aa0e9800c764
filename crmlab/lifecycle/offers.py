"""What holds a customer before and after the signature: fees named by lot, and care given by lot."""

from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked, rate
from crmlab.customers import DAYS, day
from crmlab.errors import DataError, unknown
from crmlab.groups import complete
from crmlab.intervals import normal_limit
from crmlab.lifecycle.given import need_lives


@checked
def signed_by_fee(quotes: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    r"""Return how many sign at each exit fee, beside those who sign without one.

    What does a barrier cost before it holds anybody? If quotes name their fee by lot, those who got one are
    like those who got another, and the shares who sign, :math:`p_f`, may be compared:

    .. math:: k_f = \frac{p_f}{p_0}, \qquad
        \operatorname{var}(\ln k_f) = \frac{1 - p_f}{n_f p_f} + \frac{1 - p_0}{n_0 p_0} .

    Parameters
    ----------
    quotes : DataFrame
        A row a quote: ``exit_fee`` and ``signed``.
    level : float
        Of the limits.

    Returns
    -------
    DataFrame by ``exit_fee``, the lowest first
        ``quotes``; ``signed``, the share; ``kept``, that share by the one at the lowest fee, with ``low`` and
        ``high``, missing where nobody signed.

    Raises
    ------
    DataError
        A column is missing, a value is, or all quotes name the same fee.

    Examples
    --------
    >>> from crmlab.lifecycle import signed_by_fee
    >>> import pandas as pd
    >>> quotes = pd.DataFrame({"exit_fee": [0, 0, 80, 80], "signed": [True, True, True, False]})
    >>> signed_by_fee(quotes)["kept"].tolist()
    [1.0, 0.5]
    """
    z = normal_limit(level)
    for name in ("exit_fee", "signed"):
        if name not in quotes:
            raise unknown("column", name, quotes.columns, where="quotes")
        complete(quotes[name])
    found = quotes.assign(signed=quotes["signed"].astype(float)).groupby("exit_fee")["signed"]
    table = found.agg(quotes="size", signed="mean")
    if len(table) < 2:
        raise DataError("All quotes name the same fee, so nothing can be said of another.")
    share, many = table["signed"], table["quotes"]
    with np.errstate(divide="ignore", invalid="ignore"):
        kept = share / share.iloc[0]
        noise = (1 - share) / (many * share)
        spread = z * np.sqrt(noise + noise.iloc[0])
        limits = kept * np.exp(-spread), kept * np.exp(spread)
    spread.iloc[0] = 0.0
    limits[0].iloc[0] = limits[1].iloc[0] = kept.iloc[0]
    return table.assign(kept=kept, low=limits[0], high=limits[1]).replace([np.inf, -np.inf], np.nan)


@checked
def value_by_arm(
    lives: pd.DataFrame,
    arm: pd.Series,
    profit: pd.Series,
    *,
    since: Any,
    against: str,
    discount_rate: float,
    level: float = 0.95,
) -> pd.DataFrame:
    r"""Return what a customer is worth under each arm of a trial by lot.

    Does a service that costs something pay by longer lives? With a profit of *m* a year and a hazard *h*,
    both of the arm, a customer who is there is worth

    .. math:: V = \frac{m}{h + \delta}, \qquad \delta = \ln(1 + d), \qquad
        \operatorname{var}(V) = \frac{m^2}{(h + \delta)^4} \frac{n}{T^2}

    with *n* leavers in *T* years at risk.

    Parameters
    ----------
    lives : DataFrame
        As `lives` returns it.
    arm : Series
        By customer, what was drawn for them.
    profit : Series
        By arm, the profit of a customer there, a year, what the arm costs taken off.
    since : str or date
        The day on which the trial began.
    against : str
        The arm with which the others are compared.
    discount_rate : float
        A year.
    level : float
        Of the limits.

    Returns
    -------
    DataFrame by arm, the one compared with first
        ``customers``, ``left``, ``rate`` a year; ``profit``; ``value``; ``gain`` over ``against`` with
        ``low`` and ``high``, which hold the luck of who left, and not the doubt whether hazards stay so.

    Raises
    ------
    InputError
        There is no such arm, or the discount rate is out of its range.
    DataError
        An arm has no profit, nobody was at risk in one, or somebody in the trial has no life.

    Examples
    --------
    >>> from crmlab.lifecycle import value_by_arm
    >>> import pandas as pd
    >>> day = pd.to_datetime
    >>> table = pd.DataFrame({"begin": day(["2023-01-01"] * 4), "left": [True, True, True, False]})
    >>> table["until"] = day(["2024-03-01", "2024-09-01", "2024-06-01", "2024-12-31"])
    >>> arm = pd.Series(["none", "none", "care", "care"])
    >>> terms = {"since": "2024-01-01", "against": "none", "discount_rate": 0.1}
    >>> value_by_arm(table, arm, pd.Series({"none": 100, "care": 90}), **terms)["value"].round().to_dict()
    {'none': 40.0, 'care': 112.0}
    """
    z = normal_limit(level)
    begin = day(since, "since")
    force = np.log1p(rate(discount_rate, "discount_rate"))
    need_lives(lives, "begin", "until", "left")
    if missing := int(arm.isna().sum()):
        raise DataError(f"{missing:,} of {len(arm):,} customers are in no arm. Leave them out.")
    if len(strange := arm.index.difference(lives.index)):
        raise DataError(f"{len(strange):,} customers of the trial have no life.")
    names = [against, *sorted(set(arm) - {against})]
    if against not in set(arm):
        raise unknown("arm", against, sorted(set(arm)))
    if short := [name for name in names if name not in profit.index]:
        raise DataError(f"The arm '{short[0]}' has no profit. Give one for each arm.")
    here = lives.loc[arm.index]
    since_when = here["begin"].where(here["begin"] > begin, begin)
    years = (here["until"] - since_when).dt.days.clip(lower=0) / DAYS["Y"]
    left = here["left"].astype(bool) & (here["until"] >= begin)
    table = pd.DataFrame({"customers": 1, "left": left.astype(int), "years": years}).groupby(arm).sum()
    table = table.loc[names]
    if not (table["years"] > 0).all():
        raise DataError(f"Nobody was at risk in the arm '{table.index[~(table['years'] > 0)][0]}'.")
    money = profit.reindex(names).astype(float)
    hazard = table["left"] / table["years"]
    if not (hazard + force > 0).all():
        raise DataError("Nobody left in an arm, and money does not lose by waiting: then no value is finite.")
    value = money / (hazard + force)
    variance = (money / (hazard + force) ** 2) ** 2 * table["left"] / table["years"] ** 2
    gain = value - value.iloc[0]
    half = z * np.sqrt(variance + variance.iloc[0])
    half.iloc[0] = 0.0
    table = table.drop(columns="years").assign(rate=hazard, profit=money, value=value, gain=gain)
    return table.assign(low=gain - half, high=gain + half).rename_axis("arm")
