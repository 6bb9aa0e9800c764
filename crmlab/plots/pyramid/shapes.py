"""Pictures of a base's shape: humps of size, classes by their bounds, who leaves, and years of default."""

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.groups import complete
from crmlab.language import tr
from crmlab.plots.style import BLUE, GREY, INK, RED, describe, label_of, money, percents, styled
from crmlab.pyramid.shapes import UNDECIDED
from crmlab.pyramid.stress import expected_and_worst
from crmlab.words import percent


@styled
def humps(sizes: pd.Series, found: pd.Series, *, unit: str, ax: Axes | None = None) -> Axes:
    """Draw how many customers there are of each size, on the scale on which the shape is decided.

    It takes sizes by customer, and what `crmlab.pyramid.shape` returned of them.
    """
    assert ax is not None
    complete(sizes)
    logs = np.log10(sizes.to_numpy(dtype=float))
    count, edges = np.histogram(logs, bins=min(40, max(8, int(np.sqrt(len(logs))))))
    table = pd.DataFrame({"from": 10 ** edges[:-1], "to": 10 ** edges[1:], "customers": count})
    ax.bar(edges[:-1], count / count.sum(), width=np.diff(edges), align="edge", color=BLUE, edgecolor="white")
    fifth = float(np.quantile(logs, 0.8))
    ax.axvline(fifth, color=INK, linewidth=1, linestyle="--")
    share = percent(float(found["top_fifth"]))
    side, shift = ("left", 6) if fifth < edges[0] + 0.7 * (edges[-1] - edges[0]) else ("right", -6)
    ax.annotate(
        tr("the largest fifth\nhas {share}", share=share),
        (fifth, 1),
        (shift, -4),
        va="top",
        ha=side,
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        fontsize=9,
    )
    whole = list(range(int(np.floor(edges[0])), int(np.ceil(edges[-1])) + 1))
    ax.set_xticks(whole, [f"{10.0**place:,.10g}" for place in whole])
    ax.set_xlim(edges[0], edges[-1])
    ax.margins(y=0.2)
    percents(ax.yaxis)
    ax.set_xlabel(tr("size, {unit}: each step ten times the one before", unit=unit))
    ax.set_ylabel(tr("share of customers"))
    name = str(found["shape"])
    words = {"shape": label_of(found["by_rule"]), "sure": percent(float(found["sure"]))}
    if name != UNDECIDED:
        title = tr("By size, this base is of the shape: {shape}", **words)
    elif found["by_rule"] == UNDECIDED:
        title = tr("The shape of this base is not decided: it lies between")
    else:
        title = tr("The shape is not decided: {shape} in only {sure} of the draws", **words)
    ax.set_title(title)
    alt = tr(
        "Histogram of {n:,} customers by the logarithm of size, from {low} to {high} {unit}. {finding}. The "
        "largest fifth has {share}; the deepest valley is {valley:.0%} of the lower hump.",
        n=len(logs),
        low=money(float(sizes.min())),
        high=money(float(sizes.max())),
        unit=unit,
        finding=title,
        share=share,
        valley=float(found["valley"]),
    )
    return describe(ax, alt, table)


def _class_names(found: pd.DataFrame) -> list[str]:
    """Return what the classes are called in the reader's language, from the lowest."""
    bounds = [f"{each:,g}" for each in found["from"].iloc[1:]]
    between = [tr("{low} to {high}", low=low, high=high) for low, high in pairwise(bounds)]
    return [tr("below {high}", high=bounds[0]), *between, tr("from {low}", low=bounds[-1])]


