"""Pictures of the value chain: which lessons serve its links, and what a little better in each earns."""

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle

from crmlab.language import ntr, tr
from crmlab.plots.style import BLUE, GREY, INK, LIGHT, describe, label_of, styled, thousands
from crmlab.words import capital, percent

_SURE = 0.95
_WIDE, _HIGH = 3.0, 1.5


@styled
def chain(course: Mapping[str, Sequence[str]], *, supporting: Sequence[str], ax: Axes | None = None) -> Axes:
    """Draw the links in a row, over what supports them, with the numbers of the lessons that serve each.

    The mapping gives the lessons' names by link, such as ``13_retention``; a link without any is blank.
    """
    assert ax is not None
    cast(Figure, ax.figure).set_size_inches(9.6, 3.6)
    primary = [link for link in course if link not in supporting]
    for row, (names, shape) in enumerate(((primary, _arrow), (supporting, _box))):
        width = _WIDE * len(primary) / len(names)
        for place, link in enumerate(names):
            names_here = course[link]
            left, bottom = place * width, 1.75 * (1 - row)
            ax.add_patch(shape(left, bottom, width, LIGHT if names_here else "white"))
            middle = left + width / 2 + (0.12 if row == 0 else -0.06)
            ax.text(middle, bottom + 1.05, capital(label_of(link)), ha="center", va="center",
                    fontweight="bold", fontsize=10)  # fmt: skip
            ax.text(middle, bottom + 0.47, _numbers(names_here), ha="center", va="center", fontsize=9.5)
    counts = {link: len(course[link]) for link in course}
    served = sum(number > 0 for number in counts.values())
    lessons = ntr("{n} lesson", "{n} lessons", sum(counts.values()))
    title = tr("{lessons} in {served} of the {links} links and supports", lessons=lessons, served=served,
               links=len(counts))  # fmt: skip
    ax.set(title=title, xlim=(-0.1, _WIDE * len(primary) + 0.5), ylim=(-0.1, 3.4))
    ax.axis("off")
    parts = "; ".join(f"{label_of(link)}: {_numbers(course[link]).replace(chr(10), ' ')}" for link in course)
    alt = tr("Five links in a row over five supports, with the lessons of each. {parts}.", parts=parts)
    return describe(ax, alt, pd.DataFrame({"lessons": counts}))


def _numbers(lessons: Sequence[str]) -> str:
    """Return the lessons' numbers, in two lines where they are many."""
    numbers = [name.split("_")[0] for name in lessons]
    half = (len(numbers) + 1) // 2 if len(numbers) > 4 else len(numbers)
    lines = [" ".join(numbers[:half]), " ".join(numbers[half:])]
    return "\n".join(line for line in lines if line) or tr("none yet")


def _arrow(left: float, bottom: float, width: float, colour: str) -> Polygon:
    tip, right, top = 0.3, left + width - 0.08, bottom + _HIGH
    corners = [(left, bottom), (right, bottom), (right + tip, bottom + _HIGH / 2), (right, top), (left, top)]
    return Polygon([*corners, (left + tip, bottom + _HIGH / 2)], facecolor=colour, edgecolor=INK)


def _box(left: float, bottom: float, width: float, colour: str) -> Rectangle:
    return Rectangle((left, bottom), width - 0.12, _HIGH, facecolor=colour, edgecolor=INK)


@styled
def tornado(found: pd.DataFrame, *, better: float, currency: str, ax: Axes | None = None) -> Axes:
    """Draw what each link would have earned more, the largest on top, with its interval.

    The table is that of `crmlab.decisions.link_gains` with draws. A link that is not measured has no bar;
    one that is credited with all that came along is hatched.
    """
    assert ax is not None
    table = pd.concat(
        [found[found["gain"].notna()].sort_values("gain", ascending=False), found[found["gain"].isna()]]
    )
    measured = table[table["gain"].notna()]
    leader = str(measured["gain"].idxmax())
    for row, (gain, low, high) in enumerate(table[["gain", "low", "high"]].to_numpy(dtype=float)):
        if not np.isfinite(gain):
            ax.text(0, row, "  " + tr("not measured"), va="center", color=INK, fontsize=10, style="italic")
            continue
        colour = BLUE if table.index[row] == leader else LIGHT
        hatch = "///" if table["ceiling"].iloc[row] else ""
        ax.barh(row, gain, height=0.58, color=colour, edgecolor=GREY, linewidth=0.6, hatch=hatch)
        ax.errorbar(
            gain, row, xerr=[[max(gain - low, 0)], [max(high - gain, 0)]], color=INK, capsize=4, linewidth=1.4
        )
        ax.annotate(f"{gain:z,.0f}", (max(gain, high, 0), row), (8, 0), textcoords="offset points",
                    va="center", fontsize=9.5)  # fmt: skip
    ax.axvline(0, color=INK, linewidth=1)
    ax.set_yticks(range(len(table)), [capital(label_of(name)) for name in table.index])
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.margins(x=0.14)
    said = {"better": percent(better), "link": label_of(leader)}
    title = tr("{better} better would have earned most in: {link}", **said)
    if measured["first"][leader] < _SURE:
        title = tr("{link} has the longest bar, but may not be first", link=capital(label_of(leader)))
    if measured["ceiling"].any():
        ax.annotate(tr("hatched: at most so much, for part would have come anyway"), (0.5, -0.24),
                    xycoords="axes fraction", ha="center", va="top", fontsize=9.5)  # fmt: skip
    ax.set(title=title, xlabel=tr("more profit over the time on file, {currency}", currency=currency))
    thousands(ax.xaxis)
    parts = "; ".join(
        f"{label_of(name)}: {gain:z,.0f} ({low:z,.0f} … {high:z,.0f})"
        for name, gain, low, high in measured[["gain", "low", "high"]].itertuples()
    )
    alt = tr("Bars with intervals by link. {title}. {parts}.", title=title, parts=parts)
    return describe(ax, alt, table)
