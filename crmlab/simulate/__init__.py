"""Simulated worlds whose truth is known, to teach with and to test estimates against: one file a world.

Each takes ``customers``, ``start``, ``end``, ``seed`` and options of its own, and returns a `World`: the
tables that a firm sees, the truth that only its maker knows, and the parameters that make it again.
"""

from collections.abc import Callable
from dataclasses import dataclass

from crmlab.simulate.defects import Spoilt, spoil, two_sources
from crmlab.simulate.twins import twin
from crmlab.simulate.world import World
from crmlab.simulate.worlds.accounts import accounts
from crmlab.simulate.worlds.adoption import adoption
from crmlab.simulate.worlds.bank import bank
from crmlab.simulate.worlds.business import Business as Business
from crmlab.simulate.worlds.business import business
from crmlab.simulate.worlds.campaign import campaign
from crmlab.simulate.worlds.contracts import contracts
from crmlab.simulate.worlds.demand import demand
from crmlab.simulate.worlds.fares import fares
from crmlab.simulate.worlds.lists import lists
from crmlab.simulate.worlds.platform import platform
from crmlab.simulate.worlds.prospects import prospects
from crmlab.simulate.worlds.survey import survey
from crmlab.simulate.worlds.touchpoints import touchpoints


@dataclass(frozen=True)
class Maker:
    """How a world is made, and the names of the tables that it has: known without making it."""

    make: Callable[..., World]
    tables: tuple[str, ...]


def _maker(make: Callable[..., World], tables: str) -> Maker:
    return Maker(make, tuple(tables.split()))


WORLDS: dict[str, Maker] = {
    "business": _maker(business, "orders contacts attributes"),
    "accounts": _maker(
        accounts, "orders visits terms deals deal_steps deliveries stock programme attributes"
    ),
    "adoption": _maker(adoption, "orders attributes products prospects"),
    "bank": _maker(bank, "orders balances holdings defaults contacts programme attributes"),
    "campaign": _maker(campaign, "orders contacts attributes campaign failures shops members"),
    "contracts": _maker(
        contracts, "orders contracts quotes outages satisfaction contacts programme attributes"
    ),
    "demand": _maker(demand, "orders price_offers requests courses attributes"),
    "fares": _maker(fares, "orders offers trips attributes"),
    "lists": _maker(lists, "orders programme attributes"),
    "platform": _maker(platform, "orders follows activity contributions adoptions attributes"),
    "prospects": _maker(prospects, "orders contacts attributes prospects calls"),
    "survey": _maker(survey, "orders attributes survey kano towns failures campaign"),
    "touchpoints": _maker(touchpoints, "orders attributes touchpoints switches campaign"),
}
"""The worlds by name."""

__all__ = [
    "WORLDS",
    "Business",
    "Maker",
    "Spoilt",
    "World",
    "accounts",
    "adoption",
    "bank",
    "business",
    "campaign",
    "contracts",
    "demand",
    "fares",
    "lists",
    "platform",
    "prospects",
    "spoil",
    "survey",
    "touchpoints",
    "twin",
    "two_sources",
]
