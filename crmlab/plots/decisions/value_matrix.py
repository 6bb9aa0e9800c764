"""Pictures of decisions: whom to treat how."""

import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from crmlab.decisions import CORNERS
from crmlab.errors import unknown
from crmlab.groups import profile
from crmlab.language import ntr, tr
from crmlab.plots.style import describe, label_of, styled


@styled
def matrix(quadrant: pd.Series, past: pd.Series, future: pd.Series, *, ax: Axes | None = None) -> Axes:
    """Draw the customer value matrix: past value upwards, future value to the right, darker for more to come.

    The quadrants are those of `crmlab.decisions.value_matrix`.
    """
    assert ax is not None
    table = profile(quadrant, pd.DataFrame({"past": past, "future": future}))
    table = table[table["customers"] > 0]
    if odd := sorted(set(table.index) - set(CORNERS.index)):
        raise unknown("corner", odd[0], CORNERS.index)
    for name, row in table.iterrows():
        corner, share = CORNERS.loc[str(name)], float(row["future_share"])
        x, y = int(bool(corner["future"])), int(bool(corner["past"]))
        ax.add_patch(Rectangle((x, y), 0.97, 0.95, color=colormaps["Blues"](0.08 + 0.5 * max(share, 0))))
        lines = (
            ntr(
                "{n:,} customer, {share:.0%}",
                "{n:,} customers, {share:.0%}",
                row["customers"],
                share=row["customers_share"],
            ),
            tr("{share:.0%} of the past profit", share=row["past_share"]),
            tr("{share:.0%} of the value to come", share=share),
        )
        ax.text(x + 0.06, y + 0.80, label_of(name), fontweight="bold", fontsize=12, va="center")
        for step, line in enumerate(lines):
            ax.text(x + 0.06, y + 0.58 - 0.17 * step, line, va="center")
    ax.set(xlim=(0, 2), ylim=(0, 2), xticks=[0.48, 1.48], yticks=[0.48, 1.48])
    ax.set_xticklabels([tr("under the mean"), tr("over the mean")])
    ax.set_yticklabels([tr("under\nthe mean"), tr("over\nthe mean")])
    ax.tick_params(length=0)
    ax.spines[["left", "bottom"]].set_visible(False)
    best = table.iloc[int(table["future_share"].argmax())]
    ax.set_xlabel(tr("potential value: CLV without any campaign"))
    ax.set_ylabel(tr("current value: profit so far"))
    title = tr(
        "{people:.0%} of the customers hold {value:.0%} of the value to come",
        people=best["customers_share"],
        value=best["future_share"],
    )
    ax.set_title(title)
    parts = "; ".join(
        tr(
            "{quadrant} {customers_share:.0%} of customers, {past_share:.0%} of past profit, "
            "{future_share:.0%} of value to come",
            quadrant=label_of(name),
            **row,
        )
        for name, row in table.iterrows()
    )
    return describe(ax, tr("Customer value matrix. {parts}.", parts=parts), table)
