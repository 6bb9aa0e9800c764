"""What open deals will bring: expected, in bad futures, and beside what their sellers said."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.decisions.columns import numbers, texts
from crmlab.decisions.steps import fitted_steps, sizes, standing, to_win
from crmlab.intervals import normal_limit

_CHUNK = 2_000_000  # deals times draws that are held at once


@checked
def pipeline(
    deals: pd.DataFrame,
    steps: pd.DataFrame,
    *,
    by_value: bool = True,
    order: Sequence[str] | None = None,
) -> pd.DataFrame:
    r"""Return the open deals with their chance to be won, and what they are worth by it.

    What is in the pipeline? A deal in step *k* passes that step and all later ones, with chances that hang on
    its value as `value_effect` has them: :math:`v \prod_{j \ge k} p_j(v)`.

    Parameters
    ----------
    deals, steps, order
        As for `value_effect`.
    by_value : bool
        False takes the mean chance of each step for deals of all sizes, as is often done.

    Returns
    -------
    DataFrame by ``deal_id``, open ones only
        ``seller``, ``step``, ``value``, ``chance`` and ``worth``, their product.

    Raises
    ------
    InputError, DataError, FitError
        As for `value_effect`.

    Examples
    --------
    >>> from crmlab.decisions import pipeline
    >>> from crmlab.simulate import accounts
    >>> maker = accounts(seed=7)
    >>> tables = maker.table("deals"), maker.table("deal_steps")
    >>> bool(pipeline(*tables)["worth"].sum() < 0.8 * pipeline(*tables, by_value=False)["worth"].sum())
    True
    """
    names, at, outcome, _ = standing(deals, steps, order)
    size = sizes(deals)
    fits = fitted_steps(names, at, outcome, size, by_value=by_value)
    open_ = outcome == "open"
    chance = to_win(at[open_], size[open_], [theta[None, :] for theta, _, _ in fits])[:, 0]
    made = deals.loc[open_, ["deal_id", "seller", "value"]].set_index("deal_id")
    made.insert(1, "step", pd.Categorical.from_codes(at[open_], pd.Index(names), ordered=True))
    return made.assign(chance=chance, worth=made["value"].to_numpy(dtype=float) * chance)


@checked
def pipeline_draws(
    deals: pd.DataFrame,
    steps: pd.DataFrame,
    *,
    by_value: bool = True,
    draws: int = 2000,
    seed: int = 1,
    order: Sequence[str] | None = None,
) -> pd.Series:
    """Return what the open deals may bring, in so many futures: their mean, and their bad twentieth.

    How little could it be? A future draws the chances from what they are known by, and then each deal is won
    or lost. A few large deals decide how far the futures are apart. Deals to come are not in it.

    Parameters
    ----------
    deals, steps, by_value, order
        As for `pipeline`.
    draws : int
        How many futures.
    seed : int
        Same seed, same futures.

    Returns
    -------
    Series ``won``, money by draw: its ``quantile(0.05)`` is the bad twentieth.

    Raises
    ------
    InputError, DataError, FitError
        As for `pipeline`.

    Examples
    --------
    >>> from crmlab.decisions import pipeline_draws
    >>> from crmlab.simulate import accounts
    >>> maker = accounts(seed=7)
    >>> won = pipeline_draws(maker.table("deals"), maker.table("deal_steps"), draws=500)
    >>> bool(won.quantile(0.05) < won.mean() < won.quantile(0.95))
    True
    """
    whole(draws, "draws", least=1)
    names, at, outcome, _ = standing(deals, steps, order)
    size = sizes(deals)
    fits = fitted_steps(names, at, outcome, size, by_value=by_value)
    open_ = outcome == "open"
    value = deals.loc[open_, "value"].to_numpy(dtype=float)
    rng = np.random.default_rng(whole(seed, "seed"))
    thetas = [rng.multivariate_normal(theta, cov, draws) for theta, cov, _ in fits]
    won = np.zeros(draws)
    step = max(1, _CHUNK // max(len(value), 1))
    for begin in range(0, draws, step):
        part = slice(begin, begin + step)
        chance = to_win(at[open_], size[open_], [each[part] for each in thetas])
        won[part] = value @ (rng.random(chance.shape) < chance)
    return pd.Series(won, name="won")


@checked
def forecast_bias(
    deals: pd.DataFrame, steps: pd.DataFrame, *, order: Sequence[str] | None = None, level: float = 0.95
) -> pd.DataFrame:
    """Return how the chances that sellers gave their deals at the start compare with what came of these.

    Who says too little, so as to be praised later (sandbagging), and who too much? Of an open deal nobody
    knows yet what comes; it counts by its chance in the `pipeline`, so that the young are not taken for lost.

    Parameters
    ----------
    deals, steps, order
        As for `pipeline`, with ``seller`` and ``forecast``, the chance said at the beginning.
    level : float
        Of the interval for each seller by itself: of twenty sellers without any bias, one is beyond it.

    Returns
    -------
    DataFrame by seller, the lowest ratio first
        ``deals`` and ``open``; the mean ``forecast`` and ``outcome``; their ``ratio`` with ``low`` and
        ``high``, missing where nothing was won; and ``verdict``: too low, too high, or cannot be told.

    Raises
    ------
    InputError, DataError, FitError
        As for `pipeline`; a forecast is missing or not from 0 to 1.

    Examples
    --------
    >>> from crmlab.decisions import forecast_bias
    >>> from crmlab.simulate import accounts
    >>> maker = accounts(seed=7)
    >>> bias = forecast_bias(maker.table("deals"), maker.table("deal_steps"))
    >>> sorted(set(bias["verdict"]) - {"cannot be told"})
    ['too high', 'too low']
    """
    number(level, "level", "a share", above=0, below=1)
    made = pipeline(deals, steps, order=order)
    said = numbers(deals["forecast"], "forecast", 0, 1)
    outcome = deals["outcome"].to_numpy()
    chance = made["chance"].reindex(deals["deal_id"]).to_numpy()
    came = np.where(outcome == "open", chance, outcome == "won")
    still = np.where(outcome == "open", chance * (1 - chance), 0.0)
    rows = {}
    for seller, places in deals.groupby(texts(deals["seller"], "seller")).indices.items():
        f, o = said[places], came[places]
        row: dict[str, Any] = {"deals": len(places), "open": int((outcome[places] == "open").sum())}
        row |= {"forecast": f.mean(), "outcome": o.mean()}
        row |= dict.fromkeys(("ratio", "low", "high"), np.nan) | {"verdict": "cannot be told"}
        if o.sum() > 0 and f.sum() > 0 and len(places) > 1:
            ratio = f.mean() / o.mean()
            spread = ((f - ratio * o) ** 2).sum() + ratio**2 * still[places].sum()
            half = normal_limit(level) * np.sqrt(spread) / f.sum()  # of its logarithm
            row |= {"ratio": ratio, "low": ratio * np.exp(-half), "high": ratio * np.exp(half)}
            row["verdict"] = (
                "too low" if row["high"] < 1 else "too high" if row["low"] > 1 else row["verdict"]
            )
        rows[seller] = row
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("seller").sort_values(["ratio", "deals"])
