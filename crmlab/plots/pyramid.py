"""Pictures of inequality and tiers."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Polygon
from matplotlib.ticker import PercentFormatter

from crmlab import pyramid as theory
from crmlab.groups import profile, same_customers
from crmlab.language import mark, tr
from crmlab.plots.style import BLUE, GREEN, GREY, INK, LIGHT, ORANGE, RED, describe, heatmap, label_of, styled

_SHARES = {
    "customers_share": mark("customers"),
    "revenue_share": mark("revenue"),
    "profit_share": mark("profit"),
}
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
    ax.text(0.6, 0.59, tr("all customers equal"), color=GREY, ha="center", fontsize=9, rotation=45,
            rotation_mode="anchor", va="top", transform_rotates_text=True)  # fmt: skip
    ax.plot([share, share, 0], [0, top, top], color=INK, linewidth=1, linestyle=":")
    ax.plot(share, top, "o", color=INK)
    name = value.name or tr("value")
    words = tr("{share:.0%} of customers\n{top:.0%} of {value}", share=share, top=top, value=name)
    ax.annotate(words, (share, top), (10, -26), textcoords="offset points")
    title = tr("The best {share:.0%} of the customers bring {top:.0%}", share=share, top=top)
    ax.set(title=title, xlim=(0, 1), ylim=(0, 1.02))
    ax.set(xlabel=tr("share of customers, best first"), ylabel=tr("share of {value}", value=name))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    alt = tr(
        "Lorenz curve, best customers first: it bends above the line of equality. The best {share:.0%} "
        "of the customers bring {top:.0%}; the Gini coefficient is {gini:.2f}.",
        share=share,
        top=top,
        gini=theory.gini(value),
    )
    return describe(ax, alt, curve)


@styled
def whale(profit: pd.Series, *, ax: Axes | None = None) -> Axes:
    """Draw the whale curve: cumulative profit from the most to the least profitable customer."""
    assert ax is not None
    curve = theory.whale_curve(profit)
    peak = curve.iloc[int(curve["profit"].argmax())]
    total = curve["profit_share"].iloc[-1]
    ax.plot(curve["customers_share"], curve["profit_share"], color=BLUE)
    ax.axhline(total, color=GREY, linewidth=1, linestyle="--")
    rising = curve["customers_share"] >= peak["customers_share"]
    lost = curve[rising]
    ax.fill_between(lost["customers_share"], total, lost["profit_share"], color=RED, alpha=0.25, linewidth=0)
    ax.plot(peak["customers_share"], peak["profit_share"], "o", color=INK)
    height, people = peak["profit_share"], peak["customers_share"]
    ax.annotate(
        tr("{height:.0%} of profit from\n{people:.0%} of customers", height=height, people=people),
        (peak["customers_share"], peak["profit_share"]),
        (0.62, 0.45),
        textcoords="axes fraction",
        ha="center",
        arrowprops={"arrowstyle": "-", "color": GREY},
    )
    losing = 1 - people
    ax.text(0.01, total, tr("profit as booked"), color=GREY, va="bottom", fontsize=9)
    if total > 0:
        eaten = height - total
        title = tr("{losing:.0%} of the customers eat {eaten:.0%} of the profit", losing=losing, eaten=eaten)
    else:
        title = tr("{losing:.0%} of the customers lose more than the rest earn", losing=losing)
    ax.set(title=title, xlim=(0, 1), xlabel=tr("share of customers, most profitable first"))
    ax.set_ylabel(tr("cumulative share of total profit"))
    ax.set_ylim(min(0, curve["profit_share"].min()), max(1.05, 1.08 * peak["profit_share"]))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    alt = tr(
        "Whale curve of cumulative profit: it climbs to {height:.0%} of the total at {people:.0%} of the "
        "customers, then falls back to {total:.0%} as the other {losing:.0%} lose money.",
        height=height,
        people=people,
        total=total,
        losing=losing,
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
        words = tr(
            "{people:.1%} of customers, {share:z.0%} of {value}",
            people=table["customers_share"].iloc[row],
            share=share.iloc[row],
            value=value.name,
        )
        ax.text(1.1, -row - 0.38, label_of(name), va="center", fontweight="bold")
        ax.text(1.1, -row - 0.64, words, va="center")
    first = label_of(table.index[0]).capitalize()
    ax.set(xlim=(-1.05, 3.6), ylim=(-count, 0.1))
    title = tr("{tier} brings {share:.0%} of the {value}", tier=first, share=share.iloc[0], value=value.name)
    ax.set_title(title)
    ax.axis("off")
    parts = ", ".join(
        tr(
            "{tier} {people:.1%} of customers with {share:z.0%} of {value}",
            tier=label_of(name),
            people=row["customers_share"],
            share=row[f"{value.name}_share"],
            value=value.name,
        )
        for name, row in table.iterrows()
    )
    return describe(ax, tr("Pyramid of customer tiers from the top: {parts}.", parts=parts), table)


@styled
def migration(before: pd.Series, after: pd.Series, *, ax: Axes | None = None) -> Axes:
    """Draw where the customers of each tier are in a later period."""
    assert ax is not None
    moves = theory.migration(before, after)
    stay = pd.Series({name: moves.loc[name, name] for name in moves.index if name in moves.columns})
    stay = stay.dropna()  # of a tier that nobody was in, nobody stayed
    heatmap(ax, moves.rename(index=label_of, columns=label_of), text="{:.0%}".format)
    top = stay.index[0]
    title = tr("{share:.0%} of {tier} customers are {tier} again", share=stay[top], tier=label_of(top))
    ax.set(title=title, xlabel=tr("later tier"), ylabel=tr("earlier tier"))
    kept = ", ".join(f"{label_of(name)} {share:.0%}" for name, share in stay.items())
    alt = tr("Table of moves between tiers. Staying where they were: {kept}.", kept=kept)
    return describe(ax, alt, moves)


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
        bars.set_label(tr(_SHARES[str(column)]))
    ax.axhline(0, color=INK, linewidth=0.8)
    ax.set_xticks(places, shares.index.map(label_of))
    ax.legend(loc="upper right")
    first, last = shares.iloc[0], shares.iloc[-1]
    ends = {
        "first": label_of(shares.index[0]).capitalize(),
        "most": first["profit_share"],
        "last": label_of(shares.index[-1]),
        "least": abs(last["profit_share"]),
    }
    if last["profit_share"] < 0:
        title = tr("{first} earns {most:.0%} of the profit, {last} loses {least:.0%}", **ends)
    else:
        title = tr("{first} earns {most:.0%} of the profit, {last} earns {least:.0%}", **ends)
    ax.set_title(title)
    ax.set(ylabel=tr("share of the base"), xlabel="")
    ax.margins(y=0.12)
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    parts = "; ".join(
        tr(
            "{tier}: {customers_share:.0%} of customers, {revenue_share:.0%} of revenue, "
            "{profit_share:z.0%} of profit",
            tier=label_of(name),
            **row,
        )
        for name, row in shares.iterrows()
    )
    return describe(ax, tr("Bars by tier. {parts}.", parts=parts), shares)
