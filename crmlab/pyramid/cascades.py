"""How far something spreads among followers from the users it is begun with, and whom to begin with."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked, whole
from crmlab.errors import DataError, InputError, some
from crmlab.pyramid.platform import Codes, ties

_CELLS = 20_000_000  # groups times users that are held at once
_SETS = 10_000  # users, drawn with replacement, from whom it is followed back who would have reached them


@checked
def spread(
    follows: pd.DataFrame, chance: pd.Series, seeds: Sequence[Any], *, draws: int = 200, seed: int
) -> pd.Series:
    r"""Return how many users are reached in the end if some are won to begin with (independent cascade).

    Each user who is reached moves each follower once, with the user's chance :math:`p_j`; who is moved, does
    the same.

    Parameters
    ----------
    follows : DataFrame
        A tie each row: ``customer_id`` follows ``followed``.
    chance : Series
        By user, to move one follower: for all who are followed, between 0 and 1.
    seeds : sequence
        Users who are won.
    draws, seed : int
        How often it is played through, and from which seed.

    Returns
    -------
    Series
        ``reached``, on average, the seeds among them, with its standard ``error``.

    Raises
    ------
    InputError
        There are no seeds, or one stands twice.
    DataError
        A column is missing, or a chance is missing or not between 0 and 1.

    References
    ----------
    Kempe, D., Kleinberg, J. and Tardos, É. (2003). Maximizing the spread of influence through a social
    network. KDD '03, 137-146.

    Examples
    --------
    >>> from crmlab.pyramid import spread
    >>> import pandas as pd
    >>> ties = pd.DataFrame({"customer_id": list("bcd"), "followed": list("abb")})
    >>> spread(ties, pd.Series({"a": 1.0, "b": 1.0}), ["a"], seed=1).tolist()
    [4.0, 0.0]
    """
    whole(draws, "draws", "a number of draws", least=2)
    graph = _Graph(follows, chance, forward=True)
    wanted = list(seeds)
    if not wanted or len(set(wanted)) < len(wanted):
        raise InputError("seeds must name at least one user, and each once.")
    # A user without ties reaches nobody else.
    places = [graph.place[each] for each in wanted if each in graph.place]
    alone = len(wanted) - len(places)
    rng = np.random.default_rng(whole(seed, "seed"))
    group = np.repeat(np.arange(draws), len(places))
    reached = np.bincount(graph.walked(group, np.tile(places, draws), rng)[0], minlength=draws) + alone
    found = {"reached": reached.mean(), "error": reached.std(ddof=1) / np.sqrt(draws)}
    return pd.Series(found, name="spread")


@checked
def greedy_seeds(follows: pd.DataFrame, chance: pd.Series, count: int, *, seed: int) -> pd.Series:
    r"""Return the users to begin with, each the one who adds most to those chosen before.

    The users with most followers reach the *same* people. Choosing each for what it adds gets at least
    :math:`1 - 1/e`, 63 %, of the most that is possible. What a set reaches is counted backwards: from users
    drawn by lot, who would have reached them?

    Parameters
    ----------
    follows, chance
        As for `spread`.
    count : int
        How many users.
    seed : int
        From which seed.

    Returns
    -------
    Series
        By user, in the order chosen: ``adds``, the users that each adds by this count. It is too good by the
        luck of the choice: measure what a set reaches with `spread`, from another seed.

    Raises
    ------
    InputError
        The count is out of its range.
    DataError
        As for `spread`.

    Notes
    -----
    Of two who add the same, the one with more followers is taken, then the first by id.

    References
    ----------
    Borgs, C., Brautbar, M., Chayes, J. and Lucier, B. (2014). Maximizing social influence in nearly optimal
    time. SODA '14, 946-957.

    Kempe, D., Kleinberg, J. and Tardos, É. (2003). Maximizing the spread of influence through a social
    network. KDD '03, 137-146.

    Examples
    --------
    >>> from crmlab.pyramid import greedy_seeds
    >>> import pandas as pd
    >>> ties = pd.DataFrame({"customer_id": list("bcdcdf"), "followed": list("aaabbe")})
    >>> greedy_seeds(ties, pd.Series({"a": 1.0, "b": 1.0, "e": 1.0}), 2, seed=1).index.tolist()
    ['a', 'e']
    """
    graph = _Graph(follows, chance, forward=False)
    whole(count, "count", "a number of users", least=1, most=len(graph.users))
    rng = np.random.default_rng(whole(seed, "seed"))
    roots = rng.integers(len(graph.users), size=_SETS)
    group, user = graph.walked(np.arange(_SETS), roots, rng)
    turn = np.argsort(group, kind="stable")
    by_set = user[turn]
    begins = np.searchsorted(group[turn], np.arange(_SETS + 1))
    order = np.argsort(user, kind="stable")
    by_user = group[order]
    of_user = np.searchsorted(user[order], np.arange(len(graph.users) + 1))
    held = np.bincount(user, minlength=len(graph.users)).astype(float)
    tie = graph.followers / (graph.followers.max() + 1)  # of equals, whoever has more followers
    covered, chosen, adds = np.zeros(_SETS, dtype=bool), [], []
    for _ in range(count):
        best = int(np.argmax(held + tie))
        chosen.append(best)
        adds.append(max(held[best], 0.0) * len(graph.users) / _SETS)
        new = by_user[of_user[best] : of_user[best + 1]]
        new = new[~covered[new]]
        covered[new] = True
        for each in new:
            held[by_set[begins[each] : begins[each + 1]]] -= 1
        held[chosen] = -1.0
    index = pd.Index([graph.users[place] for place in chosen], name="customer_id")
    return pd.Series(adds, index=index, name="adds")


class _Graph:
    """Ties by user, forward to followers or back to those followed, and who is moved along them."""

    def __init__(self, follows: pd.DataFrame, chance: pd.Series, *, forward: bool) -> None:
        follower, followed, self.users = ties(follows)
        self.place = {user: place for place, user in enumerate(self.users)}
        if not pd.api.types.is_numeric_dtype(chance):
            raise DataError(f"The chances are of type {chance.dtype}, not numbers.")
        p = chance[~chance.index.duplicated()].reindex(pd.Index(self.users)).to_numpy(dtype=float)
        needed = np.unique(followed)
        wrong = needed[~((p[needed] >= 0) & (p[needed] <= 1))]
        if len(wrong):
            raise DataError(
                f"{len(wrong):,} users who are followed have no chance between 0 and 1, for example "
                f"{some(self.users[each] for each in wrong[:4])}."
            )
        self.followers = np.bincount(followed, minlength=len(self.users))
        begin, end = (followed, follower) if forward else (follower, followed)
        turn = np.argsort(begin, kind="stable")
        self.ends, self.luck = end[turn], p[followed][turn]
        self.first = np.searchsorted(begin[turn], np.arange(len(self.users) + 1))

    def walked(self, group: Codes, user: Codes, rng: np.random.Generator) -> tuple[Codes, Codes]:
        """Return who is reached in each group from the users it begins with, level by level."""
        size = len(self.users)
        step = max(1, _CELLS // size)
        parts = [
            self._walk(group[inside] - begin, user[inside], min(step, int(group.max()) + 1 - begin), rng)
            + begin * size
            for begin in range(0, int(group.max()) + 1, step)
            for inside in [(group >= begin) & (group < begin + step)]
        ]
        team, who = np.divmod(np.concatenate(parts), size)
        return team, who

    def _walk(self, group: Codes, user: Codes, groups: int, rng: np.random.Generator) -> Codes:
        """Return who is reached, as the number of the group times the users, and the user."""
        size = len(self.users)
        known = np.zeros(groups * size, dtype=bool)
        front = np.unique(group.astype(np.int64) * size + user)
        known[front] = True
        while len(front):
            team, who = np.divmod(front, size)
            many = self.first[who + 1] - self.first[who]
            inner = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
            tie = np.repeat(self.first[who], many) + inner
            moved = rng.random(len(tie)) < self.luck[tie]
            reached = np.repeat(team, many)[moved] * size + self.ends[tie[moved]]
            front = np.unique(reached[~known[reached]])
            known[front] = True
        return np.flatnonzero(known)
