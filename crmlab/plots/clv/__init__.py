"""Pictures of customers who come and go: forecasts against what happened, and what cannot be seen."""

from crmlab.plots.clv.forecasts import (
    alive_path,
    frequencies,
    histories,
    holdout,
    recency_frequency,
    tracking,
)
from crmlab.plots.clv.latent import clocks, coins, earnings, knowledge, lives, reliability

__all__ = [
    "alive_path",
    "clocks",
    "coins",
    "earnings",
    "frequencies",
    "histories",
    "holdout",
    "knowledge",
    "lives",
    "recency_frequency",
    "reliability",
    "tracking",
]
