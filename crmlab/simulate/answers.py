"""How satisfaction comes of its layers, what it does in a market, and what people say of it."""

from typing import Any

import numpy as np
import pandas as pd

from crmlab.simulate.draws import Array, Codes, labels

# For each layer: the importance that people state, and Kano's kind of it.
LAYERS = {"core": 9.0, "support": 7.5, "technical": 8.5, "interaction": 7.0, "emotion": 5.0}
KANO_KINDS = np.array([0, 1, 1, 1, 2])  # must-be, one-dimensional, attractive
ANSWERS = ("like", "expect", "neutral", "live with", "dislike")
# By market: the curve of staying over satisfaction, L, U, k and s0.
MARKETS = {
    "monopoly": (0.88, 0.97, 0.8, 5.0),
    "mixed": (0.45, 0.95, 1.2, 6.0),
    "competitive": (0.30, 0.97, 1.6, 7.8),
}


def satisfaction(layers: Array, spread: Array) -> Array:
    """Return satisfaction of the five layers: core is missed, emotion delights, the others count straight."""
    core, support, technical, interaction, emotion = layers
    s = 6.4 - 0.8 * np.maximum(6.5 - core, 0) + 0.25 * (support - 7) + 0.3 * (technical - 7)
    s += 0.35 * (interaction - 7) + 0.7 * np.maximum(emotion - 7, 0) + spread
    clipped: Array = np.clip(s, 1, 10)
    return clipped


def staying(s: Array, market: Codes) -> Array:
    """Return the probability of staying with this satisfaction in a market."""
    low, high, k, middle = np.array(list(MARKETS.values()))[market].T
    chance: Array = low + (high - low) / (1 + np.exp(-k * (s - middle)))
    return chance


def items(rng: np.random.Generator, layers: Array, s: Array, attitude: Array) -> pd.DataFrame:
    """Return what customers say, in whole marks from 1 to 10 (to recommend: from 0)."""

    def mark(value: Any, noise: float, low: int = 1) -> Array:
        said = np.clip(np.rint(value + rng.normal(0, noise, len(s))), low, 10)
        whole: Array = said.astype(np.int64)
        return whole

    marks = {name: mark(layer, 0.7) for name, layer in zip(LAYERS, layers, strict=True)}
    marks |= {"overall": mark(s, 0.5), "recommend": mark(s + 0.5, 1.0, 0), "again": mark(s, 1.2)}
    marks["attitude"] = mark(attitude, 0.5)
    marks |= {f"importance_{name}": mark(stated, 1.2) for name, stated in LAYERS.items()}
    return pd.DataFrame(marks)


def kano(rng: np.random.Generator, who: pd.Index) -> pd.DataFrame:
    """Return how people find a layer that is very good, and one that is not: two thirds by its kind."""
    kind = np.tile(KANO_KINDS, len(who))
    stray = rng.random(len(kind)) > 2 / 3
    kind = np.where(stray, rng.integers(0, 4, len(kind)), kind)  # the fourth: indifferent
    between_ = rng.integers(1, 4, len(kind))
    present = np.select([kind == 0, kind == 3], [between_, 2], 0)
    absent = np.select([kind == 2, kind == 3], [between_, 2], 4)
    table = {
        "customer_id": who.repeat(len(LAYERS)),
        "layer": labels(LAYERS, np.tile(np.arange(len(LAYERS)), len(who))),
        "present": labels(ANSWERS, present),
        "absent": labels(ANSWERS, absent),
    }
    return pd.DataFrame(table).reset_index(drop=True)
