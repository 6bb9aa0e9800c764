"""Pictures of a race between forecasters: who errs how much, how sure that is, and whose chances come true.

The functions draw plain tables and do not ask who made them. A forecaster is a model, a rule or a person.
"""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import cast

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from crmlab.errors import InputError
from crmlab.language import mark, ntr, tr
from crmlab.plots.style import BLUE, GREEN, GREY, INK, LIGHT, ORANGE, RED, describe, styled
from crmlab.words import capital

_MODEL, _RULE, _BEST = mark("the model"), mark("the rule"), mark("the best model")

_AS_GOOD, _WORSE, _UNTOLD = mark("as good"), mark("worse"), mark("cannot be told")
_MARKS = {_WORSE: (BLUE, "o", BLUE), _AS_GOOD: (GREEN, "s", GREEN), _UNTOLD: (GREY, "o", "white")}

_STYLES = [(BLUE, "o", "-"), (RED, "s", "-."), (GREEN, "^", "--"), (ORANGE, "D", ":")]


@styled
def scoreboard(
    scores: pd.DataFrame, *, text: Callable[[float], str] = "{:.3f}".format, ax: Axes | None = None
) -> Axes:
    """Draw the errors of forecasters (rows) by several measures (columns), of which lower is always better.

    The shade runs from the best of a column to its worst, which is darkest; the best is in bold.
    """
    import seaborn as sns

    assert ax is not None
    best, worst = scores.min(), scores.max()
    shade = ((scores - best) / (worst - best)).fillna(0.0)
    words = scores.map(text)
    sns.heatmap(shade, annot=words, fmt="", cmap="Blues", vmin=0, vmax=1.4, cbar=False, linewidths=2,
                linecolor="white", ax=ax)  # fmt: skip
    first = scores.eq(best)
    for label, wins in zip(ax.texts, first.to_numpy().ravel(), strict=True):
        label.set_fontweight("bold" if wins else "normal")
        label.set_fontsize(12 if wins else 10)
    wins = first.sum(axis=1)
    leaders = wins.index[wins == wins.max()]
    said = {"who": leaders[0], "most": wins.max(), "all": scores.shape[1]}
    if len(leaders) == 1:
        title = tr("{who} leads in {most} of {all} measures", **said)
    else:
        title = tr("No forecaster leads in more than {most} of {all} measures", **said)
    ax.set(title=title, xlabel=tr("lower is better in every column; bold: the lowest"), ylabel="")
    ax.tick_params(length=0)
    ax.set_yticks(ax.get_yticks(), scores.index.astype(str), rotation=0)
    parts = "; ".join(
        f"{column}: " + ", ".join(f"{name} {value}" for name, value in words[column].items())
        for column in words
    )
    alt = tr("Table of errors by forecaster and measure, lower is better. {parts}.", parts=parts)
    return describe(ax, alt, scores)


@styled
def verdicts(
    table: pd.DataFrame,
    *,
    measure: str,
    against: str,
    near: float,
    text: Callable[[float], str] = "{:,.3f}".format,
    ax: Axes | None = None,
) -> Axes:
    """Draw how far forecasters (rows) lie behind the leader, and whether they are worse than it, or as good.

    The table is that of `crmlab.clv.verdicts`. The shade is the margin of equivalence, ``near``: a forecaster
    whose interval ends in it, or before it, is as good as the leader for this decision.
    """
    assert ax is not None
    text = _without_minus_zero(text)
    ax.axvspan(0, near, color=LIGHT, linewidth=0, zorder=0)
    ax.axvline(0, color=INK, linewidth=1.2, linestyle="--", zorder=1)
    parts = []
    for row, (name, found) in enumerate(table.iterrows()):
        verdict, middle = found["verdict"], found["estimate"]
        colour, marker, face = _MARKS[verdict]
        ax.plot([found["lower"], found["upper"]], [row, row], color=colour, linewidth=3)
        ax.plot(middle, row, marker, color=face, markeredgecolor=colour, markeredgewidth=2, markersize=8)
        words = f"{text(middle)}, {tr(verdict)}"
        ax.annotate(words, (middle, row), (0, 8), textcoords="offset points", ha="center", fontsize=9,
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.8})  # fmt: skip
        parts.append(f"{_with_interval(name, middle, found['lower'], found['upper'], text)}, {tr(verdict)}")
    ax.xaxis.set_major_formatter(lambda value, _: text(value))
    ax.xaxis.set_major_locator(MaxNLocator(nbins=4))
    ax.set_yticks(range(len(table)), table.index.astype(str))
    ax.set_ylim(len(table) - 0.5, -0.8)
    ax.margins(x=0.2)
    counts = table["verdict"].value_counts()
    found_words = ", ".join(f"{counts[name]} {tr(name)}" for name in _MARKS if name in counts)
    finding = tr("behind {against}: {counts}", against=against, counts=found_words)
    title = tr(
        "{measure}, behind {against}:\n{counts}",
        measure=capital(measure),
        against=against,
        counts=found_words,
    )
    margin = tr("{measure} (shaded: less than {near} does not matter)", measure=measure, near=text(near))
    ax.set(title=title, xlabel=margin)
    alt = tr(
        "Dots with intervals of {measure}, {finding}. Less than {near} does not matter. {parts}.",
        measure=measure,
        finding=finding,
        near=text(near),
        parts="; ".join(parts),
    )
    return describe(ax, alt, table)


