"""Pictures of relationship stages."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from crmlab import lifecycle as theory
from crmlab.plots.style import BLUE, GREEN, GREY, INK, ORANGE, SKY, describe, heatmap, styled

_STAGE_COLOURS = {"exploration": SKY, "formation": ORANGE, "stability": GREEN, "decline": GREY}


@styled
def stages(labels: Mapping[str, pd.Series], *, ax: Axes | None = None) -> Axes:
    """Draw the share of customers in each stage at several dates, one bar a date."""
    assert ax is not None
    shares = pd.DataFrame(
        {when: stage.value_counts(normalize=True, sort=False) for when, stage in labels.items()}
    ).T
    left = pd.Series(0.0, index=shares.index)
    for name in shares.columns:
        ax.barh(shares.index, shares[name], left=left, color=_STAGE_COLOURS[name], edgecolor="white")
        for when in shares.index[shares[name] >= 0.04]:
            middle = left[when] + shares.loc[when, name] / 2
            ax.text(
                middle, when, f"{name}\n{shares.loc[when, name]:.0%}", ha="center", va="center", fontsize=9
            )
        left += shares[name]
    ax.invert_yaxis()
    first, last = shares["decline"].iloc[0], shares["decline"].iloc[-1]
    ax.set_title(f"Decline went from {first:.0%} to {last:.0%} of the customers")
    ax.set(xlabel="share of customers", xlim=(0, 1))
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    parts = "; ".join(
        f"{when}: " + ", ".join(f"{name} {share:.0%}" for name, share in row.items())
        for when, row in shares.iterrows()
    )
    return describe(ax, f"Stacked bars of relationship stages. {parts}.", shares)


@styled
def measure(profile: pd.DataFrame, column: str, *, unit: str, ax: Axes | None = None) -> Axes:
    """Draw one column of a stage profile, a bar a stage."""
    assert ax is not None
    values = profile[column]
    bars = ax.bar(values.index.astype(str), values, color=[_STAGE_COLOURS[name] for name in values.index])
    ax.bar_label(
        bars, ["none" if pd.isna(value) else f"{value:,.2f}" for value in values], padding=2, fontsize=9
    )
    words = column.replace("_", " ")
    ax.set_title(f"{words.capitalize()} is highest in {values.idxmax()}")
    ax.set(ylabel=f"{words}, {unit}", xlabel="")
    ax.axhline(0, color=INK, linewidth=0.8)
    ax.margins(y=0.14)
    parts = ", ".join(f"{name} {value:,.2f}" for name, value in values.dropna().items())
    return describe(ax, f"Bars of {words} ({unit}) by stage: {parts}.", values.to_frame())


@styled
def transitions(before: pd.Series, after: pd.Series, *, ax: Axes | None = None) -> Axes:
    """Draw where the customers of each stage are at a later date."""
    assert ax is not None
    moves = theory.transition_matrix(before, after)
    heatmap(ax, moves, text="{:.0%}".format)
    loss = moves["decline"].drop("decline").dropna()
    ax.set_title(f"From {loss.idxmax()}, {loss.max():.0%} slid into decline")
    ax.set(xlabel="later stage", ylabel="earlier stage")
    parts = "; ".join(f"from {name} {share:.0%}" for name, share in loss.items())
    return describe(ax, f"Table of moves between stages. Into decline: {parts}.", moves)


@styled
def volume(life: pd.DataFrame, *, currency: str, unit: str = "month", ax: Axes | None = None) -> Axes:
    """Draw the curve of value per customer over the periods of their life, after the first."""
    assert ax is not None
    later = life.iloc[1:]
    ax.plot(later.index, later["value"], color=BLUE, marker="o", markersize=4)
    first, last = later["value"].iloc[0], later["value"].iloc[-1]
    ax.set_title(f"From {first:,.2f} to {last:,.2f} {currency} a customer and {unit}")
    ax.set(xlabel=f"{unit} of the relationship", ylabel=f"{currency} per customer and {unit}")
    ax.set_ylim(bottom=0)
    alt = (
        f"Line of value per customer by {unit} of the relationship, without the first: from {first:,.2f} to "
        f"{last:,.2f} {currency}."
    )
    return describe(ax, alt, later)
