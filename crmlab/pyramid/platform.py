"""Whether a pyramid fits users who follow one another: standing, influence against likeness, and spread."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.errors import DataError, some
from crmlab.groups import days_of, same_customers
from crmlab.language import mark
from crmlab.pyramid.layers import Scheme, tiers
from crmlab.ranks import rank_share

Codes = npt.NDArray[np.int64]

RIGHTS = pd.DataFrame(
    [
        ("core", "核心用户", mark("features first, a say in the rules, a person to call"), mark("keep")),
        (
            "active",
            "活跃用户",
            mark("tools for those who write, a badge that others see"),
            mark("contribute more"),
        ),
        (
            "ordinary",
            "普通用户",
            mark("everything that the platform is for"),
            mark("come back, follow somebody"),
        ),
    ],
    columns=["tier", "chinese", "rights", "way up"],
).set_index("tier")
"""What each tier of a platform's users may do, and how one rises."""

USER_TIERS: Mapping[str, float] = {mark("core"): 0.05, mark("active"): 0.20, mark("ordinary"): 0.75}


@checked
def standing(follows: pd.DataFrame, *, damping: float = 0.85) -> pd.DataFrame:
    r"""Return how users stand in the graph of who follows whom: followers, and PageRank.

    Whom do those follow who are followed themselves? Somebody who reads one user and goes on, with chance
    *d*, to one whom that user follows, and otherwise to anybody of the *N*, is at user *i* with chance

    .. math:: r_i = \frac{1-d}{N} + d \sum_{j \to i} \frac{r_j}{\text{follows}_j} .

    Both are places in a graph. Neither says that anybody does something because of the user: see
    `influence_test`.

    Parameters
    ----------
    follows : DataFrame
        A tie each row: ``customer_id`` follows ``followed``.
    damping : float
        *d*, between 0 and 1.

    Returns
    -------
    DataFrame by user, of all who follow or are followed
        ``followers``, ``follows`` and ``pagerank`` (sums to one).

    Raises
    ------
    InputError
        The damping is out of its range.
    DataError
        A column is missing, a tie has no user, or there are none.

    References
    ----------
    Brin, S. and Page, L. (1998). The anatomy of a large-scale hypertextual Web search engine. Computer
    Networks and ISDN Systems 30, 107-117.

    Examples
    --------
    >>> from crmlab.pyramid import standing
    >>> import pandas as pd
    >>> ties = pd.DataFrame({"customer_id": ["b", "c", "d", "a"], "followed": ["a", "a", "b", "d"]})
    >>> standing(ties)["pagerank"].round(2).to_dict()
    {'a': 0.33, 'b': 0.31, 'c': 0.04, 'd': 0.32}
    """
    import networkx as nx

    number(damping, "damping", "a chance", above=0, below=1)
    source, target, users = ties(follows)
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(users)))
    graph.add_edges_from(zip(source.tolist(), target.tolist(), strict=True))
    rank = nx.pagerank(graph, alpha=damping, tol=1e-10, max_iter=1000)
    table = {
        "followers": np.bincount(target, minlength=len(users)),
        "follows": np.bincount(source, minlength=len(users)),
        "pagerank": [rank[place] for place in range(len(users))],
    }
    return pd.DataFrame(table, index=pd.Index(users, name="customer_id"))