@styled
def by_silence(
    table: pd.DataFrame,
    *,
    chosen: float,
    near: float,
    rule: str = _RULE,
    best: str = _BEST,
    ax: Axes | None = None,
) -> Axes:
    """Draw the errors of a recency rule by its days of silence, against those of the best model.

    The table is indexed by days and has one column for each measure of error: the rule's error over that of
    the best model by this measure, less 1. The shade is the margin ``near`` within which the two count as
    equal, and the dotted line marks the days of the rule in the race, ``chosen`` beforehand.
    """
    assert ax is not None
    if table.shape[1] > len(_STYLES):
        raise InputError(
            f"There are {table.shape[1]} measures. Draw {len(_STYLES)} of them at most, "
            "or the lines hide one another."
        )
    ax.axhspan(-near, near, color=LIGHT, linewidth=0, zorder=0)
    ax.axhline(0, color=INK, linewidth=1.2, linestyle="--", zorder=1)
    ax.axvline(chosen, color=GREY, linestyle=":", linewidth=1.4)
    for (name, line), (colour, marker, style) in zip(table.items(), _STYLES, strict=False):
        ax.plot(line.index, line, color=colour, marker=marker, linestyle=style, markersize=5, label=name)
    ahead = {str(name): int((line < 0).sum()) for name, line in table.items()}
    counts = ", ".join(tr("{number} by {name}", number=number, name=name) for name, number in ahead.items())
    said = {"rule": tr(rule), "best": tr(best), "counts": counts, "all": len(table)}
    ax.set_xscale("log")
    days = [table.index[round(place)] for place in np.linspace(0, len(table) - 1, min(7, len(table)))]
    ax.set_xticks(days, [f"{day:,.0f}" for day in days])
    ax.minorticks_off()
    low, high = ax.get_ylim()
    ax.set_ylim(low, high + 0.22 * (high - low))
    mark_of_choice = ntr(" {n} day in the race", " {n} days in the race", int(chosen))
    ax.annotate(mark_of_choice, (chosen, 0.98), xycoords=("data", "axes fraction"), va="top", fontsize=9)
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=None))
    ends = table.iloc[-1].sort_values()
    places, step = ends.copy(), 0.07 * (ax.get_ylim()[1] - ax.get_ylim()[0])
    for lower, upper in pairwise(places.index):
        places[upper] = max(places[upper], places[lower] + step)
    colours = dict(zip(table, [colour for colour, _, _ in _STYLES], strict=False))
    for name, place in places.items():
        ax.annotate(str(name), (table.index[-1], place), (7, 0), textcoords="offset points", va="center",
                    color=colours[name], fontsize=9, annotation_clip=False)  # fmt: skip
    title = tr("Ahead of {best}: of {all} rules,\n{counts}", **said)
    ax.set(
        title=title, xlabel=tr("days of silence after which {rule} gives a customer up (log scale)", **said)
    )
    ax.set_ylabel(tr("error against that of {best}", **said))
    parts = "; ".join(
        f"{name}: " + ", ".join(f"{day:,.0f} {value:+.0%}" for day, value in line.items())
        for name, line in table.items()
    )
    alt = tr(
        "Lines of the errors of {rule} by its days of silence, against {best}. {parts}. "
        "Days in the race: {chosen}.",
        parts=parts,
        chosen=f"{chosen:,.0f}",
        **said,
    )
    return describe(ax, alt, table)


def _with_interval(name: object, middle: float, low: float, high: float, text: Callable[[float], str]) -> str:
    return tr(
        "{name} {middle} ({low} to {high})", name=name, middle=text(middle), low=text(low), high=text(high)
    )


def _without_minus_zero(text: Callable[[float], str]) -> Callable[[float], str]:
    """Return the same words for a number, but 0.00 for what rounds to -0.00."""

    def words(value: float) -> str:
        said = text(value)
        return said if any(digit in said for digit in "123456789") else said.replace("-", "")

    return words


