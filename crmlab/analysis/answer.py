"""The answer: five sentences that a board reads first, each computed from the parts of the report."""

from collections.abc import Mapping

import pandas as pd

from crmlab import words
from crmlab.analysis.base import Base
from crmlab.analysis.section import Section
from crmlab.analysis.sections.clv import off
from crmlab.analysis.table import LABELS, Standing

_ONE_IN = 20  # of those written to, how many come back, in the example of what a letter may cost
_LEVEL = 0.30  # share of the best fifth below which nobody can be said to carry the business
_CONTROL = 100  # customers on a list from which a tenth of them is enough to compare with


def answer(base: Base, standing: Standing, sections: Mapping[str, Section]) -> list[str]:
    """Return what the base is worth, who carries it, who leaves, what to do on Monday, and how sure it is."""
    return [
        _worth(base, standing, sections["clv"]),
        _carriers(base, standing, sections["pyramid"]),
        _leaving(base, standing, sections),
        _monday(base, standing, sections["lifecycle"]),
        _sure(base, sections),
    ]


def _worth(base: Base, standing: Standing, clv: Section) -> str:
    revenue = base.revenue
    who = "Your one customer" if base.size == 1 else f"Your {base.size:,} customers"
    when = f"from {words.day(base.start)} to {words.day(base.end)}"
    when = when if base.start < base.end else f"on {words.day(base.end)}"
    said = f"{who} brought {words.money(revenue, base.currency) if revenue else 'nothing'} {when}"
    if not clv.valid:
        return f"{said}; what they will bring cannot be told from these orders: {_first(clv.text[0])}"
    worth, ahead = clv.facts["clv"], base.settings.ahead
    if pd.isna(worth):
        expected = words.count(standing.sums["expected_purchases"], "purchase")
        but = "so far they lose money" if base.loses else "no sum of money can be given"
        return f"{said}; {expected} are expected over {ahead}, but {but} (the report says why)."
    said += f", and are worth about {words.about(worth, base.currency)} of profit over {ahead}"
    if not (base.cost_known or base.settings.margin):
        said += f", if {words.percent(base.margin)} of revenue is profit, which is assumed"
    return f"{said}. {_doubt(base, clv)}"


def _doubt(base: Base, clv: Section) -> str:
    """Say what the sum may be off by: what the interval holds, what it does not, and how the test went."""
    interval, tested = clv.facts["interval"], clv.facts["test"]
    tried = "the forecast could not be tested on orders kept back"
    if tested and tested.came:
        tried = f"on orders kept back for a test, the forecast was {off(tested.error)}"
    if not interval:
        return f"{words.capital(tried)}."
    return (
        f"Doubt about the estimates alone makes that {words.span(interval, base.currency)}; chance in what "
        f"customers do comes on top, and {tried}."
    )


def _carriers(base: Base, standing: Standing, pyramid: Section) -> str:
    if base.revenue == 0:
        return "Nobody carries the business: no customer has paid anything."
    if base.loses:
        lost = words.money(-standing.sums["profit"], base.currency)
        return f"Nobody carries the business: the goods cost {lost} more than was paid for them."
    if base.size == 1:
        return "That one customer carries the business alone."
    if not pyramid.valid:
        best = words.percent(standing.sums["best"] / base.revenue)
        return f"The best customer brought {best} of it; tiers are not valid here: {_first(pyramid.text[0])}"
    top, top_words = pyramid.facts["top_share"], words.percent(pyramid.facts["top_share"])
    if top < _LEVEL:
        return (
            f"No small group carries it: the best fifth of the customers brought {top_words} of the revenue."
        )
    first = pyramid.facts["tiers"].query("customers > 0").iloc[0]
    who = words.count(first["customers"], f"{first.name} customer")
    return (
        f"The best fifth of the customers brought {top_words} of the revenue, and the {who} at the top "
        f"{words.percent(first['total_share'])}."
    )


def _leaving(base: Base, standing: Standing, sections: Mapping[str, Section]) -> str:
    life, rfm = sections["lifecycle"], sections["rfm"]
    if life.valid:
        return _declining(base, standing, life.facts["stages"].loc["decline"])
    if rfm.valid and (silent := rfm.facts["silent"]):
        verb = "has" if silent == 1 else "have"
        return (
            f"{words.capital(words.count(silent, 'good customer'))} {verb} been silent for longer than most."
        )
    return f"Who is leaving cannot be told yet: {_first(life.text[0])}"


