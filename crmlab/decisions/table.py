"""The customer table: all that the other strands say of every customer, on which decisions rest."""

from collections.abc import Mapping
from typing import Any

from crmlab.arguments import checked
from crmlab.clv import GammaGamma, with_lifetime_value, with_predictions
from crmlab.clv.buytillyoudie import BuyTillYouDie
from crmlab.customers import Customers
from crmlab.lifecycle import with_stages
from crmlab.pyramid import Scheme, with_tiers
from crmlab.segments.rfm import with_names


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
    and their values once and keeps them, see `Customers.kept`; write the table with ``.to_parquet(path)``.

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
        The columns of `crmlab.summarise`, `clv.with_predictions`, `clv.with_lifetime_value`,
        `lifecycle.with_stages`, `pyramid.with_tiers` and `segments.rfm.with_names`.

    Examples
    --------
    >>> import crmlab as crm
    >>> from crmlab.clv import BGNBD, GammaGamma
    >>> from crmlab.decisions import customer_table
    >>> customers = crm.summarise(crm.datasets.cdnow(sample=True), end="1997-09-30", unit="W")
    >>> model, spend = BGNBD().fit(customers), GammaGamma().fit(customers.spend_patterns())
    >>> table = customer_table(customers, model, spend, horizon=52, discount_rate=0.10, margin=0.30)
    >>> table.columns[-7:]
    ('stage', 'tier', 'R', 'F', 'M', 'code', 'segment')
    """
    terms = {"discount_rate": discount_rate, "margin": margin}
    valued = with_lifetime_value(model, spend, customers.kept(), horizon, **terms)
    predicted = with_predictions(model, valued, horizon).kept()
    labelled = with_names(with_tiers(with_stages(predicted), scheme=scheme), bins=bins)
    return labelled.table
