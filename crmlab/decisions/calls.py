"""Whom to call first, and what it may be worth to win somebody back."""

from typing import Any

import pandas as pd

from crmlab.arguments import checked
from crmlab.customers import Customers
from crmlab.errors import InputError
from crmlab.groups import same_customers
from crmlab.segments.rfm import SILENT

VALUABLE = ["platinum", "gold"]
"""Tiers whose customers are worth a personal call."""


@checked
def call_list(tier: pd.Series, stage: pd.Series) -> pd.Series:
    """Tell who is on the list to begin with: the valuable customers who are falling silent.

    Whom should we call on Monday? Those in the tiers platinum and gold whose relationship is in decline.

    Parameters
    ----------
    tier : Series
        Of each customer, from `crmlab.pyramid.tiers` by the scheme ``cpm``.
    stage : Series
        Of the same customers, from `crmlab.lifecycle.stages`.

    Returns
    -------
    Series
        ``call_list``, True or False, by customer.

    Raises
    ------
    DataError
        Customers differ.

    Examples
    --------
    >>> from crmlab.decisions import call_list
    >>> import pandas as pd
    >>> tier = pd.Series(["gold", "gold", "iron"], index=["Ann", "Ben", "Cid"])
    >>> call_list(tier, pd.Series(["decline", "stability", "decline"], index=tier.index)).to_dict()
    {'Ann': True, 'Ben': False, 'Cid': False}
    """
    same_customers(tier, stage)
    return _falls_silent(tier, stage.reindex(tier.index)).rename("call_list")


@checked
def with_call_list(customers: Customers) -> Customers:
    """Add whether each customer is on the list to begin with, where their rows are.

    The rule is at `call_list`. Where tiers or stages are not known, the segments of those who bought again,
    and not little, and are among the longest silent stand for it (`crmlab.segments.rfm.SILENT`).

    Parameters
    ----------
    customers : Customers
        With ``tier`` and ``stage``, or with ``segment``.

    Returns
    -------
    Customers
        With the column ``call_list`` added.

    Raises
    ------
    InputError
        Neither is known.

    Examples
    --------
    >>> import crmlab as crm
    >>> from crmlab.decisions import with_call_list
    >>> base = crm.segments.rfm.with_names(crm.summarise(crm.datasets.cdnow(sample=True)))
    >>> int(with_call_list(base).frame["call_list"].sum())
    82
    """
    table = customers.table
    if {"tier", "stage"} <= set(table.columns):
        return customers.with_columns(call_list=_falls_silent(table["tier"], table["stage"]))
    if "segment" in table.columns:
        return customers.with_columns(call_list=table["segment"].isin(SILENT))
    raise InputError(
        "Whom to call is not known: the customers have neither tier and stage nor segment. Add them with "
        "pyramid.with_tiers and lifecycle.with_stages, or with segments.rfm.with_names."
    )


def _falls_silent(tier: Any, stage: Any) -> Any:
    return tier.isin(VALUABLE) & (stage == "decline")


def win_back_gain(p_alive: Any, value: Any) -> Any:
    r"""Return the most that winning customers back can add, of Series or of an engine's columns.

    What is a letter worth to somebody who may be gone? It changes something for those alone who are. Whoever
    is gone and comes back is worth what a customer with the same past is worth who is still here. With
    :math:`P` the chance to be still here and :math:`V` the value to come, which has the leaving in it,

    .. math:: (1 - P)\, \frac{V}{P}.

    Where letters bring back one in :math:`k` of those who are gone, a letter may cost the :math:`k`-th part
    of the mean of this.

    Parameters
    ----------
    p_alive : Series or column
        From 0, exclusive, to 1.
    value : Series or column
        CLV of the same customers.

    Examples
    --------
    >>> from crmlab.decisions import win_back_gain
    >>> import pandas as pd
    >>> win_back_gain(pd.Series({"Ann": 0.25, "Ben": 1.0}), pd.Series({"Ann": 3.0, "Ben": 50.0})).to_dict()
    {'Ann': 9.0, 'Ben': 0.0}
    """
    return (1 - p_alive) * value / p_alive
