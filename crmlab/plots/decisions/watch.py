"""Pictures of watching: three kinds of charts on a stream, how long each takes, and what peeking costs."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.errors import unknown
from crmlab.language import mark, tr
from crmlab.plots.style import BLUE, GREEN, GREY, INK, ORANGE, RED, describe, percents, styled

_KINDS = {"shewhart": mark("Shewhart"), "ewma": mark("EWMA"), "cusum": mark("CUSUM")}
_LINES = [(BLUE, "-", "o"), (RED, "--", "s"), (ORANGE, "-.", "^"), (GREEN, ":", "D")]


@styled
def chart(
    found: pd.DataFrame,
    *,
    kind: str,
    limit: float,
    weight: float = 0.1,
    changed: object = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a stream on a control chart, and name its first alarm.

    Parameters
    ----------
    found : DataFrame
        As `crmlab.decisions.watched` returns it.
    kind : str
        ``shewhart``, the figures themselves; ``ewma``; or ``cusum``, both of its sides.
    limit : float
        Of the chart, in standard deviations (of an EWMA, of its own, which hang on the weight).
    weight : float
        Of the EWMA, as it was asked with.
    changed : label of the index, optional
        When something did change, where it is known.
    """
    assert ax is not None
    if kind not in _KINDS:
        raise unknown("chart", kind, _KINDS)
    places = np.arange(len(found))
    edge = limit * (np.sqrt(weight / (2 - weight)) if kind == "ewma" else 1.0)
    if kind == "cusum":
        lines = pd.DataFrame({"up": found["up"], "down": -found["down"]})
    else:
        lines = found[["z" if kind == "shewhart" else "ewma"]]
    over = (lines.abs() > edge).any(axis=1).to_numpy()
    for name, (colour, dash, _) in zip(lines.columns, _LINES, strict=False):
        ax.plot(places, lines[name], color=colour, linestyle="-" if name != "down" else dash, linewidth=1.5)
        ax.plot(places, lines[name], "o", color=colour, markersize=3.5)
    for side in (edge, -edge):
        ax.axhline(side, color=RED, linewidth=1.2, linestyle="--")
    ax.axhline(0, color=GREY, linewidth=0.8)
    hit = lines.to_numpy()[over]
    tops = hit[np.arange(len(hit)), np.abs(hit).argmax(axis=1)] if len(hit) else hit
    ax.plot(places[over], tops, "s", color=RED, markeredgecolor=INK, markersize=7, zorder=3)
    ax.annotate(tr("limit"), (places[0], edge), (0, 4), textcoords="offset points", color=RED, fontsize=9)
    when = _label(found.index[over][0]) if over.any() else ""
    said: dict[str, object] = {"chart": tr(_KINDS[kind]), "when": when, "alarms": int(over.sum())}
    title = tr("{chart}: no alarm", **said)
    if over.any():
        title = tr("{chart}: the first alarm is at {when}", **said)
    if changed is not None and changed in found.index:
        at = int(np.flatnonzero(found.index == changed)[0])
        ax.axvline(at, color=INK, linewidth=1.2, linestyle=":")
        white = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        ax.annotate(tr("change"), (at, 0.97), (4, 0), xycoords=("data", "axes fraction"), va="top",
                    textcoords="offset points", bbox=white, fontsize=9)  # fmt: skip
        first = int(np.flatnonzero(over)[0]) if over.any() else -1
        if first >= at:
            title = tr(
                "{chart}: the first alarm is {points} points after the change", points=first - at, **said
            )
        elif first >= 0:
            title = tr("{chart}: a false alarm at {when}, before anything changed", **said)
        else:
            title = tr("{chart}: no alarm, although something changed", **said)
    step = max(1, len(found) // 8)
    ax.set_xticks(places[::step], [_label(each) for each in found.index[::step]])
    ylabel = tr("standard deviations") if kind != "cusum" else tr("sum of what exceeds the allowance")
    ax.set(title=title, ylabel=ylabel, xlabel="")
    ax.set_xlim(-0.6, len(found) - 0.4)
    ax.margins(y=0.1)
    alt = tr("Control chart, {chart}, of {points} points with limits at {edge:.2f}. {title}.",
             chart=said["chart"], points=len(found), edge=edge, title=title)  # fmt: skip
    return describe(ax, alt, lines.assign(alarm=over))


@styled
def run_lengths(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw after how many points each chart alarms on average, by the size of the change.

    The table is indexed by the shift in standard deviations, 0 the first, and has a column a chart, of the
    run lengths of `crmlab.decisions`.
    """
    assert ax is not None
    for number, name in enumerate(table.columns):
        colour, dash, marker = _LINES[number % len(_LINES)]
        ax.plot(table.index, table[name], color=colour, linestyle=dash, marker=marker, markersize=5)
    ax.set_yscale("log")
    ticks = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)
    ax.set_yticks([tick for tick in ticks if tick <= 1.5 * table.max().max()])
    ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.set_yticks([], minor=True)
    place = int(np.abs(table.index.to_numpy(dtype=float) - 1.0).argmin())
    at, last = float(table.index[place]), -np.inf
    for number in np.argsort(table.iloc[0].to_numpy(), kind="stable"):
        value = float(table.iloc[0, number])
        height = max(np.log10(value), last + 0.13)
        words = f"{table.columns[number]} ({value:,.0f})"
        ax.annotate(
            words,
            (table.index[0], 10**height),
            (-6, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            color=_LINES[number % len(_LINES)][0],
            fontsize=9,
            annotation_clip=False,
        )
        last = height
    row = pd.Series(table.iloc[place].to_numpy(), table.columns).sort_values()
    span = float(table.index[-1] - table.index[0])
    ax.set_xlim(table.index[0] - 0.3 * span, table.index[-1] + 0.02 * span)
    ax.set_xticks([tick for tick in ax.get_xticks() if table.index[0] <= tick <= table.index[-1]])
    said = {"first": row.index[0], "value": f"{row.iloc[0]:,.1f}", "shift": f"{at:g}", "last": row.index[-1]}
    title = tr("A shift of {shift} sd: {first} alarms after {value} points, {last} after {slow}",
               slow=f"{row.iloc[-1]:,.1f}", **said)  # fmt: skip
    if len(row) == 1:
        title = tr("A shift of {shift} sd: {first} alarms after {value} points", **said)
    ax.set(title=title, xlabel=tr("size of the change, standard deviations (0: false alarms)"))
    ax.set_ylabel(tr("points until the alarm, mean"))
    parts = "; ".join(
        tr("{chart}: {false:,.0f} without a change, {found:,.1f} at {shift}", chart=name,
           false=table[name].iloc[0], found=table[name].iloc[place], shift=f"{at:g}")
        for name in table.columns
    )  # fmt: skip
    return describe(ax, tr("Lines of mean run lengths by the size of a change. {parts}.", parts=parts), table)


@styled
def peeking(chances: pd.Series, *, level: float = 0.05, ax: Axes | None = None) -> Axes:
    """Draw the chance of a false finding by how often one looks, against the level that was meant.

    The chances are those of `crmlab.decisions.peeking`, indexed by the number of looks.
    """
    assert ax is not None
    table = pd.DataFrame({"chance": chances, "unrelated looks": 1 - (1 - level) ** chances.index.to_numpy()})
    ax.plot(table.index, table["chance"], color=BLUE, marker="o", markersize=5)
    ax.plot(table.index, table["unrelated looks"], color=GREY, linestyle="--", linewidth=1.4)
    end = table.index[-1]
    ax.plot([table.index[0], end], [level, level], color=RED, linewidth=1.4, linestyle=":")
    beside: Any = {"textcoords": "offset points", "va": "center", "fontsize": 9, "annotation_clip": False}
    for name, text, colour in (
        ("chance", tr("looks at one\ngrowing sample"), BLUE),
        ("unrelated looks", tr("looks at samples\nof their own"), INK),
    ):
        ax.annotate(text, (end, table[name].iloc[-1]), (7, 0), color=colour, **beside)
    words = tr("meant: {level}", level=f"{level:.0%}")
    ax.annotate(words, (end, level), (7, -2), color=RED, **beside)
    said = {"looks": end, "chance": f"{chances.iloc[-1]:.0%}", "level": f"{level:.0%}"}
    title = tr("Who looks {looks} times finds something false in {chance} of tests, not {level}", **said)
    ax.set(title=title, xlabel=tr("looks, stopping at the first that is significant"))
    ax.set_ylabel(tr("chance of a false finding"))
    ax.set(ylim=(0, 1.1 * table.max().max()))
    if end > 20:
        ax.set_xscale("log")
        ax.set_xticks(list(table.index), [f"{look:,}" for look in table.index])
        ax.set_xticks([], minor=True)
    percents(ax.yaxis)
    parts = ", ".join(f"{look}: {share:.1%}" for look, share in chances.items())
    return describe(ax, tr("Line of the chance of a false finding by looks: {parts}.", parts=parts), table)


def _label(when: object) -> str:
    return f"{when:%Y-%m}" if isinstance(when, pd.Timestamp) else str(when)
