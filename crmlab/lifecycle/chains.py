"""Where a Markov chain leads: ways up and out, steady shares, and where a push moves them most."""

import numpy as np
import pandas as pd

from crmlab.arguments import checked, rate
from crmlab.errors import InputError, some, unknown
from crmlab.groups import check_moves
from crmlab.lifecycle.markov import Floats, chain_value, expected_steps


@checked
def first_passage(moves: pd.DataFrame) -> pd.DataFrame:
    r"""Return how many steps it takes from each state to be first in each other one, on average.

    How long is the way from a first purchase to the top of the pyramid? Entry :math:`m_{ij}` solves
    :math:`m_{ij} = 1 + \sum_{k \ne j} p_{ik} m_{kj}`; on the diagonal stands zero.

    Parameters
    ----------
    moves : DataFrame
        Shares of those in each state (rows) who are in each state (columns) a step later.

    Returns
    -------
    DataFrame
        Steps, from the state of the row to that of the column; infinite where it may never be reached.

    Raises
    ------
    InputError
        Rows of moves do not sum to one.

    References
    ----------
    Kemeny, J. G. and Snell, J. L. (1960). Finite Markov chains. Van Nostrand.

    Examples
    --------
    >>> from crmlab.lifecycle import first_passage
    >>> import pandas as pd
    >>> weather = ["rain", "nice", "snow"]
    >>> moves = pd.DataFrame([[0.5, 0.25, 0.25], [0.5, 0, 0.5], [0.25, 0.25, 0.5]], weather, weather)
    >>> first_passage(moves).loc["nice"].round(3).to_dict()
    {'rain': 2.667, 'nice': 0.0, 'snow': 2.667}
    """
    check_moves(moves)
    ways = {name: expected_steps(moves, to=name) for name in moves.columns}
    return pd.DataFrame(ways).reindex(moves.index).fillna(0.0)[list(moves.columns)]


@checked
def chance_to_reach(moves: pd.DataFrame, top: str, before: str) -> pd.Series:
    r"""Return with what chance a customer of each state is in one state before being in another.

    Does somebody reach the top before falling out? With :math:`Q` the moves between the other states and
    :math:`r` those into the top, :math:`(I - Q)^{-1} r`.

    Parameters
    ----------
    moves : DataFrame
        Shares of those in each state (rows) who are in each state (columns) a step later.
    top, before : str
        The state that is hoped for, and the one that ends the hope.

    Returns
    -------
    Series
        ``chance`` by state: 1 at the top, 0 in the other. Where neither is ever reached, it is 0 as well.

    Raises
    ------
    InputError
        Rows of moves do not sum to one, there is no such state, or both are the same.

    References
    ----------
    Kemeny, J. G. and Snell, J. L. (1960). Finite Markov chains. Van Nostrand.

    Examples
    --------
    >>> from crmlab.lifecycle import chance_to_reach
    >>> import pandas as pd
    >>> rungs = ["out", "low", "middle", "top"]
    >>> rows = [[1, 0, 0, 0], [0.5, 0, 0.5, 0], [0, 0.5, 0, 0.5], [0, 0, 0, 1]]
    >>> chance_to_reach(pd.DataFrame(rows, rungs, rungs), top="top", before="out").round(3).to_dict()
    {'out': 0.0, 'low': 0.333, 'middle': 0.667, 'top': 1.0}
    """
    check_moves(moves)
    for name in (top, before):
        if name not in moves.index:
            raise unknown("state", name, moves.index, where="moves")
    if top == before:
        raise InputError(f"top and before are both '{top}'. Name two states.")
    others = [name for name in moves.index if name not in (top, before)]
    among = moves.loc[others, others].to_numpy(dtype=float)
    ends = moves.loc[others, [top, before]].to_numpy(dtype=float).sum(axis=1) > 0
    for _ in others:
        ends = ends | (among[:, ends].sum(axis=1) > 0)
    chance = pd.Series(0.0, index=moves.index, name="chance")
    q = among[np.ix_(ends, ends)]
    into = moves.loc[others, top].to_numpy(dtype=float)[ends]
    chance[np.array(others, dtype=object)[ends]] = np.linalg.solve(np.eye(len(q)) - q, into)
    chance[top] = 1.0
    return chance


@checked
def steady_shares(moves: pd.DataFrame) -> pd.Series:
    r"""Return the shares of customers by state that moves leave as they are.

    Where does the base end, if moves stay the same? In :math:`\pi = \pi P`, whatever it began with, provided
    that one group of states is reached from everywhere. A state that nobody leaves takes all: such shares are
    those of an end, not of a balance.

    Parameters
    ----------
    moves : DataFrame
        Shares of those in each state (rows) who are in each state (columns) a step later.

    Returns
    -------
    Series
        ``share`` by state, which sum to one.

    Raises
    ------
    InputError
        Rows of moves do not sum to one, or where a customer ends hangs on where the customer begins.

    References
    ----------
    Kemeny, J. G. and Snell, J. L. (1960). Finite Markov chains. Van Nostrand.

    Examples
    --------
    >>> from crmlab.lifecycle import steady_shares
    >>> import pandas as pd
    >>> weather = ["rain", "nice", "snow"]
    >>> moves = pd.DataFrame([[0.5, 0.25, 0.25], [0.5, 0, 0.5], [0.25, 0.25, 0.5]], weather, weather)
    >>> steady_shares(moves).round(3).to_dict()
    {'rain': 0.4, 'nice': 0.2, 'snow': 0.4}
    """
    check_moves(moves)
    return pd.Series(_steady(moves), index=moves.index, name="share")


