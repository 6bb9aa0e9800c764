"""Pictures of a file's quality: its days, its ledger, what defects do, and how firm its answers are."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator

from crmlab.arguments import number, whole
from crmlab.errors import DataError
from crmlab.language import mark, ntr, tr
from crmlab.plots.style import BLUE, GREY, INK, LIGHT, ORANGE, describe, money, percents, styled, thousands
from crmlab.quality.ledger import Ledger
from crmlab.words import day, percent

DEFECTS = {
    "doubles": mark("doubles"),
    "guests": mark("guests"),
    "tests": mark("test orders"),
    "returns": mark("returns"),
    "slips": mark("slips"),
    "imported": mark("one-day import"),
    "day_first": mark("mixed dates"),
}
"""What the defects of `crmlab.simulate.spoil` are called in pictures."""
_HARMS = {
    "revenue": mark("revenue"),
    "moved": mark("customers in another segment"),
    "expected": mark("purchases that BG/NBD expects"),
}
_ANSWERS = {
    "revenue": mark("revenue"),
    "customers": mark("customers"),
    "came back": mark("share who came back"),
    "best fifth": mark("share of the best fifth"),
    "expected": mark("purchases to come"),
}


def _named(name: object) -> str:
    return tr(DEFECTS.get(str(name), str(name)))


@styled
def calendar(dates: pd.Series, *, ax: Axes | None = None) -> Axes:
    """Draw the rows of a file by their day, and set the busiest day apart.

    A day on which far more was sold than on any other is a feast, or the day on which a new till was filled
    with the rows of an old one.
    """
    assert ax is not None
    rows = dates.dropna().dt.normalize().value_counts().sort_index().rename("rows")
    if rows.empty:
        raise DataError("No row has a date, so there is nothing to draw.")
    busiest, most = rows.index[rows.argmax()], int(rows.max())
    ax.vlines(rows.index, 0, rows, color=GREY, linewidth=0.8)
    ax.vlines([busiest], 0, most, color=ORANGE, linewidth=2.5)
    ax.plot([busiest], [most], "o", color=ORANGE, markeredgecolor=INK, markersize=8, zorder=3)
    others = rows.drop(busiest)
    ax.set_ylim(0, 1.12 * most)
    ax.xaxis.set_major_locator(AutoDateLocator(maxticks=7))  # type: ignore[no-untyped-call]
    at_right = (busiest - rows.index[0]) > 0.6 * (rows.index[-1] - rows.index[0])
    ax.annotate(
        ntr("{day}: {rows:,} row", "{day}: {rows:,} rows", most, day=day(busiest), rows=most),
        (busiest, most),
        (-10 if at_right else 10, 0),
        textcoords="offset points",
        ha="right" if at_right else "left",
        va="center",
    )
    if others.empty:
        ax.set_title(tr("All rows are of one day"))
    else:
        ratio = most / float(others.max())
        ax.set_title(tr("The busiest day has {ratio:.1f} times the rows of the next", ratio=ratio))
    ax.set(xlabel="", ylabel=tr("rows a day"))
    thousands(ax.yaxis)
    alt = tr(
        "Lines of the rows by day. The most, {most:,}, are of {day}; the next busiest day has {next:,}.",
        most=most,
        day=day(busiest),
        next=int(others.max()) if len(others) else 0,
    )
    return describe(ax, alt, rows.to_frame())


@styled
def ledger(reasons: pd.DataFrame, total: Ledger, *, ax: Axes | None = None) -> Axes:
    """Draw where the rows of a file went: used, or set aside for a reason.

    ``reasons`` is what `crmlab.quality.Audit.reasons` returned, ``total`` its ledger.
    """
    assert ax is not None
    rows = pd.concat([pd.Series({tr("used"): total.rows_used}), reasons["rows"].rename(tr)]).rename("rows")
    places = np.arange(len(rows))
    ax.barh(places, rows, color=[BLUE, *[ORANGE] * (len(rows) - 1)], height=0.62)
    read = max(total.rows_read, 1)
    for place, many in enumerate(rows):
        ax.annotate(
            f"{many:,} ({percent(many / read, 1)})",
            (many, place),
            (6, 0),
            textcoords="offset points",
            va="center",
        )
    ax.set_yticks(places, [_wrapped(name) for name in rows.index])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlim(0, 1.28 * float(rows.max() or 1))
    ax.set_title(
        tr(
            "{read:,} rows read = {used:,} used + {aside:,} set aside",
            read=total.rows_read,
            used=total.rows_used,
            aside=total.rows_set_aside,
        )
    )
    ax.set_xlabel(tr("rows (blue: used, orange: set aside)"))
    thousands(ax.xaxis)
    parts = "; ".join(f"{name} {many:,}" for name, many in rows.items())
    return describe(ax, tr("Bars of the rows by what became of them: {parts}.", parts=parts), rows.to_frame())


def _wrapped(name: str, width: int = 26) -> str:
    from textwrap import fill

    return fill(name, width)


@styled
def harms(found: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how far each version of a file is off the truth: what `crmlab.quality.harm` returned."""
    assert ax is not None
    table = found[list(_HARMS)]
    order = table.abs().max(axis=1).sort_values(ascending=False, kind="stable").index
    table = table.loc[order]
    ax.figure.set_size_inches(7.2, 1.2 + 0.62 * len(table))  # type: ignore[union-attr]
    places = np.arange(len(table))
    ax.axvline(0, color=INK, linewidth=1)
    low, high = min(table.to_numpy().min(), 0.0), max(table.to_numpy().max(), 0.0)
    room = max(high - low, 1e-6)
    for step, (name, colour) in enumerate(zip(_HARMS, (ORANGE, LIGHT, BLUE), strict=True)):
        at = places + 0.27 * (step - 1)
        ax.barh(
            at, table[name], height=0.25, color=colour, edgecolor=INK, linewidth=0.6, label=tr(_HARMS[name])
        )
        for place, value in zip(at, table[name], strict=True):
            said = f"{100 * value:z.1f}%" if name == "moved" else f"{100 * value:+z.1f}%"
            left = value < 0
            ax.annotate(
                said if abs(value) >= 0.0005 else "0",
                (value, place),
                (-4 if left else 4, 0),
                textcoords="offset points",
                ha="right" if left else "left",
                va="center",
                fontsize=8.5,
            )
    ax.set_yticks(places, [_named(name) for name in table.index])
    ax.set_ylim(len(table) - 0.45, -0.55)
    ax.set_xlim(low - 0.12 * room, high + 0.12 * room)
    percents(ax.xaxis)
    worst = {name: _named(table[name].abs().idxmax()) for name in ("revenue", "expected")}
    if worst["revenue"] == worst["expected"]:
        title = tr("Worst for revenue and for the forecast: {one}", one=worst["revenue"])
    else:
        title = tr("Worst for revenue: {revenue}; for the forecast: {expected}", **worst)
    ax.set_title(title)
    ax.set_xlabel(tr("distance from the truth, with this defect alone"))
    ax.legend(loc="upper center", bbox_to_anchor=(0.42, -0.16), ncols=3, fontsize=9)
    parts = "; ".join(
        tr("{name}: revenue {revenue:+.1%}, segments {moved:.1%}, purchases {expected:+.1%}",
           name=_named(name), **row)
        for name, row in table.iterrows()
    )  # fmt: skip
    return describe(ax, tr("Bars of the distance from the truth by defect. {parts}.", parts=parts), table)


