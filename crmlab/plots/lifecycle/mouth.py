"""Pictures of word of mouth: who brought whom, when chains die out, and what delight must do."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, PercentFormatter

from crmlab.errors import DataError
from crmlab.language import tr
from crmlab.plots.style import BLUE, GREEN, GREY, INK, LIGHT, ORANGE, RED, describe, styled
from crmlab.words import money, percent

LEAST = 30  # customers watched, below which a line is not drawn
MOST_LABELS = 12
MOST_TOLD = 8  # bars, above which shares under 1% are not written beside each other


@styled
def dying_out(chance: pd.Series, *, here: float | None = None, ax: Axes | None = None) -> Axes:
    """Draw the chance that a chain dies out by how many others each customer brings.

    ``chance`` is what `extinction` returned for each mean, which is its index; ``here`` is the mean of this
    business.
    """
    assert ax is not None
    mean, dies = chance.index.to_numpy(dtype=float), chance.to_numpy(dtype=float)
    ax.plot(mean, dies, color=BLUE)
    ax.axvline(1, color=INK, linewidth=1, linestyle=":")
    ax.annotate(tr("each brings\none other"), (1, 0.08), (5, 0), textcoords="offset points", fontsize=9.5)
    at = here if here is not None else float(mean[-1])
    value = float(np.interp(at, mean, dies))
    ax.plot(at, value, "o", color=ORANGE, markeredgecolor=INK, markersize=9, zorder=4)
    said = {"mean": "1.0" if at == 1 else f"{at:.3g}", "chance": percent(value)}
    ax.set_title(tr("If each brings {mean} others, {chance} of the chains still die out", **said))
    ax.set(
        xlabel=tr("others whom a customer brings, on average"), ylabel=tr("chance to die out"), ylim=(0, 1.05)
    )
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1])
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    alt = tr(
        "Curve of the chance that a chain of word of mouth dies out, by how many others a customer brings: "
        "all do up to one; {chance} at {mean}.",
        **said,
    )
    return describe(ax, alt, chance.to_frame("extinction"))


@styled
def chain_sizes(chains: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how many customers the chains of word of mouth bring: what `simulated_chains` returned."""
    assert ax is not None
    size = chains["customers"].to_numpy(dtype=float)
    most = int(np.log2(size.max())) + 1  # bars, up to that of the longest chain
    edges = 2.0 ** np.arange(most + 1)
    counts = np.histogram(size, bins=edges)[0] / len(size)
    places = np.arange(most)
    ax.bar(places, counts, color=[BLUE if place == 0 else LIGHT for place in places], width=0.9)
    for place, share in zip(places, counts, strict=True):
        if share >= 0.01 or (share and most <= MOST_TOLD):
            ax.annotate(percent(share), (place, share), (0, 3), textcoords="offset points", ha="center",
                        fontsize=9, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5})  # fmt: skip
    names = [f"{int(low):,}" if high - low == 1 else f"{int(low):,}-{int(high) - 1:,}"
             for low, high in pairwise(edges)]  # fmt: skip
    slanted: dict[str, Any] = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
    ax.set_xticks(places, names, **(slanted if most > 7 else {}))
    middle, mean = float(np.median(size)), float(size.mean())
    for value, words, height in ((middle, tr("median"), 0.92), (mean, tr("mean"), 0.80)):
        at = float(np.log2(value + 0.5)) - 0.5  # within the bar of its size
        ax.axvline(at, color=INK, linewidth=1.2, linestyle="--", ymax=height, zorder=0)
        ax.annotate(f"{words} {_many(value)}", (at, height), (5, 0), xycoords=("data", "axes fraction"),
                    textcoords="offset points", va="top")  # fmt: skip
    running = float((~chains["ended"].astype(bool)).mean())
    said = {"alone": percent(float((size == 1).mean())), "mean": _many(mean), "middle": _many(middle),
            "running": percent(running)}  # fmt: skip
    title = tr("{alone} of the chains end at once; the mean is {mean}, the median {middle}", **said)
    if running:
        title += "\n" + tr("({running} were still running when the simulation stopped)", **said)
    ax.set_title(title)
    ax.set(xlabel=tr("customers in a chain, with the first"), ylabel=tr("share of chains"))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
    ax.margins(y=0.2)
    alt = tr(
        "Bars of chains by the customers in them: {alone} have one alone; the mean is {mean}, the median "
        "{middle}.",
        **said,
    )
    return describe(ax, alt, pd.DataFrame({"share": counts}, index=pd.Index(names, name="customers")))


