"""Pictures of inequality and tiers.

Those of other lessons than the first are in modules of their own, taken by name.
"""

from crmlab.plots.pyramid.tiers import cost_and_profit, layers, lorenz, migration, whale

__all__ = ["cost_and_profit", "layers", "lorenz", "migration", "whale"]
