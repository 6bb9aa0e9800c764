"""A simulated driving school: prices tested on people whose willingness is known, and courses to fill."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import number, whole
from crmlab.errors import InputError
from crmlab.simulate.draws import Array, between, dates, draw, labels, numbered, ordered, period, stream
from crmlab.simulate.world import World

# Share of customers, middle and scale of the willingness to pay, and cost of the level of the tier.
TIERS = {
    "basic": (0.6, 900.0, 90.0, 500.0),
    "comfort": (0.3, 1_250.0, 120.0, 620.0),
    "express": (0.1, 1_800.0, 180.0, 800.0),
}
# Price of a seat, and between how many days before the course it is asked for.
CLASSES = {"saver": (240.0, 20, 60), "standard": (330.0, 7, 30), "flex": (480.0, 0, 10)}
REQUESTS: Mapping[str, float] = MappingProxyType({"saver": 9.0, "standard": 5.0, "flex": 4.0})
SEAT_COST = 40.0
STEPS = (0.8, 0.9, 1.0, 1.1, 1.2, 1.3)  # the prices tried, as factors on the list price
BELOW = 0.8  # what the level below is worth, as a share of one's own
AGE_BANDS = {"17-20": 0.5, "21-29": 0.3, "30+": 0.2}
AGE_FACTOR = (0.97, 1.0, 1.075)  # on the willingness to pay; over the shares their mean is 1
REGIONS = {"north": 0.25, "east": 0.25, "south": 0.25, "west": 0.25}
MOST_EVENTS = 30_000_000  # more requests could fill the memory


def demand(
    customers: int = 5000,
    start: Any = "2023-01-01",
    end: Any = "2024-12-31",
    *,
    seed: int,
    tested: float = 0.5,
    feel: float = 0.6,
    leak: float = 0.2,
    capacity: int = 14,
    requests: Mapping[str, float] = REQUESTS,
) -> World:
    r"""Simulate a school that sells three levels of a licence, and seats in weekly courses.

    What should each level cost, and how many seats should wait for those who come late and pay more? Each
    person asks once for the level of their tier, and buys where the price is at most what it is
    worth to them,

    .. math::
        w = \mu_{tier}\, f_{age} + s_{tier}\, \epsilon, \quad \epsilon \sim \mathrm{Logistic}(0, 1), \qquad
        P(\text{buys} \mid p) = \frac{1}{1 + e^{-(\mu f - p)/s}}.

    At first staff set the price by what they feel, *p* = *μ* + *feel* (*w* − *μ*) + noise; then a test draws
    it: the list price *μ* times 0.8, 0.9, ..., 1.3. Courses are apart from that: each week one, with seats in
    three classes, Poisson requests, first come, first served.

    Parameters
    ----------
    customers : int
        How many people ask for a price.
    start, end : str or date
        First and last day observed.
    seed : int
        Same seed and options, same world. Prices and courses have draws of their own.
    tested : float
        Share of the window, at its end, in which prices are drawn.
    feel : float
        How much of a person's willingness staff feel, and put into the price.
    leak : float
        Share of people who may take the level below their own: for them it is worth 0.8 of it.
    capacity : int
        Seats in a course.
    requests : mapping of str to float
        Mean requests for a course, by class: ``saver`` (240, asked for 20 to 60 days before), ``standard``
        (330, 7 to 30 days), ``flex`` (480, 0 to 10 days).

    Returns
    -------
    World
        Tables ``orders`` (licences and seats sold), ``price_offers`` (with ``randomised``), ``requests``
        (those refused as well, which most schools would not write down), ``courses``, ``attributes``. The
        truth, one row a person: ``tier``, ``willingness`` *w*, ``willingness_below`` (for the level below,
        0 where there is none) and ``slides`` (whether they may take it).

    Raises
    ------
    InputError
        A date that does not exist, an option out of its range, or more requests than memory holds.

    Notes
    -----
    ================  ========================================================================================
    tier              known, and what prices may differ by
    price by staff    follows the willingness: the dear offers are bought more often than the cheap ones, as
                      if a higher price sold more
    asked_below       four in five of those who may slide have asked for the level below
    age band          the older pay more, 7.5 % above the middle: real, and in many places unlawful to use
    region            nothing: a decoy
    seats             savers come first and fill the course: at the defaults about three in four of the flex
                      requests are refused, so that seats sold are not the demand
    ================  ========================================================================================

    References
    ----------
    Littlewood, K. (1972). Forecasting and control of passenger bookings. AGIFORS Symposium Proceedings 12,
    95-117.

    Examples
    --------
    >>> from crmlab.simulate import demand
    >>> school = demand(customers=500, seed=7)
    >>> offers = school.table("price_offers").merge(school.truth, on="customer_id")
    >>> bool((offers["bought"] == (offers["willingness"] >= offers["price"])).all())
    True
    """
    options = dict(locals())
    begin, window = _check(options)
    who, price, course = (stream(seed, "demand", name) for name in ("who", "price", "course"))
    shares, middle, scale, cost = (np.array(column) for column in zip(*TIERS.values(), strict=True))
    tier, age = draw(who, shares, customers), draw(who, AGE_BANDS.values(), customers)
    worth = middle[tier] * np.array(AGE_FACTOR)[age] + who.logistic(0, scale[tier])
    slides = (who.random(customers) < leak) & (tier > 0)
    asked = np.sort(who.random(customers)) * window

    drawn = asked >= (1 - tested) * window
    felt = middle[tier] + feel * (worth - middle[tier]) + price.normal(0, 0.5 * scale[tier])
    step = np.array(STEPS)[price.integers(0, len(STEPS), customers)]
    offered = np.where(drawn, middle[tier] * step, felt.clip(50)).round(-1)
    bought = worth >= offered

    ids = numbered("C", customers, 6)
    index = pd.Index(ids, name="customer_id")
    offers = {
        "customer_id": ids,
        "date": dates(begin, window, asked),
        "tier": ordered(TIERS, tier),
        "price": offered,
        "randomised": drawn,
        "bought": bought,
    }
    courses, seats = _courses(course, ids, begin, window, capacity, options["requests"])
    level = labels(TIERS, tier)
    sold = seats[seats["accepted"]]
    orders = pd.DataFrame(
        {
            "customer_id": np.concatenate([np.asarray(ids)[bought], sold["customer_id"]]),
            "date": np.concatenate([offers["date"][bought], sold["date"]]),
            "category": np.concatenate([np.asarray(level)[bought], np.full(len(sold), "course")]),
            "amount": np.concatenate([offered[bought], sold["price"]]),
            "cost": np.concatenate([cost[tier][bought], np.full(len(sold), SEAT_COST)]),
        }
    ).astype({"customer_id": "str", "category": "str"})
    tables = {
        "orders": orders.sort_values("date", kind="stable", ignore_index=True),
        "price_offers": pd.DataFrame(offers),
        "requests": seats,
        "courses": courses,
        "attributes": pd.DataFrame(
            {
                "age_band": ordered(AGE_BANDS, age),
                "region": labels(REGIONS, draw(who, REGIONS.values(), customers)),
                "asked_below": slides & (who.random(customers) < 0.8),
            },
            index=index,
        ),
    }
    truth = {
        "tier": ordered(TIERS, tier),
        "willingness": worth,
        "willingness_below": np.where(tier > 0, BELOW * worth, 0.0),
        "slides": slides,
    }
    return World(tables=tables, truth=pd.DataFrame(truth, index=index), parameters=options)


def _check(options: dict[str, Any]) -> tuple[pd.Timestamp, int]:
    begin, window = period(options)
    for name in ("tested", "leak", "feel"):
        between(name, options[name], 0, 1)
    options["capacity"] = whole(options["capacity"], "capacity", least=1)
    asked = options["requests"]
    if not isinstance(asked, Mapping) or set(asked) != set(CLASSES):
        raise InputError(f"requests is {asked!r}. Give a mean for each of {', '.join(CLASSES)}.")
    options["requests"] = {
        name: number(asked[name], f"The mean of '{name}'", "a number", above=0) for name in CLASSES
    }
    events = sum(options["requests"].values()) * window / 7 + options["customers"]
    if events > MOST_EVENTS:
        raise InputError(
            f"This makes about {events:,.0f} offers and requests; {MOST_EVENTS:,} is the most. Take fewer "
            "customers or requests, or a shorter window."
        )
    return begin, window


def _courses(
    rng: np.random.Generator,
    ids: Any,
    begin: pd.Timestamp,
    window: int,
    capacity: int,
    means: Mapping[str, float],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the weekly courses, and the requests for them in order of time: first come, first served.

    The first courses are held late enough that the earliest request lies in the window, where there is room.
    """
    held = np.arange(min(60, window - 1), window, 7)
    parts = []
    for code, (name, (paid, late, soon)) in enumerate(CLASSES.items()):
        course = np.repeat(np.arange(len(held)), rng.poisson(means[name], len(held)))
        before = late + (soon - late) * rng.random(len(course))
        parts.append(
            (course, np.full(len(course), code), np.full(len(course), float(paid)), held[course] - before)
        )
    course, kind, fare, asked = (np.concatenate(column) for column in zip(*parts, strict=True))
    who = rng.integers(0, len(ids), len(course))
    turn = np.lexsort((asked, course))  # in each course by time
    course, kind, fare, asked, who = course[turn], kind[turn], fare[turn], asked[turn], who[turn]
    count = np.bincount(course, minlength=len(held))
    place = np.arange(len(course)) - np.repeat(np.cumsum(count) - count, count)
    names = numbered("K", len(held), 5)
    day = dates(begin, window, held.astype(float))
    requests: dict[str, Array | Any] = {
        "customer_id": ids.take(who),
        "date": dates(begin, window, asked.clip(0)),
        "course_id": names.take(course),
        "class": ordered(CLASSES, kind),
        "price": fare,
        "accepted": place < capacity,
    }
    table = pd.DataFrame(requests).iloc[np.argsort(asked, kind="stable")].reset_index(drop=True)
    return pd.DataFrame({"course_id": names, "date": day, "capacity": capacity}), table
