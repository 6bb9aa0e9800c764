"""Pictures of satisfaction: what drives it, what it must have, and what it does to loyalty by market."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.language import tr
from crmlab.plots.decisions.dots import draw_dots, said_dots
from crmlab.plots.style import BLUE, GREEN, GREY, INK, ORANGE, PINK, RED, describe, label_of, percents, styled
from crmlab.words import capital, percent

_KINDS = {"must-be": (RED, "s"), "one-dimensional": (BLUE, "o"), "attractive": (GREEN, "^")}
_LINES = [(BLUE, "-", "o"), (ORANGE, "--", "s"), (RED, "-.", "^"), (GREEN, ":", "D"), (PINK, "-", "v")]


@styled
def importance(found: pd.DataFrame, stated: pd.Series | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw the derived importance of each layer with its interval, beside the place that customers give it.

    The table is that of `crmlab.decisions.layer_importance`; ``stated`` has the mean mark of each layer.
    """
    assert ax is not None
    table = found.sort_values("importance", ascending=False)
    names = [capital(str(name)) for name in table.index]
    draw_dots(ax, table, columns=["importance", "low", "high"], names=names, text="{:.0%}".format, at=None)
    first = table.index[0]
    title = tr("{layer} moves satisfaction most", layer=names[0])
    alt = tr("Dots with intervals of what each layer explains of satisfaction.")
    if stated is not None:
        place = stated.rank(ascending=False, method="min").astype(int)
        table = table.assign(stated=stated.reindex(table.index), place=place.reindex(table.index))
        for row, (mark, number) in enumerate(zip(table["stated"], table["place"], strict=True)):
            words = tr("{place}. ({mark:.1f})", place=number, mark=mark)
            ax.annotate(words, (1.02, row), xycoords=("axes fraction", "data"), va="center", fontsize=10)
        words = tr("said to matter:\nplace (mark)")
        ax.annotate(words, (1.02, -0.5), xycoords=("axes fraction", "data"), va="bottom", fontsize=9)
        ax.set_ylim(top=-1.15)
        title = tr(
            "{layer} moves satisfaction most; customers rank it {place} of {all}",
            layer=names[0],
            place=place[first],
            all=len(table),
        )
        places = ", ".join(f"{name} {number}" for name, number in zip(names, table["place"], strict=True))
        alt = tr("{alt} What customers say, by place: {places}.", alt=alt, places=places)
    ax.set(title=title, xlabel=tr("derived importance: share of what all layers explain, with interval"))
    ax.set_xlim(left=0)
    percents(ax.xaxis)
    columns = ["importance", "low", "high"]
    parts = said_dots(table, columns=columns, names=names, text="{:.0%}".format)
    return describe(ax, f"{alt} {parts}.", table)


