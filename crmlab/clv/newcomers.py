"""A new customer: what they bring from the first purchase on, and what moves that."""

from typing import Any

import pandas as pd

from crmlab.arguments import number, said
from crmlab.clv.bgnbd import BGNBD
from crmlab.clv.buytillyoudie import BuyTillYouDie
from crmlab.clv.gammagamma import GammaGamma
from crmlab.clv.value import residual_value
from crmlab.errors import InputError
from crmlab.language import mark


def newcomer_value(
    model: BuyTillYouDie,
    spend: GammaGamma,
    horizon: Any,
    *,
    first: float,
    discount_rate: float,
    margin: float,
) -> Any:
    """Return the profit that a new customer brings: the first purchase, and the lifetime value after it.

    It is the most that winning the customer may cost. The value after the first purchase is that of
    `lifetime_value` for somebody who has only just come.

    Parameters
    ----------
    model : BGNBD, MBGNBD or ParetoNBD
        A fitted model of purchases.
    spend : GammaGamma
        A fitted model of spend.
    horizon : number, duration, or a list of them
        How far to look ahead from the first purchase.
    first : float
        Revenue of the first purchase.
    discount_rate : float
        Annual and effective.
    margin : float
        Profit as a share of revenue, over 0 and at most 1.

    Returns
    -------
    float, or an array for a list.

    Examples
    --------
    >>> from crmlab.clv import BGNBD, GammaGamma, newcomer_value
    >>> model = BGNBD.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="W")
    >>> spend = GammaGamma.from_params(p=6.25, q=3.74, v=15.44)
    >>> terms = {"first": 33.0, "discount_rate": 0.10, "margin": 0.30}
    >>> newcomer_value(model, spend, ["12M", "24M"], **terms).round(2).tolist()
    [24.63, 31.59]
    """
    margin = number(margin, "margin", "profit as a share of revenue,", above=0, most=1)
    first = number(first, "first", "revenue of the first purchase", least=0)
    returns = model.discounted_purchases_new(horizon, discount_rate=discount_rate)
    return margin * first + residual_value(margin, spend.mean_spend, returns)


def levers(
    model: BGNBD,
    spend: GammaGamma,
    horizon: Any,
    *,
    first: float,
    discount_rate: float,
    margin: float,
    by: float = 0.01,
) -> "pd.Series[float]":
    """Return what each driver of a new customer's value adds in money when it is moved a little.

    Parameters
    ----------
    model : BGNBD or MBGNBD
        A fitted model of purchases.
    spend, horizon, first, discount_rate, margin
        See `newcomer_value`.
    by : float
        The move, as a share of the driver. Of referral, which starts from none: the share of new customers
        who bring another at once.

    Returns
    -------
    Series
        Money a new customer, by driver.

    Examples
    --------
    >>> from crmlab.clv import BGNBD, GammaGamma, levers
    >>> model = BGNBD.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="W")
    >>> spend = GammaGamma.from_params(p=6.25, q=3.74, v=15.44)
    >>> levers(model, spend, "24M", first=33.0, discount_rate=0.10, margin=0.30).round(2).tolist()
    [0.74, 0.22, 0.13, 0.17, 0.01, 0.32]
    """
    if not isinstance(model, BGNBD):
        raise InputError(f"model is {said(model)}, but must be a BGNBD or MBGNBD.")
    by = number(by, "by", "a share", above=0, below=1)
    now = {"first": first, "discount_rate": discount_rate, "margin": margin}
    p, pays, unit = model._p, spend._p, model.unit_
    richer = GammaGamma.from_params(unit=None, **{**pays, "v": (1 + by) * pays["v"]})
    faster = type(model).from_params(unit=unit, **{**p, "alpha": p["alpha"] / (1 + by)})
    longer = type(model).from_params(unit=unit, **{**p, "a": (1 - by) * p["a"], "b": p["b"] + by * p["a"]})
    moved = {
        mark("costs lower"): (model, spend, {"margin": 1 - (1 - by) * (1 - margin)}),
        mark("spend on returns higher"): (model, richer, {}),
        mark("purchases more frequent"): (faster, spend, {}),
        mark("drop-out rarer"): (longer, spend, {}),
        mark("discount rate lower"): (model, spend, {"discount_rate": (1 - by) * discount_rate}),
    }
    value = newcomer_value(model, spend, horizon, **now)
    adds = {
        name: newcomer_value(buys, spends, horizon, **{**now, **terms}) - value
        for name, (buys, spends, terms) in moved.items()
    }
    adds[mark("referrals more")] = value / (1 - by) - value
    return pd.Series(adds, name="adds")
