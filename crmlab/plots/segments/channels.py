"""Pictures of channels: who gets the credit, how alike the compared are, and choice against effect."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.language import ntr, tr
from crmlab.plots.style import BLUE, GREY, INK, LIGHT, ORANGE, PALETTE, describe, label_of, styled, thousands

_MARKERS = "oDs^vPX"


@styled
def credit(
    credits: Mapping[str, pd.Series], *, truth: pd.Series | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the orders that each way of sharing out gives to each channel, beside the truth where known.

    It takes Series by channel, such as `crmlab.segments.channels.shapley` and `removal` return.
    """
    assert ax is not None
    table = pd.DataFrame(dict(credits)).fillna(0.0)
    by = truth.reindex(table.index).fillna(0.0) if truth is not None else table.iloc[:, 0]
    table = table.loc[by.sort_values().index]
    by = by.reindex(table.index)
    places = np.arange(len(table))
    if truth is not None:
        bars = ax.barh(places, by, height=0.6, color=LIGHT)
        words = [tr("truth") if place == places[-1] else "" for place in places]
        ax.bar_label(bars, words, padding=-34, fontsize=9, color="#5A5A5A")
    for number, name in enumerate(table.columns):
        colour, marker = PALETTE[number % len(PALETTE)], _MARKERS[number % len(_MARKERS)]
        shift = (number - (table.shape[1] - 1) / 2) * 0.16
        ax.plot(
            table[name],
            places + shift,
            marker,
            color=colour,
            markersize=8,
            markeredgecolor=INK,
            label=label_of(name),
        )
    ax.set_yticks(places, [label_of(name) for name in table.index])
    thousands(ax.xaxis)
    ax.set_xlim(left=min(0.0, float(table.min().min())))
    ax.set_xlabel(tr("first orders credited"))
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=4)
    drawn = table.assign(truth=by) if truth is not None else table
    if truth is not None:
        off = table.sub(by, axis=0).abs().sum() / 2
        nearest = off.index[int(off.argmin())]
        title = ntr(
            "{way} is nearest to the truth: {n:,} order misplaced",
            "{way} is nearest to the truth: {n:,} orders misplaced",
            round(off[nearest]),
            way=label_of(nearest),
        )
    else:
        spread = (table.max(axis=1) - table.min(axis=1)).sort_values()
        title = tr(
            "The ways differ most on {channel}: by {spread:,.0f} orders",
            channel=label_of(spread.index[-1]),
            spread=spread.iloc[-1],
        )
    ax.set_title(title[:1].upper() + title[1:])
    parts = "; ".join(
        f"{label_of(channel)}: " + ", ".join(f"{label_of(name)} {value:,.0f}" for name, value in row.items())
        for channel, row in drawn[::-1].iterrows()
    )
    return describe(ax, tr("Orders credited to channels. {parts}.", parts=parts), drawn[::-1])


@styled
def balanced(found: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how alike treated customers and others are, before and after matching.

    It takes what `crmlab.segments.matching.balance` returned with weights.
    """
    assert ax is not None
    table = found.loc[found["difference"].abs().fillna(0.0).sort_values().index]
    places = np.arange(len(table))
    ax.axvspan(-0.1, 0.1, color=LIGHT, alpha=0.6, linewidth=0)
    ax.axvline(0, color=GREY, linewidth=1)
    ax.plot(table["difference"], places, "D", color=INK, markerfacecolor="white", markersize=7)
    ax.plot(table["difference_matched"], places, "o", color=BLUE, markersize=8)
    ax.set_yticks(places, [label_of(name) for name in table.index])
    ax.set_ylim(-0.6, len(table) - 0.1)
    ax.margins(x=0.15)
    for column, rise, words in (("difference", 9, tr("before")), ("difference_matched", -16, tr("matched"))):
        ax.annotate(
            words,
            (table[column].iloc[-1], places[-1]),
            (0, rise),
            textcoords="offset points",
            ha="center",
            fontsize=9,
        )
    ax.set_xlabel(tr("standardised difference; shaded: alike"))
    far = int((table["difference_matched"].abs() > 0.1).sum())
    if far:
        title = ntr("Matching leaves {n} covariate apart", "Matching leaves {n} covariates apart", far)
    else:
        title = tr("After matching, the compared are alike in all that was seen")
    ax.set_title(title)
    parts = "; ".join(
        tr(
            "{name}: {before:.2f} before, {after:.2f} matched",
            name=label_of(name),
            before=row["difference"],
            after=row["difference_matched"],
        )
        for name, row in table[::-1].fillna(0.0).iterrows()
    )
    return describe(ax, tr("Differences between the compared. {parts}.", parts=parts), table[::-1])


@styled
def effects(found: pd.DataFrame, *, unit: str, ax: Axes | None = None) -> Axes:
    """Draw an effect as several ways measure it, the last the one to believe, such as that by lot.

    It takes a row a way: ``effect`` with ``low`` and ``high``, missing for a plain difference.
    """
    assert ax is not None
    places = np.arange(len(found))[::-1]
    ax.axvline(0, color=GREY, linewidth=1)
    for place, (name, row) in zip(places, found.iterrows(), strict=True):
        colour = BLUE if name == found.index[-1] else ORANGE
        ax.plot([row["low"], row["high"]], [place, place], color=colour, linewidth=3)
        ax.plot(row["effect"], place, "o", color=colour, markersize=9, markeredgecolor=INK)
        ax.annotate(
            f"{row['effect']:,.2f}", (row["effect"], place), (0, 9), textcoords="offset points", ha="center"
        )
    ax.set_yticks(places, [label_of(name) for name in found.index])
    ax.set_ylim(-0.6, len(found) - 0.3)
    ax.margins(x=0.15)
    ax.set_xlabel(unit)
    first, last = found.iloc[0], found.iloc[-1]
    words = {
        "first": label_of(found.index[0]),
        "seen": first["effect"],
        "last": label_of(found.index[-1]),
        "true": last["effect"],
    }
    if last["low"] <= 0 <= last["high"]:
        title = tr("{first}: {seen:,.2f}; {last}: nothing that is sure", **words)
    else:
        title = tr("{first}: {seen:,.2f}; {last}: {true:,.2f}", **words)
    ax.set_title(title[:1].upper() + title[1:])
    parts = "; ".join(
        f"{label_of(name)} {row['effect']:,.2f}"
        + (
            ""
            if np.isnan(row["low"])
            else tr(", {low:,.2f} to {high:,.2f}", low=row["low"], high=row["high"])
        )
        for name, row in found.iterrows()
    )
    return describe(ax, tr("An effect as several ways measure it. {parts}.", parts=parts), found)
