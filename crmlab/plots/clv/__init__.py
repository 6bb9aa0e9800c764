"""Pictures of customers who come and go.

Forecasts against what happened, and what cannot be seen, are here. The modules `contractual` (survival and
retention), `comparison` (models beside each other, estimates with their intervals), `value` (what customers
bring, and may cost), `equity` (those we have and those to come, budgets) and `index` (weights and their top
list) are taken by name.
"""

from crmlab.plots.clv import comparison, contractual, equity, index, value
from crmlab.plots.clv.forecasts import (
    alive_path,
    frequencies,
    histories,
    holdout,
    recency_frequency,
    tracking,
)
from crmlab.plots.clv.latent import clocks, coins, earnings, knowledge, lives, reliability, rings

__all__ = [
    "alive_path",
    "clocks",
    "coins",
    "comparison",
    "contractual",
    "earnings",
    "equity",
    "frequencies",
    "histories",
    "holdout",
    "index",
    "knowledge",
    "lives",
    "recency_frequency",
    "reliability",
    "rings",
    "tracking",
    "value",
]
