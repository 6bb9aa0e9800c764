"""How far a number would scatter if other customers of the same kind had come."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked, whole
from crmlab.errors import unknown


@checked
def redrawn(
    table: pd.DataFrame, statistic: Callable[[Any], pd.Series], *, within: str, draws: int, seed: int = 1
) -> pd.DataFrame:
    """Compute something anew on customers drawn by lot, with replacement: a bootstrap.

    How sure is a number that rests on these customers? Each group keeps its size.

    Parameters
    ----------
    table : DataFrame
        One row a customer.
    statistic : callable
        Takes such a table, returns a Series.
    within : str
        The column of groups, whose sizes stay.
    draws : int
        How often.
    seed : int
        Same seed, same draws.

    Returns
    -------
    DataFrame
        One row a draw, one column an entry of the Series.

    Raises
    ------
    InputError
        There is no such column, or fewer than one draw is asked for.

    Examples
    --------
    >>> from crmlab.lifecycle import redrawn
    >>> import pandas as pd
    >>> table = pd.DataFrame({"stage": ["a", "a", "b"], "profit": [1.0, 3.0, 9.0]})
    >>> drawn = redrawn(table, lambda each: each.groupby("stage")["profit"].mean(), within="stage", draws=50)
    >>> len(drawn), drawn["b"].unique().tolist(), bool(drawn["a"].between(1, 3).all())
    (50, [9.0], True)
    """
    whole(draws, "draws", "a number of draws", least=1)
    if within not in table:
        raise unknown("column", within, table.columns, where="table")
    rng = np.random.default_rng(seed)
    places = [np.flatnonzero(table[within] == name) for name in table[within].dropna().unique()]
    rows = []
    for _ in range(draws):
        chosen = np.concatenate([rng.choice(group, len(group)) for group in places])
        rows.append(statistic(table.iloc[chosen].reset_index(drop=True)))
    return pd.DataFrame(rows).reset_index(drop=True)
