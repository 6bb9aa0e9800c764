"""Segments: customers who are alike in what they do, each with a name and an action.

Modules are taken by name: ``segments.rfm``, ``segments.baskets`` and so on.
"""

from crmlab.segments import (
    baskets,
    channels,
    cluster_number,
    clusters,
    criteria,
    factors,
    identification,
    mailing,
    matching,
    mece,
    rfm,
    scoring,
)
from crmlab.segments.mece import overlaps, partition

__all__ = [
    "baskets",
    "channels",
    "cluster_number",
    "clusters",
    "criteria",
    "factors",
    "identification",
    "mailing",
    "matching",
    "mece",
    "overlaps",
    "partition",
    "rfm",
    "scoring",
]
