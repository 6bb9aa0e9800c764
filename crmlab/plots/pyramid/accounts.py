"""Pictures of accounts: how sales answer effort, and how a budget of effort is shared out."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.arguments import number
from crmlab.language import tr
from crmlab.plots.style import BLUE, GREY, INK, describe, label_of, styled, thousands
from crmlab.pyramid import effort_response


@styled
def response(curve: pd.Series, *, most: float = 3.0, ax: Axes | None = None) -> Axes:
    """Draw an account's sales by effort, both relative to the present ones.

    It takes what `crmlab.pyramid.effort_curve` returned.
    """
    assert ax is not None
    number(most, "most", "an effort", above=1)
    table = effort_response(curve, np.linspace(0, most, 121).tolist()).to_frame()
    now, more = (float(each) for each in effort_response(curve, [1.0, 2.0]))
    ax.plot(table.index, table["sales"], color=BLUE)
    for name, words in (("low", tr("without any effort")), ("high", tr("with all one could do"))):
        ax.axhline(float(curve[name]), color=GREY, linewidth=1, linestyle="--")
        ax.annotate(
            words, (most, float(curve[name])), (0, 4), textcoords="offset points", ha="right", fontsize=9
        )
    ax.plot([1, 2], [now, more], "o", color=INK)
    ax.annotate(tr("now"), (1, now), (6, -12), textcoords="offset points")
    ax.annotate(
        tr("twice the effort: {more:+.0%}", more=more / now - 1),
        (2, more),
        (6, -14),
        textcoords="offset points",
    )
    ax.set(xlim=(0, most), ylim=(0, 1.12 * float(curve["high"])))
    ax.set(xlabel=tr("effort, relative to now"), ylabel=tr("sales, relative to now"))
    title = tr(
        "Twice the effort brings {more:.0%} more, none at all leaves {low:.0%}",
        more=more / now - 1,
        low=float(curve["low"]) / now,
    )
    ax.set_title(title)
    alt = tr(
        "Curve of sales by effort: {low:.2f} without any, {now:.2f} now, {more:.2f} with twice, {high:.2f} "
        "at most.",
        low=float(curve["low"]),
        now=now,
        more=more,
        high=float(curve["high"]),
    )
    return describe(ax, alt, table)


@styled
def shared_out(found: pd.DataFrame, *, most: int = 12, ax: Axes | None = None) -> Axes:
    """Draw the effort each account gets where it brings most, beside an equal share.

    It takes what `crmlab.pyramid.best_efforts` returned; of many accounts those with most effort are drawn.
    """
    assert ax is not None
    equal = float(found["effort"].mean())
    table = found.sort_values("effort").tail(int(number(most, "most", "a number of accounts", least=1)))
    places = np.arange(len(table))
    bars = ax.barh(places, table["effort"], color=BLUE, height=0.65)
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
    ax.axvline(equal, color=INK, linewidth=1, linestyle="--")
    ax.bar_label(bars, [f"{each:,.0f}" for each in table["effort"]], padding=5, fontsize=9, bbox=box)
    ax.annotate(
        tr("equal share"),
        (equal, 0),
        (4, 4),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        fontsize=9,
        rotation=90,
    )
    ax.set_yticks(places, [label_of(name) for name in table.index])
    ax.margins(x=0.12)
    thousands(ax.xaxis)
    ax.set_xlabel(tr("effort"))
    sums = found[["brings", "equal", "by_sales"]].sum()
    words = {"equal": sums["brings"] / sums["equal"] - 1, "sales": sums["brings"] / sums["by_sales"] - 1}
    ax.set_title(tr("Where it brings most: {sales:.0%} more than in proportion to sales", **words))
    alt = tr(
        "Bars of effort by account, shared out where it brings most. It brings {best:,.0f}; an equal share "
        "{equal:,.0f}, in proportion to sales {sales:,.0f}.",
        best=sums["brings"],
        equal=sums["equal"],
        sales=sums["by_sales"],
    )
    return describe(ax, alt, table[::-1])
