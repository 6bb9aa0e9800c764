"""Pictures of buy-till-you-die models: what customers did, beside what models expect of them.

The functions draw plain tables and do not ask who made them. In a table of actual and expected figures the
first column is what happened, and every other column a model, named as it shall be labelled.
"""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.ticker import MaxNLocator, PercentFormatter

from crmlab.errors import InputError
from crmlab.plots.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    LIGHT,
    ORANGE,
    RED,
    describe,
    heatmap,
    styled,
    thousands,
)

_MODEL_STYLES = [(BLUE, "o", "--"), (RED, "s", "-."), (GREEN, "^", ":"), (ORANGE, "D", (0, (6, 1)))]


@styled
def histories(days: pd.DataFrame, *, end: Any, ax: Axes | None = None) -> Axes:
    """Draw the purchase days (``customer_id, date``) of a few customers up to a day, one row a customer."""
    assert ax is not None
    stop = pd.Timestamp(end)
    seen = days.loc[days["date"] <= stop, ["customer_id", "date"]]
    span = seen.groupby("customer_id")["date"].agg(["min", "max", "size"]).sort_values(["max", "min"])
    span["silent"] = (stop - span["max"]).dt.days
    for row, (name, customer) in enumerate(span.iterrows()):
        bought = seen.loc[seen["customer_id"] == name, "date"]
        ax.plot([customer["min"], customer["max"]], [row, row], color=BLUE, linewidth=1)
        ax.plot([customer["max"], stop], [row, row], color=GREY, linewidth=1, linestyle=":")
        ax.plot(bought, [row] * len(bought), "o", color=BLUE, markersize=5)
        wait = f"{customer['silent']} day" + "s" * (customer["silent"] != 1)
        ax.annotate(wait, (stop, row), (6, 0), textcoords="offset points",
                    va="center", fontsize=9)  # fmt: skip
    ax.axvline(stop, color=INK, linewidth=1)
    ax.set_yticks(range(len(span)), span.index.astype(str), fontsize=9)
    _dates(ax)
    least, most = span["silent"].min(), span["silent"].max()
    ax.set(title=f"{len(span)} customers, silent for {least} to {most} days", ylabel="customer")
    alt = (
        f"Purchase days of {len(span)} customers up to {stop:%Y-%m-%d}, a row a customer and a dot a "
        f"purchase day. The silence after the last dot is {least} to {most} days."
    )
    return describe(ax, alt, span.rename(columns={"min": "first", "max": "last", "size": "orders"}))


