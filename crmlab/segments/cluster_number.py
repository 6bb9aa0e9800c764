"""How many kinds of customers there are: silhouette, gap, stability and likelihood, which need not agree."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.errors import InputError, unknown
from crmlab.segments.clusters import fitted, in_order, mixed, one_thread

Floats = npt.NDArray[np.float64]

_SEEN = 2000  # customers at most from whom evidence is taken: the silhouette's cost grows with their square


@checked
@one_thread
def stability(features: pd.DataFrame, k: int, *, bootstraps: int = 20, seed: int) -> pd.Series:
    r"""Return how alike the groups of k-means are when the customers are drawn anew.

    Would last year's groups come out again? Customers are drawn with replacement, divided anew, and *all*
    customers put to the nearest of the new centres. The adjusted Rand index compares that with the division
    of all: 1 where they are the same, 0 where as alike as by chance.

    Parameters
    ----------
    features, k, seed
        As for `crmlab.segments.clusters.k_means`.
    bootstraps : int
        How often the customers are drawn.

    Returns
    -------
    Series
        The index by draw.

    Raises
    ------
    InputError, DataError
        As for `crmlab.segments.clusters.k_means`.

    References
    ----------
    Hennig, C. (2007). Cluster-wise assessment of cluster stability. Computational Statistics & Data Analysis
    52(1), 258-271.

    Examples
    --------
    >>> from crmlab.segments.cluster_number import stability
    >>> import pandas as pd
    >>> visits = pd.DataFrame({"visits": [1.0, 1.2, 0.9, 1.1, 8.0, 8.3, 8.1, 8.2]})
    >>> float(stability(visits, 2, bootstraps=5, seed=1).mean())
    1.0
    """
    whole(bootstraps, "bootstraps", "a number of draws", least=1)
    x, _ = in_order(features, k)
    found = _alike(x, k, bootstraps, whole(seed, "seed"))
    return pd.Series(found, index=pd.RangeIndex(1, bootstraps + 1, name="draw"), name="adjusted Rand index")


def _alike(x: Floats, k: int, bootstraps: int, seed: int) -> list[float]:
    from sklearn.metrics import adjusted_rand_score

    rng = np.random.default_rng(seed)
    whole_base = fitted(x, k, seed).labels_
    found = []
    for draw in range(bootstraps):
        drawn = np.unique(rng.integers(len(x), size=len(x)), return_counts=True)
        while len(np.unique(x[drawn[0]], axis=0)) < k:  # too few different customers for so many groups
            drawn = np.unique(rng.integers(len(x), size=len(x)), return_counts=True)
        fit = fitted(x[drawn[0]], k, seed + draw + 1, starts=2, times=drawn[1])
        found.append(float(adjusted_rand_score(whole_base, fit.predict(x))))
    return found


@checked
@one_thread
def number_of_clusters(
    features: pd.DataFrame, *, most: int = 8, draws: int = 10, bootstraps: int = 10, seed: int
) -> pd.DataFrame:
    r"""Return what speaks for each number of groups: silhouette, gap, stability and likelihood.

    How many kinds of customers are there? The inertia falls with every group more, so it cannot say. The
    silhouette of a customer is :math:`(b - a) / \max(a, b)`, with *a* the mean distance to one's own group
    and *b* to the next one; no silhouette exists for one group, so it never says "one kind". The gap compares
    the inertia *W* with that of customers without kinds, spread evenly over a box along the principal axes:

    .. math:: \mathrm{Gap}(k) = E^*(\ln W_k) - \ln W_k .

    Parameters
    ----------
    features, seed
        As for `crmlab.segments.clusters.k_means`.
    most : int
        The largest number of groups that is tried.
    draws, bootstraps : int
        Bases without kinds for the gap, and draws for `stability`.

    Returns
    -------
    DataFrame by k, from 1
        ``inertia``, ``silhouette``, ``gap`` with ``gap_error``, ``stability``
        (mean of `stability`) and ``bic`` of the mixture. What each would choose is at `chosen_number`.

    Raises
    ------
    InputError, DataError
        As for `crmlab.segments.clusters.k_means`.

    Notes
    -----
    Of more than 2,000 customers, so many are drawn, and the evidence is theirs.

    References
    ----------
    Rousseeuw, P. J. (1987). Silhouettes: a graphical aid to the interpretation and validation of cluster
    analysis. Journal of Computational and Applied Mathematics 20, 53-65.

    Tibshirani, R., Walther, G. and Hastie, T. (2001). Estimating the number of clusters in a data set via the
    gap statistic. Journal of the Royal Statistical Society B 63(2), 411-423.

    Examples
    --------
    >>> from crmlab.segments.cluster_number import number_of_clusters
    >>> import pandas as pd
    >>> visits = pd.DataFrame({"visits": [1.0, 1.2, 0.9, 1.1, 8.0, 8.3, 8.1, 8.2]})
    >>> number_of_clusters(visits, most=3, draws=5, bootstraps=5, seed=1)["silhouette"].round(2).tolist()
    [nan, 0.98, 0.72]
    """
    from sklearn.metrics import silhouette_score

    whole(most, "most", "a number of groups", least=2)
    whole(draws, "draws", "a number of draws", least=2)
    x, _ = in_order(features, most)
    if len(x) <= most:
        raise InputError(f"most is {most}, which needs more than the {len(x):,} customers that there are.")
    rng = np.random.default_rng(whole(seed, "seed"))
    if len(x) > _SEEN:
        x = x[np.sort(rng.choice(len(x), _SEEN, replace=False))]
    bases = [_without(x, rng) for _ in range(draws)]
    rows = []
    for k in range(1, most + 1):
        fit = fitted(x, k, seed)
        logs = np.array([np.log(fitted(base, k, seed, starts=1).inertia_) for base in bases])
        apart = silhouette_score(x, fit.labels_) if k > 1 else np.nan
        same = float(np.mean(_alike(x, k, bootstraps, seed))) if k > 1 else 1.0
        gap = logs.mean() - np.log(fit.inertia_) if fit.inertia_ > 0 else np.nan
        error = logs.std() * np.sqrt(1 + 1 / draws)
        rows.append([fit.inertia_, apart, gap, error, same, mixed(x, k, seed).bic(x)])
    names = ["inertia", "silhouette", "gap", "gap_error", "stability", "bic"]
    return pd.DataFrame(rows, pd.RangeIndex(1, most + 1, name="k"), names, dtype=float)


@checked
def chosen_number(evidence: pd.DataFrame, *, stable: float = 0.95) -> pd.Series:
    r"""Return the number of groups that each kind of evidence chooses. They need not agree.

    The silhouette takes its highest; the gap the smallest *k* with
    :math:`\mathrm{Gap}(k) \ge \mathrm{Gap}(k+1) - s_{k+1}`; stability the largest *k* above one that comes
    out again; the likelihood the lowest BIC.

    Parameters
    ----------
    evidence : DataFrame
        As `number_of_clusters` returns it.
    stable : float
        Least mean adjusted Rand index of groups that come out again.

    Returns
    -------
    Series
        ``silhouette``, ``gap``, ``stability`` and ``bic``. One means: no kinds. The gap is missing where none
        of the numbers tried is enough.

    Raises
    ------
    InputError
        A column is missing, or the threshold is out of its range.

    Examples
    --------
    >>> from crmlab.segments.cluster_number import chosen_number, number_of_clusters
    >>> import pandas as pd
    >>> visits = pd.DataFrame({"visits": [1.0, 1.2, 0.9, 1.1, 8.0, 8.3, 8.1, 8.2]})
    >>> evidence = number_of_clusters(visits, most=3, draws=5, bootstraps=5, seed=1)
    >>> int(chosen_number(evidence)["silhouette"])
    2
    """
    number(stable, "stable", "an adjusted Rand index", above=0, most=1)
    for name in ("silhouette", "gap", "gap_error", "stability", "bic"):
        if name not in evidence.columns:
            raise unknown("column", name, evidence.columns, where="the evidence")
    gap, error = evidence["gap"].to_numpy(), evidence["gap_error"].to_numpy()
    enough = np.flatnonzero(gap[:-1] >= gap[1:] - error[1:])
    again = evidence.index[(evidence["stability"] >= stable) & (evidence.index > 1)]
    found = {
        "silhouette": evidence["silhouette"].idxmax(),
        "gap": evidence.index[enough[0]] if len(enough) else np.nan,
        "stability": again.max() if len(again) else 1,
        "bic": evidence["bic"].idxmin(),
    }
    return pd.Series(found, name="k", dtype=float)


def _without(x: Floats, rng: np.random.Generator) -> Floats:
    """Return customers spread evenly over the box along the principal axes of those there are."""
    middle = x.mean(axis=0)
    axes = np.linalg.svd(x - middle, full_matrices=False)[2]
    along = (x - middle) @ axes.T
    return np.asarray(rng.uniform(along.min(axis=0), along.max(axis=0), size=along.shape) @ axes + middle)
