"""Pictures of early warning: who is found, how early, at what profit, and whether a score is a chance."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from crmlab.errors import DataError, InputError
from crmlab.language import tr
from crmlab.plots.style import (
    BLUE,
    GREY,
    INK,
    LIGHT,
    ORANGE,
    PALETTE,
    describe,
    label_of,
    money,
    percents,
    styled,
    thousands,
)
from crmlab.words import capital, percent

_LINES = ("-", "--", "-.", ":")


@styled
def profit_by_alarm(found: pd.DataFrame, profit: pd.Series, *, currency: str, ax: Axes | None = None) -> Axes:
    """Draw what an alarm earns by how many it calls.

    ``found`` is what `alarms` returned, ``profit`` what `alarm_profit` made of it.
    """
    assert ax is not None
    if len(found) != len(profit):
        raise InputError("found and profit have other scores. Give the profit of these alarms.")
    everybody = float(found["called"].iloc[-1])
    share = np.append(0.0, found["called"].to_numpy() / everybody)
    earned = np.append(0.0, profit.to_numpy(dtype=float))
    ax.plot(share, earned, color=BLUE)
    ax.plot([0, 1], [0, earned[-1]], color=GREY, linewidth=1.2, linestyle="--")
    ax.annotate(tr("called at random"), (0.5, 0.5 * earned[-1]), (-8, -6), textcoords="offset points",
                color=INK, ha="right", va="top")  # fmt: skip
    ax.axhline(0, color=INK, linewidth=0.8)
    best = int(np.argmax(earned))
    said = {
        "most": money(earned[best]),
        "currency": currency,
        "share": percent(float(share[best]), 1),
        "all": money(earned[-1]),
    }
    ax.plot(share[best], earned[best], "o", color=ORANGE, markersize=9, markeredgecolor=INK)
    ax.annotate(tr("best: {share} called", **said), (share[best], earned[best]), (9, 5),
                textcoords="offset points")  # fmt: skip
    if best == 0:
        title = tr("No alarm pays: the best is to call nobody")
    elif best == len(earned) - 1:
        title = tr("Calling everybody earns most: {all} {currency}", **said)
    else:
        title = tr("Calling {share} earns {most} {currency}, calling everybody {all}", **said)
    ax.set_title(title)
    ax.set(xlabel=tr("share of customers called, highest score first"), xlim=(0, 1))
    ax.set_ylabel(tr("profit of the campaign, {currency}", **said))
    ax.margins(y=0.12)
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    thousands(ax.yaxis)
    alt = tr(
        "Curve of a campaign's profit by the share called: highest, {most} {currency}, at {share}; {all} "
        "if all are called.",
        **said,
    )
    return describe(ax, alt, pd.DataFrame({"share": share, "profit": earned}))


@styled
def race(found: Mapping[str, pd.DataFrame], *, ax: Axes | None = None) -> Axes:
    """Draw how often each score is right, by the share of leavers that it finds: what `alarms` returned.

    The first fifty called are left out, for chance alone throws such a curve about.
    """
    assert ax is not None
    some = next(iter(found.values()))
    base = float(some["precision"].iloc[-1])
    many = float(some["called"].iloc[-1])
    parts, rows, tenth = [], {}, {}
    for step, (name, table) in enumerate(found.items()):
        seen = table[table["called"] >= min(50.0, many)]
        style = _LINES[step % len(_LINES)]
        ax.plot(seen["recall"], seen["precision"], color=PALETTE[step % len(PALETTE)], linestyle=style,
                linewidth=1.8, label=label_of(name))  # fmt: skip
        at = int(np.abs(table["called"].to_numpy() / many - 0.1).argmin())
        tenth[name] = float(table["precision"].iloc[at])
        rows[name] = seen.set_index("recall")["precision"]
        parts.append(f"{label_of(name)}: {percent(tenth[name], 1)}")
    ax.axhline(base, color=INK, linewidth=1, linestyle="--")
    ax.annotate(tr("chance: {share}", share=percent(base, 1)), (1, base), (-2, -4), ha="right", va="top",
                textcoords="offset points")  # fmt: skip
    best = max(tenth, key=lambda name: tenth[name])
    said = {"best": label_of(best), "share": percent(tenth[best], 1), "base": percent(base, 1)}
    if tenth[best] > base:
        ax.set_title(capital(tr("{best}: of the first tenth {share} leave, of all {base}", **said)))
    else:
        ax.set_title(tr("No score finds more leavers than chance in its first tenth"))
    ax.set(
        xlabel=tr("share of leavers found (recall)"), ylabel=tr("share of those called who leave (precision)")
    )
    ax.set(xlim=(0, 1), ylim=(0, None))
    percents(ax.xaxis)
    percents(ax.yaxis)
    ax.legend(loc="upper right", frameon=False)
    alt = tr(
        "Curves of precision by recall, down to {base} where all are called. Precision in the first tenth: "
        "{parts}.",
        base=percent(base, 1),
        parts="; ".join(parts),
    )
    drawn = pd.concat(rows, names=["score"]).rename("precision").reset_index()
    return describe(ax, alt, drawn)


@styled
def lead(days: pd.Series, *, before: bool = True, ax: Axes | None = None) -> Axes:
    """Draw how many days the alarm came before leaving: what `lead_times` returned.

    With ``before`` false, days since the last purchase when it rang, where nobody says goodbye.
    """
    assert ax is not None
    rang = days.dropna()
    if rang.empty:
        raise DataError("The alarm rang for none of them, so there is no time to draw. Let it ring earlier.")
    width = max(float(np.ceil(rang.max() / 12)), 1.0)
    edges = np.arange(0, rang.max() + 2 * width, width)
    counts, _ = np.histogram(rang, edges)
    ax.bar(edges[:-1], counts, width=0.92 * width, align="edge", color=BLUE)
    middle = float(rang.median())
    ax.axvline(middle, color=ORANGE, linewidth=2)
    ax.annotate(tr("half of them"), (middle, 1.02 * counts.max()), (5, 0), textcoords="offset points")
    said = {
        "days": f"{middle:,.0f}",
        "rang": f"{len(rang):,}",
        "all": f"{len(days):,}",
        "silent": f"{len(days) - len(rang):,}",
    }
    if before:
        ax.set_title(
            tr("It rang for {rang} of {all} leavers, for half of these {days} days ahead or more", **said)
        )
        ax.set_xlabel(tr("days from the first alarm to leaving"))
    else:
        ax.set_title(
            tr("Half of the {rang} it found had last bought {days} days before, or longer ago", **said)
        )
        ax.set_xlabel(tr("days from the last purchase to the alarm"))
    ax.set_ylabel(tr("leavers"))
    ax.set_ylim(0, 1.15 * counts.max())
    ax.set_xlim(0, None)
    alt = tr(
        "Bars of leavers by days; the middle one of {rang} is at {days}, and {silent} have none.", **said
    )
    return describe(ax, alt, pd.DataFrame({"from": edges[:-1], "leavers": counts}))


@styled
def lift(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how many times the usual share left, by class of score: what `score_table` returned."""
    assert ax is not None
    base = table["left"].sum() / table["customers"].sum()
    colours = [BLUE if each >= 1 else LIGHT for each in table["lift"]]
    ax.bar(table.index, table["lift"], color=colours, width=0.8)
    ends = np.array([table["share"] - table["low"], table["high"] - table["share"]]).clip(min=0) / base
    ax.errorbar(table.index, table["lift"], yerr=ends, fmt="none", color=INK, capsize=3, linewidth=1.1)
    ax.axhline(1, color=INK, linewidth=1, linestyle="--")
    ax.annotate(tr("chance"), (table.index[-1] + 0.45, 1), (0, 4), textcoords="offset points", ha="right")
    top = table.iloc[0]
    said = {
        "share": percent(top["customers"] / table["customers"].sum()),
        "lift": f"{top['lift']:.1f}",
        "reached": percent(top["reached"]),
    }
    ax.set_title(tr("The top {share} leave {lift} times as often: {reached} of all leavers", **said))
    ax.set(xlabel=tr("class of score, 1 is the highest"), ylabel=tr("lift"))
    ax.set_xticks(table.index)
    parts = ", ".join(f"{each:.1f}" for each in table["lift"])
    return describe(ax, tr("Bars of lift by class of score, highest first: {parts}.", parts=parts), table)


