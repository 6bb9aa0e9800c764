"""Pictures of deals: the funnel, what the pipeline may bring, and what sellers promise."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.language import ntr, tr
from crmlab.plots.decisions.dots import draw_dots, said_dots
from crmlab.plots.style import BLUE, GREY, INK, LIGHT, RED, describe, percents, styled, thousands
from crmlab.words import percent


@styled
def funnel(found: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how many of a hundred deals reach each step, and the chance to pass it with its interval.

    The table is that of `crmlab.decisions.funnel`.
    """
    assert ax is not None
    chance = found["chance"].fillna(0.0).to_numpy()
    reach = np.concatenate([[1.0], np.cumprod(chance)[:-1]])
    places = -np.arange(len(found))
    weakest = int(np.argmin(np.where(found["chance"].notna(), found["chance"], np.inf)))
    colours = [BLUE if row == weakest else LIGHT for row in range(len(found))]
    ax.barh(places, reach, left=-reach / 2, height=0.78, color=colours, edgecolor=GREY)
    for row, (name, found_) in enumerate(found.iterrows()):
        ax.text(-0.54, -row, str(name), ha="right", va="center")
        colour = "white" if row == weakest else INK
        ax.text(0, -row, percent(reach[row]), ha="center", va="center", color=colour)
        words = tr("not known yet")
        if np.isfinite(found_["chance"]):
            ends = {key: percent(found_[key]) for key in ("chance", "low", "high")}
            words = tr("passed by {chance} ({low} to {high})", **ends)
        ax.text(0.54, -row, words, va="center", fontsize=9)
    ax.set(xlim=(-0.95, 1.1), ylim=(places[-1] - 0.6, 0.6))
    ax.axis("off")
    title = tr(
        "{win} of the deals are won; the fewest, {chance}, pass “{step}”",
        step=found.index[weakest],
        chance=percent(chance[weakest]),
        win=percent(found["to_win"].iloc[0]),
    )
    ax.set_title(title)
    parts = "; ".join(
        f"{name} {percent(share)}, {percent(passed)}"
        for name, share, passed in zip(found.index, reach, chance, strict=True)
    )
    alt = tr(
        "Funnel of deals by step, with the share that reaches it and the share that passes it. {parts}.",
        parts=parts,
    )
    return describe(ax, alt, found.assign(reach=reach))


@styled
def pipeline(won: pd.Series, *, currency: str, plain: float | None = None, ax: Axes | None = None) -> Axes:
    """Draw what the open deals may bring: its mean, its bad twentieth, and what mean chances promise.

    The draws are those of `crmlab.decisions.pipeline_draws`; ``plain`` is value times mean chance.
    """
    assert ax is not None
    scale, name = (1e6, tr("million {currency}", currency=currency)) if won.mean() >= 1e6 else (1.0, currency)
    money = won / scale
    write = "{:,.1f}".format if scale > 1 else "{:,.0f}".format
    counts, edges = np.histogram(money, bins=40)
    table = pd.DataFrame({"futures": counts / len(money)}, index=pd.Index(edges[:-1], name="from"))
    bad, mean = float(money.quantile(0.05)), float(money.mean())
    colours = [RED if edge < bad else BLUE for edge in edges[:-1]]
    ax.bar(edges[:-1], table["futures"], width=np.diff(edges), align="edge", color=colours, alpha=0.8)
    top = table["futures"].max()
    lines = [(mean, tr("mean\n{mean}", mean=write(mean)), "left")]
    lines.append((bad, tr("bad twentieth\n{bad}", bad=write(bad)), "right"))
    words = {"mean": write(mean), "bad": write(bad), "money": name}
    title = tr("The pipeline brings {mean} {money}, in a bad twentieth less than {bad}", **words)
    if plain is not None:
        lines.append(
            (plain / scale, tr("value times\nmean chance\n{plain}", plain=write(plain / scale)), "center")
        )
        title = tr("The pipeline brings {mean} {money}, not {plain}", plain=write(plain / scale), **words)
    for x, label, side in lines:
        ax.plot([x, x], [0, 1.04 * top], color=INK, linewidth=1.2, linestyle="--")
        shift = {"left": -2, "right": 2}.get(side, 0)
        ax.annotate(label, (x, 1.04 * top), (shift, 3), textcoords="offset points", ha=side, fontsize=9)
    ax.set(title=title, xlabel=tr("won of the deals open today, {money}", money=name), ylim=(0, 1.35 * top))
    ax.set_ylabel(tr("share of futures"))
    ax.set_xlim(left=min(float(edges[0]), bad - 0.17 * float(edges[-1] - edges[0])))
    percents(ax.yaxis)
    thousands(ax.xaxis)
    alt = tr("Histogram of what open deals may bring. {title}.", title=title)
    return describe(ax, alt, table)


@styled
def sellers(found: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw what each seller promised over what came of it, with its interval, on a scale of ratios.

    The table is that of `crmlab.decisions.forecast_bias`.
    """
    assert ax is not None
    names = [f"{name} ({many:,})" for name, many in zip(found.index, found["deals"], strict=True)]
    columns = ["ratio", "low", "high"]
    draw_dots(ax, found, columns=columns, names=names, text="{:.2f}".format, at=1.0)
    ax.set_xscale("log")
    ticks = [
        tick for tick in (0.25, 0.5, 1, 2, 4) if found["low"].min() / 1.3 <= tick <= found["high"].max() * 1.3
    ]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.set_xticks([], minor=True)
    for label in ax.texts:
        label.set_fontsize(8)
    low, high = ((found["verdict"] == said).sum() for said in ("too low", "too high"))
    title = ntr(
        "Of {all} sellers, {low} promises too little, and {high} too much",
        "Of {all} sellers, {low} promise too little, and {high} too much",
        low,
        low=low,
        high=high,
        all=len(found),
    )
    ax.set(title=title, xlabel=tr("chances promised over orders won (1: as promised)"))
    parts = said_dots(found, columns=columns, names=names, text="{:.2f}".format)
    return describe(
        ax, tr("Dots with intervals by seller. {title}. {parts}.", title=title, parts=parts), found
    )
