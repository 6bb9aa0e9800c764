"""Pictures of segments: the two recencies, what scores mean, what segments hold, and which list is best.

Those of other lessons than the first are in modules of their own, taken by name.
"""

from crmlab.plots.segments.rfm import break_even, drift, grid, lifts, recencies, score_sizes, shares

__all__ = ["break_even", "drift", "grid", "lifts", "recencies", "score_sizes", "shares"]
