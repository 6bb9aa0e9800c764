"""Pictures of prices: what each tier earns by price, and how many places to keep for those who pay more."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab import decisions as theory
from crmlab.language import ntr, tr
from crmlab.plots.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PINK,
    RED,
    describe,
    money,
    percents,
    styled,
    thousands,
)

_LINES = [(BLUE, "-"), (ORANGE, "--"), (RED, "-."), (GREEN, ":"), (PINK, "-")]


@styled
def tiers(
    highest: pd.Series, slope: pd.Series, *, cost: float, currency: str, ax: Axes | None = None
) -> Axes:
    """Draw the profit of each tier by price, its best price, and the best single price for all.

    The demand of the tiers, and their prices, are those of `crmlab.decisions.tier_prices`.
    """
    assert ax is not None
    table = theory.tier_prices(highest, slope, cost=cost)
    choke = highest / slope
    price = np.linspace(cost, float(choke.max()), 200)
    for number, name in enumerate(table.index):
        colour, dash = _LINES[number % len(_LINES)]
        profit = (price - cost) * np.maximum(highest[name] - slope[name] * price, 0)
        ax.plot(price, profit, color=colour, linestyle=dash)
        at = float(table["price"][name]), float(table["profit"][name])
        ax.plot(*at, "o", color=colour, markeredgecolor=INK, zorder=3)
        words = tr("{tier}: {price}", tier=str(name), price=money(at[0]))
        ax.annotate(
            words, at, (0, 8), textcoords="offset points", ha="center", color=colour, fontweight="bold"
        )
    uniform = float(table["uniform_price"].iloc[0])
    ax.axvline(uniform, color=GREY, linewidth=1.2, linestyle="--")
    ax.annotate(tr("one price for all: {price}", price=money(uniform)), (uniform, 0.95), (5, 0), fontsize=9,
                xycoords=("data", "axes fraction"), textcoords="offset points")  # fmt: skip
    own, one = float(table["profit"].sum()), float(table["uniform_profit"].sum())
    if one > 0 and own > one * 1.0005:
        title = tr("A price for each tier earns {more:.1%} more than one price for all", more=own / one - 1)
    else:
        title = tr("A price for each tier earns no more than one price for all")
    ax.set(title=title, xlabel=tr("price, {currency}", currency=currency))
    ax.set_ylabel(tr("profit of the tier, {currency}", currency=currency))
    ax.set_ylim(0, 1.18 * max(float(table["profit"].max()), 1e-9))
    thousands(ax.xaxis)
    thousands(ax.yaxis)
    parts = "; ".join(
        tr("{tier}: best at {price}, profit {profit}", tier=name, price=money(float(row["price"])),
           profit=money(float(row["profit"])))
        for name, row in table.iterrows()
    )  # fmt: skip
    alt = tr("Curves of profit by price and tier. {parts}. {title}.", parts=parts, title=title)
    return describe(ax, alt, table)


@styled
def protection(
    high_price: float,
    low_price: float,
    *,
    mean: float,
    sd: float | None = None,
    currency: str,
    ax: Axes | None = None,
) -> Axes:
    """Draw what one more protected place brings, against the low price that is refused for it.

    The rule is that of `crmlab.decisions.protection`.
    """
    from scipy import stats

    assert ax is not None
    kept = theory.protection(high_price, low_price, mean=mean, sd=sd)
    width = np.sqrt(mean) if sd is None else sd
    first, last = max(0, int(mean - 4 * width)), int(mean + 4 * width) + 1
    places = np.arange(min(first, kept), max(last, kept) + 1)
    above = stats.poisson.sf(places, mean) if sd is None else stats.norm.sf(places, mean, sd)
    table = pd.DataFrame({"worth": high_price * above}, index=pd.Index(places, name="places kept"))
    ax.step(places, table["worth"], where="post", color=BLUE)
    ax.axhline(low_price, color=RED, linewidth=1.6, linestyle="--")
    ax.plot([kept, kept], [0, low_price], color=INK, linewidth=1.2, linestyle=":")
    ax.plot(kept, low_price, "o", color=INK)
    ax.annotate(tr("low price {price}", price=money(low_price)), (places[-1], low_price), (0, 5), ha="right",
                textcoords="offset points", color=RED)  # fmt: skip
    words = tr("what the next protected place brings")
    ax.annotate(words, (places[0], high_price * above[0]), (6, 6), textcoords="offset points", color=BLUE)
    title = ntr(
        "Keep {n:,} place for those who pay {high}",
        "Keep {n:,} places for those who pay {high}",
        kept,
        high=money(high_price),
    )
    ax.set(title=title, xlabel=tr("places kept for the high price"), ylim=(0, 1.15 * high_price))
    ax.set_ylabel(tr("expected revenue of one more, {currency}", currency=currency))
    thousands(ax.xaxis)
    thousands(ax.yaxis)
    alt = tr(
        "Falling steps of what one more protected place brings, over the low price of {low}. {title}: "
        "{share} of the time all of them are asked for.",
        low=money(low_price),
        title=title,
        share=f"{above[places == kept][0]:.0%}",
    )
    return describe(ax, alt, table)


@styled
def demand(table: pd.DataFrame, *, currency: str, ax: Axes | None = None) -> Axes:
    """Draw which share buys at each price of a test, with its interval, and the price that earns most.

    The table is indexed by price and has ``share``, ``low``, ``high`` and ``profit`` of a customer asked.
    """
    assert ax is not None
    table = table.sort_index()
    ax.errorbar(
        table.index, table["share"],
        yerr=[(table["share"] - table["low"]).clip(lower=0), (table["high"] - table["share"]).clip(lower=0)],
        fmt="o-", color=BLUE, capsize=3,
    )  # fmt: skip
    best = float(table.index[int(table["profit"].argmax())])
    ax.axvline(best, color=INK, linewidth=1.2, linestyle="--")
    for price, profit in zip(table.index.to_numpy(dtype=float), table["profit"], strict=True):
        ax.annotate(
            money(profit),
            (price, 0.02),
            xycoords=("data", "axes fraction"),
            ha="center",
            fontsize=9,
            fontweight="bold" if price == best else "normal",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
        )
    note = tr("profit of a customer asked, {currency}:", currency=currency)
    ax.annotate(note, (0.0, 0.085), xycoords="axes fraction", fontsize=9)
    share = float(table["share"].iloc[int(table["profit"].argmax())])
    said = {"price": money(best), "profit": money(float(table["profit"].max())), "currency": currency}
    said["share"] = f"{share:.0%}"
    title = tr("At {price} {currency}, {share} buy, and a customer asked earns most: {profit}", **said)
    ax.set(title=title, xlabel=tr("price, {currency}", currency=currency), ylabel=tr("share that buys"))
    ax.set_ylim(-0.18 * table["high"].max(), 1.1 * table["high"].max())
    percents(ax.yaxis)
    thousands(ax.xaxis)
    shares = zip(table.index.to_numpy(dtype=float), table["share"], strict=True)
    parts = ", ".join(f"{money(price)}: {each:.0%}" for price, each in shares)
    alt = tr("Line of the share that buys by price: {parts}. {title}.", parts=parts, title=title)
    return describe(ax, alt, table)
