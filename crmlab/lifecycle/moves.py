"""The moves between stages, and what a relationship kept out of decline is worth."""

import numpy as np
import pandas as pd

from crmlab.arguments import checked, rate, whole
from crmlab.errors import DataError, unknown
from crmlab.groups import complete, same_customers, transitions
from crmlab.lifecycle.four_stages import STAGES
from crmlab.lifecycle.markov import Floats, chain_value


@checked
def transition_matrix(before: pd.Series, after: pd.Series, *, shares: bool = True) -> pd.DataFrame:
    """Return the moves of customers between stages at two dates.

    Which relationships grew, which came apart? See `crmlab.groups.transitions` for arguments, result and
    errors.

    Parameters
    ----------
    before, after : Series
        Stages of customers at two dates.
    shares : bool
        Divide each row by its sum.

    Examples
    --------
    >>> from crmlab.lifecycle import transition_matrix
    >>> from crmlab.lifecycle import stages
    >>> import crmlab as crm
    >>> orders = crm.datasets.cdnow(sample=True)
    >>> then, now = stages(orders, at="1997-06-30"), stages(orders, at="1997-12-31")
    >>> moves = transition_matrix(then, now)
    >>> bool((moves.sum(axis=1).round(9) == 1).all())
    True
    """
    return transitions(before, after, shares=shares)


@checked
def stage_value(
    before: pd.Series, after: pd.Series, profit: pd.Series, *, steps: int, step_rate: float
) -> pd.DataFrame:
    r"""Return what a customer in each stage is worth, and what keeping one out of decline is worth.

    Where would one more relationship saved earn most?

    With :math:`P` the moves in a step, :math:`R` the mean profit in a step of those who began it in each
    stage, :math:`d` the discount rate for a step and :math:`K` steps ahead,

    .. math:: V = \sum_{k=0}^{K-1} \left(\frac{P}{1+d}\right)^k R.

    A customer of stage :math:`s` who would be in decline :math:`D` a step later, but instead goes where the
    others of the stage go, gains

    .. math:: \frac{1}{1+d} \left(\sum_{j \ne D} \frac{P_{sj}}{1 - P_{sD}} V_j - V_D\right).

    Parameters
    ----------
    before, after : Series
        Stages of the same customers at two dates, one step apart.
    profit : Series
        What each customer brought between the two dates.
    steps : int
        Steps looked ahead.
    step_rate : float
        Discount rate for a step, from 0 to 1: 0.10 is 10%. Of an annual rate :math:`\rho` and steps of
        :math:`m` months it is :math:`(1 + \rho)^{m/12} - 1`.

    Returns
    -------
    DataFrame
        By stage: ``slide``, the share in decline a step later; ``profit`` of a step; ``value`` :math:`V`;
        ``rescue``, the gain above. Missing where nobody was, and ``rescue`` where everybody slid.

    Raises
    ------
    InputError
        It looks under one step ahead, or the rate is not from 0 to 1.
    DataError
        A customer has no profit, or moved into a stage where nobody was before.

    References
    ----------
    Pfeifer, P. E. and Carraway, R. L. (2000). Modeling customer relationships as Markov chains. Journal of
    Interactive Marketing 14(2), 43-55.

    Examples
    --------
    >>> from crmlab.lifecycle import STAGES
    >>> from crmlab.lifecycle import stage_value
    >>> from crmlab.groups import labelled
    >>> import pandas as pd
    >>> before = labelled([2, 2, 3, 3], list(STAGES.index), pd.Index(list("abcd")), "stage")
    >>> after = labelled([2, 3, 3, 3], list(STAGES.index), pd.Index(list("abcd")), "stage")
    >>> profit = pd.Series([12.0, 6.0, 0.0, 0.0], index=list("abcd"))
    >>> stage_value(before, after, profit, steps=2, step_rate=0.0).loc["stability"].to_dict()
    {'slide': 0.5, 'profit': 9.0, 'value': 13.5, 'rescue': 13.5}
    """
    whole(steps, "steps", "a whole number of steps", least=1)
    rate(step_rate, "step_rate", "a rate for a step")
    for labels in (before, after):
        if odd := sorted(map(str, set(labels.dropna().unique()) - set(STAGES.index))):
            raise unknown("stage", odd[0], STAGES.index)
    same_customers(before, profit)
    complete(profit)
    moves = transition_matrix(before, after)
    chain = _chain(moves)
    decline = chain["decline"]
    mean = profit.reindex(before.index).groupby(before, observed=False).mean()[chain.index]
    value = chain_value(chain, mean, step_rate=step_rate, steps=steps)
    rescue = rescued(chain.to_numpy(), value.to_numpy(), step_rate)
    table = {"slide": decline, "profit": mean, "value": value, "rescue": rescue}
    return pd.DataFrame(table).reindex(moves.index)


def rescued(moves: Floats, value: Floats, step_rate: float) -> Floats:
    """Return what it adds, by stage, to be kept out of the last one for a step; missing where nobody is."""
    kept = moves[:, :-1]
    elsewhere = (kept @ value[:-1]) / np.where(moves[:, -1] < 1, 1 - moves[:, -1], np.nan)
    return np.asarray((elsewhere - value[-1]) / (1 + step_rate))


def _chain(moves: pd.DataFrame) -> pd.DataFrame:
    """Return the moves between the stages where somebody was, or raise DataError if they do not close."""
    empty = moves.index[moves.isna().any(axis=1)]
    entered = [str(name) for name in empty if name == "decline" or moves[name].sum() > 0]
    if entered:
        raise DataError(
            f"Nobody was in {' or '.join(entered)} at the first date, so nothing is known about what comes "
            "after it. Choose another first date, or fewer stable_orders."
        )
    return moves.drop(index=empty, columns=empty)
