"""Pictures of decisions: whom to treat how.

The value matrix is here. Those of other lessons are in modules of their own, taken by name: `satisfaction`,
`loyalty`, `programmes`, `pricing`, `campaigns`, `watch`, `privacy`, `deals` and `links`.
"""

from crmlab.plots.decisions import (
    campaigns,
    deals,
    links,
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
    "links",
    "loyalty",
    "matrix",
    "pricing",
    "privacy",
    "programmes",
    "satisfaction",
    "watch",
]
