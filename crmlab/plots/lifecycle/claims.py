"""Pictures of the famous figures: the region in which one is true."""

from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.errors import DataError
from crmlab.language import tr
from crmlab.plots.style import BLUE, INK, LIGHT, ORANGE, describe, percents, styled
from crmlab.words import percent


@styled
def region(
    cells: pd.DataFrame,
    *,
    low: float,
    high: float = np.inf,
    across: str,
    up: str,
    claim: str,
    here: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw for which margins or rates a figure lies in its range: what `claim_region` returned.

    ``across`` and ``up`` say what the columns and the rows are, ``claim`` what is claimed, all in words; both
    are shares. ``here`` is where this business stands.
    """
    assert ax is not None
    values = cells.to_numpy(dtype=float)
    if not np.isfinite(values).any():
        raise DataError("The figure has no value anywhere, so there is no region to draw.")
    holds = (values >= low) & (values <= high)
    x, y = cells.columns.to_numpy(dtype=float), cells.index.to_numpy(dtype=float)
    least, most = float(np.nanmin(values)), float(np.nanmax(values))
    inner = sorted({each for each in (low, high) if least < each < most})
    edges = [least - 1, *inner, most + 1]
    middles = [(one + two) / 2 for one, two in pairwise([least, *inner, most])]
    ax.contourf(x, y, values, edges, colors=[BLUE if low <= each <= high else LIGHT for each in middles])
    if inner:
        ax.contour(x, y, values, levels=inner, colors=INK, linewidths=1.4)
    share = float(holds[np.isfinite(values)].mean())
    said = {"claim": claim, "share": percent(share), "across": across, "up": up}
    if here is not None:
        ax.plot(*here, "o", color=ORANGE, markeredgecolor=INK, markersize=10, zorder=5)
        right = here[0] > (x[0] + x[-1]) / 2
        ax.annotate(tr("this business"), here, (-9 if right else 9, 7), textcoords="offset points",
                    ha="right" if right else "left", fontweight="bold",
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 1, "alpha": 0.8})  # fmt: skip
    if not holds.any():
        title = tr("{claim}: true nowhere in this picture", **said)
    elif share == 1:
        title = tr("{claim}: true everywhere in this picture", **said)
    else:
        title = tr("{claim}: true in the blue {share} of this picture", **said)
    ax.set_title(title)
    ax.set(xlabel=across, ylabel=up)
    percents(ax.xaxis)
    percents(ax.yaxis)
    alt = tr("Map of {across} by {up}, in which the claim holds in {share}: {claim}.", **said)
    return describe(ax, alt, cells)
