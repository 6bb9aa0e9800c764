"""Paths over channels to a first order: which touch convinced whom is known, and so is who came by itself."""

from collections.abc import Mapping, Sequence
from math import inf
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import number
from crmlab.errors import InputError, unknown
from crmlab.simulate.draws import (
    Array,
    Codes,
    between,
    dates,
    draw,
    labels,
    lines,
    numbered,
    ordered,
    period,
    purchases,
    stream,
)
from crmlab.simulate.journeys import EFFECTS, walked
from crmlab.simulate.world import World
from crmlab.simulate.worlds.business import MOST_EVENTS, REGIONS

COSTS: Mapping[str, float] = MappingProxyType(
    {"display": 0.25, "social": 0.6, "email": 0.05, "search": 1.5, "affiliate": 2.0}
)
CAUSES = {"rival": 0.45, "own life": 0.55}
# Share of the people, and factor on how often they order later: its mean is 1.
AGES = {"18-29": (0.40, 0.8), "30-44": (0.25, 1.4), "45-59": (0.25, 1.0), "60+": (0.10, 0.8)}
PLACES = ("store", "web", "app")
WHEN = {"switch": 0.30, "last": 0.70, "app": 0.75}  # shares of the window
MARGIN = 0.45
LIMITS = dict.fromkeys(["r", "alpha", "a", "b", "p", "v"], (0.0, inf))
LIMITS |= {"q": (1, inf), "baseline": (0, 1), "selection": (0, 2)}


