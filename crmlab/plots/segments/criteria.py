"""Pictures of criteria: what each explains of value to come, and what groups by lot would."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.language import ntr, tr
from crmlab.plots.style import BLUE, GREY, INK, LIGHT, ORANGE, describe, label_of, percents, styled
from crmlab.words import percent


@styled
def explained(found: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw what each criterion explains of value to come, in this table and out of it.

    It takes what `crmlab.segments.criteria.variance_explained` returned.
    """
    assert ax is not None
    table = found.sort_values("out_of_sample")
    places = np.arange(len(table))
    sure = (table["low"] > 0).to_numpy()
    ax.axvline(0, color=GREY, linewidth=1)
    for place, (_, row), is_sure in zip(places, table.iterrows(), sure, strict=True):
        colour = BLUE if is_sure else GREY
        ax.plot([row["low"], row["high"]], [place, place], color=colour, linewidth=3, solid_capstyle="round")
        ax.plot(row["out_of_sample"], place, "o", color=colour, markersize=9)
        ax.plot(row["eta_squared"], place, "D", color=INK, markerfacecolor="white", markersize=6)
    ax.set_yticks(places, [label_of(name) for name in table.index])
    ax.set_ylim(-0.6, len(table) - 0.1)
    top = table.iloc[-1]
    high = max(float(table[["high", "eta_squared"]].to_numpy().max()), 0.0)
    low = min(float(table["low"].min()), 0.0)
    ax.set_xlim(low - 0.04 * (high - low), high + 0.04 * (high - low))
    labels = [
        ("eta_squared", 9, tr("in this table")),
        ("out_of_sample", -16, tr("for others, with its interval")),
    ]
    for column, rise, words in labels:
        side = "left" if top[column] < (low + high) / 2 else "right"
        ax.annotate(
            words, (top[column], places[-1]), (0, rise), textcoords="offset points", ha=side, fontsize=9
        )
    percents(ax.xaxis)
    ax.set_xlabel(tr("share of the variance of value that is explained"))
    name, share = label_of(table.index[-1]), percent(max(top["out_of_sample"], 0.0))
    said = {"name": name, "share": share}
    if not sure.any():
        title = tr("No criterion surely explains anything of the value to come")
    elif sure.sum() == 1:
        title = tr("Only {name} surely explains value to come: {share}", **said)
    else:
        title = tr("{name} explains most of the value to come: {share}", **said)
    ax.set_title(title)
    parts = "; ".join(
        tr(
            "{name}: {inside:.1%} in this table, {outside:.1%} for others, {low:.1%} to {high:.1%}",
            name=label_of(name),
            inside=row["eta_squared"],
            outside=row["out_of_sample"],
            low=row["low"],
            high=row["high"],
        )
        for name, row in table[::-1].iterrows()
    )
    return describe(ax, tr("What criteria explain of value to come. {parts}.", parts=parts), table[::-1])


@styled
def against_chance(found: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw what each criterion explains beside what groups by lot of the same sizes do.

    It takes what `crmlab.segments.criteria.heterogeneity` returned.
    """
    assert ax is not None
    table = found.sort_values("explained")
    places = np.arange(len(table))
    real = (table["p_adjusted"] < 0.05).to_numpy()
    ax.barh(places, table["chance_limit"], height=0.7, color=LIGHT)
    for place, (_, row), is_real in zip(places, table.iterrows(), real, strict=True):
        ax.plot(
            row["explained"], place, "o", color=BLUE if is_real else ORANGE, markersize=9, markeredgecolor=INK
        )
        beyond = max(row["explained"], row["chance_limit"])
        words = tr("p = {p:.2g}", p=row["p_adjusted"])
        ax.annotate(words, (beyond, place), (9, 0), textcoords="offset points", va="center", fontsize=9)
    ax.set_yticks(places, [label_of(name) for name in table.index])
    ax.set_xlim(0, 1.25 * float(table[["explained", "chance_limit"]].to_numpy().max()))
    percents(ax.xaxis)
    ax.set_xlabel(tr("share explained; grey: what groups by lot reach in 19 of 20 draws"))
    title = ntr(
        "Beyond chance: {real} of {n} criterion",
        "Beyond chance: {real} of {n} criteria",
        len(table),
        real=int(real.sum()),
    )
    ax.set_title(title)
    parts = "; ".join(
        tr(
            "{name}: {share:.1%} explained, {limit:.1%} by chance, p {p:.2g}",
            name=label_of(name),
            share=row["explained"],
            limit=row["chance_limit"],
            p=row["p_adjusted"],
        )
        for name, row in table[::-1].iterrows()
    )
    return describe(ax, tr("Criteria against groups by lot. {parts}.", parts=parts), table[::-1])
