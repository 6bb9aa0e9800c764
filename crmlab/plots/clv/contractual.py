"""Pictures of subscribers: who is left after each renewal, who they are, and what they are worth.

The tables are indexed by the number of renewals, from 0 on, unless a function says otherwise.
"""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from crmlab.errors import InputError
from crmlab.plots.style import BLUE, GREEN, GREY, INK, ORANGE, RED, SKY, describe, styled

_LINES = [(BLUE, "o", "-"), (RED, "s", "--"), (GREEN, "^", "-."), (ORANGE, "D", ":")]
_BARS = [BLUE, ORANGE, GREEN, SKY]


@styled
def survival(survivors: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the share of each cohort that is left after each renewal, one column a cohort."""
    assert ax is not None
    share = survivors / survivors.iloc[0]
    _lines(ax, share)
    _percent(ax, bottom=0)
    _names(ax, share)
    left = _ends(share)
    parts = ", ".join(f"{name} {end:.0%}" for name, (_, end) in left.items())
    ax.set(title=f"Still there at the end: {parts}", xlabel="renewals", ylabel="share of the cohort left")
    ends = "; ".join(f"{name}: {end:.0%} after {t} renewals" for name, (t, end) in left.items())
    return describe(ax, f"Lines of the share of a cohort left by renewal. {ends}.", share)


@styled
def retention(survivors: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the share of those who could renew that did, at each renewal, one column a cohort."""
    assert ax is not None
    rate = _rates(survivors)
    _lines(ax, rate)
    _percent(ax)
    _names(ax, rate)
    ends = {name: (rate[name].dropna().iloc[0], end) for name, (_, end) in _ends(rate).items()}
    name, (first, last) = next(iter(ends.items()))
    ax.set_title(f"{name.capitalize()}: {first:.0%} renew at first, {last:.0%} at the end")
    ax.set(xlabel="renewal", ylabel="retention rate: share that renews")
    parts = "; ".join(
        f"{name}: {one:.0%} at first, {two:.0%} at the end" for name, (one, two) in ends.items()
    )
    return describe(ax, f"Lines of the retention rate by renewal. {parts}.", rate)


@styled
def kinds(people: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw a cohort of several kinds of people as stacked bars, with the retention rate of all above them."""
    assert ax is not None
    total, base = people.sum(axis=1), np.zeros(len(people))
    rate = _rates(total.to_frame("all"))["all"].dropna()
    for (name, left), colour in zip(people.items(), _BARS, strict=False):
        ax.bar(people.index, left, bottom=base, color=colour, edgecolor="white", label=str(name))
        base += left.to_numpy()
    for t, share in rate.items():
        ax.annotate(f"{share:.0%}", (t, total[t]), (0, 4), textcoords="offset points", ha="center")
    ax.legend(loc="upper right")
    ax.set_ylim(top=1.1 * total.max())
    ax.yaxis.set_major_formatter("{x:,.0f}")
    first, last = rate.iloc[0], rate.iloc[-1]
    ax.set(
        title=f"Of all, {first:.0%} renew at first, {last:.0%} at the end",
        xlabel="renewals",
        ylabel="people left",
    )
    mix = people.div(total, axis=0)[total > 0]
    parts = "; ".join(
        f"{name}: {mix[name].iloc[0]:.0%} at first, {mix[name].iloc[-1]:.0%} at the end" for name in mix
    )
    alt = (
        f"Stacked bars of the people left after each renewal, by kind. Share of the people: {parts}. The "
        f"retention rate of all goes from {first:.0%} to {last:.0%}."
    )
    return describe(ax, alt, people.assign(retention=rate))


@styled
def coins(betas: Mapping[str, tuple[float, float]], *, ax: Axes | None = None) -> Axes:
    """Draw how the chance to leave at a renewal is spread in groups, from the α and β of its beta."""
    assert ax is not None
    from scipy import special

    edges = np.linspace(0, 1, 11)
    shares = {name: np.diff(special.betainc(a, b, edges)) for name, (a, b) in betas.items()}
    table = pd.DataFrame(shares, index=pd.Index(edges[:-1].round(1), name="from"))
    width = 0.088 / len(betas)
    for step, (name, colour) in enumerate(zip(table, _BARS, strict=False)):
        ax.bar(edges[:-1] + 0.006 + step * width, table[name], width, align="edge", color=colour, label=name)
    ax.legend(loc="upper right")
    ax.set_xticks(edges)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    parts = ", ".join(f"{name} {a / (a + b):.0%}" for name, (a, b) in betas.items())
    ax.set_title(f"Mean chance to leave: {parts}")
    ax.set(xlabel="a person's own chance to leave at a renewal", ylabel="share of the group")
    low = ", ".join(f"{name} {share:.0%}" for name, share in table.iloc[0].items())
    alt = f"Bars of the chance to leave in each group. Mean: {parts}. With a chance up to 10%: {low}."
    return describe(ax, alt, table)


@styled
def forecast(table: pd.DataFrame, *, seen: int, name: str = "", ax: Axes | None = None) -> Axes:
    """Draw survivors (first column) as dots and models of them as lines.

    What comes after ``seen`` renewals is forecast, and judged by its mean absolute percentage error.
    """
    assert ax is not None
    drawn = table / table.iloc[0, 0]
    actual, models = drawn.iloc[:, 0], drawn.iloc[:, 1:]
    if not actual.index[0] < seen < actual.index[-1]:
        raise InputError(f"seen is {seen!r}. Leave at least one renewal to see and one to forecast.")
    ax.plot(actual.index, actual, "o", color=INK, markersize=6, zorder=3)
    _lines(ax, models, markers=False)
    _percent(ax, bottom=min(0, 1.2 * models.min().min()))
    _names(ax, models)
    ax.axvline(seen + 0.5, color=GREY, linewidth=1, linestyle=":")
    ax.text(seen + 0.6, 1.01, "forecast", color=GREY, va="top", fontsize=9)
    error = (models.div(actual, axis=0) - 1).abs().loc[seen + 1 :].mean()
    best, worst = error.idxmin(), error.idxmax()
    who = f"{name.capitalize()}: " if name else ""
    ax.set_title(f"{who}{best} is off by {error[best]:.1%}, {worst} by {error[worst]:.0%}")
    ax.set(xlabel="renewals", ylabel="share of the cohort left")
    parts = "; ".join(f"{model} {gap:.1%}" for model, gap in error.items())
    alt = (
        f"{who}dots of the share left by renewal, and lines of models fitted on the first {seen} renewals. "
        f"Mean error of the forecast: {parts}."
    )
    return describe(ax, alt, drawn)


@styled
def worth(
    table: pd.DataFrame, *, currency: str, band: pd.DataFrame | None = None, ax: Axes | None = None
) -> Axes:
    """Draw what a subscriber is worth by renewals made, one column a way to reckon, the one to trust first.

    ``band`` has the columns ``lower`` and ``upper`` and belongs to the first column.
    """
    assert ax is not None
    top = table.max().max()
    if band is not None:
        ax.fill_between(band.index, band["lower"], band["upper"], color=BLUE, alpha=0.18, linewidth=0)
        top = max(top, band["upper"].max())
    _lines(ax, table)
    ax.set_ylim(0, 1.05 * top)
    _names(ax, table)
    last = table.index[-1]
    ends = {
        str(name): f"{line.iloc[0]:,.0f} {currency} when new, {line.iloc[-1]:,.0f} after {last} renewals"
        for name, line in table.items()
    }
    ax.set_title(": ".join(next(iter(ends.items()))))
    ax.set(xlabel="renewals made", ylabel=f"worth of a subscriber, {currency}")
    parts = "; ".join(f"{name}: {words}" for name, words in ends.items())
    return describe(ax, f"Lines of a subscriber's worth by renewals made. {parts}.", table)


@styled
def offers(table: pd.DataFrame, *, cost: float, currency: str, ax: Axes | None = None) -> Axes:
    """Draw the most that an offer before the next renewal may cost, by renewals made, beside its cost.

    One column a way to reckon, the one to trust first.
    """
    assert ax is not None
    _lines(ax, table)
    ax.set_ylim(0, 1.1 * max(table.max().max(), cost))
    _names(ax, table)
    ax.hlines(cost, table.index[0], table.index[-1], color=INK, linewidth=1.2, linestyle=(0, (1, 1)))
    ax.annotate(
        f"costs {cost:,.2f}", (table.index[0], cost), (0, -11), textcoords="offset points", fontsize=9
    )
    pays = (table >= cost).sum()
    ax.set_title(f"At {cost:,.2f} {currency} the offer pays before {pays.iloc[0]} of {len(table)} renewals")
    ax.set(xlabel="renewals made before the offer", ylabel=f"most that an offer may cost, {currency}")
    parts = "; ".join(
        f"{name}: {line.iloc[0]:,.2f} to {line.iloc[-1]:,.2f}, so it pays before {pays[name]} of {len(table)}"
        for name, line in table.items()
    )
    alt = (
        f"Lines of the most that an offer may cost in {currency} by renewals made, and its cost of "
        f"{cost:,.2f}. {parts}."
    )
    return describe(ax, alt, table)


@styled
def activity(table: pd.DataFrame, *, at: float, period: str = "week", ax: Axes | None = None) -> Axes:
    """Draw the share of a cohort that bought at some age or later, one column a view; the index holds ages.

    A view may end early: its last values are then missing. The title compares the first two views at one age.
    """
    assert ax is not None
    _lines(ax, table)
    _percent(ax, bottom=0)
    ax.axvline(at, color=GREY, linewidth=1, linestyle=":")
    ax.legend(table.columns, loc="upper right")
    (early, one), (late, two), *_ = table.loc[at].items()
    ax.set_title(f"At age {at:.0f}: {one:.0%} {early}, {two:.0%} {late}")
    ax.set(xlabel=f"age, {period}s since the first purchase", ylabel="bought at this age or later")
    ends = "; ".join(f"{name}: {end:.0%} at age {age:.0f}" for name, (age, end) in _ends(table).items())
    alt = (
        f"Lines of the share of a cohort that bought at an age or later. At age {at:.0f} {period}s: "
        f"{one:.0%} {early}, {two:.0%} {late}. They end: {ends}."
    )
    return describe(ax, alt, table)


def _rates(survivors: pd.DataFrame) -> pd.DataFrame:
    """Return retention rates; where nobody was left to renew there is none."""
    return (survivors / survivors.shift(1)).iloc[1:]


def _ends(table: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Return each column's last place and value."""
    known = {str(name): line.dropna() for name, line in table.items()}
    return {name: (line.index[-1], float(line.iloc[-1])) for name, line in known.items()}


def _lines(ax: Axes, table: pd.DataFrame, *, markers: bool = True) -> None:
    if not 1 <= table.shape[1] <= len(_LINES):
        raise InputError(f"The table has {table.shape[1]} lines to draw. Give 1 to {len(_LINES)}.")
    for (_, line), (colour, marker, dash) in zip(table.items(), _LINES, strict=False):
        ax.plot(line.index, line, dash, color=colour, marker=marker if markers else "", markersize=5)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))


def _percent(ax: Axes, bottom: float | None = None) -> None:
    ax.set_ylim(bottom, 1.03)
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))


def _names(ax: Axes, table: pd.DataFrame) -> None:
    """Write each line's name at its end, apart from one another; the limits of the axes must stand."""
    ends = pd.DataFrame(list(_ends(table).values()), columns=["x", "y"]).sort_values("y")
    low, high = ax.get_ylim()
    place = ends["y"].copy()
    for lower, upper in pairwise(ends.index):
        if ends.loc[lower, "x"] == ends.loc[upper, "x"]:
            place[upper] = max(place[upper], place[lower] + 0.065 * (high - low))
    for row, y in place.items():
        ax.annotate(str(table.columns[row]), (ends.loc[row, "x"], y), (7, 0), textcoords="offset points",
                    va="center", color=_LINES[row][0], fontsize=9.5, annotation_clip=False)  # fmt: skip
