"""Pictures of the customer base: where a change of profit comes from, and the layers of revenue."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from crmlab.errors import DataError
from crmlab.language import mark, tr
from crmlab.lifecycle.base import PARTS
from crmlab.plots.style import BLUE, GREY, INK, ORANGE, SKY, describe, label_of, money, styled, thousands
from crmlab.words import capital, percent, time_unit

_INSIDE = 0.08  # bars shorter than this share of the highest have no words
_TICKS = 6  # periods named below the layers, at most
_ALONE = 0.75  # shade of a single cohort
_NAMED = 8  # lines that all have their name; of more, some have
_OFFSETS = (12, -12, 26, -26, 40, -40)  # points from the end of a line at which its name may stand
_POINTS, _TEXT = 240, 8  # height of the axes and half a line of words, points
_LEADER = {"arrowstyle": "-", "color": GREY, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 2}
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
            f"{part:+z,.0f}", (place, top), (0, 3), textcoords="offset points", ha="center", fontsize=9.5
        )
    for place, whole in ((0, before), (len(PARTS) + 1, after)):
        ax.annotate(f"{whole:,.0f}", (place, max(whole, 0)), (0, 3), textcoords="offset points", ha="center",
                    fontsize=9.5)  # fmt: skip
    ax.axhline(0, color=INK, linewidth=0.8)
    ax.set_xticks(range(len(names)), [name.replace(" ", "\n", 1) for name in names])
    kept = float(parts.iloc[2:].sum())
    said = {
        "change": f"{after - before:+z,.0f}",
        "currency": currency,
        "new": f"{parts['new']:+z,.0f}",
        "lost": f"{parts['lost']:+z,.0f}",
        "kept": f"{kept:+z,.0f}",
    }
    ax.set_title(tr("{change} {currency}: new {new}, lost {lost},\nkept customers {kept}", **said))
    ax.set_ylabel(tr("profit, {currency}", **said))
    points = [0.0, before, after, *(starts + parts.to_numpy())]
    room = 0.1 * (max(points) - min(points) or 1.0)
    ax.set_ylim(min(points) - room * (min(points) < 0), max(points) + room)
    thousands(ax.yaxis)
    listed = "; ".join(f"{name} {part:+z,.0f}" for name, part in zip(names[1:-1], parts, strict=True))
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
        title = tr(
            "{share} of revenue in {period} comes from {newest};\n{left} is left of the peak of {oldest}",
            **said,
        )
    else:
        title = tr("All revenue is of one cohort, {oldest}", **said)
    ax.set_title(capital(title))
    step = -(-len(cake) // _TICKS)
    ax.set_xticks(places[::step], cake.index[::step])
    ax.set(
        xlim=(0, max(len(cake) - 1, 1)), ylim=(0, None), ylabel=tr("revenue, {currency}", currency=currency)
    )
    thousands(ax.yaxis)
    several = mark(
        "Layers of revenue by cohort through time, the oldest at the bottom: in {period}, {share} is of "
        "{newest}, and {oldest} brings {left} of its highest."
    )
    single = mark(
        "Revenue of one cohort, {oldest}, through time: in {period} it brings {left} of its highest."
    )
    alt = tr(several if len(cake.columns) > 1 else single, **said)
    return describe(ax, alt, cake)


@styled
def cohorts(
    lines: pd.DataFrame, *, currency: str, cost: float, unit: str = "month", ax: Axes | None = None
) -> Axes:
    """Draw what a customer of each cohort has brought by each age: what `cohort_value` returned.

    A line marks what winning a customer costs: where a cohort crosses it, it has paid for itself.
    """
    assert ax is not None
    both = lines.notna().all(axis=1)
    age = int(both.index[both][-1]) if both.any() else int(lines.index[0])
    there = lines.T[age].dropna()
    ranked = there.sort_values(kind="stable")
    colours = _shades(np.linspace(0.35, 0.95, len(lines.columns)))
    for name, colour in zip(lines.columns, colours, strict=True):
        line = lines[name].dropna()
        ax.plot(line.index, line, color=colour, marker="o", markersize=3, linewidth=1.8)
    low = min(0.0, float(lines.min().min()))
    top = 1.12 * max(float(lines.max().max()), cost, 0.01)
    full, last = [], -np.inf
    step = 1 if len(lines.columns) <= _NAMED else -(-len(lines.columns) // (_NAMED // 2))
    for name in lines.columns[::step]:
        line = lines[name].dropna()
        place, height = line.index[-1], float(line.iloc[-1])
        if place == lines.index[-1]:
            full.append((height, str(name)))
            continue
        off = _aside(lines.drop(columns=name), list(lines.index).index(place), height, top - low)
        far = _LEADER if abs(off) > _OFFSETS[0] else None
        ax.annotate(str(name), (place, height), (0, off), textcoords="offset points", ha="center",
                    va="center", fontsize=9, arrowprops=far)  # fmt: skip
    for height, name in sorted(full):
        last = max(height, last + 0.05 * (top - low))
        ax.annotate(name, (lines.index[-1], last), (6, 0), textcoords="offset points", va="center",
                    fontsize=9, annotation_clip=False)  # fmt: skip
    ax.axhline(cost, color=INK, linewidth=1.2, linestyle="--")
    near = lines.iloc[-max(len(lines) // 3, 1) :].stack() - cost
    under = bool(((near >= 0) & (near < 0.1 * (top - low))).any())  # a line runs where the words would stand
    ax.annotate(tr("cost of winning one: {cost}", cost=money(cost)), (1, cost), (-4, -4 if under else 3),
                xycoords=("axes fraction", "data"), textcoords="offset points", fontsize=9, ha="right",
                va="top" if under else "bottom")  # fmt: skip
    said = {
        "age": age,
        "units": time_unit(unit, age),
        "best": ranked.index[-1],
        "worst": ranked.index[0],
        "most": money(float(ranked.iloc[-1])),
        "least": money(float(ranked.iloc[0])),
        "currency": currency,
    }
    if len(there) > 1:
        title = tr(
            "By age {age} {units} a customer had brought {least}\n({worst}) to {most} {currency} ({best})",
            **said,
        )
    else:
        title = tr("By age {age} {units} a customer of {best} had brought {most} {currency}", **said)
    ax.set_title(title)
    ax.set(xlabel=tr("age in {units}", units=time_unit(unit, 2)), ylim=(low, top))
    ax.set(ylabel=tr("profit a customer so far, {currency}", currency=currency))
    ax.set_xlim(lines.index[0] - 0.3, lines.index[-1] + 0.1)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    thousands(ax.yaxis)
    several = mark(
        "Lines of profit a customer so far by age, one a cohort. By age {age} {units} they lie between "
        "{least} ({worst}) and {most} {currency} ({best}). A dashed line marks the cost of winning one."
    )
    single = mark(
        "Line of profit a customer of {best} so far by age: {most} {currency} by age {age} {units}. A dashed "
        "line marks the cost of winning one."
    )
    alt = tr(several if len(there) > 1 else single, **said)
    return describe(ax, alt, lines)


@styled
def known_and_new(periods: pd.DataFrame, *, currency: str, ax: Axes | None = None) -> Axes:
    """Draw the profit of periods of equal length by who brought it: customers known before, or new ones.

    ``periods`` has a row a period, in order of time, and the columns ``of_known`` and ``of_new``.
    """
    assert ax is not None
    places = np.arange(len(periods))
    known, new = (periods[name].to_numpy(dtype=float) for name in ("of_known", "of_new"))
    ax.bar(places, known, color=BLUE, width=0.6)
    ax.bar(places, new, bottom=np.where(np.sign(new) == np.sign(known), known, 0.0), color=SKY, width=0.6,
           hatch="//", edgecolor="white")  # fmt: skip
    top = max(float((np.maximum(known, 0.0) + np.maximum(new, 0.0)).max()), 0.01)
    for place, low, high in zip(places, known, new, strict=True):
        if low > _INSIDE * top:
            ax.annotate(tr("known {amount}", amount=money(low)), (place, low / 2), color="white", ha="center",
                        va="center", fontsize=9.5)  # fmt: skip
        if high == 0:
            continue
        words = tr("new {amount}", amount=money(high))
        ax.annotate(words, (place, max(low, 0.0) + max(high, 0.0)), (0, 3), textcoords="offset points",
                    ha="center", fontsize=9.5)  # fmt: skip
    totals = known + new
    said = {
        "before": money(float(totals[-2])),
        "after": money(float(totals[-1])),
        "known": money(float(known[-1])),
        "new": money(float(new[-1])),
        "currency": currency,
        "first": periods.index[-2],
        "last": periods.index[-1],
    }
    if said["before"] == said["after"]:
        title = tr("Profit stayed at {after} {currency}:\nknown customers bring {known} of it", **said)
    elif totals[-1] > totals[-2]:
        title = tr(
            "Profit rose from {before} to {after} {currency}:\nknown customers bring {known} of it", **said
        )
    else:
        title = tr(
            "Profit fell from {before} to {after} {currency}:\nknown customers bring {known} of it", **said
        )
    ax.set_title(title)
    ax.set_xticks(places, [str(name) for name in periods.index])
    ax.set_ylabel(tr("profit, {currency}", currency=currency))
    ax.set_ylim(min(0.0, 1.1 * float(np.minimum(known, new).min())), 1.12 * top)
    ax.axhline(0, color=INK, linewidth=0.8)
    thousands(ax.yaxis)
    alt = tr(
        "Bars of profit by period, by who brought it. From {first} to {last} it goes from {before} to "
        "{after} {currency}, of which customers new in that period bring {new}.",
        **said,
    )
    return describe(ax, alt, periods)


def _aside(others: pd.DataFrame, place: int, height: float, span: float) -> int:
    """Return how many points above or below its end a line's name stands free of the other lines."""
    near = others.iloc[max(place - 1, 0) : place + 2]
    lowest, highest = near.min(), near.max()
    free = {}
    for off in _OFFSETS:
        at = height + off * span / _POINTS
        gap = np.maximum(lowest - at, at - highest).min()
        free[off] = float(gap) if np.isfinite(gap) else np.inf
        if free[off] > _TEXT * span / _POINTS:
            return off
    return max(free, key=lambda off: free[off])


def _shades(places: np.ndarray) -> list[tuple[float, float, float, float]]:
    from matplotlib import colormaps

    if len(places) == 1:
        places = np.array([_ALONE])
    return [colormaps["Blues"](place) for place in places[::-1]]
