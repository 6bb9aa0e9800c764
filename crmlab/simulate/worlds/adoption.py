"""Generations of a product, adopted by the same customers one after the other: two lives, two curves."""

from collections.abc import Sequence
from math import inf
from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import number
from crmlab.errors import InputError
from crmlab.simulate.draws import (
    Array,
    between,
    dates,
    draw,
    falling,
    labels,
    lines,
    numbered,
    period,
    poisson,
    stream,
)
from crmlab.simulate.world import World
from crmlab.simulate.worlds.business import AGE_BANDS, MOST_EVENTS, REGIONS

YEAR = 365.25
AGAIN = 0.85  # correlation between how early a customer is with one generation and with another
YOUNG = 0.6  # correlation of being early with being young
START_USE = 0.4  # use at the first day, as a share of full use, which comes with a year's time constant
PRICE, REFILL = 120.0, 14.0  # of the first generation, and of its refills
DEARER = 1.15  # from one generation to the next
MARGINS = {"device": 0.25, "refill": 0.60}
CAUSES = {"rival": 0.5, "own life": 0.5}
MOST = 9  # generations
ASKS = 120.0  # mean days from asking to the first device
SOURCES = ("advert", "friends", "fair")
LIMITS = {"p": (0, 1), "q": (0, 10), "refills_per_year": (0, inf), "churn": (0, 5)}


