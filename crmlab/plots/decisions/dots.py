"""Estimates with their intervals, one a row, as several pictures of decisions draw them."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.plots.style import BLUE, GREY, INK


def draw_dots(
    ax: Axes,
    table: pd.DataFrame,
    *,
    columns: Sequence[str],
    names: Sequence[str],
    text: Callable[[float], str],
    at: float | None = 0.0,
) -> None:
    """Draw a value with its interval (three columns) a row; hollow where the interval holds `at`.

    The first row is at the top. A value that is missing leaves its row empty; one without an interval is a
    dot alone.
    """
    if at is not None:
        ax.axvline(at, color=INK, linewidth=1, linestyle="--", zorder=0)
    for row, (value, low, high) in enumerate(table[list(columns)].to_numpy(dtype=float)):
        if not np.isfinite(value):
            continue
        open_ = at is not None and not (low > at or high < at)
        colour = GREY if open_ else BLUE
        if np.isfinite(low) and np.isfinite(high):
            ax.plot([low, high], [row, row], color=colour, linewidth=2.5, solid_capstyle="round", zorder=1)
        ax.plot(value, row, "o", color="white" if open_ else colour, markeredgecolor=colour, markersize=8,
                markeredgewidth=2, zorder=2)  # fmt: skip
        ax.annotate(text(value), (value, row), (0, 8), textcoords="offset points", ha="center", fontsize=9,
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.8})  # fmt: skip
    ax.set_yticks(range(len(table)), list(names))
    ax.set_ylim(len(table) - 0.5, -0.75)
    ax.tick_params(axis="y", length=0)
    ax.margins(x=0.1)


def said_dots(
    table: pd.DataFrame, *, columns: Sequence[str], names: Sequence[str], text: Callable[[float], str]
) -> str:
    """Return the values with their intervals in words, for an alternative text."""
    parts = []
    for name, (value, low, high) in zip(names, table[list(columns)].to_numpy(dtype=float), strict=True):
        if np.isfinite(value):
            ends = f" ({text(low)} … {text(high)})" if np.isfinite(low) and np.isfinite(high) else ""
            parts.append(f"{name} {text(value)}{ends}")
    return "; ".join(parts)
