"""Whether a base deserves tiers at all."""

import pandas as pd

from crmlab.arguments import checked
from crmlab.customers import Customers
from crmlab.groups import same_customers
from crmlab.pyramid.concentration import top_share
from crmlab.ranks import steady


@checked
def preconditions(
    customers: Customers,
    value: pd.Series,
    *,
    later: pd.Series | None = None,
    capacity: int = 500,
    repeat: float = 0.30,
    inequality: float = 2.0,
    persistence: float = 0.30,
) -> pd.DataFrame:
    """Ask whether a base deserves tiers at all.

    Tiers pay only where there are too many customers to manage alike, customers come back, they differ in
    value, and who is good now tends to be good later.

    Parameters
    ----------
    customers : Customers
        The base.
    value : Series
        One number a customer; the part below zero counts as zero.
    later : Series, optional
        The same customers' value in a later period; without it the last condition is not judged.
    capacity : int
        Customers that can be looked after one by one.
    repeat : float
        Least share of customers with a repeat purchase.
    inequality : float
        Least ratio of the best fifth's share of value to its share of customers.
    persistence : float
        Least rank correlation between value now and later.

    Returns
    -------
    DataFrame
        One row a condition: ``measure`` (what the number is), ``evidence``, ``needed`` and ``holds``. The
        thresholds are conventions to argue about, not findings.

    Examples
    --------
    >>> from crmlab.pyramid import preconditions
    >>> import crmlab as crm
    >>> base = crm.summarise(crm.datasets.cdnow(sample=True), end="1997-09-30")
    >>> preconditions(base, base.frame["total"])["holds"].tolist()
    [True, True, True]
    """
    frame = customers.frame
    same_customers(value, frame)
    rows = [
        ("too many to manage alike", "customers", float(len(value)), float(capacity)),
        ("repeat trade", "share who came back", float((frame["frequency"] > 0).mean()), repeat),
        (
            "real differences",
            "best fifth's share / 20%",
            top_share(value.clip(lower=0), 0.20) / 0.20,
            inequality,
        ),
    ]
    if later is not None:
        same_customers(value, later)
        after = steady(later.reindex(value.index))
        stable = float(steady(value).corr(after, method="spearman"))
        rows.append(("differences that last", "rank correlation with later", stable, persistence))
    table = pd.DataFrame(rows, columns=["condition", "measure", "evidence", "needed"]).set_index("condition")
    return table.assign(holds=table["evidence"] >= table["needed"])
