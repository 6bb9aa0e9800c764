"""The life cycle of a relationship: its stages, what they bring, and the moves between them."""

from crmlab.lifecycle.barriers import hazard_around, hazard_change, held_value
from crmlab.lifecycle.base import carry_over, change_groups, period_profits, profit_changes
from crmlab.lifecycle.causes import best_responses, cause_mix, causes_behind, cures_by_lot
from crmlab.lifecycle.chains import (
    chance_to_reach,
    first_passage,
    push_on_share,
    push_on_value,
    steady_shares,
)
from crmlab.lifecycle.claims import CLAIMS, claim_region, verdicts_on
from crmlab.lifecycle.cohorts import cohort_value, cohort_volume, cohorts_at, early_life
from crmlab.lifecycle.comebacks import came_back, failure_cases
from crmlab.lifecycle.cox import hazard_ratios, split_at
from crmlab.lifecycle.diffusion import bass_peak, bass_sales, first_purchases, fit_bass, fit_so_far
from crmlab.lifecycle.features import left_within, time_split, warning_signs, watched, went_silent
from crmlab.lifecycle.figures import (
    chance_by_days,
    chance_ratio,
    cost_ratio,
    costly_profit_share,
    costly_region,
    customer_cost,
    earned_after,
    marginal_ratio,
    measured_mean,
    measured_share,
)
from crmlab.lifecycle.four_stages import STAGES, rhythm, stages, usual_gap, with_stages
from crmlab.lifecycle.kaplan_meier import mean_life, survival
from crmlab.lifecycle.layers import layer_cake, payback, repeat_share
from crmlab.lifecycle.leakage import leaks, single_power, suspect_signs
from crmlab.lifecycle.lift import lead_times, score_table
from crmlab.lifecycle.losses import at_stake, precision_at
from crmlab.lifecycle.markov import chain_value, expected_steps, markov_check
from crmlab.lifecycle.mouth import (
    chain_size,
    delight_price,
    delight_prices,
    ended_by,
    extinction,
    mixed_offspring,
    offspring,
    poisson_offspring,
    simulated_chains,
    telling_break_even,
)
from crmlab.lifecycle.moves import stage_value, transition_matrix
from crmlab.lifecycle.offers import signed_by_fee, value_by_arm
from crmlab.lifecycle.phases import MANAGEMENT, PHASES, asked_lives, demand_phases, funnel
from crmlab.lifecycle.points import point_worth, profit_by_age, redrawn_points
from crmlab.lifecycle.recovery import recovery_paradox, recovery_value, response_kinds
from crmlab.lifecycle.redraws import redrawn_precisions, redrawn_rescues, redrawn_stakes
from crmlab.lifecycle.retention import cohort_table, lives, retention_by_age
from crmlab.lifecycle.stage_profiles import stage_profile
from crmlab.lifecycle.successors import followed, holders, lasting, product_volume, swap_forecast, swap_worth
from crmlab.lifecycle.switching import switching_costs, undercut_prices
from crmlab.lifecycle.tellers import (
    brought_by_age,
    brought_within,
    credited,
    newcomers,
    profit_within,
    referrals,
)
from crmlab.lifecycle.warning import alarm_profit, alarms, expected_maximum_profit, retention_campaign

__all__ = [
    "CLAIMS",
    "MANAGEMENT",
    "PHASES",
    "STAGES",
    "alarm_profit",
    "alarms",
    "asked_lives",
    "at_stake",
    "bass_peak",
    "bass_sales",
    "best_responses",
    "brought_by_age",
    "brought_within",
    "came_back",
    "carry_over",
    "cause_mix",
    "causes_behind",
    "chain_size",
    "chain_value",
    "chance_by_days",
    "chance_ratio",
    "chance_to_reach",
    "change_groups",
    "claim_region",
    "cohort_table",
    "cohort_value",
    "cohort_volume",
    "cohorts_at",
    "cost_ratio",
    "costly_profit_share",
    "costly_region",
    "credited",
    "cures_by_lot",
    "customer_cost",
    "delight_price",
    "delight_prices",
    "demand_phases",
    "early_life",
    "earned_after",
    "ended_by",
    "expected_maximum_profit",
    "expected_steps",
    "extinction",
    "failure_cases",
    "first_passage",
    "first_purchases",
    "fit_bass",
    "fit_so_far",
    "followed",
    "funnel",
    "hazard_around",
    "hazard_change",
    "hazard_ratios",
    "held_value",
    "holders",
    "lasting",
    "layer_cake",
    "lead_times",
    "leaks",
    "left_within",
    "lives",
    "marginal_ratio",
    "markov_check",
    "mean_life",
    "measured_mean",
    "measured_share",
    "mixed_offspring",
    "newcomers",
    "offspring",
    "payback",
    "period_profits",
    "point_worth",
    "poisson_offspring",
    "precision_at",
    "product_volume",
    "profit_by_age",
    "profit_changes",
    "profit_within",
    "push_on_share",
    "push_on_value",
    "recovery_paradox",
    "recovery_value",
    "redrawn_points",
    "redrawn_precisions",
    "redrawn_rescues",
    "redrawn_stakes",
    "referrals",
    "repeat_share",
    "response_kinds",
    "retention_by_age",
    "retention_campaign",
    "rhythm",
    "score_table",
    "signed_by_fee",
    "simulated_chains",
    "single_power",
    "split_at",
    "stage_profile",
    "stage_value",
    "stages",
    "steady_shares",
    "survival",
    "suspect_signs",
    "swap_forecast",
    "swap_worth",
    "switching_costs",
    "telling_break_even",
    "time_split",
    "transition_matrix",
    "undercut_prices",
    "usual_gap",
    "value_by_arm",
    "verdicts_on",
    "warning_signs",
    "watched",
    "went_silent",
    "with_stages",
]
