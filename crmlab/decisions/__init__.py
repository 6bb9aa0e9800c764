"""Decisions: whom to treat how, and whom to call first, once the other strands have said what there is."""

from crmlab.decisions.calls import call_list, win_back_gain, with_call_list
from crmlab.decisions.campaigns import qini_area, qini_curve, qini_interval, uplift
from crmlab.decisions.curves import loyalty_curves
from crmlab.decisions.deals import funnel, shrunk_share, step_days, step_levers, value_effect
from crmlab.decisions.differences import difference_in_differences
from crmlab.decisions.disguises import (
    guessed,
    noisy_count,
    pseudonyms,
    randomised_answers,
    randomised_response,
)
from crmlab.decisions.fields import coarser, fields_worth
from crmlab.decisions.forecasts import forecast_bias, pipeline, pipeline_draws
from crmlab.decisions.joint import joint_gain
from crmlab.decisions.linkage import agreement_by_chance, compared, field_weights, linked, name_similarity
from crmlab.decisions.links import LINKS, link_figures, link_gains, link_parts, link_readings
from crmlab.decisions.loyalty import FOUR_LOYALTIES, LOYALTY_KINDS, attitude_behaviour, loyalty_kinds
from crmlab.decisions.matrix import CORNERS, value_matrix, with_corners
from crmlab.decisions.policies import policy_gain, policy_value
from crmlab.decisions.pricing import (
    expected_lost,
    protection,
    protection_levels,
    stock,
    tier_prices,
    two_qualities,
)
from crmlab.decisions.privacy import cell_sizes, distance, diversity, reidentified, uniqueness
from crmlab.decisions.programmes import programme_effect, rolled_out
from crmlab.decisions.rewards import break_even_lift, bundle_prices, reward_profit, shares_compared
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
    "LINKS",
    "LOYALTY_KINDS",
    "acsi",
    "agreement_by_chance",
    "answer_range",
    "answerers",
    "attitude_behaviour",
    "break_even_lift",
    "bundle_prices",
    "call_list",
    "cell_sizes",
    "coarser",
    "compared",
    "customer_table",
    "cusum_run_length",
    "difference_in_differences",
    "distance",
    "diversity",
    "drift",
    "ewma_run_length",
    "expected_lost",
    "field_weights",
    "fields_worth",
    "forecast_bias",
    "funnel",
    "guessed",
    "joint_gain",
    "kano_kinds",
    "layer_importance",
    "link_figures",
    "link_gains",
    "link_parts",
    "link_readings",
    "linked",
    "loyalty_curves",
    "loyalty_kinds",
    "name_similarity",
    "net_promoter",
    "noisy_count",
    "peeking",
    "pipeline",
    "pipeline_draws",
    "policy_gain",
    "policy_value",
    "programme_effect",
    "protection",
    "protection_levels",
    "pseudonyms",
    "qini_area",
    "qini_curve",
    "qini_interval",
    "randomised_answers",
    "randomised_response",
    "reidentified",
    "reward_profit",
    "rolled_out",
    "sample_size",
    "shares_compared",
    "shewhart_run_length",
    "shrunk_share",
    "step_days",
    "step_levers",
    "stock",
    "tier_prices",
    "two_qualities",
    "uniqueness",
    "uplift",
    "value_effect",
    "value_matrix",
    "watched",
    "win_back_gain",
    "with_call_list",
    "with_corners",
]
