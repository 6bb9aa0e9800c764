"""sBG and BdW beside each other: which of them the data prefer, and what a subscriber is worth by each."""

from collections.abc import Iterable, Mapping
from copy import copy
from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import number, rate, whole
from crmlab.clv.bdw import BdW
from crmlab.clv.contractual import Contractual
from crmlab.clv.sbg import SBG
from crmlab.errors import FitError

_STEADY = (0.1, 1.0)  # penalties that are tried where a fit ends on a ridge
_CLEAR = 2.0  # a smaller difference of the AIC does not tell two models apart


def contract_models(survivors: Any, *, penalty: float = 0.0) -> dict[str, Contractual]:
    """Fit both contractual models to a cohort's survivors.

    Where a likelihood has a ridge, that model is fitted with a penalty of 0.1, or else of 1. Its attribute
    ``penalty`` tells.

    Parameters
    ----------
    survivors : sequence or Series of numbers
        Customers at the start, after the first renewal, after the second, and so on.
    penalty : float
        As for the models.

    Returns
    -------
    dict
        ``sBG`` and ``BdW``.

    Examples
    --------
    >>> from crmlab.clv import contract_models
    >>> models = contract_models([1000, 869, 743, 653, 593, 551, 517, 491])
    >>> {name: round(model.aic, 1) for name, model in models.items()}
    {'sBG': 3226.3, 'BdW': 3216.6}
    """
    number(penalty, "penalty", least=0)
    return {"sBG": _fit(SBG, survivors, penalty), "BdW": _fit(BdW, survivors, penalty)}


def _fit(kind: type[Contractual], survivors: Any, penalty: float) -> Contractual:
    for light in (penalty, *(steady for steady in _STEADY if steady > penalty)):
        try:
            return kind(penalty=light).fit(survivors)
        except FitError as error:
            failed = error
    raise failed


def preferred(models: Mapping[str, Contractual]) -> str:
    """Return the name of the model whose AIC is better by more than 2, or nothing where that cannot be told.

    The BdW holds the sBG as a case, so it can be worse by 2 at most: data may show that people's own chances
    change, but never that they do not.

    References
    ----------
    Burnham, K. P. and Anderson, D. R. (2002). Model selection and multimodel inference. Springer.

    Examples
    --------
    >>> from crmlab.clv import contract_models, preferred
    >>> preferred(contract_models([1000, 869, 743, 653, 593, 551, 517, 491]))
    'BdW'
    >>> preferred(contract_models([1000, 631, 468, 382, 326, 289, 262, 241]))
    ''
    """
    ranked = sorted(models, key=lambda name: models[name].aic)
    clear = len(ranked) == 1 or models[ranked[1]].aic - models[ranked[0]].aic > _CLEAR
    return ranked[0] if clear else ""


