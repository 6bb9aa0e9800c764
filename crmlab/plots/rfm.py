"""Pictures of RFM scores and segments."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from crmlab.plots.style import BLUE, LIGHT, describe, heatmap, styled
from crmlab.segments import profile


@styled
def grid(scores: pd.DataFrame, value: pd.Series, *, ax: Axes | None = None) -> Axes:
    """Draw the mean value of customers by recency and frequency score."""
    assert ax is not None
    cells = value.groupby([scores["R"], scores["F"]]).mean().unstack("F").sort_index(ascending=False)
    heatmap(ax, cells, text="{:,.0f}".format)
    best = cells.stack().idxmax()
    ax.set_title(f"Mean {value.name} is highest at R {best[0]}, F {best[1]}")
    ax.set(xlabel="frequency score F (5 buys most often)", ylabel="recency score R (5 bought last)")
    alt = (
        f"Grid of mean {value.name} by recency score and frequency score, highest with "
        f"{cells.loc[best]:,.0f} at R {best[0]} and F {best[1]}."
    )
    return describe(ax, alt, cells)


@styled
def score_sizes(scores: pd.DataFrame, letter: str = "F", *, ax: Axes | None = None) -> Axes:
    """Draw how many customers have each score: ties show as tall and as empty bars."""
    assert ax is not None
    top = int(scores[["R", "F", "M"]].to_numpy().max())
    shares = scores[letter].value_counts(normalize=True).reindex(range(1, top + 1), fill_value=0.0)
    bars = ax.bar(shares.index, shares, color=BLUE)
    ax.bar_label(bars, [f"{share:.0%}" for share in shares], padding=2, fontsize=9)
    ax.set_title(f"Score {letter} {shares.idxmax()} alone holds {shares.max():.0%} of the customers")
    ax.set(xlabel=f"score {letter}", ylabel="share of customers")
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    parts = ", ".join(f"{score}: {share:.0%}" for score, share in shares.items())
    return describe(ax, f"Bars of customers by score {letter}. {parts}.", shares.to_frame("customers_share"))


@styled
def segments(segment: pd.Series, value: pd.Series, *, ax: Axes | None = None) -> Axes:
    """Draw each segment's share of the customers and of the value."""
    assert ax is not None
    table = profile(segment, value)
    shares = table[["customers_share", f"{value.name}_share"]].iloc[::-1]
    places = range(len(shares))
    for offset, column, colour in ((0.2, shares.columns[1], BLUE), (-0.2, "customers_share", LIGHT)):
        bars = ax.barh([place + offset for place in places], shares[column], height=0.38, color=colour)
        ax.bar_label(bars, [f"{share:.0%}" for share in shares[column]], padding=3, fontsize=9)
        bars.set_label(column.removesuffix("_share"))
    ax.set_yticks(list(places), shares.index.astype(str))
    ax.legend(loc="lower right")
    best = shares[shares.columns[1]].idxmax()
    ax.set_title(f"{best.capitalize()}: {shares.loc[best].iloc[0]:.0%} of customers, "
                 f"{shares.loc[best].iloc[1]:.0%} of {value.name}")  # fmt: skip
    ax.set(xlabel="share of the base", ylabel="")
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.margins(x=0.1)
    parts = "; ".join(
        f"{name} {row.iloc[0]:.0%} of customers, {row.iloc[1]:.0%} of {value.name}"
        for name, row in shares.iloc[::-1].iterrows()
    )
    return describe(ax, f"Bars by segment. {parts}.", shares.iloc[::-1])


@styled
def moves(before: pd.Series, after: pd.Series, *, ax: Axes | None = None) -> Axes:
    """Draw how customers of one labelling are spread over another, row by row."""
    assert ax is not None
    from crmlab.segments import transitions

    table = transitions(before, after)
    counts = transitions(before, after, shares=False)
    same = sum(counts.loc[name, name] for name in counts.index if name in counts.columns)
    heatmap(ax, table, text=lambda share: f"{share:.0%}" if share >= 0.005 else "")
    ax.set_title(f"{same / counts.to_numpy().sum():.0%} keep their label")
    ax.set(xlabel=str(after.name), ylabel=str(before.name))
    ax.set_xticks(ax.get_xticks(), table.columns, rotation=40, ha="right")
    alt = (
        f"Table of labels before and after: {same / counts.to_numpy().sum():.0%} of the customers keep them."
    )
    return describe(ax, alt, table)
