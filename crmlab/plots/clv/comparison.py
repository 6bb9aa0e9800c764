"""Pictures of a race between forecasters: who errs how much, how sure that is, and whose chances come true.

The functions draw plain tables and do not ask who made them. A forecaster is a model, a rule or a person.
"""

from collections.abc import Callable, Mapping
from typing import cast

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from crmlab.errors import InputError
from crmlab.language import mark, ntr, tr
from crmlab.plots.style import BLUE, GREEN, GREY, INK, ORANGE, RED, describe, styled
from crmlab.words import capital

_MODEL = mark("the model")

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
        title = tr("{who} wins {most} of {all} measures", **said)
    else:
        title = tr("No forecaster wins more than {most} of {all} measures", **said)
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
def intervals(
    table: pd.DataFrame,
    *,
    measure: str,
    against: str,
    at: float = 0.0,
    text: Callable[[float], str] = "{:,.3f}".format,
    ax: Axes | None = None,
) -> Axes:
    """Draw estimates with their intervals, one row each, against a reference value ``at``.

    The table has the columns ``estimate``, ``lower`` and ``upper``. A dot is hollow where its interval holds
    the reference, which ``against`` names: such a row cannot be told from it.
    """
    assert ax is not None
    text = _without_minus_zero(text)
    unsure = (table["lower"] <= at) & (table["upper"] >= at)
    rows = range(len(table))
    for row, (estimate, lower, upper) in enumerate(table[["estimate", "lower", "upper"]].to_numpy()):
        colour, face = (GREY, "white") if unsure.iloc[row] else (BLUE, BLUE)
        ax.plot([lower, upper], [row, row], color=colour, linewidth=3)
        ax.plot(estimate, row, "o", color=face, markeredgecolor=colour, markeredgewidth=2, markersize=8)
        ax.annotate(text(estimate), (estimate, row), (0, 8), textcoords="offset points", ha="center",
                    fontsize=9, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6})  # fmt: skip
    ax.axvline(at, color=INK, linewidth=1.2, linestyle="--", zorder=0)
    ax.xaxis.set_major_formatter(lambda value, _: text(value))
    ax.xaxis.set_major_locator(MaxNLocator(nbins=5))
    ax.set_yticks(rows, table.index.astype(str))
    ax.set_ylim(len(table) - 0.5, -0.8)
    ax.margins(x=0.12)
    said = {"count": int(unsure.sum()), "all": len(table), "against": against}
    if not unsure.any():
        finding = tr("all {all} can be told from {against}", **said)
    elif unsure.all():
        finding = tr("none of the {all} can be told from {against}", **said)
    else:
        finding = tr("{count} of {all} cannot be told from {against}", **said)
    title = tr("{measure}:\n{finding}", measure=capital(measure), finding=finding)
    ax.set(title=title, xlabel=measure)
    parts = "; ".join(
        _with_interval(name, row["estimate"], row["lower"], row["upper"], text)
        for name, row in table.iterrows()
    )
    alt = tr(
        "Dots with intervals of {measure}, {finding}. {parts}.",
        measure=measure,
        finding=finding,
        parts=parts,
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
            "{model} does not beat {rival}\nin 9 fits of 10 at any size", model=capital(model), rival=rival
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
