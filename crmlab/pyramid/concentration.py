"""How unequal customers are: Lorenz curve, Gini coefficient, top share and whale curve."""

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number
from crmlab.errors import DataError
from crmlab.groups import complete


def _shareable(value: pd.Series) -> None:
    """Raise DataError unless a share of the total has a meaning."""
    complete(value)
    if (value < 0).any():
        raise DataError(
            f"{int((value < 0).sum()):,} of {len(value):,} values are negative, so shares of the total "
            "mislead. Use revenue, or draw the whale curve, which is made for losses."
        )
    if value.sum() == 0:
        raise DataError("All values are zero, so there is no total to share.")


@checked
def lorenz(value: pd.Series) -> pd.DataFrame:
    """Return the Lorenz curve, best customers first: which share of customers brings which share of value.

    How unequal are our customers?

    Parameters
    ----------
    value : Series
        One number a customer, zero or more: revenue, orders, value.

    Returns
    -------
    DataFrame
        ``customers_share`` and ``value_share``, both from 0 to 1, one row more than customers.

    Raises
    ------
    DataError
        A value is missing or negative, or all are zero.

    References
    ----------
    Lorenz, M. O. (1905). Methods of measuring the concentration of wealth. Publications of the American
    Statistical Association 9(70), 209-219.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.pyramid import lorenz
    >>> lorenz(pd.Series([6.0, 3.0, 1.0]))["value_share"].round(2).tolist()
    [0.0, 0.6, 0.9, 1.0]
    """
    _shareable(value)
    sums = np.concatenate([[0.0], np.cumsum(np.sort(value.to_numpy(dtype=float))[::-1])])
    share = np.linspace(0, 1, len(sums))
    return pd.DataFrame({"customers_share": share, "value_share": sums / sums[-1]})


@checked
def gini(value: pd.Series) -> float:
    r"""Return the Gini coefficient: 0 where all customers are equal, near 1 where one has everything.

    .. math:: G = \frac{2 \sum_{i=1}^{n} i\, x_{(i)}}{n \sum_i x_i} - \frac{n + 1}{n}

    with :math:`x_{(1)} \le \dots \le x_{(n)}`.

    Parameters
    ----------
    value : Series
        One number a customer, zero or more: revenue, orders, value.

    Raises
    ------
    DataError
        A value is missing or negative, or all are zero.

    References
    ----------
    Gini, C. (1914). Sulla misura della concentrazione e della variabilità dei caratteri. Atti del Reale
    Istituto Veneto 73, 1203-1248.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.pyramid import gini
    >>> gini(pd.Series([1.0, 1.0, 1.0]))
    0.0
    >>> round(gini(pd.Series([0.0, 0.0, 9.0])), 3)
    0.667
    """
    _shareable(value)
    ordered = np.sort(value.to_numpy(dtype=float))
    n = len(ordered)
    weighted = float(np.arange(1, n + 1) @ ordered)
    return max(0.0, 2 * weighted / (n * float(ordered.sum())) - (n + 1) / n)


@checked
def top_share(value: pd.Series, share: float = 0.20) -> float:
    """Return the share of the total that the best ``share`` of the customers brings.

    Is it really 80/20 here? Read off the Lorenz curve, between two customers by a straight line.

    Parameters
    ----------
    value : Series
        One number a customer, zero or more.
    share : float
        Of the customers, from 0 to 1.

    Raises
    ------
    InputError
        The share is not between 0 and 1.
    DataError
        A value is missing or negative, or all are zero.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.pyramid import top_share
    >>> top_share(pd.Series([6.0, 2.0, 1.0, 1.0, 0.0]), 0.2)
    0.6
    """
    share = number(share, "The share", "a share of the customers", least=0, most=1)
    curve = lorenz(value)
    return float(np.interp(share, curve["customers_share"], curve["value_share"]))


@checked
def whale_curve(profit: pd.Series) -> pd.DataFrame:
    """Return cumulative profit over customers from the most to the least profitable.

    Who earns the profit, and who destroys it? The curve climbs while customers earn, is highest where the
    last of them is counted, and falls back to the real total as loss-making customers eat the rest.

    Parameters
    ----------
    profit : Series
        Profit by customer after the cost to serve; losses are negative.

    Returns
    -------
    DataFrame
        ``customers_share`` from 0 to 1, ``profit`` cumulative in the currency, and ``profit_share`` as a
        share of the absolute total. One row more than customers.

    Raises
    ------
    DataError
        A value is missing, or the total is zero.

    References
    ----------
    Kaplan, R. S. and Narayanan, V. G. (2001). Measuring and managing customer profitability. Journal of Cost
    Management 15(5), 5-15.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.pyramid import whale_curve
    >>> whale_curve(pd.Series([60.0, 50.0, -10.0]))["profit_share"].round(2).tolist()
    [0.0, 0.6, 1.1, 1.0]
    """
    complete(profit)
    sums = np.concatenate([[0.0], np.cumsum(np.sort(profit.to_numpy(dtype=float))[::-1])])
    if sums[-1] == 0:
        raise DataError("Profits and losses cancel to zero, so there is no total to compare with.")
    share = np.linspace(0, 1, len(sums))
    return pd.DataFrame({"customers_share": share, "profit": sums, "profit_share": sums / abs(sums[-1])})
