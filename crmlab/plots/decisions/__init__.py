"""Pictures of decisions: whom to treat how.

Those of other lessons than the first are in modules of their own, taken by name.
"""

from crmlab.plots.decisions.value_matrix import matrix

__all__ = ["matrix"]
