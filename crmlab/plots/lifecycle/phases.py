"""Pictures of the demand side: how far those who asked get, and who is where."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from crmlab.language import ntr, tr
from crmlab.plots.style import BLUE, GREEN, GREY, INK, ORANGE, SKY, describe, label_of, styled
from crmlab.words import capital, percent

_COLOURS = {"potential": SKY, "new": ORANGE, "established": BLUE, "loyal": GREEN, "former": GREY}


@styled
def steps(found: pd.DataFrame, *, within: int, ax: Axes | None = None) -> Axes:
    """Draw how many who asked get how far within so many days: what `funnel` returned."""
    assert ax is not None
    places = np.arange(len(found))
    ax.barh(places, found["of_asked"], color=BLUE, height=0.6)
    ends = np.array([found["of_asked"] - found["low"], found["high"] - found["of_asked"]]).clip(min=0)
    ax.errorbar(found["of_asked"], places, xerr=ends, fmt="none", color=INK, capsize=3, linewidth=1.2)
    names = []
    for name in found.index:
        asked = str(name) == "asked"
        names.append(tr("asked") if asked else ntr("{n} purchase day", "{n} purchase days", int(name)))
    for place, (share, before) in enumerate(zip(found["of_asked"], found["of_before"], strict=True)):
        words = percent(share)
        if place and np.isfinite(before):
            words = tr("{share}, {before} of those before", share=percent(share), before=percent(before))
        ax.annotate(
            words, (found["high"].iloc[place], place), (7, 0), textcoords="offset points", va="center"
        )
    ax.set_yticks(places, names)
    ax.invert_yaxis()
    ax.set_xlim(0, 1.25)
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1])
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    lost = -np.diff(found["customers"].to_numpy(dtype=float))
    if len(lost) and found["customers"].iloc[1]:
        step = int(np.argmax(lost)) + 1
        said = {"step": names[step], "share": percent(found["of_before"].iloc[step])}
        title = tr("Most are lost before {step}: {share} get there", **said)
    else:
        title = tr("Nobody gets beyond asking")
    ax.set_title(title)
    ax.set(xlabel=tr("share of those who asked, within {days:,} days", days=within), ylabel="")
    parts = "; ".join(f"{name} {share:.0%}" for name, share in zip(names, found["of_asked"], strict=True))
    alt = tr("Bars of how far those who asked got within {days:,} days: {parts}.", days=within, parts=parts)
    return describe(ax, alt, found)


@styled
def shares(phase: pd.Series, *, ax: Axes | None = None) -> Axes:
    """Draw how many people are in each phase of the demand side: what `demand_phases` returned."""
    assert ax is not None
    count = phase.value_counts(sort=False)
    share = count / count.sum()
    names = [label_of(name) for name in count.index]
    bars = ax.bar(names, share, color=[_COLOURS.get(str(name), GREY) for name in count.index])
    ax.bar_label(
        bars, [f"{many:,} ({percent(part)})" for many, part in zip(count, share, strict=True)], padding=2
    )
    top = int(np.argmax(count))
    said = {"phase": names[top], "share": percent(share.iloc[top])}
    ax.set_title(capital(tr("{phase}: {share} of all who ever asked or bought", **said)))
    ax.set(ylabel=tr("share of people"), xlabel="")
    ax.margins(y=0.12)
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    parts = ", ".join(f"{name} {part:.0%}" for name, part in zip(names, share, strict=True))
    table = pd.DataFrame({"people": count, "share": share})
    return describe(ax, tr("Bars of people by phase: {parts}.", parts=parts), table)
