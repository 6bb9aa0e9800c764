"""Pictures of segments: the two recencies, what scores mean, what segments hold, and which list is best."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from crmlab.arguments import whole
from crmlab.customers import PERIODS, Customers
from crmlab.groups import profile
from crmlab.language import mark, ntr, tr
from crmlab.plots.style import BLUE, GREY, INK, LIGHT, ORANGE, describe, heatmap, label_of, styled
from crmlab.segments import rfm as theory
from crmlab.segments.mailing import FEW
from crmlab.words import capital, time_unit

# What each letter measures: its unit, and what an axis calls it.
_UNITS = {
    "R": (mark("{periods}"), mark("{periods} since the last purchase")),
    "F": (mark("purchase days"), mark("purchase days")),
    "M": (mark("spend"), mark("spend so far")),
}


@styled
def recencies(customers: Customers, *, examples: int = 6, ax: Axes | None = None) -> Axes:
    """Draw the lives of a few customers: age at the last purchase, then the time since it."""
    assert ax is not None
    examples = whole(examples, "examples", "a number of customers", least=1)
    columns = ["recency", "since_last", "T"]
    frame = customers.frame[columns].sort_values(columns, kind="stable").drop_duplicates("recency")
    lives = frame.iloc[np.linspace(0, len(frame) - 1, min(examples, len(frame))).round().astype(int)]
    periods = time_unit(PERIODS[customers.unit], 2)
    for row, (recency, since_last, age) in enumerate(lives.to_numpy()):
        ax.plot([0, recency], [row, row], color=BLUE, linewidth=5, solid_capstyle="butt")
        ax.plot([recency, age], [row, row], color=ORANGE, linewidth=1.5, linestyle=(0, (2, 1.5)))
        ax.plot([0, recency], [row, row], "o", color=BLUE, markersize=6)
        ax.plot(age, row, "|", color=INK, markersize=12)
        ax.text(age, row, f"  {recency:.1f} + {since_last:.1f}", va="center", fontsize=9)
    top = len(lives) - 1
    ax.text(0, top + 0.45, tr("recency: age at the last purchase"), color=BLUE)
    silence = tr("{column}: silence until today", column="since_last")
    ax.text(lives["T"].max(), top + 0.45, silence, color="#9A6A00", ha="right")
    ax.set(title=tr("Two recencies that add up to a customer's age"), ylim=(-0.6, top + 1))
    ax.set_xlabel(tr("{periods} since the first purchase", periods=periods))
    ax.set(ylabel=tr("one line a customer"), yticks=[])
    ax.margins(x=0.16)
    ax.set_xlim(left=-0.5)
    parts = "; ".join(
        tr("{recency:.0f} and {silent:.0f}", recency=recency, silent=silent)
        for recency, silent, _ in lives.to_numpy()
    )
    alt = ntr(
        "Life of {n} customer, in {periods} up to the last purchase and since then: {parts}.",
        "Lives of {n} customers, in {periods} up to the last purchase and since then: {parts}.",
        len(lives),
        periods=periods,
        parts=parts,
    )
    return describe(ax, alt, lives)


@styled
def score_sizes(scores: pd.DataFrame, letter: str = "F", *, ruler: str = "", ax: Axes | None = None) -> Axes:
    """Draw how many customers have each score: ties show as tall and as empty bars."""
    assert ax is not None
    top = int(scores[["R", "F", "M"]].to_numpy().max())
    shares = scores[letter].value_counts(normalize=True).reindex(range(1, top + 1), fill_value=0.0)
    bars = ax.bar(shares.index, shares, color=BLUE)
    ax.bar_label(bars, [_percent(share) for share in shares], padding=2, fontsize=9)
    title = tr(
        "{ruler}: {share:.0%} have {letter} {score}",
        ruler=ruler or tr("Score"),
        share=shares.max(),
        letter=letter,
        score=shares.idxmax(),
    )
    ax.set(title=title, xticks=range(1, top + 1), ylim=(0, 1))
    ax.set(xlabel=tr("score {letter}", letter=letter), ylabel=tr("share of customers"))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    parts = ", ".join(f"{score}: {_percent(share)}" for score, share in shares.items())
    alt = tr(
        "{ruler}: bars of customers by score {letter}. {parts}.",
        ruler=ruler or tr("Scores"),
        letter=letter,
        parts=parts,
    )
    return describe(ax, alt, shares.to_frame("customers_share"))


def _percent(share: float) -> str:
    if share == 0 or share >= 0.0095:
        return f"{share:.0%}"
    return f"{share:.1%}" if share >= 0.0005 else "<0.1%"


@styled
def drift(
    before: tuple[Customers, pd.DataFrame],
    after: tuple[Customers, pd.DataFrame],
    letter: str = "R",
    *,
    ruler: str,
    cuts: Sequence[float] = (),
    ax: Axes | None = None,
) -> Axes:
    """Draw what each score stands for at two dates: customers then and now, each with their scores.

    A line spans all customers who have the score, a dot is their median. `cuts` are those of fixed scores.
    """
    assert ax is not None
    measure, period = theory.MEASURES[letter], PERIODS[before[0].unit]
    what = tr(_UNITS[letter][1], periods=time_unit(period, 2))
    days = [f"{customers.end:%Y-%m-%d}" for customers, _ in (before, after)]
    spans = {
        day: customers.frame[measure].groupby(scores[letter]).agg(["min", "median", "max"])
        for day, (customers, scores) in zip(days, (before, after), strict=True)
    }
    for (day, span), offset, colour in zip(spans.items(), (0.13, -0.13), (GREY, BLUE), strict=True):
        ax.hlines(span.index + offset, span["min"], span["max"], color=colour, linewidth=4, alpha=0.45)
        fill = "white" if day == days[0] else colour
        dot: Any = {"markerfacecolor": fill, "markeredgecolor": INK if day == days[0] else colour}
        ax.plot(span["median"], span.index + offset, "o", **dot, markersize=7, label=day)
    for cut in cuts:
        ax.axvline(cut, color=INK, linewidth=0.8, linestyle=":")
    ax.set_title(_drift_title(spans, letter, ruler, period, cuts))
    scores_held = sorted({score for span in spans.values() for score in span.index})
    ax.set(xlabel=what, ylabel=tr("score {letter}", letter=letter), yticks=scores_held, xlim=(0, None))
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2)
    ax.margins(y=0.12)
    table = pd.concat(spans, axis=1).reindex(scores_held)
    table.columns = pd.Index([" ".join(column) for column in table.columns])
    parts = "; ".join(
        tr("score {score}: {then}, {now}", score=score, then=_span(row[:3]), now=_span(row[3:]))
        for score, row in table.iterrows()
    )
    alt = tr(
        "{ruler}: {measure} of those with each score on {then} and on {now}, least to most. {parts}.",
        ruler=ruler,
        measure=what,
        then=days[0],
        now=days[1],
        parts=parts,
    )
    return describe(ax, alt, table)


def _drift_title(
    spans: Mapping[str, pd.DataFrame], letter: str, ruler: str, period: str, cuts: Sequence[float]
) -> str:
    """Say what the best score means: its longest silence, or its fewest purchases, or its least spend."""
    silence = letter == "R"
    then, now = ([*span["max" if silence else "min"].dropna()][-1] for span in spans.values())
    ends = f"{then:,.0f}", f"{now:,.0f}"
    said = {"ruler": ruler, "letter": letter, "then": ends[0], "now": ends[1]}
    if cuts:
        said["now"] = f"{cuts[0] if silence else cuts[-1]:,.10g}"
    said["unit"] = tr(_UNITS[letter][0], periods=time_unit(period, 1 if said["now"] == "1" else 2))
    if cuts:
        told = mark("{ruler}: best {letter} under {now} {unit} both times")
        more = mark("{ruler}: best {letter} from {now} {unit} both times")
    elif then == now or ends[0] == ends[1]:
        told = mark("{ruler}: best {letter} up to {now} {unit} both times")
        more = mark("{ruler}: best {letter} from {now} {unit} both times")
    else:
        told = mark("{ruler}: best {letter} up to {then}, later {now} {unit}")
        more = mark("{ruler}: best {letter} from {then}, later {now} {unit}")
    return tr(told if silence else more, **said)


def _span(ends: pd.Series) -> str:
    if ends.isna().any():
        return tr("nobody")
    return tr("{low:,.0f} to {high:,.0f}", low=ends.iloc[0], high=ends.iloc[2])


@styled
def shares(segment: pd.Series, value: pd.Series, *, ax: Axes | None = None) -> Axes:
    """Draw each segment's share of the customers and of the value."""
    assert ax is not None
    table = profile(segment, value)
    shares = table[["customers_share", f"{value.name}_share"]].iloc[::-1]
    places = range(len(shares))
    for offset, column, colour in ((0.2, shares.columns[1], BLUE), (-0.2, "customers_share", LIGHT)):
        bars = ax.barh([place + offset for place in places], shares[column], height=0.38, color=colour)
        ax.bar_label(bars, [f"{share:.0%}" for share in shares[column]], padding=3, fontsize=9)
        bars.set_label(tr("customers") if column == "customers_share" else str(value.name))
    ax.set_yticks(list(places), [label_of(name) for name in shares.index])
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=2)
    best: Any = shares[shares.columns[1]].idxmax()
    title = tr(
        "{segment}: {people:.0%} of customers, {share:.0%} of {value}",
        segment=capital(label_of(best)),
        people=shares.loc[best].iloc[0],
        share=shares.loc[best].iloc[1],
        value=value.name,
    )
    ax.set_title(title)
    ax.set(xlabel=tr("share of the base"), ylabel="")
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.margins(x=0.1)
    parts = "; ".join(
        tr(
            "{segment} {people:.0%} of customers, {share:.0%} of {value}",
            segment=label_of(name),
            people=row.iloc[0],
            share=row.iloc[1],
            value=value.name,
        )
        for name, row in shares.iloc[::-1].iterrows()
    )
    return describe(ax, tr("Bars by segment. {parts}.", parts=parts), shares.iloc[::-1])


