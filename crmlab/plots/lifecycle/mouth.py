"""Pictures of word of mouth: when its chains die out, and how long they are."""

from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, PercentFormatter

from crmlab.language import tr
from crmlab.plots.style import BLUE, INK, LIGHT, ORANGE, describe, styled
from crmlab.words import percent


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
    ax.annotate(tr("each replaces\nitself"), (1, 0.08), (5, 0), textcoords="offset points", fontsize=9.5)
    at = here if here is not None else float(mean[-1])
    value = float(np.interp(at, mean, dies))
    ax.plot(at, value, "o", color=ORANGE, markeredgecolor=INK, markersize=9, zorder=4)
    said = {"mean": f"{at:.3g}", "chance": percent(value)}
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
        if share:
            ax.annotate(percent(share), (place, share), (0, 3), textcoords="offset points", ha="center",
                        fontsize=9, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5})  # fmt: skip
    names = [f"{int(low):,}" if high - low == 1 else f"{int(low):,}-{int(high) - 1:,}"
             for low, high in pairwise(edges)]  # fmt: skip
    ax.set_xticks(places, names, rotation=45 if most > 7 else 0)
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


def _many(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"
