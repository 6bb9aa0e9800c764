"""Pictures of privacy: how few fields leave people alone, and what is lost with the fields taken away."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from crmlab.language import tr
from crmlab.plots.style import BLUE, GREEN, GREY, INK, LIGHT, RED, describe, percents, styled
from crmlab.words import percent


@styled
def uniqueness(found: pd.DataFrame, *, least: int = 5, ax: Axes | None = None) -> Axes:
    """Draw which share of people is alone, or in a small cell, as one field after the other is joined.

    The table is that of `crmlab.decisions.uniqueness`, and ``least`` the *k* it was asked with.
    """
    assert ax is not None
    places = range(len(found))
    ax.bar(places, found["under"], width=0.72, color=LIGHT, edgecolor=GREY)
    bars = ax.bar(places, found["alone"], width=0.72, color=BLUE)
    ax.bar_label(bars, [percent(share) for share in found["alone"]], padding=2, fontsize=9, color=INK)
    names = [str(found.index[0]), *(f"+ {name}" for name in found.index[1:])]
    ax.set_xticks(list(places), [name.replace("_", "\n") for name in names])
    ax.set(ylim=(0, 1.05), ylabel=tr("share of people"))
    percents(ax.yaxis)
    end = found.iloc[-1]
    last = len(found) - 1
    words = tr("in cells of under {least}", least=least)
    ax.annotate(
        words, (last + 0.36, end["under"]), (0, 3), textcoords="offset points", ha="right", fontsize=9
    )
    if end["alone"] > 0.08:
        ax.text(last, end["alone"] / 2, tr("alone"), ha="center", va="center", color="white")
    title = tr(
        "With {fields} fields, {alone} of the people are alone in their cell",
        fields=len(found),
        alone=percent(end["alone"]),
    )
    ax.set_title(title)
    parts = "; ".join(
        tr(
            "{field}: {alone} alone, {under} in cells of under {least}",
            field=name,
            least=least,
            alone=percent(each["alone"]),
            under=percent(each["under"]),
        )
        for name, each in zip(names, found.to_dict("records"), strict=True)
    )
    return describe(ax, tr("Bars by field joined. {parts}.", parts=parts), found)


@styled
def choices(found: pd.DataFrame, *, least: int = 5, ax: Axes | None = None) -> Axes:
    """Draw for each choice of fields what it gives away and what it is good for, and name the best ones.

    The table is that of `crmlab.decisions.fields_worth`, and ``least`` the *k* it was asked with.
    """
    assert ax is not None
    allowed = found["allowed"].to_numpy(dtype=bool)
    best = str(found["explained"].idxmax())
    named = {best: (RED, "s")}
    if allowed.any():
        named[str(found.loc[allowed, "explained"].idxmax())] = (GREEN, "^")
    for name, each in sorted(found.iterrows(), key=lambda item: str(item[0]) in named):
        colour, marker = named.get(str(name), (GREY, "o"))
        ax.plot(
            each["under"],
            each["explained"],
            marker,
            color=colour if name in named else "white",
            markeredgecolor=INK if name in named else GREY,
            markersize=10 if name in named else 7,
        )
    span = float(found["explained"].max() - found["explained"].min()) or 0.01
    for name in named:
        row: Any = found.loc[name]
        left = row["under"] < 0.5
        ax.annotate(
            str(name).replace(" + ", " +\n"),
            (row["under"], row["explained"]),
            (10 if left else -10, 4),
            textcoords="offset points",
            ha="left" if left else "right",
            va="bottom",
            fontsize=9,
        )
    low, high = found["explained"].min() - 0.12 * span, found["explained"].max() + 0.45 * span
    ax.set(xlim=(-0.04, 1.04), ylim=(low, high))
    words = {"least": least, "best": f"{found['explained'].max():z.1%}"}
    if not allowed.any():
        title = tr("No choice of fields keeps everybody in cells of at least {least}", **words)
    elif best in found.index[allowed]:
        title = tr("The best choice of fields keeps everybody in cells of at least {least}", **words)
    else:
        words["kept"] = f"{found.loc[allowed, 'explained'].max():z.1%}"
        title = tr(
            "Cells of at least {least} leave {kept} explained, where all choices reach {best}", **words
        )
    ax.set(title=title, xlabel=tr("share of people in cells of under {least}", least=least))
    ax.set_ylabel(tr("outcome explained, foreseen"))
    for axis in (ax.xaxis, ax.yaxis):
        percents(axis)
    ranked = found.sort_values("explained", ascending=False).head(3)
    parts = "; ".join(
        tr(
            "{fields}: {explained:.1%} explained, {under} in small cells",
            fields=name,
            explained=row["explained"],
            under=percent(row["under"]),
        )
        for name, row in ranked.iterrows()
    )
    alt = tr("Points, one a choice of fields. {title}. The best three: {parts}.", title=title, parts=parts)
    return describe(ax, alt, found)
