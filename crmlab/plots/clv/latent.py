"""Pictures of what a firm cannot see: rates, coins and leavings, beside what can be known of them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from crmlab.customers import day
from crmlab.language import ntr, tr
from crmlab.plots.clv.forecasts import _dates
from crmlab.plots.style import (
    BLUE,
    GREY,
    INK,
    LIGHT,
    ORANGE,
    RED,
    describe,
    percents,
    styled,
    thousands,
)
from crmlab.words import capital, time_unit


@styled
def rings(expected: float = 1.0, *, ax: Axes | None = None) -> Axes:
    """Draw how many purchases a random clock brings in a time in which so many are expected: the Poisson."""
    assert ax is not None
    most = int(expected + 4 * expected**0.5) + 2
    counts = np.arange(most + 1)
    logs = counts * np.log(expected) - expected - np.cumsum(np.log(np.maximum(counts, 1)))
    chances = pd.Series(np.exp(logs), index=pd.Index(counts, name="purchases"), name="chance")
    ax.bar(counts, chances, 0.8, color=BLUE)
    for count, chance in chances.items():
        if chance >= 0.005:
            ax.annotate(f"{chance:.0%}", (count, chance), (0, 2), textcoords="offset points", ha="center",
                        fontsize=9)  # fmt: skip
    said = {"expected": f"{expected:,.4g}", "none": chances.iloc[0]}
    ax.set_title(tr("Where {expected} purchase is expected, {none:.0%} make none", **said))
    ax.set_xlabel(tr("purchases of customers with one and the same clock"))
    ax.set_ylabel(tr("share of them"))
    ax.set_ylim(top=1.15 * chances.max())
    ax.yaxis.set_major_locator(MaxNLocator(steps=[1, 2, 5, 10], nbins=5))
    percents(ax.yaxis)
    alt = tr(
        "Bars of the number of purchases in a time in which {expected} is expected, of customers with the "
        "same rate: {none:.0%} of them make none.",
        **said,
    )
    return describe(ax, alt, chances.to_frame())


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
    said = {"quick": quick, "middle": middle, "last": shares.iloc[-1], "periods": time_unit(period, 2)}
    title = tr(
        "A tenth buy every {quick:,.1f} {periods} or more often,\nhalf every {middle:,.0f} or more often",
        **said,
    )
    ax.set_title(title)
    ax.set_xlabel(tr("mean time between two purchases, {periods} (log scale)", **said))
    alt = tr(
        "Histogram of the mean time between two purchases: the quickest tenth of the customers buy every "
        "{quick:,.1f} {periods} or more often, half every {middle:,.0f} or more often; the last bar, over "
        "1,000 {periods}, holds {last:.0%}.",
        **said,
    )
    return describe(ax, alt, shares.to_frame())


@styled
def coins(chance: pd.Series, *, ax: Axes | None = None) -> Axes:
    """Draw how likely customers are to leave after a repeat purchase."""
    assert ax is not None
    shares = _shares(ax, chance, np.linspace(0, 1, 21))
    middle, high = chance.quantile(0.5), chance.quantile(0.9)
    said = {"middle": middle, "high": high, "first": shares.iloc[0]}
    ax.set_title(tr("Half have a dropout chance up to {middle:.0%},\na tenth one over {high:.0%}", **said))
    ax.set_xlabel(tr("chance to leave after a repeat purchase"))
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    alt = tr(
        "Histogram of the chance to leave after a repeat purchase: half of the customers have one up to "
        "{middle:.0%}, a tenth one over {high:.0%}. The first bar, up to 5%, holds {first:.0%}.",
        **said,
    )
    return describe(ax, alt, shares.to_frame())


def _shares(ax: Axes, values: pd.Series, edges: Any) -> pd.Series:
    """Draw the share of the values in each bin, with a line at the median."""
    shares = np.histogram(values, edges)[0] / len(values)
    ax.bar(edges[:-1], shares, np.diff(edges), align="edge", color=BLUE, edgecolor="white")
    middle, half = float(values.quantile(0.5)), tr("half")
    ax.axvline(middle, color=INK, linewidth=1.2, linestyle="--")
    ax.text(middle, 0.97, f" {half}", transform=ax.get_xaxis_transform(), va="top", fontsize=9)
    ax.set_ylabel(tr("share of customers"))
    ax.set_ylim(top=1.12 * shares.max())
    ax.yaxis.set_major_locator(MaxNLocator(steps=[1, 2, 5, 10], nbins=7))
    percents(ax.yaxis)
    return pd.Series(shares, index=pd.Index(edges[:-1], name="from"), name="customers_share")


@styled
def lives(days: pd.DataFrame, left: pd.Series, *, end: Any, ax: Axes | None = None) -> Axes:
    """Draw the truth behind `histories`: the same rows, with each customer's day of leaving.

    ``left`` is missing for those who are still customers.
    """
    assert ax is not None
    stop: Any = day(end, "end")
    seen = days.loc[days["date"] <= stop, ["customer_id", "date"]]
    span = seen.groupby("customer_id")["date"].agg(["min", "max"]).sort_values(["max", "min"])
    span["left"] = left.loc[span.index]
    span["silent"] = (stop - span["max"]).dt.days
    gone = span["left"].notna()
    name: Any
    for row, (name, customer) in enumerate(span.iterrows()):
        bought = seen.loc[seen["customer_id"] == name, "date"]
        until = customer["left"] if gone[name] else stop
        words, colour = (tr("left"), RED) if gone[name] else (tr("still here"), BLUE)
        ax.plot([customer["min"], until], [row, row], color=BLUE, linewidth=1.6)
        ax.plot(bought, [row] * len(bought), "o", color=BLUE, markersize=5)
        if gone[name]:
            ax.plot(until, row, "X", color=RED, markersize=10, markeredgecolor="white")
        ax.annotate(words, (stop, row), (6, 0), textcoords="offset points", va="center", fontsize=9,
                    color=colour)  # fmt: skip
    ax.axvline(stop, color=INK, linewidth=1)
    ax.set_yticks(range(len(span)), span.index.astype(str), fontsize=9)
    _dates(ax)
    said = {"gone": gone.sum(), "all": len(span)}
    if gone.all():
        title = tr("{gone} of {all} have left", **said)
        alt = tr("The purchase days of {all} customers with the truth: {gone} of them have left.", **said)
    else:
        silent = span.loc[~gone, "silent"].max()
        title = ntr(
            "{gone} of {all} have left, and one is here after {n} silent day",
            "{gone} of {all} have left, and one is here after {n} silent days",
            silent,
            **said,
        )
        alt = ntr(
            "The purchase days of {all} customers with the truth: {gone} of them have left, and one is here "
            "after {n} silent day.",
            "The purchase days of {all} customers with the truth: {gone} of them have left, and one is here "
            "after {n} silent days.",
            silent,
            **said,
        )
    ax.set(title=title, ylabel=tr("customer"))
    alt += " " + tr("A cross marks the purchase after which a customer left.")
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
    ax.text(0.98, 0.06, tr("on the dashed line:\nas many as promised"), ha="right", fontsize=9.5)
    ax.vlines(table["said"], middle - half, middle + half, color=BLUE, linewidth=1.4)
    ax.scatter(table["said"], share, s=20 + 160 * n / n.max(), color=BLUE, edgecolor="white", zorder=3)
    near = table.iloc[int((table["said"] - at).abs().argmin())]
    title = ntr(
        "Of {n:,} customer given about {said:.0%}, {alive:.0%} are alive",
        "Of {n:,} customers given about {said:.0%}, {alive:.0%} are alive",
        near["customers"],
        said=near["said"],
        alive=near["alive"],
    )
    ax.set_title(title)
    ax.set(xlabel=tr("P(alive)"), ylabel=tr("share alive"), xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    parts = "; ".join(
        tr("P(alive) {said:.0%}, alive {alive:.0%}", said=row["said"], alive=row["alive"])
        for _, row in table.iterrows()
    )
    alt = tr("Dots of the share alive over P(alive), beside the line of equality. {parts}.", parts=parts)
    return describe(ax, alt, table)


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
    said = {"cut": cut, "here": here, "most": curve["earned"].max(), "currency": currency}
    ax.annotate(tr("cut at {cut:.0%}: {here:,.0f}", **said), (cut, here), (0, 9),
                textcoords="offset points", ha="center", color=BLUE)  # fmt: skip
    top = max(others.values())
    for (name, earned), colour, line in zip(others.items(), (ORANGE, INK), ("--", "-."), strict=False):
        ax.axhline(earned, color=colour, linestyle=line, linewidth=1.4)
        above = earned == top
        ax.annotate(f"{name}: {earned:z,.0f}", (1, earned), (0, 4 if above else -4), ha="right",
                    textcoords="offset points", va="bottom" if above else "top")  # fmt: skip
    ax.axhline(0, color=GREY, linewidth=0.8)
    ax.margins(y=0.12)
    ax.set_xlabel(tr("write to all with P(alive) under"))
    ax.set_ylabel(tr("earned by the letters, {currency}", **said))
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    thousands(ax.yaxis)
    if here < 0:
        title = tr("Writing to those under {cut:.0%} loses {loss:,.0f} {currency}", **said, loss=-here)
    else:
        title = tr("Writing to those under {cut:.0%} earns {here:,.0f} {currency}", **said)
    ax.set_title(title)
    parts = ", ".join(f"{name} {earned:,.0f}" for name, earned in others.items())
    alt = tr(
        "Line of what letters earn by the cut on P(alive): {here:,.0f} {currency} at {cut:.0%}, "
        "{most:,.0f} at most. Other ways to choose: {parts}.",
        **said,
        parts=parts,
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
    rows, stranger = range(len(table)), truth.quantile([0.1, 0.9]).tolist()
    ax.axvspan(*stranger, color=LIGHT, linewidth=0)
    ax.hlines(rows, table["low"], table["high"], color=BLUE, linewidth=4)
    ax.plot(table["truth"], rows, "X", color=RED, markersize=9, markeredgecolor="white")
    ax.set_yticks(rows, table.index.astype(str), fontsize=9)
    ax.set_ylim(-0.8, len(table) + 0.4)
    key = tr("grey: a stranger, cross: the truth")
    ax.text(0.99, 0.99, key, transform=ax.transAxes, ha="right", va="top")
    if log:
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter("{x:g}")
        ax.set_xlim(left=table[["low", "truth"]].min().min() / 1.5)
    else:
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    said = {"what": what, "held": held, "all": len(table), "low": stranger[0], "high": stranger[1]}
    ax.set_title(tr("{what}: {held} of {all} truths in their bars", **{**said, "what": capital(what)}))
    ax.set(xlabel=f"{what}, {unit}" if unit else what, ylabel=tr("customer"))
    alt = tr(
        "A bar of what may be known of the {what} for each of {all} customers. A cross marks the "
        "truth, which lies in {held} of the bars. For a stranger the bar is {low:.2g} to {high:.2g}.",
        **said,
    )
    return describe(ax, alt, table)
