"""Customer pyramids: what customers earn, how unequal they are, their tiers, and who changes tier."""

from crmlab.pyramid.accounts import (
    best_efforts,
    credit_cost,
    effort_curve,
    effort_response,
    effort_returns,
    order_costs,
    within_budget,
)
from crmlab.pyramid.cascades import greedy_seeds, spread
from crmlab.pyramid.concentration import gini, lorenz, top_share, whale_curve
from crmlab.pyramid.conditions import preconditions
from crmlab.pyramid.dropping import death_spiral, drop_break_even, ways_out
from crmlab.pyramid.family import agreement, luck_of_the_best
from crmlab.pyramid.ladder import ladder_moves
from crmlab.pyramid.layers import (
    MEANINGS,
    NOTHING_BOUGHT,
    SCHEMES,
    Scheme,
    later_tiers,
    migration,
    tiers,
    with_tiers,
)
from crmlab.pyramid.moves import moves_beyond_chance, step_value
from crmlab.pyramid.platform import RIGHTS, USER_TIERS, influence_test, standing, user_tiers
from crmlab.pyramid.profits import gross_profit, profit, service_cost, without_profit
from crmlab.pyramid.shapes import SHAPES, class_results, classes, shape
from crmlab.pyramid.stress import best_growth, default_losses, expected_and_worst, largest_leave

__all__ = [
    "MEANINGS",
    "NOTHING_BOUGHT",
    "RIGHTS",
    "SCHEMES",
    "SHAPES",
    "USER_TIERS",
    "Scheme",
    "agreement",
    "best_efforts",
    "best_growth",
    "class_results",
    "classes",
    "credit_cost",
    "death_spiral",
    "default_losses",
    "drop_break_even",
    "effort_curve",
    "effort_response",
    "effort_returns",
    "expected_and_worst",
    "gini",
    "greedy_seeds",
    "gross_profit",
    "influence_test",
    "ladder_moves",
    "largest_leave",
    "later_tiers",
    "lorenz",
    "luck_of_the_best",
    "migration",
    "moves_beyond_chance",
    "order_costs",
    "preconditions",
    "profit",
    "service_cost",
    "shape",
    "spread",
    "standing",
    "step_value",
    "tiers",
    "top_share",
    "user_tiers",
    "ways_out",
    "whale_curve",
    "with_tiers",
    "within_budget",
    "without_profit",
]
