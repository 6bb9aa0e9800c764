"""Customers divided into kinds by what they do: k-means, mixtures, and noise to compare them with."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmlab.arguments import checked, whole
from crmlab.errors import DataError, InputError, some, unknown
from crmlab.groups import complete, same_customers

__all__ = ["k_means", "mixture", "one_kind", "same_groups", "scaled"]

Floats = npt.NDArray[np.float64]
P = ParamSpec("P")
R = TypeVar("R")

_STARTS = 10  # of k-means: the best of so many is kept


def one_thread(function: Callable[P, R]) -> Callable[P, R]:
    """Compute in one thread: at this size threads wait for one another longer than they help.

    Examples
    --------
    >>> from crmlab.segments.clusters import one_thread
    >>> one_thread(sum)([1, 2])
    3
    """

    @wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        import sklearn.cluster
        import sklearn.mixture  # noqa: F401 - limits hold for libraries that are loaded
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        with threadpool_limits(1):
            return function(*args, **kwargs)

    return wrapper


@checked
def scaled(features: pd.DataFrame, *, logs: Sequence[str] = ()) -> pd.DataFrame:
    r"""Return features on one scale: mean 0 and standard deviation 1, after a logarithm where asked for.

    Are two customers near each other? Without a common scale money decides alone, for its numbers are the
    largest; and of features as skewed as money, a few customers do. The logarithm is :math:`\ln(1 + x)`.

    Parameters
    ----------
    features : DataFrame
        By customer, numbers.
    logs : sequence of str
        Columns to take the logarithm of: at least 0.

    Raises
    ------
    InputError
        A column does not exist.
    DataError
        A value is missing or no number, a customer stands twice, a column is the same for all, or one to take
        the logarithm of has negative values.

    Examples
    --------
    >>> from crmlab.segments.clusters import scaled
    >>> import pandas as pd
    >>> scaled(pd.DataFrame({"spent": [0.0, 9.0, 99.0]}), logs=["spent"])["spent"].round(2).tolist()
    [-1.22, 0.0, 1.22]
    """
    table = _read(features).astype(float)
    for name in logs:
        if name not in table.columns:
            raise unknown("feature", name, table.columns)
        if (low := table[name] < 0).any():
            raise DataError(
                f"'{name}' is negative for {int(low.sum()):,} customers, for example "
                f"{some(table.index[low])}, and has no logarithm there."
            )
        table[name] = np.log1p(table[name])
    spread = table.std(ddof=0)
    largest = table.abs().max().clip(lower=1e-300)
    if alike := table.columns[(spread <= 1e-12 * largest).to_numpy()].tolist():
        raise DataError(
            f"'{alike[0]}' is the same for all customers, and tells nobody from another. Drop it."
        )
    return (table - table.mean()) / spread


@checked
@one_thread
def k_means(features: pd.DataFrame, k: int, *, seed: int) -> pd.Series:
    r"""Divide customers into *k* groups, each about a centre (k-means).

    It minimises the *inertia* :math:`\sum_i \lVert x_i - c_{g(i)} \rVert^2`. It always finds *k* groups, in
    noise as well: whether they are kinds of customers is for `crmlab.segments.cluster_number` to say, and for
    next year.

    Parameters
    ----------
    features : DataFrame
        By customer, numbers on one scale (see `scaled`).
    k : int
        How many groups.
    seed : int
        Of the ten starts, the best of which is kept.

    Returns
    -------
    Series
        Group by customer, from 1, the largest, to *k*. ``attrs["inertia"]`` holds the inertia.

    Raises
    ------
    InputError
        *k* is below one, or there are not as many different customers.
    DataError
        A value is missing or no number, or a customer stands twice.

    Notes
    -----
    Equal customers are in one group, and the order of rows changes nothing.

    References
    ----------
    Lloyd, S. P. (1982). Least squares quantization in PCM. IEEE Transactions on Information Theory 28(2),
    129-137.

    Examples
    --------
    >>> from crmlab.segments.clusters import k_means
    >>> import pandas as pd
    >>> visits = pd.DataFrame({"visits": [1.0, 1.2, 0.9, 8.0, 8.3]}, index=list("abcde"))
    >>> k_means(visits, 2, seed=1).tolist()
    [1, 1, 1, 2, 2]
    """
    x, turn = in_order(features, k)
    fit = fitted(x, k, whole(seed, "seed"))
    codes = np.empty(len(x), dtype=np.int64)
    codes[turn] = _by_size(fit.labels_, fit.cluster_centers_)
    groups = pd.Series(codes, index=features.index, name="cluster")
    groups.attrs["inertia"] = float(fit.inertia_)
    return groups


@checked
@one_thread
def mixture(features: pd.DataFrame, k: int, *, seed: int) -> pd.DataFrame:
    r"""Return how likely each customer is of each of *k* kinds, each a normal cloud (Gaussian mixture).

    Where k-means sets a hard border, a mixture says how sure it is, and its clouds may be long or wide:

    .. math:: f(x) = \sum_{j=1}^{k} \pi_j\, N(x; \mu_j, \Sigma_j) .

    Parameters
    ----------
    features, k, seed
        As for `k_means`.

    Returns
    -------
    DataFrame
        A column a kind, from 1, the largest, to *k*; rows by customer sum to one. ``attrs["bic"]`` holds the
        Bayesian information criterion, the lower the better.

    Raises
    ------
    InputError, DataError
        As for `k_means`.

    Examples
    --------
    >>> from crmlab.segments.clusters import mixture
    >>> import pandas as pd
    >>> visits = pd.DataFrame({"visits": [1.0, 1.2, 0.9, 1.1, 8.0, 8.3, 8.1]})
    >>> mixture(visits, 2, seed=1).round(2).loc[[0, 4]].to_numpy().tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    x, turn = in_order(features, k)
    fit = mixed(x, k, whole(seed, "seed"))
    order = np.lexsort((*fit.means_.T[::-1], -fit.weights_.round(9)))
    likely = np.empty((len(x), k))
    likely[turn] = fit.predict_proba(x)[:, order]
    table = pd.DataFrame(likely, index=features.index, columns=range(1, k + 1))
    table.attrs["bic"] = float(fit.bic(x))
    return table


