"""Markov chains: what a state is worth, how long it lasts, and whether the past beyond it matters."""

from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmlab.arguments import checked, rate, whole
from crmlab.errors import InputError, unknown
from crmlab.groups import check_moves, same_customers, transitions

Floats = npt.NDArray[np.float64]


@checked
def chain_value(
    moves: pd.DataFrame, reward: pd.Series, *, step_rate: float, steps: int | None = None
) -> pd.Series:
    r"""Return what a customer in each state is worth, if moves and rewards stay the same.

    What is a relationship worth that may grow, rest or end in every step? With :math:`P` the moves of a step,
    :math:`R` what a step in each state brings and :math:`d` the discount rate of a step,

    .. math:: V = \sum_{k=0}^{K-1} \left(\frac{P}{1+d}\right)^k R,
        \qquad V_\infty = \left(I - \frac{P}{1+d}\right)^{-1} R .

    Parameters
    ----------
    moves : DataFrame
        Shares of those in each state (rows) who are in each state (columns) a step later.
    reward : Series
        What a step brings, by the state in which it begins.
    step_rate : float
        Discount rate of a step, from 0 to 1.
    steps : int, optional
        Steps counted, with the present one: :math:`K`. Without it, all; then the rate must be above zero.

    Returns
    -------
    Series
        ``value`` by state.

    Raises
    ------
    InputError
        Rows of moves do not sum to one, rewards have other states, the rate is not from 0 to 1, or it is zero
        and the steps have no end.

    References
    ----------
    Pfeifer, P. E. and Carraway, R. L. (2000). Modeling customer relationships as Markov chains. Journal of
    Interactive Marketing 14(2), 43-55.

    Examples
    --------
    >>> from crmlab.lifecycle import chain_value
    >>> import pandas as pd
    >>> names = ["customer", "former"]
    >>> moves = pd.DataFrame([[0.5, 0.5], [0.0, 1.0]], names, names)
    >>> reward = pd.Series([10.0, 0.0], names)
    >>> chain_value(moves, reward, step_rate=0.0, steps=3).to_dict()
    {'customer': 17.5, 'former': 0.0}
    >>> chain_value(moves, reward, step_rate=0.25).round(2).to_dict()
    {'customer': 16.67, 'former': 0.0}
    """
    rate(step_rate, "step_rate", "a rate for a step")
    if steps is not None:
        whole(steps, "steps", "a whole number of steps", least=1)
    elif step_rate == 0:
        raise InputError("Without steps=… the sum has no end unless step_rate is above zero.")
    check_moves(moves)
    if odd := [name for name in moves.index if name not in reward.index]:
        raise unknown("state", str(odd[0]), reward.index, where="reward")
    step, once = moves.to_numpy(dtype=float) / (1 + step_rate), reward.loc[moves.index].to_numpy(dtype=float)
    always = np.eye(len(step)) - step
    value = np.linalg.solve(always, once) if steps is None else total(step, once, steps)
    return pd.Series(value, index=moves.index, name="value")


@checked
def expected_steps(moves: pd.DataFrame, to: str) -> pd.Series:
    r"""Return after how many steps a customer of each state is first in another one, on average.

    How long does it take until decline? With :math:`Q` the moves between all other states, the answer is
    :math:`(I - Q)^{-1} 1`, the row sums of the fundamental matrix. It is infinite where that state may never
    be reached.

    Parameters
    ----------
    moves : DataFrame
        Shares of those in each state (rows) who are in each state (columns) a step later.
    to : str
        The state that is waited for.

    Returns
    -------
    Series
        ``steps`` by the other states.

    Raises
    ------
    InputError
        Rows of moves do not sum to one, or there is no such state.

    References
    ----------
    Kemeny, J. G. and Snell, J. L. (1960). Finite Markov chains. Van Nostrand.

    Examples
    --------
    >>> from crmlab.lifecycle import expected_steps
    >>> import pandas as pd
    >>> weather = ["rain", "nice", "snow"]
    >>> moves = pd.DataFrame([[0.5, 0.25, 0.25], [0.5, 0, 0.5], [0.25, 0.25, 0.5]], weather, weather)
    >>> expected_steps(moves, to="nice").to_dict()
    {'rain': 4.0, 'snow': 4.0}
    """
    check_moves(moves)
    if to not in moves.index:
        raise unknown("state", to, moves.index, where="moves")
    others = [name for name in moves.index if name != to]
    q = moves.loc[others, others].to_numpy(dtype=float)
    reaches = moves.loc[others, to].to_numpy(dtype=float) > 0
    for _ in others:
        reaches = reaches | (q[:, reaches].sum(axis=1) > 0)
    lost = ~reaches
    for _ in others:
        lost = lost | (q[:, lost].sum(axis=1) > 0)
    sure = ~lost
    steps = np.full(len(others), np.inf)
    if sure.any():
        among = q[np.ix_(sure, sure)]
        steps[sure] = np.linalg.solve(np.eye(len(among)) - among, np.ones(len(among)))
    return pd.Series(steps, index=pd.Index(others, name=moves.index.name), name="steps")


