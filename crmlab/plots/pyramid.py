"""Pictures of inequality and tiers."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Polygon
from matplotlib.ticker import PercentFormatter

from crmlab import pyramid as theory
from crmlab.groups import profile, same_customers
from crmlab.plots.style import BLUE, GREEN, GREY, INK, LIGHT, ORANGE, RED, describe, heatmap, styled

_TIER_COLOURS = {"platinum": BLUE, "gold": ORANGE, "iron": GREY, "lead": RED}


@styled
def lorenz(value: pd.Series, *, share: float = 0.20, ax: Axes | None = None) -> Axes:
    """Draw the Lorenz curve, best customers first, and mark what the best ``share`` of them brings."""
    assert ax is not None
    curve = theory.lorenz(value)
    top = theory.top_share(value, share)
    ax.plot(curve["customers_share"], curve["value_share"], color=BLUE)
    ax.fill_between(
        curve["customers_share"], curve["customers_share"], curve["value_share"], color=BLUE, alpha=0.08
    )
    ax.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--")
    ax.text(0.6, 0.59, "all customers equal", color=GREY, ha="center", fontsize=9, rotation=45,
            rotation_mode="anchor", va="top", transform_rotates_text=True)  # fmt: skip
    ax.plot([share, share, 0], [0, top, top], color=INK, linewidth=1, linestyle=":")
    ax.plot(share, top, "o", color=INK)
    ax.annotate(f"{share:.0%} of customers\n{top:.0%} of {value.name or 'value'}", (share, top), (10, -26),
                textcoords="offset points")  # fmt: skip
    ax.set(title=f"The best {share:.0%} of the customers bring {top:.0%}", xlim=(0, 1), ylim=(0, 1.02))
    ax.set(xlabel="share of customers, best first", ylabel=f"share of {value.name or 'value'}")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    alt = (
        f"Lorenz curve, best customers first: it bends above the line of equality. The best {share:.0%} "
        f"of the customers bring {top:.0%}; the Gini coefficient is {theory.gini(value):.2f}."
    )
    return describe(ax, alt, curve)


@styled
def whale(profit: pd.Series, *, ax: Axes | None = None) -> Axes:
    """Draw the whale curve: cumulative profit from the most to the least profitable customer."""
    assert ax is not None
    curve = theory.whale_curve(profit)
    peak = curve.loc[curve["profit"].idxmax()]
    total = curve["profit_share"].iloc[-1]
    ax.plot(curve["customers_share"], curve["profit_share"], color=BLUE)
    ax.axhline(total, color=GREY, linewidth=1, linestyle="--")
    rising = curve["customers_share"] >= peak["customers_share"]
    lost = curve[rising]
    ax.fill_between(lost["customers_share"], total, lost["profit_share"], color=RED, alpha=0.25, linewidth=0)
    ax.plot(peak["customers_share"], peak["profit_share"], "o", color=INK)
    ax.annotate(
        f"{peak['profit_share']:.0%} of profit from\n{peak['customers_share']:.0%} of customers",
        (peak["customers_share"], peak["profit_share"]),
        (0.62, 0.45),
        textcoords="axes fraction",
        ha="center",
        arrowprops={"arrowstyle": "-", "color": GREY},
    )
    losing = 1 - peak["customers_share"]
    ax.text(0.01, total, "profit as booked", color=GREY, va="bottom", fontsize=9)
    eaten = (
        f"eat {peak['profit_share'] - total:.0%} of the profit"
        if total > 0
        else "lose more than the rest earn"
    )
    ax.set(title=f"{losing:.0%} of the customers {eaten}", xlim=(0, 1))
    ax.set(xlabel="share of customers, most profitable first", ylabel="cumulative share of total profit")
    ax.set_ylim(min(0, curve["profit_share"].min()), max(1.05, 1.08 * peak["profit_share"]))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    alt = (
        f"Whale curve of cumulative profit: it climbs to {peak['profit_share']:.0%} of the total at "
        f"{peak['customers_share']:.0%} of the customers, then falls back to {total:.0%} as the other "
        f"{losing:.0%} lose money."
    )
    return describe(ax, alt, curve)


@styled
def layers(tier: pd.Series, value: pd.Series, *, ax: Axes | None = None) -> Axes:
    """Draw the tiers as a pyramid of customers beside each tier's share of the value."""
    assert ax is not None
    table = profile(tier, value)
    share = table[f"{value.name}_share"]
    count = len(table)
    for row, name in enumerate(table.index):
        upper, lower = row / count, (row + 1) / count
        corners = [(-upper, -row), (upper, -row), (lower, -row - 0.94), (-lower, -row - 0.94)]
        colour = _TIER_COLOURS.get(str(name), BLUE if row == 0 else GREY)
        ax.add_patch(Polygon(corners, closed=True, color=colour, alpha=0.9 if row == 0 else 0.65))
        words = (
            f"{table['customers_share'].iloc[row]:.1%} of customers, {share.iloc[row]:z.0%} of {value.name}"
        )
        ax.text(1.1, -row - 0.38, str(name), va="center", fontweight="bold")
        ax.text(1.1, -row - 0.64, words, va="center")
    first = str(table.index[0])
    ax.set(xlim=(-1.05, 3.6), ylim=(-count, 0.1))
    ax.set_title(f"{first.capitalize()} brings {share.iloc[0]:.0%} of the {value.name}")
    ax.axis("off")
    parts = ", ".join(
        f"{name} {row['customers_share']:.1%} of customers with {share[name]:z.0%} of {value.name}"
        for name, row in table.iterrows()
    )
    return describe(ax, f"Pyramid of customer tiers from the top: {parts}.", table)


