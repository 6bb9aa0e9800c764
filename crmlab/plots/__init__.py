"""Pictures of what the theory returned: one module a strand.

Every function returns the Axes. `alt_text` gives a picture's words, `table` the numbers it was drawn from.
"""

from importlib import import_module
from typing import Any

from crmlab.plots.style import alt_text, panels, table

_STRANDS = ["clv", "decisions", "lifecycle", "pyramid", "quality", "segments", "transactions"]

__all__ = [
    "alt_text",
    "clv",
    "decisions",
    "lifecycle",
    "panels",
    "pyramid",
    "quality",
    "segments",
    "table",
    "transactions",
]


def __getattr__(name: str) -> Any:
    if name in _STRANDS:
        return import_module(f"crmlab.plots.{name}")
    raise AttributeError(f"module 'crmlab.plots' has no attribute '{name}'")
