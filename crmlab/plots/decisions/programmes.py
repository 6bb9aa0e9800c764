"""Pictures of programmes: two groups before and after, and members against what the card changed."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from crmlab.language import tr
from crmlab.plots.decisions.dots import draw_dots, said_dots
from crmlab.plots.style import BLUE, GREY, INK, ORANGE, describe, styled, thousands


def _amount(value: float) -> str:
    return (
        f"{value:z,.0f}" if abs(value) >= 100 else f"{value:z,.1f}" if abs(value) >= 10 else f"{value:z,.2f}"
    )


@styled
def differences(found: pd.DataFrame, *, unit: str, group: str = "all", ax: Axes | None = None) -> Axes:
    """Draw the means of those who got a measure and of the others, before and after, and the effect between.

    The table is that of `crmlab.decisions.difference_in_differences`; ``unit`` says what was counted.
    """
    assert ax is not None
    row: Any = found.loc[group]
    lines = {
        "treated": (tr("with it"), BLUE, "o", [row["treated_before"], row["treated_after"]]),
        "others": (tr("without it"), ORANGE, "s", [row["others_before"], row["others_after"]]),
    }
    heights = [row[f"{side}_{when}"] for side in lines for when in ("before", "after")]
    near = abs(heights[0] - heights[2]) < 0.06 * (max(heights) - min(heights))
    bold: Any = {"textcoords": "offset points", "va": "center", "fontweight": "bold"}
    for name, colour, marker, ends in lines.values():
        ax.plot([0, 1], ends, color=colour, marker=marker, markersize=8)
        if not near:
            ax.annotate(_amount(ends[0]), (0, ends[0]), (-8, 0), ha="right", color=colour, **bold)
        ax.annotate(f"{_amount(ends[1])} {name}", (1, ends[1]), (8, 0), ha="left", color=colour, **bold)
    if near:
        both = (heights[0] + heights[2]) / 2
        ax.annotate(_amount(both), (0, both), (-8, 0), ha="right", **bold)
    expected = row["treated_before"] + row["others_after"] - row["others_before"]
    ax.plot([0, 1], [row["treated_before"], expected], color=BLUE, linestyle=":", linewidth=1.5)
    ax.annotate("", (0.97, row["treated_after"]), (0.97, expected),
                arrowprops={"arrowstyle": "<->", "color": INK, "shrinkA": 0, "shrinkB": 0})  # fmt: skip
    ax.annotate(
        tr("effect {effect}", effect=_amount(row["effect"])),
        (0.95, (row["treated_after"] + expected) / 2),
        ha="right",
        va="center",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
    )
    words = {name: _amount(row[name]) for name in ("effect", "low", "high")}
    if row["low"] > 0 or row["high"] < 0:
        title = tr("The effect is {effect} {unit} ({low} to {high})", unit=unit, **words)
    else:
        title = tr("No effect can be told: {effect} {unit} ({low} to {high})", unit=unit, **words)
    ax.set(title=title, xlim=(-0.25, 1.45), ylabel=tr("{unit}, mean of a customer", unit=unit))
    ax.set_xticks([0, 1], [tr("before"), tr("after")])
    thousands(ax.yaxis)
    ax.margins(y=0.12)
    alt = tr(
        "Lines of two groups before and after: with it {one} to {two}, without it {three} to {four}. "
        "{title}. Afterwards the two are {naive} apart.",
        one=_amount(row["treated_before"]),
        two=_amount(row["treated_after"]),
        three=_amount(row["others_before"]),
        four=_amount(row["others_after"]),
        title=title,
        naive=_amount(row["naive"]),
    )
    return describe(ax, alt, row.to_frame().T)


@styled
def members(found: pd.DataFrame, *, measure: str, unit: str, ax: Axes | None = None) -> Axes:
    """Draw by how much members are above others, and what of it the card did, with its interval.

    The table is that of `crmlab.decisions.programme_effect`; ``measure`` is one of its rows.
    """
    assert ax is not None
    row: Any = found.loc[measure]
    rows = {
        tr("members less others"): [row["naive"], float("nan"), float("nan")],
        tr("what the card did,\na member"): [row["member_effect"], row["member_low"], row["member_high"]],
        tr("what the card did,\na customer of its shops"): [row["effect"], row["low"], row["high"]],
    }
    columns = ["value", "low", "high"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    draw_dots(ax, table, columns=columns, names=list(table.index), text=_amount)
    ax.plot(row["naive"], 0, "o", color=GREY, markersize=8, markeredgecolor=INK, zorder=3)
    words = {"naive": _amount(row["naive"]), "effect": _amount(row["member_effect"])}
    if row["member_low"] > 0 or row["member_high"] < 0:
        title = tr("Members are {naive} above others; the card did {effect} of it", **words)
    else:
        title = tr("Members are {naive} above others; what the card did cannot be told", **words)
    ax.set(title=title, xlabel=unit)
    thousands(ax.xaxis)
    names = [name.replace("\n", " ") for name in table.index]
    parts = said_dots(table, columns=columns, names=names, text=_amount)
    return describe(ax, tr("Dots with intervals, {unit}: {parts}.", unit=unit, parts=parts), table)
