"""The life cycle of a relationship: its stages, what they bring, and the moves between them."""

from crmlab.lifecycle.cohorts import cohort_volume, early_life
from crmlab.lifecycle.four_stages import STAGES, rhythm, stages, usual_gap, with_stages
from crmlab.lifecycle.losses import at_stake, precision_at
from crmlab.lifecycle.markov import chain_value, expected_steps, markov_check
from crmlab.lifecycle.moves import stage_value, transition_matrix
from crmlab.lifecycle.redraws import redrawn_precisions, redrawn_rescues, redrawn_stakes
from crmlab.lifecycle.stage_profiles import stage_profile

__all__ = [
    "STAGES",
    "at_stake",
    "chain_value",
    "cohort_volume",
    "early_life",
    "expected_steps",
    "markov_check",
    "precision_at",
    "redrawn_precisions",
    "redrawn_rescues",
    "redrawn_stakes",
    "rhythm",
    "stage_profile",
    "stage_value",
    "stages",
    "transition_matrix",
    "usual_gap",
    "with_stages",
]
