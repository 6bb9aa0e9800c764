"""Pictures of why customers leave: the mix over time, and what each cause calls for."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import PercentFormatter

from crmlab.errors import DataError
from crmlab.language import tr
from crmlab.plots.style import INK, LIGHT, PALETTE, describe, heatmap, label_of, money, styled
from crmlab.words import capital, percent

_HATCHES = ("", "///", "...", "xxx", "\\\\\\", "ooo", "+++")


@styled
def mix(found: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the reasons of leavers by period, the silent last: what `cause_mix` returned."""
    assert ax is not None
    share = found["of_all"].unstack("reason")
    names = list(found.index.get_level_values("reason").unique())
    share = share[names].dropna(how="all")
    if share.empty:
        raise DataError("Nobody left in any period, so there is no mix to draw.")
    bottom = np.zeros(len(share))
    places = np.arange(len(share))
    for step, name in enumerate(names):
        silent = step == len(names) - 1
        colour = LIGHT if silent else PALETTE[step % len(PALETTE)]
        hatch = "" if silent else _HATCHES[step % len(_HATCHES)]
        ax.bar(places, share[name], bottom=bottom, width=0.86, color=colour, hatch=hatch, edgecolor="white")
        last = float(share[name].iloc[-1])
        if last >= 0.03:
            words = f"{label_of(name)} {percent(last)}"
            ax.text(len(share) - 0.5, bottom[-1] + last / 2, words, va="center")
        bottom = bottom + share[name].to_numpy()
    ax.set_xticks(places, share.index, rotation=0 if len(share) <= 8 else 45)
    ax.set_xlim(-0.5, len(share) - 0.5)
    ax.set_ylim(0, 1)
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    total = found["left"].groupby("reason").sum()[names]
    spoke = total.iloc[:-1]
    said = {"silent": percent(total.iloc[-1] / total.sum())}
    if spoke.sum():
        said |= {"reason": label_of(spoke.idxmax()), "share": percent(spoke.max() / spoke.sum())}
        title = capital(tr("{reason}: {share} of those who gave a reason; {silent} gave none", **said))
    else:
        title = tr("Nobody gave a reason")
    ax.set_title(title)
    ax.set(xlabel="", ylabel=tr("share of leavers"))
    first, end = share.iloc[0], share.iloc[-1]
    parts = "; ".join(f"{label_of(name)} {first[name]:.0%}, {end[name]:.0%}" for name in names)
    alt = tr(
        "Stacked bars of leavers by reason and period; from the first, {first}, to the last, "
        "{last}: {parts}.",
        first=share.index[0],
        last=share.index[-1],
        parts=parts,
    )
    return describe(ax, alt, share)


@styled
def responses(found: pd.DataFrame, *, currency: str, ax: Axes | None = None) -> Axes:
    """Draw what each response to each cause earns, the best one framed: what `best_responses` returned."""
    assert ax is not None
    cells = found.drop(columns=["best", "earned"])
    heatmap(ax, cells.rename(index=label_of, columns=label_of), text=money, low=None)
    for row, name in enumerate(found["best"]):
        place = list(cells.columns).index(name)
        ax.add_patch(_frame(place, row))
    matched, one = found["earned"].iloc[:-1].sum(), found["earned"].iloc[-1]
    said = {
        "currency": currency,
        "matched": money(matched),
        "one": money(one),
        "best": label_of(found["best"].iloc[-1]),
    }
    if matched > one * (1 + 1e-9):
        title = tr("To each cause its own: {matched} {currency}; {best} for all: {one}", **said)
    else:
        title = tr("{best} is best for every cause: {one} {currency}", **said)
    ax.set_title(capital(title))
    ax.set(xlabel=tr("response"), ylabel=tr("cause"))
    ax.tick_params(axis="x", rotation=0)
    parts = "; ".join(f"{label_of(name)}: {label_of(best)}" for name, best in found["best"].items())
    alt = tr("Table of earnings in {currency}, causes by responses. Best: {parts}.", parts=parts, **said)
    return describe(ax, alt, found)


def _frame(column: int, row: int) -> Rectangle:
    return Rectangle((column + 0.03, row + 0.03), 0.94, 0.94, fill=False, edgecolor=INK, linewidth=2.2)