@styled
def newcomers(months: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw who came in each month, and how many of them a customer had brought: what `newcomers` returned."""
    assert ax is not None
    place = np.arange(len(months))
    brought, others = months["brought"], months["customers"] - months["brought"]
    ax.bar(place, brought, color=BLUE, width=0.85)
    ax.bar(place, others, bottom=brought, color=LIGHT, width=0.85)
    if len(months) <= MOST_LABELS:
        for at, share, height in zip(place, months["share"], brought, strict=True):
            if np.isfinite(share):
                ax.annotate(percent(share), (at, height), (0, 3), textcoords="offset points",
                            ha="center", fontsize=9)  # fmt: skip
    every = max(1, -(-len(months) // MOST_LABELS))
    names = [f"{day:%Y-%m}" for day in months.index]
    ax.set_xticks(place[::every], names[::every], rotation=45, ha="right")
    last = months.iloc[-1]
    for height, words, across in (
        (0, tr("brought by\na customer"), "bottom"),
        (last["customers"], tr("came\notherwise"), "top"),
    ):
        ax.annotate(words, (place[-1] + 0.5, height), (4, 2), textcoords="offset points", va=across,
                    fontsize=9.5)  # fmt: skip
    share = float(months["brought"].sum() / months["customers"].sum())
    ends = [percent(float(months["share"].min())), percent(float(months["share"].max()))]
    said = {"share": percent(share), "low": ends[0], "high": ends[1]}
    title = tr("Customers brought {share} of the newcomers", **said)
    if len(months) > 1:
        title += "\n" + (
            tr("(in each month {low})", **said)
            if ends[0] == ends[1]
            else tr("(in a month between {low} and {high})", **said)
        )
    ax.set_title(title)
    ax.set(xlabel=tr("month of the first purchase"), ylabel=tr("newcomers"))
    alt = tr(
        "Bars of the newcomers of each month; customers had brought {share} of them, between {low} "
        "and {high} in a month.",
        **said,
    )
    return describe(ax, alt, months[["customers", "brought", "share"]])


@styled
def brought_by_age(curves: Mapping[str, pd.DataFrame], *, age: int, ax: Axes | None = None) -> Axes:
    """Draw how many others two groups of customers had brought by each age, with what may be chance.

    ``curves`` are what `brought_by_age` returned for each group, by its name; ``age`` is where they are
    compared. Ages at which under 30 customers were watched are left out.
    """
    assert ax is not None
    if len(curves) != 2:
        raise DataError(f"Two groups are compared, but {len(curves)} were given.")
    drawn = {name: curve[curve["watched"] >= LEAST] for name, curve in curves.items()}
    if any(age not in curve.index for curve in drawn.values()):
        raise DataError(f"Not both groups have {LEAST} customers watched for {age} days. Take a lower age.")
    for (name, curve), color, style in zip(drawn.items(), (BLUE, ORANGE), ("-", "--"), strict=True):
        ax.plot(curve.index, curve["brought"], color=color, linestyle=style)
        ax.fill_between(curve.index, curve["low"], curve["high"], color=color, alpha=0.2, linewidth=0)
        ax.annotate(name, (curve.index[-1], curve["brought"].iloc[-1]), (6, 0), textcoords="offset points",
                    va="center")  # fmt: skip
    ax.axvline(age, color=INK, linewidth=1, linestyle=":")
    (one, first), (two, second) = drawn.items()
    a, b = first.loc[age], second.loc[age]
    gap, half = a["brought"] - b["brought"], 1.96 * float(np.hypot(a["error"], b["error"]))
    said = {
        "age": age,
        "one": one,
        "two": two,
        "first": f"{a['brought']:.2f}",
        "second": f"{b['brought']:.2f}",
    }
    if abs(gap) <= half or said["first"] == said["second"]:
        title = tr(
            "By day {age} the two cannot be told apart:\n{one} had brought {first} others each, "
            "{two} {second}",
            **said,
        )
    else:
        title = tr("By day {age} {one} had brought {first} others each,\n{two} {second}", **said)
    ax.set_title(title)
    ax.set(xlabel=tr("days since the own first purchase"), ylabel=tr("others brought, mean"), ylim=(0, None))
    longest = max(curve.index[-1] for curve in drawn.values())
    ax.set_xlim(0, 1.22 * longest)
    alt = tr(
        "Lines of the others brought by the age of the relationship: by day {age} {one} had brought "
        "{first}, {two} {second}.",
        **said,
    )
    return describe(ax, alt, pd.concat(drawn, names=["group"]))


@styled
def sayings(told: pd.DataFrame, *, here: float | None = None, ax: Axes | None = None) -> Axes:
    """Draw how many more good than bad words a customer spreads, by the share of unhappy ones.

    ``told`` has one row a saying: ``good``, told by a customer who is not unhappy, and ``bad``, told by one
    who is. ``here`` is the share of unhappy customers of this business.
    """
    assert ax is not None
    even = (told["good"] / (told["good"] + told["bad"])).rename("break_even")
    most = min(1.0, 1.2 * max(float(even.max()), here or 0.0))
    share = np.array([0.0, most])
    net = told["good"].to_numpy()[:, None] * (1 - share) - told["bad"].to_numpy()[:, None] * share
    ends = pd.Series(net[:, -1], told.index).sort_values()
    step = 0.06 * float(net.max() - net.min())  # so that no label covers another
    ends = (ends - step * np.arange(len(ends))).cummax() + step * np.arange(len(ends))
    styles = zip((BLUE, RED, GREEN, ORANGE, GREY), ("-", "--", "-.", ":", "-"), strict=True)
    for (name, line), (color, style) in zip(zip(told.index, net, strict=True), styles, strict=False):
        ax.plot(share, line, color=color, linestyle=style)
        ax.annotate(str(name), (most, ends[name]), (6, 0), textcoords="offset points", va="center",
                    color=color, fontsize=9.5)  # fmt: skip
        ax.plot(even[name], 0, "o", color=color, markeredgecolor=INK, zorder=4)
    ax.axhline(0, color=INK, linewidth=1)
    if here is not None:
        ax.axvline(here, color=INK, linewidth=1, linestyle=":")
        ax.annotate(tr("assumed here"), (here, 1), (4, -4), xycoords=("data", "axes fraction"),
                    textcoords="offset points", va="top", fontsize=9.5)  # fmt: skip
    said = {"low": percent(float(even.min())), "high": percent(float(even.max()))}
    if said["low"] == said["high"]:
        title = tr("Bad words equal the good ones if {low} of the customers are unhappy", **said)
    else:
        title = tr(
            "By these numbers bad words equal the good ones\nif {low} to {high} of the customers are unhappy",
            **said,
        )
    ax.set_title(title)
    ax.set(xlabel=tr("share of unhappy customers"), ylabel=tr("good less bad words a customer"))
    ax.set_xlim(0, most)
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    alt = tr(
        "Falling lines, one a saying: good less bad words a customer by the share of unhappy customers; they "
        "reach zero from {low} to {high}.",
        **said,
    )
    return describe(ax, alt, told.assign(break_even=even))


@styled
def delight_break_even(
    prices: pd.Series,
    *,
    advertising: float,
    worth: float,
    times: float,
    even: float,
    currency: str,
    ax: Axes | None = None,
) -> Axes:
    """Draw what one more customer costs by delight, by how many times as many a delighted guest brings.

    ``prices`` are `delight_price` by ``times``; ``times`` is what the saying promises, and ``even`` from
    where delight is as cheap as advertising.
    """
    assert ax is not None
    top = 2.2 * max(advertising, worth)
    low = prices[np.isfinite(prices.to_numpy()) & (prices <= top)]
    ax.plot(low.index, low, color=BLUE)
    right = float(prices.index.max())
    for value, color, style, words in (
        (advertising, ORANGE, "--", tr("by advertising: {money}", money=money(advertising, currency))),
        (worth, GREY, ":", tr("what a customer is worth: {money}", money=money(worth, currency))),
    ):
        ax.axhline(value, color=color, linestyle=style)
        other = worth if value == advertising else advertising
        above = value >= other
        ax.annotate(words, (right, value), (0, 4 if above else -4), textcoords="offset points", ha="right",
                    va="bottom" if above else "top", fontsize=9.5)  # fmt: skip
    ax.plot(even, advertising, "o", color=ORANGE, markeredgecolor=INK, markersize=9, zorder=4)
    at = float(np.interp(times, prices.index.to_numpy(dtype=float), prices.to_numpy(dtype=float)))
    if np.isfinite(at) and at <= top:
        ax.plot(times, at, "s", color=BLUE, markeredgecolor=INK, markersize=8, zorder=4)
        right_of = at < 0.06 * top  # too near the axis for words under it
        ax.annotate(tr("the saying"), (times, at), (8, 5) if right_of else (-8, -5),
                    textcoords="offset points", ha="left" if right_of else "right",
                    va="bottom" if right_of else "top", fontsize=9.5)  # fmt: skip
    said = {"even": f"{even:,.1f}", "times": f"{times:,.1f}" if times >= 0.95 else f"{times:,.2f}"}
    ax.set_title(tr("Delight is cheaper than advertising if it makes a guest bring over\n"
                    "{even} times as many; the saying promises {times} times", **said))  # fmt: skip
    ax.set(xlabel=tr("how many times as many a delighted guest brings"), ylim=(0, top))
    ax.set_ylabel(tr("price of one more customer, {currency}", currency=currency))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    alt = tr(
        "Falling curve of the price of one more customer by delight; it meets the price of advertising at "
        "{even} times, and the saying promises {times} times.",
        **said,
    )
    return describe(ax, alt, prices.to_frame("price"))


def _many(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"
