"""People who asked, some of whom become customers: why, when, and because of which call is known."""

from math import inf
from typing import Any

import numpy as np
import pandas as pd

from crmlab.errors import InputError
from crmlab.simulate.draws import (
    Array,
    Codes,
    arriving,
    between,
    dates,
    draw,
    falling,
    heavy_tailed,
    labels,
    lines,
    numbered,
    period,
    poisson,
    purchases,
    stream,
)
from crmlab.simulate.world import World
from crmlab.simulate.worlds.business import AGE_BANDS, CATEGORIES, MOST_EVENTS, REGIONS

SOURCES = {"advert": 0.35, "social": 0.30, "referral": 0.20, "fair": 0.15}
PULL = np.array([0.0, -0.8, 1.0, 0.4])  # of each source, on the log odds of buying without a call
CALLED = np.array([1.2, 0.6, 0.3, 2.0])  # by source: what a call does, beside the average
INTEREST = {"low": 0.35, "middle": 0.40, "high": 0.25}
SPREAD = 1.0  # of the hidden wish to buy, on the log odds
LATEST = 60  # days after asking up to which a call is made
CHANNELS = ("store", "web")
REASONS = {"question": 4.0, "visit": 18.0, "quote": 9.0}
CAUSES = {"rival": 0.35, "own life": 0.40, "service": 0.25}

LIMITS = dict.fromkeys(["r", "alpha", "a", "b", "p", "v", "delay", "cold", "call_cost"], (0.0, inf))
LIMITS |= {"q": (1, inf), "conversion": (0, 1), "call_lift": (0, 0.3), "growth": (-1, inf)}
LIMITS |= {"contacts_per_year": (0, inf)}