@styled
def frequencies(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how many customers made 0, 1, 2, ... repeat purchases, and how many models expect.

    The index holds whole numbers; its last row holds all who made that many or more.
    """
    assert ax is not None
    actual, models = _split(table)
    wrong = models.sub(actual, axis=0).abs().sum() / 2 / actual.sum()
    best = wrong.idxmin()
    _bars_and_markers(ax, table)
    ax.set_title(f"{best} misplaces {wrong[best]:.1%} of the customers")
    ax.set(xlabel="repeat purchases", ylabel="customers")
    thousands(ax.yaxis)
    alt = f"Bars of customers by repeat purchases, with model markers. {_in_words(table, '{:,.0f}'.format)}."
    return describe(ax, alt, table)


@styled
def holdout(
    table: pd.DataFrame,
    *,
    by: str = "repeat purchases before the holdout",
    measure: str = "holdout purchases per customer",
    text: Callable[[float], str] = "{:.2f}".format,
    ax: Axes | None = None,
) -> Axes:
    """Draw what classes of customers did in the holdout, and what models said beforehand.

    Where the index holds whole numbers, its last row holds all who have that many or more.
    """
    assert ax is not None
    actual, models = _split(table)
    gaps = models.sub(actual, axis=0).abs()
    best = gaps.mean().idxmin()
    widest = gaps[best].idxmax()
    _bars_and_markers(ax, table)
    place = dict(zip(table.index, _names(table.index), strict=True))[widest]
    ax.set_title(
        f"Widest gap at {place}: {actual.name} {text(actual[widest])}, "
        f"{best} {text(models.loc[widest, best])}"
    )
    ax.set(xlabel=by, ylabel=measure)
    ax.yaxis.set_major_formatter(lambda value, _: text(value))
    alt = f"Bars of {measure} by {by}, with model markers. {_in_words(table, text)}."
    return describe(ax, alt, table)


@styled
def tracking(
    table: pd.DataFrame,
    *,
    calibration: Any,
    cumulative: bool = True,
    period: str = "week",
    ax: Axes | None = None,
) -> Axes:
    """Draw repeat purchases through time against models; the end of the calibration is marked.

    The table holds cumulative purchases, one row a period, indexed by the period's last day. With
    ``cumulative=False`` the purchases of each period are drawn.
    """
    assert ax is not None
    split = pd.Timestamp(calibration)
    drawn = table if cumulative else table.diff().fillna(table.iloc[:1])
    actual, models = _split(drawn)
    ax.plot(actual.index, actual, color=INK, linewidth=1.4)
    for (_, model), (colour, _, line) in zip(models.items(), _MODEL_STYLES, strict=False):
        ax.plot(model.index, model, color=colour, linestyle=line)
    ax.axvline(split, color=GREY, linewidth=1, linestyle=":")
    ax.set_ylim(bottom=0, top=1.08 * drawn.to_numpy().max())
    ax.text(split, ax.get_ylim()[1], " forecast", color=GREY, va="top", fontsize=9)
    _label_ends(ax, drawn)
    _dates(ax)
    thousands(ax.yaxis)
    ends = table.iloc[-1] if cumulative else table.iloc[-1] - table.loc[:split].iloc[-1]
    off = ends.iloc[1:] / ends.iloc[0] - 1
    best = off.abs().idxmin()
    ax.set_title(f"{best} {'ends' if cumulative else 'forecasts'} {_off(off[best])} the actual")
    ax.set_ylabel("repeat purchases" + (" so far" if cumulative else f" in the {period}"))
    parts = "; ".join(f"{name} {_off(gap)} the actual" for name, gap in off.items())
    alt = (
        f"Lines of {'cumulative ' if cumulative else ''}repeat purchases, actual and expected, from "
        f"{table.index[0]:%Y-%m-%d} to {table.index[-1]:%Y-%m-%d}. The forecast begins after "
        f"{split:%Y-%m-%d}. "
        f"{'At the end' if cumulative else 'In the forecast as a whole'}: {parts}."
    )
    return describe(ax, alt, drawn)


@styled
def recency_frequency(
    cells: pd.DataFrame,
    *,
    measure: str = "P(alive)",
    text: Callable[[float], str] = "{:.0%}".format,
    period: str = "week",
    ax: Axes | None = None,
) -> Axes:
    """Draw a measure over recency (index) and frequency (columns), for one age; missing cells stay blank."""
    assert ax is not None
    heatmap(ax, cells, text=text)
    low, high = cells.min(), cells.max()
    widest = (high - low).idxmax()
    ax.set_yticks(ax.get_yticks(), [f"{recency:.0f}" for recency in cells.index])
    ax.set_title(
        f"After {widest} repeat purchases {measure} runs from {text(low[widest])} to {text(high[widest])}"
    )
    ax.set(xlabel="frequency: repeat purchases", ylabel=f"recency: age at the last purchase, {period}s")
    parts = "; ".join(f"frequency {name}: {text(low[name])} to {text(high[name])}" for name in cells.columns)
    return describe(ax, f"Table of {measure} by recency and frequency. Over recency, {parts}.", cells)


@styled
def alive_path(path: pd.Series, purchases: Any, *, name: str = "", ax: Axes | None = None) -> Axes:
    """Draw one customer's P(alive) day by day (indexed by date), with the purchase days marked below."""
    assert ax is not None
    bought = pd.DatetimeIndex(purchases)
    bought = bought[(bought >= path.index[0]) & (bought <= path.index[-1])]
    silent = (path.index[-1] - bought[-1]).days
    ax.plot(path.index, path, color=BLUE)
    ax.plot(bought, [-0.06] * len(bought), "|", color=INK, markersize=11, markeredgewidth=1.2)
    ax.set(ylim=(-0.13, 1.05), ylabel="P(alive)", yticks=[0, 0.25, 0.5, 0.75, 1])
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    _dates(ax)
    who = f"{name}: " if name else ""
    ax.set_title(f"{who}P(alive) {_percent(path.iloc[-1])}, {silent} days silent")
    ax.set_xlabel(f"the {len(bought)} purchase days are marked at the foot")
    alt = (
        f"Line of P(alive) from {path.index[0]:%Y-%m-%d} to {path.index[-1]:%Y-%m-%d} with {len(bought)} "
        f"purchase days. It ends at {_percent(path.iloc[-1])}, {silent} days after the last purchase."
    )
    return describe(ax, alt, path.to_frame("P(alive)"))


def _split(table: pd.DataFrame) -> tuple[pd.Series, pd.DataFrame]:
    """Return what happened, and what the models expect."""
    if not 2 <= table.shape[1] <= 1 + len(_MODEL_STYLES):
        raise InputError(
            f"The table has {table.shape[1]} columns. Give first what happened, then one column a model, "
            f"{len(_MODEL_STYLES)} models at most."
        )
    return table.iloc[:, 0], table.iloc[:, 1:]


def _names(index: pd.Index) -> list[str]:
    """Return the labels of classes; of whole numbers the last one is open."""
    names = [str(item) for item in index]
    return [*names[:-1], f"{names[-1]}+"] if pd.api.types.is_integer_dtype(index) else names


def _bars_and_markers(ax: Axes, table: pd.DataFrame) -> None:
    """Draw what happened as bars and each model as markers, side by side where there are several."""
    actual, models = _split(table)
    places = range(len(table))
    ax.bar(places, actual, color=LIGHT, edgecolor=GREY, linewidth=0.6, label=actual.name)
    for step, (name, (colour, marker, _)) in enumerate(zip(models, _MODEL_STYLES, strict=False)):
        shift = 0.18 * (step - (models.shape[1] - 1) / 2)
        ax.plot([place + shift for place in places], models[name], marker, color=colour, label=name)
    ax.set_xticks(places, _names(table.index))
    handles, _ = ax.get_legend_handles_labels()
    ax.legend(handles=[*handles[-1:], *handles[:-1]], loc="best")  # what happened comes first


def _label_ends(ax: Axes, lines: pd.DataFrame) -> None:
    """Write each line's name at its end, apart from one another."""
    colours = [INK, *[colour for colour, _, _ in _MODEL_STYLES]]
    ends = pd.Series(lines.iloc[-1].to_numpy(dtype=float), index=range(lines.shape[1])).sort_values()
    places, step = ends.copy(), 0.07 * ax.get_ylim()[1]
    for lower, upper in pairwise(places.index):
        places[upper] = max(places[upper], places[lower] + step)
    places -= (places - ends).mean()
    for line, place in places.items():
        ax.annotate(str(lines.columns[line]), (lines.index[-1], place), (5, 0), textcoords="offset points",
                    va="center", color=colours[line], fontsize=9, annotation_clip=False)  # fmt: skip


def _in_words(table: pd.DataFrame, text: Callable[[float], str]) -> str:
    rows = zip(_names(table.index), table.itertuples(index=False), strict=True)
    return "; ".join(
        f"{name}: " + ", ".join(f"{column} {text(value)}" for column, value in zip(table, row, strict=True))
        for name, row in rows
    )


def _off(gap: float) -> str:
    if abs(gap) < 0.005:
        return "level with"
    return f"{abs(gap):.0%} {'above' if gap > 0 else 'below'}"


def _percent(share: float) -> str:
    return "under 1%" if share < 0.005 else f"{share:.0%}"


def _dates(ax: Axes) -> None:
    locator = AutoDateLocator(minticks=3, maxticks=8)  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


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
    """Draw how likely customers are to leave after a purchase."""
    assert ax is not None
    shares = _shares(ax, chance, np.linspace(0, 1, 21))
    middle, high = chance.quantile(0.5), chance.quantile(0.9)
    ax.set_title(f"Half leave with a chance up to {middle:.0%},\na tenth with one over {high:.0%}")
    ax.set_xlabel("chance to leave after a purchase")
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    alt = (
        f"Histogram of the chance to leave after a purchase: half of the customers have one up to "
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
    stop = pd.Timestamp(end)
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
