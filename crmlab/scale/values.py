"""Predictions and value inside the engine: a model scores the patterns, the engine every customer."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from crmlab.arguments import checked
from crmlab.clv import GammaGamma
from crmlab.clv import lifetime_value as value_of
from crmlab.clv.buytillyoudie import BuyTillYouDie
from crmlab.customers import Customers
from crmlab.engine import double, one
from crmlab.errors import DataError, InputError, some
from crmlab.pyramid import Scheme
from crmlab.scale.columns import joined, with_columns
from crmlab.scale.engines import keep
from crmlab.scale.labels import rfm, stages, tiers

_KEYS = ("frequency", "recency", "T")


@checked
def score(model: BuyTillYouDie, customers: Customers, horizon: Any) -> Customers:
    """Add what a fitted model expects of each customer: the model scores patterns, the engine joins them.

    Parameters
    ----------
    model : BGNBD, MBGNBD or ParetoNBD
        A fitted model.
    customers : Customers
        In the model's time unit.
    horizon : number or duration
        In the model's unit, or such as ``"90D"``.

    Returns
    -------
    Customers
        With ``p_alive`` and ``expected_purchases`` added.

    Raises
    ------
    InputError
        The model is of another kind, has no parameters, or measures time in another unit.

    Examples
    --------
    >>> from crmlab.scale import score
    >>> import crmlab as crm
    >>> from crmlab.clv import BGNBD
    >>> customers = crm.summarise(crm.datasets.cdnow(sample=True), end="1997-09-30", unit="W")
    >>> scored = score(BGNBD().fit(customers), customers, horizon=39)
    >>> scored.frame[["p_alive", "expected_purchases"]].round(2).iloc[0].to_dict()
    {'p_alive': 0.73, 'expected_purchases': 1.23}
    """
    if model._columns != _KEYS:
        raise InputError(
            f"score takes a model of purchases (BGNBD, MBGNBD or ParetoNBD), not {type(model).__name__}."
        )
    patterns, each = customers.patterns(), one_each(customers)
    scores = patterns[[*_KEYS]].assign(
        p_alive=model.p_alive(each).to_numpy(),
        expected_purchases=model.expected_purchases(each, horizon).to_numpy(),
    )
    return joined(customers, scores, _KEYS)


@checked
def lifetime_value(
    model: BuyTillYouDie,
    spend: GammaGamma,
    customers: Customers,
    horizon: Any = None,
    *,
    discount_rate: float,
    margin: float,
) -> Customers:
    """Add each customer's lifetime value, inside the engine: the numbers of `crmlab.clv.lifetime_value`.

    Discounted purchases depend on the pattern, so the model computes them for patterns. Expected spend is a
    formula of frequency and mean spend, which the engine computes for every customer.

    Parameters
    ----------
    model, spend, horizon, discount_rate, margin
        See `crmlab.clv.lifetime_value`.
    customers : Customers

    Returns
    -------
    Customers
        With ``expected_spend``, ``discounted_purchases``, ``residual_value``, ``past_profit`` and
        ``lifetime_value`` added.

    Raises
    ------
    InputError
        What `crmlab.clv.lifetime_value` refuses.
    DataError
        A repeat customer's mean spend is missing or not above zero.

    Examples
    --------
    >>> import crmlab as crm
    >>> from crmlab.clv import BGNBD, GammaGamma
    >>> customers = crm.summarise(crm.datasets.cdnow(sample=True), end="1997-09-30", unit="W")
    >>> model, spend = BGNBD().fit(customers), GammaGamma().fit(customers.spend_patterns())
    >>> terms = {"horizon": 52, "discount_rate": 0.10, "margin": 0.30}
    >>> valued = crm.scale.lifetime_value(model, spend, customers, **terms)
    >>> valued.frame["lifetime_value"].head(2).round(2).tolist()
    [33.24, 7.05]
    """
    patterns, each = customers.patterns(), one_each(customers)
    # The mean spend does not matter here: the function checks its arguments and counts purchases.
    counted = value_of(model, spend, each, horizon, discount_rate=discount_rate, margin=margin)
    _check_spend(customers.table)
    counts = patterns[[*_KEYS]].assign(discounted_purchases=counted["discounted_purchases"].to_numpy())
    scored = joined(customers, counts, _KEYS)
    table = scored.table
    p, q, v = (double(float(spend.params_[name])) for name in ("p", "q", "v"))
    x, z, share = table["frequency"], table["monetary_value"].fill_null(0.0), double(margin)
    expected = p * (v + x * z) / (p * x + q - double(1))
    residual = share * expected * table["discounted_purchases"]
    past = share * table["total"]
    columns = {"expected_spend": expected, "residual_value": residual, "past_profit": past}
    return with_columns(scored, **columns, lifetime_value=past + residual)


@checked
def customer_table(
    customers: Customers,
    model: BuyTillYouDie,
    spend: GammaGamma,
    *,
    horizon: Any,
    discount_rate: float,
    margin: float,
    scheme: str | Scheme | Mapping[str, float] = "cpm",
    bins: int = 5,
) -> Any:
    """Return all that is known of every customer as one table of the engine.

    Who is each customer, what are they worth, and what should they get? The engine computes the customers
    and their values once and keeps them, see `keep`; write the table with ``.to_parquet(path)``.

    Parameters
    ----------
    customers : Customers
    model, spend
        Fitted models, see `crmlab.clv.lifetime_value`.
    horizon : number or duration
        How far to look ahead, for purchases and value.
    discount_rate, margin : float
        See `crmlab.clv.lifetime_value`.
    scheme
        Of the tiers by lifetime value, see `crmlab.pyramid.tiers`.
    bins : int
        Number of RFM scores.

    Returns
    -------
    ibis.Table
        The columns of `crmlab.summarise`, `score`, `lifetime_value`, `stages`, `tiers` and `rfm`.

    Examples
    --------
    >>> from crmlab.scale import customer_table
    >>> import crmlab as crm
    >>> from crmlab.clv import BGNBD, GammaGamma
    >>> customers = crm.summarise(crm.datasets.cdnow(sample=True), end="1997-09-30", unit="W")
    >>> model, spend = BGNBD().fit(customers), GammaGamma().fit(customers.spend_patterns())
    >>> table = customer_table(customers, model, spend, horizon=52, discount_rate=0.10, margin=0.30)
    >>> table.columns[-7:]
    ('stage', 'tier', 'R', 'F', 'M', 'code', 'segment')
    """
    kept = keep(customers)
    valued = lifetime_value(model, spend, kept, horizon, discount_rate=discount_rate, margin=margin)
    valued = keep(score(model, valued, horizon))
    return rfm(tiers(stages(valued), scheme=scheme), bins=bins).table


def one_each(customers: Customers) -> Customers:
    """Return one customer for each pattern, in the patterns' order, with a mean spend of 1."""
    import ibis

    patterns = customers.patterns().drop(columns="customers")
    rows = patterns.assign(customer_id=pd.RangeIndex(len(patterns)), monetary_value=1.0)
    return Customers(ibis.memtable(rows), customers.unit, customers.end)


def _check_spend(table: Any) -> None:
    wrong = (table["frequency"] > 0) & ~(table["monetary_value"] > 0).fill_null(False)
    found = one(table, rows=table.count(), wrong=wrong.sum().fill_null(0))
    if found["wrong"]:
        odd = table.filter(wrong).order_by("customer_id").limit(3).to_pyarrow()["customer_id"].to_pylist()
        raise DataError(
            f"{found['wrong']:,} of {found['rows']:,} customers break a rule: monetary_value must be over 0 "
            f"where there are repeat purchases. Customers {some(odd)}. Correct them or leave them out."
        )
