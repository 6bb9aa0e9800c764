"""Pictures of what a barrier holds: rates around a day, and ratios of hazards."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.language import mark, tr
from crmlab.plots.style import BLUE, GREY, INK, ORANGE, describe, label_of, percents, styled
from crmlab.words import capital

_WHEN = {"before": (mark("before"), GREY, "o"), "after": (mark("after"), BLUE, "D")}


@styled
def rates(found: pd.DataFrame, change: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the rates of leaving before and after a day, by group, with their limits.

    ``found`` is what `hazard_around` returned, ``change`` what `hazard_change` made of it.
    """
    assert ax is not None
    groups = list(found.index.get_level_values("group").unique())
    for step, (when, (word, colour, marker)) in enumerate(_WHEN.items()):
        rows = found.xs(when, level="when").reindex(groups)
        places = np.arange(len(groups)) + (step - 0.5) * 0.3
        ends = np.array([rows["rate"] - rows["low"], rows["high"] - rows["rate"]]).clip(min=0)
        ax.errorbar(rows["rate"], places, xerr=ends, fmt=marker, color=colour, capsize=3, linewidth=1.5)
        for place, high in zip(places, rows["high"], strict=True):
            ax.annotate(tr(word), (high, place), (6, 0), textcoords="offset points", va="center", color=INK)
    ax.set_yticks(range(len(groups)), [label_of(name) for name in groups])
    ax.set_ylim(len(groups) - 0.4, -0.6)
    ax.set_xlim(0, 1.12 * float(found["high"].max()))
    ratio = change.loc["ratio"]
    said = {"times": f"{ratio['estimate']:.2g}", "low": f"{ratio['low']:.2g}", "high": f"{ratio['high']:.2g}"}
    if ratio["low"] > 1:
        title = tr("Without the barrier they leave {times} times as readily ({low} to {high})", **said)
    elif ratio["high"] < 1:
        title = tr("After the day they leave {times} times as readily ({low} to {high})", **said)
    else:
        title = tr("Whether the day changed anything cannot be told ({low} to {high} times)", **said)
    ax.set_title(title)
    ax.set_xlabel(tr("leaving a year, of those at risk"))
    percents(ax.xaxis)
    parts = "; ".join(
        tr(
            "{group} {when} {rate:.0%} ({low:.0%} to {high:.0%})",
            group=label_of(name),
            when=tr(_WHEN[when][0]),
            **row[["rate", "low", "high"]],
        )
        for (name, when), (_, row) in zip(found.index, found.iterrows(), strict=True)
    )
    alt = tr(
        "Rates of leaving with limits: {parts}. The change is {times} times that of the control.",
        parts=parts,
        times=said["times"],
    )
    return describe(ax, alt, found)


@styled
def ratios(found: pd.DataFrame, *, names: dict[str, str] | None = None, ax: Axes | None = None) -> Axes:
    """Draw by how much each trait raises or lowers the hazard of leaving: what `hazard_ratios` returned.

    ``names`` say what each trait and its unit are, for a reader.
    """
    assert ax is not None
    words = [(names or {}).get(str(name), str(name)) for name in found.index]
    places = np.arange(len(found))
    clear = (found["low"] > 1) | (found["high"] < 1)
    for place, (ratio, low, high, sure) in enumerate(
        zip(found["ratio"], found["low"], found["high"], clear, strict=True)
    ):
        colour = ORANGE if sure and ratio > 1 else BLUE if sure else GREY
        ax.plot([low, high], [place, place], color=colour, linewidth=2)
        ax.plot(ratio, place, "o", color=colour)
        ax.annotate(
            f"{ratio:.3g}", (ratio, place), (0, 6), textcoords="offset points", ha="center", fontsize=9
        )
    ax.axvline(1, color=INK, linewidth=1)
    ax.set_xscale("log")
    ax.set_yticks(places, words)
    ax.set_ylim(len(found) - 0.5, -0.7)
    shown = [tick for tick in (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10, 20, 50)
             if 0.8 * found["low"].min() <= tick <= 1.25 * found["high"].max()]  # fmt: skip
    ax.set_xticks(shown or [1], [f"{tick:g}" for tick in shown or [1]])
    ax.minorticks_off()
    strength = np.log(found["ratio"]).abs().where(clear)
    if clear.any():
        top = int(np.nanargmax(strength))
        said = {"trait": words[top], "times": f"{found['ratio'].iloc[top]:.3g}"}
        title = capital(tr("{trait}: times {times} on the hazard of leaving", **said))
    else:
        title = tr("No trait is sure to raise or lower the hazard of leaving")
    ax.set_title(title)
    ax.set_xlabel(tr("leaving is that many times as likely, for one unit more"))
    parts = "; ".join(
        tr("{trait} {ratio:.3g} ({low:.3g} to {high:.3g})", trait=word, **row[["ratio", "low", "high"]])
        for word, (_, row) in zip(words, found.iterrows(), strict=True)
    )
    return describe(ax, tr("Ratios of hazards with limits, 1 is no change: {parts}.", parts=parts), found)
