"""Pictures of how long customers stay: survival, hazard by age, the triangle of cohorts, looks by day."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from crmlab.customers import DAYS, PERIODS
from crmlab.errors import DataError, unknown
from crmlab.intervals import rate_limits
from crmlab.language import mark, tr
from crmlab.plots.style import BLUE, INK, LIGHT, ORANGE, describe, heatmap, percents, styled
from crmlab.words import percent, time_unit

_WORDS = 12  # columns of a triangle up to which each cell has its number


@styled
def staying(curve: pd.DataFrame, life: pd.Series, *, unit: str = "Y", ax: Axes | None = None) -> Axes:
    """Draw Kaplan and Meier's curve with its limits, and the two means of how long customers stay.

    ``curve`` is what `survival` returned, ``life`` what `mean_life` returned, in the time unit given.
    """
    assert ax is not None
    length, name = _unit(unit)
    time = np.append(0.0, curve.index.to_numpy(dtype=float)) / length
    share = np.append(1.0, curve["survival"].to_numpy())
    low, high = (np.append(1.0, curve[each].to_numpy()) for each in ("low", "high"))
    ax.fill_between(time, low, high, step="post", color=LIGHT)
    ax.step(time, share, where="post", color=BLUE)
    end = float(life["horizon"])
    said: dict[str, Any] = {
        "mean": f"{life['restricted']:.3g}",
        "left": f"{life['of_leavers']:.3g}",
        "horizon": f"{end:.3g}",
        "units": time_unit(name, 1 if end == 1 else 2),
        "share": percent(float(share[time <= end][-1])),
    }
    lines = [(float(life["restricted"]), "-", tr("all, over {horizon} {units}: {mean}", **said), 0.93)]
    if np.isfinite(life["of_leavers"]):
        lines.append((float(life["of_leavers"]), ":", tr("those who left: {left}", **said), 0.80))
        title = tr("Of {horizon} {units} customers stay {mean} on average; leavers stayed {left}", **said)
    else:
        title = tr("Nobody has left in {horizon} {units}", **said)
    for place, style, words, height in lines:
        ax.axvline(place, color=INK, linewidth=1.3, linestyle=style, ymax=height)
        ax.annotate(
            words, (place, height * 1.05), (5, -3), textcoords="offset points", fontsize=9.5, va="top"
        )
    ax.set_title(title)
    ax.set(xlabel=tr("{units} since signing", units=time_unit(name, 2)), ylabel=tr("share still there"))
    ax.set(ylim=(0, 1.05), xlim=(0, max(end, time[-1])))
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1])
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    alt = tr(
        "Falling curve of the share of customers still there, with its limits: {share} after {horizon} "
        "{units}. A vertical line marks the mean stay of all in that time, {mean}.",
        **said,
    )
    if np.isfinite(life["of_leavers"]):
        alt += " " + tr("A dotted line marks that of those who left, {left}.", **said)
    return describe(ax, alt, curve)


@styled
def hazard(ages: pd.DataFrame, *, unit: str = "M", ax: Axes | None = None) -> Axes:
    """Draw how readily customers leave at each age, with limits: what `retention_by_age` returned."""
    assert ax is not None
    _, name = _unit(unit)
    ends = np.array([ages["hazard"] - ages["low"], ages["high"] - ages["hazard"]]).clip(min=0)
    ax.errorbar(ages.index, ages["hazard"], yerr=ends, color=BLUE, ecolor=LIGHT, elinewidth=4, marker="o",
                markersize=4, linewidth=1.2)  # fmt: skip
    third = max(len(ages) // 3, 1)
    ends_ = [part[["left", "exposure"]].sum() for part in (ages.head(third), ages.tail(third))]
    rates = [part["left"] / part["exposure"] for part in ends_]
    limits = [rate_limits(part["left"], part["exposure"]) for part in ends_]
    rarer, readier = limits[0][0] > limits[1][1], limits[0][1] < limits[1][0]
    said = {
        "unit": time_unit(name),
        "first": percent(rates[0], 1),
        "last": percent(rates[1], 1),
        "many": third,
        "units": time_unit(name, third),
    }
    if rarer:
        title = tr("Leaving grows rarer with age: {first} a {unit} at first, {last} at last", **said)
    elif readier:
        title = tr("Leaving grows with age: {first} a {unit} at first, {last} at last", **said)
    else:
        title = tr("No sure change with age: {first} a {unit} at first, {last} at last", **said)
    ax.set_title(title)
    ax.set(xlabel=tr("age in {units}", units=time_unit(name, 2)), ylabel=tr("leaving a {unit}", **said))
    ax.set_ylim(bottom=0)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    percents(ax.yaxis)
    alt = tr(
        "Rate of leaving by age, with limits: {first} a {unit} in the first {many} {units}, {last} in the "
        "last.",
        **said,
    )
    return describe(ax, alt, ages)


@styled
def triangle(table: pd.DataFrame, *, unit: str = "M", ax: Axes | None = None) -> Axes:
    """Draw the retention of cohorts by age as a shaded triangle: what `cohort_table` returned."""
    assert ax is not None
    _, name = _unit(unit)
    share = table.div(table[table.columns[0]].where(table[table.columns[0]] != 0), axis=0)
    words = "{:.0%}" if len(share.columns) <= _WORDS else ""
    heatmap(ax, share, text=words.format, low=None, label="" if words else tr("share of the first age"))
    known = share.notna().sum()
    at = int(known[known >= 2].index[-1]) if (known >= 2).any() else int(share.columns[-1])
    cells = share[at].dropna()
    said = {
        "age": at,
        "units": time_unit(name, at),
        "first": percent(float(cells.iloc[0])),
        "last": percent(float(cells.iloc[-1])),
        "one": cells.index[0],
        "two": cells.index[-1],
    }
    one = mark("After {age} {units}: {first} of {one}")
    two = mark("After {age} {units}: {first} of {one}, {last} of {two}")
    ax.set_title(tr(one if len(cells) < 2 else two, **said))
    ax.set(xlabel=tr("age in {units}", units=time_unit(name, 2)), ylabel=tr("cohort"))
    ax.tick_params(axis="x", rotation=0)
    alt = tr(
        "Triangle of the share kept, cohorts by age. After {age} {units}, {first} of {one} and {last} of "
        "{two}; younger cohorts have not been observed that long.",
        **said,
    )
    return describe(ax, alt, share)


@styled
def looks(means: pd.DataFrame, *, horizon: float, unit: str = "M", ax: Axes | None = None) -> Axes:
    """Draw how the two means of how long customers stay move with the day on which one looks.

    ``means`` has a row a day, and the columns ``of_leavers`` and ``restricted`` of what `mean_life` returned,
    the second over the horizon given, all in the time unit.
    """
    assert ax is not None
    _, name = _unit(unit)
    table = means[["of_leavers", "restricted"]].astype(float)
    if not table.notna().any(axis=None):
        raise DataError("No day has a mean, so there is nothing to draw.")
    said: dict[str, Any] = {"horizon": f"{horizon:.3g}", "units": time_unit(name, horizon)}
    lines = {
        "of_leavers": (ORANGE, ":", tr("those who left by then")),
        "restricted": (BLUE, "-", tr("all, in their first {horizon} {units}", **said)),
    }
    ends: dict[str, list[str]] = {}
    top = 1.2 * float(table.to_numpy()[table.notna()].max())
    for column, (colour, style, words) in lines.items():
        known = table[column].dropna()
        if known.empty:
            continue
        ends[column] = [f"{known.iloc[place]:.1f}" for place in (0, -1)]
        ax.plot(known.index, known, style, color=colour, marker="o", markersize=5)
        start = known.iloc[0]
        above = column == "restricted" or start < top / 8
        ax.annotate(words, (known.index[0], start), (0 if above else 9, 9 if above else -7),
                    va="bottom" if above else "top", textcoords="offset points",
                    fontweight="bold")  # fmt: skip
    first, last = ends.get("of_leavers", ["", ""])
    one, two = ends.get("restricted", ["", ""])
    said |= {"first": first, "last": last, "one": one, "two": two, "unit": time_unit(name, 2)}
    if not first:
        title = tr("Nobody had left on any of these days", **said)
    elif first == last:
        title = tr("On the first day and on the last, those who left had stayed {last} {unit}", **said)
    else:
        title = tr("Day by day, the mean of those who left goes from {first} to {last} {unit}", **said)
    ax.set_title(title)
    ax.set(xlabel=tr("day on which one looks"), ylabel=tr("mean stay in {unit}", **said))
    ax.set_ylim(0, top)
    ax.set_xticks(table.index)
    ax.set_xticklabels([f"{when:%Y-%m-%d}" for when in table.index])
    alt = tr("Mean stay by the day on which one looks.")
    if first:
        alt += " " + tr(
            "Of those who left by then: {first} {unit} on the first day, {last} on the last.", **said
        )
    if one:
        alt += " " + tr(
            "Of all, in their first {horizon} {units}: {one} {unit} on the first day, {two} on the last.",
            **said,
        )
    return describe(ax, alt, table)


def _unit(unit: str) -> tuple[float, str]:
    if unit not in DAYS:
        raise unknown("time unit", unit, DAYS)
    return DAYS[unit], PERIODS[unit]
