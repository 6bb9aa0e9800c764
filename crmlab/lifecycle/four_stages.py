"""The four relationship stages: what makes them, and where each customer stands."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.customers import Customers, day, summarise
from crmlab.engine import choose, double, one
from crmlab.errors import unknown
from crmlab.groups import labelled
from crmlab.language import mark

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

STAGES = pd.DataFrame(
    [
        (mark("exploration"), "考察期", mark("introduction"), "引入期", mark("a first trial, still fresh")),
        (mark("formation"), "形成期", mark("growth"), "成长期", mark("came back, orders begin to add up")),
        (
            mark("stability"),
            "稳定期",
            mark("maturity"),
            "成熟期",
            mark("a steady buyer who keeps the rhythm"),
        ),
        (mark("decline"), "退化期", "decline", "衰退期", mark("silent for much longer than the usual gap")),
    ],
    columns=["stage", "chinese", "management", "management_chinese", "meaning"],
).set_index("stage")
"""What each stage means, what managers call it, and the strategy it asks for."""
STAGES[["strategy", "strategy_chinese"]] = [
    (mark("build trust"), "建立信任"),
    (mark("raise satisfaction"), "提高满意度"),
    (mark("retain"), "保持"),
    (mark("recover, or let go"), "恢复或放弃"),
]


@checked
def stages(
    transactions: Any,
    at: Any,
    *,
    stable_orders: int = 4,
    patience: float = 3.0,
    usual_gap: float | None = None,
) -> pd.Series:
    r"""Tell in which relationship stage every customer is at a date.

    Is this relationship being tried, growing, settled, or coming apart?

    A customer's rhythm is their mean gap between purchases, drawn towards the usual gap of the base where
    they have shown little of their own:

    .. math:: g = \frac{(t_x - t_0) + \tilde g}{x + 1}

    with :math:`x` repeat purchase days, :math:`t_x - t_0` the days between first and last, and
    :math:`\tilde g` the median of the customers' own mean gaps. Whoever has been silent for longer than
    ``patience`` rhythms is in decline. The others are in exploration after one purchase day, in stability
    from ``stable_orders`` on, and in formation in between.

    Parameters
    ----------
    transactions : ibis.Table or DataFrame
        See `crmlab.transactions.read`.
    at : date
        The day of the judgement; later orders are not looked at.
    stable_orders : int
        Purchase days from which a relationship counts as settled, at least 3.
    patience : float
        Rhythms of silence after which a relationship counts as in decline.
    usual_gap : float, optional
        :math:`\tilde g` in days; without it, the one seen at the date. Gaps longer than the time on file are
        not seen yet, so this one grows with the date: whoever compares two dates gives the same to both.

    Returns
    -------
    Series
        Ordered Categorical ``stage`` by customer, for everybody who bought up to the date.

    Raises
    ------
    InputError
        A text that is no date, ``stable_orders`` under 3, ``patience`` or ``usual_gap`` not above zero.
    DataError
        Nobody bought up to the date.

    References
    ----------
    Dwyer, F. R., Schurr, P. H. and Oh, S. (1987). Developing buyer-seller relationships. Journal of
    Marketing 51(2), 11-27. Jap, S. D. and Ganesan, S. (2000). Control mechanisms and the relationship life
    cycle. Journal of Marketing Research 37(2), 227-245.

    Examples
    --------
    >>> from crmlab.lifecycle import stages
    >>> import crmlab as crm
    >>> at_end = stages(crm.datasets.cdnow(sample=True), at="1998-06-30")
    >>> at_end.value_counts(sort=False).to_dict()
    {'exploration': 0, 'formation': 297, 'stability': 382, 'decline': 1678}
    """
    _check(stable_orders, patience, usual_gap)
    frame = summarise(transactions, end=day(at, "at"), unit="D").frame
    silence, orders = frame["since_last"], frame["orders"]
    own = rhythm(frame, usual_gap=usual_gap)
    codes = _stage(orders, silence, own, stable_orders, patience, range(len(STAGES)))
    return labelled(codes, list(STAGES.index), frame.index, "stage")


@checked
def with_stages(
    customers: Customers, *, stable_orders: int = 4, patience: float = 3.0, usual_gap: float | None = None
) -> Customers:
    """Add every customer's relationship stage at the customers' end, where their rows are.

    The rule is at `stages`, and so are ``stable_orders``, ``patience`` and ``usual_gap``.

    Parameters
    ----------
    customers : Customers
        In any time unit: stages count days.

    Returns
    -------
    Customers
        With the column ``stage`` added.

    Raises
    ------
    InputError
        ``stable_orders`` under 3, ``patience`` or ``usual_gap`` not above zero.

    Examples
    --------
    >>> from crmlab.lifecycle import with_stages
    >>> import crmlab as crm
    >>> customers = crm.summarise(crm.datasets.cdnow(sample=True), end="1998-06-30")
    >>> with_stages(customers).frame["stage"].value_counts().to_dict()
    {'decline': 1678, 'stability': 382, 'formation': 297}
    """
    import ibis

    _check(stable_orders, patience, usual_gap)
    table, end = customers.table, ibis.literal(customers.end.date())
    recency = table["last"].delta(table["first"], unit="day").cast("float64")
    silence = end.delta(table["last"], unit="day").cast("float64")
    usual = _usual_gap(customers) if usual_gap is None else usual_gap
    own = _rhythm(table["frequency"], recency, double(usual))
    names = [*STAGES.index]
    return customers.with_columns(
        stage=_stage(table["orders"], silence, own, stable_orders, double(patience), names)
    )


def _check(stable_orders: int, patience: float, usual_gap: float | None) -> None:
    whole(stable_orders, "stable_orders", "a whole number of purchase days", least=3)
    number(patience, "patience", above=0)
    if usual_gap is not None:
        number(usual_gap, "usual_gap", above=0)


def _stage(
    orders: Any, silence: Any, own: Any, stable_orders: int, patience: Any, names: Sequence[Any]
) -> Any:
    """Return the stages, called by the names given, of customers in memory or in an engine."""
    exploration, formation, stability, decline = names
    return choose(
        [
            (silence > patience * own, decline),
            (orders == 1, exploration),
            (orders < stable_orders, formation),
        ],
        stability,
    )


@checked
def usual_gap(customers: Customers | pd.DataFrame) -> float:
    """Return the usual gap of a base: the median of the mean gaps of those who came back.

    How long do customers normally wait between two purchases? Where nobody came back there is no usual gap;
    the longest age in the base then stands for it. Gaps that have not ended yet are not in it.

    Parameters
    ----------
    customers : Customers or DataFrame
        Customers, whose gap comes in days; or a table of ``frequency``, ``recency`` and ``T``, whose gap is
        in its unit.

    Examples
    --------
    >>> from crmlab.lifecycle import usual_gap
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"frequency": [0, 2, 1], "recency": [0.0, 20.0, 30.0], "T": [50.0] * 3})
    >>> usual_gap(frame)
    20.0
    """
    if isinstance(customers, Customers):
        return _usual_gap(customers)
    frame = customers
    _need(frame)
    x = frame["frequency"].to_numpy(dtype=float)
    span = frame["recency"].to_numpy(dtype=float)
    again = (x > 0) & ~np.isnan(span)
    gaps = np.sort(span[again] / x[again])
    return _median(gaps, np.arange(1, len(gaps) + 1)) if len(gaps) else float(frame["T"].max())


_seen = usual_gap  # by another name, where an argument is called `usual_gap`


@checked
def rhythm(frame: pd.DataFrame, *, usual_gap: float | None = None) -> pd.Series:
    """Return each customer's usual gap between purchases, in the frame's time unit.

    How long does this customer normally wait? The equation is at `stages`.

    Parameters
    ----------
    frame : DataFrame
        ``frequency``, ``recency`` and ``T`` of customers.
    usual_gap : float, optional
        The usual gap of the base, in the frame's time unit; without it, what the function `usual_gap` gives.

    Examples
    --------
    >>> from crmlab.lifecycle import rhythm
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"frequency": [0, 2], "recency": [0.0, 20.0], "T": [50.0, 50.0]})
    >>> rhythm(frame).tolist(), rhythm(frame, usual_gap=25.0).tolist()
    ([10.0, 10.0], [25.0, 15.0])
    """
    _need(frame)
    if usual_gap is not None:
        number(usual_gap, "usual_gap", above=0)
    usual = _seen(frame) if usual_gap is None else usual_gap
    return _rhythm(frame["frequency"], frame["recency"], usual).rename("rhythm")


def _need(frame: pd.DataFrame) -> None:
    missing = [name for name in ("frequency", "recency", "T") if name not in frame]
    if missing:
        raise unknown("column", missing[0], frame.columns, where="frame")


def _rhythm(frequency: Any, recency: Any, usual: Any) -> Any:
    """Return the customers' own gaps, drawn towards the usual gap; the equation is at `stages`."""
    return (recency + usual) / (frequency + 1)


def _median(gaps: Floats, upto: Ints) -> float:
    """Return the median of rising gaps, given the number of customers up to each."""
    middle = [(upto[-1] - 1) // 2, upto[-1] // 2]  # the two in the middle, or the one twice
    return float(np.mean(gaps[np.searchsorted(upto, middle, side="right")]))


def _usual_gap(customers: Customers) -> float:
    """Return the usual gap in days where the rows are; the engine counts, and no row leaves it."""
    table = customers.table
    recency = table["last"].delta(table["first"], unit="day").cast("float64")
    again = table.select("frequency", recency=recency).filter(table["frequency"] > 0)
    counted = again.group_by("frequency", "recency").aggregate(customers=again.count()).to_pyarrow()
    if len(counted):
        gaps = counted["recency"].to_numpy() / counted["frequency"].to_numpy()
        order = np.argsort(gaps)
        return _median(gaps[order], np.cumsum(counted["customers"].to_numpy()[order]))
    first = one(table, first=table["first"].min())["first"]
    return float((customers.end - pd.Timestamp(first)).days)
