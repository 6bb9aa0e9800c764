"""Pictures of the customer base: where a change of profit comes from, and the layers of revenue."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.errors import DataError
from crmlab.language import tr
from crmlab.lifecycle.base import PARTS
from crmlab.plots.style import BLUE, GREY, INK, ORANGE, describe, label_of, money, styled, thousands
from crmlab.words import capital, percent

_LABELLED = 0.06  # layers thinner than this share of the last height have no name


@styled
def bridge(changes: pd.DataFrame, before: float, *, currency: str, ax: Axes | None = None) -> Axes:
    """Draw the change of profit between two periods as a bridge: what `profit_changes` returned.

    ``before`` is the profit of the first period.
    """
    assert ax is not None
    parts = changes[PARTS].sum()
    after = before + float(changes["change"].sum())
    starts = before + np.append(0.0, parts.cumsum().to_numpy()[:-1])
    names = [tr("before"), *(label_of(name) for name in PARTS), tr("after")]
    ax.bar([0, len(PARTS) + 1], [before, after], color=GREY, width=0.7)
    for place, (start, part) in enumerate(zip(starts, parts, strict=True), start=1):
        ax.bar(place, part, bottom=start, color=BLUE if part >= 0 else ORANGE, width=0.7)
        ax.plot([place - 0.65, place - 0.35], [start, start], color=INK, linewidth=0.8)
        top = max(start, start + part)
        ax.annotate(
            f"{part:+,.0f}", (place, top), (0, 3), textcoords="offset points", ha="center", fontsize=9.5
        )
    for place, whole in ((0, before), (len(PARTS) + 1, after)):
        ax.annotate(f"{whole:,.0f}", (place, max(whole, 0)), (0, 3), textcoords="offset points", ha="center",
                    fontsize=9.5)  # fmt: skip
    ax.axhline(0, color=INK, linewidth=0.8)
    ax.set_xticks(range(len(names)), [name.replace(" ", "\n", 1) for name in names])
    kept = float(parts.iloc[2:].sum())
    said = {
        "change": f"{after - before:+,.0f}",
        "currency": currency,
        "new": f"{parts['new']:+,.0f}",
        "lost": f"{parts['lost']:+,.0f}",
        "kept": f"{kept:+,.0f}",
    }
    ax.set_title(tr("{change} {currency}: new {new}, lost {lost}, kept customers {kept}", **said))
    ax.set_ylabel(tr("profit, {currency}", **said))
    points = [0.0, before, after, *(starts + parts.to_numpy())]
    room = 0.1 * (max(points) - min(points) or 1.0)
    ax.set_ylim(min(points) - room * (min(points) < 0), max(points) + room)
    thousands(ax.yaxis)
    listed = "; ".join(f"{name} {part:+,.0f}" for name, part in zip(names[1:-1], parts, strict=True))
    alt = tr(
        "Bridge of profit from {before} to {after} {currency}: {parts}.",
        before=money(before),
        after=money(after),
        currency=currency,
        parts=listed,
    )
    return describe(ax, alt, parts.to_frame("change"))


@styled
def layers(cake: pd.DataFrame, *, currency: str, ax: Axes | None = None) -> Axes:
    """Draw the revenue of each period by cohort, the oldest at the bottom: what `layer_cake` returned."""
    assert ax is not None
    if len(cake) < 2:
        raise DataError("There is one period only, so nothing runs through time. Take shorter periods.")
    shades = np.linspace(0.25, 0.85, len(cake.columns))
    colours = _shades(shades)
    heights = cake.cumsum(axis=1)
    below = np.zeros(len(cake))
    places = np.arange(len(cake))
    amounts = cake.to_numpy(dtype=float)
    for name, colour, last in zip(cake.columns, colours, amounts[-1], strict=True):
        ax.fill_between(places, below, heights[name], color=colour, linewidth=0.8, edgecolor="white")
        if last >= _LABELLED * amounts[-1].sum():
            ax.annotate(str(name), (places[-1], below[-1] + last / 2), (6, 0), textcoords="offset points",
                        va="center", annotation_clip=False)  # fmt: skip
        below = heights[name].to_numpy()
    newest = amounts[-1, -1] / amounts[-1].sum() if amounts[-1].sum() else 0.0
    peak = float(amounts[:, 0].max())
    said = {
        "share": percent(newest),
        "newest": cake.columns[-1],
        "oldest": cake.columns[0],
        "left": percent(amounts[-1, 0] / peak) if peak else percent(0.0),
        "period": cake.index[-1],
    }
    if len(cake.columns) > 1:
        title = tr("{share} of {period} comes from {newest}; {oldest} brings {left} of its peak", **said)
    else:
        title = tr("All revenue is of one cohort, {oldest}", **said)
    ax.set_title(capital(title))
    step = max(len(cake) // 8, 1)
    ax.set_xticks(places[::step], cake.index[::step])
    ax.set(
        xlim=(0, max(len(cake) - 1, 1)), ylim=(0, None), ylabel=tr("revenue, {currency}", currency=currency)
    )
    thousands(ax.yaxis)
    alt = tr(
        "Layers of revenue by cohort through time, the oldest at the bottom: in {period}, {share} is of "
        "{newest}, and {oldest} brings {left} of its highest.",
        **said,
    )
    return describe(ax, alt, cake)


def _shades(places: np.ndarray) -> list[tuple[float, float, float, float]]:
    from matplotlib import colormaps

    return [colormaps["Blues"](place) for place in places[::-1]]
