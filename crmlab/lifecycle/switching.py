"""What it costs to change sellers, read from two sellers' prices: Shy's switching cost."""

import numpy as np
import pandas as pd

from crmlab.arguments import checked
from crmlab.errors import DataError
from crmlab.groups import complete, same_customers


@checked
def undercut_prices(costs: pd.Series, customers: pd.Series) -> pd.Series:
    r"""Return the prices of two sellers that neither gains by undercutting the other, given switching costs.

    How dear can a seller be whose customers must pay to leave? A price is safe if the other would lose more
    on its own customers by undercutting than it would win:

    .. math:: p_A = S_A + p_B \frac{N_B}{N_A + N_B} , \quad p_B = S_B + p_A \frac{N_A}{N_A + N_B} .

    Parameters
    ----------
    costs : Series
        :math:`S`, what leaving each of the two sellers costs a customer.
    customers : Series
        :math:`N`, of each.

    Returns
    -------
    Series
        ``price`` by seller, beyond what serving a customer costs.

    Raises
    ------
    DataError
        There are not two sellers, the same in both, or one has no customers.

    References
    ----------
    Shy, O. (2002). A quick-and-easy method for estimating switching costs. International Journal of
    Industrial Organization 20(1), 71-87.

    Examples
    --------
    >>> from crmlab.lifecycle import undercut_prices
    >>> import pandas as pd
    >>> undercut_prices(pd.Series({"A": 10, "B": 10}), pd.Series({"A": 60, "B": 40})).round(2).to_dict()
    {'A': 18.42, 'B': 21.05}
    """
    other = _others(costs, customers)
    system = np.eye(2) - np.array([[0.0, other[0]], [other[1], 0.0]])
    return pd.Series(np.linalg.solve(system, costs.to_numpy(dtype=float)), costs.index, name="price")


@checked
def switching_costs(prices: pd.Series, customers: pd.Series) -> pd.Series:
    r"""Return what leaving each of two sellers costs, so that their prices are safe from undercutting.

    What holds their customers, read from prices and market shares alone? It is `undercut_prices` turned
    round: :math:`S_A = p_A - p_B N_B / (N_A + N_B)`.

    Parameters
    ----------
    prices : Series
        Of the two sellers, beyond what serving a customer costs.
    customers : Series
        Of each.

    Returns
    -------
    Series
        ``switching_cost`` by seller. It holds the model's assumption that both sell the same thing at prices
        at rest; a cost below 0 says that they are not.

    Raises
    ------
    DataError
        As for `undercut_prices`.

    References
    ----------
    Shy, O. (2002). A quick-and-easy method for estimating switching costs. International Journal of
    Industrial Organization 20(1), 71-87.

    Examples
    --------
    >>> from crmlab.lifecycle import switching_costs
    >>> import pandas as pd
    >>> switching_costs(pd.Series({"A": 18, "B": 21}), pd.Series({"A": 60, "B": 40})).round(1).to_dict()
    {'A': 9.6, 'B': 10.2}
    """
    other = _others(prices, customers)
    own = prices.to_numpy(dtype=float)
    return pd.Series(own - own[::-1] * other, prices.index, name="switching_cost")


def _others(values: pd.Series, customers: pd.Series) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Return, for each of two sellers, the other's share of the customers."""
    same_customers(values, customers)
    complete(values)
    complete(customers)
    if len(values) != 2:
        raise DataError(f"There are {len(values):,} sellers. Shy's prices are of two.")
    many = customers.reindex(values.index).to_numpy(dtype=float)
    if not (many > 0).all():
        raise DataError("Both sellers need customers, or there is nobody to undercut.")
    return np.asarray(many[::-1] / many.sum())
