"""The answer: five sentences that a board reads first, each computed from the parts of the report."""

from collections.abc import Mapping

import pandas as pd

from crmlab import words
from crmlab.analysis.base import Base
from crmlab.analysis.section import Section
from crmlab.analysis.sections.clv import expected, off
from crmlab.analysis.table import LABELS, Standing
from crmlab.language import ntr, tr

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
    said = _brought(base)
    if not clv.valid:
        return tr(
            "{said}; what they will bring cannot be told from these orders: {why}",
            said=said,
            why=_first(clv.text[0]),
        )
    worth, ahead = clv.facts["clv"], base.settings.ahead
    if pd.isna(worth):
        hoped = expected(standing.sums["expected_purchases"], ahead)
        if base.loses:
            return tr(
                "{said}; {expected}, but so far they lose money (the report says why).",
                said=said,
                expected=hoped,
            )
        return tr(
            "{said}; {expected}, but no sum of money can be given (the report says why).",
            said=said,
            expected=hoped,
        )
    said = ntr(
        "{said}, and is worth about {sum} of profit over {ahead}",
        "{said}, and are worth about {sum} of profit over {ahead}",
        base.size,
        said=said,
        sum=words.about(worth, base.currency),
        ahead=ahead,
    )
    if not (base.cost_known or base.settings.margin):
        part = words.percent(base.margin)
        said = tr("{said}, if {share} of revenue is profit, which is assumed", said=said, share=part)
    return f"{said}. {_doubt(base, clv)}"


def _brought(base: Base) -> str:
    """Say what the customers brought, and when."""
    parts = {
        "who": ntr("Your one customer", "Your {n:,} customers", base.size),
        "money": words.money(base.revenue, base.currency) if base.revenue else tr("nothing"),
        "start": words.day(base.start),
        "end": words.day(base.end),
    }
    if base.start < base.end:
        return tr("{who} brought {money} from {start} to {end}", **parts)
    return tr("{who} brought {money} on {end}", **parts)


def _doubt(base: Base, clv: Section) -> str:
    """Say what the sum may be off by: what the interval holds, what it does not, and how the test went."""
    interval, tested = clv.facts["interval"], clv.facts["test"]
    tried = tr("the forecast could not be tested on orders kept back")
    if tested and tested.came:
        tried = tr("on orders kept back for a test, the forecast was {off}", off=off(tested.error))
    if not interval:
        return f"{words.capital(tried)}."
    return tr(
        "Doubt about the estimates alone makes that {span}; chance in what customers do comes on top, and "
        "{tried}.",
        span=words.span(interval, base.currency),
        tried=tried,
    )


def _carriers(base: Base, standing: Standing, pyramid: Section) -> str:
    if base.revenue == 0:
        return tr("Nobody carries the business: no customer has paid anything.")
    if base.loses:
        lost = words.money(-standing.sums["profit"], base.currency)
        return tr(
            "Nobody carries the business: the goods cost {lost} more than was paid for them.", lost=lost
        )
    if base.size == 1:
        return tr("That one customer carries the business alone.")
    if not pyramid.valid:
        return tr(
            "The best customer brought {share} of it; tiers are not valid here: {why}",
            share=words.percent(standing.sums["best"] / base.revenue),
            why=_first(pyramid.text[0]),
        )
    return _top(pyramid)


def _top(pyramid: Section) -> str:
    top = words.percent(pyramid.facts["top_share"])
    if pyramid.facts["top_share"] < _LEVEL:
        return tr(
            "No small group carries it: the best fifth of the customers brought {share} of the revenue.",
            share=top,
        )
    first = pyramid.facts["tiers"].query("customers > 0").iloc[0]
    return ntr(
        "The best fifth of the customers brought {top} of the revenue, and the {n:,} {tier} customer at the "
        "top {share}.",
        "The best fifth of the customers brought {top} of the revenue, and the {n:,} {tier} customers at the "
        "top {share}.",
        first["customers"],
        top=top,
        tier=tr(str(first.name)),
        share=words.percent(first["total_share"]),
    )


def _leaving(base: Base, standing: Standing, sections: Mapping[str, Section]) -> str:
    life, rfm = sections["lifecycle"], sections["rfm"]
    if life.valid:
        return _declining(base, standing, life.facts["stages"].loc["decline"])
    if rfm.valid and (silent := rfm.facts["silent"]):
        return ntr(
            "{n:,} good customer has been silent for longer than most.",
            "{n:,} good customers have been silent for longer than most.",
            silent,
        )
    return tr("Who is leaving cannot be told yet: {why}", why=_first(life.text[0]))


def _declining(base: Base, standing: Standing, decline: pd.Series) -> str:
    if not decline["customers"]:
        return tr(
            "Nobody is leaving, as far as one can see: all have bought within three of their usual gaps."
        )
    said = _silent(decline)
    if "clv" in standing.valid:
        said = tr(
            "{said}, though the model takes about {alive:,} of them to be still here",
            said=said,
            alive=round(standing.sums["silent_alive"]),
        )
    called = round(standing.sums["called"])
    if "pyramid" not in standing.valid or not called:
        return f"{said}."
    return ntr(
        "{said}; among them is {n:,} of your platinum and gold customers, who earned you {profit}.",
        "{said}; among them are {n:,} of your platinum and gold customers, who earned you {profit}.",
        called,
        said=said,
        profit=words.money(standing.sums["called_profit"], base.currency),
    )


