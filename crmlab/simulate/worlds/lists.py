"""A simulated owner of three customer lists: many small, one huge, long and rare; and care by lot."""

from typing import Any

import numpy as np
import pandas as pd

from crmlab.errors import InputError
from crmlab.simulate.draws import (
    Array,
    arriving,
    between,
    dates,
    labels,
    lines,
    numbered,
    period,
    poisson,
    purchases,
    stream,
)
from crmlab.simulate.world import World

# Share of the customers; Gamma (r, alpha in days) of the purchase rate; Beta (a, b) of the dropout
# probability; Gamma-Gamma (p, q, v) of the spend; and what care adds to the purchase rate, as a share of it.
LISTS = {
    "many small": (0.80, (1.2, 40.0), (0.8, 2.4), (6.0, 4.0, 9.0), 0.10),
    "one huge": (0.02, (0.8, 30.0), (1.6, 1.6), (1.5, 1.8, 500.0), 0.02),
    "long and rare": (0.18, (3.0, 450.0), (0.2, 4.0), (6.0, 4.0, 60.0), 0.60),
}
MARGIN = 0.4
ARRIVALS = 0.5  # share of the window, from its start, in which customers come first
REGIONS = {"north": 0.25, "east": 0.25, "south": 0.25, "west": 0.25}
MOST_EVENTS = 30_000_000  # more purchases could fill the memory


def lists(
    customers: int = 5000,
    start: Any = "2023-01-01",
    end: Any = "2024-12-31",
    *,
    seed: int,
    trial: float = 0.6,
    cared: float = 0.5,
    strength: float = 1.0,
) -> World:
    r"""Simulate an owner who has three customer lists and one budget for care.

    Which list is worth the care? The first holds many who buy small things often, the second a few of whom
    some once placed a huge order, the third people who buy dear things rarely and stay long. Each list is of
    its own BG/NBD and Gamma-Gamma, as in `business`. From a day on some customers, by lot, are cared for:
    they buy more often, by a share :math:`g` that hangs on the list,

    .. math:: \lambda_{cared} = \lambda\, (1 + \text{strength} \cdot g_{list}) .

    Parameters
    ----------
    customers : int
        How many customers arrive: 80 % on the first list, 2 % on the second, 18 % on the third.
    start, end : str or date
        First and last day observed.
    seed : int
        Same seed and options, same world. Care has draws of its own.
    trial : float
        Share of the window after which care begins, until the end.
    cared : float
        Chance of those who came before to be cared for.
    strength : float
        Factor on what care does on every list.

    Returns
    -------
    World
        Tables ``orders``, ``programme`` (the arm, ``care`` or ``none``, by lot, of those who came before the
        care began), ``attributes`` (``list``, ``region``). The truth, one row a customer: ``purchase_rate``
        (repeat purchases a day without care), ``dropout_probability``, ``spend_level``, ``alive_until``,
        ``gain`` (what care adds to the rate, as a share) and ``care_value`` (profit that a year of care
        brings while the customer is alive, before its cost).

    Raises
    ------
    InputError
        A date that does not exist, an option out of its range, or more orders than memory holds.

    Notes
    -----
    ===============  =========================================================================================
    many small       the most customers and orders, about 11 a year each at first; a quarter leave after each
                     purchase; care adds 10 %
    one huge         a mean order over 900, from few that are huge; half leave after each purchase; care adds
                     2 %
    long and rare    about 2.4 orders a year of about 120; one in twenty leaves after each; care adds 60 %
    revenue so far   makes the second list look best a head: it is what has been
    recency          makes the third list look lost: a silence of half a year is usual there
    region           nothing: a decoy
    ===============  =========================================================================================

    References
    ----------
    Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005). "Counting your customers" the easy way: an
    alternative to the Pareto/NBD model. Marketing Science 24(2), 275-284.

    Examples
    --------
    >>> from crmlab.simulate import lists
    >>> owner = lists(customers=1000, seed=7)
    >>> owner.table("attributes")["list"].value_counts().to_dict()
    {'many small': 800, 'long and rare': 180, 'one huge': 20}
    """
    options = dict(locals())
    begin, window = _check(options)
    who, care = stream(seed, "lists", "who"), stream(seed, "lists", "care")
    kind = np.repeat(np.arange(len(LISTS)), _sizes(customers))
    who.shuffle(kind)
    first = arriving(who, customers, ARRIVALS * window, 0.0)
    rate, dropout, level = np.empty(customers), np.empty(customers), np.empty(customers)
    shape = np.array([spend[0] for *_, spend, _ in LISTS.values()])[kind]
    for code, (_, (r, alpha), (a, b), (p, q, v), _) in enumerate(LISTS.values()):
        mine = np.flatnonzero(kind == code)
        draw = stream(seed, "lists", "people", str(code))
        rate[mine] = draw.gamma(r, 1 / alpha, len(mine))
        dropout[mine] = draw.beta(a, b, len(mine))
        level[mine] = p / draw.gamma(q, 1 / v, len(mine))
    buy = stream(seed, "lists", "purchases")
    buyer, bought, left = purchases(buy, first, window, rate, dropout)
    amount = level[buyer] * buy.gamma(shape[buyer], 1 / shape[buyer])

    gain = strength * np.array([each[-1] for each in LISTS.values()])[kind]
    begins = trial * window
    there = first < begins
    arm = there & (care.random(customers) < cared)
    span = np.where(arm, (np.minimum(left, window) - begins).clip(0), 0.0)
    more, when = poisson(care, np.full(customers, begins), span, gain * rate)
    extra = level[more] * care.gamma(shape[more], 1 / shape[more])

    ids = numbered("C", customers, 6)
    index = pd.Index(ids, name="customer_id")
    tables = {
        "orders": lines(
            ids,
            np.concatenate([buyer, more]),
            dates(begin, window, np.concatenate([bought, when])),
            np.concatenate([amount, extra]),
            MARGIN,
        ),
        "programme": pd.DataFrame(
            {
                "customer_id": ids[there],
                "date": dates(begin, window, np.full(int(there.sum()), begins)),
                "arm": labels(["none", "care"], arm[there].astype(np.int64)),
            }
        ),
        "attributes": pd.DataFrame(
            {
                "list": labels(LISTS, kind),
                "region": labels(REGIONS, who.integers(0, len(REGIONS), customers)),
            },
            index=index,
        ),
    }
    truth = {
        "purchase_rate": rate,
        "dropout_probability": dropout,
        "spend_level": level,
        "alive_until": dates(begin, window, left),
        "gain": gain,
        "care_value": 365.25 * gain * rate * MARGIN * level,
    }
    return World(tables=tables, truth=pd.DataFrame(truth, index=index), parameters=options)


def _sizes(customers: int) -> Array:
    """Return how many are on each list: the shares, rounded so that they add up."""
    edges = np.round(np.cumsum([share for share, *_ in LISTS.values()]) * customers).astype(np.int64)
    return np.diff(edges, prepend=0)


def _check(options: dict[str, Any]) -> tuple[pd.Timestamp, int]:
    begin, window = period(options)
    for name in ("trial", "cared"):
        between(name, options[name], 0, 1)
    between("strength", options["strength"], 0, 10)
    mean = sum(share * r / alpha for share, (r, alpha), *_ in LISTS.values())
    if options["customers"] * window * mean > MOST_EVENTS:
        raise InputError(
            f"This makes about {options['customers'] * window * mean:,.0f} purchases; {MOST_EVENTS:,} is the "
            "most. Take fewer customers or a shorter window."
        )
    return begin, window
