"""Pictures of inequality and tiers."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from crmlab import pyramid as theory
from crmlab.groups import profile, same_customers
from crmlab.language import mark, tr
from crmlab.plots.style import BLUE, GREY, INK, LIGHT, ORANGE, RED, describe, heatmap, label_of, styled
from crmlab.words import capital, percent

_SHARES = {
    "customers_share": mark("customers"),
    "revenue_share": mark("revenue"),
    "profit_share": mark("profit (100%: all that profitable customers earn)"),
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
    ax.text(0.6, 0.59, tr("all customers equal"), color=INK, ha="center", fontsize=9, rotation=45,
            rotation_mode="anchor", va="top", transform_rotates_text=True)  # fmt: skip
    ax.plot([share, share, 0], [0, top, top], color=INK, linewidth=1, linestyle=":")
    ax.plot(share, top, "o", color=INK)
    words = {"share": percent(share), "top": percent(top), "value": value.name or tr("value")}
    ax.set(title=tr("The best {share} of the customers bring {top} of the {value}", **words))
    ax.set(xlim=(0, 1), ylim=(0, 1.02))
    ax.set(xlabel=tr("share of customers, best first"), ylabel=tr("share of {value}", value=words["value"]))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    alt = tr(
        "Lorenz curve, best customers first, over the line of equality. The best {share:.0%} "
        "of the customers bring {top:.0%}; the Gini coefficient is {gini:.2f}.",
        share=share,
        top=top,
        gini=theory.gini(value),
    )
    return describe(ax, alt, curve)


@styled
def whale(profit: pd.Series, *, ax: Axes | None = None) -> Axes:
    """Draw the whale curve: cumulative profit from the most to the least profitable customer.

    Its scale is what the profitable customers earn together: that is its highest point, 100 %.
    """
    assert ax is not None
    curve = theory.whale_curve(profit)
    peak = curve.iloc[int(curve["profit"].argmax())]
    earned = peak["profit"] or abs(curve["profit"].iloc[-1])
    curve = curve.assign(profit_share=curve["profit"] / earned)
    height, people = peak["profit"] / earned, float(peak["customers_share"])
    total, losing = curve["profit_share"].iloc[-1], float((profit < 0).mean())
    ax.plot(curve["customers_share"], curve["profit_share"], color=BLUE)
    ax.plot([people, 1], [height, height], color=GREY, linewidth=1, linestyle="--")
    lost = curve[curve["customers_share"] >= people]
    ax.fill_between(lost["customers_share"], height, lost["profit_share"], color=RED, alpha=0.25, linewidth=0)
    ax.plot(people, height, "o", color=INK)
    side = "left" if people < 0.25 else "right" if people > 0.75 else "center"
    ax.annotate(
        tr("earned by {people} of the customers", people=percent(people)),
        (people, height),
        (0, 9),
        textcoords="offset points",
        ha=side,
    )
    ax.text(1.02, total, tr("{total:.0%}\nis left", total=total), va="center")
    words = {"losing": percent(losing), "eaten": percent(height - total)}
    if losing and height:
        title = tr("{losing} of the customers eat {eaten} of what the others earn", **words)
    elif losing:
        title = tr("No customer earns a profit")
    else:
        title = tr("No customer costs more than it brings")
    low, high = min(0.0, total), max(height, 0.0)
    ax.set(title=capital(title), xlim=(0, 1), ylim=(low - 0.03 * (high - low), high + 0.15 * (high - low)))
    ax.set_xlabel(tr("share of customers, most profitable first"))
    ax.set_ylabel(tr("cumulative profit, as a share of\nwhat profitable customers earn"))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    alt = tr(
        "Whale curve of cumulative profit, as a share of what profitable customers earn: it is highest at "
        "{people} of the customers, and ends at {total:.0%} because {losing} lose money.",
        people=percent(people),
        total=total,
        losing=words["losing"],
    )
    return describe(ax, alt, curve)


@styled
def layers(tier: pd.Series, value: pd.Series, *, ax: Axes | None = None) -> Axes:
    """Draw the tiers as a pyramid, as wide as their share of the customers, beside what each brings.

    Where values may be negative, shares are of what the customers above zero bring.
    """
    assert ax is not None
    table = profile(tier, value)
    share = table[f"{value.name}_share"].fillna(0.0)
    width = table["customers_share"] / table["customers_share"].max()
    colours = [
        _TIER_COLOURS.get(str(name), BLUE if row == 0 else GREY) for row, name in enumerate(table.index)
    ]
    places = -np.arange(len(table))
    ax.barh(places, width, left=-width / 2, height=0.94, color=colours)
    parts = [
        tr(
            "{people} of the customers, {share:z.0%} of the {value}",
            people=percent(people, 1),
            share=brought,
            value=value.name,
        )
        for people, brought in zip(table["customers_share"], share, strict=True)
    ]
    names = [label_of(name) for name in table.index]
    for place, name, words in zip(places, names, parts, strict=True):
        ax.text(0.58, place + 0.14, name, va="center", fontweight="bold")
        ax.text(0.58, place - 0.16, words, va="center")
    ax.set(xlim=(-0.52, 1.75), ylim=(places[-1] - 0.9, 0.55))
    title = tr(
        "{tier}: {people} of the customers, {share:.0%} of the {value}",
        tier=names[0].capitalize(),
        people=percent(table["customers_share"].iloc[0]),
        share=share.iloc[0],
        value=value.name,
    )
    ax.set_title(title)
    if (value < 0).any():
        note = tr("100% of the {value}: all that profitable customers earn", value=value.name)
        ax.text(0.58, places[-1] - 0.7, note, va="center", color=INK, fontsize=9, style="italic")
    ax.axis("off")
    alt = tr(
        "Pyramid of customer tiers, as wide as each is in customers, from the top: {parts}.",
        parts="; ".join(f"{name} {words}" for name, words in zip(names, parts, strict=True)),
    )
    return describe(ax, alt, table)


@styled
def migration(before: pd.Series, after: pd.Series, *, ax: Axes | None = None) -> Axes:
    """Draw where the customers of each tier are in a later period."""
    assert ax is not None
    moves = theory.migration(before, after)
    stay = pd.Series({name: moves.loc[name, name] for name in moves.index if name in moves.columns})
    stay = stay.dropna()  # of a tier that nobody was in, nobody stayed
    heatmap(ax, moves.rename(index=label_of, columns=label_of), text="{:.0%}".format)
    top = stay.index[0]
    title = tr("{share} of {tier} customers are {tier} again", share=percent(stay[top]), tier=label_of(top))
    if stay[top] == 0:
        title = tr("No {tier} customer is {tier} again", tier=label_of(top))
    ax.set(title=capital(title), xlabel=tr("later tier"), ylabel=tr("earlier tier"))
    kept = ", ".join(f"{label_of(name)} {share:.0%}" for name, share in stay.items())
    alt = tr("Table of moves between tiers. Staying where they were: {kept}.", kept=kept)
    return describe(ax, alt, moves)


@styled
def cost_and_profit(
    revenue: pd.Series, profit: pd.Series, tier: pd.Series, *, ax: Axes | None = None
) -> Axes:
    """Draw each tier's share of customers, revenue and profit side by side.

    Shares of profit are of what the profitable customers earn together.
    """
    assert ax is not None
    same_customers(tier, revenue)
    same_customers(tier, profit)
    table = profile(tier, pd.DataFrame({"revenue": revenue, "profit": profit}))
    shares = table[["customers_share", "revenue_share", "profit_share"]].fillna(0.0)
    places = np.arange(len(shares))
    for step, (column, colour) in enumerate(zip(shares, (LIGHT, ORANGE, BLUE), strict=True)):
        bars = ax.bar(places + (step - 1) * 0.27, shares[column], width=0.25, color=colour)
        ax.bar_label(bars, [f"{share:z.0%}" for share in shares[column]], padding=2, fontsize=9)
        bars.set_label(tr(_SHARES[str(column)]))
    ax.axhline(0, color=INK, linewidth=0.8)
    ax.set_xticks(places, shares.index.map(label_of))
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=3, columnspacing=1.5, handlelength=1.2)
    first, last = shares.iloc[0], shares.iloc[-1]
    ends = {
        "first": label_of(shares.index[0]).capitalize(),
        "most": first["profit_share"],
        "last": label_of(shares.index[-1]),
        "least": abs(last["profit_share"]),
    }
    if last["profit_share"] < 0:
        title = tr("{first} earns {most:.0%} of all that is earned, {last} eats {least:.0%}", **ends)
    else:
        title = tr("{first} earns {most:.0%} of all that is earned, {last} {least:.0%}", **ends)
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