@styled
def class_layers(found: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw classes as layers as wide as their customers: the shape that these bounds make.

    It takes what `crmlab.pyramid.classes` returned.
    """
    assert ax is not None
    places = np.arange(len(found))
    width = found["customers_share"] / found["customers_share"].max()
    ax.barh(places, width, left=-width / 2, height=0.92, color=BLUE)
    names = _class_names(found)
    for place, name, (_, row) in zip(places, names, found.iterrows(), strict=True):
        words = tr(
            "{people} of customers, {share} of the whole",
            people=percent(row["customers_share"]),
            share=percent(row["total_share"]),
        )
        ax.text(0.56, place + 0.13, str(name), va="center", fontweight="bold")
        ax.text(0.56, place - 0.17, words, va="center", fontsize=9)
    ax.set(xlim=(-0.52, 1.6), ylim=(-0.6, len(found) - 0.3))
    ax.axis("off")
    looks = label_of(found.attrs.get("looks", UNDECIDED))
    ax.set_title(tr("Cut at these bounds, the base looks like this: {shape}", shape=looks))
    parts = "; ".join(
        tr("{name}: {people} of customers", name=name, people=percent(share))
        for name, share in zip(names[::-1], found["customers_share"][::-1], strict=True)
    )
    alt = tr("Layers of classes, from the top: {parts}. It looks like: {shape}.", parts=parts, shape=looks)
    return describe(ax, alt, found[::-1])


@styled
def leaving(found: pd.DataFrame, *, currency: str, ax: Axes | None = None) -> Axes:
    """Draw what is left of the result as the largest customers leave.

    It takes what `crmlab.pyramid.largest_leave` returned.
    """
    assert ax is not None
    places = np.arange(len(found))
    ax.bar(places, found["result"], color=[BLUE if each >= 0 else RED for each in found["result"]], width=0.7)
    ax.axhline(0, color=INK, linewidth=0.8)
    for place, (_, row) in zip(places, found.iterrows(), strict=True):
        up = row["result"] >= 0
        words = (
            tr("{share} of income gone", share=percent(row["lost"])) if row["lost"] > 0 else tr("as it is")
        )
        ax.annotate(
            f"{money(row['result'])}\n{words}",
            (place, row["result"]),
            (0, 4 if up else -4),
            textcoords="offset points",
            ha="center",
            va="bottom" if up else "top",
            fontsize=9,
        )
    ax.set_xticks(places, [f"{count:,}" for count in found.index])
    ax.margins(y=0.25)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.set(
        xlabel=tr("of the largest customers, so many leave"),
        ylabel=tr("result, {currency}", currency=currency),
    )
    losing = found[found["result"] < 0]
    if found["result"].iloc[0] < 0:
        title = tr("The base makes a loss as it is")
    elif losing.empty:
        title = tr("The base earns its cost without its largest {n:,}", n=int(found.index[-1]))
    else:
        title = tr("Without its largest {n:,}, the base makes a loss", n=int(losing.index[0]))
    ax.set_title(title)
    parts = "; ".join(
        tr("{n:,} leave: {result}", n=count, result=money(row["result"])) for count, row in found.iterrows()
    )
    return describe(
        ax, tr("Bars of the result left, in {currency}. {parts}.", currency=currency, parts=parts), found
    )


@styled
def bad_years(
    alone: pd.Series, together: pd.Series, *, currency: str, level: float = 0.99, ax: Axes | None = None
) -> Axes:
    """Draw the losses of simulated years: each default by itself, and all with a cause in common.

    It takes what `crmlab.pyramid.default_losses` returned without and with a correlation.
    """
    assert ax is not None
    found: Any = pd.DataFrame(
        {
            "alone": expected_and_worst(alone, level=level),
            "together": expected_and_worst(together, level=level),
        }
    )
    high = float(np.quantile(np.concatenate([alone, together]), 0.999)) or 1.0
    bins: Any = np.linspace(0, high, 45)
    tallest = 0.0
    sides: Any = (
        (alone, tr("each by itself"), GREY, "stepfilled"),
        (together, tr("a cause in common"), BLUE, "step"),
    )
    for series, name, colour, style in sides:
        weights = np.full(len(series), 1 / len(series))
        heights, _, _ = ax.hist(
            series.clip(upper=high),
            bins=bins,
            weights=weights,
            histtype=style,
            color=colour,
            alpha=0.5 if style == "stepfilled" else 1,
            linewidth=2,
            label=name,
        )
        tallest = max(tallest, float(np.max(heights)))
    for number, (name, colour) in enumerate((("alone", GREY), ("together", BLUE))):
        worst = found.loc["worst", name]
        ax.plot(
            [worst, worst], [0, tallest * (0.55 - 0.22 * number)], color=colour, linewidth=2, linestyle="--"
        )
        side = "left" if worst < 0.6 * high else "right"
        ax.annotate(
            tr("bad year: {loss}", loss=money(worst)),
            (worst, tallest * (0.55 - 0.22 * number)),
            (0, 4),
            textcoords="offset points",
            ha=side,
            fontsize=9,
        )
    ax.axvline(found.loc["expected", "together"], color=INK, linewidth=1)
    ax.annotate(
        tr("expected"),
        (found.loc["expected", "together"], 1),
        (4, -4),
        va="top",
        fontsize=9,
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
    )
    ax.legend(loc="upper right")
    ax.set_xlim(0, high)
    percents(ax.yaxis)
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.set(xlabel=tr("loss of a year, {currency}", currency=currency), ylabel=tr("share of the years"))
    times = (
        found.loc["worst", "together"] / found.loc["worst", "alone"]
        if found.loc["worst", "alone"]
        else np.nan
    )
    if not np.isfinite(times):
        title = tr("There are no losses to speak of")
    else:
        title = tr("A cause in common makes a bad year {times:.1f} times as costly", times=times)
    ax.set_title(title)
    alt = tr(
        "Histograms of a year's loss. Expected {mean} {currency}; in a bad year {alone} if each defaults by "
        "itself, {together} with a cause in common.",
        mean=money(found.loc["expected", "together"]),
        currency=currency,
        alone=money(found.loc["worst", "alone"]),
        together=money(found.loc["worst", "together"]),
    )
    return describe(ax, alt, found)
