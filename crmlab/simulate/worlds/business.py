"""A simulated business whose truth is known, to teach with and to test estimates against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from types import MappingProxyType
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
    numbered,
    period,
    poisson,
    purchases,
)
from crmlab.simulate.world import World

# Names are listed from the most to the least common: the k-th is 1/k times as common as the first.
CATEGORIES: Mapping[str, float] = MappingProxyType(
    {"clothing": 0.50, "home": 0.42, "food": 0.25, "beauty": 0.58, "electronics": 0.15}
)
CHANNELS = ("store", "web", "app")
REASONS: Mapping[str, float] = MappingProxyType(
    {"question": 4.0, "return": 9.0, "delivery": 6.0, "complaint": 15.0}
)

# Shares of all customers. Over the shares of the acquisition channels, the need for service averages 1.
AGE_BANDS = {"18-29": 0.22, "30-44": 0.33, "45-59": 0.27, "60+": 0.18}
INCOME_BANDS = {"low": 0.30, "middle": 0.50, "high": 0.20}
REGIONS = {"north": 0.20, "east": 0.25, "south": 0.25, "west": 0.30}
ACQUISITION = {"search": 0.35, "store": 0.30, "social": 0.20, "referral": 0.15}
SERVICE_NEED = {"search": 1.0, "store": 0.7, "social": 1.75, "referral": 0.6}

HABIT = 0.7  # share of orders in the customer's favourite category, and channel; the others are drawn afresh
PAIRED, STRAY = 0.30, 0.05  # chance that an order also holds the next category of the list, or any other
YOUTH = (
    0.6  # log odds by which the youngest favour a channel over the one before it, beyond the common shares
)
MOST_EVENTS = 50_000_000  # more purchases and contacts than this could fill the memory

# The open intervals in which an option must lie.
LIMITS = dict.fromkeys(["r", "alpha", "a", "b", "p", "v", "contacts_per_year"], (0, inf))
LIMITS |= {"q": (1, inf), "arrivals": (0, 1), "growth": (-1, inf), "service_spread": (0, 5)}


@dataclass(frozen=True, eq=False, repr=False)
class Business(World):
    """What `business` returns: what the firm sees, and what only its maker knows.

    Attributes
    ----------
    tables : dict of DataFrame
        ``orders``, ``contacts`` and ``attributes``, which are attributes as well, the first as
        ``transactions``.
    transactions : DataFrame
        One row an order line, in order of time: ``customer_id``, ``date``, ``order_id``, ``category``,
        ``channel``, ``quantity``, ``amount`` (revenue), ``cost`` (of the goods).
    contacts : DataFrame
        One row a service contact, in order of time: ``customer_id``, ``date``, ``reason``, ``cost``.
    attributes : DataFrame
        One row a customer: ``age_band``, ``income_band``, ``region``, ``acquisition_channel``,
        ``referred_by`` (a ``customer_id``, or missing).
    truth : DataFrame
        One row a customer: ``purchase_rate`` (*λ*, repeat purchases per day), ``dropout_probability`` (*p*,
        after each repeat purchase), ``alive_until`` (day of the purchase after which the customer left for
        ever; missing if still alive at ``end``), ``spend_level`` (mean amount per order), ``service_rate``
        (contacts per day while alive), ``referral_rate`` (relative to the average customer).
    parameters : dict
        The options that made it; ``business(**parameters)`` makes it again.

    Examples
    --------
    >>> import crmlab as crm
    >>> shop = crm.simulate.business(customers=50, seed=1)
    >>> sorted(shop.truth.columns)[:2], len(shop.attributes)
    (['alive_until', 'dropout_probability'], 50)
    """

    @property
    def transactions(self) -> pd.DataFrame:
        """The order lines."""
        return self.tables["orders"]

    @property
    def contacts(self) -> pd.DataFrame:
        """The service contacts."""
        return self.tables["contacts"]

    @property
    def attributes(self) -> pd.DataFrame:
        """What is known about each customer."""
        return self.tables["attributes"]

    def __repr__(self) -> str:
        orders = self.transactions["order_id"].nunique()
        span = f"{self.parameters['start']} to {self.parameters['end']}"
        return f"Business({len(self.truth):,} customers, {orders:,} orders, {span})"


def business(
    customers: int = 6000,
    start: Any = "2023-01-01",
    end: Any = "2024-12-31",
    *,
    seed: int,
    r: float = 0.3,
    alpha: float = 20.0,
    a: float = 0.5,
    b: float = 1.5,
    p: float = 6.0,
    q: float = 4.0,
    v: float = 24.0,
    arrivals: float = 0.4,
    growth: float = 0.5,
    contacts_per_year: float = 2.0,
    service_spread: float = 1.1,
    categories: Mapping[str, float] = CATEGORIES,
    channels: Sequence[str] = CHANNELS,
    reasons: Mapping[str, float] = REASONS,
) -> Business:
    r"""Simulate a business whose truth is known.

    How good is an estimate of who is still a customer, and of what they are worth? Real data never tell.
    Here the answer is on file. The purchases follow the BG/NBD story exactly, in continuous time:

    .. math::
        \lambda \sim \mathrm{Gamma}(r, \alpha), \quad p \sim \mathrm{Beta}(a, b), \quad
        x(t) \mid \lambda \sim \mathrm{Poisson}(\lambda t) \text{ while alive},

    and after each repeat purchase the customer leaves for ever with probability *p*, so that whoever bought
    only once is alive. The amount of an order is Gamma-Gamma, and independent of *λ* and dropout:

    .. math::
        z \mid \nu \sim \mathrm{Gamma}(p, \nu), \quad \nu \sim \mathrm{Gamma}(q, v), \quad
        E(z \mid \nu) = p / \nu, \quad E(z) = p v / (q - 1).

    Service contacts come at a constant rate while the customer is alive, whether they buy much or little.
    The rate is lognormal, so that few customers cause most of the cost to serve (服务成本).

    Parameters
    ----------
    customers : int
        How many customers arrive. Their ids are in order of arrival.
    start, end : str or date
        First and last day observed.
    seed : int
        Same seed and options, same business. Options of spend and service do not touch the purchase dates.
    r, alpha : float
        Gamma distribution of the purchase rate. `alpha` is in days; in weeks it is ``alpha / 7``, while `r`
        has no unit. The mean is ``r / alpha`` repeat purchases per day.
    a, b : float
        Beta distribution of the dropout probability, with mean ``a / (a + b)``.
    p, q, v : float
        Gamma-Gamma spend per order; `v` in money, `q` above 1. The default mean is 48.
    arrivals : float
        Share of the window, from its start, in which customers make their first purchase.
    growth : float
        How much faster customers arrive at the end of that time than at its start: 0.5 is 50 %.
    contacts_per_year : float
        Mean service contacts per customer and year while alive.
    service_spread : float
        Standard deviation of the logarithm of a customer's service rate.
    categories : mapping of str to float
        Gross margin of each category, as a share of revenue.
    channels : sequence of str
        Where orders are placed.
    reasons : mapping of str to float
        Mean cost of a service contact for each reason.

    Returns
    -------
    Business
        Tables ``transactions``, ``contacts``, ``attributes``, ``truth`` and the ``parameters``.

    Raises
    ------
    InputError
        A date that does not exist, an end that is not after the start, fewer than one customer, a parameter
        out of its range, a seed that is no whole number, or more events than memory holds.

    Notes
    -----
    Categories, channels and reasons are listed from the most to the least common: the *k*-th is 1/*k* times
    as common as the first. Customers have a favourite category and channel, and an order often also holds
    the category that follows in the list: pairs for a basket analysis to find. Who somebody is tells this
    much, and no more:

    ===================  ===================================================================
    age band             the younger, the more often a favourite channel late in the list
    income band          rises with the spend level, loosely
    acquisition channel  social needs most service; store and referral need least
    referred by          a customer alive at that time, in proportion to ``referral_rate``
    region               nothing: a decoy
    ===================  ===================================================================

    Times are cut to calendar days, and two purchases may fall on one day. Merging them hides a few repeat
    purchases of the busiest customers: with the defaults, `alpha` is estimated about a day too long.

    References
    ----------
    Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005). "Counting your customers" the easy way: an
    alternative to the Pareto/NBD model. Marketing Science 24(2), 275-284.

    Fader, P. S. and Hardie, B. G. S. (2013). The Gamma-Gamma model of monetary value. Note 025.

    Examples
    --------
    >>> from crmlab.simulate import business
    >>> shop = business(customers=500, seed=7)
    >>> len(shop.truth), list(shop.contacts.columns)
    (500, ['customer_id', 'date', 'reason', 'cost'])
    >>> bool(shop.truth["alive_until"].isna().any())  # some are still customers at the end
    True
    >>> business(**shop.parameters).transactions.equals(shop.transactions)
    True
    """
    options = dict(locals())
    begin, window = _check(options)
    who, buy, order, spend, serve, refer = np.random.default_rng(seed).spawn(6)

    first = arriving(who, customers, arrivals * window, growth)
    purchase_rate = buy.gamma(r, 1 / alpha, customers)
    dropout = buy.beta(a, b, customers)
    buyer, bought, left = purchases(buy, first, window, purchase_rate, dropout)
    spend_level = p / spend.gamma(q, 1 / v, customers)
    total = spend_level[buyer] * spend.gamma(p, 1 / p, len(buyer))
    referral_rate = heavy_tailed(refer, 1.0, customers)
    acquisition, referrer = _acquisition(refer, first, left, referral_rate)
    need = np.array([SERVICE_NEED[name] for name in ACQUISITION])[acquisition] * contacts_per_year / 365.25
    service_rate = need * heavy_tailed(serve, service_spread, customers)
    caller, called = poisson(serve, first, np.minimum(left, window) - first, service_rate)

    ids = numbered("C", customers, 6)
    index = pd.Index(ids, name="customer_id")
    attributes = _attributes(who, spend_level).assign(
        acquisition_channel=labels(ACQUISITION, acquisition), referred_by=ids.take(referrer, allow_fill=True)
    )
    channel = _channels(order, channels, attributes["age_band"].cat.codes.to_numpy(), buyer)
    orders = {
        "customer_id": ids.take(buyer),
        "date": dates(begin, window, bought),
        "order_id": numbered("O", len(buyer), 7),
        "channel": labels(channels, channel),
    }
    favourite = draw(order, falling(categories), customers)
    truth = {
        "purchase_rate": purchase_rate,
        "dropout_probability": dropout,
        "alive_until": dates(begin, window, left),
        "spend_level": spend_level,
        "service_rate": service_rate,
        "referral_rate": referral_rate,
    }
    tables = {
        "orders": _lines(order, pd.DataFrame(orders), total, favourite[buyer], categories),
        "contacts": _contacts(serve, ids.take(caller), dates(begin, window, called), reasons),
        "attributes": attributes.set_index(index),
    }
    return Business(
        tables=tables,
        truth=pd.DataFrame(truth, index=index),
        parameters=options,
    )


def _check(options: dict[str, Any]) -> tuple[pd.Timestamp, int]:
    """Bring the options to plain values, or raise InputError; return the first day and the number of days."""
    begin, window = period(options)
    for name, (low, high) in LIMITS.items():
        between(name, options[name], low, high)
    for name, plain in (("categories", dict), ("channels", list), ("reasons", dict)):
        if not isinstance(options[name], Mapping if plain is dict else list | tuple) or not options[name]:
            kind = "a list of names" if plain is list else "names with their numbers, {'name': 0.5}"
            raise InputError(f"{name} is {options[name]!r}. Give {kind}.")
        options[name] = plain(options[name])
        if odd := [key for key in options[name] if not isinstance(key, str)]:
            raise InputError(f"{name} holds {odd[0]!r}, which is no text. Write names in quotes.")
        if len(set(options[name])) < len(options[name]):
            raise InputError(f"{name} is {options[name]!r}, which holds a name twice. Give each name once.")
    for name, margin in options["categories"].items():
        between(f"The margin of category '{name}'", margin, -inf, 1)
    for name, cost in options["reasons"].items():
        between(f"The cost of reason '{name}'", cost, 0, inf)

    events = (
        options["customers"]
        * window
        * (options["r"] / options["alpha"] + options["contacts_per_year"] / 365.25)
    )
    if events > MOST_EVENTS:
        raise InputError(
            f"This makes about {events:,.0f} purchases and contacts; {MOST_EVENTS:,} is the most. Take fewer "
            "customers, a shorter window, fewer contacts_per_year or a larger alpha (it is in days)."
        )
    return begin, window


def _acquisition(rng: np.random.Generator, first: Array, left: Array, rate: Array) -> tuple[Codes, Codes]:
    """Return how each customer was won, as codes, and by whom, as positions (-1: nobody)."""
    names = list(ACQUISITION)
    how = draw(rng, ACQUISITION.values(), len(first))
    # Somebody must be there to refer: arrived before and not gone. Else the customer came by search.
    alone = np.arange(len(first)) == np.searchsorted(np.sort(left), first)
    how[alone & (how == names.index("referral"))] = names.index("search")
    referrer = np.full(len(first), -1)
    reach = np.cumsum(rate)
    new = np.flatnonzero(how == names.index("referral"))
    while new.size:  # draw among all who came before; draw again where that one had left
        drawn = np.searchsorted(reach[:-1], rng.random(new.size) * reach[new - 1], side="right")
        there = (left[drawn] > first[new]) & (drawn < new)
        referrer[new[there]] = drawn[there]
        new = new[~there]
    return how, referrer


def _attributes(rng: np.random.Generator, level: Array) -> pd.DataFrame:
    """Return age, income and region of customers with these spend levels."""
    # Bands of the log spend with noise of about its own size: related, and far from a copy.
    noisy = np.log(level) + rng.normal(0, 0.5, len(level))
    cuts = np.quantile(noisy, np.cumsum(list(INCOME_BANDS.values()))[:-1])
    income = np.searchsorted(cuts, noisy).astype(np.int64)
    age = draw(rng, AGE_BANDS.values(), len(level))
    return pd.DataFrame(
        {
            "age_band": pd.Categorical.from_codes(age, pd.Index(list(AGE_BANDS)), ordered=True),
            "income_band": pd.Categorical.from_codes(income, pd.Index(list(INCOME_BANDS)), ordered=True),
            "region": labels(REGIONS, draw(rng, REGIONS.values(), len(level))),
        }
    )


def _channels(rng: np.random.Generator, channels: Sequence[str], age: Array, buyer: Codes) -> Codes:
    """Return the channel of each order; the young lean to favourites late in the list."""
    young = np.linspace(1, -1, len(AGE_BANDS))[:, None]
    shares = falling(channels) * np.exp(YOUTH * young * np.arange(len(channels)))
    upto = np.cumsum(shares / shares.sum(axis=1, keepdims=True), axis=1)[:, :-1]
    favourite = (rng.random((len(age), 1)) > upto[age]).sum(axis=1)
    return _habitual(rng, favourite[buyer], falling(channels))


def _lines(
    rng: np.random.Generator,
    orders: pd.DataFrame,
    total: Array,
    favourite: Codes,
    categories: Mapping[str, float],
) -> pd.DataFrame:
    """Split the orders' totals over categories, one row a line; `favourite` is that of the order's buyer."""
    every = np.arange(len(categories))
    chance = np.full((len(every), len(every)), STRAY)
    chance[every, (every + 1) % len(every)] = PAIRED
    chance[every, every] = 1
    main = _habitual(rng, favourite, falling(categories))
    row, category = np.nonzero(rng.random((len(orders), len(every))) < chance[main])
    weight = rng.uniform(0.25, 1, len(row))
    amount = np.maximum(np.round(total[row] * weight / np.bincount(row, weight)[row], 2), 0.01)
    unit_price = total.mean() / 2 * rng.lognormal(0, 0.5, len(row))
    margin = np.array(list(categories.values()))[category]
    lines = orders.take(row).reset_index(drop=True)
    lines.insert(3, "category", labels(categories, category))
    return lines.assign(
        quantity=np.maximum(np.rint(amount / unit_price), 1).astype(np.int64),
        amount=amount,
        cost=np.round(amount * (1 - margin), 2),
    )


def _contacts(
    rng: np.random.Generator, caller: Any, dates: Array, reasons: Mapping[str, float]
) -> pd.DataFrame:
    """Return the service contacts in order of time, each with its reason and cost."""
    reason = draw(rng, falling(reasons), len(dates))
    cost = np.array(list(reasons.values()))[reason] * rng.gamma(4, 1 / 4, len(dates))
    contacts = {
        "customer_id": caller,
        "date": dates,
        "reason": labels(reasons, reason),
        "cost": np.round(cost, 2),
    }
    return pd.DataFrame(contacts).sort_values("date", kind="stable", ignore_index=True)


def _habitual(rng: np.random.Generator, favourite: Codes, shares: Array) -> Codes:
    """Return the favourite, or else a draw from the shares."""
    return np.where(rng.random(len(favourite)) < HABIT, favourite, draw(rng, shares, len(favourite)))
