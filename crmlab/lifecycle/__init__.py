"""The life cycle of a relationship: its stages, what they bring, and the moves between them."""

from crmlab.lifecycle.cohorts import cohort_volume, early_life
from crmlab.lifecycle.four_stages import STAGES, rhythm, stages, with_stages
from crmlab.lifecycle.moves import stage_value, transition_matrix
from crmlab.lifecycle.stage_profiles import stage_profile

__all__ = [
    "STAGES",
    "cohort_volume",
    "early_life",
    "rhythm",
    "stage_profile",
    "stage_value",
    "stages",
    "transition_matrix",
    "with_stages",
]