@styled
def grid(scores: pd.DataFrame, value: pd.Series, *, ax: Axes | None = None) -> Axes:
    """Draw the mean value of customers by recency and frequency score."""
    assert ax is not None
    cells = value.groupby([scores["R"], scores["F"]]).mean().unstack("F")
    every = range(1, int(scores[["R", "F", "M"]].to_numpy().max()) + 1)
    cells = cells.reindex(index=every[::-1], columns=every).rename_axis(index="R", columns="F")
    heatmap(ax, cells, text="{:,.0f}".format)
    best: Any = cells.stack().idxmax()
    said = {"value": value.name, "recency": best[0], "frequency": best[1], "highest": cells.loc[best]}
    ax.set_title(tr("Mean {value} is highest at R {recency}, F {frequency}", **said))
    ax.set_xlabel(tr("frequency score F (right: most purchases; blank: nobody)"))
    ax.set_ylabel(tr("recency score R (top: bought last)"), labelpad=8)
    alt = tr(
        "Grid of mean {value} by recency score and frequency score, highest with "
        "{highest:,.0f} at R {recency} and F {frequency}.",
        **said,
    )
    return describe(ax, alt, cells)


@styled
def break_even(results: pd.DataFrame, *, caused: float, ax: Axes | None = None) -> Axes:
    """Draw from which share caused a piece of mail pays, by segment, beside the share that is assumed.

    `results` is what `crmlab.segments.mailing.results` returned.
    """
    assert ax is not None
    table = results[results["customers"] > 0].iloc[::-1]
    edge = 1.1  # where a share that nothing reaches is drawn
    known = table["bought"] >= FEW
    for place, (sure, (low, share, high)) in enumerate(
        zip(known, table[["low", "break_even", "high"]].to_numpy(), strict=True)
    ):
        colour = BLUE if sure and high < caused else GREY
        ax.plot(np.clip([low, high], 0, edge), [place, place], color=colour, linewidth=1.5)
        ax.plot(
            min(share, edge), place, "o", color=colour, markersize=7, fillstyle="full" if sure else "none"
        )
    words = [_asked(row) for _, row in table.iterrows()]
    for place, word in enumerate(words):
        ax.text(edge + 0.03, place, word, va="center", fontsize=9)
    ax.set_yticks(range(len(table)), [f"{label_of(name)} ({n:,})" for name, n in table["customers"].items()])
    ax.axvline(caused, color=ORANGE, linewidth=2, linestyle="--", zorder=0)
    assumed = tr("assumed: {share:.0%}", share=caused)
    right = caused > 0.7
    ax.text(
        caused,
        len(table) - 0.45,
        f" {assumed} ",
        color="#9A6A00",
        fontsize=9,
        ha="right" if right else "left",
    )
    ax.axvline(1, color=INK, linewidth=1)
    ax.set(xlim=(0, edge + 0.45), ylim=(-0.6, len(table)), ylabel=tr("segment (customers tested)"))
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1])
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_xlabel(
        tr("share of what they buy that a piece must cause to pay\n(line: 95% interval; past 100% it cannot)")
    )
    ax.tick_params(axis="y", length=0)
    pays = (known & (table["high"] < caused)).sum()
    title = ntr(
        "If a piece causes {share:.0%}, {n} of {all} segments clearly pays",
        "If a piece causes {share:.0%}, {n} of {all} segments clearly pay",
        pays,
        share=caused,
        all=len(table),
    )
    ax.set_title(title)
    parts = "; ".join(
        tr("{segment} {share}, {n:,} tested", segment=label_of(name), share=word, n=table["customers"][name])
        for name, word in zip(table.index[::-1], words[::-1], strict=True)
    )
    alt = tr(
        "Dots by segment: from which share caused a piece pays, with its interval. {parts}. "
        "Assumed: {share:.0%}.",
        parts=parts,
        share=caused,
    )
    return describe(ax, alt, table)