@checked
def push_on_share(moves: pd.DataFrame, of: str) -> pd.DataFrame:
    r"""Return what a push from one state to another does to the steady share of a state.

    Where on the ladder does help do most for the top? Let a small share :math:`\varepsilon` of those who
    stay in state *i* go to *j* instead. With the fundamental matrix
    :math:`Z = (I - P + 1\pi)^{-1}`, the steady share of *k* changes by

    .. math:: \frac{d\pi_k}{d\varepsilon} = \pi_i (Z_{jk} - Z_{ik}) .

    Parameters
    ----------
    moves : DataFrame
        Shares of those in each state (rows) who are in each state (columns) a step later.
    of : str
        The state whose share is looked at.

    Returns
    -------
    DataFrame
        The change for one, from the state of the row to that of the column: a hundredth of it is the change
        for one customer in a hundred. It ranks pushes of equal share, not of equal cost.

    Raises
    ------
    InputError
        Rows of moves do not sum to one, there is no such state, or the steady shares are not the only ones.

    References
    ----------
    Schweitzer, P. J. (1968). Perturbation theory and finite Markov chains. Journal of Applied Probability
    5(2), 401-413.

    Examples
    --------
    >>> from crmlab.lifecycle import push_on_share
    >>> import pandas as pd
    >>> names = ["low", "high"]
    >>> push = push_on_share(pd.DataFrame([[0.9, 0.1], [0.3, 0.7]], names, names), of="high")
    >>> push.loc["low"].round(3).to_dict()
    {'low': 0.0, 'high': 1.875}
    """
    check_moves(moves)
    if of not in moves.index:
        raise unknown("state", of, moves.index, where="moves")
    share = _steady(moves)
    p = moves.to_numpy(dtype=float)
    fundamental = np.linalg.inv(np.eye(len(p)) - p + share[None, :])
    reach = fundamental[:, list(moves.index).index(of)]
    return pd.DataFrame(share[:, None] * (reach[None, :] - reach[:, None]), moves.index, moves.columns)


@checked
def push_on_value(moves: pd.DataFrame, reward: pd.Series, of: str, *, step_rate: float) -> pd.DataFrame:
    r"""Return what a push from one state to another does to the value of a customer.

    Which step is worth helping? Let a small share :math:`\varepsilon` of those who stay in state *i* go to
    *j* instead, in each step to come. With :math:`V` from `chain_value` and
    :math:`N = (I - P / (1+d))^{-1}`, a customer who is in state *s* gains

    .. math:: \frac{dV_s}{d\varepsilon} = \frac{N_{si} (V_j - V_i)}{1 + d} .

    Parameters
    ----------
    moves, reward
        As for `chain_value`.
    of : str
        The state in which the customer is.
    step_rate : float
        Discount rate of a step, above 0.

    Returns
    -------
    DataFrame
        The gain for one, from the state of the row to that of the column: a hundredth of it is the most that
        helping one customer in a hundred may cost, now and in each step to come, in today's money.

    Raises
    ------
    InputError
        As for `chain_value`, or there is no such state.

    References
    ----------
    Pfeifer, P. E. and Carraway, R. L. (2000). Modeling customer relationships as Markov chains. Journal of
    Interactive Marketing 14(2), 43-55.

    Examples
    --------
    >>> from crmlab.lifecycle import push_on_value
    >>> import pandas as pd
    >>> names = ["customer", "former"]
    >>> moves = pd.DataFrame([[0.5, 0.5], [0.0, 1.0]], names, names)
    >>> gain = push_on_value(moves, pd.Series([10.0, 0.0], names), of="customer", step_rate=0.25)
    >>> gain.loc["former"].round(2).to_dict()
    {'customer': 44.44, 'former': 0.0}
    """
    value = chain_value(moves, reward, step_rate=rate(step_rate, "step_rate", "a rate for a step"))
    if of not in moves.index:
        raise unknown("state", of, moves.index, where="moves")
    step = moves.to_numpy(dtype=float) / (1 + step_rate)
    visits = np.linalg.inv(np.eye(len(step)) - step)[list(moves.index).index(of)]
    worth = value.to_numpy()
    gain = visits[:, None] * (worth[None, :] - worth[:, None]) / (1 + step_rate)
    return pd.DataFrame(gain, moves.index, moves.columns)


def _steady(moves: pd.DataFrame) -> Floats:
    p = moves.to_numpy(dtype=float)
    linked = np.linalg.matrix_power((p > 0).astype(float) + np.eye(len(p)), len(p)) > 0
    from_everywhere = linked.all(axis=0)
    if not from_everywhere.any():
        raise InputError(
            f"Where a customer ends hangs on where the customer begins: of {some(list(moves.index))} none is "
            "reached from all the others. Look at each closed group of states alone."
        )
    equations = np.vstack([p.T - np.eye(len(p)), np.ones(len(p))])
    share, *_ = np.linalg.lstsq(equations, np.append(np.zeros(len(p)), 1.0), rcond=None)
    return np.where(from_everywhere, np.maximum(share, 0.0), 0.0)
