"""Pictures of the ladder: steps up and down each rung, and how long the way to the top is."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.errors import InputError
from crmlab.groups import check_moves
from crmlab.language import tr
from crmlab.plots.style import BLUE, INK, LIGHT, RED, describe, label_of, styled
from crmlab.words import percent


@styled
def rungs(moves: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw for each rung how many climb, stay and fall in a period.

    It takes shares of moves, rungs from the lowest, such as `crmlab.lifecycle.transition_matrix` returns.
    """
    assert ax is not None
    check_moves(moves)
    cells = moves.to_numpy(dtype=float)
    table = pd.DataFrame(
        {
            "climb": np.triu(cells, 1).sum(axis=1),
            "stay": np.diag(cells),
            "fall": np.tril(cells, -1).sum(axis=1),
        },
        index=moves.index,
    )
    places = np.arange(len(table))
    ax.barh(places, table["climb"], color=BLUE, height=0.6)
    ax.barh(places, -table["fall"], color=RED, height=0.6)
    ax.axvline(0, color=INK, linewidth=1)
    for place, (_, row) in zip(places, table.iterrows(), strict=True):
        for share, sign, side in ((row["climb"], 1, "left"), (row["fall"], -1, "right")):
            if share > 0:
                ax.annotate(
                    percent(share),
                    (sign * share, place),
                    (4 * sign, 0),
                    textcoords="offset points",
                    ha=side,
                    va="center",
                    fontsize=9,
                )
    ax.set_yticks(places, [label_of(name) for name in table.index])
    widest = 1.25 * max(float(table[["climb", "fall"]].to_numpy().max()), 0.01)
    ax.set_xlim(-widest, widest)
    ax.xaxis.set_major_formatter(lambda value, _: f"{abs(100 * value):.10g}%")
    ax.text(0.98, 1.0, tr("climb →"), color=BLUE, transform=ax.transAxes, ha="right", va="bottom")
    ax.text(0.02, 1.0, tr("← fall"), color=RED, transform=ax.transAxes, ha="left", va="bottom")
    ax.set_xlabel(tr("share of those on the rung, in a period"))
    ax.set_ylabel(tr("rung"))
    inner = table.iloc[1:-1] if len(table) > 2 else table
    easier = int((inner["fall"] > inner["climb"]).sum())
    if easier == len(inner):
        title = tr("From every rung between, more fall than climb")
    elif easier == 0:
        title = tr("From no rung between do more fall than climb")
    else:
        title = tr("From {n} of {all} rungs between, more fall than climb", n=easier, all=len(inner))
    ax.set_title(title, pad=22)
    parts = "; ".join(
        tr(
            "{rung}: {climb} climb, {fall} fall",
            rung=label_of(name),
            climb=percent(row["climb"]),
            fall=percent(row["fall"]),
        )
        for name, row in table[::-1].iterrows()
    )
    return describe(
        ax, tr("Bars of climbing and falling by rung, from the top. {parts}.", parts=parts), table[::-1]
    )


@styled
def way_up(periods: pd.Series, *, without_falls: pd.Series | None = None, ax: Axes | None = None) -> Axes:
    """Draw how many periods the way to the top takes on average, from each rung.

    It takes periods by rung, such as a column of `crmlab.lifecycle.first_passage` or what `expected_steps`
    returns, and beside it the same of a ladder on which nobody falls.
    """
    assert ax is not None
    if not np.isfinite(periods.to_numpy(dtype=float)).any():
        raise InputError("periods holds no number that can be drawn: is the top reached from any rung?")
    known = periods[np.isfinite(periods.to_numpy(dtype=float))]
    table = pd.DataFrame({"periods": known})
    places = np.arange(len(table))
    if without_falls is not None:
        table["without_falls"] = without_falls.reindex(table.index)
    bars = ax.barh(places, table["periods"], color=BLUE, height=0.6)
    ax.bar_label(bars, [f"{each:,.1f}" for each in table["periods"]], padding=4, fontsize=9)
    if without_falls is not None:
        ax.barh(places, table["without_falls"], color=LIGHT, height=0.36, edgecolor=INK, linewidth=0.6)
        place = int(table["without_falls"].fillna(0.0).to_numpy().argmax())
        ax.text(
            0.02 * float(known.max()),
            place,
            tr("if nobody fell: {n:,.1f}", n=table["without_falls"].iloc[place]),
            va="center",
            fontsize=9,
        )
    ax.set_yticks(places, [label_of(name) for name in table.index])
    ax.margins(x=0.1)
    ax.set(xlabel=tr("periods to the top, on average"), ylabel=tr("rung"))
    first = label_of(table.index[int(table["periods"].to_numpy().argmax())])
    most = float(table["periods"].max())
    ax.set_title(tr("From {rung} to the top it takes {n:,.1f} periods on average", rung=first, n=most))
    parts = "; ".join(
        tr("{rung}: {n:,.1f}", rung=label_of(name), n=row["periods"]) for name, row in table[::-1].iterrows()
    )
    return describe(ax, tr("Bars of periods to the top by rung. {parts}.", parts=parts), table[::-1])
