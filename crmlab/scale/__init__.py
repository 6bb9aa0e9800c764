"""From a laptop to a cluster: every customer scored, ranked and valued inside the engine that holds them.

The functions of the other modules return pandas objects, which is right for a base that fits into memory.
Those here return the same labels and numbers as expressions, which DuckDB (with a limit on its memory) or
Spark computes where the rows are. Models still fit on patterns, in NumPy.
"""

from crmlab.scale.engines import ENGINES, keep, limit_memory, open, spark
from crmlab.scale.labels import rfm, stages, tiers
from crmlab.scale.values import customer_table, lifetime_value, score

__all__ = [
    "ENGINES",
    "customer_table",
    "keep",
    "lifetime_value",
    "limit_memory",
    "open",
    "rfm",
    "score",
    "spark",
    "stages",
    "tiers",
]
