"""The pyramid as a ladder: rungs that customers climb, skip and fall from."""

import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.errors import InputError


@checked
def ladder_moves(up: float, down: float, *, skips: float = 0.0, rungs: int = 5) -> pd.DataFrame:
    """Return the moves of a ladder on which all rungs are alike.

    How long is the way up, if falling is easier than climbing, and some skip a rung? The moves of such a
    ladder show it, by `crmlab.lifecycle.first_passage` and its neighbours; a firm's own moves are counted
    with `crmlab.lifecycle.transition_matrix`.

    Parameters
    ----------
    up, down : float
        Chance to climb, and to fall by one rung, in a period; together at most 1.
    skips : float
        Share of those who climb who skip a rung, where there is one above the next.
    rungs : int
        From the lowest, ``"1"``, to the top.

    Returns
    -------
    DataFrame
        Shares of those on each rung (rows) who are on each rung (columns) a period later. From the top nobody
        climbs, and from the lowest nobody falls.

    Raises
    ------
    InputError
        A chance is out of its range, both are more than 1 together, or there are fewer than two rungs.

    Examples
    --------
    >>> from crmlab.pyramid import ladder_moves
    >>> ladder_moves(0.2, 0.3, rungs=3).loc["2"].round(1).to_dict()
    {'1': 0.3, '2': 0.5, '3': 0.2}
    """
    number(up, "up", "a chance", least=0, most=1)
    number(down, "down", "a chance", least=0, most=1)
    number(skips, "skips", "a share of those who climb", least=0, most=1)
    whole(rungs, "rungs", least=2, most=100)
    if up + down > 1:
        raise InputError(f"up and down are {up:g} and {down:g}, which is more than 1 together.")
    names = [str(rung) for rung in range(1, rungs + 1)]
    moves = pd.DataFrame(0.0, index=pd.Index(names, name="rung"), columns=names)
    for rung in range(rungs):
        far = skips * up if rung + 2 < rungs else 0.0
        steps = {-1: down if rung else 0.0, 1: up - far if rung + 1 < rungs else 0.0, 2: far}
        for step, chance in steps.items():
            if chance:
                moves.iloc[rung, rung + step] = chance
        moves.iloc[rung, rung] = 1 - sum(steps.values())
    return moves
