"""Pictures of segments: the two recencies, what scores mean, what segments hold, and which list is best."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from crmlab.arguments import whole
from crmlab.customers import PERIODS, Customers
from crmlab.groups import profile
from crmlab.language import mark, ntr, tr
from crmlab.plots.style import BLUE, GREY, INK, LIGHT, ORANGE, describe, heatmap, label_of, money, styled
from crmlab.segments import rfm as theory
from crmlab.words import capital, time_unit

# What each letter measures: its unit, and the median behind a score.
_UNITS = {
    "R": (mark("{periods}"), mark("median {periods} since the last purchase")),
    "F": (mark("purchase days"), mark("median purchase days")),
    "M": (mark("spend"), mark("median spend")),
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
    ax: Axes | None = None,
) -> Axes:
    """Draw what each score stood for at two dates: customers then and now, each with their scores."""
    assert ax is not None
    measure, periods = theory.MEASURES[letter], time_unit(PERIODS[before[0].unit], 2)
    unit, median = (tr(text, periods=periods) for text in _UNITS[letter])
    table = pd.DataFrame(
        {
            f"{customers.end:%Y-%m-%d}": customers.frame[measure].groupby(scores[letter]).median()
            for customers, scores in (before, after)
        }
    )
    then, now = table.columns
    shift = (table[now] - table[then]).dropna()
    for score in shift.index[shift.abs() > 0.03 * float(table.to_numpy().max())]:
        arrow = {"arrowstyle": "->", "color": GREY, "shrinkA": 4, "shrinkB": 4}
        ax.annotate("", (table.loc[score, now], score), (table.loc[score, then], score), arrowprops=arrow)
    ax.plot(table[then], table.index, "o", color="white", markeredgecolor=INK, markersize=8, label=then)
    ax.plot(table[now], table.index, "o", color=BLUE, markersize=8, label=now)
    if len(shift):
        widest: Any = shift.abs().idxmax()
        title = tr(
            "{ruler}: {letter} {score} went from {then:,.0f} to {now:,.0f} {unit}",
            ruler=ruler,
            letter=letter,
            score=widest,
            then=table.loc[widest, then],
            now=table.loc[widest, now],
            unit=unit,
        )
    else:
        title = tr("{ruler}: no score is held on both days", ruler=ruler)
    ax.set_title(title)
    ax.set(xlabel=median, ylabel=tr("score {letter}", letter=letter), yticks=table.index, xlim=(0, None))
    ax.legend()
    ax.margins(y=0.12)
    shown = table.map(lambda number: tr("nobody") if pd.isna(number) else f"{number:,.0f}")
    parts = "; ".join(
        tr("score {score}: {then}, {now}", score=score, then=row[then], now=row[now])
        for score, row in shown.iterrows()
    )
    alt = tr(
        "{ruler}: {median} behind each score on {then} and on {now}. {parts}.",
        ruler=ruler,
        median=median,
        then=then,
        now=now,
        parts=parts,
    )
    return describe(ax, alt, table)


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
    cells = value.groupby([scores["R"], scores["F"]]).mean().unstack("F").sort_index(ascending=False)
    heatmap(ax, cells, text="{:,.0f}".format)
    best: Any = cells.stack().idxmax()
    said = {"value": value.name, "recency": best[0], "frequency": best[1], "highest": cells.loc[best]}
    ax.set_title(tr("Mean {value} is highest at R {recency}, F {frequency}", **said))
    ax.set_xlabel(tr("frequency score F (right: buys most often)"))
    ax.set_ylabel(tr("recency score R (top: bought last)"), labelpad=8)
    alt = tr(
        "Grid of mean {value} by recency score and frequency score, highest with "
        "{highest:,.0f} at R {recency} and F {frequency}.",
        **said,
    )
    return describe(ax, alt, cells)


@styled
def returns(
    segment: pd.Series,
    earned: pd.Series,
    *,
    draws: pd.DataFrame,
    cost: float,
    currency: str,
    ax: Axes | None = None,
) -> Axes:
    """Draw what a customer of each segment brought, beside what a piece of mail to them costs.

    `draws` holds the same means in redrawn samples, one column a segment: their middle 95% is the thin line.
    """
    assert ax is not None
    rows = profile(segment, earned).query("customers > 0").iloc[::-1]
    table = pd.DataFrame({"customers": rows["customers"], "mean": rows[f"{earned.name}_mean"]})
    table["lift"] = table["mean"] / earned.mean() if earned.mean() else 0.0
    table[["low", "high"]] = draws.quantile([0.025, 0.975]).T.loc[table.index.astype(str)].to_numpy()
    pays = table["mean"] > cost
    places = range(len(table))
    ax.barh(places, table["mean"], color=[BLUE if fine else LIGHT for fine in pays])
    ax.hlines(places, table["low"], table["high"], color=INK, linewidth=1.5)
    ax.set_yticks(places, [f"{label_of(name)} ({size:,})" for name, size in table["customers"].items()])
    words = [f"{money(row['mean'])} ({row['lift']:.1f}×)" for _, row in table.iterrows()]
    for place, end, word in zip(places, table[["mean", "high"]].max(axis=1), words, strict=True):
        # Beside the bar and its line, but never across the line of the cost.
        ax.text(max(end, cost), place, f" {word}", va="center", fontsize=9)
    ax.axvline(cost, color=INK, linewidth=1, linestyle="--")
    piece = tr("one piece: {cost}", cost=money(cost))
    ax.text(cost, len(table) - 0.35, f" {piece}", color=INK, fontsize=9, va="bottom")
    title = ntr(
        "{n} of {all} segments pays for a piece, {clearly} of them clearly",
        "{n} of {all} segments pay for a piece, {clearly} of them clearly",
        pays.sum(),
        all=len(table),
        clearly=(table["low"] > cost).sum(),
    )
    ax.set_title(title, pad=22)
    said = {"value": earned.name, "currency": currency}
    ax.set_xlabel(
        tr("{value} per customer, {currency}\n(×: the average customer; thin line: 95% interval)", **said)
    )
    ax.set_ylabel(tr("segment (customers tested)"))
    ax.margins(x=0.16)
    ax.tick_params(axis="y", length=0)
    parts = "; ".join(
        tr(
            "{segment} {mean}, {customers:,.0f} tested, {low} to {high}",
            segment=label_of(name),
            mean=word,
            customers=row["customers"],
            low=money(row["low"]),
            high=money(row["high"]),
        )
        for (name, row), word in zip(table.iloc[::-1].iterrows(), words[::-1], strict=True)
    )
    alt = tr(
        "Bars of mean {value} in {currency} by segment, with its multiple of the average and interval: "
        "{parts}. A piece costs {cost}.",
        **said,
        parts=parts,
        cost=money(cost),
    )
    return describe(ax, alt, table)


@styled
def lifts(
    rankings: Mapping[str, pd.Series], value: pd.Series, *, share: float, ax: Axes | None = None
) -> Axes:
    """Draw how much better than a random list each ranking's best customers are."""
    assert ax is not None
    table = pd.Series({name: theory.lift(score, value, share) for name, score in rankings.items()})
    best = str(table.idxmax())
    bars = ax.bar(table.index, table, color=[BLUE if name == best else GREY for name in table.index])
    ax.bar_label(bars, [f"{lift:.2f}" for lift in table], padding=2, fontsize=9)
    ax.plot([-0.5, len(table) - 0.55], [1, 1], color=INK, linewidth=1, linestyle="--")
    ax.text(len(table) - 0.5, 1, tr("random\nlist"), va="center", fontsize=9)
    ax.set_xlim(right=len(table) + 0.1)
    title = tr(
        "The best {share:.0%} by {ranking} bring {lift:.1f} times a random list",
        share=share,
        ranking=best,
        lift=table[best],
    )
    ax.set(title=title, xlabel=tr("ranked by"), ylabel=tr("lift in {value}", value=value.name))
    ax.margins(y=0.12)
    parts = ", ".join(f"{name} {lift:.2f}" for name, lift in table.items())
    alt = tr(
        "Bars of the lift of the best {share:.0%} of the customers over a random list, ranked by: {parts}.",
        share=share,
        parts=parts,
    )
    return describe(ax, alt, table.to_frame("lift"))
