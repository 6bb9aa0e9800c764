"""Pictures of how a product spreads: Bass's curve against the sales."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from crmlab import lifecycle as theory
from crmlab.language import tr
from crmlab.plots.style import BLUE, INK, LIGHT, ORANGE, describe, styled, thousands
from crmlab.words import percent


@styled
def bass(sales: pd.Series, fitted: pd.Series, *, ahead: int = 0, ax: Axes | None = None) -> Axes:
    """Draw first purchases by period, and Bass's curve through them and beyond.

    ``fitted`` has *p*, *q* and *m*: a row of what `fit_bass` returned. ``ahead`` is how many periods the
    curve runs on.
    """
    assert ax is not None
    p, q, m = (float(fitted[name]) for name in ("p", "q", "m"))
    curve = theory.bass_sales(p, q, m, periods=len(sales) + ahead)
    times = np.arange(1, len(curve) + 1)
    ax.bar(times[: len(sales)], sales.to_numpy(dtype=float), color=LIGHT, width=0.8)
    ax.plot(times, curve["sales"], color=BLUE, marker="o", markersize=3.5)
    peak = theory.bass_peak(p, q)
    bought = float(sales.sum()) / m
    at = float(peak["time"]) + 0.5  # sales of a period are drawn at its number
    said = {"share": percent(bought), "m": f"{m:,.0f}", "peak": f"{peak['time']:.1f}"}
    if at <= times[-1] + 0.5:
        ax.axvline(at, color=ORANGE, linewidth=1.4, linestyle="--")
        ax.annotate(tr("peak at {peak}", **said), (at, 0.98), (5, 0), xycoords=("data", "axes fraction"),
                    textcoords="offset points", va="top")  # fmt: skip
    if peak["time"] < len(sales):
        title = tr("The peak is past: {share} of {m} who will ever buy have bought", **said)
    else:
        title = tr("The peak is still to come: {share} of {m} who will ever buy have bought", **said)
    ax.set_title(title)
    ax.set(xlabel=tr("period since the launch"), ylabel=tr("first purchases"))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.margins(y=0.1)
    thousands(ax.yaxis)
    ax.annotate(tr("bars: sales; line: Bass's curve"), (0.99, 0.86), xycoords="axes fraction", ha="right",
                color=INK, fontsize=9.5)  # fmt: skip
    alt = tr(
        "Bars of first purchases by period with Bass's curve: its peak is at {peak}, and {share} of {m} have "
        "bought so far.",
        **said,
    )
    drawn = curve.assign(sold=pd.Series(sales.to_numpy(dtype=float)).reindex(range(len(curve))).to_numpy())
    return describe(ax, alt, drawn)
