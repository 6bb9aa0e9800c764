"""Pictures of baskets: whether rules hold in later baskets, and whether their promises sell anything."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.arguments import whole
from crmlab.language import ntr, tr
from crmlab.plots.style import BLUE, GREY, INK, LIGHT, ORANGE, describe, label_of, percents, styled


def _rule(row: pd.Series) -> str:
    sides = [" + ".join(label_of(item) for item in row[side]) for side in ("if", "then")]
    return f"{sides[0]} → {sides[1]}"


@styled
def held(found: pd.DataFrame, *, most: int = 10, ax: Axes | None = None) -> Axes:
    """Draw the lift of rules when they were found, and in later baskets.

    It takes what `crmlab.segments.baskets.later_rules` returned; the first rules are drawn.
    """
    assert ax is not None
    table = found.head(whole(most, "most", "a number of rules", least=1))[::-1]
    places = np.arange(len(table))
    sure = ((table["p_adjusted"] < 0.05) & (table["lift"] > 1)).to_numpy()
    ax.axvline(1, color=GREY, linewidth=1)
    for place, (_, row), is_sure in zip(places, table.iterrows(), sure, strict=True):
        ax.plot([row["lift_then"], row["lift"]], [place, place], color=LIGHT, linewidth=3)
        ax.plot(row["lift_then"], place, "D", color=INK, markerfacecolor="white", markersize=6)
        ax.plot(row["lift"], place, "o", color=BLUE if is_sure else ORANGE, markersize=9, markeredgecolor=INK)
    ax.set_yticks(places, [_rule(row) for _, row in table.iterrows()])
    ax.set_ylim(-0.6, len(table) - 0.1)
    first = table.iloc[-1]
    for column, rise, words in (("lift_then", 9, tr("when found")), ("lift", -18, tr("later"))):
        ax.annotate(
            words, (first[column], places[-1]), (0, rise), textcoords="offset points", ha="center", fontsize=9
        )
    ax.set_xlabel(tr("lift; 1: no more than by chance"))
    ax.margins(x=0.12)
    title = ntr(
        "Sure also in later baskets: {kept} of {n} rule",
        "Sure also in later baskets: {kept} of {n} rules",
        len(table),
        kept=int(sure.sum()),
    )
    ax.set_title(title)
    parts = "; ".join(
        tr("{rule}: {then:.2f}, later {later:.2f}", rule=_rule(row), then=row["lift_then"], later=row["lift"])
        for _, row in table[::-1].iterrows()
    )
    return describe(
        ax, tr("Lift of rules when found and in later baskets. {parts}.", parts=parts), table[::-1]
    )


@styled
def promises(found: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw what rules promise, what is bought without a suggestion, and what is with one.

    It takes what `crmlab.segments.baskets.promise_kept` returned.
    """
    assert ax is not None
    table = found.drop(index="all") if len(found) > 2 else found
    places = np.arange(len(table))
    ax.plot(places, table["promise"], "_", color=INK, markersize=26, markeredgewidth=2)
    for name, shift, colour in (("without", -0.16, LIGHT), ("with", 0.16, BLUE)):
        bars = ax.bar(places + shift, table[name], width=0.3, color=colour)
        ax.bar_label(bars, [f"{share:.0%}" for share in table[name].fillna(0.0)], padding=2, fontsize=9)
    ax.set_xticks(places, [tr("everybody") if name == "all" else name for name in table.index])
    ax.set_ylim(0, 1.25 * float(np.nanmax(table[["promise", "with", "without"]].to_numpy())))
    last = len(table) - 1
    row = table.iloc[-1]
    ax.text(last + 0.4, row["promise"], tr("promised"), va="center")
    ax.text(last + 0.4, 0.55 * row["with"], tr("with a\nsuggestion"), va="center", color=BLUE)
    ax.text(last + 0.4, 0.2 * row["with"], tr("without"), va="center", color="#6B6B6B")
    ax.set_xlim(-0.6, last + 1.15)
    percents(ax.yaxis)
    ax.set(xlabel=tr("customers, by what the rules promise"), ylabel=tr("share that bought the item"))
    every = found.loc["all"]
    words = {"promised": every["promise"], "added": 100 * every["effect"]}
    if np.isnan(every["low"]) or every["low"] <= 0 <= every["high"]:
        title = tr("Rules promised {promised:.0%}; suggestions added nothing that is sure", **words)
    else:
        title = tr("Rules promised {promised:.0%}; suggestions added {added:.1f} points", **words)
    ax.set_title(title)
    parts = "; ".join(
        tr(
            "{name}: promised {promise:.0%}, with {one:.0%}, without {other:.0%}",
            name=tr("everybody") if name == "all" else name,
            promise=row["promise"],
            one=row["with"],
            other=row["without"],
        )
        for name, row in found.fillna(0.0).iterrows()
    )
    alt = tr("Bars of what was bought by what rules promised. {parts}.", parts=parts)
    return describe(ax, alt, found)