def _silent(decline: pd.Series) -> str:
    number, share = decline["customers"], words.percent(decline["customers_share"])
    if pd.isna(decline["total_share"]):
        return ntr(
            "{n:,} customer ({share}) is in decline: silent for over three of their usual gaps",
            "{n:,} customers ({share}) are in decline: silent for over three of their usual gaps",
            number,
            share=share,
        )
    return ntr(
        "{n:,} customer ({share}), who brought {brought} of the revenue so far, is in decline: silent for "
        "over "
        "three of their usual gaps",
        "{n:,} customers ({share}), who brought {brought} of the revenue so far, are in decline: silent for "
        "over three of their usual gaps",
        number,
        share=share,
        brought=words.percent(decline["total_share"]),
    )


def _monday(base: Base, standing: Standing, life: Section) -> str:
    if base.loses:
        return tr("On Monday, look at prices and at what the goods cost: as it stands, the base loses money.")
    called = round(standing.sums["called"])
    if called:
        said = ntr(
            "On Monday, write personally to the one customer marked call_list in the customers file.",
            "On Monday, write personally to the {n:,} customers marked call_list in the customers file.",
            called,
        )
        return " ".join([said, *_letter(base, standing), *_control(called)])
    stages = life.facts["stages"]["customers"] if life.valid else pd.Series(0, index=LABELS["stage"])
    if new := int(stages[["exploration", "formation"]].sum()):
        said = ntr(
            "On Monday, make the next purchase easy for the {n:,} customer in exploration and formation.",
            "On Monday, make the next purchase easy for the {n:,} customers in exploration and formation.",
            new,
        )
        return " ".join([said, *_control(new)])
    if stages["stability"]:
        return tr("On Monday, thank your steady customers: nobody of value is falling silent.")
    if stages["decline"]:
        return tr(
            "On Monday, call a few of the silent customers and ask why they stopped; none is of high value."
        )
    return tr(
        "On Monday, go on recording who buys, when and for how much, and run this again when there are more "
        "orders."
    )


def _letter(base: Base, standing: Standing) -> list[str]:
    """Say what a letter may cost: it changes something for those alone who are gone, and nobody knows who is.

    Who is gone with the chance 1 - P(alive) and comes back is worth what a customer with the same past is
    worth who is still here, CLV / P(alive). Who is still here comes anyway.
    """
    gone, back = standing.sums["gone"], standing.sums["won_back"]
    if back <= 0:
        return []
    if gone < 1:
        return [tr("The model takes nearly all of them to be still here, so letters can change little.")]
    each, letter = back / gone, back / standing.sums["valued"] / _ONE_IN
    said = ntr(
        "About {n:,} of them is gone by the model, and a letter can change something for that one alone: if "
        "they come back and buy as before, that is about {each} of profit over {ahead}.",
        "About {n:,} of them are gone by the model, and a letter can change something for those alone: if "
        "one "
        "of these comes back and buys as before, that is about {each} of profit over {ahead}.",
        gone,
        each=words.about(each, base.currency),
        ahead=base.settings.ahead,
    )
    cost = tr(
        "So if letters bring back one in {one_in} of those who are gone, each letter may cost up to {cost}; "
        "whether they do is not in these orders.",
        one_in=_ONE_IN,
        cost=words.money(letter, base.currency),
    )
    return [said, cost]


def _control(number: int) -> list[str]:
    return [tr("Leave a random tenth out, and count who comes back.")] if number >= _CONTROL else []


def _sure(base: Base, sections: Mapping[str, Section]) -> str:
    clv, ledger = sections["clv"], sections["audit"].facts.get("ledger")
    said = tr("all of this counts the past, and nothing is a forecast")
    if clv.valid:
        said = _tested(base, clv)
    if ledger is None:
        said = tr("{said}; the rows keep the contract, but the full audit was not run", said=said)
    elif ledger.rows_set_aside:
        part = words.percent(ledger.rows_set_aside / ledger.rows_read)
        said = tr("{said}; {share} of the rows of the file are set aside", said=said, share=part)
    return tr("How sure: {said}.", said=said)


def _tested(base: Base, clv: Section) -> str:
    tested, worth = clv.facts["test"], clv.facts["clv"]
    if tested is None or not tested.came:
        return tr("the forecast could not be held against anything, so take it as a first guess")
    said = tr(
        "on the last part of your own orders, kept back for a test, the forecast of {purchases} was {off}",
        purchases=words.count(tested.expected, "purchase", "purchases"),
        off=off(tested.error),
    )
    if pd.isna(worth) or not tested.expected or abs(tested.error) < 0.005:
        return said
    moved = worth * abs(tested.came / tested.expected - 1)
    return tr(
        "{said}, and the same miss would move the profit to come by {sum}; that is one test, and the next "
        "miss "
        "may be larger",
        said=said,
        sum=words.about(moved, base.currency),
    )


def _first(text: str) -> str:
    """Return the first of the reasons, to stand after a colon."""
    sentence = text.split(". ")[0].split("; ")[0].rstrip(".") + "."
    return sentence[:1].lower() + sentence[1:] if sentence[1:2].islower() else sentence
