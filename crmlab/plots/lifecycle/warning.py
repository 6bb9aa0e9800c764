"""Pictures of early warning: profit by alarm, lift, and whether a score may be taken for a chance."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from crmlab.errors import InputError
from crmlab.language import tr
from crmlab.plots.style import BLUE, GREY, INK, LIGHT, ORANGE, describe, money, percents, styled, thousands
from crmlab.words import percent


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
