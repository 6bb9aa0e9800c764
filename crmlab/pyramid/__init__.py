"""Customer pyramids: what customers earn, how unequal they are, their tiers, and who changes tier."""

from crmlab.pyramid.concentration import gini, lorenz, top_share, whale_curve
from crmlab.pyramid.conditions import preconditions
from crmlab.pyramid.layers import MEANINGS, SCHEMES, Scheme, migration, tiers, with_tiers
from crmlab.pyramid.profits import gross_profit, profit, service_cost

__all__ = [
    "MEANINGS",
    "SCHEMES",
    "Scheme",
    "gini",
    "gross_profit",
    "lorenz",
    "migration",
    "preconditions",
    "profit",
    "service_cost",
    "tiers",
    "top_share",
    "whale_curve",
    "with_tiers",
]