def touchpoints(
    customers: int = 12_000,
    start: Any = "2023-01-01",
    end: Any = "2024-12-31",
    *,
    seed: int,
    baseline: float = 0.08,
    selection: float = 0.5,
    effects: Mapping[str, float] = EFFECTS,
    costs: Mapping[str, float] = COSTS,
    switched: Sequence[str] = ("search", "display"),
    r: float = 0.5,
    alpha: float = 25.0,
    a: float = 0.6,
    b: float = 2.4,
    p: float = 6.0,
    q: float = 4.0,
    v: float = 24.0,
) -> World:
    r"""Simulate people on their way to a first order, whom channels convince, or only meet.

    Which channel brings customers who would not have come? A person has a wish to buy,
    :math:`z \sim N(0, 1)`, and within 45 days orders of their own accord with probability :math:`b_i`, while
    each touch of channel *c* convinces with probability :math:`e_c`, whoever it meets:

    .. math::
        P(\text{order}) = 1 - (1 - b_i) \prod_c (1 - e_c)^{n_{ic}}, \quad
        b_i = \mathrm{logit}^{-1}(\mathrm{logit}\,b + z_i).

    The path ends with the order. Afterwards purchases follow the BG/NBD story of `business`, at a rate times
    :math:`e^{\sigma z - \sigma^2 / 2}`: those who want to buy are the better customers, whatever channel
    met them.

    From 30 % of the window, people are drawn by lot into groups in which one channel is **switched off**, or
    none. At 75 % half of the customers who never used the app, at random, are invited to it.

    Parameters
    ----------
    customers : int
        How many people set out, in the first 70 % of the window. About one in four orders.
    start, end : str or date
        First and last day observed.
    seed : int
        Same seed and options, same world.
    baseline : float
        *b*, the chance of the middling person to order without any touch.
    selection : float
        *σ*, how much more those who want to buy purchase later, between 0 and 2.
    effects, costs : mapping of str to float
        What one touch of a channel does, and costs, for display, social, email, search and affiliate. Effects
        are from 0 to below 1.
    switched : sequence of str
        Channels of which one each is off for one group.
    r, alpha, a, b : float
        Purchases and dropout after the first order; `alpha` is in days.
    p, q, v : float
        Gamma-Gamma spend per order; `v` in money, `q` above 1. The default mean is 48.

    Returns
    -------
    World
        Tables ``orders``, ``attributes``, ``touchpoints``, ``switches`` and ``campaign`` (the app).

    Raises
    ------
    InputError
        A date that does not exist, an option out of its range, a channel that does not exist, or more events
        than memory holds.

    Notes
    -----
    ====================  ====================================================================
    search, affiliate     meet those who want to buy, late; and 60 and 25 % of those about to order
                          touch them on the way, which convinces nobody
    display, social       meet anybody, early; one touch in twenty convinces
    acquisition channel   the last touch, as firms record it; direct without one
    later orders          by the wish to buy; no channel makes a customer better
    channels used         the more orders, the more channels, and those with a high rate wander more
    age band              how often they order later: 0.8, 1.4, 1 and 0.8 times as often, from the youngest
                          on; who comes, by which channel, it does not touch
    invited to the app    two in five go on in the app; how often they order stays as it was
    region                nothing: a decoy
    ====================  ====================================================================

    So the traps: by last touch, search has 38 % of the first orders and affiliates 27 %, while without them 2
    and 0.5 % would be lost; display has 15 %, and without it 28 % would be. Customers of three channels have
    seven times the orders of those of one, and those invited into a second one order no more.

    The truth has, a row a person, ``wish`` (*z*), ``baseline`` (:math:`b_i`), ``spontaneous`` (would order of
    their own accord), ``convinced_by_display`` and so on for each channel (some touch of it would convince,
    had nothing else done so before), ``purchase_rate``, ``dropout_probability``, ``spend_level``,
    ``alive_until`` and ``cause``. Without a channel, those order for whom one of the others holds.

    References
    ----------
    Blake, T., Nosko, C. and Tadelis, S. (2015). Consumer heterogeneity and paid search effectiveness: a
    large-scale field experiment. Econometrica 83(1), 155-174.

    Neslin, S. A. et al. (2006). Challenges and opportunities in multichannel customer management. Journal of
    Service Research 9(2), 95-112.

    Examples
    --------
    >>> from crmlab.simulate import touchpoints
    >>> shop = touchpoints(customers=500, seed=7)
    >>> list(shop.table("touchpoints").columns)
    ['customer_id', 'date', 'touch', 'channel', 'cost']
    >>> sorted(shop.table("switches")["off"].unique())
    ['display', 'none', 'search']
    """
    options = dict(locals())
    begin, window = _check(options)
    size, names = options["customers"], list(EFFECTS)
    effect = np.array([options["effects"][name] for name in names])
    price = np.array([options["costs"][name] for name in names])

    def rng(*what: str) -> np.random.Generator:
        return stream(options["seed"], "touchpoints", *what)

    wish = rng("wish").normal(size=size)
    chance = 1 / (1 + np.exp(-np.log(baseline / (1 - baseline)) - wish))
    set_out = np.sort(rng("start").random(size)) * WHEN["last"] * window
    groups = ["none", *options["switched"]]
    off = draw(rng("switch"), np.full(len(groups), 1 / len(groups)), size)
    tested = set_out >= int(WHEN["switch"] * window)
    silent = np.array([-1, *(names.index(name) for name in options["switched"])])[np.where(tested, off, 0)]

    paths = walked(options["seed"], wish, set_out, chance, effect, silent, window)
    who, channel, time, first = paths.who, paths.channel, paths.time, paths.first

    ids = numbered("C", size, 6)
    index = pd.Index(ids, name="customer_id")
    last = np.full(size, -1)
    last[who] = channel  # in order of time, so that the last one stays
    came = np.flatnonzero(np.isfinite(first))
    rate = rng("rate").gamma(r, 1 / alpha, size) * np.exp(selection * wish - selection**2 / 2)
    shares, factors = zip(*AGES.values(), strict=True)
    age = draw(rng("age"), shares, size)
    rate *= np.array(factors)[age]
    dropout = rng("dropout").beta(a, b, size)
    level = p / rng("level").gamma(q, 1 / v, size)
    left = np.full(size, inf)
    owner, bought, left[came] = purchases(rng("orders"), first[came], window, rate[came], dropout[came])
    owner = came[owner]
    place, invited, treated = _places(options["seed"], size, owner, bought, rate, int(WHEN["app"] * window))
    cause = draw(rng("cause"), CAUSES.values(), size)

    start_of = np.searchsorted(who, np.arange(size))
    touches = pd.DataFrame(
        {
            "customer_id": ids.take(who),
            "date": dates(begin, window, time),
            "touch": np.arange(len(who)) - start_of[who] + 1,
            "channel": labels(names, channel),
            "cost": price[channel],
        }
    )
    app = pd.DataFrame(
        {
            "customer_id": ids,
            "date": dates(begin, window, np.full(size, int(WHEN["app"] * window))),
            "offer": "app",
            "treated": treated,
            "chance": 0.5,
            "cost": 0.0,
        }
    ).astype({"offer": "str"})
    truth = {
        "wish": wish,
        "baseline": chance,
        "spontaneous": paths.spontaneous,
        **{f"convinced_by_{name}": paths.convinced[:, k] for k, name in enumerate(names)},
        "purchase_rate": rate,
        "dropout_probability": dropout,
        "spend_level": level,
        "alive_until": dates(begin, window, left),
        "cause": pd.Series(labels(CAUSES, cause), index).where(np.isfinite(left)),
    }
    recorded = labels([*names, "direct"], last)
    attributes = {
        "age_band": ordered(AGES, age),
        "region": labels(REGIONS, draw(rng("region"), REGIONS.values(), size)),
        "acquisition_channel": pd.Series(recorded, index).where(np.isfinite(first)),
    }
    amount = level[owner] * rng("amount").gamma(p, 1 / p, len(owner))
    switches = {
        "date": dates(begin, window, set_out)[tested],
        "off": labels(groups, off[tested]),
    }
    tables = {
        "orders": lines(
            ids, owner, dates(begin, window, bought), amount, MARGIN, channel=labels(PLACES, place)
        ),
        "attributes": pd.DataFrame(attributes, index),
        "touchpoints": touches.sort_values(["date", "customer_id", "touch"], ignore_index=True),
        "switches": pd.DataFrame(switches, index[tested]),
        "campaign": app[invited].reset_index(drop=True),
    }
    return World(tables=tables, truth=pd.DataFrame(truth, index=index), parameters=options)


