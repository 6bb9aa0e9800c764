"""Pictures of campaigns: the Qini curve against chance, profit by how many are treated, and policies."""

import pandas as pd
from matplotlib.axes import Axes

from crmlab.language import tr
from crmlab.plots.decisions.dots import draw_dots, said_dots
from crmlab.plots.style import BLUE, GREY, INK, describe, percents, styled, thousands
from crmlab.words import capital, percent


@styled
def qini(curve: pd.DataFrame, area: pd.Series | None = None, *, unit: str, ax: Axes | None = None) -> Axes:
    """Draw what treatment of the best by score would have added, against a choice by chance.

    The curve is that of `crmlab.decisions.qini_curve`, and ``area`` that of `crmlab.decisions.qini_interval`;
    ``unit`` says what was counted, such as "orders".
    """
    assert ax is not None
    ax.fill_between(curve["share"], curve["chance"], curve["gain"], color=BLUE, alpha=0.12, linewidth=0)
    ax.plot(curve["share"], curve["gain"], color=BLUE)
    ax.plot(curve["share"], curve["chance"], color=GREY, linestyle="--", linewidth=1.4)
    middle = int((curve["share"] - 0.45).abs().argmin())
    ax.annotate(
        tr("by score"),
        (curve["share"].iloc[middle], curve["gain"].iloc[middle]),
        (-6, 8),
        ha="right",
        textcoords="offset points",
        color=BLUE,
    )
    low = int((curve["share"] - 0.6).abs().argmin())
    ax.annotate(
        tr("by chance"),
        (curve["share"].iloc[low], curve["chance"].iloc[low]),
        (6, -14),
        textcoords="offset points",
        color=INK,
    )
    ax.axhline(0, color=INK, linewidth=0.8)
    best = curve.iloc[int((curve["gain"] - curve["chance"]).argmax())]
    words = {
        "share": percent(best["share"]),
        "gain": f"{best['gain']:z,.0f}",
        "chance": f"{best['chance']:z,.0f}",
    }
    words["unit"] = unit
    title = tr("The best {share} by score add {gain} {unit}; by chance it would be {chance}", **words)
    if area is not None:
        ends = {
            "low": f"{area['low']:z,.1f}",
            "high": f"{area['high']:z,.1f}",
            "area": f"{area['area']:z,.1f}",
        }
        note = tr("area {area} ({low} to {high})", **ends)
        ax.annotate(note, (0.02, 0.95), xycoords="axes fraction", fontsize=9)
        if not (area["low"] > 0 or area["high"] < 0):
            title = tr("That the score finds more than chance does cannot be told")
        elif area["high"] < 0:
            title = tr("The score finds fewer of those whom it helps than chance does")
    ax.set(title=title, xlabel=tr("share of customers treated, best score first"), xlim=(0, 1))
    ax.set_ylabel(tr("{unit} added by the treatment", unit=unit))
    percents(ax.xaxis)
    thousands(ax.yaxis)
    alt = tr("Qini curve over the share treated, above the line of chance. {title}.", title=title)
    if area is not None:
        alt = f"{alt} {capital(note)}."
    return describe(ax, alt, curve)


@styled
def profit(curve: pd.DataFrame, *, currency: str, ax: Axes | None = None) -> Axes:
    """Draw what the campaign earns by how many are treated, best score first.

    The curve is that of `crmlab.decisions.qini_curve` on profit, net of what the treatment costs. Its peak
    was picked from this very campaign, so the next one will earn less there.
    """
    assert ax is not None
    ax.plot(curve["share"], curve["gain"], color=BLUE)
    ax.axhline(0, color=INK, linewidth=0.8)
    best, last = curve.iloc[int(curve["gain"].argmax())], curve.iloc[-1]
    ax.plot(best["share"], best["gain"], "o", color=INK)
    said = {"share": percent(best["share"]), "gain": f"{best['gain']:z,.0f}", "all": f"{last['gain']:z,.0f}"}
    said["currency"] = currency
    if best["gain"] <= 0:
        title = tr("No share of the customers earns anything: leave the campaign")
    elif best["share"] == last["share"]:
        title = tr("It pays to treat everybody: {gain} {currency}", **said)
    else:
        title = tr("The best {share} earn {gain} {currency}; treating everybody earns {all}", **said)
        side = "left" if best["share"] < 0.5 else "right"
        ax.annotate(
            tr("treat {share}", **said),
            (best["share"], best["gain"]),
            (0, 9),
            ha=side,
            textcoords="offset points",
        )
    ax.annotate(
        tr("everybody"), (1, last["gain"]), (-4, 6), textcoords="offset points", ha="right", fontsize=9
    )
    ax.set(title=title, xlabel=tr("share of customers treated, best score first"), xlim=(0, 1))
    ax.set_ylabel(tr("profit added in the campaign, {currency}", currency=currency))
    percents(ax.xaxis)
    thousands(ax.yaxis)
    ax.margins(y=0.14)
    return describe(ax, tr("Profit over the share treated. {title}.", title=title), curve)


@styled
def policies(found: pd.DataFrame, *, currency: str, against: str = "nobody", ax: Axes | None = None) -> Axes:
    """Draw by how much each policy earns more than another one, a customer, with its interval.

    The table is that of `crmlab.decisions.policy_gain`, and ``against`` the policy it was asked with.
    """
    assert ax is not None
    table = found.sort_values("gain", ascending=False)
    names, columns = [str(name) for name in table.index], ["gain", "low", "high"]
    draw_dots(ax, table, columns=columns, names=names, text="{:+z,.2f}".format)
    best = table.iloc[0]
    words = {
        "best": capital(names[0]),
        "gain": f"{best['gain']:z,.2f}",
        "currency": currency,
        "other": against,
    }
    if best["low"] > 0:
        title = tr("“{best}” earns {gain} {currency} a customer more than “{other}”", **words)
    else:
        title = tr("That any policy earns more than “{other}” cannot be told", **words)
    ax.set(
        title=title, xlabel=tr("gain over “{other}” a customer, {currency}", other=against, currency=currency)
    )
    parts = said_dots(table, columns=columns, names=names, text="{:+z,.2f}".format)
    return describe(
        ax, tr("Dots with intervals by policy. {title}. {parts}.", title=title, parts=parts), table
    )
