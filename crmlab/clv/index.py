"""One number for a customer's value from several indicators: weights by entropy or by judgement."""

import numpy as np
import pandas as pd

from crmlab.arguments import checked, whole
from crmlab.errors import DataError, InputError, some

# Mean consistency index of random matrices of judgements, by size; Saaty (1980), as it is widely printed.
_RANDOM = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.51)


@checked
def entropy_weights(indicators: pd.DataFrame) -> pd.Series:
    r"""Return the weight of each indicator by how unevenly it is spread over the customers.

    Which indicator tells customers apart? With the share :math:`p_{ij}` of a customer *i* of *m* in the sum
    of indicator *j*,

    .. math:: e_j = -\frac{1}{\ln m} \sum_i p_{ij} \ln p_{ij}, \qquad w_j = \frac{1 - e_j}{\sum_k (1 - e_k)} .

    An indicator that is noise is spread unevenly, too, and gets its weight as well.

    Parameters
    ----------
    indicators : DataFrame
        By customer: numbers of at least 0, where more is better.

    Returns
    -------
    Series
        ``weight`` by indicator, which sum to one.

    Raises
    ------
    DataError
        Fewer than two customers, values that are missing or negative, an indicator that is 0 for everybody,
        or none that tells customers apart.

    References
    ----------
    Hwang, C.-L. and Yoon, K. (1981). Multiple attribute decision making. Springer.

    Examples
    --------
    >>> from crmlab.clv import entropy_weights
    >>> import pandas as pd
    >>> marks = pd.DataFrame({"profit": [7, 9, 6, 8], "orders": [5, 4, 8, 6]}, index=list("abcd"))
    >>> entropy_weights(marks).round(3).to_dict()
    {'profit': 0.256, 'orders': 0.744}
    """
    values = indicators.to_numpy(dtype=float)
    if len(values) < 2:
        raise DataError("Entropy compares customers, so there must be two at least.")
    bad = ~(np.isfinite(values) & (values >= 0)).all(axis=0)
    if bad.any():
        raise DataError(
            f"{some(list(indicators.columns[bad]))} must hold numbers of at least 0 for every customer. "
            "Shift or drop an indicator that can be negative."
        )
    sums = values.sum(axis=0)
    if (sums == 0).any():
        raise DataError(f"{some(list(indicators.columns[sums == 0]))} is 0 for everybody. Drop it.")
    share = values / sums
    logs = np.log(np.where(share > 0, share, 1.0))
    spread = np.maximum(1 + (share * logs).sum(axis=0) / np.log(len(values)), 0.0)
    if spread.sum() < 1e-12:
        raise DataError("Every indicator is the same for all customers, so no weight follows from them.")
    return pd.Series(spread / spread.sum(), index=indicators.columns, name="weight")


@checked
def judged_weights(judgements: pd.DataFrame) -> pd.DataFrame:
    r"""Return the weights that pairwise judgements imply, and how far these contradict each other.

    How much more does profit count than loyalty? Each pair is judged: 3 in row *i* and column *j* says that
    *i* counts three times as much as *j*. The weights are the principal eigenvector of the matrix, and from
    its eigenvalue follows the consistency ratio (层次分析法, AHP)

    .. math:: CI = \frac{\lambda_{\max} - n}{n - 1}, \qquad CR = \frac{CI}{RI_n},

    with the mean index *RI* of random judgements. Up to 0.10 is commonly taken for good enough.

    Parameters
    ----------
    judgements : DataFrame
        Square, with the indicators in rows and columns; what lies below the diagonal may be left out
        (missing), for it is one over what lies above.

    Returns
    -------
    DataFrame by indicator
        ``weight``, which sum to one. Its ``attrs`` hold ``lambda_max`` and ``consistency_ratio``.

    Raises
    ------
    InputError
        Rows and columns differ, a judgement is not above 0 or contradicts its reciprocal, or there are fewer
        than two indicators or more than ten.

    References
    ----------
    Saaty, T. L. (1980). The analytic hierarchy process. McGraw-Hill.

    Examples
    --------
    >>> from crmlab.clv import judged_weights
    >>> import pandas as pd
    >>> names = ["profit", "orders", "referrals"]
    >>> found = judged_weights(pd.DataFrame([[1, 3, 5], [None, 1, 2], [None, None, 1]], names, names))
    >>> found["weight"].round(3).to_dict(), round(found.attrs["consistency_ratio"], 3)
    ({'profit': 0.648, 'orders': 0.23, 'referrals': 0.122}, 0.003)
    """
    matrix = _completed(judgements)
    n = len(matrix)
    values, vectors = np.linalg.eig(matrix)
    first = int(np.argmax(values.real))
    weight = np.abs(vectors[:, first].real)
    found = pd.DataFrame({"weight": weight / weight.sum()}, index=judgements.index)
    largest = float(values[first].real)
    inconsistency = (largest - n) / (n - 1)
    found.attrs["lambda_max"] = largest
    found.attrs["consistency_ratio"] = inconsistency / _RANDOM[n - 1] if n > 2 else 0.0
    return found


