"""Pictures of loyalty: attitude against behaviour, and what a rival takes from each kind."""

import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from crmlab.decisions import FOUR_LOYALTIES
from crmlab.errors import unknown
from crmlab.language import ntr, tr
from crmlab.plots.decisions.dots import draw_dots, said_dots
from crmlab.plots.style import describe, label_of, styled
from crmlab.words import capital, percent

_PLACES = {"true": (1, 1), "latent": (0, 1), "spurious": (1, 0), "no loyalty": (0, 0)}


@styled
def four_loyalties(loyalty: pd.Series, *, ax: Axes | None = None) -> Axes:
    """Draw how many customers like us, and how many come often: the more, the darker.

    The labels are those of `crmlab.decisions.attitude_behaviour`.
    """
    assert ax is not None
    table = loyalty.value_counts().rename("customers").to_frame()
    if odd := sorted(set(table.index.astype(str)) - set(_PLACES)):
        raise unknown("loyalty", odd[0], _PLACES)
    table = table.reindex(list(_PLACES), fill_value=0)
    table["share"] = table["customers"] / table["customers"].sum()
    for name, row in table.iterrows():
        x, y = _PLACES[str(name)]
        colour = colormaps["Blues"](0.05 + 0.55 * row["share"] / table["share"].max())
        ax.add_patch(Rectangle((x, y), 0.97, 0.95, color=colour))
        ax.text(x + 0.06, y + 0.76, capital(label_of(name)), fontweight="bold", fontsize=12, va="center")
        words = ntr(
            "{n:,} customer, {share}",
            "{n:,} customers, {share}",
            int(row["customers"]),
            share=percent(row["share"]),
        )
        ax.text(x + 0.06, y + 0.52, words, va="center")
        ax.text(
            x + 0.06, y + 0.28, label_of(FOUR_LOYALTIES.loc[str(name), "meaning"]), va="center", fontsize=9
        )
    ax.set(xlim=(0, 2), ylim=(0, 2), xticks=[0.48, 1.48], yticks=[0.48, 1.48])
    ax.set_xticklabels([tr("comes seldom"), tr("comes often")])
    ax.set_yticklabels([tr("does not\nlike us"), tr("likes us")])
    ax.tick_params(length=0)
    ax.spines[["left", "bottom"]].set_visible(False)
    often = table.loc[["true", "spurious"], "customers"]
    if often.sum():
        title = tr(
            "Of those who come often, {share} do not like us", share=percent(often["spurious"] / often.sum())
        )
    else:
        title = tr("Nobody comes often")
    ax.set_title(title)
    parts = ", ".join(f"{label_of(name)} {percent(share)}" for name, share in table["share"].items())
    alt = tr("Four fields of attitude by behaviour: {parts}. {title}.", parts=parts, title=title)
    return describe(ax, alt, table)


@styled
def rival(effects: pd.DataFrame, *, unit: str, ax: Axes | None = None) -> Axes:
    """Draw what a rival changed for each kind of customer, with the interval of towns, the most hurt first.

    The table is that of `crmlab.decisions.difference_in_differences` by kind; ``unit`` says what was counted,
    such as "orders a year".
    """
    assert ax is not None
    table = effects.sort_values("effect")
    names = [
        f"{capital(label_of(name))} ({many:,})"
        for name, many in zip(table.index, table["treated"] + table["others"], strict=True)
    ]
    columns = ["effect", "low", "high"]
    text = "{:+z.1f}".format
    draw_dots(ax, table, columns=columns, names=names, text=text)
    sure = table[table["high"] < 0]
    if len(sure):
        title = tr(
            "A rival takes most from “{kind}”: {effect:,.1f} {unit}",
            kind=label_of(sure.index[0]),
            effect=-sure["effect"].iloc[0],
            unit=unit,
        )
    else:
        title = tr("That a rival takes anything from any kind cannot be told")
    ax.set(title=title, xlabel=tr("change because of the rival, {unit} a customer", unit=unit))
    parts = said_dots(table, columns=columns, names=names, text=text)
    alt = tr("Dots with intervals of what a rival changed by kind of customer. {parts}.", parts=parts)
    return describe(ax, alt, table)
