"""Who deserves the credit for an order that several channels touched: Shapley's shares, and removal."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked
from crmlab.errors import DataError, InputError, some

_MOST = 16  # channels: their coalitions double with each more


@checked
def shapley(values: Mapping[Any, float]) -> pd.Series:
    r"""Return each channel's fair share of what all of them bring together.

    Who earned it? A channel gets what it adds to those that were there before it, on average over all orders
    in which they could have come:

    .. math:: \phi_i = \sum_{S \not\ni i} \frac{|S|!\,(n-|S|-1)!}{n!} \left(v(S \cup i) - v(S)\right) .

    Parameters
    ----------
    values : mapping
        What each set of channels brings alone: sets, tuples or single names to numbers. Nobody brings 0.

    Returns
    -------
    Series
        ``credit`` by channel; the sum is what all bring together.

    Raises
    ------
    InputError
        A set of channels has no value, or there are more than 16 channels.

    References
    ----------
    Shapley, L. S. (1953). A value for n-person games. In Contributions to the theory of games II. Princeton.

    Examples
    --------
    >>> from crmlab.segments.channels import shapley
    >>> shapley({"search": 20, "mail": 30, ("search", "mail"): 70}).to_dict()
    {'search': 30.0, 'mail': 40.0}
    """
    worth = {frozenset([key] if isinstance(key, str) else key): float(value) for key, value in values.items()}
    names = list(dict.fromkeys(name for key in values for name in ([key] if isinstance(key, str) else key)))
    if not 1 <= len(names) <= _MOST:
        raise InputError(f"There are {len(names)} channels. Give 1 to {_MOST}: their sets double with each.")
    worth.setdefault(frozenset(), 0.0)
    every = [frozenset(each) for size in range(len(names) + 1) for each in combinations(names, size)]
    if missing := [each for each in every if each not in worth]:
        said = some([" + ".join(name for name in names if name in each) for each in missing])
        raise InputError(f"{len(missing)} of {len(every)} sets of channels have no value: {said}.")
    n = len(names)
    credit = {
        name: sum(
            factorial(len(each))
            * factorial(n - len(each) - 1)
            / factorial(n)
            * (worth[each | {name}] - worth[each])
            for each in every
            if name not in each
        )
        for name in names
    }
    return pd.Series(credit, name="credit", dtype=float)


@checked
def removal(paths: Sequence[Any], ordered: Sequence[Any]) -> pd.DataFrame:
    r"""Return what would be lost without each channel, if people move between channels as a Markov chain.

    Take a channel away, and send to nowhere all who would come to it: by which share do orders fall? These
    *removal effects* share out the orders that there were. It supposes that somebody who does not meet a
    channel is lost, which no path can show.

    Parameters
    ----------
    paths : sequence of sequences of str
        The channels that each person met, in order.
    ordered : sequence of bool
        Whether the person then ordered.

    Returns
    -------
    DataFrame by channel
        ``effect``, the share of orders that is lost without it, and ``credit``, its share of the orders. The
        chance of an order is in ``attrs["chance"]``.

    Raises
    ------
    DataError
        Paths and orders differ in number, there are none, a path is empty, or nobody ordered.

    References
    ----------
    Anderl, E., Becker, I., von Wangenheim, F. and Schumann, J. H. (2016). Mapping the customer journey:
    lessons learned from graph-based online attribution modeling. International Journal of Research in
    Marketing 33(3), 457-474.

    Examples
    --------
    >>> from crmlab.segments.channels import removal
    >>> found = removal([["ad"], ["ad"], ["mail"], ["ad", "mail"], ["ad"]], [True, True, True, True, False])
    >>> found["credit"].round(2).to_dict(), round(found.attrs["chance"], 2)
    ({'ad': 2.4, 'mail': 1.6}, 0.8)
    """
    steps = [list(path) for path in paths]
    won = [bool(each) for each in ordered]
    if len(steps) != len(won):
        raise DataError(f"There are {len(steps):,} paths and {len(won):,} outcomes. Give one outcome a path.")
    if not all(steps) or not steps:
        raise DataError("A path is empty, or there is none. Give at least one channel a path.")
    if not any(won):
        raise DataError("Nobody ordered, so there is no credit to share out.")
    names = list(dict.fromkeys(name for path in steps for name in path))
    place = {name: number for number, name in enumerate(["", *names, True, False])}
    count = np.zeros((len(place), len(place)))
    for path, outcome in zip(steps, won, strict=True):
        along = [place[""], *(place[name] for name in path), place[outcome]]
        np.add.at(count, (along[:-1], along[1:]), 1)
    inner = len(names) + 1
    moves = count[:inner] / count[:inner].sum(axis=1, keepdims=True)

    def chance(keep: np.ndarray) -> float:
        """Return the chance of an order from the beginning, with some channels taken away."""
        q = moves[np.ix_(keep, keep)]
        return float(np.linalg.solve(np.eye(len(keep)) - q, moves[keep, inner])[0])

    everything = np.arange(inner)
    base = chance(everything)
    lost = {name: 1 - chance(np.delete(everything, place[name])) / base for name in names}
    found = pd.DataFrame({"effect": pd.Series(lost)}).rename_axis("channel")
    found["credit"] = found["effect"] / found["effect"].sum() * sum(won)
    found.attrs["chance"] = base
    return found
