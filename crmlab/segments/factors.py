"""Factors behind features: few directions in which customers differ, turned so that they can be named."""

import numpy as np
import pandas as pd

from crmlab.arguments import checked, whole
from crmlab.errors import DataError, InputError
from crmlab.groups import complete


@checked
def factor_loadings(correlation: pd.DataFrame, factors: int, *, rotate: bool = True) -> pd.DataFrame:
    r"""Return how far each feature goes with each of a few factors behind them (principal axes, varimax).

    What do our twenty figures measure? The first axes of the correlations :math:`R \approx L L'` hold the
    most of what features have in common; any turn of them holds as much, and varimax takes that in which each
    feature, whatever its communality, goes with few factors, so that they can be named. Each factor points to
    where more of its features are positive.

    Parameters
    ----------
    correlation : DataFrame
        Of the features, as ``table.corr()`` returns it.
    factors : int
        How many: at most as many as features.
    rotate : bool
        Turn by varimax. It needs two factors.

    Returns
    -------
    DataFrame by feature
        Loadings ``F1``, ``F2`` and so on, in order of what they explain, and ``communality``, the share of
        the feature that they explain together. ``attrs["eigenvalues"]`` holds all eigenvalues of *R*, the
        largest first, ``attrs["explained"]`` the share of all features that the factors explain.

    Raises
    ------
    InputError
        The number of factors is out of its range.
    DataError
        The table is no matrix of correlations, such as where a feature is the same for all customers.

    References
    ----------
    Johnson, R. A. and Wichern, D. W. Applied multivariate statistical analysis. Pearson.

    Kaiser, H. F. (1958). The varimax criterion for analytic rotation in factor analysis. Psychometrika 23(3),
    187-200.

    Examples
    --------
    >>> from crmlab.segments.factors import factor_loadings
    >>> import pandas as pd
    >>> names = ["visits", "orders", "returns"]
    >>> found = pd.DataFrame([[1, 0.9, 0], [0.9, 1, 0], [0, 0, 1]], names, names)
    >>> factor_loadings(found, 2)["F1"].round(2).abs().to_dict()
    {'visits': 0.97, 'orders': 0.97, 'returns': 0.0}
    """
    r = _correlations(correlation)
    whole(factors, "factors", "a number of factors", least=1, most=len(r))
    values, vectors = np.linalg.eigh(r)
    values, vectors = values[::-1], vectors[:, ::-1]
    loadings = vectors[:, :factors] * np.sqrt(np.clip(values[:factors], 0, None))
    if rotate:
        if factors < 2:
            raise InputError("A single factor cannot be turned. Give two or more, or rotate=False.")
        from statsmodels.multivariate.factor_rotation import rotate_factors

        length = np.maximum(np.sqrt((loadings**2).sum(axis=1, keepdims=True)), 1e-300)  # Kaiser's norm
        with np.errstate(divide="ignore"):  # where nothing is left to turn
            loadings = rotate_factors(loadings / length, "varimax")[0] * length
        loadings = loadings[:, np.argsort(-(loadings**2).sum(axis=0), kind="stable")]
    sums = loadings.sum(axis=0)
    loadings = loadings * np.where(sums < 0, -1.0, 1.0)
    names = [f"F{place}" for place in range(1, factors + 1)]
    table = pd.DataFrame(loadings, correlation.index, names)
    table["communality"] = (loadings**2).sum(axis=1)
    table.attrs["eigenvalues"] = values.tolist()
    table.attrs["explained"] = float((loadings**2).sum() / len(r))
    return table


@checked
def factor_scores(features: pd.DataFrame, loadings: pd.DataFrame) -> pd.DataFrame:
    r"""Return where each customer stands on each factor (regression scores).

    .. math:: f = Z R^{-1} L, \qquad Z \text{ the features at mean 0 and standard deviation 1.}

    Parameters
    ----------
    features : DataFrame
        By customer, the features of which the loadings are.
    loadings : DataFrame
        As `factor_loadings` returns them for ``features.corr()``.

    Raises
    ------
    InputError
        The features are not those of the loadings.
    DataError
        A value is missing, or a feature is the same for all customers.

    Examples
    --------
    >>> from crmlab.segments.factors import factor_loadings, factor_scores
    >>> import pandas as pd
    >>> table = pd.DataFrame({"visits": [1.0, 2.0, 3.0, 4.0], "orders": [1.0, 2.0, 4.0, 3.0]})
    >>> factor_scores(table, factor_loadings(table.corr(), 1, rotate=False))["F1"].round(2).tolist()
    [-1.22, -0.41, 0.82, 0.82]
    """
    if list(features.columns) != list(loadings.index):
        raise InputError(
            f"The features are {', '.join(map(str, features.columns))}, but the loadings are of "
            f"{', '.join(map(str, loadings.index))}."
        )
    for name in features.columns:
        complete(features[name])
    r = _correlations(features.corr())
    named = [name for name in loadings.columns if name != "communality"]
    z = ((features - features.mean()) / features.std()).to_numpy(dtype=float)
    scores = z @ np.linalg.pinv(r) @ loadings[named].to_numpy(dtype=float)
    return pd.DataFrame(scores, features.index, named)


def _correlations(table: pd.DataFrame) -> "np.ndarray":
    """Return the table as numbers, or raise DataError unless they are correlations."""
    r = table.to_numpy(dtype=float)
    if table.empty or list(table.index) != list(table.columns):
        raise DataError("correlation must have the same features in its rows and columns, as .corr() does.")
    if gaps := [str(name) for name, row in zip(table.index, r, strict=True) if not np.isfinite(row).any()]:
        raise DataError(f"'{gaps[0]}' has no correlation with anything: is it the same for all? Drop it.")
    right = np.isfinite(r).all() and np.allclose(r, r.T) and np.allclose(np.diag(r), 1)
    if not (right and (np.abs(r) <= 1 + 1e-9).all()):
        raise DataError("correlation must be symmetric, with ones on its diagonal and none beyond ±1.")
    return r
