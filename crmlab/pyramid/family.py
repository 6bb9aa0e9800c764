"""Several pyramids of the same customers: how far they agree, and by how much luck the best of one fall."""

from statistics import NormalDist

import pandas as pd

from crmlab.arguments import checked, number
from crmlab.errors import DataError
from crmlab.groups import same_customers


@checked
def agreement(one: pd.Series, other: pd.Series) -> pd.Series:
    r"""Return how far two labels of the same customers agree, beyond chance.

    Do two pyramids name the same best customers? Cohen's kappa compares the share that agrees, :math:`p_o`,
    with the share that two unrelated labels of the same sizes would have in common, :math:`p_e`:

    .. math:: \kappa = \frac{p_o - p_e}{1 - p_e} .

    Parameters
    ----------
    one, other : Series
        Labels by customer, with the same names.

    Returns
    -------
    Series
        ``agree``, ``by_chance`` and ``kappa``; kappa is missing where all have one label in both.

    Raises
    ------
    DataError
        The Series have other customers, or a label is missing.

    References
    ----------
    Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and Psychological Measurement
    20(1), 37-46.

    Examples
    --------
    >>> from crmlab.pyramid import agreement
    >>> import pandas as pd
    >>> agreement(pd.Series(["gold", "gold", "iron"]), pd.Series(["gold", "iron", "iron"])).round(2).to_dict()
    {'agree': 0.67, 'by_chance': 0.44, 'kappa': 0.4}
    """
    same_customers(one, other)
    if one.isna().any() or other.isna().any() or one.empty:
        raise DataError(
            "Each customer needs a label in both Series, and there must be one customer at least."
        )
    left, right = one.astype(str), other.reindex(one.index).astype(str)
    agree = float((left == right).mean())
    shares = left.value_counts(normalize=True), right.value_counts(normalize=True)
    chance = float(shares[0].mul(shares[1], fill_value=0.0).sum())
    kappa = (agree - chance) / (1 - chance) if chance < 1 - 1e-12 else float("nan")
    return pd.Series({"agree": agree, "by_chance": chance, "kappa": kappa}, name="agreement")


@checked
def luck_of_the_best(share: float, correlation: float) -> pd.Series:
    r"""Return how far the best of one year stand above the mean, and where the next year finds them.

    How far will our best customers fall though nothing changed? If two years are normal with correlation
    :math:`\rho`, the best share *p* stands :math:`\varphi(z_p) / p` standard deviations above the mean, and a
    year later :math:`\rho` times as far.

    Parameters
    ----------
    share : float
        Of the customers, the best: between 0 and 1.
    correlation : float
        Between one year and the next, from -1 to 1.

    Returns
    -------
    Series
        ``now`` and ``next``, in standard deviations above the mean.

    Raises
    ------
    InputError
        A number is out of its range.

    Examples
    --------
    >>> from crmlab.pyramid import luck_of_the_best
    >>> luck_of_the_best(0.05, 0.5).round(2).to_dict()
    {'now': 2.06, 'next': 1.03}
    """
    number(share, "share", "a share of customers", above=0, below=1)
    number(correlation, "correlation", least=-1, most=1)
    usual = NormalDist()
    above = usual.pdf(usual.inv_cdf(1 - share)) / share
    return pd.Series({"now": above, "next": correlation * above}, name="standard deviations")
