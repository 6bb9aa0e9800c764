"""A simulated bank, of a shape that is known: balances, products, income, cost, default, and one trial."""

from math import inf, log
from typing import Any

import numpy as np
import pandas as pd

from crmlab.errors import InputError, unknown
from crmlab.simulate.draws import (
    Array,
    Codes,
    banded,
    between,
    dates,
    draw,
    heavy_tailed,
    labels,
    numbered,
    ordered,
    period,
    poisson,
    stream,
)
from crmlab.simulate.world import World

SHAPES = ("pyramid", "dumbbell", "single")
# Margin on the balance and fee, both a year, and the years to run (0: none).
PRODUCTS = {
    "current": (0.010, 48.0, 0.0),
    "savings": (0.007, 0.0, 0.0),
    "funds": (0.009, 0.0, 0.0),
    "mortgage": (0.008, 0.0, 20.0),
    "loan": (0.045, 0.0, 4.0),
    "card": (0.090, 30.0, 0.0),
}
WEIGHT = {"current": 0.2, "savings": 0.4, "funds": 0.4}  # of the deposits, where all three are held
TENDENCY = {"savings": 0.3, "funds": -1.2, "mortgage": -1.5, "loan": -1.2, "card": 0.2}  # log odds to hold
CREDIT = {"mortgage": (120_000.0, 0.4), "loan": (8_000.0, 0.6), "card": (900.0, 0.8)}  # median, log spread
LOSS = {"mortgage": 0.15, "loan": 0.55, "card": 0.75}  # share of the balance lost in default
RATINGS = {"A": 0.25, "B": 0.30, "C": 0.25, "D": 0.20}
AGE_BANDS = {"18-29": 0.20, "30-44": 0.30, "45-59": 0.28, "60+": 0.22}
REGIONS = {"north": 0.25, "east": 0.25, "south": 0.25, "west": 0.25}
REASONS = {"phone": 6.0, "branch": 18.0, "complaint": 30.0}
CAUSES = ("firm", "competitor", "customer")
PULL = 0.4  # share of the wealth elsewhere that an adviser brings in from the most open customer
RAMP = 182.0  # days until all of it is here
MOST_ROWS = 60_000_000  # customers times months times products: more could fill the memory

LIMITS: dict[str, tuple[float, float]] = {
    "growth": (-1, inf),
    "trial": (0, 1),
    "advised": (0, 1),
    "default_rate": (0, 0.5),
    "correlation": (0, 1),
    "downturn": (-inf, inf),
    "churn": (0, inf),
    "contacts_per_year": (0, inf),
    "overhead": (-inf, inf),
}


