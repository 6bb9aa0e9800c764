"""Pictures of a platform: do users move one another, and whom to begin with."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.language import mark, tr
from crmlab.plots.style import BLUE, GREY, INK, LIGHT, ORANGE, describe, label_of, styled, thousands

_QUESTIONS = {
    "anybody": mark("anybody\nhad adopted"),
    "of the same kind": mark("anybody of the\nsame kind had"),
    "on another day": mark("the same had,\non other days"),
}


def _asked(name: Any) -> str:
    return tr(_QUESTIONS[str(name)]).replace("\n", " ")


@styled
def influence(found: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the ties along which somebody followed, beside what there would be without influence.

    It takes what `crmlab.pyramid.influence_test` returned.
    """
    assert ax is not None
    places = np.arange(len(found))[::-1]
    seen = float(found["seen"].iloc[0])
    for place, (_, row) in zip(places, found.iterrows(), strict=True):
        ax.plot([row["low"], row["high"]], [place, place], color=GREY, linewidth=9, solid_capstyle="butt")
        ax.plot(row["by_chance"], place, "|", color=INK, markersize=16, markeredgewidth=2)
        ax.annotate(
            tr("p = {p:.2g}", p=row["p"]),
            (row["high"], place),
            (7, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
        )
    p: Any = found["p"]
    real = p["on another day"] < 0.05
    ax.axvline(seen, color=BLUE if real else ORANGE, linewidth=2.5)
    middle = float(found["by_chance"].mean())
    ax.annotate(
        tr("seen: {n:,.0f}", n=seen),
        (seen, 1),
        (-5 if seen > middle else 5, 0),
        va="top",
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        ha="right" if seen > middle else "left",
    )
    ax.set_yticks(places, [tr(_QUESTIONS[str(name)]) for name in found.index])
    ax.set_ylim(-0.6, len(found) - 0.3)
    ax.set_xlim(0, 1.2 * max(seen, float(found["high"].max())))
    thousands(ax.xaxis)
    ax.set_xlabel(
        tr("ties along which the follower adopted next;\ngrey: what there would be by chance, if …")
    )
    if real:
        title = tr("Users move one another: the days are not by chance")
    elif p["anybody"] < 0.05:
        title = tr("Friends adopt together, but not because of one another")
    else:
        title = tr("Friends adopt together no more than by chance")
    ax.set_title(title)
    parts = "; ".join(
        tr(
            "if {question}: {chance:,.0f}, p {p:.2g}",
            question=_asked(name),
            chance=row["by_chance"],
            p=row["p"],
        )
        for name, row in found.iterrows()
    )
    return describe(ax, tr("{seen:,.0f} ties were seen. {parts}.", seen=seen, parts=parts), found)


@styled
def reach(spreads: Mapping[str, pd.Series], *, seeds: int, ax: Axes | None = None) -> Axes:
    """Draw how many users are reached from seeds that were chosen in several ways.

    It takes `crmlab.pyramid.spread` of each way.
    """
    assert ax is not None
    table = pd.DataFrame({name: each[["reached", "error"]] for name, each in spreads.items()}, dtype=float).T
    table = table.sort_values("reached")
    places = np.arange(len(table))
    colours = [BLUE if place == places[-1] else LIGHT for place in places]
    ax.barh(places, table["reached"], height=0.6, color=colours)
    for place, (_, row) in zip(places, table.iterrows(), strict=True):
        ends = [row["reached"] - 1.96 * row["error"], row["reached"] + 1.96 * row["error"]]
        ax.plot(ends, [place, place], color=INK, linewidth=2)
        ax.annotate(
            f"{row['reached']:,.0f}", (ends[1], place), (6, 0), textcoords="offset points", va="center"
        )
    ax.set_yticks(places, [label_of(name) for name in table.index])
    ax.margins(x=0.12)
    ax.set_xlim(left=0)
    thousands(ax.xaxis)
    ax.set_xlabel(tr("users reached from {n:,} seeds", n=seeds))
    best = table.iloc[-1]
    words = {"best": label_of(table.index[-1]), "reached": best["reached"]}
    if len(table) > 1:
        other = table.iloc[-2]
        words |= {"other": label_of(table.index[-2]), "less": other["reached"]}
        sure = best["reached"] - other["reached"] > 1.96 * np.hypot(best["error"], other["error"])
        if sure:
            title = tr("{best} reaches {reached:,.0f}, {other} {less:,.0f}", **words)
        else:
            title = tr("Between {best} and {other} there is no sure difference", **words)
    else:
        title = tr("{best} reaches {reached:,.0f}", **words)
    ax.set_title(title[:1].upper() + title[1:])
    parts = "; ".join(
        f"{label_of(name)} {row['reached']:,.0f} ± {1.96 * row['error']:,.0f}"
        for name, row in table[::-1].iterrows()
    )
    return describe(ax, tr("Users reached by the way seeds are chosen. {parts}.", parts=parts), table[::-1])
