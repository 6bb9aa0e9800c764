"""Pictures of relationship stages.

Those of other lessons than the first are in modules of their own, taken by name.
"""

from crmlab.plots.lifecycle.four_stages import (
    break_even,
    forecast,
    measure,
    measures,
    memory,
    patience,
    rhythms,
    rules,
    stages,
    transitions,
    volume,
)

__all__ = [
    "break_even",
    "forecast",
    "measure",
    "measures",
    "memory",
    "patience",
    "rhythms",
    "rules",
    "stages",
    "transitions",
    "volume",
]
