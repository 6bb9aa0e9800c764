"""Decisions: whom to treat how, and whom to call first, once the other strands have said what there is."""

from crmlab.decisions.calls import call_list, win_back_gain, with_call_list
from crmlab.decisions.matrix import CORNERS, value_matrix, with_corners
from crmlab.decisions.table import customer_table

__all__ = [
    "CORNERS",
    "call_list",
    "customer_table",
    "value_matrix",
    "win_back_gain",
    "with_call_list",
    "with_corners",
]
