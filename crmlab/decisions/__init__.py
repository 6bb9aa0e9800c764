"""Decisions: whom to treat how, and whom to call first, once the other strands have said what there is."""

from crmlab.decisions.calls import call_list, win_back_gain, with_call_list
from crmlab.decisions.campaigns import qini_area, qini_curve, uplift
from crmlab.decisions.curves import loyalty_curves
from crmlab.decisions.differences import difference_in_differences
from crmlab.decisions.loyalty import FOUR_LOYALTIES, LOYALTY_KINDS, attitude_behaviour, loyalty_kinds
from crmlab.decisions.matrix import CORNERS, value_matrix, with_corners
from crmlab.decisions.pricing import (
    expected_lost,
    protection,
    protection_levels,
    stock,
    tier_prices,
    two_qualities,
)
from crmlab.decisions.satisfaction import KANO_KINDS, kano_kinds, layer_importance
from crmlab.decisions.surveys import acsi, answer_range, answerers, net_promoter
from crmlab.decisions.table import customer_table
from crmlab.decisions.watch import (
    cusum_run_length,
    drift,
    ewma_run_length,
    peeking,
    sample_size,
    shewhart_run_length,
    watched,
)

__all__ = [
    "CORNERS",
    "FOUR_LOYALTIES",
    "KANO_KINDS",
    "LOYALTY_KINDS",
    "acsi",
    "answer_range",
    "answerers",
    "attitude_behaviour",
    "call_list",
    "customer_table",
    "cusum_run_length",
    "difference_in_differences",
    "drift",
    "ewma_run_length",
    "expected_lost",
    "kano_kinds",
    "layer_importance",
    "loyalty_curves",
    "loyalty_kinds",
    "net_promoter",
    "peeking",
    "protection",
    "protection_levels",
    "qini_area",
    "qini_curve",
    "sample_size",
    "shewhart_run_length",
    "stock",
    "tier_prices",
    "two_qualities",
    "uplift",
    "value_matrix",
    "watched",
    "win_back_gain",
    "with_call_list",
    "with_corners",
]
