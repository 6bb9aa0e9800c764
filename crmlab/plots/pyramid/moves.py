"""Pictures of moves: those beyond chance, what a step is worth, and the death spiral of full cost."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from crmlab.errors import DataError
from crmlab.language import ntr, tr
from crmlab.plots.style import BLUE, INK, LIGHT, RED, describe, heatmap, label_of, money, styled
from crmlab.words import capital, percent


@styled
def beyond_chance(found: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the moves between tiers that were seen, above those that chance alone makes.

    It takes what `crmlab.pyramid.moves_beyond_chance` returned. Framed: more or fewer than in 95 % of draws.
    """
    assert ax is not None
    cells: Any = found
    seen: Any
    chance: Any
    seen, chance = (found[name].unstack() for name in ("seen", "by_chance"))
    share: Any = chance.div(chance.sum(axis=1), axis=0)
    real = ((found["seen"] < found["low"]) | (found["seen"] > found["high"])).unstack()
    names = [label_of(name) for name in seen.index]
    heatmap(ax, share.set_axis(names).set_axis(names, axis=1), text=lambda _: "")
    for row in range(len(names)):
        for column in range(len(names)):
            dark = share.iloc[row, column] > 0.6
            ax.text(
                column + 0.5,
                row + 0.42,
                f"{seen.iloc[row, column]:,.0f}",
                ha="center",
                va="center",
                fontweight="bold",
                color="white" if dark else INK,
            )
            ax.text(
                column + 0.5,
                row + 0.7,
                tr("chance {n:,.0f}", n=chance.iloc[row, column]),
                ha="center",
                va="center",
                fontsize=8.5,
                color="white" if dark else INK,
            )
            if real.iloc[row, column]:
                ax.add_patch(
                    Rectangle(
                        (column + 0.03, row + 0.03), 0.94, 0.94, fill=False, edgecolor=RED, linewidth=2.5
                    )
                )
    ax.set(xlabel=tr("later tier; framed: beyond chance"), ylabel=tr("earlier tier"))
    first = seen.index[0]
    top = seen.loc[first].sum()
    words = {
        "tier": names[0],
        "fell": percent(1 - seen.loc[first, first] / top) if top else "",
        "luck": percent(1 - chance.loc[first, first] / chance.loc[first].sum()) if top else "",
    }
    if not top:
        title = tr("Nobody was in the highest tier")
    else:
        title = capital(tr("{fell} of {tier} fell; chance alone would take {luck}", **words))
    ax.set_title(title)
    parts = "; ".join(
        tr(
            "{earlier} to {later}: {seen:,.0f} seen, {chance:,.0f} by chance",
            earlier=label_of(earlier),
            later=label_of(later),
            seen=row["seen"],
            chance=row["by_chance"],
        )
        for (earlier, later), row in cells.iterrows()
    )
    return describe(ax, tr("Table of moves between tiers. {parts}.", parts=parts), found)


@styled
def steps(found: pd.DataFrame, *, currency: str, ax: Axes | None = None) -> Axes:
    """Draw the gap of each tier to the one above, in the year that made the tiers and a year later.

    It takes what `crmlab.pyramid.step_value` returned.
    """
    assert ax is not None
    table = found.dropna(subset=["step_now", "step_later"])
    if table.empty:
        raise DataError("There is no step between two tiers with customers, so there is nothing to draw.")
    places = np.arange(len(table))
    for name, shift, colour, words in (
        ("step_now", -0.2, LIGHT, tr("in the year that made the tiers")),
        ("step_later", 0.2, BLUE, tr("a year later")),
    ):
        ax.bar(places + shift, table[name], width=0.36, color=colour, label=words)
        for place, value, top in zip(
            places, table[name], table[name if name == "step_now" else "high"], strict=True
        ):
            ax.annotate(
                money(value),
                (place + shift, max(top, value, 0.0)),
                (0, 3),
                textcoords="offset points",
                ha="center",
                fontsize=9,
            )
    for place, (_, row) in zip(places, table.iterrows(), strict=True):
        ax.plot([place + 0.2] * 2, [row["low"], row["high"]], color=INK, linewidth=1.5)
    ax.axhline(0, color=INK, linewidth=0.8)
    ax.set_xticks(places, [tr("{tier}, one up", tier=label_of(name)) for name in table.index])
    ax.set_ylabel(tr("gap to the tier above, {currency}", currency=currency))
    ax.margins(y=0.15)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=2)
    row = table.iloc[0]
    left = row["step_later"] / row["step_now"] if row["step_now"] else np.nan
    if np.isfinite(left):
        title = tr(
            "A year later {left} of the gap above {tier} is left",
            left=percent(max(left, 0.0)),
            tier=label_of(table.index[0]),
        )
    else:
        title = tr("There is no gap above {tier}", tier=label_of(table.index[0]))
    ax.set_title(title)
    parts = "; ".join(
        tr(
            "{tier}: {now} then, {later} later",
            tier=label_of(name),
            now=money(row["step_now"]),
            later=money(row["step_later"]),
        )
        for name, row in table.iterrows()
    )
    return describe(
        ax,
        tr("Bars of the gaps between tiers, in {currency}. {parts}.", currency=currency, parts=parts),
        table,
    )


@styled
def spiral(found: pd.DataFrame, *, currency: str, ax: Axes | None = None) -> Axes:
    """Draw what the firm earns round by round, as those who do not earn their full cost are dropped.

    It takes what `crmlab.pyramid.death_spiral` returned.
    """
    assert ax is not None
    rounds = found.index.to_numpy()
    colours = [BLUE if each >= 0 else RED for each in found["profit"]]
    ax.bar(rounds, found["profit"], color=colours, width=0.7)
    ax.axhline(0, color=INK, linewidth=0.8)
    for place, row in found.iterrows():
        up = row["profit"] >= 0
        words = ntr("{n:,} customer", "{n:,} customers", int(row["customers"]))
        ax.annotate(
            f"{money(row['profit'])}\n{words}",
            (place, row["profit"]),
            (0, 4 if up else -4),
            ha="center",
            va="bottom" if up else "top",
            textcoords="offset points",
            fontsize=9,
        )
    ax.set_xticks(rounds, [tr("as it is") if each == 0 else str(each) for each in rounds])
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.margins(y=0.25)
    ax.set(xlabel=tr("round of dropping whoever does not earn their full cost"))
    ax.set_ylabel(tr("what the firm earns, {currency}", currency=currency))
    first, last = found.iloc[0], found.iloc[-1]
    ends = {"first": money(first["profit"]), "last": money(last["profit"]), "currency": currency}
    if len(found) == 1:
        title = tr("Everybody earns their full cost: nobody is dropped")
    elif last["profit"] < first["profit"]:
        title = tr("Dropping losers turns {first} {currency} into {last}", **ends)
    else:
        title = tr("Dropping losers raises {first} {currency} to {last}", **ends)
    ax.set_title(title)
    parts = "; ".join(
        tr("{n:,} customers: {profit}", n=int(row["customers"]), profit=money(row["profit"]))
        for _, row in found.iterrows()
    )
    return describe(
        ax, tr("Bars of profit by round, in {currency}. {parts}.", currency=currency, parts=parts), found
    )