def bank(
    customers: int = 5000,
    start: Any = "2023-01-01",
    end: Any = "2024-12-31",
    *,
    seed: int,
    shape: str = "pyramid",
    growth: float = 0.03,
    trial: float = 0.5,
    advised: float = 0.25,
    default_rate: float = 0.02,
    correlation: float = 0.12,
    downturn: float = 0.0,
    churn: float = 0.08,
    contacts_per_year: float = 3.0,
    overhead: float = 90.0,
) -> World:
    r"""Simulate a bank that must say who its best customers are.

    By income, by profit, by products held or by what they have elsewhere? What each customer has here is
    drawn by the bank's shape; what they have elsewhere follows from the share *s* that they keep here:

    .. math::
        \text{elsewhere} = H\,(1 - s) / s, \quad s \sim \mathrm{Beta}(3, 2), \qquad
        \text{gain of an adviser} = 0.4\; o \cdot \text{elsewhere} \cdot 0.9\,\%,

    *H* the deposits at the start and *o* ~ Beta(2, 2) how open the customer is. An adviser, given to a random
    share of customers on one day, brings the money into funds over half a year. Who has credit may default;
    all share the year's luck *F* (Vasicek), with *p* the chance of an average year:

    .. math::
        P(\text{default} \mid F) = \Phi\bigl((\Phi^{-1}(p) - \sqrt{\rho}\, F) / \sqrt{1 - \rho}\bigr).

    Parameters
    ----------
    customers : int
        How many have an account at the start. Nobody comes later.
    start, end : str or date
        First and last day observed, two months apart at least.
    seed : int
        Same seed and options, same bank. Options of default, service and trial leave others' draws alone.
    shape : str
        Of the deposits *H*: ``pyramid`` (Pareto with exponent 1.16 from 4,000 up to 10 million, so that a
        fifth has about 70 %), ``dumbbell`` (70 % lognormal about 4,000, 30 % about 150,000, spread 0.6),
        or ``single`` (lognormal about 20,000, spread 0.5).
    growth : float
        Growth of deposits a year, with a random walk of 3 % a month about it.
    trial, advised : float
        Share of the window after which advisers are given, and the share of customers who get one.
    default_rate : float
        Mean *p* a year, lognormal over customers with spread 1.
    correlation : float
        *ρ*: how much of a default is the year's.
    downturn : float
        By how many standard deviations *F* is worse in the last calendar year.
    churn : float
        Hazard a year of leaving for a competitor, of a customer with *s* = 0.4 and two products.
    contacts_per_year : float
        Mean service contacts a year, lognormal over customers with spread 1.
    overhead : float
        Cost of an account a year, booked with the current account.

    Returns
    -------
    World
        Tables ``orders`` (income by product and quarter, with its direct cost), ``balances`` (by month),
        ``holdings``, ``defaults``, ``contacts``, ``programme`` (the advisers), ``attributes``. The truth:
        ``alive_until`` and ``cause``, ``deposits`` *H*, ``elsewhere``, ``openness``, ``default_probability``
        *p*, ``service_rate`` (a year), ``adviser_gain`` (income a year).

    Raises
    ------
    InputError
        A date or shape that does not exist, an option out of its range, or more rows than memory holds.

    Notes
    -----
    ==================  ======================================================================================
    products held       rise with openness, hardly with deposits: breadth and income name different best ones
    income band         of all that a customer has, here and elsewhere, with noise of about half its spread
    adviser's gain      largest where much lies elsewhere: of the tenth with the highest income, three
                        in ten are in the tenth with the highest gain (pyramid)
    leaving             a competitor's hazard is *churn* (1 − s) / 0.6, a fifth less for each product beyond
                        two; the firm's own 1 % and the customer's 2 % a year. Products counted at the end
                        overstate it: whoever left early had no time to open more
    rating              of the default probability, with noise of half its spread
    service contacts    nothing: as many from small customers, whose income they often exceed
    region              nothing: a decoy
    ==================  ======================================================================================

    References
    ----------
    Vasicek, O. (2002). The distribution of loan portfolio value. Risk 15(12), 160-162.

    Curry, J. and Curry, A. (2000). The Customer Marketing Method. Free Press.

    Examples
    --------
    >>> from crmlab.simulate import bank
    >>> house = bank(customers=300, seed=7, shape="dumbbell")
    >>> house.table("balances")["product"].nunique()
    6
    >>> float(house.truth["deposits"].between(15_000, 40_000).mean()) < 0.1  # few in the middle
    True
    """
    options = dict(locals())
    begin, window, months = _check(options)
    who, hold, walk, credit, fate, serve, advise = (
        stream(seed, "bank", name) for name in ("who", "hold", "walk", "credit", "fate", "serve", "advise")
    )
    deposits = _deposits(who, shape, customers)
    share, openness = who.beta(3, 2, customers), who.beta(2, 2, customers)
    elsewhere = deposits * (1 - share) / share
    age = draw(who, AGE_BANDS.values(), customers)
    held = _held(hold, openness, age)
    opened = {name: -hold.random(customers) * 3650 for name in PRODUCTS}
    for name, (_, _, years) in PRODUCTS.items():
        if years:  # some are yet to come, and some have run out before the start, and are not seen
            opened[name] = (window + years * 300) * hold.random(customers) - years * 300
    count = sum(held.values())

    hazards = np.array([0.01, churn / 0.6, 0.02])[:, None] * np.ones(customers)
    hazards[1] *= (1 - share) * 0.8 ** (count - 2)
    strike = fate.exponential(1, (3, customers)) / hazards * 365.25
    cause, left = strike.argmin(axis=0), strike.min(axis=0)
    left = np.where(left < window, left, inf)

    risk = credit.normal(0, 1, customers)
    chance = np.minimum(default_rate * np.exp(risk - 0.5), 0.9)
    default = _defaults(credit, chance, begin, window, correlation, downturn)

    given = trial * window
    treated = advise.random(customers) < advised
    treated &= left > given
    gain = PULL * openness * elsewhere
    opened["funds"] = np.where(held["funds"], opened["funds"], np.where(treated, given, inf))

    path = np.exp(np.cumsum(walk.normal(log(1 + growth) / 12, 0.03, (customers, len(months))), axis=1))
    weight = sum(WEIGHT[name] * held[name] for name in WEIGHT)
    parts, lost = [], []
    for code, (name, (_, _, years)) in enumerate(PRODUCTS.items()):
        age_of = months - opened[name][:, None]
        there = (age_of >= 0) & (months <= left[:, None])
        if name in WEIGHT:
            amount = (deposits * WEIGHT[name] * held[name] / weight)[:, None] * path
            if name == "funds":
                here = treated[:, None] * np.clip((months - given) / RAMP, 0, 1)
                amount += gain[:, None] * here
            else:
                there &= held[name][:, None]
        else:
            median, spread = CREDIT[name]
            first = median * credit.lognormal(0, spread, customers)
            amount = first[:, None] * (np.maximum(1 - age_of / (365.25 * years), 0) if years else path)
            there &= held[name][:, None] & (amount > 1)
            exposed = np.where(there & (months < default[:, None]), amount, 0.0)
            last = exposed[np.arange(customers), np.searchsorted(months, default).clip(1) - 1]
            lost.append(last * (default < np.minimum(left, window)))
            there &= months < default[:, None]
        month, owner = np.nonzero(there.T)
        parts.append((month, owner, np.full(len(owner), code), amount[owner, month]))
    month, owner, kind, amount = (np.concatenate(column) for column in zip(*parts, strict=True))
    turn = np.lexsort((kind, owner, month))
    month, owner, kind, amount = month[turn], owner[turn], kind[turn], amount[turn].round(2)

    def on(time: Array) -> Array:
        return dates(begin, window, time)

    ids = numbered("C", customers, 6)
    index = pd.Index(ids, name="customer_id")
    rate = contacts_per_year * heavy_tailed(serve, 1.0, customers)
    caller, called = poisson(serve, np.zeros(customers), np.minimum(left, window), rate / 365.25)
    reason = draw(serve, [0.6, 0.3, 0.1], len(caller))
    cost = np.array(list(REASONS.values()))[reason] * serve.gamma(4, 1 / 4, len(caller))
    contacts = {
        "customer_id": ids.take(caller),
        "date": on(called),
        "reason": labels(REASONS, reason),
        "cost": cost.round(2),
    }
    loss = np.array(list(LOSS.values()))[:, None] * np.array(lost)
    fell = np.flatnonzero(np.sum(lost, axis=0) > 0)
    fallen = {
        "customer_id": ids.take(fell),
        "date": on(default[fell]),
        "exposure": np.sum(lost, axis=0)[fell].round(2),
        "loss": loss.sum(axis=0)[fell].round(2),
    }
    advisers = {
        "customer_id": ids,
        "date": on(np.full(customers, given)),
        "arm": labels(("none", "adviser"), treated.astype(np.int64)),
    }
    balances = {
        "customer_id": ids.take(owner),
        "date": on(months)[month],
        "product": labels(PRODUCTS, kind),
        "balance": amount,
    }
    wealth = np.log(deposits + elsewhere)
    tables = {
        "orders": _income(ids, on(months), (month, owner, kind, amount), overhead),
        "balances": pd.DataFrame(balances),
        "holdings": _holdings(ids, begin, (owner, kind), opened),
        "defaults": pd.DataFrame(fallen).sort_values("date", kind="stable", ignore_index=True),
        "contacts": pd.DataFrame(contacts).sort_values("date", kind="stable", ignore_index=True),
        "programme": pd.DataFrame(advisers)[left > given].reset_index(drop=True),
        "attributes": pd.DataFrame(
            {
                "age_band": ordered(AGE_BANDS, age),
                "income_band": banded(
                    wealth + who.normal(0, wealth.std() / 2, customers),
                    {"low": 0.4, "middle": 0.4, "high": 0.2},
                ),
                "rating": banded(risk + credit.normal(0, 0.5, customers), RATINGS),
                "region": labels(REGIONS, draw(who, REGIONS.values(), customers)),
            },
            index=index,
        ),
    }
    truth = {
        "alive_until": on(left),
        "cause": pd.Series(labels(CAUSES, cause)).where(left < window).array,
        "deposits": deposits,
        "elsewhere": elsewhere,
        "openness": openness,
        "default_probability": chance,
        "service_rate": rate,
        "adviser_gain": gain * PRODUCTS["funds"][0],
    }
    return World(tables=tables, truth=pd.DataFrame(truth, index=index), parameters=options)