def prospects(
    customers: int = 5000,
    start: Any = "2023-01-01",
    end: Any = "2024-12-31",
    *,
    seed: int,
    conversion: float = 0.3,
    delay: float = 40.0,
    call_lift: float = 0.2,
    cold: float = 20.0,
    call_cost: float = 6.0,
    growth: float = 1.0,
    r: float = 0.8,
    alpha: float = 40.0,
    a: float = 0.6,
    b: float = 3.0,
    p: float = 6.0,
    q: float = 4.0,
    v: float = 30.0,
    contacts_per_year: float = 2.0,
) -> World:
    r"""Simulate people who ask, of whom some buy: where the life of a customer begins.

    Who of those who asked is worth a call, and when is it too late? A person asks on a day, and has a wish to
    buy of which the firm sees a rough note. Without a call they buy ever with probability

    .. math:: \pi = \mathrm{logit}^{-1}(\mathrm{logit}\,c + s_{source} + z), \quad z \sim N(0, 1),

    after an exponential time with mean `delay`. Half of them, at random, are assigned to a call on a day
    1 to 60 days after asking, and are called unless they have bought by then. A call after *w* days wins
    another :math:`\delta_{source} e^{-w / cold}` of those called, who buy twice as fast after it. After the
    first order, purchases follow the BG/NBD story and amounts the Gamma-Gamma, as in `business`.

    Parameters
    ----------
    customers : int
        How many people ask. Their ids are in order of asking; whoever buys keeps the id.
    start, end : str or date
        First and last day observed.
    seed : int
        Same seed and options, same world.
    conversion : float
        *c*, the probability to buy ever of the middling person who came by an advert.
    delay : float
        Mean days from asking to the first order, without a call.
    call_lift : float
        What a call on the day of asking adds to the probability to buy, between 0 and 0.3; by source times
        1.2 (advert), 0.6 (social), 0.3 (referral) and 2 (fair).
    cold : float
        Days after which the effect of a call has fallen to 37 %.
    call_cost : float
        What a call costs, in the currency.
    growth : float
        How much faster people ask at the end than at the start: 1 is 100 %.
    r, alpha, a, b : float
        Purchases and dropout after the first order; `alpha` is in days. For houses, which one buys every
        twelve years, take ``r=4, alpha=17500`` and decades.
    p, q, v : float
        Gamma-Gamma spend per order; `v` in money, `q` above 1. The default mean is 60.
    contacts_per_year : float
        Service contacts per customer and year while alive.

    Returns
    -------
    World
        Tables ``orders``, ``contacts`` (the calls as well), ``attributes``, ``prospects`` and ``calls``.

    Raises
    ------
    InputError
        A date that does not exist, an option out of its range, or more events than memory holds.

    Notes
    -----
    ==================  =======================================================================
    source              buying without a call, and what a call does: most for those from the fair, least
                        for those referred, who buy most by themselves
    interest            the wish to buy, with noise of its own size; nothing of what comes after
    contacts            before the first order they come faster the greater the wish; after it they are
                        service. Contacts of all time therefore give away who bought: a leak
    category spend      what a person spends a year on such goods in all shops; this firm's share of it is
                        Beta(2, 2), and hangs on nothing
    referred by         whoever bought before, in proportion to ``referral_rate``; missing if not on file
    region, age band    nothing: decoys
    ==================  =======================================================================

    So the traps: the last to ask have not had the time to buy, so buyers over all who asked (35 %) understate
    those who will ever buy (38 %), the more so the younger the list; and whoever bought early was never
    called, so those called buy about 12 points *less* often than the others, while those **assigned** to a
    call buy about 6 points more often.

    The truth has, a row a person: ``buys_without`` and ``buys_with`` (ever, without and with the call planned
    for them), ``wait`` (days to that call), ``wish`` (*z*), ``chance`` (*π*), ``first_order`` (day, also
    after the end; missing for never), ``purchase_rate``, ``dropout_probability``, ``spend_level``, ``share``
    of the category spend, ``referral_rate``, ``alive_until`` and ``cause`` of leaving.

    References
    ----------
    Blattberg, R. C. and Deighton, J. (1996). Manage marketing by the customer equity test. Harvard Business
    Review 74(4), 136-144.

    Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005). "Counting your customers" the easy way: an
    alternative to the Pareto/NBD model. Marketing Science 24(2), 275-284.

    Examples
    --------
    >>> from crmlab.simulate import prospects
    >>> firm = prospects(customers=500, seed=7)
    >>> list(firm.table("prospects").columns)
    ['date', 'source', 'interest']
    >>> firm.table("orders")["customer_id"].nunique() < 500
    True
    """
    options = dict(locals())
    begin, window = _check(options)
    size = options["customers"]

    def rng(*names: str) -> np.random.Generator:
        return stream(options["seed"], "prospects", *names)

    asked = arriving(rng("asking"), size, window, growth)
    source = draw(rng("source"), SOURCES.values(), size)
    wish = rng("wish").normal(0, SPREAD, size)
    chance = 1 / (1 + np.exp(-np.log(conversion / (1 - conversion)) - PULL[source] - wish))
    luck, pace, tempo = rng("buying").random((3, size))
    assigned = rng("assigned").random(size) < 0.5
    wait = np.floor(1 + LATEST * rng("wait").random(size))
    lift = call_lift * CALLED[source] * np.exp(-wait / cold)
    alone = luck < chance
    by_self = asked - delay * np.log1p(-pace)
    # Whoever has bought by the day of the call is not called; the call is over before the day's orders.
    call_day = np.floor(asked) + wait
    open_then = ~alone | (np.floor(by_self) >= call_day)
    won = ~alone & (luck < chance + lift)
    by_call = call_day - delay / 2 * np.log1p(-tempo)
    first = np.where(alone, by_self, np.where(won & assigned, by_call, inf))
    called = assigned & open_then & (call_day < window)

    who = np.flatnonzero(first < window)
    rate = rng("rate").gamma(r, 1 / alpha, size)
    dropout = rng("dropout").beta(a, b, size)
    buyer, time, left_who = purchases(rng("orders"), first[who], window, rate[who], dropout[who])
    left = np.full(size, inf)
    left[who] = left_who
    buyer = who[buyer]
    level = p / rng("level").gamma(q, 1 / v, size)
    amount = level[buyer] * rng("amount").gamma(p, 1 / p, len(buyer))
    share = rng("share").beta(2, 2, size)
    ids = numbered("C", size, 6)
    index = pd.Index(ids, name="customer_id")

    category = draw(rng("category"), falling(CATEGORIES), len(buyer))
    orders = lines(
        ids,
        buyer,
        dates(begin, window, time),
        amount,
        np.array(list(CATEGORIES.values()))[category],
        category=labels(CATEGORIES, category),
        channel=labels(CHANNELS, draw(rng("channel"), falling(CHANNELS), len(buyer))),
    )
    weight = heavy_tailed(rng("referral"), 1.0, size)
    attributes = pd.DataFrame(
        {
            "age_band": pd.Categorical.from_codes(
                draw(rng("age"), AGE_BANDS.values(), size), pd.Index(list(AGE_BANDS)), ordered=True
            ),
            "region": labels(REGIONS, draw(rng("region"), REGIONS.values(), size)),
            "category_spend": np.round(365.25 * rate * level / share, 0),
            "referred_by": _referrers(rng("referrer"), ids, asked, first, source, weight),
        },
        index=index,
    )
    noted = wish + rng("interest").normal(0, SPREAD, size)
    cuts = np.sqrt(2) * SPREAD * np.array([-0.3853, 0.6745])  # the quantiles .35 and .75 of a normal
    table = pd.DataFrame(
        {
            "date": dates(begin, window, asked),
            "source": labels(SOURCES, source),
            "interest": pd.Categorical.from_codes(
                np.searchsorted(cuts, noted), pd.Index(list(INTEREST)), ordered=True
            ),
        },
        index=index,
    )
    calls = {"assigned": assigned, "called": dates(begin, window, np.where(called, call_day, inf))}
    over = np.minimum(np.minimum(first, window), asked + 120) - asked
    contacts = _contacts(
        rng("contacts"),
        poisson(rng("questions"), asked, over, 0.02 * np.exp(0.6 * wish)),
        poisson(
            rng("service"),
            np.minimum(first, window),
            np.minimum(left, window) - np.minimum(first, window),
            np.full(size, contacts_per_year / 365.25),
        ),
        (np.flatnonzero(called), call_day[called]),
        call_cost,
    )
    contacts["customer_id"] = ids.take(contacts["customer_id"])
    contacts["date"] = dates(begin, window, contacts["date"].to_numpy())
    cause = draw(rng("cause"), CAUSES.values(), size)
    truth = {
        "buys_without": alone,
        "buys_with": alone | won,
        "wait": wait.astype(np.int64),
        "wish": wish,
        "chance": chance,
        "first_order": dates(begin, 10**6, first),  # also after the end
        "purchase_rate": rate,
        "dropout_probability": dropout,
        "spend_level": level,
        "share": share,
        "referral_rate": weight,
        "alive_until": dates(begin, window, left),
        "cause": pd.Series(labels(CAUSES, cause), index).where(np.isfinite(left)),
    }
    tables = {
        "orders": orders,
        "contacts": contacts,
        "attributes": attributes,
        "prospects": table,
        "calls": pd.DataFrame(calls, index),
    }
    return World(tables=tables, truth=pd.DataFrame(truth, index=index), parameters=options)


