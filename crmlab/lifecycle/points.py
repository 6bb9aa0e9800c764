"""What one point of retention is worth: the profit of an age, a kept customer's value, and its scatter."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmlab.arguments import checked, number, rate, whole
from crmlab.errors import DataError, InputError, some
from crmlab.lifecycle.given import need_events, need_lives
from crmlab.lifecycle.kaplan_meier import length_of

Floats = npt.NDArray[np.float64]


@checked
def profit_by_age(lives: pd.DataFrame, profits: pd.DataFrame, *, unit: str = "M") -> pd.DataFrame:
    """Return what customers bring at each age, a head of those there when it begins.

    Do those who stay bring more as they grow older? An age counts for the customers who have been observed
    through it, whether they stayed to its end or left in it.

    Parameters
    ----------
    lives : DataFrame
        As `lives` returns it.
    profits : DataFrame
        Orders or bills: ``customer_id``, ``date``, and in ``amount`` the profit of each.
    unit : {"W", "M", "Y"}
        Length of an age.

    Returns
    -------
    DataFrame by ``age``
        ``customers`` there when it begins, the ``profit`` of all of them in it, and its ``mean``.

    Raises
    ------
    InputError
        An unknown unit.
    DataError
        Somebody who has orders has no life, or nobody has been observed through a whole age.

    Examples
    --------
    >>> from crmlab.lifecycle import lives, profit_by_age
    >>> import pandas as pd
    >>> signed, left = pd.to_datetime(["2024-01-01"] * 2), pd.to_datetime(["2024-02-20", None])
    >>> table = pd.DataFrame({"customer_id": ["a", "b"], "date": signed, "left": left})
    >>> bills = pd.DataFrame({"customer_id": ["a", "b", "b"], "amount": [4.0, 6.0, 6.0]})
    >>> bills["date"] = pd.to_datetime(["2024-01-01", "2024-01-01", "2024-03-15"])
    >>> profit_by_age(lives(table, "2024-03-31"), bills)["mean"].tolist()
    [5.0, 0.0]
    """
    there, money = _by_customer(lives, profits, unit)
    made = pd.DataFrame({"customers": there.sum(axis=0), "profit": money.sum(axis=0)})
    return made.assign(mean=made["profit"] / made["customers"].where(made["customers"] > 0)).rename_axis(
        "age"
    )


@checked
def point_worth(
    retention: Any,
    profit: float,
    *,
    discount_rate: float,
    points: float = 0.01,
    beyond: bool = True,
    leaving: float = 1.0,
) -> pd.Series:
    r"""Return what more retention is worth, and the most that a programme may cost for it.

    What may it cost to keep one more in a hundred? A customer brings *m* in each year begun, and *r* stay to
    the next. If :math:`r + \Delta` do, the programme pays up to the cost *c* a customer and year at which

    .. math:: \sum_t \frac{(m - c)\, S'_t}{(1+d)^t} = \sum_t \frac{m\, S_t}{(1+d)^t}, \qquad
        c = \frac{m\, \Delta}{1 + d - r} \text{ where } r \text{ is one for all years:}

    of a hundred customers, :math:`100\,\Delta` more reach the next year, and each is then worth
    :math:`m / (1 + d - r)` of today's money.

    Parameters
    ----------
    retention : float or sequence of float
        Share of customers who stay, of each year: *r*.
    profit : float
        Of each year that a customer begins: *m*.
    discount_rate : float
        A year: *d*.
    points : float
        By how much each year's retention rises: 0.01 is one point.
    beyond : bool
        Whether the last year's retention goes on for ever; otherwise only the years count that the retention
        given leads to.
    leaving : float
        How many times as readily as the others those leave whom the programme has kept.

    Returns
    -------
    Series
        ``value`` of a new customer, ``raised`` value with the points, before the programme's cost, and
        ``most``, the cost a customer and year at which it pays for itself.

    Raises
    ------
    InputError
        A number is out of its range, or more than all would stay.

    References
    ----------
    Gupta, S. and Lehmann, D. R. (2003). Customers as assets. Journal of Interactive Marketing 17(1), 9-24.

    Examples
    --------
    >>> from crmlab.lifecycle import point_worth
    >>> point_worth(0.8, 100.0, discount_rate=0.10).round(2).to_dict()
    {'value': 366.67, 'raised': 379.31, 'most': 3.33}
    """
    number(profit, "profit", "an amount a year")
    factor = 1 / (1 + rate(discount_rate, "discount_rate"))
    number(points, "points", "a share of customers", above=0, most=1)
    number(leaving, "leaving", "a multiple", least=0)
    rates = np.atleast_1d(np.asarray(retention, dtype=float))
    if rates.ndim != 1 or not len(rates) or not ((rates >= 0) & (rates <= 1)).all():
        raise InputError(f"retention is {retention!r}. Give a share of customers a year, or a list of them.")
    if rates.max() + points > 1 or (beyond and (rates[-1] + points) * factor >= 1):
        raise InputError(
            f"A retention of {rates.max():g} cannot rise by {points:g}: more than all would stay, or their "
            "value would have no end."
        )
    stay, kept = 1.0, 0.0  # of a hundred per cent: those who stay anyway, those whom the programme keeps
    years = np.array([1.0, 0.0])  # years begun by either, in today's money
    for year, share in enumerate(rates, start=1):
        again = _stay_again(share + points, leaving)
        stay, kept = stay * share, kept * again + points * stay
        years += np.array([stay, kept]) * factor**year
    if beyond:
        share, again = rates[-1], _stay_again(rates[-1] + points, leaving)
        ahead = stay * share * factor / (1 - share * factor)  # years begun later, seen from that year
        kept_ahead = (kept * again + points * (stay + ahead)) * factor / (1 - again * factor)
        years += np.array([ahead, kept_ahead]) * factor ** len(rates)
    value, gain = profit * years
    found = {"value": value, "raised": value + gain, "most": gain / years.sum()}
    return pd.Series(found, name="worth")


@checked
def redrawn_points(
    lives: pd.DataFrame,
    profits: pd.DataFrame,
    *,
    discount_rate: float,
    points: float = 0.01,
    draws: int = 200,
    seed: int = 1,
) -> pd.DataFrame:
    """Compute what `point_worth` is computed from anew on customers drawn by lot, with replacement.

    How sure is the most to pay? The retention of each draw is one for all years: the mean of those of
    `retention_by_age`, weighted by the customers there when each begins; the profit is that of
    `profit_by_age` over all its years.

    Parameters
    ----------
    lives, profits
        As for `profit_by_age`.
    discount_rate, points
        As for `point_worth`.
    draws : int
        How often.
    seed : int
        Same seed, same draws.

    Returns
    -------
    DataFrame
        A row a draw: ``retention``, ``profit`` a year begun, ``most``; missing where a draw leaves no room
        for the points.

    Raises
    ------
    DataError
        As for `profit_by_age`.

    Examples
    --------
    >>> import crmlab as crm
    >>> gym = crm.simulate.contracts(400, seed=7)
    >>> bills = gym.table("orders").assign(amount=lambda bill: bill["amount"] - bill["cost"])
    >>> stays = crm.lifecycle.lives(gym.table("contracts"), "2024-12-31")
    >>> drawn = crm.lifecycle.redrawn_points(stays, bills, discount_rate=0.10, draws=50)
    >>> drawn.columns.tolist(), bool(drawn["retention"].between(0.6, 0.9).all())
    (['retention', 'profit', 'most'], True)
    """
    whole(draws, "draws", least=2)
    rate(discount_rate, "discount_rate")
    there, money = _by_customer(lives, profits, "Y")
    begun, brought = there.sum(axis=1).astype(float), money.sum(axis=1)
    days, left = lives["days"].to_numpy(dtype=float), lives["left"].to_numpy(dtype=bool)
    order = np.argsort(days, kind="stable")
    ages = int(days.max() // length_of("Y"))
    times, first = np.unique(days[order], return_index=True)
    edges = np.searchsorted(times, length_of("Y") * np.arange(ages + 1), side="left")
    starts = np.append(first, len(days))[edges]
    rng, rows = np.random.default_rng(seed), []
    for _ in range(draws):
        weight = np.bincount(rng.integers(len(days), size=len(days)), minlength=len(days)).astype(float)
        sorted_ = weight[order]
        later = np.append(np.cumsum(sorted_[::-1])[::-1], 0.0)
        gone = np.add.reduceat(sorted_ * left[order], first)
        with np.errstate(divide="ignore", invalid="ignore"):
            stays = np.append(1.0, np.cumprod(1 - np.where(later[first] > 0, gone / later[first], 0.0)))
            kept = np.where(stays[edges[:-1]] > 0, stays[edges[1:]] / stays[edges[:-1]], 0.0)
            retained = float(np.average(kept, weights=later[starts[:-1]]))
            profit = float((weight * brought).sum() / (weight * begun).sum())
        room = retained + points <= 1 and discount_rate + 1 > retained + points
        most = profit * points / (1 + discount_rate - retained) if room else np.nan
        rows.append((retained, profit, most))
    return pd.DataFrame(rows, columns=["retention", "profit", "most"])


def _stay_again(share: float, leaving: float) -> float:
    """Return which share of the kept stay another year, where of the others this share does."""
    return max(0.0, 1 - leaving * (1 - share))


def _by_customer(lives: pd.DataFrame, profits: pd.DataFrame, unit: str) -> tuple[Floats, Floats]:
    """Return, by customer and age observed, whether there when it began, and what was brought in it."""
    length = length_of(unit)
    need_lives(lives, "begin", "until", "left", "days")
    need_events(profits, "orders", "amount")
    strange = profits.loc[~profits["customer_id"].isin(lives.index), "customer_id"].unique()
    if len(strange):
        raise DataError(f"{len(strange):,} customers with orders have no life, for example {some(strange)}.")
    # as in `cohort_table`: a day counts when it is over
    observed = (((lives["until"].max() - lives["begin"]).dt.days + 1) // length).to_numpy(dtype=int)
    ages = int(observed.max())
    if not ages:
        raise DataError("Nobody has been observed for a whole age. Take a shorter unit.")
    grid = np.arange(ages)
    seen = grid[None, :] < observed[:, None]
    days = np.where(lives["left"], lives["days"], np.inf)
    there = seen & (days[:, None] > length * grid[None, :])
    who = lives.index.get_indexer(pd.Index(profits["customer_id"]))
    begin = lives["begin"].to_numpy()[who]
    age = (((profits["date"].to_numpy() - begin) / np.timedelta64(1, "D") + 1) // length).astype(int)
    inside = (age >= 0) & (age < ages)
    money = np.zeros(seen.shape)
    np.add.at(money, (who[inside], age[inside]), profits["amount"].to_numpy(dtype=float)[inside])
    return there.astype(float), np.where(seen, money, 0.0)