def _asked(row: pd.Series) -> str:
    """Return a break-even share and its interval."""
    if row["bought"] < FEW:
        return ntr("{n} bought: too few", "{n} bought: too few", row["bought"])
    share, low, high = (_share(row[name]) for name in ("break_even", "low", "high"))
    return share if low == high else tr("{share} ({low} to {high})", share=share, low=low, high=high)


def _share(share: float) -> str:
    return f"{share:.0%}" if share <= 1 else ">100%"


@styled
def lifts(
    rankings: Mapping[str, pd.Series],
    value: pd.Series,
    *,
    share: float,
    raw: Sequence[str] = (),
    ax: Axes | None = None,
) -> Axes:
    """Draw how much better than a random list each ranking's best customers are.

    `raw` names the rankings by a measure itself, which no score has cut into parts.
    """
    assert ax is not None
    table = pd.Series({name: theory.lift(score, value, share) for name, score in rankings.items()})
    scored = table.drop([*raw])
    bars = ax.bar(table.index, table, color=[ORANGE if name in raw else BLUE for name in table.index])
    for bar, name in zip(bars, table.index, strict=True):
        bar.set_hatch("//" if name in raw else "")
        bar.set_edgecolor("white")
    ax.bar_label(bars, [f"{lift:.2f}" for lift in table], padding=2, fontsize=9)
    ax.plot([-0.5, len(table) - 0.55], [1, 1], color=INK, linewidth=1, linestyle="--")
    ax.text(len(table) - 0.5, 1, tr("random\nlist"), va="center", fontsize=9)
    ax.set_xlim(right=len(table) + 0.1)
    said = {"share": share, "score": str(scored.idxmax()), "best": scored.max()}
    title = tr("The best {share:.0%} by {score} bring {best:.1f} times a random list", **said)
    if raw:
        said |= {"raw": raw[0], "plain": table[raw[0]]}
        title = tr("The best {share:.0%}: lift {best:.1f} by {score}, {plain:.1f} by {raw}", **said)
    ax.set(title=title, xlabel=tr("ranked by"), ylabel=tr("lift in {value}", value=value.name))
    ax.margins(y=0.12)
    parts = ", ".join(f"{name} {lift:.2f}" for name, lift in table.items())
    alt = tr(
        "Bars of the lift of the best {share:.0%} of the customers over a random list, ranked by: {parts}.",
        share=share,
        parts=parts,
    )
    return describe(ax, alt, table.to_frame("lift"))
