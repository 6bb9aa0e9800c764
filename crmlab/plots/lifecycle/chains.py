"""Pictures of Markov chains: how far each state is from another, and where a push helps most."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from crmlab.errors import unknown
from crmlab.language import tr
from crmlab.plots.style import BLUE, INK, describe, heatmap, label_of, styled
from crmlab.words import capital


@styled
def passage(steps: pd.DataFrame, *, to: str, unit: str = "", ax: Axes | None = None) -> Axes:
    """Draw how many steps each state is from one, on average: what `first_passage` returned."""
    assert ax is not None
    if to not in steps.columns:
        raise unknown("state", to, steps.columns, where="steps")
    way = steps[to].drop(to)
    known = way[np.isfinite(way)]
    names = [label_of(name) for name in way.index]
    places = np.arange(len(way))
    ax.barh(places, way.where(np.isfinite(way), 0.0), color=BLUE, height=0.6)
    for place, value in enumerate(way):
        words = f"{value:,.1f}" if np.isfinite(value) else tr("may never get there")
        ax.annotate(words, (value if np.isfinite(value) else 0.0, place), (6, 0), textcoords="offset points",
                    va="center")  # fmt: skip
    ax.set_yticks(places, names)
    ax.invert_yaxis()
    ax.margins(x=0.15)
    said = {"to": label_of(to), "unit": unit or tr("steps")}
    if len(known):
        far = known.idxmax()
        said |= {"name": label_of(far), "many": f"{known[far]:,.1f}"}
        title = tr("From {name} to {to} takes {many} {unit} on average", **said)
    else:
        title = tr("Nobody is sure to get to {to}", **said)
    ax.set_title(title)
    ax.set_xlabel(tr("mean {unit} until {to} is reached first", **said))
    parts = ", ".join(
        f"{name} {value:,.1f}" if np.isfinite(value) else f"{name} -"
        for name, value in zip(names, way, strict=True)
    )
    return describe(
        ax,
        tr("Bars of the mean number of {unit} until {to} is reached: {parts}.", parts=parts, **said),
        way.to_frame(),
    )


@styled
def pushes(gains: pd.DataFrame, *, of: str, ax: Axes | None = None) -> Axes:
    """Draw what one customer in a hundred pushed from one state to another adds, the best push framed.

    ``gains`` is what `push_on_share` or `push_on_value` returned, ``of`` says of what, in words.
    """
    assert ax is not None
    cells = gains / 100
    shown = cells.rename(index=label_of, columns=label_of)
    text = "{:+.3g}".format
    heatmap(ax, shown.where(~np.eye(len(cells), dtype=bool)), text=text, low=None)
    row, column = (int(each) for each in np.unravel_index(np.argmax(cells.to_numpy()), cells.shape))
    best = float(cells.to_numpy(dtype=float)[row, column])
    said = {"one": shown.index[row], "two": shown.columns[column], "of": of, "gain": text(best)}
    if best > 0:
        ax.add_patch(
            Rectangle((column + 0.03, row + 0.03), 0.94, 0.94, fill=False, edgecolor=INK, linewidth=2.4)
        )
        title = tr("A push from {one} to {two} helps most: {gain} {of}", **said)
    else:
        title = tr("No push raises {of}", **said)
    ax.set_title(capital(title))
    ax.set(xlabel=tr("pushed to"), ylabel=tr("pushed from"))
    ax.tick_params(axis="x", rotation=0)
    alt = tr(
        "Table of what a push of one in a hundred adds to {of}, from rows to columns: most, {gain}, from "
        "{one} to {two}.",
        **said,
    )
    return describe(ax, alt, cells)