def _check(options: dict[str, Any]) -> tuple[pd.Timestamp, int]:
    begin, window = period(options)
    for name, (low, high) in LIMITS.items():
        between(name, options[name], low, high)
    for name in ("effects", "costs"):
        given = options[name]
        if not isinstance(given, Mapping) or set(given) != set(EFFECTS):
            raise InputError(f"{name} is {given!r}. Give a number for each of {', '.join(EFFECTS)}.")
        for channel, value in given.items():
            if name == "effects":
                number(value, f"The effect of '{channel}'", least=0, below=1)
            number(value, f"The cost of '{channel}'", least=0)
        options[name] = dict(given)
    if not isinstance(options["switched"], list | tuple):
        raise InputError(f"switched is {options['switched']!r}. Give a list of channels.")
    options["switched"] = list(options["switched"])
    for channel in options["switched"]:
        if channel not in EFFECTS:
            raise unknown("channel", channel, EFFECTS, where="switched")
    if len(set(options["switched"])) < len(options["switched"]):
        raise InputError(f"switched is {options['switched']!r}. Give each channel once.")
    events = options["customers"] * (10 + window * options["r"] / options["alpha"])
    if events > MOST_EVENTS:
        raise InputError(
            f"This makes up to {events:,.0f} touches and orders; {MOST_EVENTS:,} is the most. Take fewer "
            "customers, a shorter window or a larger alpha (it is in days)."
        )
    return begin, window


def _places(
    seed: int, size: int, owner: Codes, bought: Array, rate: Array, day: int
) -> tuple[Codes, Array, Array]:
    """Return where each order was placed, who could be invited to the app, and who was."""
    rng = stream(seed, "touchpoints", "places")
    habit = draw(rng, (0.5, 0.4, 0.1), size)
    wander = 0.1 + 0.5 * (rng.random(size) < rate / (rate + 6 / 365.25))
    stray = draw(rng, (0.45, 0.40, 0.15), len(owner))
    place = np.where(rng.random(len(owner)) < wander[owner], stray, habit[owner])
    before = bought < day
    known, user = np.zeros((2, size), bool)
    known[owner[before]] = True
    user[owner[before & (place == 2)]] = True
    invited = known & ~user
    treated = invited & (rng.random(size) < 0.5)
    moved = treated & (rng.random(size) < 0.4)
    place = np.where(moved[owner] & ~before & (rng.random(len(owner)) < 0.7), 2, place)
    return place, invited, treated
