"""Pictures of customer equity: those we have and those to come, and what to spend on winning and keeping."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.clv.equity import equity_test, prospect_equity
from crmlab.language import tr
from crmlab.plots.style import BLUE, GREY, INK, ORANGE, SKY, describe, money, styled, thousands
from crmlab.words import percent

_POINTS = 120


@styled
def parts(table: pd.DataFrame, *, currency: str, ax: Axes | None = None) -> Axes:
    """Draw what the customers we have and those to come bring by year, in money of today, and their sums.

    The table is indexed by the year from now, and has the columns ``have`` and ``to_come``, discounted; what
    winning those to come costs is taken off them.
    """
    assert ax is not None
    total = table[["have", "to_come"]].sum()
    have, come = table["have"], table["to_come"]
    ax.bar(table.index, have, width=0.85, color=BLUE)
    # Where those to come cost more than they bring, their bar hangs below the line.
    ax.bar(table.index, come, width=0.85, bottom=np.where(come >= 0, have.clip(lower=0), 0), color=SKY,
           edgecolor=INK, linewidth=0.6, hatch="//")  # fmt: skip
    ax.axhline(0, color=INK, linewidth=0.8)
    whole = float(total.sum())
    words = [
        tr("customers we have: {value}", value=money(float(total["have"]))),
        tr("customers to come (hatched): {value}", value=money(float(total["to_come"]))),
    ]
    for step, (text, colour) in enumerate(zip(words, (BLUE, SKY), strict=True)):
        frame = {"facecolor": "white", "edgecolor": colour, "pad": 3, "linewidth": 2}
        ax.annotate(text, (0.98, 0.93 - 0.1 * step), xycoords="axes fraction", ha="right", bbox=frame)
    said = {"whole": money(whole), "currency": currency}
    if whole > 0 and total["to_come"] > 0:
        said["share"] = percent(float(total["to_come"]) / whole)
        title = tr("Of {whole} {currency}, {share} lie in customers to come", **said)
    elif whole > 0:
        title = tr("{whole} {currency}, and customers to come add nothing to it", **said)
    else:
        title = tr("The customers, those to come too, are worth {whole} {currency}", **said)
    ax.set(title=title, xlabel=tr("years from now"))
    ax.set_ylabel(tr("profit of the year, {currency} of today", currency=currency))
    thousands(ax.yaxis)
    ax.margins(y=0.12)
    alt = tr("Stacked bars by year. {title}. {words}.", title=title, words="; ".join(words))
    return describe(ax, alt, table)


@styled
def budgets(
    *,
    margin: float,
    discount_rate: float,
    acquired: tuple[float, float, float],
    retained: tuple[float, float, float],
    currency: str,
    ax: Axes | None = None,
) -> Axes:
    """Draw the equity of a prospect by spending on winning and on keeping, the other at its best.

    The numbers are those of `crmlab.clv.equity_test`; hollow dots are what is spent now.
    """
    assert ax is not None
    terms: Any = {
        "margin": margin,
        "discount_rate": discount_rate,
        "acquired": acquired,
        "retained": retained,
    }
    best = equity_test(**terms)
    at = float(best["acquisition_spending"]), float(best["retention_spending"])
    now = acquired[1], retained[1]
    spending = np.linspace(0, 1.9 * max(*at, *now), _POINTS)
    table = pd.DataFrame(
        {
            "acquisition": [prospect_equity(each, at[1], **terms) for each in spending],
            "retention": [prospect_equity(at[0], each, **terms) for each in spending],
        },
        index=pd.Index(spending, name="spending"),
    )
    names = {"acquisition": tr("on winning a prospect"), "retention": tr("on keeping a customer, a year")}
    lines = (("acquisition", BLUE, "-"), ("retention", ORANGE, "--"))
    for number, (name, colour, dash) in enumerate(lines):
        ax.plot(table.index, table[name], color=colour, linestyle=dash)
        top = float(best["equity"])
        ax.plot(at[number], top, "o", color=colour, markeredgecolor=INK, zorder=3)
        other = (now[0], at[1]) if number == 0 else (at[0], now[1])
        ax.plot(now[number], prospect_equity(*other, **terms), "o", color="white", markeredgecolor=colour,
                markeredgewidth=2, markersize=8, zorder=3)  # fmt: skip
        words = tr("{name}:\n{spending}", name=names[name], spending=money(at[number]))
        side = "left" if at[number] > at[1 - number] else "right"
        ax.annotate(words, (at[number], top), (4 if side == "left" else -4, 9), textcoords="offset points",
                    ha=side, color=colour, fontweight="bold")  # fmt: skip
    ax.axhline(0, color=GREY, linewidth=0.8)
    today = prospect_equity(*now, **terms)
    said = {"best": money(float(best["equity"])), "now": money(today), "currency": currency}
    if best["equity"] > today * 1.005 + 1e-9:
        title = tr("A prospect is worth {now} {currency} today, and {best} at the best spending", **said)
    else:
        title = tr("The spending of today is the best: a prospect is worth {best} {currency}", **said)
    ax.set(title=title, xlabel=tr("spending, {currency} (hollow: today)", currency=currency))
    ax.set_ylabel(tr("equity of a prospect, {currency}", currency=currency))
    low, high = float(table.min().min()), float(best["equity"])
    ax.set_ylim(low - 0.05 * (high - low), high + 0.25 * (high - low))
    thousands(ax.xaxis)
    thousands(ax.yaxis)
    alt = tr(
        "Curves of the equity of a prospect by spending. Best on winning: {won}; on keeping: {kept}. "
        "{title}.",
        won=money(at[0]),
        kept=money(at[1]),
        title=title,
    )
    return describe(ax, alt, table)
