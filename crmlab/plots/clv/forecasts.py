"""Pictures of buy-till-you-die models: what customers did, beside what models expect of them.

The functions draw plain tables and do not ask who made them. In a table of actual and expected figures the
first column is what happened, and every other column a model, named as it shall be labelled.
"""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.ticker import PercentFormatter

from crmlab.customers import day
from crmlab.errors import InputError
from crmlab.language import mark, ntr, tr
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
from crmlab.words import count, percent, time_unit

_SHORT = 0.15  # a forecast that is shorter than this share of the time drawn
_MEASURE, _BY = mark("holdout purchases per customer"), mark("repeat purchases before the holdout")
_ALIVE = mark("P(alive)")
# How far a model is off what happened: as much, more, less.
_ENDS = (
    mark("{model} ends level with the actual"),
    mark("{model} ends {gap:.0%} above the actual"),
    mark("{model} ends {gap:.0%} below the actual"),
)
_FORECASTS = (
    mark("{model} forecasts level with the actual"),
    mark("{model} forecasts {gap:.0%} above the actual"),
    mark("{model} forecasts {gap:.0%} below the actual"),
)
_OFF = (
    mark("{model} level with the actual"),
    mark("{model} {gap:.0%} above the actual"),
    mark("{model} {gap:.0%} below the actual"),
)
_MONTHS = [
    mark("Jan"), mark("Feb"), mark("Mar"), mark("Apr"), mark("May"), mark("Jun"), mark("Jul"), mark("Aug"),
    mark("Sep"), mark("Oct"), mark("Nov"), mark("Dec"),
]  # fmt: skip
_MODEL_STYLES = [(BLUE, "o", "--"), (RED, "s", "-."), (GREEN, "^", ":"), (ORANGE, "D", (0, (6, 1)))]


