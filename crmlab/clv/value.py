"""Lifetime value: what each customer has earned, and is expected to earn."""

from typing import Any

import pandas as pd

from crmlab.arguments import checked, number
from crmlab.clv.buytillyoudie import BuyTillYouDie
from crmlab.clv.gammagamma import GammaGamma, spend_column
from crmlab.clv.patterns import numbers, table
from crmlab.customers import PATTERN, Customers
from crmlab.engine import double, one
from crmlab.errors import DataError, InputError, some


def lifetime_value(
    model: BuyTillYouDie,
    spend: GammaGamma,
    customers: Any,
    horizon: Any = None,
    *,
    discount_rate: float,
    margin: float,
) -> pd.DataFrame:
    r"""Return each customer's lifetime value: past profit, and expected discounted profit to come.

    .. math::
        \text{residual} = \text{margin} \cdot E(Z \mid \bar z, x) \cdot
        \int_0^{h} e^{-\delta t} \, dE[Y(t) \mid x, t_x, T],
        \qquad \delta = \ln(1 + \text{discount rate}) \text{ per year}

    Time is continuous: a purchase is discounted from the moment it is expected, not from its month's end.

    Parameters
    ----------
    model : BGNBD, MBGNBD or ParetoNBD
        A fitted model of purchases.
    spend : GammaGamma
        A fitted model of spend. A customer without a repeat purchase gets the population's mean.
    customers : Customers or DataFrame
        With frequency, recency, T and monetary_value; with ``total`` also the past is valued.
    horizon : number or duration, optional
        How far to look ahead, in the model's unit or such as ``"12M"``. By default all the future.
    discount_rate : float
        Annual and effective: 0.10 is 10%. It must be positive where there is no horizon.
    margin : float
        Profit as a share of revenue, over 0 and at most 1.

    Returns
    -------
    DataFrame by customer_id, in the order given
        ``expected_spend`` per purchase; ``discounted_purchases`` expected; ``residual_value``, the profit to
        come; and where the customers have a ``total``: ``past_profit`` (margin · total) and
        ``lifetime_value``, their sum.

    Raises
    ------
    InputError
        A share out of its range, customers in another time unit, or a spend model whose mean does not exist
        (q at most 1).

    References
    ----------
    Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005). RFM and CLV: using iso-value curves for customer
    base analysis. Journal of Marketing Research 42(4), 415-430.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab.clv import BGNBD, GammaGamma, lifetime_value
    >>> model = BGNBD.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="W")
    >>> spend = GammaGamma.from_params(p=6.25, q=3.74, v=15.44)
    >>> ann = pd.DataFrame({"frequency": [2], "recency": [30.4], "T": [38.9], "monetary_value": [22.4],
    ...                     "total": [70.0]}, index=["Ann"])
    >>> value = lifetime_value(model, spend, ann, horizon=52, discount_rate=0.10, margin=0.30)
    >>> value.round(2).iloc[0].to_dict()
    {'expected_spend': 24.7, 'discounted_purchases': 1.49, 'residual_value': 11.04, 'past_profit': 21.0,
     'lifetime_value': 32.04}
    """
    if not isinstance(model, BuyTillYouDie) or not isinstance(spend, GammaGamma):
        raise InputError(
            "lifetime_value takes a model of purchases (BGNBD, MBGNBD or ParetoNBD) and a GammaGamma, "
            f"in this order, not {type(model).__name__} and {type(spend).__name__}."
        )
    margin = number(margin, "margin", "profit as a share of revenue,", above=0, most=1)
    frame = table(customers, ("frequency", "recency", "T", "monetary_value"))
    mean = spend.expected_spend(frame)
    count = model.discounted_purchases(customers, discount_rate=discount_rate, horizon=horizon)
    value = pd.DataFrame({"expected_spend": mean, "discounted_purchases": count})
    if "total" not in frame.columns:
        return value.assign(residual_value=residual_value(margin, mean, count))
    return value.assign(**_value(margin, mean, count, numbers(frame, "total")))


@checked
def with_lifetime_value(
    model: BuyTillYouDie,
    spend: GammaGamma,
    customers: Customers,
    horizon: Any = None,
    *,
    discount_rate: float,
    margin: float,
) -> Customers:
    """Add each customer's lifetime value, where their rows are.

    The equation is at `lifetime_value`. Discounted purchases depend on the pattern alone, so the model
    computes them for patterns; the engine computes the rest for every customer.

    Parameters
    ----------
    model, spend, horizon, discount_rate, margin
        See `lifetime_value`.
    customers : Customers

    Returns
    -------
    Customers
        With ``expected_spend``, ``discounted_purchases``, ``residual_value``, ``past_profit`` and
        ``lifetime_value`` added.

    Raises
    ------
    InputError
        What `lifetime_value` refuses.
    DataError
        A repeat customer's mean spend is missing or not above zero.

    Examples
    --------
    >>> import crmlab as crm
    >>> from crmlab.clv import BGNBD, GammaGamma, with_lifetime_value
    >>> customers = crm.summarise(crm.datasets.cdnow(sample=True), end="1997-09-30", unit="W")
    >>> model, spend = BGNBD().fit(customers), GammaGamma().fit(customers.spend_patterns())
    >>> terms = {"horizon": 52, "discount_rate": 0.10, "margin": 0.30}
    >>> valued = with_lifetime_value(model, spend, customers, **terms)
    >>> valued.frame["lifetime_value"].head(2).round(2).tolist()
    [33.24, 7.05]
    """
    # The mean spend does not matter here: the function checks its arguments and counts purchases.
    counted = lifetime_value(
        model, spend, customers.one_each(), horizon, discount_rate=discount_rate, margin=margin
    )
    _check_spend(customers.table)
    counts = customers.patterns()[[*PATTERN]]
    counts["discounted_purchases"] = counted["discounted_purchases"].to_numpy()
    found = customers.joined(counts, PATTERN)
    rows, mean = found.table, spend_column(spend, found.table)
    columns = _value(double(margin), mean, rows["discounted_purchases"], rows["total"])
    return found.with_columns(expected_spend=mean, **columns)


def residual_value(margin: Any, spend: Any, purchases: Any) -> Any:
    """Return the profit to come from expected spend and discounted purchases: arrays, or an engine's columns.

    Examples
    --------
    >>> from crmlab.clv.value import residual_value
    >>> residual_value(margin=0.5, spend=20.0, purchases=1.5)
    15.0
    """
    return margin * spend * purchases


def _value(margin: Any, spend: Any, purchases: Any, total: Any) -> dict[str, Any]:
    """Return the parts of lifetime value."""
    residual, past = residual_value(margin, spend, purchases), margin * total
    return {"residual_value": residual, "past_profit": past, "lifetime_value": past + residual}


def _check_spend(rows: Any) -> None:
    wrong = (rows["frequency"] > 0) & ~(rows["monetary_value"] > 0).fill_null(False)
    found = one(rows, rows=rows.count(), wrong=wrong.sum().fill_null(0))
    if found["wrong"]:
        odd = rows.filter(wrong).order_by("customer_id").limit(3).to_pyarrow()["customer_id"].to_pylist()
        raise DataError(
            f"{found['wrong']:,} of {found['rows']:,} customers break a rule: monetary_value must be over 0 "
            f"where there are repeat purchases. Customers {some(odd)}. Correct them or leave them out."
        )