def random_index(n: int) -> float:
    """Return the mean consistency index of random judgements of so many indicators, after Saaty (1980).

    Others print other tables: Saaty and Tran (2007) have 0.525, 0.882 and 1.109 for 3 to 5.

    Examples
    --------
    >>> from crmlab.clv.index import random_index
    >>> random_index(4)
    0.9
    """
    return _RANDOM[whole(n, "n", "a number of indicators", least=1, most=len(_RANDOM)) - 1]


@checked
def worst_judgement(judgements: pd.DataFrame) -> tuple[str, str, float]:
    r"""Return the judgement that contradicts the others most, and what the others would have it be.

    Which answer should be asked again? That of the pair for which :math:`a_{ij}` and
    :math:`w_i / w_j` differ by the largest factor.

    Parameters
    ----------
    judgements : DataFrame
        As for `judged_weights`.

    Returns
    -------
    tuple
        The two indicators, and the ratio of their weights.

    Raises
    ------
    InputError
        As for `judged_weights`.

    Examples
    --------
    >>> from crmlab.clv.index import worst_judgement
    >>> import pandas as pd
    >>> names = ["profit", "orders", "referrals"]
    >>> odd = pd.DataFrame([[1, 3, 1 / 5], [None, 1, 2], [None, None, 1]], names, names)
    >>> worst_judgement(odd)[:2]
    ('orders', 'referrals')
    """
    matrix = _completed(judgements)
    weight = judged_weights(judgements)["weight"].to_numpy()
    implied = weight[:, None] / weight[None, :]
    off = np.triu(np.abs(np.log(matrix / implied)), 1)
    i, j = divmod(int(off.argmax()), len(off))
    return str(judgements.index[i]), str(judgements.columns[j]), float(implied[i, j])


def _completed(judgements: pd.DataFrame) -> np.ndarray:
    """Return the matrix with one over the judgement where the reciprocal was left out."""
    if list(judgements.index) != list(judgements.columns):
        raise InputError("Judgements must have the same indicators in rows and columns, in one order.")
    whole(len(judgements), "The number of indicators", least=2, most=len(_RANDOM))
    upper = judgements.to_numpy(dtype=float)
    np.fill_diagonal(upper := upper.copy(), 1.0)
    matrix = np.where(np.isnan(upper), 1 / upper.T, upper)
    names = judgements.index
    bad = np.argwhere(~(np.isfinite(matrix) & (matrix > 0)))
    if len(bad):
        i, j = bad[0]
        raise InputError(f"The judgement of {names[i]} against {names[j]} must be a number above 0.")
    twice = np.argwhere(np.abs(matrix * matrix.T - 1) > 1e-6)
    if len(twice):
        i, j = twice[0]
        raise InputError(
            f"{names[i]} against {names[j]} is judged {matrix[i, j]:g}, and the reverse {matrix[j, i]:g}: "
            "one must be one over the other. Leave the lower half out."
        )
    return matrix
