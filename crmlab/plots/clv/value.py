"""Pictures of spend and of lifetime value: what customers bring, what they may cost, what moves it."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from crmlab.clv.spendcheck import shares_by_class
from crmlab.language import mark, tr
from crmlab.plots.style import BLUE, GREY, INK, LIGHT, ORANGE, RED, describe, styled, thousands
from crmlab.words import capital, percent

_BINS = 24
_NEWCOMER = mark("a new customer's value")
_SURE = 1.96  # standard errors on either side of a mean, for 19 cases of 20


@styled
def spend(
    actual: pd.Series, model: pd.Series | None = None, *, currency: str, ax: Axes | None = None
) -> Axes:
    """Draw the mean spend per purchase day of customers, and of customers that a model made.

    The last bar holds all who spend more.
    """
    assert ax is not None
    edges = np.linspace(0, actual.quantile(0.98), _BINS)
    table = pd.DataFrame({"actual": shares_by_class(actual, edges)}, index=pd.Index(edges, name="from"))
    places = edges + edges[1] / 2
    ax.bar(places, table["actual"], width=0.92 * edges[1], color=LIGHT, edgecolor=GREY, linewidth=0.6)
    middles = {"mean": actual.mean(), "median": actual.median()}
    words = tr("mean {mean:,.0f}, median {median:,.0f}", **middles)
    if model is None:
        less = (actual < actual.mean()).mean()
        title = tr("{share:.0%} of the customers spend less than the mean", share=less)
        ax.axvline(actual.mean(), color=INK, linewidth=1.2, linestyle="--")
        ax.annotate(words, (actual.mean(), 0.95), (6, 0), xycoords=("data", "axes fraction"),
                    textcoords="offset points", fontsize=9)  # fmt: skip
    else:
        table["model"] = shares_by_class(model, edges)
        wrong = (table["model"] - table["actual"]).abs().sum() / 2
        title = tr("The model misplaces {wrong:.0%} of the customers", wrong=wrong)
        ax.plot(places, table["model"], color=BLUE, marker="o", markersize=4)
        ax.annotate(tr("model"), (places[5], table["model"].iloc[5]), (8, 8), textcoords="offset points",
                    color=BLUE)  # fmt: skip
    ax.annotate(tr("more"), (places[-1], table.iloc[-1].max()), (0, 6), textcoords="offset points",
                ha="center", fontsize=9)  # fmt: skip
    ax.set(title=title, ylabel=tr("share of customers"))
    ax.set_xlabel(tr("mean spend per purchase day, {currency}", currency=currency))
    thousands(ax.xaxis)
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    alt = tr(
        "Bars of customers by mean spend per purchase day: {words} {currency}. {finding}.",
        words=words,
        currency=currency,
        finding=title,
    )
    return describe(ax, alt, table)


@styled
def spend_by_frequency(
    customers: pd.DataFrame, *, currency: str, most: int = 7, ax: Axes | None = None
) -> Axes:
    """Draw the mean spend of repeat customers by their frequency, with intervals; the last class is open."""
    assert ax is not None
    repeat = customers[customers["frequency"] > 0]
    table = repeat.groupby(repeat["frequency"].clip(upper=most))["monetary_value"].agg(
        ["mean", "sem", "size"]
    )
    correlation = repeat["frequency"].corr(repeat["monetary_value"])
    overall = repeat["monetary_value"].mean()
    ax.axhline(overall, color=GREY, linewidth=1, linestyle="--")
    ax.errorbar(
        table.index, table["mean"], yerr=_SURE * table["sem"].fillna(0), fmt="o", color=BLUE, capsize=3
    )
    ax.annotate(tr("all"), (1, overall), (2, 3), xycoords=("axes fraction", "data"),
                textcoords="offset points", color=GREY, annotation_clip=False)  # fmt: skip
    ax.set_xticks(table.index, [f"{x}+" if x == most else str(x) for x in table.index])
    ax.set_ylim(0, 1.15 * (table["mean"] + _SURE * table["sem"].fillna(0)).max())
    parts = ", ".join(f"{x}: {mean:,.0f}" for x, mean in table["mean"].items())
    said = {
        "currency": currency,
        "parts": parts,
        "correlation": correlation,
        "share": percent(correlation**2, 1),
    }
    if np.isnan(correlation):  # where all buy equally often, or spend the same
        title = tr("Frequency or spend does not vary")
        alt = tr("Mean spend in {currency} by frequency: {parts}.", **said)
    else:
        title = tr("Frequency explains {share} of the variance of spend", **said)
        alt = tr(
            "Mean spend in {currency} by frequency: {parts}. The correlation is {correlation:z.2f}.", **said
        )
    ax.set(title=title, xlabel=tr("frequency: repeat purchase days"))
    ax.set_ylabel(tr("mean spend, {currency}", **said))
    return describe(ax, alt, table)


@styled
def regression(table: pd.DataFrame, *, centre: float, currency: str, ax: Axes | None = None) -> Axes:
    """Draw how the spend of classes of customers, lowest first, moves towards the centre.

    The table has the columns ``so_far``, ``expected`` and ``later``, one row a class.
    """
    assert ax is not None
    for row, (so_far, expected, later) in enumerate(table[["so_far", "expected", "later"]].to_numpy()):
        arrow = {"arrowstyle": "-|>", "color": GREY, "shrinkA": 5, "shrinkB": 5}
        ax.annotate("", (later, row), (so_far, row), arrowprops=arrow, zorder=1)
        marks = (
            (so_far, "o", "white", tr("so far")),
            (expected, "s", BLUE, tr("expected")),
            (later, "D", RED, tr("later")),
        )
        for value, marker, colour, name in marks:
            edge = INK if colour == "white" else colour
            label = name if row == 0 else None
            ax.plot(value, row, marker, color=colour, markeredgecolor=edge, markersize=8, label=label)
    ax.axvline(centre, color=GREY, linewidth=1, linestyle="--")
    newcomer = tr("expected of a newcomer")
    ax.text(centre, -0.62, f" {newcomer}", color=GREY, fontsize=9)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=3)
    top = table.iloc[-1]
    title = tr(
        "{name}: {so_far:,.0f} so far, {expected:,.0f} expected, {later:,.0f} later",
        name=capital(str(table.index[-1])),
        so_far=top["so_far"],
        expected=top["expected"],
        later=top["later"],
    )
    ax.set_title(title)
    ax.set_yticks(range(len(table)), table.index.astype(str))
    ax.set_ylim(-0.75, len(table) - 0.4)
    ax.set_xlabel(tr("mean spend per purchase day, {currency}", currency=currency))
    ax.set_xlim(left=0)
    thousands(ax.xaxis)
    parts = "; ".join(
        f"{name}: {row['so_far']:,.0f}, {row['expected']:,.0f}, {row['later']:,.0f}"
        for name, row in table.iterrows()
    )
    alt = tr(
        "Spend in {currency} by class, so far, expected and later. {parts}. A newcomer: {centre:,.0f}.",
        currency=currency,
        parts=parts,
        centre=centre,
    )
    return describe(ax, alt, table)


@styled
def acquisition(table: pd.DataFrame, *, cost: float, currency: str, ax: Axes | None = None) -> Axes:
    """Draw what a new customer brings by age in months, against what winning one costs.

    The table is indexed by months and has the columns ``expected``, ``lower`` and ``upper``; ``observed``,
    where it is given, may end early.
    """
    assert ax is not None
    ax.fill_between(table.index, table["lower"], table["upper"], color=BLUE, alpha=0.18, linewidth=0)
    ax.plot(table.index, table["expected"], color=BLUE)
    _name(ax, tr("expected"), table["expected"], BLUE)
    said = {
        "end": table.index[-1],
        "first": table["expected"].iloc[0],
        "last": table["expected"].iloc[-1],
        "currency": currency,
        "cost": cost,
    }
    alt = tr(
        "Line of what a new customer brings up to month {end}: {first:,.2f} "
        "by the first and {last:,.2f} {currency} by the last.",
        **said,
    )
    if "observed" in table and table["observed"].notna().any():
        seen = table["observed"].dropna()
        ax.plot(seen.index, seen, "o", color=ORANGE, markeredgecolor=INK, markersize=5)
        ax.annotate(tr("observed"), (seen.index[-1], seen.iloc[-1]), (0, 9), textcoords="offset points",
                    ha="right", fontsize=9)  # fmt: skip
        alt = tr(
            "Line of what a new customer brings up to month {end}: {first:,.2f} by the first and {last:,.2f} "
            "{currency} by the last; observed {seen:,.2f} by month {month}.",
            **said,
            seen=seen.iloc[-1],
            month=seen.index[-1],
        )
    ax.axhline(cost, color=RED, linewidth=1.4, linestyle="--")
    place, side = (0.01, "left") if table["expected"].iloc[0] < cost else (0.99, "right")  # off the line
    ax.annotate(tr("cost of one"), (place, cost), (0, 4), xycoords=("axes fraction", "data"),
                textcoords="offset points", color=RED, fontsize=9, ha=side)  # fmt: skip
    back = table.index[table["expected"] >= cost]
    if len(back):
        said["month"] = back[0]
        title = tr("A customer won for {cost:,.2f} {currency} pays back in month {month}", **said)
        finding = tr("At {cost:,.2f} {currency} it pays back in month {month}.", **said)
    else:
        title = tr("A customer won for {cost:,.2f} {currency} does not pay back by month {end}", **said)
        finding = tr("At {cost:,.2f} {currency} it does not pay back by month {end}.", **said)
    ax.set(title=title, xlabel=tr("months as a customer"))
    ax.set_ylabel(tr("profit so far, {currency} of today", **said))
    ax.set_ylim(0, 1.1 * max(cost, table.max().max()))
    thousands(ax.yaxis)
    return describe(ax, f"{alt} {finding}", table)


def _name(ax: Axes, text: str, line: pd.Series, colour: str) -> None:
    """Write a line's name at its end."""
    ax.annotate(text, (line.index[-1], line.iloc[-1]), (5, 0), textcoords="offset points", va="center",
                color=colour, annotation_clip=False, fontsize=9)  # fmt: skip
