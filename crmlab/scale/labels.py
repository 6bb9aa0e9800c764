"""Tiers, RFM scores and stages inside the engine: the labels of `pyramid`, `rfm` and `lifecycle`."""

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.customers import Customers
from crmlab.engine import double, one
from crmlab.lifecycle import STAGES
from crmlab.pyramid.layers import Scheme, scheme_of
from crmlab.scale import ranks
from crmlab.scale.columns import joined, need, with_columns
from crmlab.segments.rfm import MEASURES, check_bins, names


@checked
def tiers(
    customers: Customers, value: str = "lifetime_value", scheme: str | Scheme | Mapping[str, float] = "cpm"
) -> Customers:
    """Give every customer a tier by value, inside the engine: the labels of `crmlab.pyramid.tiers`.

    The cuts are found by counting when this is called; the labels are computed when the rows are.

    Parameters
    ----------
    customers : Customers
    value : str
        A column, such as ``lifetime_value`` or ``total``.
    scheme : {"two", "cpm", "revenue"}, Scheme or mapping
        See `crmlab.pyramid.tiers`.

    Returns
    -------
    Customers
        With the column ``tier`` added.

    Raises
    ------
    InputError
        No such column or scheme, or shares that do not sum to one.
    DataError
        A value is missing or not finite, or there are no customers.

    Examples
    --------
    >>> import crmlab as crm
    >>> customers = crm.summarise(crm.datasets.cdnow(sample=True), end="1997-09-30", unit="W")
    >>> crm.scale.tiers(customers, value="total", scheme="two").frame["tier"].value_counts().to_dict()
    {'rest': 1886, 'top': 471}
    """
    plan, table = scheme_of(scheme), customers.table
    need(table, value)
    low, high = ranks.extremes(table, value)
    if plan.loss_tier is None:
        return with_columns(customers, tier=_tier(table, table, value, max(-low, high), plan))
    import ibis

    lost = table[value] <= 0
    if high <= 0:
        return with_columns(customers, tier=ibis.literal(plan.loss_tier))
    tier = _tier(table, table.filter(~lost), value, high, plan)
    return with_columns(customers, tier=ibis.ifelse(lost, plan.loss_tier, tier))


def _tier(table: Any, ranked: Any, value: str, most: float, plan: Scheme) -> Any:
    """Return the tiers of a table's values by their place among the rows ranked, from the best."""

    def key(rows: Any) -> Any:
        return -ranks.keys(rows[value].cast("float64"), most)

    least = ranks.begins(ranked.select(key=key(ranked)), "key", plan.codes)
    return ranks.coded(key(table), least, dict(enumerate(plan.names)))


@checked
def rfm(customers: Customers, *, bins: int = 5, scheme: str = "named") -> Customers:
    """Score every customer by quantile and name their segment inside the engine: see `crmlab.segments.rfm`.

    Parameters
    ----------
    customers : Customers
    bins : int
        Number of scores, see `crmlab.segments.rfm.scores`.
    scheme : {"named", "eight"}
        See `crmlab.segments.rfm.names`.

    Returns
    -------
    Customers
        With the whole numbers ``R``, ``F``, ``M``, their ``code`` such as ``"543"``, and ``segment`` added.

    Raises
    ------
    InputError
        A wrong number of bins, or an unknown scheme.

    Examples
    --------
    >>> import crmlab as crm
    >>> customers = crm.summarise(crm.datasets.cdnow(sample=True), end="1997-09-30", unit="W")
    >>> crm.scale.rfm(customers).frame[["code", "segment"]].head(2).values.tolist()
    [['554', 'champions'], ['121', 'hibernating']]
    """
    check_bins(bins)
    points = pd.DataFrame([*product(range(1, bins + 1), repeat=3)], columns=[*MEASURES])
    scored = with_columns(customers, **{letter: _score(customers.table, letter, bins) for letter in MEASURES})
    letters = [scored.table[letter].cast("string") for letter in MEASURES]
    segment = names(points, scheme=scheme, bins=bins).astype(str)
    known = pd.DataFrame({"code": points.astype(str).sum(axis=1), "segment": segment})
    return joined(with_columns(scored, code=letters[0] + letters[1] + letters[2]), known, ["code"])


def _score(table: Any, letter: str, bins: int) -> Any:
    """Return a letter's scores, 1 the least welcome."""
    name = MEASURES[letter]
    low, high = ranks.extremes(table, name)
    most, sign = max(-low, high), -1 if letter == "R" else 1

    def key(rows: Any) -> Any:
        return sign * ranks.keys(rows[name].cast("float64"), most)

    least = ranks.begins(
        table.select(key=key(table)), "key", lambda share: np.ceil(share * bins).astype(np.int64)
    )
    return ranks.coded(key(table), least, {score: score for score in least})


@checked
def stages(customers: Customers, *, stable_orders: int = 4, patience: float = 3.0) -> Customers:
    """Tell every customer's relationship stage at the customers' end, as `crmlab.lifecycle.stages` does.

    Parameters
    ----------
    customers : Customers
    stable_orders : int
        Purchase days from which a relationship counts as settled, at least 3.
    patience : float
        Rhythms of silence after which a relationship counts as in decline.

    Returns
    -------
    Customers
        With the column ``stage`` added.

    Raises
    ------
    InputError
        ``stable_orders`` under 3 or ``patience`` not above zero.

    Examples
    --------
    >>> from crmlab.scale import stages
    >>> import crmlab as crm
    >>> customers = crm.summarise(crm.datasets.cdnow(sample=True), end="1998-06-30")
    >>> stages(customers).frame["stage"].value_counts().to_dict()
    {'decline': 1678, 'stability': 382, 'formation': 297}
    """
    import ibis

    whole(stable_orders, "stable_orders", "a whole number of purchase days", least=3)
    number(patience, "patience", above=0)
    table, end = customers.table, ibis.literal(customers.end.date())
    # In days, whatever the customers' unit: that is how stages are defined.
    recency = table["last"].delta(table["first"], unit="day").cast("float64")
    silence = end.delta(table["last"], unit="day").cast("float64")
    usual = _usual_gap(table, recency, customers)
    rhythm = (recency + double(usual)) / (table["frequency"] + 1)
    exploration, formation, stability, decline = STAGES.index
    stage = ibis.cases(
        (silence > double(patience) * rhythm, decline),
        (table["orders"] == 1, exploration),
        (table["orders"] < stable_orders, formation),
        else_=stability,
    )
    return with_columns(customers, stage=stage)


def _usual_gap(table: Any, recency: Any, customers: Customers) -> float:
    """Return the median of the customers' own mean gaps in days; see `crmlab.lifecycle.rhythm`."""
    again = table.select("frequency", recency=recency).filter(table["frequency"] > 0)
    counted = again.group_by("frequency", "recency").aggregate(customers=again.count()).to_pyarrow()
    if not len(counted):
        first = one(table, first=table["first"].min())["first"]
        return float((customers.end - pd.Timestamp(first)).days)
    gaps = counted["recency"].to_numpy() / counted["frequency"].to_numpy()
    order = np.argsort(gaps)
    upto = np.cumsum(counted["customers"].to_numpy()[order])
    middle = [(upto[-1] - 1) // 2, upto[-1] // 2]  # the two in the middle, or the one twice
    return float(np.mean(gaps[order][np.searchsorted(upto, middle, side="right")]))