@checked
def one_kind(features: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """Return as many customers of one kind only, with the same means, spreads and correlations.

    What would clusters look like if there were none? The customers are drawn from one normal cloud: whatever
    `k_means` finds in it is a profile of noise.

    Parameters
    ----------
    features : DataFrame
        By customer, numbers.
    seed : int
        From which seed.

    Raises
    ------
    DataError
        A value is missing or no number, or a customer stands twice.

    Examples
    --------
    >>> from crmlab.segments.clusters import one_kind
    >>> import pandas as pd
    >>> visits = pd.DataFrame({"visits": [1.0, 1.2, 0.9, 1.1, 8.0, 8.3, 8.1, 8.2]})
    >>> len(one_kind(visits, seed=1)) == len(visits)
    True
    """
    table = _read(features).astype(float)
    rng = np.random.default_rng(whole(seed, "seed"))
    spread = np.atleast_2d(np.cov(table.to_numpy(), rowvar=False, ddof=0))
    drawn = rng.multivariate_normal(table.mean().to_numpy(), spread, size=len(table), method="eigh")
    return pd.DataFrame(drawn, table.index, table.columns)


@checked
def same_groups(one: pd.Series, other: pd.Series) -> float:
    """Return how alike two divisions of the same customers are, whatever the groups are called.

    It is the adjusted Rand index: 1 where both divide alike, 0 where as alike as by chance.

    Parameters
    ----------
    one, other : Series
        Group by customer.

    Raises
    ------
    DataError
        The customers differ, or a label is missing.

    References
    ----------
    Hubert, L. and Arabie, P. (1985). Comparing partitions. Journal of Classification 2, 193-218.

    Examples
    --------
    >>> from crmlab.segments.clusters import same_groups
    >>> import pandas as pd
    >>> same_groups(pd.Series([1, 1, 2, 2]), pd.Series(["b", "b", "a", "a"]))
    1.0
    """
    from sklearn.metrics import adjusted_rand_score

    same_customers(one, other)
    if one.empty or one.isna().any() or other.isna().any():
        raise DataError("Each customer needs a group in both, and there must be one customer at least.")
    return float(adjusted_rand_score(one.astype(str), other.reindex(one.index).astype(str)))


def _read(features: pd.DataFrame) -> pd.DataFrame:
    if features.shape[1] == 0 or features.columns.has_duplicates:
        raise DataError("Give a column of numbers for each feature: there is none, or one name stands twice.")
    for name in features.columns:
        complete(features[name])
    return features


def in_order(features: pd.DataFrame, k: int) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Return the customers in an order that their features give, and where each row stands in it.

    Raises InputError where there are fewer different customers than *k*.

    Examples
    --------
    >>> from crmlab.segments.clusters import in_order
    >>> import pandas as pd
    >>> x, turn = in_order(pd.DataFrame({"orders": [3, 1, 2]}), 2)
    >>> x.ravel().tolist(), turn.tolist()
    ([1.0, 2.0, 3.0], [1, 2, 0])
    """
    whole(k, "k", "a number of groups", least=1)
    x = _read(features).to_numpy(dtype=float)
    turn = np.lexsort(x.T[::-1])
    x = np.ascontiguousarray(x[turn])
    different = 1 + int((np.diff(x, axis=0) != 0).any(axis=1).sum())
    if different < k:
        raise InputError(f"k is {k}, but there are only {different:,} different customers.")
    return x, turn


def fitted(x: Floats, k: int, seed: int, *, starts: int = _STARTS, times: Any = None) -> Any:
    """Return k-means of customers in order, fitted.

    Examples
    --------
    >>> from crmlab.segments.clusters import fitted
    >>> import numpy as np
    >>> fitted(np.array([[1.0], [1.0], [9.0], [9.0]]), 2, seed=1).inertia_
    0.0
    """
    from sklearn.cluster import KMeans

    return KMeans(k, n_init=starts, random_state=seed % 2**32).fit(x, sample_weight=times)


def mixed(x: Floats, k: int, seed: int) -> Any:
    """Return a Gaussian mixture of customers in order, fitted.

    Examples
    --------
    >>> from crmlab.segments.clusters import mixed
    >>> import numpy as np
    >>> sorted(mixed(np.array([[1.0], [1.0], [9.0], [9.0]]), 2, seed=1).means_.ravel().round(3).tolist())
    [1.0, 9.0]
    """
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    least = 1e-6 * float(x.var(axis=0).mean() or 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the best of the starts is kept as it is
        return GaussianMixture(k, n_init=3, max_iter=300, random_state=seed % 2**32, reg_covar=least).fit(x)


def _by_size(codes: npt.NDArray[np.int32], centres: Floats) -> npt.NDArray[np.int64]:
    """Return the groups by number, from 1, the largest; of equal ones that with the lower centre first."""
    size = np.bincount(codes, minlength=len(centres))
    order = np.lexsort((*centres.T[::-1], -size))
    place = np.empty(len(centres), dtype=np.int64)
    place[order] = np.arange(1, len(centres) + 1)
    return place[codes]
