"""Pictures of the famous figures: where one is true, and what was measured beside it."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.errors import DataError
from crmlab.language import tr
from crmlab.plots.style import BLUE, GREY, INK, LIGHT, ORANGE, describe, label_of, percents, styled
from crmlab.words import percent


@styled
def region(
    cells: pd.DataFrame,
    *,
    low: float,
    high: float = np.inf,
    across: str,
    up: str,
    claim: str,
    here: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw for which margins or rates a figure lies in its range: what `claim_region` returned.

    ``across`` and ``up`` say what the columns and the rows are, ``claim`` what is claimed, all in words; both
    are shares. ``here`` is where this business stands.
    """
    assert ax is not None
    values = cells.to_numpy(dtype=float)
    if not np.isfinite(values).any():
        raise DataError("The figure has no value anywhere, so there is no region to draw.")
    holds = (values >= low) & (values <= high)
    x, y = cells.columns.to_numpy(dtype=float), cells.index.to_numpy(dtype=float)
    least, most = float(np.nanmin(values)), float(np.nanmax(values))
    inner = sorted({each for each in (low, high) if least < each < most})
    edges = [least - 1, *inner, most + 1]
    middles = [(one + two) / 2 for one, two in pairwise([least, *inner, most])]
    ax.contourf(x, y, values, edges, colors=[BLUE if low <= each <= high else LIGHT for each in middles])
    if inner:
        ax.contour(x, y, values, levels=inner, colors=INK, linewidths=1.4)
    share = float(holds[np.isfinite(values)].mean())
    said = {"claim": claim, "share": percent(share), "across": across, "up": up}
    if here is not None:
        ax.plot(*here, "o", color=ORANGE, markeredgecolor=INK, markersize=10, zorder=5)
        right = here[0] > (x[0] + x[-1]) / 2
        ax.annotate(tr("this business"), here, (-9 if right else 9, 7), textcoords="offset points",
                    ha="right" if right else "left", fontweight="bold",
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 1, "alpha": 0.8})  # fmt: skip
    if not holds.any():
        title = tr("{claim}: true nowhere in this picture", **said)
    elif share == 1:
        title = tr("{claim}: true everywhere in this picture", **said)
    else:
        title = tr("{claim}: true in the blue {share} of this picture", **said)
    ax.set_title(title)
    ax.set(xlabel=across, ylabel=up)
    percents(ax.xaxis)
    percents(ax.yaxis)
    alt = tr("Map of {across} by {up}, in which the claim holds in {share}: {claim}.", **said)
    return describe(ax, alt, cells)


@styled
def counted(measured: pd.DataFrame, *, low: float, high: float, claim: str, ax: Axes | None = None) -> Axes:
    """Draw a share as several ways of counting give it, with limits, beside the range that is claimed.

    Rows are ways of counting, with ``value``, ``low`` and ``high``; ``claim`` is the claim in words.
    """
    assert ax is not None
    places = np.arange(len(measured))
    value = measured["value"].to_numpy(dtype=float)
    ends = measured[["low", "high"]].to_numpy(dtype=float)
    inside = (ends[:, 0] >= low) & (ends[:, 1] <= high)
    outside = (ends[:, 1] < low) | (ends[:, 0] > high)
    ax.axvspan(low, high, color=LIGHT, zorder=0)
    ax.text((low + high) / 2, -0.5, tr("claimed"), ha="center", va="center", color=INK)
    ax.hlines(places, *ends.T, color=INK, linewidth=1.6)
    for places_of, marker, colour in (
        (np.flatnonzero(inside), "o", BLUE),
        (np.flatnonzero(~inside), "s", ORANGE),
    ):
        ax.plot(
            value[places_of],
            places_of,
            marker,
            color=colour,
            markeredgecolor=INK,
            markersize=9,
            zorder=4,
            clip_on=False,
        )
    for place, (share, (_, top)) in enumerate(zip(value, ends, strict=True)):
        right = top < 0.85
        ax.annotate(percent(share), (top if right else ends[place, 0], place), (9 if right else -9, 0),
                    textcoords="offset points", va="center", ha="left" if right else "right",
                    fontweight="bold")  # fmt: skip
    many = {"claim": claim, "yes": int(inside.sum()), "all": len(measured)}
    if inside.all():
        title = tr("{claim}: true in each of {all} ways to count", **many)
    elif outside.all():
        title = tr("{claim}: true in none of {all} ways to count", **many)
    elif inside.any():
        title = tr("{claim}: true in {yes} of {all} ways to count", **many)
    else:
        title = tr("{claim}: sure in none of {all} ways to count", **many)
    ax.set_title(title, loc="left")
    ax.set_yticks(places, [label_of(name) for name in measured.index])
    ax.set(xlim=(0, 1), ylim=(len(measured) - 0.5, -0.75), xlabel=tr("share of those counted, 95% limits"))
    percents(ax.xaxis)
    parts = "; ".join(
        f"{label_of(name)} {percent(share)}" for name, share in zip(measured.index, value, strict=True)
    )
    said = {"claim": claim, "low": percent(low), "high": percent(high), "parts": parts}
    alt = tr("A share by way of counting, beside the claimed {low} to {high}: {parts}.", **said)
    return describe(ax, alt, measured)


@styled
def chances(curves: pd.DataFrame, *, claimed: Mapping[str, float], ax: Axes | None = None) -> Axes:
    """Draw the chance to buy by how long one waits, beside what is claimed of it.

    Columns are kinds of people, rows whole days from 0 on; ``claimed`` gives a chance to each line's name.
    """
    assert ax is not None
    last = int(curves.index[-1])
    for (name, curve), colour, line in zip(curves.items(), (BLUE, ORANGE), ("-", "--"), strict=False):
        ax.plot(curves.index, curve, color=colour, linestyle=line)
        ax.annotate(f"{label_of(name)}\n{percent(float(curve.iloc[-1]))}", (last, float(curve.iloc[-1])),
                    (7, 0), textcoords="offset points", va="center", annotation_clip=False)  # fmt: skip
    for name, share in claimed.items():
        ax.axhline(share, color=GREY, linewidth=1, linestyle=":")
        near = [
            float((curves.loc[one * last : two * last] - share).abs().min().min())
            for one, two in ((0, 0.35), (0.65, 1))
        ]
        right = near[1] > near[0]  # where the lines leave room for the words
        ax.annotate(label_of(name), (last if right else 0, share), (-4 if right else 4, 3),
                    textcoords="offset points", ha="right" if right else "left", color=INK,
                    fontsize=9)  # fmt: skip
    first = curves.iloc[:, 0]
    early = min(30, last)
    said = {
        "kind": label_of(curves.columns[0]), "early": early, "last": last,
        "one": percent(float(first.iloc[early])), "two": percent(float(first.iloc[-1])),
    }  # fmt: skip
    if early == last:
        title = tr("{kind}: {two} buy within {last} days", **said)
    else:
        title = tr("{kind}: {one} buy within {early} days, {two} within {last}", **said)
    ax.set_title(title[:1].upper() + title[1:], loc="left")
    top = max(float(curves.to_numpy(dtype=float).max()), *claimed.values())
    ax.set(xlim=(0, last), ylim=(0, min(1.08 * top + 0.02, 1.02)))
    ax.set(xlabel=tr("days waited"), ylabel=tr("share who have bought since"))
    percents(ax.yaxis)
    parts = "; ".join(f"{label_of(name)} {percent(float(curve.iloc[-1]))}" for name, curve in curves.items())
    alt = tr("Chance to buy by days waited, after {last} days: {parts}.", last=last, parts=parts)
    return describe(ax, alt, curves)
