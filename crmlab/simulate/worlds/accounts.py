"""Simulated business customers whose answer to visits, terms, deals and a joint team is known."""

from math import inf
from typing import Any

import numpy as np
import pandas as pd

from crmlab.errors import InputError
from crmlab.simulate.draws import (
    Array,
    Codes,
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

# Share of accounts; what is bought without any visit, as a share of the potential; visits a quarter.
CLASSES = {"small": (0.70, 0.30, 0.4), "ordinary": (0.25, 0.45, 1.5), "key": (0.05, 0.85, 6.0)}
HALF = 2.0  # visits a quarter that win half of what visits can win
VISIT_COST = 150.0
EFFORT = (0.0, 0.5, 1.5, 2.0)  # the factors on the class's visits, drawn anew each quarter
INDUSTRIES = {"building": 0.3, "food": 0.3, "machines": 0.25, "health": 0.15}
REGIONS = {"north": 0.25, "east": 0.25, "south": 0.25, "west": 0.25}
KINDS = ("none", "single order", "periodic cumulative", "unlimited cumulative", "direct")
LIFT = (0.0, 0.0, 0.0, 1.0, 2.0)  # per cent more volume for each per cent of discount, by its kind
CREDIT, CREDIT_LIFT = (0, 30, 60), 0.0008  # days; more volume for each day
STEPS = (
    "need",
    "description",
    "specification",
    "search",
    "proposals",
    "selection",
    "order routine",
    "review",
)
PASS = np.array([0.85, 0.85, 0.80, 0.80, 0.60, 0.60, 0.95])  # chance to reach the next step
DAYS = np.array([20.0, 25.0, 30.0, 30.0, 45.0, 30.0, 15.0])  # mean days in a step
SELECT, HARD = 5, 0.7  # log odds that one more e-fold of value takes off at the selection
LOST = ("price", "competitor", "no budget", "no decision")
SELLERS = 12
QUARTER = 91
STOCK, STOCK_CUT = 34.0, 9.0  # days of stock, and how many a joint team saves
JOINT_LIFT, TREND = 0.06, 0.08  # volume that it adds; growth a year of all key accounts
MOST_EVENTS = 30_000_000  # more orders or visits could fill the memory

LIMITS: dict[str, tuple[float, float]] = {
    "potential": (0, inf),
    "spread": (0, 3),
    "orders_per_quarter": (0, inf),
    "margin": (0, 1),
    "rate": (0, 0.5),
    "deals_per_year": (0, inf),
    "joint": (0, 1),
}


def accounts(
    customers: int = 2000,
    start: Any = "2023-01-01",
    end: Any = "2024-12-31",
    *,
    seed: int,
    potential: float = 30_000.0,
    spread: float = 1.3,
    orders_per_quarter: float = 3.0,
    margin: float = 0.35,
    rate: float = 0.05,
    deals_per_year: float = 3.0,
    joint: float = 0.5,
) -> World:
    r"""Simulate a manufacturer with key, ordinary and small accounts.

    Who deserves the next visit? Not whoever buys most. With *v* visits in a quarter, an account buys, of its
    potential *m*, by Little's ADBUDG with *c* = 1,

    .. math::
        E(\text{purchases} \mid v) = \frac{m}{4} \Bigl(a + (1 - a) \frac{v}{d + v}\Bigr), \qquad d = 2,

    where *a* is what is bought unvisited: 0.30 of small, 0.45 of ordinary and 0.85 of key accounts.

    Parameters
    ----------
    customers : int
        How many accounts.
    start, end : str or date
        First and last day observed.
    seed : int
        Same seed and options, same world. Deals, terms and stock have draws of their own.
    potential, spread : float
        Mean of *m*, money a year, and the spread of its logarithm. The top 5 % are key, the next 25 %
        ordinary.
    orders_per_quarter : float
        Mean orders of an account at its potential.
    margin : float
        Gross margin before any discount, as a share of the list amount.
    rate : float
        The discount, of whatever kind.
    deals_per_year : float
        Mean tenders of a key account; of an ordinary one a fourth, of a small one a twentieth.
    joint : float
        Share of the window after which a random half of the key accounts get a joint team.

    Returns
    -------
    World
        Tables ``orders`` (``amount`` net of discounts given at once, ``list_amount``, ``paid``), ``visits``,
        ``terms``, ``deals``, ``deal_steps``, ``deliveries``, ``stock`` (at key accounts, by month),
        ``programme`` (the joint teams), ``attributes``. The truth: ``potential`` *m*, ``floor`` *a*,
        ``half`` *d*, ``volume_factor`` (what terms do to the volume), ``joint_gain`` (purchases a year that a
        joint team adds), ``pipeline_expected`` and ``pipeline_won`` (of the deals open at the end: the value
        times its true chance, and what will be won).

    Raises
    ------
    InputError
        A date that does not exist, an option out of its range, or more events than memory holds.

    Notes
    -----
    =====================  ===================================================================================
    visits                 follow the class, with a factor of 0, 0.5, 1.5 or 2 at random each quarter: inside
                           a class they are an experiment; across classes the largest buy most anyway
    single order           random, like all terms: half the orders of double size, no more volume
    periodic cumulative    half of January's and February's orders come in the December before; no more volume
    unlimited cumulative   1 % more volume for each per cent; ``direct`` 2 %: not enough at a margin of 35 %
    credit days            2.4 % more volume for 30 days; payment comes late by 8 days on average
    deals                  large ones are lost at the selection more often: value times a mean chance is
                           nearly twice what comes of it; open ones are neither won nor lost
    forecast               the seller's chance to win at the start: a third of the 12 sellers say 0.6 of it
                           (sandbagging), a third say 1.6 of it
    joint team             9 of 34 stock days fewer, and 6 % more; all key accounts grow by 8 % a year anyway
    industry, region       nothing: decoys
    =====================  ===================================================================================

    References
    ----------
    Little, J. D. C. (1970). Models and managers: the concept of a decision calculus. Management Science
    16(8), B466-B485.

    Robinson, P. J., Faris, C. W. and Wind, Y. (1967). Industrial Buying and Creative Marketing. Allyn and
    Bacon.

    Examples
    --------
    >>> from crmlab.simulate import accounts
    >>> maker = accounts(customers=300, seed=7)
    >>> sorted(maker.table("deals")["outcome"].unique())
    ['lost', 'open', 'won']
    >>> sorted(maker.truth["floor"].unique().tolist())
    [0.3, 0.45, 0.85]
    """
    options = dict(locals())
    begin, window = _check(options)
    who, plan, call, buy, term, tender, ship, team = (
        stream(seed, "accounts", name)
        for name in ("who", "plan", "call", "buy", "term", "tender", "ship", "team")
    )
    worth = potential * heavy_tailed(who, spread, customers)
    shares = [share for share, _, _ in CLASSES.values()]
    rank = worth.argsort().argsort()
    size = np.searchsorted(np.cumsum(shares)[:-1] * customers, rank, side="right")
    floor, usual = (np.array(column)[size] for column in list(zip(*CLASSES.values(), strict=True))[1:])

    # One quarter more than is seen, for what is bought before its time.
    quarters = -(-window // QUARTER) + 1
    opens = np.arange(quarters) * QUARTER
    effort = usual[:, None] * np.array(EFFORT)[plan.integers(0, len(EFFORT), (customers, quarters))]
    count = call.poisson(effort)
    row, quarter = np.repeat(np.indices(count.shape).reshape(2, -1), count.ravel(), axis=1)
    visited = opens[quarter] + call.random(len(row)) * QUARTER

    kind, credit = term.integers(0, len(KINDS), customers), term.integers(0, len(CREDIT), customers)
    days = np.array(CREDIT)[credit]
    factor = (1 + np.array(LIFT)[kind] * rate) * (1 + CREDIT_LIFT * days)
    starts = joint * window
    key = size == 2
    teamed = key & (team.random(customers) < 0.5)
    pace = orders_per_quarter * (floor[:, None] + (1 - floor[:, None]) * count / (HALF + count))
    pace *= np.where(kind == 1, 0.5, 1.0)[:, None]
    ordered_, when = np.repeat(np.arange(customers), quarters), np.tile(opens.astype(float), customers)
    cell, time = poisson(buy, when, np.full(len(when), float(QUARTER)), pace.ravel() / QUARTER)
    buyer = ordered_[cell]
    early = (kind[buyer] == 2) & (buy.random(len(buyer)) < 0.5)
    time = np.where(early, _december(time, begin), time)
    gross = worth[buyer] / 4 / orders_per_quarter * np.where(kind[buyer] == 1, 2.0, 1.0) * factor[buyer]
    gross *= np.where(key[buyer], (1 + TREND) ** (time / 365.25), 1.0)
    gross *= np.where(teamed[buyer] & (time >= starts), 1 + JOINT_LIFT, 1.0)
    gross = (gross * buy.gamma(4, 1 / 4, len(buyer))).round(2).clip(1)
    seen = np.flatnonzero((time >= 0) & (time < window))
    seen = seen[np.argsort(time[seen], kind="stable")]
    buyer, time, gross = buyer[seen], time[seen], gross[seen]
    threshold = worth / 4 / orders_per_quarter
    given = (kind[buyer] == 4) | ((kind[buyer] == 1) & (gross >= threshold[buyer]))
    paid = time + days[buyer] + term.gamma(2, 4, len(time))

    def on(at: Array) -> Array:
        return dates(begin, window, np.where(at < window, at, inf))

    ids = numbered("A", customers, 5)
    index = pd.Index(ids, name="customer_id")
    order_id = numbered("O", len(buyer), 7)
    orders = {
        "customer_id": ids.take(buyer),
        "date": on(time),
        "order_id": order_id,
        "list_amount": gross,
        "amount": (gross * np.where(given, 1 - rate, 1)).round(2),
        "cost": (gross * (1 - margin)).round(2),
        "paid": on(paid),
    }
    arrived = time + 5 + ship.gamma(2, 2, len(time))
    deliveries = {
        "customer_id": ids.take(buyer),
        "date": on(arrived),
        "order_id": order_id,
        "promised": begin.to_numpy().astype("datetime64[s]") + np.floor(time + 10).astype("timedelta64[D]"),
    }
    cumulative = np.where(kind == 2, worth * 0.8, np.where(kind == 1, threshold, np.nan))
    terms = {
        "customer_id": ids,
        "date": on(np.zeros(customers)),
        "discount": labels(KINDS, kind),
        "rate": np.where(kind > 0, rate, 0.0),
        "threshold": cumulative.round(-2),
        "credit_days": days,
    }
    sight = visited < window
    visits = {"customer_id": ids.take(row[sight]), "date": on(visited[sight]), "cost": VISIT_COST}
    teams = {
        "customer_id": ids[key],
        "date": on(np.full(key.sum(), starts)),
        "arm": labels(("none", "joint team"), teamed[key].astype(np.int64)),
    }
    wanted = deals_per_year * np.array([0.05, 0.25, 1.0])[size]
    deals, steps, pipeline = _deals(tender, ids, worth, wanted, window, on)
    delivered = pd.DataFrame(deliveries).dropna(subset="date")
    tables = {
        "orders": pd.DataFrame(orders),
        "visits": pd.DataFrame(visits).sort_values("date", kind="stable", ignore_index=True),
        "terms": pd.DataFrame(terms),
        "deals": deals,
        "deal_steps": steps,
        "deliveries": delivered.sort_values("date", kind="stable", ignore_index=True),
        "stock": _stock(ship, ids, np.flatnonzero(key), teamed, starts, window, on),
        "programme": pd.DataFrame(teams),
        "attributes": pd.DataFrame(
            {
                "account_class": ordered(CLASSES, size),
                "industry": labels(INDUSTRIES, draw(who, INDUSTRIES.values(), customers)),
                "region": labels(REGIONS, draw(who, REGIONS.values(), customers)),
            },
            index=index,
        ),
    }
    mean = floor + (1 - floor) * usual / (HALF + usual)
    truth = {
        "potential": worth,
        "floor": floor,
        "half": HALF,
        "volume_factor": factor,
        "joint_gain": np.where(key, JOINT_LIFT * worth * mean * factor, 0.0),
        **pipeline,
    }
    return World(tables=tables, truth=pd.DataFrame(truth, index=index), parameters=options)


def _check(options: dict[str, Any]) -> tuple[pd.Timestamp, int]:
    begin, window = period(options)
    for name, (low, high) in LIMITS.items():
        between(name, options[name], low, high)
    events = options["customers"] * window / QUARTER * max(options["orders_per_quarter"], 1.0)
    events += options["customers"] * window / 365.25 * options["deals_per_year"]
    if events > MOST_EVENTS:
        raise InputError(
            f"This makes about {events:,.0f} orders and deals; {MOST_EVENTS:,} is the most. Take fewer "
            "customers, orders_per_quarter, deals_per_year or a shorter window."
        )
    return begin, window


def _december(time: Array, begin: pd.Timestamp) -> Array:
    """Return the times, those of January and February moved into the December before."""
    day = begin + pd.to_timedelta(np.floor(time).astype(np.int64), unit="D")
    start = (day.day_of_year - 1).to_numpy()  # days since the new year
    return np.where(day.month <= 2, time - start - 1 - start % 31, time)


def _deals(
    rng: np.random.Generator, ids: Any, worth: Array, wanted: Array, window: int, on: Any
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Array]]:
    """Return the deals, the steps that each has reached, and by account what its open ones are worth."""
    size = len(worth)
    owner, opened = poisson(rng, np.zeros(size), np.full(size, float(window)), wanted / 365.25)
    turn = np.argsort(opened, kind="stable")
    owner, opened = owner[turn], opened[turn]
    value = worth[owner] * rng.lognormal(-1.2, 0.8, len(owner))
    large = np.log(value / np.median(value)) if len(value) else value
    chance = np.tile(PASS, (len(owner), 1))
    odds = PASS[SELECT] / (1 - PASS[SELECT]) * np.exp(-HARD * large)
    chance[:, SELECT] = odds / (1 + odds)
    passed = rng.random(chance.shape) < chance
    spent = np.cumsum(rng.gamma(2, DAYS / 2, chance.shape), axis=1) + opened[:, None]
    # Where each deal fails, or all seven steps if it does not: then the order is there, and it is won.
    fails = np.where(passed.all(axis=1), len(DAYS), passed.argmin(axis=1))
    won = fails == len(DAYS)
    closed = spent[np.arange(len(owner)), np.minimum(fails, len(DAYS) - 1)]
    entered = np.column_stack([opened, spent])
    reached = (entered < window) & (np.arange(len(STEPS)) <= fails[:, None])
    at = reached.sum(axis=1) - 1  # the step in which a deal stands
    open_ = closed >= window

    seller = rng.integers(0, SELLERS, size)[owner]
    bias = np.array([0.6, 1.0, 1.6])[seller % 3]
    true = chance.prod(axis=1)
    said = np.clip(true * bias * rng.lognormal(0, 0.2, len(owner)), 0.01, 0.95)
    reason = pd.Series(labels(LOST, draw(rng, [0.35, 0.30, 0.2, 0.15], len(owner))))
    names = numbered("D", len(owner), 6)
    outcome = np.where(open_, 2, np.where(won, 0, 1))
    deals = {
        "customer_id": ids.take(owner),
        "date": on(opened),
        "deal_id": names,
        "value": value.round(-2).clip(100),
        "seller": labels([f"S{number:02}" for number in range(1, SELLERS + 1)], seller),
        "forecast": said.round(2),
        "outcome": labels(("won", "lost", "open"), outcome),
        "closed": on(closed),
        "reason": reason.where(outcome == 1).array,
    }
    row, step = np.nonzero(reached)
    steps = {
        "customer_id": ids.take(owner[row]),
        "date": on(entered[row, step]),
        "deal_id": names.take(row),
        "step": ordered(STEPS, step),
    }
    # What is left to pass from the step in which a deal stands.
    rest = np.where(np.arange(len(DAYS)) >= at[:, None], chance, 1).prod(axis=1)
    worths = deals["value"]
    pipeline = {
        "pipeline_expected": np.bincount(owner, worths * rest * open_, size),
        "pipeline_won": np.bincount(owner, worths * won * open_, size),
    }
    return pd.DataFrame(deals), pd.DataFrame(steps), pipeline


def _stock(
    rng: np.random.Generator, ids: Any, key: Codes, teamed: Array, starts: float, window: int, on: Any
) -> pd.DataFrame:
    """Return each key account's stock in days of its sales, and its days without stock, by month."""
    months = np.arange(0, window, 365.25 / 12)
    level = STOCK * rng.lognormal(0, 0.2, len(key))
    after = teamed[key] & (months[:, None] >= starts)
    days = level - STOCK_CUT * after + rng.normal(0, 3, (len(months), len(key)))
    out = rng.poisson(np.where(after, 0.6, 1.2))
    stock = {
        "customer_id": np.tile(ids.take(key), len(months)),
        "date": on(np.repeat(months, len(key))),
        "stock_days": days.clip(1).ravel().round(1),
        "days_out": out.ravel(),
    }
    return pd.DataFrame(stock).astype({"customer_id": "str"})