def _check(options: dict[str, Any]) -> tuple[pd.Timestamp, int, Array]:
    """Return the first day, the number of days, and the month ends as days after the first."""
    begin, window = period(options)
    for name, (low, high) in LIMITS.items():
        between(name, options[name], low, high)
    if options["shape"] not in SHAPES:
        raise unknown("shape", options["shape"], SHAPES)
    ends = pd.date_range(begin, begin + pd.Timedelta(window - 1, "D"), freq="ME")
    if len(ends) < 2:
        raise InputError("The window holds no two ends of a month. Give a later end.")
    rows = options["customers"] * len(ends) * len(PRODUCTS)
    if rows > MOST_ROWS:
        raise InputError(
            f"This makes up to {rows:,} balances; {MOST_ROWS:,} is the most. Take fewer customers or months."
        )
    if options["customers"] * window * options["contacts_per_year"] / 365.25 > MOST_ROWS:
        raise InputError("This makes more contacts than memory holds. Take fewer contacts_per_year.")
    return begin, window, (ends - begin).days.to_numpy().astype(float)


def _deposits(rng: np.random.Generator, shape: str, size: int) -> Array:
    if shape == "pyramid":
        least, most, exponent = 4_000.0, 10_000_000.0, 1.16
        rest = (least / most) ** exponent  # what a Pareto without an end has above the most
        return least * (rest + (1 - rest) * (1 - rng.random(size))) ** (-1 / exponent)
    if shape == "dumbbell":
        return np.where(rng.random(size) < 0.3, 150_000.0, 4_000.0) * rng.lognormal(0, 0.6, size)
    return 20_000.0 * rng.lognormal(0, 0.5, size)


