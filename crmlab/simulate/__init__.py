"""Simulated worlds whose truth is known, to teach with and to test estimates against: one file a world.

Each takes ``customers``, ``start``, ``end``, ``seed`` and options of its own, and returns a `World`: the
tables that a firm sees, the truth that only its maker knows, and the parameters that make it again.
"""

from collections.abc import Callable
from dataclasses import dataclass

from crmlab.simulate.adoption import adoption
from crmlab.simulate.business import Business as Business
from crmlab.simulate.business import business
from crmlab.simulate.campaign import campaign
from crmlab.simulate.prospects import prospects
from crmlab.simulate.survey import survey
from crmlab.simulate.touchpoints import touchpoints
from crmlab.simulate.world import World


@dataclass(frozen=True)
class Maker:
    """How a world is made, and the names of the tables that it has: known without making it."""

    make: Callable[..., World]
    tables: tuple[str, ...]


WORLDS: dict[str, Maker] = {
    "business": Maker(business, ("orders", "contacts", "attributes")),
    "campaign": Maker(
        campaign, ("orders", "contacts", "attributes", "campaign", "failures", "shops", "members")
    ),
    "prospects": Maker(prospects, ("orders", "contacts", "attributes", "prospects", "calls")),
    "survey": Maker(survey, ("orders", "attributes", "survey", "kano", "towns", "failures", "campaign")),
    "touchpoints": Maker(touchpoints, ("orders", "attributes", "touchpoints", "switches", "campaign")),
    "adoption": Maker(adoption, ("orders", "attributes", "products", "prospects")),
}
"""The worlds by name."""

__all__ = [
    "WORLDS",
    "Business",
    "Maker",
    "World",
    "business",
    "campaign",
    "prospects",
    "survey",
    "touchpoints",
]