@styled
def reliability(chances: pd.DataFrame, happened: pd.Series, *, ax: Axes | None = None) -> Axes:
    """Draw how often it happened where forecasters (columns) gave it a chance of about 0%, 10%, ... 100%.

    A bigger mark stands for more customers. The title gives the mean distance from the line of equality,
    customers weighted alike.
    """
    assert ax is not None
    if chances.shape[1] > len(_STYLES):
        raise InputError(
            f"There are {chances.shape[1]} forecasters. Draw {len(_STYLES)} of them at most, "
            "or the marks hide one another."
        )
    parts, off = {}, {}
    for name, (colour, marker, line) in zip(chances, _STYLES, strict=False):
        said = chances[name]
        part = pd.DataFrame({"said": said, "happened": happened.astype(float), "customers": 1})
        classes = part.groupby((10 * said).round().rename("class") / 10)
        table = classes.agg({"said": "mean", "happened": "mean", "customers": "sum"})
        ax.plot(table["said"], table["happened"], color=colour, linestyle=line, linewidth=1.4)
        ax.scatter(table["said"], table["happened"], 25 + 200 * table["customers"] / len(said), color=colour,
                   marker=marker, edgecolor="white", zorder=3)  # fmt: skip
        ax.plot([], [], color=colour, linestyle=line, marker=marker, label=name)
        parts[name] = table
        off[name] = float(np.average((table["said"] - table["happened"]).abs(), weights=table["customers"]))
    ax.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--")
    key = tr("bigger mark: more customers")
    ax.text(0.99, 0.04, key, transform=ax.transAxes, ha="right", fontsize=9)
    best, worst = min(off, key=off.__getitem__), max(off, key=off.__getitem__)
    ends = {"best": best, "least": 100 * off[best], "worst": worst, "most": 100 * off[worst]}
    title = tr("{best} is off by {least:.0f} points on average", **ends)
    if len(off) > 1:
        title = tr("{best} is off by {least:.0f} points on average,\n{worst} by {most:.0f}", **ends)
    ax.set_title(title)
    ax.legend(loc="upper left")
    ax.set(xlabel=tr("chance given"), ylabel=tr("share to whom it happened"))
    ax.set(xlim=(-0.04, 1.04), ylim=(-0.04, 1.04))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    words = ", ".join(f"{name} {100 * gap:.1f}" for name, gap in off.items())
    alt = tr(
        "Lines of the share to whom it happened over the chance given. Mean distance in points: {words}.",
        words=words,
    )
    return describe(ax, alt, pd.concat(parts, names=["forecaster"]))


@styled
def by_size(
    table: pd.DataFrame,
    rules: Mapping[str, float],
    *,
    measure: str,
    model: str = _MODEL,
    text: Callable[[float], str] = "{:.0%}".format,
    ax: Axes | None = None,
) -> Axes:
    """Draw a model's error by the number of customers it was fitted on, beside rules that need no fit.

    The table is indexed by the number of customers and has the columns ``low``, ``middle`` and ``high``, of
    many fits the 10th, 50th and 90th percentile. Lower is better.
    """
    assert ax is not None
    model = tr(model)
    ax.fill_between(table.index, table["low"], table["high"], color=BLUE, alpha=0.18, linewidth=0)
    label = tr("{model}, 8 fits of 10 shaded", model=model)
    ax.plot(table.index, table["middle"], color=BLUE, marker="o", label=label)
    for (name, error), (colour, _, line) in zip(rules.items(), _STYLES[1:], strict=False):
        ax.axhline(error, color=colour, linestyle=line, label=name)
    rival = min(rules, key=rules.__getitem__)
    wins = (table["high"] < rules[rival])[::-1].cummin()[::-1]
    if wins.any():
        title = ntr(
            "From {n:,} customer on, {model} beats\n{rival} in 9 fits of 10",
            "From {n:,} customers on, {model} beats\n{rival} in 9 fits of 10",
            int(wins.index[int(wins.argmax())]),
            model=model,
            rival=rival,
        )
    else:
        title = tr(
            "At no size is {model} ahead of\n{rival} in 9 of 10 fits or more", model=model, rival=rival
        )
    ax.set_xscale("log")
    ax.set_xticks(table.index, [f"{size:,}" for size in table.index])
    ax.minorticks_off()
    highest = max(table["high"].max(), *rules.values())
    ax.set_ylim(0, 1.4 * highest)
    ax.legend(loc="upper right", fontsize=9)
    ax.set(title=title, xlabel=tr("customers that the model was fitted on (log scale)"), ylabel=measure)
    ax.yaxis.set_major_formatter(lambda value, _: text(value))
    parts = "; ".join(
        _with_interval(
            ntr("{n:,} customer", "{n:,} customers", cast("int", size)),
            row["middle"],
            row["low"],
            row["high"],
            text,
        )
        for size, row in table.iterrows()
    )
    others = ", ".join(f"{name} {text(error)}" for name, error in rules.items())
    alt = tr(
        "Line of {measure} of {model} by the customers it was fitted on: {parts}. Without a fit: {others}.",
        measure=measure,
        model=model,
        parts=parts,
        others=others,
    )
    return describe(ax, alt, table)
