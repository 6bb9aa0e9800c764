"""Pictures of subscribers: who is left after each renewal, who they are, and what they are worth.

The tables are indexed by the number of renewals, from 0 on, unless a function says otherwise.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from crmlab.errors import InputError
from crmlab.language import mark, ntr, tr
from crmlab.plots.style import BLUE, GREEN, GREY, INK, ORANGE, RED, SKY, describe, styled
from crmlab.words import capital, time_unit

_LINES = [(BLUE, "o", "-"), (RED, "s", "--"), (GREEN, "^", "-."), (ORANGE, "D", ":")]
_BARS = [BLUE, ORANGE, GREEN, SKY]
_LABELS = 15  # numbers above bars that do not touch one another


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
    ax.set_title(tr("Still there at the end: {parts}", parts=parts))
    ax.set(xlabel=tr("renewals"), ylabel=tr("share of the cohort left"))
    ends = "; ".join(
        ntr(
            "{name}: {end:.0%} after {n} renewal",
            "{name}: {end:.0%} after {n} renewals",
            t,
            name=name,
            end=end,
        )
        for name, (t, end) in left.items()
    )
    return describe(ax, tr("Lines of the share of a cohort left by renewal. {ends}.", ends=ends), share)


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
    title = tr(
        "{name}: {first:.0%} renew at first, {last:.0%} at the end",
        name=capital(name),
        first=first,
        last=last,
    )
    ax.set(title=title, xlabel=tr("renewal"), ylabel=tr("retention rate: share that renews"))
    parts = "; ".join(_first_and_last(name, *pair) for name, pair in ends.items())
    return describe(ax, tr("Lines of the retention rate by renewal. {parts}.", parts=parts), rate)


def _first_and_last(name: object, first: float, last: float) -> str:
    return tr("{name}: {first:.0%} at first, {last:.0%} at the end", name=name, first=first, last=last)


@styled
def kinds(people: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw a cohort of several kinds of people as stacked bars, with the retention rate of all above them."""
    assert ax is not None
    total, base = people.sum(axis=1), np.zeros(len(people))
    rate = _rates(total.to_frame("all"))["all"].dropna()
    for (name, left), colour in zip(people.items(), _BARS, strict=False):
        ax.bar(people.index, left, bottom=base, color=colour, edgecolor="white", label=str(name))
        base += left.to_numpy()
    t: Any
    for t, share in rate.iloc[:: 1 + len(rate) // _LABELS].items():
        ax.annotate(f"{share:.0%}", (t, total[t]), (0, 4), textcoords="offset points", ha="center")
    ax.legend(loc="upper right")
    ax.set_ylim(top=1.1 * total.max())
    ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    first, last = rate.iloc[0], rate.iloc[-1]
    title = mark("Of all, {first:.0%} renew at first, {last:.0%} at the end")
    if f"{rate.min():.0%}" == f"{rate.max():.0%}":
        title = mark("At each renewal {first:.0%} of all renew")
    ax.set(title=tr(title, first=first, last=last), xlabel=tr("renewals"), ylabel=tr("people left"))
    mix = people.div(total, axis=0)[total > 0]
    parts = "; ".join(_first_and_last(name, mix[name].iloc[0], mix[name].iloc[-1]) for name in mix)
    alt = tr(
        "Stacked bars of the people left after each renewal, by kind. Share of the people: {parts}. The "
        "retention rate of all goes from {first:.0%} to {last:.0%}.",
        parts=parts,
        first=first,
        last=last,
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
    ax.set_title(tr("Mean chance to leave: {parts}", parts=parts))
    ax.set_xlabel(tr("a person's own chance to leave at a renewal"))
    ax.set_ylabel(tr("share of the group"))
    low = ", ".join(f"{name} {share:.0%}" for name, share in table.iloc[0].items())
    alt = tr(
        "Bars of the chance to leave in each group. Mean: {parts}. With a chance up to 10%: {low}.",
        parts=parts,
        low=low,
    )
    return describe(ax, alt, table)


@styled
def forecast(table: pd.DataFrame, *, seen: int, name: str = "", ax: Axes | None = None) -> Axes:
    """Draw survivors (first column) as dots and models of them as lines.

    What comes after ``seen`` renewals is forecast, and judged by its mean absolute percentage error.
    """
    assert ax is not None
    drawn = table / float(table.to_numpy()[0, 0])
    actual, models = drawn.iloc[:, 0], drawn.iloc[:, 1:]
    if not actual.index[0] < seen < actual.index[-1]:
        raise InputError(f"seen is {seen!r}. Leave at least one renewal to see and one to forecast.")
    ax.plot(actual.index, actual, "o", color=INK, markersize=6, zorder=3)
    _lines(ax, models, markers=False)
    _percent(ax, bottom=min(0, 1.2 * models.min().min()))
    _names(ax, models)
    ax.axvline(seen + 0.5, color=GREY, linewidth=1, linestyle=":")
    ax.text(seen + 0.6, 1.01, tr("forecast"), color=GREY, va="top", fontsize=9)
    error = (models.div(actual, axis=0) - 1).abs().loc[seen + 1 :].mean()
    best, worst = str(error.idxmin()), str(error.idxmax())
    ends = {"best": best, "least": error[best], "worst": worst, "most": error[worst]}
    if models.shape[1] > 1:
        title = tr("{best} is off by {least:.1%}, {worst} by {most:.0%}", **ends)
    else:
        title = tr("{best} is off by {least:.1%}", **ends)
    ax.set(title=_of(name, title), xlabel=tr("renewals"), ylabel=tr("share of the cohort left"))
    parts = "; ".join(f"{model} {gap:.1%}" for model, gap in error.items())
    dots = ntr(
        "dots of the share left by renewal, and lines of models fitted on the first {n} renewal.",
        "dots of the share left by renewal, and lines of models fitted on the first {n} renewals.",
        seen,
    )
    off = tr("Mean error of the forecast: {parts}.", parts=parts)
    return describe(ax, f"{capital(_of(name, dots))} {off}", drawn)


def _of(name: str, text: str) -> str:
    """Return a text with the name of whom it is about, where there is one."""
    return tr("{name}: {text}", name=capital(name), text=text) if name else text


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
    ends = [
        ntr(
            "{name}: {first:,.0f} {currency} when new, {last:,.0f} after {n} renewal",
            "{name}: {first:,.0f} {currency} when new, {last:,.0f} after {n} renewals",
            table.index[-1],
            name=name,
            first=line.iloc[0],
            last=line.iloc[-1],
            currency=currency,
        )
        for name, line in table.items()
    ]
    ax.set(title=ends[0], xlabel=tr("renewals made"))
    ax.set_ylabel(tr("worth of a subscriber, {currency}", currency=currency))
    parts = "; ".join(ends)
    return describe(ax, tr("Lines of a subscriber's worth by renewals made. {parts}.", parts=parts), table)


@styled
def offers(table: pd.DataFrame, *, cost: float, currency: str, ax: Axes | None = None) -> Axes:
    """Draw the most that an offer before the next renewal may cost, by renewals made, beside its cost.

    One column a way to reckon, the one to trust first.
    """
    assert ax is not None
    _lines(ax, table)
    top = 1.1 * max(table.max().max(), cost)
    ax.set_ylim(0, top)
    _names(ax, table)
    ax.hlines(cost, table.index[0], table.index[-1], color=INK, linewidth=1.2, linestyle=(0, (1, 1)))
    said = {"cost": cost, "currency": currency, "all": len(table)}
    ax.annotate(tr("costs {cost:,.2f}", **said), (table.index[0], cost), (0, -11 if cost > 0.1 * top else 4),
                textcoords="offset points", fontsize=9)  # fmt: skip
    pays = (table >= cost).sum()
    title = mark("At {cost:,.2f} {currency} the offer pays before {pays} of {all} renewals")
    if pays.iloc[0] == 0:
        title = mark("At {cost:,.2f} {currency} the offer pays before no renewal")
    if pays.iloc[0] == len(table):
        title = mark("At {cost:,.2f} {currency} the offer pays before each renewal drawn")
    ax.set(title=tr(title, **said, pays=pays.iloc[0]), xlabel=tr("renewals made before the offer"))
    ax.set_ylabel(tr("most that an offer may cost, {currency}", **said))
    parts = "; ".join(
        tr(
            "{name}: {first:,.2f} to {last:,.2f}, so it pays before {pays} of {all}",
            name=name,
            first=line.iloc[0],
            last=line.iloc[-1],
            pays=pays[str(name)],
            all=len(table),
        )
        for name, line in table.items()
    )
    alt = tr(
        "Lines of the most that an offer may cost in {currency} by renewals made, and its cost of "
        "{cost:,.2f}. {parts}.",
        **said,
        parts=parts,
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
    said = {"at": at, "one": one, "early": early, "two": two, "late": late}
    ax.set_title(tr("At age {at:.0f}: {one:.0%} {early}, {two:.0%} {late}", **said))
    ax.set_xlabel(tr("age, {periods} since the first purchase", periods=time_unit(period, 2)))
    ax.set_ylabel(tr("bought at this age or later"))
    ends = "; ".join(
        tr("{name}: {end:.0%} at age {age:.0f}", name=name, end=end, age=age)
        for name, (age, end) in _ends(table).items()
    )
    alt = tr(
        "Lines of the share of a cohort that bought at an age or later. At age {at:.0f} {periods}: "
        "{one:.0%} {early}, {two:.0%} {late}. They end: {ends}.",
        **said,
        periods=time_unit(period, at),
        ends=ends,
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
    row: Any
    for row, y in place.items():
        ax.annotate(str(table.columns[row]), (ends.loc[row, "x"], y), (7, 0), textcoords="offset points",
                    va="center", color=_LINES[row][0], fontsize=9.5, annotation_clip=False)  # fmt: skip
