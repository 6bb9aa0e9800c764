"""A simulated taxi rank: what is seen of a passenger before the fare is chosen, and what each was worth."""

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
    labels,
    numbered,
    ordered,
    period,
    stream,
)
from crmlab.simulate.world import World

# Share of offers, median kilometres, and how far the trip's logarithm spreads.
PLACES = {
    "hotel": (0.25, 6.0, 0.7),
    "station": (0.30, 5.0, 0.6),
    "clinic": (0.20, 4.0, 0.4),
    "bar": (0.25, 5.0, 0.5),
}
HOURS = {"morning": 0.3, "midday": 0.3, "evening": 0.25, "night": 0.15}
SPEED = (22.0, 28.0, 24.0, 38.0)  # kilometres an hour, by time of day
LUGGAGE = {"hotel": 0.5, "station": 0.4, "clinic": 0.05, "bar": 0.05}  # chance, by place
FAR = 2.2  # by how much luggage lengthens the trip
CANCEL = {"street": 0.01, "app": 0.09}  # chance that nobody comes, by channel
LOST = 8.0  # minutes lost then
START, PER_KM, FUEL = 4.0, 2.0, 0.25  # base fare; per kilometre, fare and cost
OUT, BACK = 12.0, 0.9  # beyond so many kilometres there is no fare back: share of the way driven empty
NEAR_BACK = 0.15  # and on nearer trips
BOARDING = 4.0  # minutes before the trip begins
ROW = 3  # offers at one moment
WAIT = 4.0  # minutes between one offer and the next
GRID = 60  # points over which an expectation is taken
MOST_OFFERS = 5_000_000  # more could fill the memory

LIMITS: dict[str, tuple[float, float]] = {"hour_worth": (0, inf), "random_share": (0, 1)}