@styled
def kano(found: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw each layer by how many it delights and how many its want annoys, with its kind.

    The table is that of `crmlab.decisions.kano_kinds`.
    """
    assert ax is not None
    for names, row in _together(found):
        colour, marker = _KINDS.get(row["kind"], (GREY, "D"))
        kind = label_of(row["kind"]) if row["low"] > 0 else tr("cannot be told")
        label = f"{', '.join(capital(name) for name in names)}\n({kind})"
        for name in names:
            ax.plot(
                -found["worse"][name],
                found["better"][name],
                marker,
                color=colour,
                markersize=10,
                markeredgecolor=INK,
            )
        x, y = -row["worse"], row["better"]
        ax.annotate(
            label,
            (x, y),
            (-12 if x > 0.5 else 12, 0),
            textcoords="offset points",
            va="center",
            ha="right" if x > 0.5 else "left",
            fontsize=9,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )
    for line in (ax.axhline, ax.axvline):
        line(0.5, color=GREY, linewidth=1, linestyle="--", zorder=0)
    corners = {
        (0.49, 0.52): tr("attractive"),
        (0.51, 0.52): tr("one-dimensional"),
        (0.49, 0.48): tr("indifferent"),
        (0.51, 0.48): tr("must-be"),
    }
    for (x, y), words in corners.items():
        sides: Any = {"ha": "right" if x < 0.5 else "left", "va": "bottom" if y > 0.5 else "top"}
        ax.text(x, y, words, color=GREY, style="italic", **sides)
    ax.set(xlim=(0, 1), ylim=(0, 1))
    for axis in (ax.xaxis, ax.yaxis):
        percents(axis)
    told = found[found["low"] > 0]["kind"]
    both = ("must-be", "attractive")
    must, delight = ([capital(str(name)) for name in told.index[told == kind]] for kind in both)
    if must and delight:
        title = tr(
            "{must} must be there, and {delight} delights", must=", ".join(must), delight=", ".join(delight)
        )
    else:
        title = tr("The kind of {told} of {all} layers can be told", told=len(told), all=len(found))
    ax.set(title=title, xlabel=tr("share of customers whom it annoys when it is missing"))
    ax.set_ylabel(tr("share whom it delights when it is there"))
    parts = "; ".join(
        tr(
            "{layer} {kind}, delights {better:.0%}, annoys {worse:.0%}",
            layer=name,
            kind=label_of(row["kind"]),
            better=row["better"],
            worse=-row["worse"],
        )
        for name, row in found.iterrows()
    )
    return describe(ax, tr("Map of layers by Kano's questions. {parts}.", parts=parts), found)


@styled
def curves(found: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the share that stays by satisfaction, one curve a market with its interval, and what was seen.

    The table is that of `crmlab.decisions.loyalty_curves`; the larger a dot, the more customers it has.
    """
    assert ax is not None
    markets = list(dict.fromkeys(found.index.get_level_values("market")))
    ends, most = [], found["customers"].max()
    for number, name in enumerate(markets):
        colour, dash, marker = _LINES[number % len(_LINES)]
        curve = found.loc[name]
        ax.fill_between(curve.index, curve["low"], curve["high"], color=colour, alpha=0.15, linewidth=0)
        ax.plot(curve.index, curve["stays"], color=colour, linestyle=dash)
        size = 10 + 90 * curve["customers"] / most
        ax.scatter(curve.index, curve["seen"], s=size, color=colour, marker=marker, alpha=0.65, linewidths=0)
        ends.append((float(curve["stays"].iloc[0]), curve.index[0], str(name), colour))
    last = -1.0
    for height, place, name, colour in sorted(ends):
        height = max(height, last + 0.055)
        ax.annotate(
            name,
            (place, height),
            (-8, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            color=colour,
            fontweight="bold",
            annotation_clip=False,
        )
        last = height
    marks = found.index.get_level_values("mark")
    steps = found["step"].dropna()
    if len(steps):
        top: Any = steps.idxmax()
        market, mark = top
        others = steps.xs(mark, level="mark")
        least = others.idxmin()
        words: Any = {"low": mark, "many": 100 * steps.max(), "market": market}
        if len(others) > 1 and least != market:
            words |= {"few": 100 * others.min(), "least": least}
            title = tr(
                "One mark up from {low} keeps {many:.0f} more of 100 in {market}, {few:.0f} in {least}",
                **words,
            )
        else:
            title = tr("One mark up from {low} keeps {many:.0f} more of 100 in {market}", **words)
    else:
        title = tr("Share that stays, by satisfaction")
    ax.set(title=title, xlabel=tr("satisfaction, mark"), ylabel=tr("share that stays"))
    ax.set_xticks(range(int(marks.min()), int(marks.max()) + 1))
    ax.set(ylim=(0, 1.02), xlim=(marks.min() - 0.27 * (marks.max() - marks.min()), marks.max() + 0.3))
    percents(ax.yaxis)
    parts = "; ".join(
        tr(
            "{market}: {first} at {low}, {last} at {high}",
            market=name,
            first=percent(found.loc[name, "stays"].iloc[0]),
            low=found.loc[name].index[0],
            last=percent(found.loc[name, "stays"].iloc[-1]),
            high=found.loc[name].index[-1],
        )
        for name in markets
    )
    return describe(
        ax,
        tr("Curves of the share that stays over satisfaction. {parts}. {title}.", parts=parts, title=title),
        found,
    )


def _together(found: pd.DataFrame) -> list[tuple[list[str], Any]]:
    """Return layers of one kind that lie at one place, with the row of the first: they share a label."""
    groups: list[tuple[list[str], Any]] = []
    for name, row in found.iterrows():
        if not np.isfinite(row["better"]):
            continue
        for names, first in groups:
            near = np.hypot(first["worse"] - row["worse"], first["better"] - row["better"]) < 0.08
            if near and first["kind"] == row["kind"] and (first["low"] > 0) == (row["low"] > 0):
                names.append(str(name))
                break
        else:
            groups.append(([str(name)], row))
    return groups
