"""Pictures of generations of a product beside the customers who buy them."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from crmlab import lifecycle as theory
from crmlab.language import mark, ntr, tr
from crmlab.plots.style import BLUE, GREEN, GREY, INK, LIGHT, ORANGE, PINK, SKY, describe, styled, thousands
from crmlab.words import percent

_LINES = (GREY, ORANGE, SKY, PINK, GREEN)
_STYLES = ("-", "--", ":", "-.", (0, (6, 1, 1, 1)))


@styled
def generations(by_year: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw purchases by year and generation, the years as index and the generations as columns."""
    assert ax is not None
    years = by_year.index.to_numpy()
    _lines(
        ax,
        {tr("generation {number}", number=name): _since(by_year[name]) for name in by_year},
        beside="upper left",
    )
    total = by_year.sum(axis=1)
    ax.plot(years, total, color=BLUE, linewidth=2.4)
    ax.annotate(tr("all together"), (years[-1], total.iloc[-1]), (6, 0), textcoords="offset points",
                va="center", color=BLUE, fontweight="bold")  # fmt: skip
    highs = [by_year[name].iloc[-1] < by_year[name].max() for name in by_year]
    past = int(sum(highs))
    ax.set_title(
        ntr(
            "{number} of {all} generations is below its best year;\nall together sell {share} of theirs",
            "{number} of {all} generations are below their best year;\nall together sell {share} of theirs",
            past,
            all=len(highs),
            number=past,
            share=percent(total.iloc[-1] / total.max()),
        )
    )
    ax.set(xlabel=tr("year"), ylabel=tr("purchases"))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlim(years[0] - 0.3, years[-1] + 0.24 * max(len(years), 3))
    ax.set_ylim(bottom=0)
    thousands(ax.yaxis)
    alt = tr("Lines of purchases by year, one for each generation and one for all together.")
    return describe(ax, alt, by_year.assign(all=total))


@styled
def two_lives(
    products: pd.DataFrame, customer: pd.Series, *, share: float = 0.5, judged: int, ax: Axes | None = None
) -> Axes:
    """Draw what each generation sells since its launch and what a customer buys since the first purchase.

    Each line is a share of its own best year: what `product_volume` and `cohort_volume` returned. The title
    tells of the generation ``judged``, by the rule of `lasting`.
    """
    assert ax is not None
    scaled = {
        tr("generation {number}", number=name): (products[name] / products[name].max()).dropna()
        for name in products
    }
    _lines(ax, scaled, beside="upper right")
    own = customer / customer.max()
    places = own.index.to_numpy() + 1
    ax.plot(places, own, color=BLUE, linewidth=2.6, marker="o", markersize=4)
    ax.annotate(tr("a customer"), (places[0], own.iloc[0]), (0, 9), textcoords="offset points", va="bottom",
                color=BLUE, fontweight="bold")  # fmt: skip
    ax.axhline(share, color=INK, linewidth=1.0, linestyle=":")
    words = [_years(theory.lasting(each, share=share)) for each in (products[judged], customer)]
    title = tr(
        "At {share} of the best year or more:\ngeneration {judged} for {product}, a customer for {customer}",
        share=percent(share),
        judged=judged,
        product=words[0],
        customer=words[1],
    )
    ax.set_title(title)
    ax.set(
        xlabel=tr("year since the launch, or since the customer's first purchase"),
        ylabel=tr("share of the best year"),
    )
    longest = max(len(products), len(customer))
    ax.set_xlim(0.6, 1.25 * longest)
    ax.set_ylim(0, 1.15)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    drawn = pd.DataFrame({**scaled, "customer": pd.Series(own.to_numpy(), places)})
    alt = tr(
        "Lines by year of life, as shares of the best year: each generation since its launch, and a customer "
        "since the first purchase. {title}.",
        title=title.replace("\n", " "),
    )
    return describe(ax, alt, drawn)


@styled
def followed(found: pd.DataFrame, *, generation: int, ax: Axes | None = None) -> Axes:
    """Draw what those who bought a generation in one year did later: what `followed` returned."""
    assert ax is not None
    parts = (
        ("this", BLUE, tr("still buy generation {number}", number=generation)),
        ("other", ORANGE, tr("buy others only")),
        ("nothing", LIGHT, tr("buy nothing")),
    )
    left = np.zeros(len(found))
    heights = np.arange(len(found))
    for name, colour, _ in parts:
        share = found[name].to_numpy(dtype=float)
        ax.barh(heights, share, left=left, color=colour, edgecolor="white", height=0.75)
        for height, (begin, wide) in enumerate(zip(left, share, strict=True)):
            if wide >= 0.06:
                dark = colour == BLUE
                ax.text(begin + wide / 2, height, f"{wide:.0%}", ha="center", va="center", fontsize=9,
                        color="white" if dark else INK)  # fmt: skip
        left = left + share
    ax.invert_yaxis()
    for place, (_, colour, words) in enumerate(parts):
        corner = (0.02 + 0.36 * place, 1.02)
        ax.annotate(
            "\N{BLACK SQUARE}", corner, xycoords="axes fraction", color=colour, fontsize=11, va="bottom"
        )
        ax.annotate(words, corner, (14, 1), xycoords="axes fraction", textcoords="offset points",
                    fontsize=9.5, va="bottom")  # fmt: skip
    last = found.iloc[-1]
    ax.set_title(
        ntr(
            "After {number} year {this} still buy it, and {some} still buy something",
            "After {number} years {this} still buy it, and {some} still buy something",
            int(found.index[-1]),
            number=int(found.index[-1]),
            this=percent(last["this"]),
            some=percent(1 - last["nothing"]),
        ),
        pad=24,
    )
    ax.set(xlabel=tr("share of those who bought it in year 0"), ylabel=tr("year"), xlim=(0, 1))
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.grid(visible=False, axis="y")
    alt = tr(
        "Stacked bars by year: of those who bought generation {number} in year 0, the shares who still buy "
        "it, who buy others only and who buy nothing; in the last year {this}, {other} and {nothing}.",
        number=generation,
        this=percent(last["this"]),
        other=percent(last["other"]),
        nothing=percent(last["nothing"]),
    )
    return describe(ax, alt, found[["this", "other", "nothing"]])


def _years(found: pd.Series) -> str:
    many = int(found["periods"])
    words = ntr("{n} year", "{n} years", many)
    return tr(mark("{years} or more"), years=words) if found["open"] else words


def _since(line: pd.Series) -> pd.Series:
    """Return a line from its first purchase on."""
    return line.loc[line.ne(0).idxmax() :] if line.any() else line


def _lines(ax: Axes, lines: dict[str, pd.Series], *, beside: Any) -> None:
    """Draw lines of which each has a style of its own, listed in a corner that stays empty."""
    for place, (words, line) in enumerate(lines.items()):
        look: dict[str, Any] = {
            "color": _LINES[place % len(_LINES)],
            "linestyle": _STYLES[place % len(_STYLES)],
        }
        ax.plot(line.index, line, linewidth=1.8, label=words, **look)
    ax.legend(loc=beside, frameon=False, fontsize=9)
