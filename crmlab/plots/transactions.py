"""A first look at a business: what came in, and how often people buy."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from crmlab.customers import Customers
from crmlab.plots.style import BLUE, GREY, describe, styled, thousands


@styled
def revenue(transactions: Any, *, currency: str, ax: Axes | None = None) -> Axes:
    """Draw revenue by month. The title states the first, best and last month."""
    assert ax is not None
    month = transactions["date"].truncate("M").name("month")
    table = transactions.group_by(month).aggregate(revenue=transactions["amount"].sum()).order_by("month")
    frame = table.to_pandas().assign(month=lambda data: data["month"].astype("datetime64[s]"))
    best = frame.loc[frame["revenue"].idxmax()]
    ax.plot(frame["month"], frame["revenue"], marker="o", markersize=4)
    ax.set(
        title=f"Revenue peaked in {best['month']:%B %Y}", xlabel="", ylabel=f"revenue, {currency} per month"
    )
    ax.set_ylim(bottom=0)
    thousands(ax.yaxis)
    alt = (
        f"Line of revenue by month from {frame['month'].iloc[0]:%B %Y} to {frame['month'].iloc[-1]:%B %Y}, "
        f"highest in {best['month']:%B %Y} with {best['revenue']:,.0f} {currency}."
    )
    return describe(ax, alt, frame.set_index("month"))


@styled
def orders(customers: Customers, *, most: int = 10, ax: Axes | None = None) -> Axes:
    """Draw how many customers bought once, twice, and so on; the last bar holds the rest."""
    assert ax is not None
    counts = customers.frame["orders"].clip(upper=most).value_counts(normalize=True).sort_index()
    counts = counts.reindex(np.arange(1, most + 1), fill_value=0.0)
    colours = [BLUE, *[GREY] * (most - 1)]
    bars = ax.bar(counts.index, counts, color=colours)
    ax.bar_label(bars, [f"{share:.0%}" for share in counts], padding=2, fontsize=9)
    labels = [*map(str, range(1, most)), f"{most}+"]
    ax.set_xticks(range(1, most + 1), labels)
    ax.set(title=f"{counts.iloc[0]:.0%} of the customers bought on one day only")
    ax.set(xlabel="purchase days", ylabel="share of customers")
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    alt = (
        f"Bars of customers by purchase days: {counts.iloc[0]:.0%} have one, {counts.iloc[1]:.0%} two, "
        f"{counts.iloc[-1]:.0%} {most} or more."
    )
    return describe(ax, alt, pd.DataFrame({"customers_share": counts}).rename_axis("orders"))