@styled
def largest(
    totals: pd.DataFrame, *, limit: float, currency: str, most: int = 12, ax: Axes | None = None
) -> Axes:
    """Draw the customers with the largest totals in a file beside what they really spent.

    ``totals`` has ``file`` and ``true`` by customer. Those above the ``limit`` are the ones that a rule would
    drop.
    """
    assert ax is not None
    most = whole(most, "most", "a number of customers", least=1)
    number(limit, "limit", "an amount")
    rows = totals[["file", "true"]].fillna(0.0).sort_values("file", ascending=False, kind="stable").head(most)
    places = np.arange(len(rows))
    colours = [ORANGE if value > limit else LIGHT for value in rows["file"]]
    ax.barh(places, rows["file"], color=colours, height=0.62)
    ax.plot(rows["true"], places, "D", color=BLUE, markeredgecolor=INK, markersize=7, zorder=3)
    ax.axvline(limit, color=INK, linewidth=1.2, linestyle="--")
    ax.set_yticks(places, [str(name) for name in rows.index])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlim(0, 1.06 * max(float(rows.to_numpy().max()), limit, 1e-9))
    best = totals["true"].idxmax()
    said = {"name": best, "amount": money(float(totals["true"].max())), "currency": currency}
    if totals.loc[totals.index == best, "file"].max() > limit:
        title = tr("The rule drops the biggest real customer, {name}: {amount} {currency}", **said)
    else:
        title = tr("The rule spares the biggest real customer, {name}", **said)
    ax.set_title(title)
    ax.set_xlabel(
        tr(
            "total, {currency} (bar: in the file, orange: beyond the dashed limit, diamond: really spent)",
            currency=currency,
        )
    )
    thousands(ax.xaxis)
    parts = "; ".join(
        tr("{name} {file} in the file, {true} in truth",
           name=name, file=money(row["file"]), true=money(row["true"]))
        for name, row in rows.iterrows()
    )  # fmt: skip
    alt = tr("Bars of the largest totals beside the true ones, and a limit. {parts}.", parts=parts)
    return describe(ax, alt, rows)


