"""Simulated worlds whose truth is known, to teach with and to test estimates against: one file a world.

Each takes ``customers``, ``start``, ``end``, ``seed`` and options of its own, and returns a `World`: the
tables that a firm sees, the truth that only its maker knows, and the parameters that make it again.
"""

from collections.abc import Callable
from dataclasses import dataclass

from crmlab.simulate.accounts import accounts
from crmlab.simulate.bank import bank
from crmlab.simulate.business import Business as Business
from crmlab.simulate.business import business
from crmlab.simulate.contracts import contracts
from crmlab.simulate.demand import demand
from crmlab.simulate.fares import fares
from crmlab.simulate.platform import platform
from crmlab.simulate.world import World


@dataclass(frozen=True)
class Maker:
    """How a world is made, and the names of the tables that it has: known without making it."""

    make: Callable[..., World]
    tables: tuple[str, ...]


WORLDS: dict[str, Maker] = {
    "business": Maker(business, ("orders", "contacts", "attributes")),
    "accounts": Maker(
        accounts,
        (
            "orders",
            "visits",
            "terms",
            "deals",
            "deal_steps",
            "deliveries",
            "stock",
            "programme",
            "attributes",
        ),
    ),
    "bank": Maker(
        bank, ("orders", "balances", "products", "defaults", "contacts", "programme", "attributes")
    ),
    "contracts": Maker(
        contracts,
        (
            "orders",
            "contracts",
            "quotes",
            "failures",
            "satisfaction",
            "contacts",
            "programme",
            "attributes",
        ),
    ),
    "demand": Maker(demand, ("orders", "price_offers", "requests", "courses", "attributes")),
    "fares": Maker(fares, ("orders", "offers", "trips", "attributes")),
    "platform": Maker(
        platform, ("orders", "follows", "activity", "contributions", "adoptions", "attributes")
    ),
}
"""The worlds by name."""

__all__ = [
    "WORLDS",
    "Business",
    "Maker",
    "World",
    "accounts",
    "bank",
    "business",
    "contracts",
    "demand",
    "fares",
    "platform",
]
