"""Who is at the top of an index of several indicators, and how far that hangs on its weights."""

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.errors import DataError, InputError, some, unknown


@checked
def index_values(indicators: pd.DataFrame, weights: pd.Series) -> pd.Series:
    r"""Return one number a customer from several indicators, each as a share of its highest value.

    .. math:: V_i = \sum_j w_j \frac{x_{ij}}{\max_k x_{kj}}, \qquad \sum_j w_j = 1 .

    Parameters
    ----------
    indicators : DataFrame
        By customer: numbers of at least 0, where more is better.
    weights : Series
        By indicator, at least 0; they are brought to a sum of one.

    Returns
    -------
    Series ``index`` by customer, from 0 to 1.

    Raises
    ------
    InputError
        An indicator has no weight or a weight no indicator, or all weights are 0.
    DataError
        There are no customers, or a value is missing or negative, or an indicator is 0 for everybody.

    Examples
    --------
    >>> from crmlab.clv import index_values
    >>> import pandas as pd
    >>> marks = pd.DataFrame({"profit": [10, 5], "orders": [1, 2]}, index=["Ann", "Ben"])
    >>> index_values(marks, pd.Series({"profit": 0.75, "orders": 0.25})).to_dict()
    {'Ann': 0.875, 'Ben': 0.625}
    """
    scaled, weight = _scaled(indicators, weights)
    return pd.Series(scaled @ weight, indicators.index, name="index")


@checked
def top_list_kept(
    indicators: pd.DataFrame, weights: pd.Series, *, share: float = 0.1, change: float = 0.5
) -> pd.DataFrame:
    r"""Return how much of the top list stays if the weight of one indicator were another.

    Does it matter what we say that counts? Each weight by itself is made smaller and larger by a share of
    itself, and all are brought to a sum of one again.

    Parameters
    ----------
    indicators, weights
        As for `index_values`.
    share : float
        Of the customers, who are the top list. Customers as good as its last one belong to it as well.
    change : float
        Share by which a weight changes, between 0 and 1.

    Returns
    -------
    DataFrame by indicator
        ``weight``; and ``less`` and ``more``, which share of the top list stays on it.

    Raises
    ------
    InputError, DataError
        As for `index_values`; a share is out of its range.

    Examples
    --------
    >>> from crmlab.clv import top_list_kept
    >>> import pandas as pd
    >>> marks = pd.DataFrame({"profit": [10, 6, 5, 1], "orders": [1, 9, 2, 9]}, index=list("abcd"))
    >>> top_list_kept(marks, pd.Series({"profit": 0.5, "orders": 0.5}), share=0.25)["more"].tolist()
    [1.0, 1.0]
    """
    number(share, "share", "a share of the customers", above=0, below=1)
    number(change, "change", "a share of the weight", above=0, below=1)
    scaled, weight = _scaled(indicators, weights)
    base = _top(scaled @ weight, share)
    rows = {}
    for place, name in enumerate(indicators.columns):
        kept = {"weight": weight[place]}
        for side, factor in (("less", 1 - change), ("more", 1 + change)):
            other = weight.copy()
            other[place] *= factor
            kept[side] = float((base & _top(scaled @ (other / other.sum()), share)).sum() / base.sum())
        rows[name] = kept
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("indicator")


@checked
def top_list_chances(
    indicators: pd.DataFrame,
    weights: pd.Series,
    *,
    share: float = 0.1,
    spread: float = 0.3,
    draws: int = 500,
    seed: int = 1,
) -> pd.Series:
    """Return how often each customer is on the top list, if the weights are only about right.

    Who is at the top whatever the weights? All weights are drawn anew, each by a factor whose logarithm has
    the given spread, so that two draws in three lie within about that share of it.

    Parameters
    ----------
    indicators, weights, share
        As for `top_list_kept`.
    spread : float
        Of the logarithm of the factors: 0.3 is about 30 %.
    draws : int
        How often.
    seed : int
        Same seed, same draws.

    Returns
    -------
    Series ``chance`` by customer: 1 for those who are always on it.

    Raises
    ------
    InputError, DataError
        As for `top_list_kept`.

    Examples
    --------
    >>> from crmlab.clv import top_list_chances
    >>> import pandas as pd
    >>> marks = pd.DataFrame({"profit": [10, 6, 5, 1], "orders": [9, 9, 2, 1]}, index=list("abcd"))
    >>> top_list_chances(marks, pd.Series({"profit": 0.5, "orders": 0.5}), share=0.25).to_dict()
    {'a': 1.0, 'b': 0.0, 'c': 0.0, 'd': 0.0}
    """
    number(share, "share", "a share of the customers", above=0, below=1)
    number(spread, "spread", above=0, most=3)
    whole(draws, "draws", least=1)
    scaled, weight = _scaled(indicators, weights)
    rng = np.random.default_rng(whole(seed, "seed"))
    counts = np.zeros(len(scaled))
    for _ in range(draws):
        other = weight * np.exp(rng.normal(0, spread, len(weight)))
        counts += _top(scaled @ (other / other.sum()), share)
    return pd.Series(counts / draws, indicators.index, name="chance")


def _top(values: np.ndarray, share: float) -> np.ndarray:
    """Return who is among the best: equal customers are treated alike."""
    places = max(1, round(share * len(values)))
    return np.asarray(values >= np.partition(values, -places)[-places] - 1e-12)


def _scaled(indicators: pd.DataFrame, weights: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    if indicators.empty or not len(indicators.columns):
        raise DataError("There are no customers or no indicators.")
    for name in weights.index:
        if name not in indicators.columns:
            raise unknown("indicator", name, indicators.columns)
    without = [name for name in indicators.columns if name not in weights.index]
    if without:
        raise InputError(
            f"There is no weight of {some(without)}. Give one an indicator, 0 for those left out."
        )
    text = [name for name, kind in indicators.dtypes.items() if not pd.api.types.is_numeric_dtype(kind)]
    if text:
        raise DataError(f"The values of {some(text)} are no numbers. Convert them with pd.to_numeric.")
    if weights.index.has_duplicates:
        raise InputError("An indicator has more than one weight. Give one each.")
    values = indicators.to_numpy(dtype=float)
    weight = weights.reindex(indicators.columns).to_numpy(dtype=float)
    if not (np.isfinite(weight) & (weight >= 0)).all() or weight.sum() == 0:
        raise InputError("Weights must be numbers of at least 0, and not all of them 0.")
    bad = ~(np.isfinite(values) & (values >= 0)).all(axis=0)
    if bad.any():
        raise DataError(
            f"{some(list(indicators.columns[bad]))} must hold numbers of at least 0 for every "
            "customer. Shift or drop an indicator that can be negative."
        )
    top = values.max(axis=0)
    if (top == 0).any():
        raise DataError(f"{some(list(indicators.columns[top == 0]))} is 0 for everybody. Drop it.")
    return values / top, weight / weight.sum()
