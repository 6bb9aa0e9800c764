"""Pictures of recovery: whom an offer changes, and what it earns by group."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from crmlab.errors import unknown
from crmlab.language import tr
from crmlab.plots.style import BLUE, GREY, INK, LIGHT, ORANGE, describe, label_of, money, styled
from crmlab.words import capital, percent


@styled
def kinds(found: pd.DataFrame, *, group: str = "all", ax: Axes | None = None) -> Axes:
    """Draw how many an offer changes, as far as a trial tells: what `response_kinds` returned."""
    assert ax is not None
    groups = found.index.get_level_values("group").unique()
    if group not in groups:
        raise unknown("group", group, groups, where="found")
    rows = pd.DataFrame(found.xs(group, level="group"))
    places = np.arange(len(rows))
    ax.barh(places, rows["highest"] - rows["lowest"], left=rows["lowest"], height=0.52, color=LIGHT)
    ax.barh(places, rows["high"] - rows["low"], left=rows["low"], height=0.26, color=BLUE)
    point = rows["if_none_put_off"]
    ax.plot(point, places, "D", color=ORANGE, markeredgecolor=INK, markersize=8, zorder=4, clip_on=False)
    for place, (low, high) in enumerate(zip(rows["low"], rows["high"], strict=True)):
        words = tr("{low} to {high}", low=percent(low), high=percent(high))
        ax.annotate(
            words, (rows["highest"].iloc[place], place), (8, 0), textcoords="offset points", va="center"
        )
    ax.set_yticks(places, [label_of(name) for name in rows.index])
    ax.set_ylim(len(rows) - 0.4, -0.7)
    ax.set_xlim(0, 1.18 * max(float(rows["highest"].max()), 0.1))
    worse = bool(rows["low"].xs("put off") > 0)  # fewer come back with the offer than without
    first = list(rows.index).index("put off" if worse else "persuadable")
    said = {name: percent(float(rows[name].iloc[first])) for name in ("low", "high")}
    if worse:
        ax.set_title(tr("The offer puts {low} to {high} of them off: a trial cannot say more", **said))
    else:
        ax.set_title(tr("The offer changes {low} to {high} of them: a trial cannot say more", **said))
    ax.set_xlabel(
        tr("share of those offered (blue: bounds, grey: with chance, diamond: if nobody is put off)")
    )
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    parts = "; ".join(
        tr("{kind} {low:.0%} to {high:.0%}", kind=label_of(name), **row[["low", "high"]])
        for name, row in rows.iterrows()
    )
    return describe(ax, tr("Bounds of the shares of each kind of customer: {parts}.", parts=parts), rows)


@styled
def gain(found: pd.DataFrame, *, currency: str, ax: Axes | None = None) -> Axes:
    """Draw what winning back earns a head, by group, with limits: what `recovery_value` returned."""
    assert ax is not None
    places = np.arange(len(found))
    for place, (middle, low, high) in enumerate(zip(found["gain"], found["low"], found["high"], strict=True)):
        colour = BLUE if low > 0 else ORANGE if high < 0 else GREY
        ax.plot([low, high], [place, place], color=colour, linewidth=2.5)
        ax.plot(middle, place, "o", color=colour, markersize=8)
        ax.annotate(money(middle), (middle, place), (0, 8), textcoords="offset points", ha="center")
    ax.axvline(0, color=INK, linewidth=1)
    names = [label_of(name) for name in found.index]
    ax.set_yticks(places, names)
    ax.set_ylim(len(found) - 0.4, -0.8)
    ax.margins(x=0.1)
    pays = [name for name, low in zip(names, found["low"], strict=True) if low > 0]
    if len(pays) == len(names):
        title = tr("The offer pays in every group") if len(names) > 1 else tr("The offer pays")
    elif pays:
        title = tr("The offer is sure to pay for: {groups}", groups=", ".join(pays))
    elif (found["high"] < 0).all():
        title = tr("The offer costs more than it brings in")
    else:
        title = tr("The offer is sure to pay for nobody")
    ax.set_title(capital(title))
    ax.set_xlabel(tr("gain a head, {currency}", currency=currency))
    parts = "; ".join(
        f"{name} {money(row['gain'])} ({money(row['low'])}, {money(row['high'])})"
        for name, (_, row) in zip(names, found.iterrows(), strict=True)
    )
    alt = tr("Gain a head in {currency} by group, with limits: {parts}.", currency=currency, parts=parts)
    return describe(ax, alt, found)
