"""Predictions where the rows are: a model scores the patterns, the engine joins them to every customer."""

from typing import Any

import pandas as pd

from crmlab.arguments import checked
from crmlab.clv.buytillyoudie import BuyTillYouDie
from crmlab.customers import PATTERN, Customers
from crmlab.errors import InputError


@checked
def with_predictions(model: BuyTillYouDie, customers: Customers, horizon: Any) -> Customers:
    """Add what a fitted model expects of each customer, where their rows are.

    Who is still a customer, and how often will they buy? The equations are at the model.

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
    >>> import crmlab as crm
    >>> from crmlab.clv import BGNBD, with_predictions
    >>> customers = crm.summarise(crm.datasets.cdnow(sample=True), end="1997-09-30", unit="W")
    >>> predicted = with_predictions(BGNBD().fit(customers), customers, horizon=39)
    >>> predicted.frame[["p_alive", "expected_purchases"]].round(2).iloc[0].to_dict()
    {'p_alive': 0.73, 'expected_purchases': 1.23}
    """
    if model._columns != PATTERN:
        raise InputError(
            "with_predictions takes a model of purchases (BGNBD, MBGNBD or ParetoNBD), not "
            f"{type(model).__name__}."
        )
    return customers.joined(of_patterns(model, customers, horizon), PATTERN)


def of_patterns(model: BuyTillYouDie, customers: Customers, horizon: Any) -> pd.DataFrame:
    """Return the customers' patterns with ``p_alive`` and ``expected_purchases`` of each.

    Examples
    --------
    >>> import crmlab as crm
    >>> from crmlab.clv import BGNBD
    >>> from crmlab.clv.predictions import of_patterns
    >>> customers = crm.summarise(crm.datasets.cdnow(sample=True), end="1997-09-30", unit="W")
    >>> len(customers), len(of_patterns(BGNBD().fit(customers), customers, horizon=39))
    (2357, 1016)
    """
    each = customers.one_each()
    return customers.patterns()[[*PATTERN]].assign(
        p_alive=model.p_alive(each).to_numpy(),
        expected_purchases=model.expected_purchases(each, horizon).to_numpy(),
    )