@styled
def migration(before: pd.Series, after: pd.Series, *, ax: Axes | None = None) -> Axes:
    """Draw where the customers of each tier are in a later period."""
    assert ax is not None
    moves = theory.migration(before, after)
    stay = pd.Series({name: moves.loc[name, name] for name in moves.index if name in moves.columns})
    heatmap(ax, moves, text="{:.0%}".format)
    top = moves.index[0]
    ax.set(
        title=f"{stay[top]:.0%} of {top} customers are {top} again",
        xlabel="later tier",
        ylabel="earlier tier",
    )
    kept = ", ".join(f"{name} {share:.0%}" for name, share in stay.dropna().items())
    return describe(ax, f"Table of moves between tiers. Staying where they were: {kept}.", moves)


@styled
def cost_and_profit(
    revenue: pd.Series, profit: pd.Series, tier: pd.Series, *, ax: Axes | None = None
) -> Axes:
    """Draw each tier's share of customers, revenue and profit side by side."""
    assert ax is not None
    same_customers(tier, revenue)
    same_customers(tier, profit)
    table = profile(tier, pd.DataFrame({"revenue": revenue, "profit": profit}))
    shares = table[["customers_share", "revenue_share", "profit_share"]]
    places = np.arange(len(shares))
    for step, (column, colour) in enumerate(zip(shares, (LIGHT, BLUE, GREEN), strict=True)):
        bars = ax.bar(places + (step - 1) * 0.27, shares[column], width=0.25, color=colour)
        ax.bar_label(bars, [f"{share:z.0%}" for share in shares[column]], padding=2, fontsize=9)
        bars.set_label(column.removesuffix("_share"))
    ax.axhline(0, color=INK, linewidth=0.8)
    ax.set_xticks(places, shares.index.astype(str))
    ax.legend(loc="upper right")
    first, last = shares.iloc[0], shares.iloc[-1]
    verb = "loses" if last["profit_share"] < 0 else "earns"
    ax.set_title(
        f"{str(shares.index[0]).capitalize()} earns {first['profit_share']:.0%} of the profit, "
        f"{shares.index[-1]} {verb} {abs(last['profit_share']):.0%}"
    )
    ax.set(ylabel="share of the base", xlabel="")
    ax.margins(y=0.12)
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    parts = "; ".join(
        f"{name}: {row['customers_share']:.0%} of customers, {row['revenue_share']:.0%} of revenue, "
        f"{row['profit_share']:z.0%} of profit"
        for name, row in shares.iterrows()
    )
    return describe(ax, f"Bars by tier. {parts}.", shares)