@styled
def histories(days: pd.DataFrame, *, end: Any, ax: Axes | None = None) -> Axes:
    """Draw the purchase days (``customer_id, date``) of a few customers up to a day, one row a customer."""
    assert ax is not None
    stop: Any = day(end, "end")
    seen = days.loc[days["date"] <= stop, ["customer_id", "date"]]
    span = seen.groupby("customer_id")["date"].agg(["min", "max", "size"]).sort_values(["max", "min"])
    span["silent"] = (stop - span["max"]).dt.days
    for row, (name, customer) in enumerate(span.iterrows()):
        bought = seen.loc[seen["customer_id"] == name, "date"]
        ax.plot([customer["min"], customer["max"]], [row, row], color=BLUE, linewidth=1)
        ax.plot([customer["max"], stop], [row, row], color=GREY, linewidth=1, linestyle=":")
        ax.plot(bought, [row] * len(bought), "o", color=BLUE, markersize=5)
        wait = count(customer["silent"], "day", "days", none="0")
        ax.annotate(wait, (stop, row), (6, 0), textcoords="offset points",
                    va="center", fontsize=9)  # fmt: skip
    ax.axvline(stop, color=INK, linewidth=1)
    ax.set_yticks(range(len(span)), span.index.astype(str), fontsize=9)
    _dates(ax)
    least, most = span["silent"].min(), span["silent"].max()
    title = ntr(
        "{n} customer, silent for {least} to {most} days",
        "{n} customers, silent for {least} to {most} days",
        len(span),
        least=least,
        most=most,
    )
    ax.set(title=title, ylabel=tr("customer"))
    alt = ntr(
        "Purchase days of {n} customer up to {day:%Y-%m-%d}, a row a customer and a dot a purchase day. "
        "The silence after the last dot is {least} to {most} days.",
        "Purchase days of {n} customers up to {day:%Y-%m-%d}, a row a customer and a dot a purchase day. "
        "The silence after the last dot is {least} to {most} days.",
        len(span),
        day=stop,
        least=least,
        most=most,
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
    best = str(wrong.idxmin())
    _bars_and_markers(ax, table)
    ax.set_title(tr("{model} misplaces {wrong:.1%} of the customers", model=best, wrong=wrong[best]))
    ax.set(xlabel=tr("repeat purchases"), ylabel=tr("customers"))
    thousands(ax.yaxis)
    parts = _in_words(table, "{:,.0f}".format)
    alt = tr("Bars of customers by repeat purchases, with model markers. {parts}.", parts=parts)
    return describe(ax, alt, table)


@styled
def holdout(
    table: pd.DataFrame,
    *,
    by: str = _BY,
    measure: str = _MEASURE,
    text: Callable[[float], str] = "{:.2f}".format,
    ax: Axes | None = None,
) -> Axes:
    """Draw what classes of customers did in the holdout, and what models said beforehand.

    Where the index holds whole numbers, its last row holds all who have that many or more. The title names
    the widest gap of all that is drawn.
    """
    assert ax is not None
    actual, models = _split(table)
    gaps = models.sub(actual, axis=0).abs()
    furthest = str(gaps.max().idxmax())
    widest: Any = gaps[furthest].idxmax()
    _bars_and_markers(ax, table)
    place = dict(zip(table.index, _names(table.index), strict=True))[widest]
    title = tr(
        "Widest gap at {place}: {actual} {happened}, {model} {expected}",
        place=place,
        actual=actual.name,
        happened=text(actual[widest]),
        model=furthest,
        expected=text(models.loc[widest, furthest]),
    )
    ax.set(title=title, xlabel=tr(by), ylabel=tr(measure))
    ax.yaxis.set_major_formatter(lambda value, _: text(value))
    alt = tr(
        "Bars of {measure} by {by}, with model markers. {parts}.",
        measure=tr(measure),
        by=tr(by),
        parts=_in_words(table, text),
    )
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
    split: Any = day(calibration, "calibration")
    drawn = table if cumulative else table.diff().fillna(table.iloc[:1])
    actual, models = _split(drawn)
    ax.plot(actual.index, actual, color=INK, linewidth=1.4)
    for (_, model), (colour, _, line) in zip(models.items(), _MODEL_STYLES, strict=False):
        ax.plot(model.index, model, color=colour, linestyle=line)
    ax.axvline(split, color=GREY, linewidth=1, linestyle=":")
    short = (table.index[-1] - split) / (table.index[-1] - table.index[0]) < _SHORT
    ax.set_ylim(bottom=0, top=(1.18 if short else 1.08) * drawn.to_numpy().max())
    side = "right" if short else "left"  # of a short forecast, the names of the lines take the room
    word = tr("forecast")
    ax.text(split, ax.get_ylim()[1], f" {word} ", color=GREY, va="top", ha=side, fontsize=9)
    _label_ends(ax, drawn)
    _dates(ax)
    thousands(ax.yaxis)
    ends = table.iloc[-1] if cumulative else table.iloc[-1] - table.loc[:split].iloc[-1]
    off = ends.iloc[1:] / ends.iloc[0] - 1
    best = off.abs().idxmin()
    ax.set_title(_off(_ENDS if cumulative else _FORECASTS, best, off[best]))
    parts = "; ".join(_off(_OFF, name, gap) for name, gap in off.items())
    said = {"first": table.index[0], "last": table.index[-1], "split": split, "parts": parts}
    if cumulative:
        ax.set_ylabel(tr("repeat purchases so far"))
        alt = tr(
            "Lines of cumulative repeat purchases, actual and expected, from {first:%Y-%m-%d} to "
            "{last:%Y-%m-%d}. The forecast begins after {split:%Y-%m-%d}. At the end: {parts}.",
            **said,
        )
    else:
        ax.set_ylabel(tr("repeat purchases in the {period}", period=time_unit(period)))
        alt = tr(
            "Lines of repeat purchases, actual and expected, from {first:%Y-%m-%d} to {last:%Y-%m-%d}. "
            "The forecast begins after {split:%Y-%m-%d}. In the forecast as a whole: {parts}.",
            **said,
        )
    return describe(ax, alt, drawn)


@styled
def recency_frequency(
    cells: pd.DataFrame,
    *,
    measure: str = _ALIVE,
    text: Callable[[float], str] = "{:.0%}".format,
    period: str = "week",
    ax: Axes | None = None,
) -> Axes:
    """Draw a measure over recency (index) and frequency (columns), for one age; missing cells stay blank."""
    assert ax is not None
    heatmap(ax, cells, text=text)
    low, high = cells.min(), cells.max()
    widest: Any = (high - low).idxmax()
    ax.set_yticks(ax.get_yticks(), [f"{recency:.0f}" for recency in cells.index])
    title = ntr(
        "After {n} repeat purchase {measure} runs from {low} to {high}",
        "After {n} repeat purchases {measure} runs from {low} to {high}",
        widest,
        measure=tr(measure),
        low=text(low[widest]),
        high=text(high[widest]),
    )
    ax.set(title=title, xlabel=tr("frequency: repeat purchases"))
    ax.set_ylabel(tr("recency: age at the last purchase, {periods}", periods=time_unit(period, 2)))
    parts = "; ".join(
        tr(
            "frequency {frequency}: {low} to {high}",
            frequency=name,
            low=text(low[name]),
            high=text(high[name]),
        )
        for name in cells.columns
    )
    alt = tr(
        "Table of {measure} by recency and frequency. Over recency, {parts}.",
        measure=tr(measure),
        parts=parts,
    )
    return describe(ax, alt, cells)


@styled
def alive_path(path: pd.Series, purchases: Any, *, name: str = "", ax: Axes | None = None) -> Axes:
    """Draw one customer's P(alive) day by day (indexed by date), with the purchase days marked below."""
    assert ax is not None
    bought = pd.DatetimeIndex(purchases)
    bought = bought[(bought >= path.index[0]) & (bought <= path.index[-1])]
    silent = (path.index[-1] - bought[-1]).days
    ax.plot(path.index, path, color=BLUE)
    ax.plot(bought, [-0.06] * len(bought), "|", color=INK, markersize=11, markeredgewidth=1.2)
    ax.set(ylim=(-0.13, 1.05), ylabel=tr(_ALIVE), yticks=[0, 0.25, 0.5, 0.75, 1])
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    _dates(ax)
    chance = percent(path.iloc[-1])
    title = ntr(
        "P(alive) {chance}, {n} day silent", "P(alive) {chance}, {n} days silent", silent, chance=chance
    )
    ax.set_title(tr("{name}: {text}", name=name, text=title) if name else title)
    foot = ntr(
        "the {n} purchase day is marked at the foot",
        "the {n} purchase days are marked at the foot",
        len(bought),
    )
    ax.set_xlabel(foot)
    line = ntr(
        "Line of P(alive) from {first:%Y-%m-%d} to {last:%Y-%m-%d} with {n} purchase day.",
        "Line of P(alive) from {first:%Y-%m-%d} to {last:%Y-%m-%d} with {n} purchase days.",
        len(bought),
        first=path.index[0],
        last=path.index[-1],
    )
    end = ntr(
        "It ends at {chance}, {n} day after the last purchase.",
        "It ends at {chance}, {n} days after the last purchase.",
        silent,
        chance=chance,
    )
    return describe(ax, f"{line} {end}", path.to_frame("P(alive)"))


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
    line: Any
    for line, place in places.items():
        ax.annotate(str(lines.columns[line]), (lines.index[-1], place), (5, 0), textcoords="offset points",
                    va="center", color=colours[line], fontsize=9, annotation_clip=False)  # fmt: skip


def _in_words(table: pd.DataFrame, text: Callable[[float], str]) -> str:
    rows = zip(_names(table.index), table.itertuples(index=False), strict=True)
    return "; ".join(
        f"{name}: " + ", ".join(f"{column} {text(value)}" for column, value in zip(table, row, strict=True))
        for name, row in rows
    )


def _off(sentences: tuple[str, str, str], model: object, gap: float) -> str:
    level, above, below = sentences
    text = level if abs(gap) < 0.005 else above if gap > 0 else below
    return tr(text, model=model, gap=abs(gap))


class _Dates(ConciseDateFormatter):
    """Short dates, whose months are said in the reader's language."""

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        return [_months(label) for label in super().format_ticks(values)]  # type: ignore[no-untyped-call]

    def get_offset(self) -> str:
        return _months(super().get_offset())  # type: ignore[no-untyped-call]


def _months(label: str) -> str:
    return re.sub("|".join(_MONTHS), lambda found: tr(found[0]), label)


def _dates(ax: Axes) -> None:
    locator = AutoDateLocator(minticks=3, maxticks=8)  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(_Dates(locator))  # type: ignore[no-untyped-call]
