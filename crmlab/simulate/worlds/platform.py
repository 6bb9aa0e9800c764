"""A simulated platform whose users follow, contribute, and move one another by an influence that is known."""

from math import inf
from typing import Any

import numpy as np
import pandas as pd

from crmlab.errors import InputError
from crmlab.simulate.draws import (
    Array,
    Codes,
    between,
    dates,
    draw,
    heavy_tailed,
    labels,
    numbered,
    ordered,
    period,
    poisson,
    stream,
)
from crmlab.simulate.world import World

TOPICS = {"cooking": 0.3, "travel": 0.3, "sport": 0.25, "crafts": 0.15}
AGE_BANDS = {"18-29": 0.4, "30-44": 0.35, "45-59": 0.17, "60+": 0.08}
REGIONS = {"north": 0.25, "east": 0.25, "south": 0.25, "west": 0.25}
KINDS = {"post": 0.25, "comment": 0.75}  # shares of contributions
TASTE = (3.0, 1.0, 1.0, 0.3)  # how readily each topic's users take the feature up by themselves
FEE, FEE_COST, MONTH = 6.0, 1.0, 365.25 / 12  # what a member pays and costs a month, and its days
DELAY = 7.0  # mean days from what a friend does to what it moves somebody to do
MOST_TIES, MOST_EVENTS = 30_000_000, 60_000_000  # more could fill the memory

LIMITS: dict[str, tuple[float, float]] = {
    "follows": (0, inf),
    "homophily": (0, 1),
    "influence": (0, 1),
    "adoption": (0, inf),
    "launch": (0, 1),
    "visits_per_week": (0, inf),
    "contributing": (0, 1),
    "churn": (0, inf),
}