def _held(rng: np.random.Generator, openness: Array, age: Codes) -> dict[str, Array]:
    """Return who holds each product: all a current account, the others by openness; credit by age as well."""
    held = {"current": np.ones(len(age), dtype=bool)}
    for name, tendency in TENDENCY.items():
        young = np.array([0.3, 0.5, 0.0, -0.8])[age] if name in CREDIT else 0.0
        odds = tendency + 4 * (openness - 0.5) + young
        held[name] = rng.random(len(age)) < 1 / (1 + np.exp(-odds))
    return held


def _defaults(
    rng: np.random.Generator,
    chance: Array,
    begin: pd.Timestamp,
    window: int,
    correlation: float,
    downturn: float,
) -> Array:
    """Return the time of each customer's default, infinite where none; all share the luck of the year."""
    from scipy.special import ndtr, ndtri  # slow to import

    default = np.full(len(chance), inf)
    close = begin + pd.Timedelta(window, "D")
    for year in range(begin.year, close.year + 1):
        opens, closes = (pd.Timestamp(year + more, 1, 1) for more in (0, 1))
        luck = rng.normal() - downturn * (year == (close - pd.Timedelta("1D")).year)
        given = ndtr((ndtri(chance) - correlation**0.5 * luck) / (1 - correlation) ** 0.5)
        when = (opens - begin).days + rng.random(len(chance)) * (closes - opens).days
        falls = (rng.random(len(chance)) < given) & np.isinf(default) & (when >= 0) & (when < window)
        default[falls] = when[falls]
    return default


def _income(ids: Any, ends: Array, rows: tuple[Codes, Codes, Codes, Array], overhead: float) -> pd.DataFrame:
    """Return the income by customer, product and quarter, booked at the quarter's last month end."""
    month, owner, code, amount = rows
    margin, fee, _ = (np.array(column) for column in zip(*PRODUCTS.values(), strict=True))
    earned = pd.DataFrame(
        {
            "quarter": month // 3,
            "owner": owner,
            "code": code,
            "amount": (amount * margin[code] + fee[code]) / 12,
            "cost": np.where(code == 0, overhead, 6.0) / 12,
        }
    )
    sums = earned.groupby(["quarter", "owner", "code"], as_index=False)[["amount", "cost"]].sum()
    last = np.minimum(sums["quarter"] * 3 + 2, len(ends) - 1)
    return pd.DataFrame(
        {
            "customer_id": ids.take(sums["owner"].to_numpy()),
            "date": ends[last],
            "order_id": numbered("I", len(sums), 8),
            "category": labels(PRODUCTS, sums["code"].to_numpy()),
            "amount": sums["amount"].round(2),
            "cost": sums["cost"].round(2),
        }
    )


def _holdings(
    ids: Any, begin: pd.Timestamp, seen: tuple[Codes, Codes], opened: dict[str, Array]
) -> pd.DataFrame:
    """Return the products seen in the balances, with the days on which they opened and run out."""
    keys = np.unique(seen[0] * len(PRODUCTS) + seen[1])
    owner, code = np.divmod(keys, len(PRODUCTS))
    days = np.array(list(opened.values()))[code, owner]
    years = np.array([years for _, _, years in PRODUCTS.values()])[code]
    begun = np.datetime64(begin, "D") + np.floor(days).astype(np.int64)
    ends = begun + np.floor(years * 365.25).astype(np.int64)
    return pd.DataFrame(
        {
            "customer_id": ids.take(owner),
            "date": begun.astype("datetime64[s]"),
            "product": labels(PRODUCTS, code),
            "matures": np.where(years > 0, ends, np.datetime64("NaT")).astype("datetime64[s]"),
        }
    )
