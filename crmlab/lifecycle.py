"""The four relationship stages: where each customer stands, what stages bring, and the moves between."""

from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number, rate, whole
from crmlab.customers import DAYS, Customers, contracted, day, purchase_days, summarise
from crmlab.engine import sum_of
from crmlab.errors import DataError, InputError, unknown
from crmlab.segments import complete, labelled, profile, same_customers, transitions
from crmlab.value import check_contacts

STAGES = pd.DataFrame(
    [
        ("exploration", "考察期", "introduction", "引入期", "a first trial, still fresh"),
        ("formation", "形成期", "growth", "成长期", "came back, orders begin to add up"),
        ("stability", "稳定期", "maturity", "成熟期", "a steady buyer who keeps the rhythm"),
        ("decline", "退化期", "decline", "衰退期", "silent for much longer than the usual gap"),
    ],
    columns=["stage", "chinese", "management", "management_chinese", "meaning"],
).set_index("stage")
STAGES[["strategy", "strategy_chinese"]] = [
    ("build trust", "建立信任"),
    ("raise satisfaction", "提高满意度"),
    ("retain", "保持"),
    ("recover, or let go", "恢复或放弃"),
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


@checked
def stage_profile(
    transactions: Any,
    stage: pd.Series,
    at: Any,
    *,
    window: int = 90,
    margin: float | None = None,
    contacts: pd.DataFrame | None = None,
    referred_by: pd.Series | None = None,
) -> pd.DataFrame:
    """Describe each stage by what its customers did in the days before the date.

    What does a relationship bring in each stage: volume, price, cost, indirect benefit, profit?

    Parameters
    ----------
    transactions : ibis.Table or DataFrame
        See `crmlab.transactions.read`.
    stage : Series
        Labels from `stages` at the same date, or at an earlier one to see what those customers did next.
    at : date
        Last day of the window.
    window : int
        Days looked back on.
    margin : float, optional
        Share of revenue that is left after paying for the goods. Needed where orders carry no ``cost``.
    contacts : DataFrame, optional
        Service contacts with ``customer_id``, ``date``, ``cost``.
    referred_by : Series, optional
        Who brought each customer, missing where nobody did: the indirect benefit. It counts for the one who
        brought them, on the day of the first purchase.

    Returns
    -------
    DataFrame
        One row a stage: ``customers``, ``customers_share``; per customer and 30 days: ``orders`` (purchase
        days), ``revenue``, ``cost_to_serve``, ``referrals``, ``profit``; ``price``, the mean price of a unit
        (or the mean order where quantities are not known); ``profit_share`` of what the customers above
        zero bring. ``cost_to_serve`` and ``referrals`` only where they are given. Whoever came within the
        window counts with the whole of it.

    Raises
    ------
    InputError
        Neither margin nor cost is known, the margin is not a share, or the window is not above zero.
    DataError
        Contacts lack a column.

    Examples
    --------
    >>> from crmlab.lifecycle import stage_profile
    >>> from crmlab.lifecycle import stages
    >>> import crmlab as crm
    >>> orders = crm.datasets.cdnow(sample=True)
    >>> stage = stages(orders, at="1998-06-30")
    >>> stage_profile(orders, stage, at="1998-06-30", margin=0.3)["profit"].round(2).to_dict()
    {'exploration': nan, 'formation': 0.77, 'stability': 4.05, 'decline': 0.0}
    """
    whole(window, "window", "a number of days", least=1)
    transactions = contracted(transactions)
    end = day(at, "at")
    begin = end - pd.Timedelta(days=window)
    activity = _activity(transactions, begin, end, margin).reindex(stage.index, fill_value=0.0)
    if contacts is not None:
        costs = _service(contacts, begin, end)
        activity["cost_to_serve"] = costs.reindex(stage.index, fill_value=0.0)
        activity["profit"] -= activity["cost_to_serve"]
    if referred_by is not None:
        brought = _referrals(transactions, referred_by, begin, end)
        activity["referrals"] = brought.reindex(stage.index, fill_value=0.0)
    table = profile(stage, activity)
    measures = ["orders", "revenue", "cost_to_serve", "referrals", "profit"]
    means = {name: table[f"{name}_mean"] * 30 / window for name in measures if name in activity}
    price = table["revenue_total"] / table["units_total"].replace(0, np.nan)
    return table[["customers", "customers_share"]].assign(
        **means, price=price, profit_share=table["profit_share"]
    )


def _activity(
    transactions: Any, begin: pd.Timestamp, end: pd.Timestamp, margin: float | None
) -> pd.DataFrame:
    """Return orders, revenue, units and gross profit of each customer in the window."""
    if margin is None and "cost" not in transactions.columns:
        raise InputError(
            "These orders carry no cost, so profit needs margin=…, a share of revenue from 0 to 1. In a "
            "lesson, a margin of 0 takes the cost from the orders: where they carry none, set one above 0."
        )
    if margin is not None:
        number(margin, "The margin", "a share of revenue", least=0, most=1)
    date = transactions["date"]
    inside = transactions.filter((date > begin.date()) & (date <= end.date()))
    units = sum_of(inside["quantity"]) if "quantity" in inside.columns else inside.count()
    found: pd.DataFrame = (
        inside.group_by("customer_id")
        .aggregate(
            orders=inside["date"].nunique(),
            revenue=sum_of(inside["amount"]),
            units=units,
            **({"cost": sum_of(inside["cost"])} if margin is None else {}),
        )
        .to_pandas()
        .set_index("customer_id")
    )
    gross = found["revenue"] - found["cost"] if margin is None else margin * found["revenue"]
    return found[["orders", "revenue", "units"]].assign(profit=gross).astype(float)


def _service(contacts: pd.DataFrame, begin: pd.Timestamp, end: pd.Timestamp) -> pd.Series:
    """Return the cost of each customer's service contacts in the window."""
    check_contacts(contacts)
    recent = contacts[(contacts["date"] > begin) & (contacts["date"] <= end)]
    return recent.groupby("customer_id")["cost"].sum()


def _referrals(
    transactions: Any, referred_by: pd.Series, begin: pd.Timestamp, end: pd.Timestamp
) -> pd.Series:
    """Return how many of the window's new customers each customer brought."""
    first = transactions.group_by("customer_id").aggregate(first=transactions["date"].min())
    new = first.filter((first["first"] > begin.date()) & (first["first"] <= end.date()))
    return referred_by.reindex(new["customer_id"].to_pandas()).value_counts()


@checked
def transition_matrix(before: pd.Series, after: pd.Series, *, shares: bool = True) -> pd.DataFrame:
    """Return the moves of customers between stages at two dates.

    Which relationships grew, which came apart? See `crmlab.segments.transitions` for arguments, result and
    errors.

    Examples
    --------
    >>> from crmlab.lifecycle import transition_matrix
    >>> from crmlab.lifecycle import stages
    >>> import crmlab as crm
    >>> orders = crm.datasets.cdnow(sample=True)
    >>> then, now = stages(orders, at="1997-06-30"), stages(orders, at="1997-12-31")
    >>> moves = transition_matrix(then, now)
    >>> bool((moves.sum(axis=1).round(9) == 1).all())
    True
    """
    return transitions(before, after, shares=shares)


@checked
def stage_value(
    before: pd.Series, after: pd.Series, profit: pd.Series, *, horizon: int, discount: float
) -> pd.DataFrame:
    r"""Return what a customer in each stage is worth, and what keeping one out of decline is worth.

    Where would one more relationship saved earn most?

    With :math:`P` the moves in a step, :math:`R` the mean profit in a step of those who began it in each
    stage, :math:`d` the discount rate for a step and a horizon of :math:`K` steps,

    .. math:: V = \sum_{k=0}^{K-1} \left(\frac{P}{1+d}\right)^k R.

    A customer of stage :math:`s` who would be in decline :math:`D` a step later, but instead goes where the
    others of the stage go, gains

    .. math:: \frac{1}{1+d} \left(\sum_{j \ne D} \frac{P_{sj}}{1 - P_{sD}} V_j - V_D\right).

    Parameters
    ----------
    before, after : Series
        Stages of the same customers at two dates, one step apart.
    profit : Series
        What each customer brought between the two dates.
    horizon : int
        Steps looked ahead.
    discount : float
        Discount rate for a step, from 0 to 1: 0.10 is 10%.

    Returns
    -------
    DataFrame
        By stage: ``slide``, the share in decline a step later; ``profit`` of a step; ``value`` :math:`V`;
        ``rescue``, the gain above. Missing where nobody was, and ``rescue`` where everybody slid.

    Raises
    ------
    InputError
        The horizon is under one step, or the discount rate not from 0 to 1.
    DataError
        A customer has no profit, or moved into a stage where nobody was before.

    References
    ----------
    Pfeifer, P. E. and Carraway, R. L. (2000). Modeling customer relationships as Markov chains. Journal of
    Interactive Marketing 14(2), 43-55.

    Examples
    --------
    >>> from crmlab.lifecycle import STAGES
    >>> from crmlab.lifecycle import stage_value
    >>> from crmlab.segments import labelled
    >>> import pandas as pd
    >>> before = labelled([2, 2, 3, 3], list(STAGES.index), pd.Index(list("abcd")), "stage")
    >>> after = labelled([2, 3, 3, 3], list(STAGES.index), pd.Index(list("abcd")), "stage")
    >>> profit = pd.Series([12.0, 6.0, 0.0, 0.0], index=list("abcd"))
    >>> stage_value(before, after, profit, horizon=2, discount=0.0).loc["stability"].to_dict()
    {'slide': 0.5, 'profit': 9.0, 'value': 13.5, 'rescue': 13.5}
    """
    whole(horizon, "horizon", "a whole number of steps", least=1)
    rate(discount, "discount", "a rate for a step")
    for labels in (before, after):
        if odd := sorted(map(str, set(labels.dropna().unique()) - set(STAGES.index))):
            raise unknown("stage", odd[0], STAGES.index)
    same_customers(before, profit)
    complete(profit)
    moves = transition_matrix(before, after)
    chain = _chain(moves)
    decline = chain["decline"]
    mean = profit.reindex(before.index).groupby(before, observed=False).mean()[chain.index]
    value = mean
    for _ in range(horizon - 1):
        value = mean + chain @ value / (1 + discount)
    elsewhere = (chain @ value - decline * value["decline"]) / (1 - decline).replace(0, np.nan)
    rescue = (elsewhere - value["decline"]) / (1 + discount)
    table = {"slide": decline, "profit": mean, "value": value, "rescue": rescue}
    return pd.DataFrame(table).reindex(moves.index)


def _chain(moves: pd.DataFrame) -> pd.DataFrame:
    """Return the moves between the stages where somebody was, or raise DataError if they do not close."""
    empty = moves.index[moves.isna().any(axis=1)]
    entered = [str(name) for name in empty if name == "decline" or moves[name].sum() > 0]
    if entered:
        raise DataError(
            f"Nobody was in {' or '.join(entered)} at the first date, so nothing is known about what comes "
            "after it. Choose another first date, or fewer stable_orders."
        )
    return moves.drop(index=empty, columns=empty)


@checked
def cohort_volume(transactions: Any, *, unit: str = "M", margin: float = 1.0) -> pd.DataFrame:
    """Return what customers brought in each period of their life, mean over those observed that long.

    How do volume and profit run over the life of a relationship?

    Parameters
    ----------
    transactions : ibis.Table or DataFrame
        See `crmlab.transactions.read`.
    unit : {"W", "M", "Y"}
        Length of a period of life.
    margin : float
        Share of revenue counted.

    Returns
    -------
    DataFrame
        By period of life (0 is the first): ``customers`` observed to its end, ``active`` share who bought in
        it, ``orders`` and ``value`` per customer. The last periods rest on those who came first.

    Raises
    ------
    InputError
        An unknown unit.

    Examples
    --------
    >>> from crmlab.lifecycle import cohort_volume
    >>> import crmlab as crm
    >>> life = cohort_volume(crm.datasets.cdnow(sample=True))
    >>> [float(share) for share in life["active"].round(2).head(3)]
    [1.0, 0.14, 0.1]
    """
    if unit not in DAYS:
        raise unknown("time unit", unit, DAYS)
    number(margin, "The margin", "a share of revenue", least=0, most=1)
    transactions = contracted(transactions)
    base: Customers = summarise(transactions, unit="D")
    days = purchase_days(transactions).order_by("customer_id", "date").to_pandas()
    days["date"] = days["date"].astype("datetime64[s]")
    length = DAYS[unit]
    frame = base.frame
    bought = days.join(frame[["first", "T"]], on="customer_id")
    bought["period"] = ((bought["date"] - bought["first"]).dt.days // length).astype(int)
    whole = ((bought["T"] + 1) // length).astype(int)
    bought = bought[bought["period"] < whole]
    grouped = bought.groupby("period")
    lives = ((frame["T"] + 1) // length).astype(int)
    periods = pd.RangeIndex(int(lives.max()), name="period")
    observed = pd.Series([(lives > period).sum() for period in periods], index=periods)
    totals = pd.DataFrame(
        {
            "active": grouped["customer_id"].nunique(),
            "orders": grouped.size(),
            "value": margin * grouped["amount"].sum(),
        }
    ).reindex(periods, fill_value=0)
    return totals.div(observed, axis=0).assign(customers=observed)[["customers", "active", "orders", "value"]]