@styled
def firmness(
    answers: pd.DataFrame,
    *,
    tolerated: float,
    ours: Any,
    truth: pd.Series | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw how far the answers of a file move under other readings of it, as shares of our own reading.

    ``answers`` has a row a reading and a column a question, missing where a reading makes no sense; ``ours``
    names our row.
    """
    assert ax is not None
    number(tolerated, "tolerated", "a share", above=0)
    off = answers / answers.loc[ours] - 1
    rows = pd.DataFrame({"lowest": off.min(), "highest": off.max()})
    if truth is not None:
        rows["truth"] = truth[rows.index] / answers.loc[ours] - 1
    places = np.arange(len(rows))
    ax.axvspan(-tolerated, tolerated, color=LIGHT, alpha=0.6, linewidth=0)
    ax.axvline(0, color=INK, linewidth=1)
    is_firm = (rows["lowest"] >= -tolerated) & (rows["highest"] <= tolerated)
    for place, (firm, low, high) in enumerate(zip(is_firm, rows["lowest"], rows["highest"], strict=True)):
        ax.plot(
            [low, high], [place, place], color=BLUE if firm else ORANGE, linewidth=7, solid_capstyle="butt"
        )
        ax.plot([low, high], [place, place], "|", color=INK, markersize=12)
    if truth is not None:
        ax.plot(rows["truth"], places, "D", color="white", markeredgecolor=INK, markersize=8, zorder=4)
    ax.set_yticks(places, [tr(_ANSWERS.get(str(name), str(name))) for name in rows.index])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ends = max(float(np.nanmax(rows.abs().to_numpy())), tolerated)
    ax.set_xlim(-1.1 * ends, 1.1 * ends)
    percents(ax.xaxis)
    firmly = int(is_firm.sum())
    said = {"firm": firmly, "all": len(rows), "share": percent(tolerated, 1)}
    title = ntr(
        "{firm} of {all} answers stays within {share} under every reading",
        "{firm} of {all} answers stay within {share} under every reading",
        firmly,
        **said,
    )
    ax.set_title(title)
    label = tr("distance from our reading (grey: tolerated)")
    if truth is not None:
        label = tr("distance from our reading (grey: tolerated, diamond: truth)")
    ax.set_xlabel(label)
    parts = "; ".join(
        tr(
            "{name} {low:+.1%} to {high:+.1%}",
            name=tr(_ANSWERS.get(str(name), str(name))),
            low=low,
            high=high,
        )
        for name, low, high in rows[["lowest", "highest"]].itertuples()
    )
    return describe(ax, tr("Ranges of the answers under all readings: {parts}.", parts=parts), rows)


__all__ = ["DEFECTS", "calendar", "firmness", "harms", "largest", "ledger"]
