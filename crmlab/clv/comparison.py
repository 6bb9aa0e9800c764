"""Which model to trust: fit, and forecasts of a holdout beside honest baselines."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import number, said
from crmlab.clv.buytillyoudie import BuyTillYouDie
from crmlab.clv.patterns import numbers, purchases, require, table
from crmlab.clv.special import Array
from crmlab.errors import InputError

Forecast = tuple[Array, Array]  # expected purchases in the holdout, and the chance of any


def compare(
    models: Sequence[BuyTillYouDie] | Mapping[str, BuyTillYouDie],
    customers: Any,
    unit: str | None = None,
    *,
    silence: float | None = None,
) -> pd.DataFrame:
    """Return how well models fit, and how well they forecast a holdout, beside baselines that need no model.

    Parameters
    ----------
    models : list, or dict from name to model
        Models that are not fitted yet are fitted on `customers`; the ones passed in are not changed.
    customers : Customers or DataFrame
        With holdout_frequency and holdout_T; `crmlab.summarise` adds them with ``calibration=``.
    unit : {"D", "W", "M", "Y"}, optional
        Time unit of a DataFrame.
    silence : float, optional
        Time without a purchase after which the recency rule gives a customer up, in the customers' unit. By
        default half of their median age.

    Returns
    -------
    DataFrame, one row a model or baseline
        ``loglik``, ``aic``, ``bic`` on the calibration period (missing for baselines); on the holdout
        ``mae``, ``rmse`` and ``bias`` (forecast less actual) of each customer's purchases, ``total_error``
        (forecast of the sum over its actual value, less 1), ``brier`` of the chance of any purchase, and
        ``best_decile``: the share found of the tenth of customers who bought most. Ties are shared out, not
        broken.

    Notes
    -----
    The baselines: *same rate* expects x/T purchases per unit of time to go on, with the Poisson's chance of
    any; *nobody buys*; and *recency rule* expects the same rate of customers who were silent for no longer
    than `silence`, nothing of others.

    References
    ----------
    Wübben, M. and von Wangenheim, F. (2008). Instant customer base analysis: managerial heuristics often "get
    it right". Journal of Marketing 72(3), 82-93.

    Examples
    --------
    >>> import crmlab as crm
    >>> from crmlab.clv import BGNBD, compare
    >>> customers = crm.summarise(
    ...     crm.datasets.cdnow(sample=True), calibration="1997-09-30", end="1998-06-30", unit="W"
    ... )
    >>> table = compare([BGNBD()], customers)
    >>> table["mae"].idxmin(), table["rmse"].idxmin(), table["brier"].idxmin()
    ('BGNBD', 'BGNBD', 'BGNBD')
    """
    _check_models(models)
    if silence is not None:
        number(silence, "silence", "a length of time", least=0)
    named = dict(models) if isinstance(models, Mapping) else {repr(m).removesuffix("()"): m for m in models}
    if not isinstance(models, Mapping) and len(named) < len(models):
        raise InputError(
            'Two models look alike. Give them names: compare({"first": ..., "second": ...}, ...).'
        )
    frame = table(customers, ("frequency", "recency", "T", "holdout_frequency", "holdout_T"))
    actual, length = numbers(frame, "holdout_frequency"), numbers(frame, "holdout_T")
    require(frame, length > 0, "holdout_T", "be over 0")
    rows = {}
    for name, model in named.items():
        fitted = model if hasattr(model, "params_") else deepcopy(model).fit(customers, unit)
        likelihood = float(fitted.log_likelihood(customers).sum())
        k = len(fitted.params_)
        fit = {
            "loglik": likelihood,
            "aic": 2 * k - 2 * likelihood,
            "bic": k * float(np.log(len(frame))) - 2 * likelihood,
        }
        rows[name] = fit | _score(_forecast(fitted, customers, length), actual)
    x, tx, T = purchases(frame)
    wait = float(np.median(T)) / 2 if silence is None else silence
    same = _same_rate(x, T, length)
    baselines = {
        "same rate": same,
        "nobody buys": (np.zeros_like(x), np.zeros_like(x)),
        "recency rule": (np.where(T - tx <= wait, same[0], 0.0), ((T - tx <= wait) & (x > 0)).astype(float)),
    }
    for name, forecast in baselines.items():
        nothing = dict.fromkeys(("loglik", "aic", "bic"), float("nan"))
        rows[name] = nothing | _score(forecast, actual)
    return pd.DataFrame.from_dict(rows, orient="index")


def _check_models(models: Any) -> None:
    """Raise InputError unless these are models that forecast a holdout."""
    listed = isinstance(models, Mapping | Sequence) and not isinstance(models, str)
    each = list(models.values() if isinstance(models, Mapping) else models) if listed else [models]
    wrong = [model for model in each if not isinstance(model, BuyTillYouDie)]
    if wrong or not listed or not each:
        found = said(wrong[0] if wrong else models)
        raise InputError(
            f"models holds {found}, but must be a list of models, such as [BGNBD(), ParetoNBD()]."
        )


def _forecast(model: BuyTillYouDie, customers: Any, length: Array) -> Forecast:
    mean, chance = np.empty(len(length)), np.empty(len(length))
    for h in np.unique(length):
        rows = length == h
        mean[rows] = np.asarray(model.expected_purchases(customers, float(h)))[rows]
        chance[rows] = 1 - np.asarray(model.pmf(customers, 0, horizon=float(h)))[rows]
    return mean, chance


def _same_rate(x: Array, T: Array, length: Array) -> Forecast:
    mean = np.divide(x * length, T, out=np.zeros_like(x), where=T > 0)
    return mean, -np.expm1(-mean)


def _score(forecast: Forecast, actual: Array) -> dict[str, float]:
    mean, chance = forecast
    error = mean - actual
    best = _top(actual)
    return {
        "mae": float(np.abs(error).mean()),
        "rmse": float(np.sqrt((error**2).mean())),
        "bias": float(error.mean()),
        "total_error": float(mean.sum() / actual.sum() - 1) if actual.any() else float("nan"),
        "brier": float(((chance - (actual > 0)) ** 2).mean()),
        "best_decile": float(best @ _top(mean) / best.sum()),
    }


def _top(values: Array) -> Array:
    """Return each customer's share of a place in the best tenth; customers with equal values share alike."""
    places = len(values) / 10
    order = np.sort(values)[::-1]
    cut = order[min(int(places), len(values) - 1)]
    above, level = values > cut, values == cut
    return above + level * (places - above.sum()) / level.sum()
