"""What worlds share: streams of chance, checks of options, and draws that more than one of them makes."""

from collections.abc import Iterable, Mapping
from math import inf
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmlab.arguments import number, whole
from crmlab.customers import day
from crmlab.errors import InputError

Array = npt.NDArray[Any]
Codes = npt.NDArray[np.int64]


def stream(seed: int, *names: str) -> np.random.Generator:
    """Return a generator that hangs on the seed and its name alone: what a world adds later moves none.

    Examples
    --------
    >>> from crmlab.simulate.draws import stream
    >>> one, same = (stream(7, "survey", "answers") for _ in range(2))
    >>> bool(one.random() == same.random()), bool(one.random() == stream(8, "survey", "answers").random())
    (True, False)
    """
    return np.random.default_rng([seed, crc32("/".join(names).encode())])


def period(options: dict[str, Any]) -> tuple[pd.Timestamp, int]:
    """Bring customers, seed, start and end to plain values; return the first day and the number of days.

    Raises
    ------
    InputError
        A date that does not exist, an end that is not after the start, fewer than one customer, or a seed
        that is no whole number.
    """
    for name, least in (("customers", 1), ("seed", 0)):
        options[name] = whole(options[name], name, least=least)
    begin, close = day(options["start"], "start"), day(options["end"], "end")
    if close <= begin:
        raise InputError(f"end ({close:%Y-%m-%d}) is not after start ({begin:%Y-%m-%d}). Give a later end.")
    options |= {"start": f"{begin:%Y-%m-%d}", "end": f"{close:%Y-%m-%d}"}
    return begin, (close - begin).days + 1


def between(name: str, value: Any, low: float, high: float) -> None:
    """Raise InputError unless a number lies in the open interval."""
    number(value, name, above=None if low == -inf else low, below=None if high == inf else high)


def poisson(rng: np.random.Generator, start: Array, span: Array, rate: Array) -> tuple[Codes, Array]:
    """Return owners and times of one Poisson process for each start; times rise inside each owner."""
    owner = np.repeat(np.arange(len(start)), rng.poisson(rate * span))
    # Given their number, the times are uniform. Sorting owner + u sorts them inside all owners at once.
    u = np.sort(owner + rng.random(len(owner))) - owner
    return owner, start[owner] + u * span[owner]


def arriving(rng: np.random.Generator, customers: int, span: float, growth: float) -> Array:
    """Return times in order; their rate rises in a straight line over the span."""
    # The inverse of (u + growth u²/2) / (1 + growth/2), in a form that also holds without growth.
    area = rng.random(customers) * (1 + growth / 2)
    return np.sort(span * 2 * area / (1 + np.sqrt(1 + 2 * growth * area)))


def purchases(
    rng: np.random.Generator, first: Array, window: int, rate: Array, dropout: Array
) -> tuple[Codes, Array, Array]:
    """Return buyer and time of all purchases, in order of time, and when each customer left (inf: not)."""
    owner, time = poisson(rng, first, window - first, rate)
    count = np.bincount(owner, minlength=len(first))
    # The number of the repeat purchase after which they leave; a p of 0, from rounding, has none.
    last = rng.geometric(np.maximum(dropout, 1e-15))
    gone = last <= count
    left = np.full(len(first), inf)
    left[gone] = time[(np.cumsum(count) - count + last - 1)[gone]]
    kept = time <= left[owner]
    buyer = np.concatenate([np.arange(len(first)), owner[kept]])
    bought = np.concatenate([first, time[kept]])
    turn = np.argsort(bought, kind="stable")
    return buyer[turn], bought[turn], left


def heavy_tailed(rng: np.random.Generator, spread: float, size: int) -> Array:
    """Return lognormal draws with mean 1."""
    return rng.lognormal(-(spread**2) / 2, spread, size)


def falling(names: Iterable[str]) -> Array:
    """Return shares in proportion to 1, 1/2, 1/3, ..., one a name."""
    weights: Array = 1 / np.arange(1, len(list(names)) + 1)
    return weights / weights.sum()


def draw(rng: np.random.Generator, shares: Iterable[float], size: int) -> Codes:
    """Return codes, drawn by the shares of their names."""
    weights = list(shares)
    return rng.choice(len(weights), size, p=weights)


def labels(names: Iterable[str], codes: Codes) -> Any:
    """Return the names that codes stand for, as text."""
    return pd.array(list(names), dtype="str").take(codes)


def ordered(names: Iterable[str], codes: Codes) -> Any:
    """Return the names that codes stand for, as a Categorical in this order."""
    return pd.Categorical.from_codes(codes, pd.Index(list(names)), ordered=True)


def banded(values: Array, shares: Mapping[str, float]) -> Any:
    """Return bands that hold these shares of the values, from the lowest up."""
    cuts = np.quantile(values, np.cumsum(list(shares.values()))[:-1])
    return ordered(shares, np.searchsorted(cuts, values).astype(np.int64))


def numbered(letter: str, count: int, width: int) -> Any:
    """Return ids such as C000001, in order."""
    return pd.array([f"{letter}{number:0{width}d}" for number in range(1, count + 1)], dtype="str")


def dates(begin: pd.Timestamp, window: int, time: Array) -> Array:
    """Return the calendar day of each time; an infinite one is missing."""
    days = np.full(len(time), np.datetime64("NaT", "D"))
    real = np.isfinite(time)
    # A time just below the end of the window may have been rounded up to it.
    days[real] = np.datetime64(begin, "D") + np.minimum(time[real], window - 1).astype(np.int64)
    return days.astype("datetime64[s]")


def lines(
    ids: Any, buyer: Codes, date: Array, amount: Array, margin: Array | float, **more: Any
) -> pd.DataFrame:
    """Return orders of one line each, in order of time, with what more is known of each."""
    orders = pd.DataFrame({"customer_id": pd.array(ids, dtype="str").take(buyer), "date": date, **more})
    amount = np.maximum(np.round(amount, 2), 0.01)
    orders = orders.assign(amount=amount, cost=np.round(amount * (1 - margin), 2))
    orders = orders.sort_values("date", kind="stable", ignore_index=True)
    orders.insert(2, "order_id", numbered("O", len(orders), 7))
    return orders