@checked
def markov_check(
    first: pd.Series, second: pd.Series, third: pd.Series, *, to: str = "decline"
) -> pd.DataFrame:
    """Compare those who have been in a stage for two dates with those who have just come into it.

    Does the next stage depend on the present one alone, as a Markov chain supposes? Then it makes no
    difference where somebody was before.

    Parameters
    ----------
    first, second, third : Series
        Stages of customers at three dates, one step apart. Only customers of all three count.
    to : str
        The stage that is looked at, at the third date.

    Returns
    -------
    DataFrame
        By stage at the second date: how many had ``stayed`` in it and how many ``came`` into it; the shares
        ``after_stay`` and ``after_move`` that were in ``to`` at the third date; their ``difference`` (those
        who stayed less those who came) and its interval, ``low`` to ``high``. All intervals together hold
        with 95 % (Bonferroni), each after Agresti and Caffo. Missing where one of the two groups is empty.

    Raises
    ------
    InputError
        There is no such stage.
    DataError
        No customer has a stage at all three dates.

    References
    ----------
    Agresti, A. and Caffo, B. (2000). Simple and effective confidence intervals for proportions and
    differences of proportions. The American Statistician 54(4), 280-288.

    Examples
    --------
    >>> from crmlab.lifecycle import markov_check, stages
    >>> import crmlab as crm
    >>> orders = crm.datasets.cdnow(sample=True)
    >>> days = ["1997-06-30", "1997-12-30", "1998-06-30"]
    >>> found = markov_check(*[stages(orders, at=day, usual_gap=35) for day in days])
    >>> found.loc["decline", ["after_stay", "after_move"]].round(2).to_dict()
    {'after_stay': 0.91, 'after_move': 0.78}
    """
    names = transitions(second, third).columns
    if to not in names:
        raise unknown("stage", to, names)
    known = first.index.intersection(second.index).intersection(third.index)
    same_customers(second.loc[known], third.loc[known])
    past, present = first.loc[known], second.loc[known]
    hit = third.loc[known].astype(str) == to
    stay = past.astype(str) == present.astype(str)
    sides = {}
    for name, side in (("stayed", stay), ("came", ~stay)):
        sides[name] = hit[side].groupby(present[side].astype(str)).agg(["size", "sum"]).reindex(names)
    n, m = (side["size"].fillna(0) for side in sides.values())
    x, y = (side["sum"].fillna(0) for side in sides.values())
    compared = (n > 0) & (m > 0)
    z = NormalDist().inv_cdf(1 - 0.025 / max(int(compared.sum()), 1))
    one, two = (x + 1) / (n + 2), (y + 1) / (m + 2)
    half = z * np.sqrt(one * (1 - one) / (n + 2) + two * (1 - two) / (m + 2))
    about = pd.DataFrame({"difference": x / n - y / m, "low": one - two - half, "high": one - two + half})
    shares = {"stayed": n.astype(int), "came": m.astype(int), "after_stay": x / n, "after_move": y / m}
    return pd.DataFrame(shares).join(about.where(compared)).rename_axis(index=str(second.name))


def total(step: Floats, once: Floats, steps: int) -> Floats:
    """Return the sum of what so many steps bring, each discounted in ``step``."""
    value = once
    for _ in range(steps - 1):
        value = once + step @ value
    return value