def _check(options: dict[str, Any]) -> tuple[pd.Timestamp, int]:
    begin, window = period(options)
    for name, (low, high) in LIMITS.items():
        between(name, options[name], low, high)
    yearly = options["r"] / options["alpha"] * 365.25 + options["contacts_per_year"]
    events = options["customers"] * (window / 365.25 * yearly + 10)
    if events > MOST_EVENTS:
        raise InputError(
            f"This makes up to {events:,.0f} purchases and contacts; {MOST_EVENTS:,} is the most. Take fewer "
            "customers, a shorter window, fewer contacts_per_year or a larger alpha (it is in days)."
        )
    return begin, window


def _referrers(
    rng: np.random.Generator, ids: Any, asked: Array, first: Array, source: Codes, weight: Array
) -> Any:
    """Return who sent those who came by referral: a buyer before them, if there was one."""
    turn = np.argsort(first, kind="stable")
    reach = np.concatenate([[0.0], np.cumsum(weight[turn])])
    before = np.searchsorted(first[turn], asked)
    spot = np.searchsorted(reach, rng.random(len(asked)) * reach[before], side="right") - 1
    sent = (source == list(SOURCES).index("referral")) & (before > 0)
    by = np.where(sent, turn[np.clip(spot, 0, len(asked) - 1)], -1)
    return ids.take(by, allow_fill=True)


def _contacts(
    rng: np.random.Generator,
    questions: tuple[Codes, Array],
    service: tuple[Codes, Array],
    calls: tuple[Codes, Array],
    call_cost: float,
) -> pd.DataFrame:
    """Return contacts of before and after the first order and calls, with owner and time as positions."""
    asked, served, called = len(questions[0]), len(service[0]), len(calls[0])
    reason = draw(rng, falling(REASONS), asked)
    cost = np.array(list(REASONS.values()))[reason] * rng.gamma(4, 1 / 4, asked)
    table = pd.DataFrame(
        {
            "customer_id": np.concatenate([questions[0], service[0], calls[0]]),
            "date": np.concatenate([questions[1], service[1], calls[1]]),
            "reason": np.concatenate(
                [labels(REASONS, reason), np.repeat("service", served), np.repeat("call", called)]
            ),
            "cost": np.concatenate([cost, 6 * rng.gamma(4, 1 / 4, served), np.full(called, call_cost)]),
        }
    )
    table = table.astype({"reason": "str"}).round({"cost": 2})
    return table.sort_values("date", kind="stable", ignore_index=True)