@styled
def calibration(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the share who left against the mean score, by class: what `score_table` returned of a chance."""
    assert ax is not None
    if not table["score"].between(0, 1).all():
        raise InputError("The scores are no chances from 0 to 1, so they cannot be calibrated.")
    top = 1.08 * float(max(table["score"].max(), table["high"].max()))
    ax.plot([0, top], [0, top], color=GREY, linewidth=1.2, linestyle="--")
    ax.annotate(tr("as said"), (0.86 * top, 0.86 * top), (6, -12), textcoords="offset points", color=INK)
    ends = np.array([table["share"] - table["low"], table["high"] - table["share"]]).clip(min=0)
    ax.errorbar(table["score"], table["share"], yerr=ends, fmt="o", color=BLUE, capsize=3)
    said_right = ((table["low"] <= table["score"]) & (table["score"] <= table["high"])).sum()
    expected = (table["score"] * table["customers"]).sum() / table["customers"].sum()
    left = table["left"].sum() / table["customers"].sum()
    said = {
        "right": said_right,
        "all": len(table),
        "expected": percent(expected, 1),
        "left": percent(left, 1),
    }
    ax.set_title(tr("{expected} were to leave, {left} did; {right} of {all} classes as said", **said))
    ax.set(xlabel=tr("mean score of the class"), ylabel=tr("share who left"), xlim=(0, top), ylim=(0, top))
    percents(ax.xaxis)
    percents(ax.yaxis)
    alt = tr(
        "Points of the share who left against the mean score, by class, with limits: {right} of {all} hold "
        "the line on which both are equal. Said were {expected} in all, and {left} left.",
        **said,
    )
    return describe(ax, alt, table)
