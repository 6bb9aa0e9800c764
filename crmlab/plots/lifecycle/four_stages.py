"""Pictures of relationship stages."""

from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from crmlab import lifecycle as theory
from crmlab.arguments import checked
from crmlab.customers import DAYS
from crmlab.errors import DataError, InputError
from crmlab.language import mark, ntr, tr
from crmlab.plots.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    LIGHT,
    ORANGE,
    PALETTE,
    SKY,
    STYLE,
    describe,
    heatmap,
    label_of,
    money,
    percents,
    styled,
)
from crmlab.words import capital, percent, time_unit

_WIDE = 0.12  # a narrower part of a bar has its name beside the bar
_BARS = 60  # bars of a histogram at most; more are needles
# What the small multiples show, in this order: the words and the unit of each measure.
_MEASURES = {
    "orders": (mark("purchase days"), mark("per 30 days")),
    "price": (mark("price"), mark("{currency} a unit")),
    "cost_to_serve": (mark("cost to serve"), mark("{currency} per 30 days")),
    "referrals": (mark("referrals"), mark("per 1,000 and 30 days")),
    "revenue": (mark("revenue"), mark("{currency} per 30 days")),
    "profit": (mark("profit"), mark("{currency} per 30 days")),
}
_STAGE_COLOURS = {"exploration": SKY, "formation": ORANGE, "stability": GREEN, "decline": GREY}


@styled
def volume(life: pd.DataFrame, *, currency: str, unit: str = "month", ax: Axes | None = None) -> Axes:
    """Draw value per customer over the periods of their life, after the first.

    Periods that fewer than half of the customers have lived through are left out: they show who came first,
    not how relationships age.
    """
    assert ax is not None
    later = life[life["customers"] >= life["customers"].iloc[0] / 2].iloc[1:]
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.plot(later.index, later["value"], color=BLUE, marker="o", markersize=4)
    said = {
        "first": money(later["value"].iloc[0]),
        "last": money(later["value"].iloc[-1]),
        "currency": currency,
        "unit": time_unit(unit),
        "number": later.index[-1],
    }
    ax.set_title(tr("{first} {currency} a {unit} at first, {last} in {unit} {number}", **said))
    ax.set_xlabel(tr("{unit} of the relationship, after the first", **said))
    ax.set_ylabel(tr("{currency} per customer and {unit}", **said))
    ax.set_ylim(bottom=0)
    alt = tr(
        "Line of value per customer by {unit} of the relationship, without the first: from {first} "
        "to {last} {currency} in {unit} {number}.",
        **said,
    )
    return describe(ax, alt, later)