def fares(
    customers: int = 6000,
    start: Any = "2024-01-01",
    end: Any = "2024-12-31",
    *,
    seed: int,
    hour_worth: float = 24.0,
    random_share: float = 0.3,
) -> World:
    r"""Simulate a taxi driver who may choose among three fares.

    Which passenger is worth taking, when all that is seen is where they stand and what they carry? Not the
    longest trip: far out there is no fare back. The worth of a trip of *k* kilometres, in money, is

    .. math::
        W = 4 + 2k + \text{tip} - 0.25\, k\, (1 + e) - c \Bigl(\tfrac{4}{60} + \tfrac{k\, (1 + e)}{v}\Bigr),

    where *e* is the share of the way driven back empty (0.90 beyond 12 kilometres, else 0.15), *v* the speed
    at that time of day and *c* what an hour of the driver is worth. The logarithm of *k* is normal about that
    of the place, and luggage makes it 2.2 times as long. If nobody comes, 8 minutes are lost.

    Parameters
    ----------
    customers : int
        How many passengers are offered, three at each moment (the last moment may have fewer).
    start, end : str or date
        First and last day observed.
    seed : int
        Same seed and options, same world. The driver's choices have draws of their own.
    hour_worth : float
        *c*, money an hour: what the driver earns with the time otherwise.
    random_share : float
        Share of the moments at which the driver chooses at random; at the others whoever seems to go
        furthest, luggage first and then the hotel, the station, the bar and the clinic.

    Returns
    -------
    World
        Tables ``offers`` (what is seen: ``moment_id``, ``place_in_row``, ``waited`` minutes until it is seen,
        ``place``, ``hour``, ``luggage``, ``channel``, ``phone``; ``taken`` and ``random_choice``), ``trips``
        (those taken, with what came of them), ``orders`` (those paid), ``attributes``. The truth, one row a
        passenger, taken or not: ``kilometres``, ``minutes`` (all that it costs, the way back as well),
        ``fare`` (with tip), ``cancelled``, ``worth`` *W*, and ``expected_worth``, the mean of *W* for whoever
        knows the world and sees the signals. Waiting costs extra: ``waited`` minutes at *c* an hour.

    Raises
    ------
    InputError
        A date that does not exist, an option out of its range, or more offers than memory holds.

    Notes
    -----
    =============  ===========================================================================================
    luggage        far trips: the highest fare, and often the lowest worth an hour, for the way back is empty
    channel        app: 9 % do not come; street 1 %
    place, hour    median distance by place; the night is fast
    phone          nothing: a decoy
    taken          mostly by luggage: what is known of the passengers not taken is nothing, so that means over
                   all trips taken are of a mix that the driver chose; those at random moments are not
    =============  ===========================================================================================

    References
    ----------
    Chow, Y. S., Robbins, H. and Siegmund, D. (1971). Great Expectations: The Theory of Optimal Stopping.
    Houghton Mifflin.

    Examples
    --------
    >>> from crmlab.simulate import fares
    >>> rank = fares(customers=600, seed=7)
    >>> rank.table("offers").groupby("moment_id")["taken"].sum().unique().tolist()
    [1]
    >>> len(rank.truth), len(rank.table("trips"))
    (600, 200)
    """
    options = dict(locals())
    begin, window = _check(options)
    see, ride, choose = (stream(seed, "fares", name) for name in ("see", "ride", "choose"))
    moments = -(-customers // ROW)
    moment, turn = np.divmod(np.arange(customers), ROW)
    time = np.sort(see.random(moments))[moment] * window
    hour = draw(see, HOURS.values(), moments)[moment]
    place = draw(see, [share for share, _, _ in PLACES.values()], customers)
    luggage = see.random(customers) < np.array(list(LUGGAGE.values()))[place]
    app, phone = see.random(customers) < 0.5, see.random(customers) < 0.4

    _, median, spread = (np.array(column)[place] for column in zip(*PLACES.values(), strict=True))
    median = median * np.where(luggage, FAR, 1.0)
    kilometres = median * np.exp(spread * ride.normal(0, 1, customers))
    tip = ride.exponential(1.5, customers)
    missing = np.array(list(CANCEL.values()))[app.astype(np.int64)]
    cancelled = ride.random(customers) < missing
    minutes, fare, worth = _worth(kilometres, tip, np.array(SPEED)[hour], hour_worth)
    nothing = -hour_worth * LOST / 60
    # Points at the middle of equal shares of the normal: their mean is the expectation, near enough.
    points = _normal((np.arange(GRID) + 0.5) / GRID)
    mean = sum(
        _worth(median * np.exp(spread * point), 1.5, np.array(SPEED)[hour], hour_worth)[2] for point in points
    )
    expected = (1 - missing) * mean / GRID + missing * nothing

    by_chance = (choose.random(moments) < random_share)[moment]
    looks = 10 * luggage + np.array([4, 3, 1, 2])[place] + choose.random(customers)
    taken = _first(moment, np.where(by_chance, choose.random(customers), looks))

    ids = numbered("P", customers, 6)
    index = pd.Index(ids, name="customer_id")
    date = dates(begin, window, time)
    seen = {
        "customer_id": ids,
        "date": date,
        "moment_id": numbered("M", moments, 6).take(moment),
        "place_in_row": turn + 1,
        "waited": WAIT * turn,
        "place": labels(PLACES, place),
        "hour": ordered(HOURS, hour),
        "luggage": luggage,
        "channel": labels(CANCEL, app.astype(np.int64)),
        "phone": phone,
        "taken": taken,
        "random_choice": by_chance,
    }
    trip = {
        "customer_id": ids,
        "date": date,
        "cancelled": cancelled,
        "kilometres": np.where(cancelled, 0, kilometres).round(1),
        "minutes": np.where(cancelled, LOST, minutes).round(1),
        "fare": np.where(cancelled, 0, fare).round(2),
    }
    burnt = FUEL * kilometres * (1 + _empty(kilometres))
    paid = taken & ~cancelled
    bill = {"customer_id": ids, "date": date, "amount": fare.round(2), "cost": burnt.round(2)}
    tables = {
        "orders": pd.DataFrame(bill)[paid].reset_index(drop=True),
        "offers": pd.DataFrame(seen),
        "trips": pd.DataFrame(trip)[taken].reset_index(drop=True),
        "attributes": pd.DataFrame({"channel": seen["channel"]}, index=index),
    }
    truth = {
        "kilometres": kilometres,
        "minutes": np.where(cancelled, LOST, minutes),
        "fare": np.where(cancelled, 0, fare),
        "cancelled": cancelled,
        "worth": np.where(cancelled, nothing, worth),
        "expected_worth": expected,
    }
    return World(tables=tables, truth=pd.DataFrame(truth, index=index), parameters=options)


def _check(options: dict[str, Any]) -> tuple[pd.Timestamp, int]:
    begin, window = period(options)
    for name, (low, high) in LIMITS.items():
        between(name, options[name], low, high)
    if options["customers"] > MOST_OFFERS:
        raise InputError(
            f"This makes {options['customers']:,} offers; {MOST_OFFERS:,} is the most. Take fewer customers."
        )
    return begin, window


def _empty(kilometres: Array) -> Array:
    """Return the share of the way that is driven back without a fare."""
    return np.where(kilometres > OUT, BACK, NEAR_BACK)


def _worth(kilometres: Array, tip: Array | float, speed: Array, hour: float) -> tuple[Array, Array, Array]:
    """Return the minutes that a trip costs, its fare with tip, and its worth."""
    driven = kilometres * (1 + _empty(kilometres))
    minutes = BOARDING + 60 * driven / speed
    fare = START + PER_KM * kilometres + tip
    return minutes, fare, fare - FUEL * driven - hour * minutes / 60


def _first(moment: Codes, score: Array) -> Array:
    """Return which offer of each moment has the highest score."""
    turn = np.lexsort((score, moment))
    last = np.append(np.flatnonzero(np.diff(moment[turn])), len(turn) - 1)
    best = np.zeros(len(moment), dtype=bool)
    best[turn[last]] = True
    return best


def _normal(shares: Array) -> Array:
    """Return the normal quantiles of these shares."""
    from scipy.special import ndtri  # slow to import

    return ndtri(shares)
