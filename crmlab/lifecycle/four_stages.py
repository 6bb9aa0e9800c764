"""The four relationship stages: what makes them, and where each customer stands."""

from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number
from crmlab.customers import day, summarise
from crmlab.errors import InputError, unknown
from crmlab.groups import labelled
from crmlab.language import mark

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
STAGES[["strategy", "strategy_chinese"]] = [
    (mark("build trust"), "建立信任"),
    (mark("raise satisfaction"), "提高满意度"),
    (mark("retain"), "保持"),
    (mark("recover, or let go"), "恢复或放弃"),
]
"""What each stage means, what managers call it, and the strategy it asks for."""


@checked
def stages(
    transactions: Any,
    at: Any,
    *,
    stable_orders: int = 4,
    patience: float = 3.0,
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

    Returns
    -------
    Series
        Ordered Categorical ``stage`` by customer, for everybody who bought up to the date.

    Raises
    ------
    InputError
        A text that is no date, ``stable_orders`` under 3 or ``patience`` not above zero.
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
    if stable_orders < 3:
        raise InputError(
            f"stable_orders is {stable_orders}, but must be at least 3: formation lies below it."
        )
    number(patience, "patience", above=0)
    frame = summarise(transactions, end=day(at, "at"), unit="D").frame
    orders = frame["orders"].to_numpy()
    codes = np.where(orders == 1, 0, np.where(orders < stable_orders, 1, 2))
    codes = np.where(frame["since_last"] > patience * rhythm(frame), 3, codes)
    return labelled(codes, list(STAGES.index), frame.index, "stage")


@checked
def rhythm(frame: pd.DataFrame) -> pd.Series:
    """Return each customer's usual gap between purchases, in the frame's time unit.

    How long does this customer normally wait? The equation is at `stages`. Where nobody came back there is no
    usual gap; the longest age in the base then stands for it.

    Parameters
    ----------
    frame : DataFrame
        ``frequency``, ``recency`` and ``T`` of customers.

    Examples
    --------
    >>> from crmlab.lifecycle import rhythm
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"frequency": [0, 2], "recency": [0.0, 20.0], "T": [50.0, 50.0]})
    >>> rhythm(frame).tolist()
    [10.0, 10.0]
    """
    missing = [name for name in ("frequency", "recency", "T") if name not in frame]
    if missing:
        raise unknown("column", missing[0], frame.columns, where="frame")
    repeat = frame[frame["frequency"] > 0]
    usual = (repeat["recency"] / repeat["frequency"]).median() if len(repeat) else frame["T"].max()
    return ((frame["recency"] + usual) / (frame["frequency"] + 1)).rename("rhythm")