def subscriber_worth(
    model: Contractual,
    renewals: Iterable[int],
    *,
    discount_rate: float,
    draws: int = 500,
    seed: int = 1,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return what a subscriber is worth by renewals made, in what one period earns.

    Parameters
    ----------
    model : SBG or BdW
        Fitted.
    renewals : iterable of int
        Renewals made.
    discount_rate : float
        Per period.
    draws, seed : int
        Draws of the parameters from the fit's covariance, on the log scale.
    level : float
        Of the interval.

    Returns
    -------
    DataFrame by renewals made, with the columns

    - ``worth``, of somebody who has just paid, and ``lower`` and ``upper``, its interval, of the estimates;
    - ``leaving``, the chance to leave at the next renewal;
    - ``saved``, the worth of somebody who would leave then, and is persuaded to stay.

    Examples
    --------
    >>> from crmlab.clv import SBG, subscriber_worth
    >>> model = SBG().fit([1000, 631, 468, 382, 326, 289, 262, 241])
    >>> subscriber_worth(model, [0, 7], discount_rate=0.1).round(2)
       worth  lower  upper  leaving  saved
    0   3.69   3.46   3.94     0.37   1.96
    7   7.22   6.83   7.65     0.08   4.77
    """
    rate(discount_rate, "discount_rate", "a rate per period", least=1e-5)
    n = model._times(list(renewals))
    add = Contractual._lifetimes  # of a single draw the sum is found sooner than the closed form
    drawn = [add(each, n, discount_rate, saved=False) for each in _drawn(model, draws, seed)]
    lower, upper = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    columns = {
        "worth": model._lifetimes(n, discount_rate, saved=False),
        "lower": lower,
        "upper": upper,
        "leaving": 1 - model.retention(n + 1).to_numpy(),
        "saved": model._lifetimes(n, discount_rate, saved=True),
    }
    return pd.DataFrame(columns, index=n.astype(int))


def left_after(
    model: Contractual, known: Any, *, draws: int = 500, seed: int = 1, ahead: int = 1
) -> tuple[float, float]:
    """Return between how many of a cohort will be left some renewals later, in 19 cases of 20.

    Both are in it: that the parameters are estimated, and that each subscriber's renewal is chance.

    Parameters
    ----------
    model : SBG or BdW
        Fitted to ``known``.
    known : sequence or Series of numbers
        The survivors so far.
    draws, seed : int
        As for `subscriber_worth`.
    ahead : int
        Renewals ahead.

    Examples
    --------
    >>> from crmlab.clv import SBG, left_after
    >>> cohort = [1000, 631, 468, 382, 326, 289, 262, 241]
    >>> left_after(SBG().fit(cohort), cohort)
    (214.0, 229.0)
    """
    last = len(known) - 1
    ends = [last + whole(ahead, "ahead", least=1), last]
    rng = np.random.default_rng(seed)
    left = round(float(np.asarray(known)[-1]))
    stay = [float(np.divide(*each.survival(ends))) for each in _drawn(model, draws, seed)]
    low, high = np.quantile(rng.binomial(left, stay), [0.025, 0.975], method="inverted_cdf")
    return float(low), float(high)


def newcomer_by_size(
    survivors: Any, sizes: Iterable[float], *, discount_rate: float, penalty: float = 0.0
) -> pd.DataFrame:
    """Return what would be said of a new subscriber, had the cohort's shares been seen in so many people.

    Parameters
    ----------
    survivors : sequence or Series of numbers
        The cohort.
    sizes : iterable of numbers
        People at its start.
    discount_rate, penalty : float
        As for `subscriber_worth` and `contract_models`.

    Returns
    -------
    DataFrame by size, with the columns

    - ``c_lower`` and ``c_upper``, the interval of the BdW's *c*, and ``gain``, by how much its AIC is better;
    - ``preferred``, by `preferred`, and ``by``, the model to bid by: that one or, where it cannot be told,
      the one whose interval begins lower;
    - ``worth`` and ``lower``, of a new subscriber by that model, in what one period earns.

    Examples
    --------
    >>> from crmlab.clv import newcomer_by_size
    >>> cohort = [1000, 631, 468, 382, 326, 289, 262, 241]
    >>> newcomer_by_size(cohort, [300, 10_000], discount_rate=0.1)[["preferred", "by", "lower"]].round(2)
          preferred   by  lower
    300              sBG   3.29
    10000       BdW  BdW   3.66
    """
    shares = np.asarray(survivors, dtype=float) / float(np.asarray(survivors)[0])
    rows = {}
    for size in sizes:
        models = contract_models(shares * size, penalty=penalty)
        worth = {
            name: subscriber_worth(model, [0], discount_rate=discount_rate).loc[0]
            for name, model in models.items()
        }
        best = preferred(models)
        by = best or min(worth, key=lambda name: worth[name]["lower"])
        c = models["BdW"].summary().loc["c"]
        rows[size] = {
            "c_lower": c["lower"],
            "c_upper": c["upper"],
            "gain": models["sBG"].aic - models["BdW"].aic,
            "preferred": best,
            "by": by,
            "worth": worth[by]["worth"],
            "lower": worth[by]["lower"],
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def _drawn(model: Contractual, draws: int, seed: int) -> list[Contractual]:
    """Return models whose parameters are drawn from the fit's covariance on the log scale."""
    whole(draws, "draws", least=1)
    params = model.params_.to_numpy()
    spread = model.covariance_.to_numpy() / np.outer(params, params)
    rng = np.random.default_rng(whole(seed, "seed"))
    logs = rng.multivariate_normal(np.log(params), spread, size=draws, method="cholesky")
    drawn = []
    for row in np.exp(logs):
        each = copy(model)
        each.params_ = pd.Series(row, model.params_.index)
        drawn.append(each)
    return drawn
