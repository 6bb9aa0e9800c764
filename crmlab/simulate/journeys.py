"""How people walk to a first order: the touches that they meet, and what convinces them."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from types import MappingProxyType

import numpy as np

from crmlab.simulate.draws import Array, Codes, heavy_tailed, stream

EFFECTS: Mapping[str, float] = MappingProxyType(
    {"display": 0.05, "social": 0.05, "email": 0.02, "search": 0.01, "affiliate": 0.005}
)
# For each channel: mean touches a person, how they lean to those who want to buy, and when in the journey
# they come (a Beta distribution).
TOUCHES = np.array([1.6, 1.0, 0.8, 0.6, 0.3])
LEAN = np.array([0.0, 0.2, 0.4, 1.0, 0.9])
TIMES = ((1.0, 2.0), (1.2, 1.5), (1.5, 1.2), (3.0, 1.0), (3.0, 1.0))
ON_THE_WAY = {"search": 0.6, "affiliate": 0.25}  # chance of a touch by those who are about to order anyway
JOURNEY = 45  # days


@dataclass(frozen=True)
class Paths:
    """Touches by person in order of time, when each orders first (inf: not), and why they would."""

    who: Codes
    channel: Codes
    time: Array
    first: Array
    spontaneous: Array
    convinced: Array  # a row a person, a column a channel


def walked(
    seed: int, wish: Array, set_out: Array, chance: Array, effect: Array, silent: Codes, window: int
) -> Paths:
    """Return the paths of people with this wish and chance; `silent` is the channel that each never meets."""
    size, names = len(wish), list(EFFECTS)

    def rng(*what: str) -> np.random.Generator:
        return stream(seed, "touchpoints", *what)

    # All touches that could be, each with whether it would convince; those of a channel that is off are not.
    who, channel, time, wins = _touches(seed, wish, set_out, effect)
    convinced = np.zeros((size, len(names)), bool)
    convinced[who[wins], channel[wins]] = True
    spontaneous = rng("spontaneous").random(size) < chance
    by_self = set_out + JOURNEY * rng("spontaneous", "day").beta(3, 1.5, size)
    first = np.where(spontaneous, by_self, inf)
    on = channel != silent[who]
    who, channel, time, wins = who[on], channel[on], time[on], wins[on]
    np.minimum.at(first, who[wins], time[wins])
    first = np.where(first < window - 1e-5, first, inf)
    kept = (time <= first[who]) & (time < window)
    parts = [(who[kept], channel[kept], time[kept])]
    for name, share in ON_THE_WAY.items():  # on the last steps, just before the order
        code = names.index(name)
        passing = np.isfinite(first) & (rng("on the way", name).random(size) < share) & (silent != code)
        owner = np.flatnonzero(passing)
        parts.append((owner, np.full(len(owner), code), first[owner] + 1e-6 * (1 + code)))
    who, channel, time = (np.concatenate(part) for part in zip(*parts, strict=True))
    turn = np.lexsort((time, who))
    # The order comes after the last step.
    return Paths(who[turn], channel[turn], time[turn], first + 1e-5, spontaneous, convinced)


def _touches(seed: int, wish: Array, set_out: Array, effect: Array) -> tuple[Codes, Codes, Array, Array]:
    """Return person, channel and time of all touches, and whether each would convince."""
    found = []
    for code, name in enumerate(EFFECTS):
        # One stream a channel, so that the effect of one leaves the others as they were.
        rng = stream(seed, "touchpoints", "touches", name)
        mean = TOUCHES[code] * np.exp(LEAN[code] * wish - LEAN[code] ** 2 / 2)
        who = np.repeat(np.arange(len(wish)), rng.poisson(mean * heavy_tailed(rng, 0.5, len(wish))))
        early, late = TIMES[code]
        time = set_out[who] + JOURNEY * rng.beta(early, late, len(who))
        found.append((who, np.full(len(who), code), time, rng.random(len(who)) < effect[code]))
    who, channel, time, wins = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return who, channel, time, wins
