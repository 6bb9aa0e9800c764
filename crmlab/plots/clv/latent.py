"""Pictures of what a firm cannot see: rates, coins and leavings, beside what can be known of them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from crmlab.customers import day
from crmlab.plots.clv.forecasts import _dates
from crmlab.plots.style import (
    BLUE,
    GREY,
    INK,
    LIGHT,
    ORANGE,
    RED,
    describe,
    styled,
    thousands,
)


@styled
def clocks(rate: pd.Series, *, period: str = "week", ax: Axes | None = None) -> Axes:
    """Draw how long customers wait on average between two purchases, 1/rate, on a logarithmic scale.

    Waits of more than a thousand periods are gathered in the last bar.
    """
    assert ax is not None
    edges = np.geomspace(1, 1000, 13)
    beyond = edges[-1] * edges[1]
    wait = (1 / rate).clip(1, beyond)
    shares = _shares(ax, wait, np.append(edges, beyond))
    quick, middle = 1 / rate.quantile(0.9), 1 / rate.quantile(0.5)
    ax.set_xscale("log")
    ax.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1,000+"])
    ax.minorticks_off()
    ax.set_title(
        f"A tenth buy every {quick:,.1f} {period}s or more often,\nhalf every {middle:,.0f} or more often"
    )
    ax.set_xlabel(f"mean time between two purchases, {period}s (log scale)")
    alt = (
        f"Histogram of the mean time between two purchases: the quickest tenth of the customers buy every "
        f"{quick:,.1f} {period}s or more often, half every {middle:,.0f} or more often; the last bar, over "
        f"1,000 {period}s, holds {shares.iloc[-1]:.0%}."
    )
    return describe(ax, alt, shares.to_frame())


@styled
def coins(chance: pd.Series, *, ax: Axes | None = None) -> Axes:
    """Draw how likely customers are to leave after a repeat purchase."""
    assert ax is not None
    shares = _shares(ax, chance, np.linspace(0, 1, 21))
    middle, high = chance.quantile(0.5), chance.quantile(0.9)
    ax.set_title(f"Half have a dropout chance up to {middle:.0%},\na tenth one over {high:.0%}")
    ax.set_xlabel("chance to leave after a repeat purchase")
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    alt = (
        f"Histogram of the chance to leave after a repeat purchase: half of the customers have one up to "
        f"{middle:.0%}, a tenth one over {high:.0%}. The first bar, up to 5%, holds {shares.iloc[0]:.0%}."
    )
    return describe(ax, alt, shares.to_frame())


def _shares(ax: Axes, values: pd.Series, edges: Any) -> pd.Series:
    """Draw the share of the values in each bin, with a line at the median."""
    shares = np.histogram(values, edges)[0] / len(values)
    ax.bar(edges[:-1], shares, np.diff(edges), align="edge", color=BLUE, edgecolor="white")
    ax.axvline(values.quantile(0.5), color=INK, linewidth=1.2, linestyle="--")
    ax.text(values.quantile(0.5), 0.97, " half", transform=ax.get_xaxis_transform(), va="top", fontsize=9)
    ax.set_ylabel("share of customers")
    ax.set_ylim(top=1.12 * shares.max())
    ax.yaxis.set_major_locator(MaxNLocator(steps=[1, 2, 5, 10], nbins=7))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    return pd.Series(shares, index=pd.Index(edges[:-1], name="from"), name="customers_share")


@styled
def lives(days: pd.DataFrame, left: pd.Series, *, end: Any, ax: Axes | None = None) -> Axes:
    """Draw the truth behind `histories`: the same rows, with each customer's day of leaving.

    ``left`` is missing for those who are still customers.
    """
    assert ax is not None
    stop = day(end, "end")
    seen = days.loc[days["date"] <= stop, ["customer_id", "date"]]
    span = seen.groupby("customer_id")["date"].agg(["min", "max"]).sort_values(["max", "min"])
    span["left"] = left.loc[span.index]
    span["silent"] = (stop - span["max"]).dt.days
    gone = span["left"].notna()
    for row, (name, customer) in enumerate(span.iterrows()):
        bought = seen.loc[seen["customer_id"] == name, "date"]
        until, words, colour = (customer["left"], "left", RED) if gone[name] else (stop, "still here", BLUE)
        ax.plot([customer["min"], until], [row, row], color=BLUE, linewidth=1.6)
        ax.plot(bought, [row] * len(bought), "o", color=BLUE, markersize=5)
        if gone[name]:
            ax.plot(until, row, "X", color=RED, markersize=10, markeredgecolor="white")
        ax.annotate(words, (stop, row), (6, 0), textcoords="offset points", va="center", fontsize=9,
                    color=colour)  # fmt: skip
    ax.axvline(stop, color=INK, linewidth=1)
    ax.set_yticks(range(len(span)), span.index.astype(str), fontsize=9)
    _dates(ax)
    quiet = "" if gone.all() else f", and one is here after {span.loc[~gone, 'silent'].max()} silent days"
    ax.set(title=f"{gone.sum()} of {len(span)} have left{quiet}", ylabel="customer")
    alt = (
        f"The purchase days of {len(span)} customers with the truth: {gone.sum()} of them have left{quiet}. "
        "A cross marks the purchase after which a customer left."
    )
    return describe(ax, alt, span.rename(columns={"min": "first", "max": "last"}))


@styled
def reliability(chance: pd.Series, alive: pd.Series, *, at: float = 0.3, ax: Axes | None = None) -> Axes:
    """Draw how many customers are alive of those of whom a model said about 0 %, 10 %, ... 100 %.

    The lines are 95 % intervals (Wilson's) of that share; a bigger dot stands for more customers. The title
    states the class nearest to ``at``.
    """
    assert ax is not None
    said = (10 * chance).round() / 10
    table = pd.DataFrame({"said": chance, "alive": alive.astype(float), "customers": 1})
    table = table.groupby(said.rename("class")).agg({"said": "mean", "alive": "mean", "customers": "sum"})
    n, share, z = table["customers"], table["alive"], 1.96
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    ax.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--")
    ax.text(0.98, 0.06, "on the dashed line:\nas many as promised", ha="right", fontsize=9.5)
    ax.vlines(table["said"], middle - half, middle + half, color=BLUE, linewidth=1.4)
    ax.scatter(table["said"], share, s=20 + 160 * n / n.max(), color=BLUE, edgecolor="white", zorder=3)
    near = table.loc[(table["said"] - at).abs().idxmin()]
    ax.set_title(
        f"Of {near['customers']:,.0f} customers given about {near['said']:.0%}, {near['alive']:.0%} are alive"
    )
    ax.set(xlabel="P(alive)", ylabel="share alive", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    parts = "; ".join(f"P(alive) {row['said']:.0%}, alive {row['alive']:.0%}" for _, row in table.iterrows())
    return describe(
        ax, f"Dots of the share alive over P(alive), beside the line of equality. {parts}.", table
    )


@styled
def earnings(
    chance: pd.Series,
    worth: pd.Series,
    *,
    cut: float,
    others: Mapping[str, float],
    currency: str,
    ax: Axes | None = None,
) -> Axes:
    """Draw what letters earn in all if they go to every customer whose P(alive) is under a cut.

    ``worth`` is what a letter to each customer earns, ``cut`` the one in use, and ``others`` what one or two
    other ways to choose earn, by name.
    """  # fmt: skip
    assert ax is not None
    order = chance.sort_values(kind="stable").index
    curve = pd.DataFrame({"cut": chance[order].to_numpy(), "earned": worth[order].cumsum().to_numpy()})
    curve = curve.groupby("cut", as_index=False).last()
    here = worth[chance < cut].sum()
    ax.plot(curve["cut"], curve["earned"], color=BLUE)
    ax.plot(cut, here, "o", color=BLUE, markersize=9)
    ax.annotate(f"cut at {cut:.0%}: {here:,.0f}", (cut, here), (0, 9), textcoords="offset points",
                ha="center", color=BLUE)  # fmt: skip
    for (name, earned), colour, line in zip(others.items(), (ORANGE, INK), ("--", "-."), strict=False):
        ax.axhline(earned, color=colour, linestyle=line, linewidth=1.4)
        ax.annotate(f"{name}: {earned:,.0f}", (1, earned), (0, 4), textcoords="offset points",
                    ha="right")  # fmt: skip
    ax.axhline(0, color=GREY, linewidth=0.8)
    ax.margins(y=0.12)
    ax.set(xlabel="write to all with P(alive) under", ylabel=f"earned by the letters, {currency}")
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    thousands(ax.yaxis)
    ax.set_title(f"Writing to those under {cut:.0%} earns {here:,.0f} {currency}")
    parts = ", ".join(f"{name} {earned:,.0f}" for name, earned in others.items())
    alt = (
        f"Line of what letters earn by the cut on P(alive): {here:,.0f} {currency} at {cut:.0%}, "
        f"{curve['earned'].max():,.0f} at most. Other ways to choose: {parts}."
    )
    return describe(ax, alt, curve)


@styled
def knowledge(
    draws: pd.DataFrame,
    truth: pd.Series,
    *,
    what: str,
    unit: str = "",
    log: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw what may be known of a figure of a few customers, one row each, and the truth as a cross.

    A bar is the middle 80 % of the customer's draws (a row of ``draws``). The middle 80 % of all true figures
    (``truth``), which is what one knows of a stranger, are shaded.
    """
    assert ax is not None
    table = draws.quantile([0.1, 0.9], axis=1).T.set_axis(["low", "high"], axis=1)
    table["truth"] = truth.loc[draws.index]
    held = table["truth"].between(table["low"], table["high"]).sum()
    rows, stranger = range(len(table)), (truth.quantile(0.1), truth.quantile(0.9))
    ax.axvspan(*stranger, color=LIGHT, linewidth=0)
    ax.hlines(rows, table["low"], table["high"], color=BLUE, linewidth=4)
    ax.plot(table["truth"], rows, "X", color=RED, markersize=9, markeredgecolor="white")
    ax.set_yticks(rows, table.index.astype(str), fontsize=9)
    ax.set_ylim(-0.8, len(table) + 0.4)
    ax.text(0.99, 0.99, "grey: a stranger, cross: the truth", transform=ax.transAxes, ha="right", va="top")
    if log:
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter("{x:g}")
        ax.set_xlim(left=table[["low", "truth"]].min().min() / 1.5)
    else:
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set(title=f"{what.capitalize()}: {held} of {len(table)} truths in their bars")
    ax.set(xlabel=f"{what}, {unit}" if unit else what, ylabel="customer")
    alt = (
        f"A bar of what may be known of the {what} for each of {len(table)} customers. A cross marks the "
        f"truth, which lies in {held} of the bars. For a stranger the bar is {stranger[0]:.2g} to "
        f"{stranger[1]:.2g}."
    )
    return describe(ax, alt, table)