def _declining(base: Base, standing: Standing, decline: pd.Series) -> str:
    if not decline["customers"]:
        return "Nobody is leaving, as far as one can see: all have bought within three of their usual gaps."
    said = f"{words.count(decline['customers'], 'customer')} ({words.percent(decline['customers_share'])})"
    if pd.notna(decline["total_share"]):
        said += f", who brought {words.percent(decline['total_share'])} of the revenue so far,"
    said += f" {words.are(decline['customers'])} in decline: silent for over three of their usual gaps"
    if "clv" in standing.valid:
        alive = round(standing.sums["silent_alive"])
        said += f", though the model takes about {alive:,} of them to be still here"
    called = round(standing.sums["called"])
    if "pyramid" not in standing.valid or not called:
        return said + "."
    profit = words.money(standing.sums["called_profit"], base.currency)
    return (
        f"{said}; among them {words.are(called)} {called:,} of your platinum and gold customers, "
        f"who earned you {profit}."
    )


def _monday(base: Base, standing: Standing, life: Section) -> str:
    if base.loses:
        return "On Monday, look at prices and at what the goods cost: as it stands, the base loses money."
    called = round(standing.sums["called"])
    if called:
        whom = f"the {called:,} customers" if called > 1 else "the one customer"
        said = f"On Monday, write personally to {whom} marked call_list in the customers file"
        return said + _letter(base, standing) + _control(called)
    stages = life.facts["stages"]["customers"] if life.valid else pd.Series(0, index=LABELS["stage"])
    new = int(stages[["exploration", "formation"]].sum())
    if new:
        whom = f"the {words.count(new, 'customer')} in exploration and formation"
        return f"On Monday, make the next purchase easy for {whom}{_control(new)}"
    if stages["stability"]:
        return "On Monday, thank your steady customers: nobody of value is falling silent."
    if stages["decline"]:
        return (
            "On Monday, call a few of the silent customers and ask why they stopped; none is of high value."
        )
    return (
        "On Monday, go on recording who buys, when and for how much, and run this again when there are more "
        "orders."
    )


def _letter(base: Base, standing: Standing) -> str:
    """Say what a letter may cost: it changes something for those alone who are gone, and nobody knows who is.

    Who is gone with the chance 1 - P(alive) and comes back is worth what a customer with the same past is
    worth who is still here, CLV / P(alive). Who is still here comes anyway.
    """
    gone, back = standing.sums["gone"], standing.sums["won_back"]
    if back <= 0:
        return ""
    if gone < 1:
        return ". The model takes nearly all of them to be still here, so letters can change little"
    each, letter = back / gone, back / standing.sums["valued"] / _ONE_IN
    return (
        f". About {round(gone):,} of them are gone by the model, and a letter can change something for those "
        f"alone: if one of these comes back and buys as before, that is about "
        f"{words.about(each, base.currency)} of profit over {base.settings.ahead}. So if letters bring back "
        f"one in {_ONE_IN} of those who are gone, each letter may cost up to "
        f"{words.money(letter, base.currency)}; whether they do is not in these orders"
    )


def _control(number: int) -> str:
    return ". Leave a random tenth out, and count who comes back." if number >= _CONTROL else "."


def _sure(base: Base, sections: Mapping[str, Section]) -> str:
    clv, ledger = sections["clv"], sections["audit"].facts.get("ledger")
    said = _tested(base, clv) if clv.valid else "all of this counts the past, and nothing is a forecast"
    if ledger is None:
        said += "; the rows keep the contract, but the full audit was not run"
    elif ledger.rows_set_aside:
        part = words.percent(ledger.rows_set_aside / ledger.rows_read)
        said += f"; {part} of the rows of the file are set aside"
    return f"How sure: {said}."


def _tested(base: Base, clv: Section) -> str:
    tested, worth = clv.facts["test"], clv.facts["clv"]
    if tested is None or not tested.came:
        return "the forecast could not be held against anything, so take it as a first guess"
    said = (
        f"on the last part of your own orders, kept back for a test, the forecast of "
        f"{words.count(tested.expected, 'purchase')} was {off(tested.error)}"
    )
    if pd.isna(worth) or not tested.expected or abs(tested.error) < 0.005:
        return said
    moved = worth * abs(tested.came / tested.expected - 1)
    return (
        f"{said}, and the same miss would move the profit to come by {words.about(moved, base.currency)}; "
        "that is one test, and the next miss may be larger"
    )


def _first(text: str) -> str:
    """Return the first of the reasons, to stand after a colon."""
    sentence = text.split(". ")[0].split("; ")[0].rstrip(".") + "."
    return sentence[:1].lower() + sentence[1:] if sentence[1:2].islower() else sentence
