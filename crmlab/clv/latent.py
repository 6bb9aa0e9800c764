"""What may be believed of a customer's clock and coin under the BG/NBD, and the futures that follow."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import whole
from crmlab.clv.bgnbd import BGNBD, MBGNBD
from crmlab.clv.special import Array
from crmlab.customers import DAYS
from crmlab.errors import InputError


def alive_by_day(model: BGNBD, purchases: Any, end: Any) -> pd.Series:
    """Return one customer's P(alive) at the end of every day, from the first purchase to a last day.

    Parameters
    ----------
    model : BGNBD
        Fitted.
    purchases : sequence of date
        The customer's purchase days.
    end : date

    Examples
    --------
    >>> from crmlab.clv import BGNBD, alive_by_day
    >>> model = BGNBD.from_params(r=0.24, alpha=4.4, a=0.8, b=2.4, unit="W")
    >>> path = alive_by_day(model, ["2024-01-01", "2024-01-08"], "2024-03-04")
    >>> path.loc[["2024-01-07", "2024-01-08", "2024-03-04"]].round(2).tolist()
    [1.0, 0.75, 0.49]
    """
    _known(model)
    bought = pd.DatetimeIndex(pd.to_datetime(list(purchases))).normalize().unique().sort_values()
    days = pd.date_range(bought[0], pd.Timestamp(end))
    x = bought.searchsorted(days, side="right") - 1
    length = pd.Timedelta(days=DAYS[model.unit_ or "D"])
    path = pd.DataFrame({"frequency": x, "recency": (bought[x] - days[0]) / length}, index=days)
    return model.p_alive(path.assign(T=(days - days[0]) / length))


def posterior(
    model: BGNBD, customers: Any, draws: int = 200, *, seed: int = 1
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw from what may be believed of each customer's purchase rate and dropout probability.

    By Bayes' rule both are a gamma and a beta again: with x repeat purchases in the time watched, and with
    one more bad toss for whoever has left. Who has left is tossed by P(alive) in every draw.

    Parameters
    ----------
    model : BGNBD
        Fitted.
    customers : Customers or DataFrame
    draws : int
    seed : int

    Returns
    -------
    tuple of DataFrame
        Purchase rates and dropout probabilities, a row a customer and a column a draw.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.clv import BGNBD, posterior
    >>> model = BGNBD.from_params(r=1, alpha=10, a=1, b=3, unit="W")
    >>> ann = pd.DataFrame({"frequency": [1], "recency": [10], "T": [20]}, index=["Ann"])
    >>> rates, coins = posterior(model, ann, 20000)
    >>> rates.mean(axis=1).round(2).to_dict()  # 4/7 of 2/30, and 3/7 of 2/20
    {'Ann': 0.08}
    """
    _known(model)
    index, (x, tx, T) = model._customers(customers)
    rng = np.random.default_rng(seed)
    r, alpha, a, b = model.params_
    x, tx, T = x[:, None], tx[:, None], T[:, None]
    left = rng.random((len(index), draws)) >= model.p_alive(customers).to_numpy()[:, None]
    rates = rng.gamma(r + x, 1 / (alpha + np.where(left, tx, T)))
    coins = rng.beta(a + left, np.where(left, b + x - 1, b + x))
    return pd.DataFrame(rates, index), pd.DataFrame(coins, index)


def futures(
    model: BGNBD, customers: Any, horizons: Sequence[float], draws: int = 100, *, seed: int = 1
) -> pd.DataFrame:
    """Play the future of all customers many times, and count their repeat purchases.

    Each time, dice say who is still a customer; whoever is gets a clock and a coin that fit the past, and
    lives by them.

    Parameters
    ----------
    model : BGNBD
        Fitted.
    customers : Customers or DataFrame
    horizons : sequence of float
        Lengths of time after the end, in the model's unit.
    draws : int
        Futures to play.
    seed : int

    Returns
    -------
    DataFrame
        Purchases of all customers together, a row a future and a column a horizon.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.clv import BGNBD, futures
    >>> model = BGNBD.from_params(r=1, alpha=10, a=1, b=3, unit="W")
    >>> ann = pd.DataFrame({"frequency": [1], "recency": [10], "T": [20]}, index=["Ann"])
    >>> played = futures(model, ann, [13, 26], 4000)
    >>> (played.mean() - [model.expected_purchases(ann, t)["Ann"] for t in (13, 26)]).abs().round(1).tolist()
    [0.0, 0.0]
    """
    _known(model)
    whole(draws, "draws", "a number of futures", least=1)
    _, (x, _, T) = model._customers(customers)
    alive = np.asarray(model.p_alive(customers), np.float64)
    rng = np.random.default_rng(seed)
    times: Array = np.fromiter(horizons, np.float64)
    played = [_play(model, alive, x, T, times, rng) for _ in range(draws)]
    return pd.DataFrame(played, columns=pd.Index(horizons, name="horizon"))


def _play(model: BGNBD, alive: Array, x: Array, T: Array, horizons: Array, rng: np.random.Generator) -> Array:
    """Return the purchases of one future, by horizon."""
    r, alpha, a, b = model.params_
    here = np.flatnonzero(rng.random(len(x)) < alive)
    rate = rng.gamma(r + x[here], 1 / (alpha + T[here])).clip(1e-300)
    leave = rng.beta(a, b + x[here])
    clock, bought = np.zeros(len(here)), np.zeros(len(horizons))
    while len(clock):
        clock = clock + rng.exponential(1 / rate)
        bought += (clock[:, None] <= horizons).sum(axis=0)
        stays = (clock <= horizons.max()) & (rng.random(len(clock)) >= leave)
        clock, rate, leave = clock[stays], rate[stays], leave[stays]
    return bought


def _known(model: Any) -> None:
    """Raise InputError for a model whose story is another."""
    if not isinstance(model, BGNBD) or isinstance(model, MBGNBD):
        raise InputError(f"This is the story of the BG/NBD, and the model is {model!r}. Give a BGNBD.")
