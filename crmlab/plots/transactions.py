"""A first look at a business: what came in, how often people buy, and who comes back."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator
from matplotlib.ticker import PercentFormatter

from crmlab.arguments import number, whole
from crmlab.customers import PERIODS, Customers, contracted
from crmlab.errors import InputError
from crmlab.language import tr
from crmlab.plots.style import BLUE, GREY, ORANGE, describe, styled, thousands
from crmlab.words import capital, month, percent, time_unit


@styled
def revenue(transactions: Any, *, currency: str, ax: Axes | None = None) -> Axes:
    """Draw revenue by month, and how much of it comes from customers' first purchase days.

    Where nobody buys for the first time any more, the title says since when: what follows is no news of the
    business, for such customers can only become fewer.
    """
    assert ax is not None
    from crmlab.engine import choose, sum_of

    rows = contracted(transactions)
    rows = rows.mutate(day=rows["date"].truncate("D"), month=rows["date"].truncate("M"))
    firsts = rows.group_by("customer_id").aggregate(first=rows["day"].min())
    rows = rows.inner_join(firsts, "customer_id")
    is_new = rows["day"] == rows["first"]
    new = choose([(is_new, rows["amount"])], 0.0)
    sums = {"revenue": sum_of(rows["amount"]), "first_purchases": sum_of(new), "new": is_new.any()}
    frame = rows.group_by("month").aggregate(**sums).order_by("month").to_pandas().set_index("month")
    frame.index = frame.index.astype("datetime64[s]")
    last = frame.index[frame.pop("new").astype(bool)].max()
    best = frame["revenue"].idxmax()
    ax.plot(frame.index, frame["revenue"], marker="o", markersize=4, label=tr("all purchases"))
    ax.plot(frame.index, frame["first_purchases"], marker="s", markersize=4, color=ORANGE, linestyle="--",
            label=tr("first purchases of customers"))  # fmt: skip
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=2)
    ax.xaxis.set_major_locator(AutoDateLocator(maxticks=7))  # type: ignore[no-untyped-call]
    if last < frame.index[-1]:
        title = tr("New customers until {month}, only repeat purchases after it", month=month(last))
    elif frame["revenue"].any():
        title = tr("Revenue peaked in {month}", month=month(best))
    else:
        title = tr("No month has revenue")
    ax.set(title=title, xlabel="")
    ax.set_ylabel(tr("revenue, {currency} per month", currency=currency))
    ax.set_ylim(bottom=min(0.0, 1.05 * float(frame.min(axis=None))))
    thousands(ax.yaxis)
    alt = tr(
        "Lines of revenue by month from {first} to {last}, highest in {best} with {revenue:,.0f} {currency}. "
        "The part from customers' first purchases ends in {new}.",
        first=month(frame.index[0]),
        last=month(frame.index[-1]),
        best=month(best),
        revenue=frame.loc[best, "revenue"],
        currency=currency,
        new=month(last),
    )
    return describe(ax, alt, frame)


@styled
def orders(customers: Customers, *, most: int = 10, ax: Axes | None = None) -> Axes:
    """Draw how many customers bought once, twice, and so on; the last bar holds the rest."""
    assert ax is not None
    most = whole(most, "most", "a number of bars", least=2)
    counts = customers.frame["orders"].clip(upper=most).value_counts(normalize=True).sort_index()
    counts = counts.reindex(np.arange(1, most + 1), fill_value=0.0)
    colours = [BLUE, *[GREY] * (most - 1)]
    bars = ax.bar(counts.index, counts, color=colours)
    ax.bar_label(bars, [f"{share:.0%}" for share in counts], padding=2, fontsize=9)
    labels = [*map(str, range(1, most)), f"{most}+"]
    ax.set_xticks(range(1, most + 1), labels)
    ax.set_title(tr("{share:.0%} of the customers bought on one day only", share=counts.iloc[0]))
    ax.set(xlabel=tr("purchase days"), ylabel=tr("share of customers"))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    alt = tr(
        "Bars of customers by purchase days: {one:.0%} have one, {two:.0%} two, {more:.0%} {most} or more.",
        one=counts.iloc[0],
        two=counts.iloc[1],
        more=counts.iloc[-1],
        most=most,
    )
    return describe(ax, alt, pd.DataFrame({"customers_share": counts}).rename_axis("orders"))


@styled
def comebacks(customers: Customers, *, cut: float, most: int = 12, ax: Axes | None = None) -> Axes:
    """Draw how many customers came back in the holdout, by the time since their last purchase.

    Those silent for less than ``cut`` are set apart. The last bar holds everybody silent for longer.
    """
    assert ax is not None
    if customers.holdout_end is None:
        raise InputError("These customers have no holdout. Summarise them with a calibration day.")
    number(cut, "cut", "a length of time", above=0)
    silent, unit = customers.frame["since_last"], PERIODS[customers.unit]
    width = cut / max(1, int(most * cut / (silent.max() + 1)))
    back = (customers.frame["holdout_frequency"] > 0).rename("came_back")
    bars = np.floor(silent / width + 1e-9).clip(upper=most - 1).astype(int).rename("bar")
    table = back.groupby(bars).agg(["size", "mean"]).set_axis(["customers", "came_back"], axis=1)
    starts = table.index * width
    colours = [BLUE if start < cut - 1e-9 else GREY for start in starts]
    drawn = ax.bar(starts, table["came_back"], width=0.92 * width, align="edge", color=colours)
    ax.bar_label(drawn, [f"{share:.0%}" for share in table["came_back"]], padding=2, fontsize=9)
    ends = np.arange(table.index.max() + 2) * width
    names = [f"{round(end, 1):g}" for end in ends]
    if silent.max() >= ends[-1]:
        names[-1] = tr("longer")
    ax.set_xticks(ends, names)
    recent, others = back[silent < cut].mean(), back[silent >= cut].mean()
    shares = {"recent": percent(recent), "others": percent(others)}
    said = {**shares, "cut": cut, "periods": time_unit(unit, cut)}
    if not back.any():
        title = tr("Nobody came back")
    elif np.isnan(others):
        title = tr("{recent} of those silent for under {cut:g} {periods} came back", **said)
    elif np.isnan(recent):
        title = tr("Nobody was silent for under {cut:g} {periods}; {others} of all came back", **said)
    else:
        title = tr(
            "{recent} of those silent for under {cut:g} {periods} came back, {others} of the others",
            **said,
        )
    ax.set_title(capital(title))
    ax.set_xlabel(tr("{periods} since the last purchase", periods=time_unit(unit, 2)))
    ax.set_ylabel(tr("share who came back"))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.margins(y=0.12)
    parts = ", ".join(
        tr("from {start:g} {share:.0%}", start=round(start, 1), share=share)
        for start, share in zip(starts, table["came_back"], strict=True)
    )
    alt = tr(
        "Bars of the share of customers who came back, by {periods} since the last purchase: {parts}.",
        periods=time_unit(unit, 2),
        parts=parts,
    )
    return describe(ax, alt, table.set_axis(starts, axis=0).rename_axis("since_last"))