@checked
def influence_test(
    follows: pd.DataFrame,
    adopted: pd.Series,
    alike: pd.Series,
    *,
    days: int = 30,
    draws: int = 200,
    seed: int,
) -> pd.DataFrame:
    r"""Ask whether users move one another, or only are alike.

    Friends do the same: because one moved the other, or because both like the same things? It is counted how
    many ties join two adopters of whom the follower came second, within some days; and what that would be

    1. if *anybody* had adopted: friends adopt together, for whatever reason;
    2. if anybody *of the same kind* had: what likeness, as far as it is known, explains;
    3. if the same users had adopted, with their *days* dealt out among adopters of the same kind: likeness,
       known or not, has no order in time, and influence has.

    Only if the third is rare, and users move one another, does a pyramid by influence fit.

    Parameters
    ----------
    follows : DataFrame
        A tie each row: ``customer_id`` follows ``followed``, and where known ``date``, since when: a tie that
        came after the follower had adopted moved nobody.
    adopted : Series of dates
        By user, for all who could: when, missing for those who did not.
    alike : Series
        The same users' kind, such as the topic: what makes them follow one another, and adopt.
    days : int
        Within which the follower came second.
    draws, seed : int
        How often it is dealt out, and from which seed.

    Returns
    -------
    DataFrame
        A row a question, ``anybody``, ``of the same kind`` and ``on another day``: ``seen`` (ties),
        ``by_chance`` with ``low`` and ``high`` (95 % of the draws), ``ratio``, and ``p``, the share of draws
        with as many.

    Raises
    ------
    InputError
        A number is out of its range.
    DataError
        The users differ, a kind is missing, or fewer than two users adopted.

    References
    ----------
    Anagnostopoulos, A., Kumar, R. and Mahdian, M. (2008). Influence and correlation in social networks. KDD
    '08, 7-15.

    Aral, S., Muchnik, L. and Sundararajan, A. (2009). Distinguishing influence-based contagion from
    homophily-driven diffusion in dynamic networks. PNAS 106(51), 21544-21549.

    Examples
    --------
    >>> from crmlab.pyramid import influence_test
    >>> import pandas as pd
    >>> ties = pd.DataFrame({"customer_id": list("bcde"), "followed": list("abcd")})
    >>> days = pd.Series(pd.date_range("2024-01-01", periods=5), index=list("abcde"))
    >>> found = influence_test(ties, days, pd.Series("all", index=days.index), draws=99, seed=1)
    >>> int(found.loc["on another day", "seen"]), bool(found.loc["on another day", "p"] < 0.05)
    (4, True)
    """
    whole(days, "days", "a number of days", least=1)
    whole(draws, "draws", "a number of draws", least=19)
    same_customers(adopted, alike)
    if alike.isna().any():
        raise DataError(f"{int(alike.isna().sum()):,} users have no kind. Give them one, such as 'unknown'.")
    when = days_of(adopted)
    users = adopted.index
    first = days_of(follows["date"]) if "date" in follows.columns else pd.Series(when.min(), follows.index)
    begun = (
        follows.assign(date=first)
        .sort_values("date", kind="stable")
        .drop_duplicates(["customer_id", "followed"])
    )
    source, target, known = ties(begun)
    place = users.get_indexer(pd.Index(known))
    inside = (place[source] >= 0) & (place[target] >= 0)
    source, target = place[source][inside], place[target][inside]
    since = (begun["date"] - when.min()).dt.days.to_numpy(dtype=float)[inside]
    day = ((when - when.min()).dt.days).to_numpy(dtype=float)
    did = np.flatnonzero(~np.isnan(day))
    if len(did) < 2:
        raise DataError(f"{len(did)} of {len(day):,} users adopted. Whether they move one another needs two.")
    kind = pd.factorize(alike.reindex(users))[0]
    rng = np.random.default_rng(whole(seed, "seed"))

    def second(at: np.ndarray) -> int:
        wait = at[source] - at[target]
        return int(
            ((wait > 0) & (wait <= days) & (since <= at[source])).sum()
        )  # missing days compare as false

    groups = [np.flatnonzero(kind == code) for code in range(kind.max() + 1)]
    adopters = [group[~np.isnan(day[group])] for group in groups]
    ways = {"anybody": [np.arange(len(day))], "of the same kind": groups, "on another day": adopters}
    seen, rows = second(day), {}
    for name, sets in ways.items():
        dealt = []
        for _ in range(draws):
            at = day.copy()
            for each in sets:
                at[each] = rng.permutation(at[each])
            dealt.append(second(at))
        mean = float(np.mean(dealt))
        limits = np.quantile(dealt, [0.025, 0.975])
        p = (1 + sum(each >= seen for each in dealt)) / (draws + 1)
        rows[name] = [seen, mean, *limits, seen / mean if mean else np.nan, p]
    columns = ["seen", "by_chance", "low", "high", "ratio", "p"]
    found = pd.DataFrame.from_dict(rows, orient="index", columns=columns).astype({"seen": int})
    return found.rename_axis("if adopted")


@checked
def user_tiers(users: pd.DataFrame, scheme: str | Scheme | Mapping[str, float] = USER_TIERS) -> pd.DataFrame:
    """Return each user's tier by activity, contribution and influence, and what would raise it most.

    A user's score is the mean of their places in the three rankings, from 0 to 1: who writes much and moves
    nobody is no core user. The way up is the measure in which the user stands lowest.

    Parameters
    ----------
    users : DataFrame
        By user, numbers: the more the better, such as ``activity``, ``contribution`` and ``influence``.
    scheme : str, Scheme or mapping
        As for `tiers`; without it 5 % ``core``, 20 % ``active`` and 75 % ``ordinary``, whose rights are in
        ``RIGHTS``.

    Returns
    -------
    DataFrame by user
        ``score``, ``tier`` (ordered Categorical) and ``way_up``, a name of a column; missing in the highest
        tier.

    Raises
    ------
    DataError
        A value is missing or no number, or a user stands twice.

    Examples
    --------
    >>> from crmlab.pyramid import user_tiers
    >>> import pandas as pd
    >>> users = pd.DataFrame({"activity": [9, 5, 1], "influence": [8, 1, 2]}, list("abc"))
    >>> user_tiers(users, {"core": 1 / 3, "others": 2 / 3})["tier"].tolist()
    ['core', 'others', 'others']
    """
    if users.empty or not users.shape[1]:
        raise DataError("There are no users, or no measures of them.")
    places = pd.DataFrame({name: rank_share(users[name]) for name in users.columns})
    score = places.mean(axis=1).rename("score")
    tier = tiers(score, scheme)
    way = places.round(12).idxmin(axis=1).where(tier != tier.cat.categories[0])
    return pd.DataFrame({"score": score, "tier": tier, "way_up": way})


def ties(follows: pd.DataFrame) -> tuple[Codes, Codes, list[Any]]:
    """Return who follows whom as places among all users, in the order of their ids."""
    if missing := [name for name in ("customer_id", "followed") if name not in follows.columns]:
        raise DataError(f"The ties lack the column '{missing[0]}'. They need customer_id and followed.")
    if follows.empty:
        raise DataError("There are no ties, so there is no graph.")
    both = follows[["customer_id", "followed"]]
    if (gaps := both.isna().any(axis=1)).any():
        raise DataError(f"{int(gaps.sum()):,} of {len(both):,} ties lack a user, for example row "
                        f"{some(both.index[gaps])}. Leave them out.")  # fmt: skip
    both = both.drop_duplicates()
    codes, users = pd.factorize(np.concatenate([both["customer_id"], both["followed"]]), sort=True)
    return codes[: len(both)], codes[len(both) :], list(users)
