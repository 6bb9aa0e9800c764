"""Pictures of a score: do its probabilities come true, its lift, what acting on it earns, and cohorts."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.language import ntr, tr
from crmlab.plots.style import BLUE, GREY, INK, LIGHT, ORANGE, describe, money, percents, styled, thousands


@styled
def calibrated(found: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the shares that came true over the probabilities that were given.

    It takes what `crmlab.segments.scoring.calibration` returned.
    """
    assert ax is not None
    inside = ((found["low"] <= found["expected"]) & (found["expected"] <= found["high"])).to_numpy()
    most = 1.08 * float(found[["expected", "high"]].to_numpy().max())
    ax.plot([0, most], [0, most], color=GREY, linewidth=1, linestyle="--")
    ax.text(0.8 * most, 0.77 * most, tr("as said"), va="top", fontsize=9)
    for (_, row), fits in zip(found.iterrows(), inside, strict=True):
        colour, marker = (BLUE, "o") if fits else (ORANGE, "s")
        ax.plot([row["expected"]] * 2, [row["low"], row["high"]], color=colour, linewidth=3)
        ax.plot(row["expected"], row["seen"], marker, color=colour, markersize=7, markeredgecolor=INK)
    ax.set(xlim=(0, most), ylim=(0, most))
    ax.set(xlabel=tr("probability that was given"), ylabel=tr("share that came true"))
    percents(ax.xaxis)
    percents(ax.yaxis)
    title = ntr(
        "In {right} of {n} group the probability is right within chance",
        "In {right} of {n} groups the probability is right within chance",
        len(found),
        right=int(inside.sum()),
    )
    ax.set_title(title)
    parts = "; ".join(
        tr("{said:.0%} given, {seen:.0%} true", said=row["expected"], seen=row["seen"])
        for _, row in found.iterrows()
    )
    return describe(ax, tr("Probabilities against what came true. {parts}.", parts=parts), found)


@styled
def lift_bars(found: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the lift of each part by score, the best first.

    It takes what `crmlab.segments.scoring.lift_by_part` returned.
    """
    assert ax is not None
    places = np.arange(len(found))
    colours = [BLUE if lift >= 1 else LIGHT for lift in found["lift"]]
    bars = ax.bar(places, found["lift"], color=colours, width=0.8)
    ax.bar_label(bars, [f"{lift:.1f}" for lift in found["lift"]], padding=2, fontsize=9)
    ax.axhline(1, color=INK, linewidth=1, linestyle="--")
    ax.text(len(found) - 0.5, 1.04, tr("by lot"), ha="right", va="bottom", fontsize=9)
    ax.set_xticks(places, [str(part) for part in found.index])
    ax.set(xlabel=tr("customers by score, best part first"), ylabel=tr("times the usual share"))
    ax.margins(y=0.12)
    top = found.iloc[0]
    title = tr(
        "The best {share:.0%} hold {lift:.1f} times their share, of {most:.1f} possible",
        share=top["share"],
        lift=top["lift"],
        most=top["highest"],
    )
    ax.set_title(title)
    parts = ", ".join(f"{part}: {lift:.2f}" for part, lift in found["lift"].items())
    return describe(ax, tr("Bars of lift by part of the customers, best first. {parts}.", parts=parts), found)


@styled
def net_curve(found: pd.DataFrame, *, currency: str, ax: Axes | None = None) -> Axes:
    """Draw what acting on the best customers would have earned, by how many of them.

    It takes what `crmlab.segments.scoring.net_value` returned.
    """
    assert ax is not None
    best = found.iloc[int(found["net"].argmax())]
    ax.fill_between(found["customers"], found["low"], found["high"], color=BLUE, alpha=0.15, linewidth=0)
    ax.plot(found["customers"], found["net"], color=BLUE)
    ax.plot(found["customers"], found["by_lot"], color=GREY, linestyle="--")
    ax.axhline(0, color=INK, linewidth=0.8)
    end = found.iloc[-1]
    middle = found.iloc[len(found) // 2]
    ax.annotate(
        tr("by lot"),
        (middle["customers"], middle["by_lot"]),
        (0, -12),
        textcoords="offset points",
        ha="center",
        fontsize=9,
    )
    ax.plot(best["customers"], best["net"], "o", color=INK)
    ax.annotate(
        ntr("best at {n:,} customer", "best at {n:,} customers", int(best["customers"])),
        (best["customers"], best["net"]),
        (0, 9),
        textcoords="offset points",
        ha="left" if best["customers"] < end["customers"] / 2 else "right",
    )
    thousands(ax.xaxis)
    thousands(ax.yaxis)
    ax.margins(y=0.14)
    ax.set_xlabel(tr("customers acted on, best first"))
    ax.set_ylabel(tr("earned, {currency}", currency=currency))
    words = {"best": money(best["net"]), "all": money(end["net"]), "currency": currency}
    if best["customers"] == 0:
        title = tr("Acting on nobody is best: it costs more than it earns")
    else:
        title = tr("Acting on the best earns {best} {currency}, on everybody {all}", **words)
    ax.set_title(title)
    alt = tr(
        "Curve of what acting earns by number of customers, best first. Highest at {customers:,}: {best} "
        "{currency}; on all {end:,}: {all} {currency}.",
        customers=int(best["customers"]),
        end=int(end["customers"]),
        **words,
    )
    return describe(ax, alt, found)


@styled
def cohorts(found: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how well the score tells the valuable from others, cohort by cohort.

    It takes what `crmlab.segments.scoring.by_cohort` returned.
    """
    assert ax is not None
    places = np.arange(len(found))
    ax.axhline(0.5, color=GREY, linewidth=1, linestyle="--")
    ax.text(len(found) - 0.6, 0.495, tr("by lot"), ha="right", va="top", fontsize=9)
    for place, (_, row) in zip(places, found.iterrows(), strict=True):
        ax.plot([place, place], [row["low"], row["high"]], color=BLUE, linewidth=3)
        ax.plot(place, row["auc"], "o", color=BLUE, markersize=8)
    ax.set_xticks(places, [f"{name}\n{int(row['customers']):,}" for name, row in found.iterrows()])
    ax.set_xlim(-0.6, len(found) - 0.4)
    ax.set_ylim(min(0.4, float(np.nanmin(found["low"].to_numpy(dtype=float), initial=0.5)) - 0.03), 1.02)
    ax.set_xlabel(tr("cohort, and its customers"))
    ax.set_ylabel(tr("chance to rank a valuable one higher"))
    known = found.dropna(subset=["auc"])
    if known.empty:
        title = tr("In no cohort are there both kinds of customers")
    elif known["low"].max() > known["high"].min():
        title = tr("The score works better in some cohorts than in others")
    else:
        title = tr("In no cohort does the score work surely better than in another")
    ax.set_title(title)
    parts = "; ".join(
        tr("{cohort}: {auc:.2f}, {low:.2f} to {high:.2f}", cohort=name, **row[["auc", "low", "high"]])
        for name, row in known.iterrows()
    )
    return describe(ax, tr("How well the score ranks, by cohort. {parts}.", parts=parts), found)
