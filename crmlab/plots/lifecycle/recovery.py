"""Pictures of recovery: whom an offer changes, and what it earns by group."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from crmlab.errors import DataError, unknown
from crmlab.language import tr
from crmlab.plots.style import BLUE, GREY, INK, LIGHT, ORANGE, describe, label_of, money, styled, thousands
from crmlab.words import capital, percent


@styled
def kinds(found: pd.DataFrame, *, group: str = "all", what: str = "offer", ax: Axes | None = None) -> Axes:
    """Draw how many an offer changes, as far as a trial tells: what `response_kinds` returned.

    ``what`` says what was given by lot, such as "gesture".
    """
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
    said = {name: percent(float(rows[name].iloc[first])) for name in ("low", "high")} | {"what": what}
    if worse:
        ax.set_title(tr("The {what} puts {low} to {high} of them off: a trial cannot say more", **said))
    else:
        ax.set_title(tr("The {what} changes {low} to {high} of them: a trial cannot say more", **said))
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
def silent(failures: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how many complained after a failure, by severity, and how many said nothing.

    Failures are rows with ``severity`` and ``complained``.
    """
    assert ax is not None
    rows = failures.groupby(failures["severity"].astype(str))["complained"].agg(["size", "sum"])
    rows = rows.sort_values("size", ascending=False).rename(columns={"size": "failed", "sum": "complained"})
    places = np.arange(len(rows))
    quiet = rows["failed"] - rows["complained"]
    ax.barh(places, rows["complained"], color=BLUE, height=0.6)
    ax.barh(places, quiet, left=rows["complained"], color=LIGHT, height=0.6)
    room = float(rows["failed"].max())
    for place, (said, rest) in enumerate(zip(rows["complained"], quiet, strict=True)):
        for many, middle, words, colour in (
            (said, said / 2, tr("complained: {n:,}", n=said), "white"),
            (rest, said + rest / 2, tr("said nothing: {n:,}", n=rest), INK),
        ):
            if many > 0.22 * room:  # else there is no room for the words
                ax.text(middle, place, words, ha="center", va="center", color=colour, fontsize=9.5)
            elif many:
                number = f"{many:,}"
                ax.text(middle, place, number, ha="center", va="center", color=colour, fontsize=9.5)
    ax.set_yticks(places, [label_of(name) for name in rows.index])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    share = float(rows["complained"].sum() / rows["failed"].sum())
    ax.set_title(tr("Of those to whom something went wrong, {share} complained", share=percent(share)))
    ax.set_xlabel(tr("customers (blue: complained, grey: said nothing)"))
    thousands(ax.xaxis)
    parts = "; ".join(
        tr("{kind}: {said:,} of {all:,} complained", kind=label_of(name), said=said, all=whole)
        for name, whole, said in rows[["failed", "complained"]].itertuples()
    )
    return describe(ax, tr("Customers to whom something went wrong. {parts}.", parts=parts), rows)


@styled
def arms(trial: pd.DataFrame, *, what: str, ax: Axes | None = None) -> Axes:
    """Draw the share who came back with and without, by group: what `crmlab.decisions.uplift` returned.

    ``what`` says what was given by lot, such as "gesture". The difference stands beside each group with its
    limits.
    """
    assert ax is not None
    rows = trial.dropna(subset=["uplift", "low", "high"])
    if rows.empty:
        raise DataError("In every group one arm of the trial is empty, so there is nothing to draw.")
    places = np.arange(len(rows))
    told = (rows["low"] > 0) | (rows["high"] < 0)
    most = float(rows[["with", "without"]].to_numpy().max())
    for place, (known, (_, row)) in enumerate(zip(told, rows.iterrows(), strict=True)):
        colour = BLUE if known else GREY
        ax.plot([row["without"], row["with"]], [place, place], color=colour, linewidth=2.5, zorder=1)
        ax.plot(row["without"], place, "o", color="white", markeredgecolor=INK, markersize=9, zorder=3)
        ax.plot(row["with"], place, "o", color=colour, markeredgecolor=INK, markersize=9, zorder=2)
        said = {key: f"{100 * row[key]:+z.1f}" for key in ("uplift", "low", "high")}
        words = tr("{uplift} points ({low} to {high})", **said)
        ax.text(1.1 * most, place, words, va="center", fontsize=9)
    names = [
        tr("{name}\n({one:,} / {two:,})", name=label_of(name), one=one, two=two)
        for name, one, two in zip(rows.index, rows["treated"], rows["held_back"], strict=True)
    ]
    ax.set_yticks(places, names)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlim(0, 1.95 * max(most, 0.01))
    ax.set_xticks([tick for tick in ax.get_xticks() if tick <= 1.05 * max(most, 0.01)])
    sure = [label_of(name) for name in rows.index[rows["low"] > 0]]
    worse = [label_of(name) for name in rows.index[rows["high"] < 0]]
    if len(sure) == len(rows):
        title = tr("More come back with the {what} than without it", what=what)
        if len(rows) > 1:
            title = tr("In every group the {what} brings more back", what=what)
    elif sure:
        title = tr("That the {what} brings more back is sure for: {names}", what=what, names=", ".join(sure))
    elif worse:
        title = tr("With the {what} fewer come back in: {names}", what=what, names=", ".join(worse))
    else:
        title = tr("That the {what} brings anybody back cannot be told", what=what)
    ax.set_title(title)
    ax.set_xlabel(
        tr(
            "share that came back (white: held back, filled: with the {what};\n"
            "in brackets, customers with and without it)",
            what=what,
        )
    )
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    parts = "; ".join(
        tr(
            "{name} {one:.0%} with, {two:.0%} without",
            name=label_of(name),
            one=row["with"],
            two=row["without"],
        )
        for name, row in rows.iterrows()
    )
    alt = tr("Shares that came back with and without the {what}: {parts}.", what=what, parts=parts)
    return describe(ax, alt, rows)


@styled
def gain(found: pd.DataFrame, *, currency: str, what: str = "offer", ax: Axes | None = None) -> Axes:
    """Draw what winning back earns a head, by group, with limits: what `recovery_value` returned.

    ``what`` says what was given, such as "gesture".
    """
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
        title = tr("The {what} pays in every group", what=what)
        if len(names) == 1:
            title = tr("The {what} pays", what=what)
    elif pays:
        title = tr("The {what} is sure to pay for: {groups}", what=what, groups=", ".join(pays))
    elif (found["high"] < 0).all():
        title = tr("The {what} costs more than it brings in", what=what)
    else:
        title = tr("The {what} is sure to pay for nobody", what=what)
    ax.set_title(capital(title))
    ax.set_xlabel(tr("gain a head, {currency}", currency=currency))
    parts = "; ".join(
        f"{name} {money(row['gain'])} ({money(row['low'])}, {money(row['high'])})"
        for name, (_, row) in zip(names, found.iterrows(), strict=True)
    )
    alt = tr("Gain a head in {currency} by group, with limits: {parts}.", currency=currency, parts=parts)
    return describe(ax, alt, found)