def platform(
    customers: int = 4000,
    start: Any = "2023-07-01",
    end: Any = "2024-06-30",
    *,
    seed: int,
    follows: float = 12.0,
    homophily: float = 0.7,
    influence: float = 0.06,
    adoption: float = 0.25,
    launch: float = 0.4,
    visits_per_week: float = 2.0,
    contributing: float = 0.1,
    churn: float = 0.25,
) -> World:
    r"""Simulate a platform on which it is known who moves whom.

    Does a pyramid of activity, contribution and influence fit our users at all? Only if users move one
    another; and users who are alike do alike without that. On a day the platform launches a feature (paid
    membership). A user takes it up by themselves with a hazard that hangs on their topic alone, and each
    adopter *j* moves each follower *i* once, with a delay that is exponential, 7 days on average, and chance

    .. math::
        p_j = \min(1, \beta\, v_j), \qquad v_j \text{ lognormal with mean } 1,
        \text{ independent of the number of followers}.

    This is the independent cascade of Kempe, Kleinberg and Tardos.

    Parameters
    ----------
    customers : int
        How many users join, at a steady rate over the first tenth of the window. Ids in order of joining.
    start, end : str or date
        First and last day observed.
    seed : int
        Same seed and options, same platform. The draws of influence are ties' own: with another influence,
        who is moved at a lower one is moved at a higher one.
    follows : float
        Mean number of users whom a user follows, lognormal with spread 0.8.
    homophily : float
        Share of follows inside the follower's topic; within it and without, the popular are followed more.
    influence : float
        *β*. At nearly 0, all that friends seem to share is homophily.
    adoption : float
        Hazard a year of taking the feature up by oneself, on average over topics.
    launch : float
        Share of the window after which the feature is there.
    visits_per_week : float
        Mean visits, lognormal with spread 1.
    contributing : float
        Share of users who contribute at all, in proportion to their visits and with spread 1.2 beyond.
    churn : float
        Hazard a year of leaving for ever, the same for all.

    Returns
    -------
    World
        Tables ``orders`` (monthly payments of members), ``follows`` (``customer_id`` follows ``followed``),
        ``activity`` (by week), ``contributions``, ``adoptions``, ``attributes``. The truth: ``alive_until``,
        ``cause`` of leaving (always the user's own), ``visit_rate`` and ``contribution_rate`` (a week),
        ``influence`` (*p*, the chance to move a follower), ``moved`` (the mean number of followers there at
        launch whom the user would move directly if they adopted), ``adopted``, ``adopted_by`` (``self``, or
        ``friend``), ``adopted_through`` (a ``customer_id``, or missing).

    Raises
    ------
    InputError
        A date that does not exist, an option out of its range, or more than memory holds.

    Notes
    -----
    ===========================  =============================================================================
    followers                    heavy-tailed; nothing to do with influence *p*: an account with most
                                 followers moves many, though each of them no more than others do
    topic                        homophily: follows and adoption both hang on it, so that friends adopt
                                 together at *β* = 0 as well
    time                         influence follows the friend's adoption; homophily knows no order, so that
                                 shuffling the days among adopters of a topic tells one from the other
    contributions                1 in 10 users makes them all; a hundredth of users over half
    age band, region             nothing: decoys
    ===========================  =============================================================================

    References
    ----------
    Kempe, D., Kleinberg, J. and Tardos, É. (2003). Maximizing the spread of influence through a social
    network. KDD '03, 137-146.

    Aral, S., Muchnik, L. and Sundararajan, A. (2009). Distinguishing influence-based contagion from
    homophily-driven diffusion in dynamic networks. PNAS 106(51), 21544-21549.

    Examples
    --------
    >>> from crmlab.simulate import platform
    >>> site = platform(customers=400, seed=7)
    >>> list(site.table("follows").columns)
    ['customer_id', 'date', 'followed']
    >>> sorted(site.truth["adopted_by"].dropna().unique())
    ['friend', 'self']
    """
    options = dict(locals())
    begin, window = _check(options)
    who, tie, fate, move, visit, post = (
        stream(seed, "platform", name) for name in ("who", "tie", "fate", "move", "visit", "post")
    )
    joined = np.sort(who.random(customers)) * window / 10
    topic = draw(who, TOPICS.values(), customers)
    left = joined + fate.exponential(365.25 / churn, customers)
    left = np.where(left < window, left, inf)
    follower, followed, since = _ties(tie, topic, joined, follows, homophily)
    there = since < left[follower]
    follower, followed, since = follower[there], followed[there], since[there]

    opens = launch * window
    power = np.minimum(influence * heavy_tailed(move, 1.0, customers), 1)
    taste = np.array(TASTE) / np.dot(TASTE, list(TOPICS.values()))
    alone = opens + fate.exponential(1, customers) / (adoption * taste[topic]) * 365.25
    luck, delay = move.random(len(follower)), move.exponential(DELAY, len(follower))
    moves = luck < power[followed]  # would this adopter, adopting, move this follower?
    time, through = _cascade(
        alone, left, window, (followed[moves], follower[moves], since[moves], delay[moves])
    )
    adopted = np.flatnonzero(time < window)
    listening = (joined < opens) & (left > opens)

    rate = visits_per_week * heavy_tailed(visit, 1.0, customers)
    giving = (post.random(customers) < contributing) * heavy_tailed(post, 1.2, customers) * rate / 2

    def on(when: Array) -> Array:
        return dates(begin, window, when)

    ids = numbered("U", customers, 6)
    index = pd.Index(ids, name="customer_id")
    stay = np.minimum(left, window) - joined
    author, written = poisson(post, joined, stay, giving / 7)
    kind = draw(post, KINDS.values(), len(author))
    payer, paid = _payments(time, np.minimum(left, window))
    tables = {
        "orders": pd.DataFrame(
            {"customer_id": ids.take(payer), "date": on(paid), "amount": FEE, "cost": FEE_COST}
        ),
        "follows": pd.DataFrame(
            {"customer_id": ids.take(follower), "date": on(since), "followed": ids.take(followed)}
        ),
        "activity": _activity(visit, ids, joined, left, rate, begin, window),
        "contributions": pd.DataFrame(
            {"customer_id": ids.take(author), "date": on(written), "kind": labels(KINDS, kind)}
        ),
        "adoptions": pd.DataFrame({"customer_id": ids.take(adopted), "date": on(time[adopted])}),
        "attributes": pd.DataFrame(
            {
                "joined": on(joined),
                "topic": labels(TOPICS, topic),
                "age_band": ordered(AGE_BANDS, draw(who, AGE_BANDS.values(), customers)),
                "region": labels(REGIONS, draw(who, REGIONS.values(), customers)),
            },
            index=index,
        ),
    }
    for name in ("orders", "follows", "contributions", "adoptions"):
        tables[name] = tables[name].sort_values("date", kind="stable", ignore_index=True)
    how = pd.Series(np.where(through < 0, "self", "friend")).where(time < window)
    truth = {
        "alive_until": on(left),
        "cause": pd.Series(np.full(customers, "customer")).where(left < window).array,
        "visit_rate": rate,
        "contribution_rate": giving,
        "influence": power,
        "moved": power * np.bincount(followed[listening[follower] & (since < opens)], minlength=customers),
        "adopted": on(time),
        "adopted_by": how.array,
        "adopted_through": ids.take(through, allow_fill=True),
    }
    return World(tables=tables, truth=pd.DataFrame(truth, index=index), parameters=options)