def adoption(
    customers: int = 4000,
    start: Any = "2010-01-01",
    end: Any = "2024-12-31",
    *,
    seed: int,
    p: float = 0.03,
    q: float = 0.8,
    launches: Sequence[float] = (0.0, 5.0, 10.0),
    refills_per_year: float = 4.0,
    churn: float = 0.04,
) -> World:
    r"""Simulate a market that adopts one generation of a product after the other.

    Are sales falling because the product is old or because its customers are gone? A market of *m* people
    adopts each generation as Bass has it. At *t* years after the launch, of those who have not adopted it
    the share :math:`p + q F(t)` does, so that

    .. math::
        F(t) = \frac{1 - e^{-(p + q) t}}{1 + (q / p)\, e^{-(p + q) t}}, \quad
        t^* = \frac{\ln(q / p)}{p + q},

    with sales :math:`m f(t)` that peak at :math:`t^*`. Whoever is early with one generation is early with
    the next. Whoever has a later one does not go back to an earlier. With the first device a customer's own
    life begins: refills, at a rate that rises to its full height within a year or two and stays there, until
    the customer leaves, at `churn` a year, and adopts no more.

    Parameters
    ----------
    customers : int
        *m*, the people in the market. Those who never bought are potential customers.
    start, end : str or date
        First and last day observed.
    seed : int
        Same seed and options, same world.
    p, q : float
        Coefficients of innovation and of imitation, a year: `p` between 0 and 1, `q` between 0 and 10. With
        the defaults sales peak 4 years after the launch.
    launches : sequence of float
        Years from the start at which the generations come, one after the other; at most nine.
    refills_per_year : float
        Mean refills a customer and year in full use; the customers' rates are Gamma(2).
    churn : float
        Rate of leaving a year: 0.04 is about 4 %.

    Returns
    -------
    World
        Tables ``orders``, ``attributes``, ``products`` and ``prospects``, who have asked by the end.

    Raises
    ------
    InputError
        A date that does not exist, an option out of its range, launches that do not rise, or more events than
        memory holds.

    Notes
    -----
    ==================  =====================================================================
    device sales        Bass's curve; of the second generation on less those who had left
    a device's refills  rise with its owners, and fall when these take the next generation
    a customer's        refills rise in the first years and then stay as they are: no customer
    volume              declines, but for those who leave at once
    prospects           ask 120 days before their first device, on average: at each time some have asked
                        and not bought. Interest is noted higher for those early with everything
    age band            the young adopt early, and use as much as others
    region, source      nothing: decoys
    ==================  =====================================================================

    So the traps: with the defaults, sales of the first device fall by 95 % from the fifth to the tenth year,
    while a quarter more customers buy, each as much as before; and before the peak a fit of Bass's curve does
    not know *m*.

    The truth has, a row a person of the market, ``early`` (standard normal, high is early), ``adopts_1`` and
    so on (the day on which they would adopt each generation, also after the end or after having left),
    ``purchase_rate`` (refills a day in full use), ``alive_until`` (the day of leaving; missing while there)
    and ``cause``.

    References
    ----------
    Bass, F. M. (1969). A new product growth for model consumer durables. Management Science 15(5), 215-227.

    Norton, J. A. and Bass, F. M. (1987). A diffusion theory model of adoption and substitution for successive
    generations of high-technology products. Management Science 33(9), 1069-1086.

    Examples
    --------
    >>> from crmlab.simulate import adoption
    >>> market = adoption(customers=500, seed=7)
    >>> market.table("products")[["generation", "launch"]].query("generation > 1").drop_duplicates()
              generation     launch
    product
    Device 2           2 2015-01-01
    Device 3           3 2020-01-01
    """
    options = dict(locals())
    begin, window = _check(options)
    size, years = options["customers"], np.array(options["launches"])
    count = len(years)

    def rng(*what: str) -> np.random.Generator:
        return stream(options["seed"], "adoption", *what)

    early = rng("early").normal(size=size)
    launch = np.floor(years * YEAR)
    adopts = np.empty((count, size))
    for k in range(count):
        own = rng("adoption", str(k)).normal(size=size)
        adopts[k] = launch[k] + YEAR * _bass(np.sqrt(AGAIN) * early + np.sqrt(1 - AGAIN) * own, p, q)
    first = adopts.min(axis=0)
    left = first + rng("leaving").exponential(YEAR / churn, size)
    # A generation is bought by those who are there and have no later one by then.
    later = np.minimum.accumulate(adopts[::-1], axis=0)[::-1]
    buys = (adopts <= later) & (adopts < np.minimum(left, window))
    rate = refills_per_year / YEAR * rng("rate").gamma(2, 1 / 2, size)
    began = np.minimum(first, window)
    owner, time = poisson(rng("refills"), began, np.minimum(left, window) - began, rate)
    in_use = 1 - (1 - START_USE) * np.exp(-(time - first[owner]) / YEAR)
    used = rng("use").random(len(time)) < in_use
    owner, time = owner[used], time[used]
    # Refills are of the latest generation that the customer has.
    has = np.zeros(len(owner), np.int64)
    for k in range(count):
        has = np.where(buys[k, owner] & (adopts[k, owner] <= time), k, has)

    generation, buyer = np.nonzero(buys)
    who = np.concatenate([buyer, owner])
    day = np.concatenate([adopts[generation, buyer], time])
    kind = np.repeat([0, 1], [len(buyer), len(owner)])
    of = np.concatenate([generation, has])
    names = [f"{name} {k + 1}" for name in ("Device", "Refill") for k in range(count)]
    prices = np.concatenate([PRICE * DEARER ** np.arange(count), REFILL * DEARER ** np.arange(count)]).round(
        2
    )
    units = np.where(kind == 0, 1, 1 + rng("units").poisson(0.5, len(who)))

    ids = numbered("C", size, 6)
    index = pd.Index(ids, name="customer_id")
    product = kind * count + of
    margin = np.array(list(MARGINS.values()))
    orders = lines(
        ids,
        who,
        dates(begin, window, day),
        units * prices[product],
        margin[kind],
        product=labels(names, product),
        category=labels(MARGINS, kind),
        quantity=units,
    )
    young = YOUNG * early + np.sqrt(1 - YOUNG**2) * rng("age").normal(size=size)
    ages = np.searchsorted(np.array([-0.77, 0.13, 0.92]), -young)
    attributes = {
        "age_band": pd.Categorical.from_codes(ages, pd.Index(list(AGE_BANDS)), ordered=True),
        "region": labels(REGIONS, draw(rng("region"), REGIONS.values(), size)),
    }
    asked = np.maximum(first - rng("asking").gamma(2, ASKS / 2, size), 0)
    asks = np.flatnonzero(asked < window)
    keen = np.searchsorted([-0.5, 0.7], 0.6 * early + 0.8 * rng("interest").normal(size=size))
    prospects = {
        "date": dates(begin, window, asked[asks]),
        "source": labels(SOURCES, draw(rng("source"), falling(SOURCES), size)[asks]),
        "interest": pd.Categorical.from_codes(keen[asks], pd.Index(["low", "middle", "high"]), ordered=True),
    }
    left = np.where(left < window, left, inf)
    products = {
        "category": np.repeat(np.array(list(MARGINS)), count),
        "generation": np.tile(np.arange(1, count + 1), 2),
        "launch": dates(begin, 10**6, np.tile(launch, 2)),
        "price": prices,
        "cost": np.round(prices * (1 - np.repeat(margin, count)), 2),
    }
    cause = draw(rng("cause"), CAUSES.values(), size)
    truth = {
        "early": early,
        **{f"adopts_{k + 1}": dates(begin, 10**6, adopts[k]) for k in range(count)},
        "purchase_rate": rate,
        "alive_until": dates(begin, window, left),
        "cause": pd.Series(labels(CAUSES, cause), index).where(np.isfinite(left)),
    }
    tables = {
        "orders": orders,
        "attributes": pd.DataFrame(attributes, index),
        "products": pd.DataFrame(products, pd.Index(names, name="product", dtype="str")).astype(
            {"category": "str"}
        ),
        "prospects": pd.DataFrame(prospects, index[asks]),
    }
    return World(tables=tables, truth=pd.DataFrame(truth, index=index), parameters=options)


def _check(options: dict[str, Any]) -> tuple[pd.Timestamp, int]:
    begin, window = period(options)
    for name, (low, high) in LIMITS.items():
        between(name, options[name], low, high)
    launches = options["launches"]
    if not isinstance(launches, list | tuple) or not 1 <= len(launches) <= MOST:
        raise InputError(f"launches is {launches!r}. Give a list of one to {MOST} numbers of years.")
    options["launches"] = [number(year, "A year in launches", least=0, most=200) for year in launches]
    if sorted(set(options["launches"])) != options["launches"]:
        raise InputError(f"launches is {options['launches']!r}. Give years that rise.")
    events = options["customers"] * (MOST + options["refills_per_year"] * window / YEAR)
    if events > MOST_EVENTS:
        raise InputError(
            f"This makes up to {events:,.0f} orders; {MOST_EVENTS:,} is the most. Take fewer customers, a "
            "shorter window or fewer refills_per_year."
        )
    return begin, window


def _bass(early: Array, p: float, q: float) -> Array:
    """Return the years from the launch at which people adopt, by the inverse of Bass's F at their place."""
    from scipy.special import ndtr  # slow to import

    share = ndtr(-early)
    years: Array = -np.log((1 - share) / (1 + q / p * share)) / (p + q)
    return np.minimum(years, 1000.0)
