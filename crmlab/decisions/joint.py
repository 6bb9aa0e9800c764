"""A joint team with a key account: what fewer days of stock, fewer days without any, and more sales bring."""

import pandas as pd

from crmlab.arguments import checked, number
from crmlab.customers import DAYS


@checked
def joint_gain(
    *,
    sales: float,
    margin: float,
    stock_days: float,
    days_out: float,
    more_sales: float = 0.0,
    customer_margin: float,
    holding: float,
    lost: float = 1.0,
    cost: float = 0.0,
) -> pd.Series:
    r"""Return what a joint team of maker and customer is worth a year, and to whom.

    Does it pay to plan together with our largest customer? Its stock shrinks, it is sold out less often, and
    it may sell more. With sales *S* to the customer a year, of which each day of stock ties up *S* / 365.25,

    .. math:: \text{stock} = d\,\frac{S}{365.25}\,h, \qquad
        \text{regained} = o\,\frac{S}{365.25}\,\ell\,m, \qquad \text{growth} = \Delta S\, m ,

    the last two once for the maker's margin and once for the customer's, who sells on.

    Parameters
    ----------
    sales : float
        Of the maker to this customer a year: *S*.
    margin : float
        Of the maker, as a share of these sales: *m*.
    stock_days : float
        By how many days the customer's stock shrinks: *d*, negative if it grows.
    days_out : float
        By how many days a year fewer there is no stock: *o*.
    more_sales : float
        Further sales a year: :math:`\Delta S`. Take what a comparison with accounts without a team shows, for
        some of the growth would have come anyway.
    customer_margin : float
        Of the customer, on top of what it pays, as a share of it.
    holding : float
        Cost of holding stock a year, as a share of its price: *h*.
    lost : float
        Share of the sales of a day without stock that is lost, and not made later: :math:`\ell`.
    cost : float
        Of the team a year, which the maker bears.

    Returns
    -------
    Series
        ``stock`` (the customer's), ``regained`` and ``growth`` of the ``…_maker`` and the ``…_customer``, and
        the sums ``maker`` (less the cost), ``customer`` and ``both``.

    Raises
    ------
    InputError
        A number is out of its range.

    Examples
    --------
    >>> from crmlab.decisions import joint_gain
    >>> terms = {"sales": 365_250, "margin": 0.3, "customer_margin": 0.2, "holding": 0.25}
    >>> gain = joint_gain(**terms, stock_days=9, days_out=6)
    >>> gain[["stock", "regained_maker", "both"]].tolist()
    [2250.0, 1800.0, 5250.0]
    """
    number(sales, "sales", "sales a year", least=0)
    for value, name in ((stock_days, "stock_days"), (days_out, "days_out")):
        number(value, name, "a number of days", least=-DAYS["Y"], most=DAYS["Y"])
    number(more_sales, "more_sales", "sales a year")
    for value, name in ((margin, "margin"), (lost, "lost")):
        number(value, name, "a share", least=0, most=1)
    number(customer_margin, "customer_margin", "a share", least=0)
    number(holding, "holding", "a share of the price a year", least=0)
    number(cost, "cost", least=0)
    day = sales / DAYS["Y"]
    found = {"stock": stock_days * day * holding}
    for who, share in (("maker", margin), ("customer", customer_margin)):
        found[f"regained_{who}"] = days_out * day * lost * share
        found[f"growth_{who}"] = more_sales * share
    found["maker"] = found["regained_maker"] + found["growth_maker"] - cost
    found["customer"] = found["stock"] + found["regained_customer"] + found["growth_customer"]
    found["both"] = found["maker"] + found["customer"]
    return pd.Series(found, name="gain", dtype=float)