def _check(options: dict[str, Any]) -> tuple[pd.Timestamp, int]:
    begin, window = period(options)
    for name, (low, high) in LIMITS.items():
        between(name, options[name], low, high)
    size = options["customers"]
    if size < 20:
        raise InputError(f"customers is {size}: a graph needs users to follow. Give at least 20.")
    if size * options["follows"] > MOST_TIES:
        raise InputError(
            f"This makes about {size * options['follows']:,.0f} ties; {MOST_TIES:,} is the most. Take fewer "
            "customers or follows."
        )
    events = size * window / 7 * (1 + options["visits_per_week"] * options["contributing"])
    if events > MOST_EVENTS:
        raise InputError(
            f"This makes about {events:,.0f} weeks and contributions; {MOST_EVENTS:,} is the most. Take "
            "fewer customers, visits_per_week or a shorter window."
        )
    return begin, window


def _ties(
    rng: np.random.Generator, topic: Codes, joined: Array, follows: float, homophily: float
) -> tuple[Codes, Codes, Array]:
    """Return who follows whom since when; popularity is heavy-tailed, and topics keep to themselves."""
    size = len(topic)
    popular = rng.pareto(1.6, size) + 1
    count = np.minimum(rng.poisson(follows * heavy_tailed(rng, 0.8, size)), size // 4)
    follower = np.repeat(np.arange(size), count)
    inside = rng.random(len(follower)) < homophily
    followed = np.empty(len(follower), dtype=np.int64)
    for code in range(-1, len(TOPICS)):  # -1: anybody
        pool = np.flatnonzero(topic == code) if code >= 0 else np.arange(size)
        mine = inside & (topic[follower] == code) if code >= 0 else ~inside
        if mine.any():
            reach = np.cumsum(popular[pool])
            drawn = np.searchsorted(reach[:-1], rng.random(mine.sum()) * reach[-1], side="right")
            followed[mine] = pool[drawn]
    keys = np.unique((follower * size + followed)[follower != followed])  # each pair once, none to oneself
    follower, followed = np.divmod(keys, size)
    # A tie begins soon after both have joined.
    since = np.maximum(joined[follower], joined[followed]) + rng.exponential(20, len(follower))
    return follower, followed, since


def _cascade(
    alone: Array, left: Array, window: int, edges: tuple[Codes, Codes, Array, Array]
) -> tuple[Array, Codes]:
    """Return when each user adopts, infinite where never, and through whom (-1: by themselves).

    Adoption spreads along the ties that move: the times are shortest paths, found by repeated relaxation.
    """
    source, target, since, delay = edges
    time, through = np.where((alone < window) & (alone < left), alone, inf), np.full(len(alone), -1)
    turn = np.argsort(target, kind="stable")
    source, target, since, delay = source[turn], target[turn], since[turn], delay[turn]
    while True:
        reach = np.maximum(time[source], since) + delay
        reach[(reach >= window) | (reach >= left[target])] = inf
        better = np.flatnonzero(reach < time[target])
        if not better.size:
            return time, through
        # Of several that move the same user, the earliest comes last, and so remains.
        better = better[np.argsort(-reach[better], kind="stable")]
        time[target[better]] = reach[better]
        through[target[better]] = source[better]


def _payments(adopted: Array, stop: Array) -> tuple[Codes, Array]:
    """Return who pays when: on the day of adoption and each month after it."""
    count = np.where(adopted < stop, np.ceil((stop - np.minimum(adopted, stop)) / MONTH), 0).astype(np.int64)
    payer = np.repeat(np.arange(len(stop)), count)
    turn = np.arange(len(payer)) - np.repeat(np.cumsum(count) - count, count)
    return payer, adopted[payer] + MONTH * turn


def _activity(
    rng: np.random.Generator,
    ids: Any,
    joined: Array,
    left: Array,
    rate: Array,
    begin: pd.Timestamp,
    window: int,
) -> pd.DataFrame:
    """Return the visits of each user in each week with any, by the week's first day."""
    week = np.arange(0, window, 7)
    # The part of each week for which each user was there.
    there = np.minimum(np.minimum(left, window), week[:, None] + 7) - np.maximum(joined, week[:, None])
    visits = rng.poisson(rate * np.clip(there, 0, None) / 7)
    row, user = np.nonzero(visits)
    activity = {
        "customer_id": ids.take(user),
        "date": dates(begin, window, week[row].astype(float)),
        "visits": visits[row, user],
    }
    return pd.DataFrame(activity)
