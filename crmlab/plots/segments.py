"""Pictures of segments: the two recencies, what scores mean, what segments hold, and which list is best."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from crmlab.arguments import whole
from crmlab.customers import PERIODS, Customers
from crmlab.groups import profile
from crmlab.plots.style import BLUE, GREY, INK, LIGHT, ORANGE, describe, heatmap, money, styled
from crmlab.segments import rfm as theory


@styled
def recencies(customers: Customers, *, examples: int = 6, ax: Axes | None = None) -> Axes:
    """Draw the lives of a few customers: age at the last purchase, then the time since it."""
    assert ax is not None
    examples = whole(examples, "examples", "a number of customers", least=1)
    columns = ["recency", "since_last", "T"]
    frame = customers.frame[columns].sort_values(columns, kind="stable").drop_duplicates("recency")
    lives = frame.iloc[np.linspace(0, len(frame) - 1, min(examples, len(frame))).round().astype(int)]
    period = PERIODS[customers.unit]
    for row, (recency, since_last, age) in enumerate(lives.to_numpy()):
        ax.plot([0, recency], [row, row], color=BLUE, linewidth=5, solid_capstyle="butt")
        ax.plot([recency, age], [row, row], color=ORANGE, linewidth=1.5, linestyle=(0, (2, 1.5)))
        ax.plot([0, recency], [row, row], "o", color=BLUE, markersize=6)
        ax.plot(age, row, "|", color=INK, markersize=12)
        ax.text(age, row, f"  {recency:.1f} + {since_last:.1f}", va="center", fontsize=9)
    top = len(lives) - 1
    ax.text(0, top + 0.45, "recency: age at the last purchase", color=BLUE)
    ax.text(lives["T"].max(), top + 0.45, "since_last: silence until today", color="#9A6A00", ha="right")
    ax.set(title="Two recencies that add up to a customer's age", ylim=(-0.6, top + 1))
    ax.set(xlabel=f"{period}s since the first purchase", ylabel="one line a customer", yticks=[])
    ax.margins(x=0.16)
    ax.set_xlim(left=-0.5)
    parts = "; ".join(f"{recency:.0f} and {silent:.0f}" for recency, silent, _ in lives.to_numpy())
    alt = f"Lives of {len(lives)} customers, in {period}s up to the last purchase and since then: {parts}."
    return describe(ax, alt, lives)


@styled
def score_sizes(scores: pd.DataFrame, letter: str = "F", *, ruler: str = "", ax: Axes | None = None) -> Axes:
    """Draw how many customers have each score: ties show as tall and as empty bars."""
    assert ax is not None
    top = int(scores[["R", "F", "M"]].to_numpy().max())
    shares = scores[letter].value_counts(normalize=True).reindex(range(1, top + 1), fill_value=0.0)
    bars = ax.bar(shares.index, shares, color=BLUE)
    ax.bar_label(bars, [_percent(share) for share in shares], padding=2, fontsize=9)
    ax.set_title(f"{ruler or 'Score'}: {shares.max():.0%} have {letter} {shares.idxmax()}")
    ax.set(xlabel=f"score {letter}", ylabel="share of customers", xticks=range(1, top + 1), ylim=(0, 1))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    parts = ", ".join(f"{score}: {_percent(share)}" for score, share in shares.items())
    alt = f"{ruler or 'Scores'}: bars of customers by score {letter}. {parts}."
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
    measure, period = theory.MEASURES[letter], PERIODS[before[0].unit]
    unit = {"R": f"{period}s", "F": "purchase days", "M": "spend"}[letter]
    words = f"{unit} since the last purchase" if letter == "R" else unit
    table = pd.DataFrame(
        {
            f"{customers.end:%Y-%m-%d}": customers.frame[measure].groupby(scores[letter]).median()
            for customers, scores in (before, after)
        }
    )
    then, now = table.columns
    shift = (table[now] - table[then]).dropna()
    for score in shift.index[shift.abs() > 0.03 * table.max(axis=None)]:
        arrow = {"arrowstyle": "->", "color": GREY, "shrinkA": 4, "shrinkB": 4}
        ax.annotate("", (table.loc[score, now], score), (table.loc[score, then], score), arrowprops=arrow)
    ax.plot(table[then], table.index, "o", color="white", markeredgecolor=INK, markersize=8, label=then)
    ax.plot(table[now], table.index, "o", color=BLUE, markersize=8, label=now)
    if len(shift):
        widest = shift.abs().idxmax()
        moved = f"{letter} {widest} went from {table.loc[widest, then]:,.0f} to {table.loc[widest, now]:,.0f}"
    ax.set_title(f"{ruler}: {moved} {unit}" if len(shift) else f"{ruler}: no score is held on both days")
    ax.set(xlabel=f"median {words}", ylabel=f"score {letter}", yticks=table.index, xlim=(0, None))
    ax.legend()
    ax.margins(y=0.12)
    shown = table.map(lambda median: "nobody" if pd.isna(median) else f"{median:,.0f}")
    parts = "; ".join(f"score {score}: {row[then]}, {row[now]}" for score, row in shown.iterrows())
    return describe(ax, f"{ruler}: median {words} behind each score on {then} and on {now}. {parts}.", table)


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
        bars.set_label(column.removesuffix("_share"))
    ax.set_yticks(list(places), shares.index.astype(str))
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=2)
    best = shares[shares.columns[1]].idxmax()
    ax.set_title(f"{best.capitalize()}: {shares.loc[best].iloc[0]:.0%} of customers, "
                 f"{shares.loc[best].iloc[1]:.0%} of {value.name}")  # fmt: skip
    ax.set(xlabel="share of the base", ylabel="")
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.margins(x=0.1)
    parts = "; ".join(
        f"{name} {row.iloc[0]:.0%} of customers, {row.iloc[1]:.0%} of {value.name}"
        for name, row in shares.iloc[::-1].iterrows()
    )
    return describe(ax, f"Bars by segment. {parts}.", shares.iloc[::-1])


@styled
def grid(scores: pd.DataFrame, value: pd.Series, *, ax: Axes | None = None) -> Axes:
    """Draw the mean value of customers by recency and frequency score."""
    assert ax is not None
    cells = value.groupby([scores["R"], scores["F"]]).mean().unstack("F").sort_index(ascending=False)
    heatmap(ax, cells, text="{:,.0f}".format)
    best = cells.stack().idxmax()
    ax.set_title(f"Mean {value.name} is highest at R {best[0]}, F {best[1]}")
    ax.set_xlabel("frequency score F (right: buys most often)")
    ax.set_ylabel("recency score R (top: bought last)", labelpad=8)
    alt = (
        f"Grid of mean {value.name} by recency score and frequency score, highest with "
        f"{cells.loc[best]:,.0f} at R {best[0]} and F {best[1]}."
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
    ax.set_yticks(places, [f"{name} ({size:,})" for name, size in table["customers"].items()])
    words = [f"{money(row['mean'])} ({row['lift']:.1f}×)" for _, row in table.iterrows()]
    for place, end, word in zip(places, table[["mean", "high"]].max(axis=1), words, strict=True):
        # Beside the bar and its line, but never across the line of the cost.
        ax.text(max(end, cost), place, f" {word}", va="center", fontsize=9)
    ax.axvline(cost, color=INK, linewidth=1, linestyle="--")
    ax.text(cost, len(table) - 0.35, f" one piece: {money(cost)}", color=INK, fontsize=9, va="bottom")
    clearly = (table["low"] > cost).sum()
    ax.set_title(f"{pays.sum()} of {len(table)} segments pay for a piece, {clearly} of them clearly", pad=22)
    ax.set_xlabel(
        f"{earned.name} per customer, {currency}\n(×: the average customer; thin line: 95% interval)"
    )
    ax.set_ylabel("segment (customers tested)")
    ax.margins(x=0.16)
    ax.tick_params(axis="y", length=0)
    parts = "; ".join(
        f"{name} {word}, {row['customers']:,.0f} tested, {money(row['low'])} to {money(row['high'])}"
        for (name, row), word in zip(table.iloc[::-1].iterrows(), words[::-1], strict=True)
    )
    alt = (
        f"Bars of mean {earned.name} in {currency} by segment, with its multiple of the average and interval"
    )
    return describe(ax, f"{alt}: {parts}. A piece costs {money(cost)}.", table)


@styled
def lifts(
    rankings: Mapping[str, pd.Series], value: pd.Series, *, share: float, ax: Axes | None = None
) -> Axes:
    """Draw how much better than a random list each ranking's best customers are."""
    assert ax is not None
    table = pd.Series({name: theory.lift(score, value, share) for name, score in rankings.items()})
    best = table.idxmax()
    bars = ax.bar(table.index, table, color=[BLUE if name == best else GREY for name in table.index])
    ax.bar_label(bars, [f"{lift:.2f}" for lift in table], padding=2, fontsize=9)
    ax.plot([-0.5, len(table) - 0.55], [1, 1], color=INK, linewidth=1, linestyle="--")
    ax.text(len(table) - 0.5, 1, "random\nlist", va="center", fontsize=9)
    ax.set_xlim(right=len(table) + 0.1)
    ax.set_title(f"The best {share:.0%} by {best} bring {table[best]:.1f} times a random list")
    ax.set(xlabel="ranked by", ylabel=f"lift in {value.name}")
    ax.margins(y=0.12)
    parts = ", ".join(f"{name} {lift:.2f}" for name, lift in table.items())
    alt = f"Bars of the lift of the best {share:.0%} of the customers over a random list, ranked by: {parts}."
    return describe(ax, alt, table.to_frame("lift"))
