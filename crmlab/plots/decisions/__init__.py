"""Pictures of decisions: whom to treat how.

The value matrix is here. Those of other lessons are in modules of their own, taken by name: `satisfaction`,
`loyalty`, `programmes`, `pricing`, `campaigns`, `watch`, `privacy` and `deals`.
"""

from crmlab.plots.decisions import (
    campaigns,
    deals,
    loyalty,
    pricing,
    privacy,
    programmes,
    satisfaction,
    watch,
)
from crmlab.plots.decisions.value_matrix import matrix

__all__ = [
    "campaigns",
    "deals",
    "loyalty",
    "matrix",
    "pricing",
    "privacy",
    "programmes",
    "satisfaction",
    "watch",
]