@styled
def rhythms(gap: pd.Series, *, cutoff: float, ax: Axes | None = None) -> Axes:
    """Draw how long customers wait between two purchases, and where one cut-off for all would fall.

    ``gap`` is the mean gap of each customer who came back, in days.
    """
    assert ax is not None
    middle, slow = float(gap.quantile(0.5)), float(gap.quantile(0.9))
    weeks = int(gap.max() // 7) + 1
    width = 7.0 * -(-weeks // _BARS)  # whole weeks a bar
    edges = [width * bar for bar in range(int(gap.max() // width) + 2)]
    counts, _, _ = ax.hist(gap, bins=edges, weights=np.full(len(gap), 1 / len(gap)), color=BLUE)
    said = {"middle": middle, "slow": slow, "cutoff": cutoff}
    ax.set_ylim(top=1.4 * float(np.max(counts)))  # room for the names of the lines, above the bars
    lines = ((middle, "-", 0.97, tr("solid line: half wait up to {middle:,.0f} days", **said)),
             (cutoff, "--", 0.88, tr("dashed line: one cut-off, {cutoff:,.0f} days", **said)))  # fmt: skip
    for place, line, height, words in lines:
        ax.axvline(place, ymax=1 / 1.4, color=INK, linewidth=1.4, linestyle=line)
        ax.text(0.99, height, words, transform=ax.transAxes, ha="right", va="top", fontsize=9.5)
    ax.set_title(tr("Half wait up to {middle:,.0f} days, a tenth over {slow:,.0f}", **said))
    ax.set_xlabel(tr("a customer's mean gap between purchases, days"))
    ax.set_ylabel(tr("share of those who came back"))
    percents(ax.yaxis)
    alt = tr(
        "Histogram of customers' mean gaps between purchases: half wait up to {middle:,.0f} days, one in "
        "ten more than {slow:,.0f}. A dashed line marks {cutoff:,.0f} days.",
        **said,
    )
    table = pd.DataFrame({"customers_share": counts}, index=pd.Index(edges[:-1], name="gap_from"))
    return describe(ax, alt, table)


@styled
def stages(
    labels: Mapping[str, pd.Series], *, usual_gap: float | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the share of customers in each stage at several dates, one bar a date.

    Where all dates were judged by one usual gap, in days, the title says so.
    """
    assert ax is not None
    shares = pd.DataFrame(
        {when: stage.value_counts(normalize=True, sort=False) for when, stage in labels.items()}
    ).T
    left = pd.Series(0.0, index=shares.index)
    for name in shares.columns:
        ax.barh(shares.index, shares[name], left=left, color=_STAGE_COLOURS[name], edgecolor="white")
        for when in shares.index[shares[name] >= 0.03]:
            share = shares.loc[when, name]
            wide = share >= _WIDE
            words = f"{label_of(name)}\n{share:.0%}" if wide else f"{share:.0%}"
            ax.text(left[when] + share / 2, when, words, ha="center", va="center", fontsize=9)
        left += shares[name]
    for height, (_, row) in enumerate(shares.iterrows()):
        narrow = row[(row > 0) & (row < _WIDE)]
        words = "\n".join(f"{label_of(name)} {percent(share)}" for name, share in narrow.items())
        ax.text(1.01, height, words, ha="left", va="center", fontsize=9)
    ax.invert_yaxis()
    ends = [percent(share) for share in shares["decline"].iloc[[0, -1]]]
    one, two = mark("Share in decline: {last}"), mark("Share in decline: {first}, then {last}")
    title = tr(one if len(shares) == 1 else two, first=ends[0], last=ends[1])
    if usual_gap is not None:
        title += "\n" + tr("(by one usual gap for all dates: {gap:,.0f} days)", gap=usual_gap)
    ax.set_title(title)
    ax.set(xlabel=tr("share of customers"), xlim=(0, 1))
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    parts = "; ".join(
        f"{when}: " + ", ".join(f"{label_of(name)} {share:.0%}" for name, share in row.items())
        for when, row in shares.iterrows()
    )
    return describe(ax, tr("Stacked bars of relationship stages. {parts}.", parts=parts), shares)


@styled
def measure(
    values: pd.Series, *, words: str, unit: str, interval: pd.DataFrame | None = None, ax: Axes | None = None
) -> Axes:
    """Draw one number a stage as bars, with the interval (``low``, ``high``) where one is given."""
    assert ax is not None
    labels = [label_of(name) for name in values.index]
    bars = ax.bar(labels, values, color=[_STAGE_COLOURS[name] for name in values.index])
    texts = [tr("none") if pd.isna(value) else money(value) for value in values]
    if interval is None:
        ax.bar_label(bars, texts, padding=2, fontsize=9)
    else:
        words_on = {"facecolor": "white", "edgecolor": "none", "pad": 1, "alpha": 0.8}
        ax.bar_label(bars, texts, label_type="center", fontsize=9, bbox=words_on, zorder=5)
        ends = np.array([values - interval["low"], interval["high"] - values]).clip(min=0)
        ax.errorbar(range(len(values)), values, yerr=ends, fmt="none", color=INK, capsize=4, linewidth=1.2)
    spread = values.max() / values.min() - 1 if values.min() > 0 else np.inf
    top = values.nlargest(2)
    clear = len(top) < 2 or top.iloc[0] - top.iloc[1] >= 0.05 * abs(top.iloc[0])
    if len(values) > 1 and not values.round(9).any():
        title = tr("{measure}: nothing in any stage", measure=capital(words))
        ax.set_ylim(0, 1)
    elif spread < 0.05:
        title = tr("{measure}: all within {spread:.0%}", measure=capital(words), spread=spread)
    elif clear:
        title = tr("{measure}: highest in {stage}", measure=capital(words), stage=label_of(values.idxmax()))
    else:
        title = tr("{measure}: no clear leader", measure=capital(words))
    ax.set_title(title)
    ax.set(ylabel=unit, xlabel="")
    ax.axhline(0, color=INK, linewidth=0.8)
    if values.round(9).any():
        ax.margins(y=0.14)
    parts = ", ".join(f"{label_of(name)} {money(value)}" for name, value in values.dropna().items())
    table = values.to_frame() if interval is None else values.to_frame().join(interval)
    alt = tr("Bars of {measure} ({unit}) by stage: {parts}.", measure=words, unit=unit, parts=parts)
    return describe(ax, alt, table)


@checked
def measures(profile: pd.DataFrame, *, currency: str) -> Any:
    """Return a figure with a small picture for each measure of a stage profile, two a row."""
    shown = [name for name in _MEASURES if name in profile]
    if not shown:
        raise InputError(f"profile has no column that is drawn. Known: {', '.join(_MEASURES)}.")
    rows = (len(shown) + 1) // 2
    with mpl.rc_context(STYLE):
        figure, axes = plt.subplots(rows, 2, figsize=(10, 2.9 * rows), squeeze=False)
    for ax, name in zip(axes.flat, shown, strict=False):
        words, unit = _MEASURES[name]
        values = profile[name] * (1000 if name == "referrals" else 1)
        measure(values, words=tr(words), unit=tr(unit, currency=currency), ax=ax)
    for ax in axes.flat[len(shown) :]:
        ax.remove()
    return figure


@styled
def patience(shares: pd.DataFrame, *, chosen: float, ax: Axes | None = None) -> Axes:
    """Draw the share in decline (a column a date) by the patience of the rule (rows).

    The title compares the patience that was chosen with one rhythm more, where the first date is.
    """
    assert ax is not None
    lines = zip(shares.columns, PALETTE, ("-", "--", "-.", ":"), strict=False)
    for place, (when, colour, line) in enumerate(lines):
        ax.plot(shares.index, shares[when], color=colour, linestyle=line)
        middle = shares.index[len(shares) * min(2 + place, 4) // 5]  # beside each other, lest they touch
        ax.annotate(str(when), (middle, shares.loc[middle, when]), (4, 5), textcoords="offset points",
                    color=colour)  # fmt: skip
    ax.axvline(chosen, color=INK, linewidth=1, linestyle=":")
    grid = shares.index.to_numpy(dtype=float)
    first = shares.iloc[:, 0].to_numpy(dtype=float)
    ends = [f"{np.interp(place, grid, first):.0%}" for place in (chosen, chosen + 1)]
    said = {"one": ends[0], "two": ends[1], "chosen": chosen, "more": chosen + 1, "when": shares.columns[0]}
    said = {name: f"{value:g}" if isinstance(value, float) else value for name, value in said.items()}
    ax.set_title(tr("{when}: {one} in decline at patience {chosen}, {two} at {more}", **said))
    ax.set_xlabel(tr("patience: silence until decline, in multiples of a customer's own rhythm"))
    ax.set(ylabel=tr("share of customers in decline"), ylim=(0, 1))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    last = "; ".join(f"{when}: {shares[when].iloc[0]:.0%}, {shares[when].iloc[-1]:.0%}" for when in shares)
    alt = tr(
        "Lines of the share in decline by patience, one a date. From the lowest patience to the "
        "highest: {last}.",
        last=last,
    )
    return describe(ax, alt, shares)


@styled
def break_even(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the least share of offers that must work, against the most that can, by stage.

    ``break_even`` with its interval ``low`` to ``high``, missing where no share pays, and ``slide``, the
    share that would be in decline without the offer: more than these cannot be kept out of it.
    """
    assert ax is not None
    names = [label_of(name) for name in table.index]
    ax.barh(names, table["slide"], color=LIGHT, height=0.7)
    need = table["break_even"]
    ax.barh(names, need.clip(upper=1).fillna(0), color=BLUE, height=0.34)
    low, high = (table[name].clip(0, 1).fillna(need.clip(upper=1)) for name in ("low", "high"))
    inside = need.clip(upper=1)
    ends = np.array([inside - low, high - inside]).clip(min=0)
    ax.errorbar(inside, range(len(names)), xerr=np.nan_to_num(ends), fmt="none", color=INK, capsize=4)
    for place, (share, slide) in enumerate(zip(need, table["slide"], strict=True)):
        if np.isnan(share):
            words = tr("no share pays; {slide} would slide", slide=percent(slide))
        else:
            words = tr("{need} must work; {slide} would slide", need=percent(share, 1), slide=percent(slide))
        right = max(slide, min(float(np.nan_to_num(high.iloc[place])), 1))
        ax.annotate(words, (right, place), (6, 0), textcoords="offset points", va="center", fontsize=9)
    ax.invert_yaxis()
    able = need[need <= table["slide"]]
    if able.empty:
        title = tr("An offer at this cost pays in no stage")
    else:
        stage = label_of(able.idxmin())
        title = tr(
            "An offer pays first in {stage}: from {need} that work", stage=stage, need=percent(able.min(), 1)
        )
    ax.set_title(title)
    ax.set(xlabel=tr("share of offers that keep a customer out of decline"), xlim=(0, 1.75))
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1])
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    parts = "; ".join(
        f"{label_of(name)} {percent(row['break_even'], 1)}, {percent(row['slide'])}"
        for name, row in table.iterrows()
    )
    return describe(
        ax,
        tr("Bars by stage of the least share that must work and the most that can: {parts}.", parts=parts),
        table,
    )


@styled
def memory(check: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the share in decline a step later of those who stayed in a stage and of those who just came.

    ``check`` is from `crmlab.lifecycle.markov_check`. If the past did not matter, bars would be equal.
    """
    assert ax is not None
    known = check.dropna(subset=["difference"])
    if known.empty:
        raise DataError(
            "No stage has customers who stayed and customers who came, so nothing can be compared."
        )
    places = np.arange(len(known))
    sides = (("after_stay", BLUE, -0.2, tr("stayed")), ("after_move", SKY, 0.2, tr("came")))
    for column, colour, shift, words in sides:
        bars = ax.bar(places + shift, known[column], 0.38, color=colour)
        texts = [f"{words}\n{share:.0%}" for share in known[column]]
        ax.bar_label(bars, texts, padding=2, fontsize=9)
    clear = known[(known["low"] > 0) | (known["high"] < 0)]
    if clear.empty:
        title = tr("Those who stayed and those who just came: no clear difference")
    else:
        most = clear.loc[[clear["difference"].abs().idxmax()]]
        stage = most.index[0]
        stayed, came = (f"{most[name].iloc[0]:.0%}" for name in ("after_stay", "after_move"))
        said = {"stage": label_of(stage), "stayed": stayed, "came": came}
        title = tr("The past shows in {stage}: {stayed} against {came}", **said)
    ax.set_title(title)
    ax.set_xticks(places, [label_of(name) for name in known.index])
    ax.set_xlabel(tr("present stage, of those who stayed in it and of those who just came"))
    ax.set(ylabel=tr("share in decline a step later"), ylim=(0, 1.18))
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1])
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    parts = "; ".join(
        f"{label_of(name)} {row['after_stay']:.0%}, {row['after_move']:.0%}" for name, row in known.iterrows()
    )
    alt = tr(
        "Pairs of bars by present stage: in decline a step later, of those who had stayed in it and of those "
        "who had just come: {parts}.",
        parts=parts,
    )
    return describe(ax, alt, known)


@styled
def transitions(before: pd.Series, after: pd.Series, *, ax: Axes | None = None) -> Axes:
    """Draw where the customers of each stage are at a later date.

    The title leaves exploration out: over a long step nobody can stay in it, so its slide says little.
    """
    assert ax is not None
    moves = theory.transition_matrix(before, after)
    heatmap(ax, moves.rename(index=label_of, columns=label_of), text="{:.0%}".format)
    loss = moves["decline"].drop("decline").dropna()
    known = loss.drop("exploration", errors="ignore")
    stage, share = label_of(known.idxmax()), known.max()
    ax.set_title(tr("From {stage}, {share:.0%} slid into decline", stage=stage, share=share))
    ax.set(xlabel=tr("later stage"), ylabel=tr("earlier stage"))
    parts = "; ".join(
        tr("from {stage} {share:.0%}", stage=label_of(name), share=share) for name, share in loss.items()
    )
    return describe(ax, tr("Table of moves between stages. Into decline: {parts}.", parts=parts), moves)


@styled
def forecast(path: pd.DataFrame, *, step: int, ax: Axes | None = None) -> Axes:
    """Draw where customers will be: their shares by stage (columns) after steps (rows) of ``step`` days."""
    assert ax is not None
    months = path.index.to_numpy() * step / DAYS["M"]
    shown = path.loc[:, path.max() > 0.005]
    for name in shown.columns:
        line = "--" if name == "decline" else "-"
        ax.plot(months, shown[name], color=_STAGE_COLOURS[name], linestyle=line, marker="o", markersize=4)
    height = 0.0
    share: Any
    for stage, share in shown.iloc[-1].sort_values().items():
        height = max(share, height + 0.06)  # labels of lines that end close together must not touch
        ax.text(months[-1] * 1.02, height, f"{label_of(stage)} {share:.0%}", va="center")
    ax.axhline(0.5, color=INK, linewidth=1, linestyle=":")
    reached = path.index[path["decline"] >= 0.5]
    if not len(reached):
        title = ntr(
            "After {n:,} step, less than half are in decline",
            "After {n:,} steps, less than half are in decline",
            path.index[-1],
        )
    else:
        title = ntr(
            "After {n:,} step, half or more are in decline",
            "After {n:,} steps, half or more are in decline",
            reached[0],
        )
    ax.set_title(title)
    ax.set(xlabel=tr("months from the start"), ylabel=tr("share of the customers"), ylim=(0, 1.02))
    ax.set_xlim(right=months[-1] * 1.28)
    digits = 0 if step >= DAYS["M"] else 1
    ax.set_xticks(months, [f"{month:,.{digits}f}" for month in months])
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ends = ", ".join(f"{label_of(name)} {share:.0%}" for name, share in path.iloc[-1].items())
    alt = tr(
        "Lines of the share of customers in each stage by month. At month {month:,.0f}: {ends}.",
        month=months[-1],
        ends=ends,
    )
    return describe(ax, alt, path)


@styled
def rules(
    scores: Mapping[str, pd.Series], lost: Mapping[str, pd.Series], gone: pd.Series, *, ax: Axes | None = None
) -> Axes:
    """Draw how often each rule is right when it calls a customer lost, and how many of the lost it finds.

    ``scores`` order the customers, the surest loss highest: every cut gives a point of the line. ``lost`` are
    the cuts in use, marked by a dot; ``gone`` is what came true. The title lets every rule call as many as
    the last one does: at different numbers, who calls fewer is right more easily.
    """
    assert ax is not None
    from sklearn.metrics import precision_recall_curve

    dots = {}
    for (name, score), colour, line in zip(scores.items(), PALETTE, ("-", "--", "-.", ":"), strict=False):
        precision, recall, _ = precision_recall_curve(gone, score.loc[gone.index])
        steady = (recall > 0.03) & (recall < 1)  # the first few called lost are too few to judge by
        ax.plot(recall[steady], precision[steady], color=colour, linestyle=line, label=name)
        called = lost[name].loc[gone.index]
        dots[name] = {"precision": gone[called].mean(), "recall": called[gone].mean()}
        ax.plot(dots[name]["recall"], dots[name]["precision"], "o", color=colour, markersize=8)
    table = pd.DataFrame(dots).T
    calls = int(called.sum())
    shares = {
        name: theory.precision_at(score.loc[gone.index], gone, calls) if calls else np.nan
        for name, score in scores.items()
    }
    right = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
    if calls:
        title = ntr("Of {n:,} call, right: {right}", "Of {n:,} calls, right: {right}", calls, right=right)
    else:
        title = tr("{name} called nobody", name=name)
    ax.set_title(title)
    ax.set_xlabel(tr("recall: share of the lost that is found"))
    ax.set_ylabel(tr("precision: share of calls that are right"))
    ax.legend(loc="lower left")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    found = ", ".join(f"{name} {share:.0%}" for name, share in table["recall"].items())
    own = ", ".join(f"{name} {share:.0%}" for name, share in table["precision"].dropna().items())
    alt = [tr("Lines of precision over recall, a dot for the cut in use.")]
    if own:
        alt.append(tr("Right: {own}.", own=own))
    alt.append(tr("Found: {found}.", found=found))
    if calls:  # of no calls, no share is right
        alt.append(
            ntr(
                "With {n:,} call each, right: {right}.",
                "With {n:,} calls each, right: {right}.",
                calls,
                right=right,
            )
        )
    return describe(ax, " ".join(alt), table)
