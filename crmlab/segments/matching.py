"""What a channel does, where customers chose it: like compared with like, and how alike they then are."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmlab.arguments import checked, number
from crmlab.errors import DataError
from crmlab.groups import complete, same_customers
from crmlab.intervals import normal_limit

Floats = npt.NDArray[np.float64]


@checked
def match_weights(treated: pd.Series, covariates: pd.DataFrame, *, within: float | None = None) -> pd.Series:
    r"""Return how much each customer counts when every treated one is compared with those most like them.

    Nearest neighbours on the covariates, each at standard deviation 1, texts as a column a value:

    .. math:: d(i, j) = \sqrt{\sum_m (x_{im} - x_{jm})^2} .

    A treated customer is compared with the mean of *all* customers who are not treated and nearest; one who
    is not may serve several times.

    Parameters
    ----------
    treated : Series of bool
        By customer: who has the channel, or got the offer.
    covariates : DataFrame
        What was known *before*: numbers and texts.
    within : float, optional
        Farthest distance. Treated customers with nobody that near are left out, and with them part of the
        answer: who they are is in the `balance`.

    Returns
    -------
    Series
        ``weight`` by customer: 1 for the treated who are matched, a share for those they are compared with,
        0 for others.

    Raises
    ------
    InputError
        The distance is not above 0.
    DataError
        The customers differ, a value is missing, a customer stands twice, all or none are treated, or nobody
        is near enough.

    References
    ----------
    Abadie, A. and Imbens, G. W. (2006). Large sample properties of matching estimators for average treatment
    effects. Econometrica 74(1), 235-267.

    Examples
    --------
    >>> from crmlab.segments.matching import match_weights
    >>> import pandas as pd
    >>> treated, before = pd.Series([True, False, False, False]), pd.DataFrame({"orders": [5, 5, 5, 1]})
    >>> match_weights(treated, before).tolist()
    [1.0, 0.5, 0.5, 0.0]
    """
    side, _ = _sides(treated, covariates)
    counts, matched, _ = _matched(side, covariates, within)
    weight = np.where(side, 0.0, counts)
    weight[np.flatnonzero(side)[matched]] = 1.0
    return pd.Series(weight, index=covariates.index, name="weight")


@checked
def balance(treated: pd.Series, covariates: pd.DataFrame, weights: pd.Series | None = None) -> pd.DataFrame:
    r"""Return how alike treated customers and those they are compared with are, covariate by covariate.

    The standardised difference is :math:`(\bar x_1 - \bar x_0) / \sqrt{(s_1^2 + s_0^2) / 2}`, with the
    spreads before matching; beyond 0.1 the two are hardly alike. What is not among the covariates is not
    balanced by matching, however well these are.

    Parameters
    ----------
    treated, covariates
        As for `match_weights`.
    weights : Series, optional
        As `match_weights` returns them.

    Returns
    -------
    DataFrame by covariate
        Means ``treated`` and ``others``, and their standardised ``difference``; with weights also
        ``matched``, the weighted mean of the others, and ``difference_matched``.

    Raises
    ------
    DataError
        As for `match_weights`.

    Examples
    --------
    >>> from crmlab.segments.matching import balance, match_weights
    >>> import pandas as pd
    >>> treated, before = pd.Series([True, True, False, False]), pd.DataFrame({"orders": [5, 3, 5, 1]})
    >>> balance(treated, before, match_weights(treated, before))["difference"].round(2).to_dict()
    {'orders': 0.63}
    """
    side, table = _sides(treated, covariates)
    x = table.to_numpy(dtype=float)
    mean1, mean0 = x[side].mean(axis=0), x[~side].mean(axis=0)
    spread = np.sqrt((x[side].var(axis=0) + x[~side].var(axis=0)) / 2)
    spread = np.where(spread > 0, spread, np.nan)
    found = pd.DataFrame({"treated": mean1, "others": mean0}, index=table.columns).rename_axis("covariate")
    found["difference"] = np.where(mean1 == mean0, 0.0, (mean1 - mean0) / spread)
    if weights is not None:
        complete(weights)
        same_customers(treated, weights)
        w = weights.reindex(covariates.index).to_numpy(dtype=float)
        if not w[side].sum() or not w[~side].sum():
            raise DataError("The weights leave nobody on one of the two sides.")
        near1, near0 = (np.average(x[part], axis=0, weights=w[part]) for part in (side, ~side))
        found["matched"] = near0
        found["difference_matched"] = np.where(np.isclose(near1, near0), 0.0, (near1 - near0) / spread)
    return found


@checked
def matched_effect(
    treated: pd.Series,
    covariates: pd.DataFrame,
    outcome: pd.Series,
    *,
    within: float | None = None,
    level: float = 0.95,
) -> pd.Series:
    r"""Return by how much treated customers exceed those like them, and by how much they exceed all others.

    Do customers of several channels buy more because of the channels? The plain difference is that of two
    kinds of customers as well. Against their nearest neighbours, it is

    .. math:: \hat\tau = \frac{1}{N_1} \sum_{i: w_i = 1} \left(y_i - \hat y_i(0)\right) .

    It is the effect only if nothing but the covariates moves both the choice and the outcome: a wish to buy
    that nobody recorded is left in it. A switch by lot needs no such belief.

    Parameters
    ----------
    treated, covariates, within
        As for `match_weights`.
    outcome : Series
        What came afterwards.
    level : float
        Of the interval (Abadie and Imbens' variance).

    Returns
    -------
    Series
        ``plain`` difference, ``effect`` with ``error``, ``low`` and ``high``; customers ``treated``,
        ``matched`` of these, and ``compared`` with them.

    Raises
    ------
    InputError, DataError
        As for `match_weights`.

    References
    ----------
    Abadie, A. and Imbens, G. W. (2006). Large sample properties of matching estimators for average treatment
    effects. Econometrica 74(1), 235-267.

    Examples
    --------
    >>> from crmlab.segments.matching import matched_effect
    >>> import pandas as pd
    >>> treated, before = pd.Series([True, True, False, False]), pd.DataFrame({"orders": [5, 1, 5, 1]})
    >>> float(matched_effect(treated, before, pd.Series([7.0, 3.0, 6.0, 2.0]))["effect"])
    1.0
    """
    number(level, "level", "a share", above=0, below=1)
    side, _ = _sides(treated, covariates)
    complete(outcome)
    same_customers(treated, outcome)
    y = outcome.reindex(covariates.index).to_numpy(dtype=float)
    counts, matched, cells = _matched(side, covariates, within)
    cell, nearest = cells
    others = ~side
    size = np.bincount(cell[others], minlength=cell.max() + 1)
    mean = np.bincount(cell[others], y[others], minlength=len(size)) / np.maximum(size, 1)
    gap = y[side][matched] - mean[nearest[matched]]
    n = len(gap)
    effect = float(gap.mean())
    # Of a customer compared with: the variance among equals, or, where there are none, half that of all gaps.
    inner = np.where(size[cell] > 1, (y - mean[cell]) ** 2 * size[cell] / np.maximum(size[cell] - 1, 1), 0.0)
    alone = others & (size[cell] == 1) & (counts > 0)
    pooled = float(((gap - effect) ** 2).mean()) / 2
    noise = np.where(alone, pooled, inner)[others]
    used = counts[others]
    each = used / np.maximum(size[cell[others]], 1)  # the squares of the weights that were given, summed
    spread = ((gap - effect) ** 2).sum() + ((used**2 - each) * noise).sum()
    error = float(np.sqrt(max(spread, 0.0)) / n)
    half = normal_limit(level) * error
    found = {
        "plain": float(y[side].mean() - y[others].mean()),
        "effect": effect,
        "error": error,
        "low": effect - half,
        "high": effect + half,
        "treated": float(side.sum()),
        "matched": float(n),
        "compared": float((used > 0).sum()),
    }
    return pd.Series(found, name="effect")


def _sides(treated: pd.Series, covariates: pd.DataFrame) -> tuple[npt.NDArray[np.bool_], pd.DataFrame]:
    """Return who is treated, and the covariates as numbers, of checked customers."""
    same_customers(treated, covariates)
    if covariates.empty:
        raise DataError("There are no customers, or no covariates to compare them by.")
    if not treated.isin([0, 1]).all():
        raise DataError("treated must be true or false for each customer.")
    side = treated.reindex(covariates.index).to_numpy(dtype=bool)
    if side.all() or not side.any():
        raise DataError("Some customers must be treated and others not, to be compared.")
    gaps = covariates.isna().any()
    if gaps.any():
        name = gaps.index[gaps][0]
        raise DataError(
            f"{int(covariates[name].isna().sum()):,} of {len(covariates):,} customers have no '{name}'. Fill "
            "it, for example with a group 'unknown', or leave them out."
        )
    table = pd.get_dummies(covariates)
    if odd := [str(name) for name in table if not pd.api.types.is_numeric_dtype(table[name])]:
        raise DataError(f"'{odd[0]}' is of type {table[odd[0]].dtype}: covariates are numbers or texts.")
    for name in table:
        complete(table[name])
    return side, table


def _matched(
    side: npt.NDArray[np.bool_], covariates: pd.DataFrame, within: float | None
) -> tuple[Floats, npt.NDArray[np.bool_], tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    """Return how often each customer serves, which treated are matched, and everybody's cell of equals.

    Customers with the same covariates share a cell, so that ties are no matter of the order of rows.
    """
    from sklearn.neighbors import NearestNeighbors

    if within is not None:
        number(within, "within", "a distance in standard deviations", above=0)
    x = pd.get_dummies(covariates).to_numpy(dtype=float)
    spread = x.std(axis=0)
    x = ((x - x.mean(axis=0)) / np.where(spread > 0, spread, 1)).round(9)
    points, cell = np.unique(x, axis=0, return_inverse=True)
    cell = cell.ravel()
    there = np.unique(cell[~side])
    search = NearestNeighbors(n_neighbors=1).fit(points[there])
    distance, place = search.kneighbors(points)
    nearest = there[place[:, 0]][cell[side]]
    far = distance[:, 0][cell[side]]
    matched = np.ones(len(nearest), dtype=bool) if within is None else far <= within
    if not matched.any():
        raise DataError(
            f"No treated customer has anybody within {within:g}: the nearest is at {far.min():.3g}."
        )
    size = np.bincount(cell[~side], minlength=len(points))
    served = np.bincount(nearest[matched], minlength=len(points))
    counts = np.where(side, 0.0, served[cell] / np.maximum(size[cell], 1))
    return counts, matched, (cell, nearest)
