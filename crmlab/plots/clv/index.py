"""Pictures of an index of several indicators: its weights, and how far its top list hangs on them."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.language import ntr, tr
from crmlab.plots.style import BLUE, GREEN, GREY, INK, LIGHT, ORANGE, RED, describe, percents, styled
from crmlab.words import capital, percent

_MARKS = [(BLUE, "o"), (RED, "s"), (ORANGE, "^"), (GREEN, "D")]


@styled
def weights(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the weight that each way of weighing (columns) gives each indicator (rows)."""
    assert ax is not None
    shares = table / table.sum()
    shares = shares.loc[shares.mean(axis=1).sort_values(ascending=False, kind="stable").index]
    for row, (low, high) in enumerate(zip(shares.min(axis=1), shares.max(axis=1), strict=True)):
        ax.plot([low, high], [row, row], color=LIGHT, linewidth=3, zorder=0)
    for number, name in enumerate(shares.columns):
        colour, marker = _MARKS[number % len(_MARKS)]
        ax.plot(shares[name], range(len(shares)), marker, color=colour, markeredgecolor=INK, markersize=9,
                label=str(name), linestyle="none")  # fmt: skip
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=len(shares.columns), handletextpad=0.2)
    ax.set_yticks(range(len(shares)), [capital(str(name)) for name in shares.index])
    ax.set_ylim(len(shares) - 0.5, -0.5)
    spread = (shares.max(axis=1) - shares.min(axis=1)).to_numpy()
    widest = int(spread.argmax())
    each = shares.iloc[widest]
    said = {"indicator": capital(str(shares.index[widest])), "low": percent(float(each.min()))}
    said |= {"high": percent(float(each.max())), "one": str(each.idxmin()), "other": str(each.idxmax())}
    if spread[widest] > 0.005:
        title = tr("{indicator} weighs {low} by {one}, and {high} by {other}", **said)
    else:
        title = tr("All ways of weighing agree")
    ax.set(title=title, xlabel=tr("weight: share of the index"), xlim=(0, None))
    percents(ax.xaxis)
    words = "; ".join(
        f"{name}: " + ", ".join(f"{way} {percent(share)}" for way, share in found.items())
        for name, found in shares.iterrows()
    )
    return describe(ax, tr("Dots of weights by indicator. {words}.", words=words), shares)


@styled
def kept(found: pd.DataFrame, *, change: float = 0.5, ax: Axes | None = None) -> Axes:
    """Draw which share of the top list stays if one weight is smaller, or larger, by a share of itself.

    The table is that of `crmlab.clv.top_list_kept`, and ``change`` the one it was asked with.
    """
    assert ax is not None
    least = found[["less", "more"]].min(axis=1)
    table = found.loc[least.sort_values(kind="stable").index]
    for row, (less, more) in enumerate(zip(table["less"], table["more"], strict=True)):
        ax.plot([less, 1], [row - 0.13, row - 0.13], color=BLUE, linewidth=2, zorder=1)
        ax.plot([more, 1], [row + 0.13, row + 0.13], color=ORANGE, linewidth=2, zorder=1)
        ax.plot(less, row - 0.13, "v", color=BLUE, markeredgecolor=INK, markersize=9)
        ax.plot(more, row + 0.13, "^", color=ORANGE, markeredgecolor=INK, markersize=9)
    ax.axvline(1, color=INK, linewidth=1, linestyle="--", zorder=0)
    words = {"change": percent(change)}
    for row, (text, colour) in enumerate(
        ((tr("{change} less weight", **words), BLUE), (tr("{change} more weight", **words), ORANGE))
    ):
        ax.annotate(text, (0.02, 0.04 + 0.07 * (1 - row)), xycoords="axes fraction", color=colour,
                    fontweight="bold")  # fmt: skip
    names = [f"{capital(str(name))} ({weight:.0%})" for name, weight in table["weight"].items()]
    ax.set_yticks(range(len(table)), names)
    ax.set_ylim(len(table) - 0.25, -0.6)
    low = float(least.min())
    ax.set_xlim(max(0.0, low - 0.12 * (1 - low) - 0.02), 1 + 0.02)
    said = {"share": percent(low), "change": percent(change)}
    if low >= 1:
        title = tr("No weight, {change} less or more, changes the top list", **said)
    else:
        title = tr("One weight {change} off: at least {share} of the top list stay", **said)
    ax.set(title=title, xlabel=tr("share of the top list that stays"))
    percents(ax.xaxis)
    parts = "; ".join(
        tr("{name}: {less} with less, {more} with more", name=name, less=percent(less), more=percent(more))
        for name, less, more in zip(names, table["less"], table["more"], strict=True)
    )
    return describe(
        ax, tr("Share of the top list that stays, by weight changed. {parts}.", parts=parts), table
    )


@styled
def certain(chance: pd.Series, *, ax: Axes | None = None) -> Axes:
    """Draw how often each customer is on the top list when the weights are only about right.

    The chances are those of `crmlab.clv.top_list_chances`; those who never are on it are left out.
    """
    assert ax is not None
    seen = np.sort(chance[chance > 0].to_numpy())[::-1]
    table = pd.DataFrame({"chance": seen}, index=pd.RangeIndex(1, len(seen) + 1, name="place"))
    always, some = int((seen >= 1).sum()), int((seen < 1).sum())
    places = table.index.to_numpy()
    ax.fill_between(places[:always], 0, 1, color=BLUE, alpha=0.85, linewidth=0, step="mid")
    ax.step(places, seen, where="mid", color=BLUE)
    ax.fill_between(places, 0, seen, color=BLUE, alpha=0.18, linewidth=0, step="mid")
    if always > 0.12 * len(seen):
        ax.text(
            places[0] + (always - 1) / 2, 0.5, tr("always"), color="white", ha="center", fontweight="bold"
        )
    if some:
        middle = places[min(always + some // 3, len(places) - 1)]
        ax.text(middle, 0.06, tr("with some weights"), color=INK, ha="left")
    title = ntr(
        "{n:,} customer is on the top list whatever the weights, {some:,} with some",
        "{n:,} customers are on the top list whatever the weights, {some:,} with some",
        always,
        some=some,
    )
    ax.set(title=title, xlabel=tr("customers who are ever on the list, the surest first"), ylim=(0, 1.04))
    ax.set_ylabel(tr("share of the draws in which they are on it"))
    ax.axhline(0.5, color=GREY, linewidth=0.8, linestyle="--")
    percents(ax.yaxis)
    alt = tr("Falling line of how often customers are on the top list. {title}.", title=title)
    return describe(ax, alt, table)
