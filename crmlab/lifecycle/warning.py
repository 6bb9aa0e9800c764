"""Early warning: how well a score finds who leaves, and what acting on it earns."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.errors import DataError, InputError
from crmlab.groups import same_customers
from crmlab.lifecycle.given import need_numbers

Floats = npt.NDArray[np.float64]


@checked
def alarms(score: pd.Series, left: pd.Series) -> pd.DataFrame:
    r"""Return, for each score at which an alarm could begin, whom it finds and whom it calls in vain.

    Customers of equal score are called together: there is a row for each score that occurs.

    Parameters
    ----------
    score : Series
        By customer, the likelier to leave the higher; known before anybody left.
    left : Series of bool
        Who left.

    Returns
    -------
    DataFrame by score, the highest first
        ``called`` and, among these, ``leavers``; ``precision``, the share of those called who left;
        ``recall``, the share of leavers who are called; ``false_alarms``, the share of stayers who are
        called; ``lift``, the precision over the share of all who left.

    Raises
    ------
    DataError
        The Series have other customers, values are missing, or nobody left, or nobody stayed.

    Examples
    --------
    >>> from crmlab.lifecycle import alarms
    >>> import pandas as pd
    >>> found = alarms(pd.Series([0.9, 0.8, 0.3, 0.1]), pd.Series([True, False, True, False]))
    >>> found["precision"].round(2).tolist(), found["recall"].tolist()
    ([1.0, 0.5, 0.67, 0.5], [0.5, 0.5, 1.0, 1.0])
    """
    marks, gone = _known(score, left)
    turn = np.argsort(-marks, kind="stable")
    marks, gone = marks[turn], gone[turn]
    last = np.flatnonzero(np.append(marks[1:] != marks[:-1], True))
    called, leavers = last + 1, np.cumsum(gone)[last]
    table = {
        "called": called,
        "leavers": leavers,
        "precision": leavers / called,
        "recall": leavers / gone.sum(),
        "false_alarms": (called - leavers) / (~gone).sum(),
        "lift": leavers / called / gone.mean(),
    }
    return pd.DataFrame(table, index=pd.Index(marks[last], name="score"))


@checked
def alarm_profit(
    found: pd.DataFrame, *, value: float, offer: float, contact: float, accepts: float
) -> pd.Series:
    r"""Return what an alarm earns, by the score at which it begins.

    From which score on does calling stop to pay? Of the leavers called the share *g* takes the offer and
    stays; every stayer called takes it as well:

    .. math:: n_1 (g (V - D) - c) - n_0 (D + c) .

    Parameters
    ----------
    found : DataFrame
        As `alarms` returns it.
    value, offer, contact : float
        *V* of a customer kept, *D* for each who takes the offer, *c* for each called.
    accepts : float
        *g*, from 0 to 1.

    Returns
    -------
    Series by score
        ``profit`` of the whole campaign.

    Raises
    ------
    InputError
        A number is out of its range.

    Examples
    --------
    >>> from crmlab.lifecycle import alarm_profit, alarms
    >>> import pandas as pd
    >>> found = alarms(pd.Series([0.9, 0.5, 0.1]), pd.Series([True, False, False]))
    >>> alarm_profit(found, value=200, offer=10, contact=1, accepts=0.3).tolist()
    [56.0, 45.0, 34.0]
    """
    number(value, "value", above=0)
    number(offer, "offer", least=0)
    number(contact, "contact", least=0)
    number(accepts, "accepts", "a share", least=0, most=1)
    need_numbers(found, "alarms", "called", "leavers")
    kept = found["leavers"] * (accepts * (value - offer) - contact)
    return (kept - (found["called"] - found["leavers"]) * (offer + contact)).rename("profit")


@checked
def expected_maximum_profit(
    score: pd.Series,
    left: pd.Series,
    *,
    value: float,
    offer: float,
    contact: float,
    accepts: tuple[float, float] = (6.0, 14.0),
) -> pd.Series:
    r"""Return what a score earns a customer, if each alarm is set where it earns most.

    What is the alarm worth, and how many should it call? Of those called who would leave, the share
    :math:`\gamma` takes an offer *d* and stays, and is worth *CLV* more; who would have stayed takes it, too.
    With :math:`\delta = d / CLV`, :math:`\phi = f / CLV` (*f* the contact), the shares :math:`\pi_0` of
    leavers and :math:`\pi_1` of stayers, and :math:`F_0, F_1` of them called,

    .. math::
        P(t; \gamma) &= CLV\,(\gamma (1-\delta) - \phi)\, \pi_0 F_0(t)
            - CLV\,(\delta + \phi)\, \pi_1 F_1(t), \\
        EMPC &= \int \max_t P(t; \gamma)\, h(\gamma)\, d\gamma ,

    where *h* is a beta density, for nobody knows :math:`\gamma` beforehand.

    Parameters
    ----------
    score, left
        As for `alarms`.
    value, offer, contact : float
        *CLV* of a customer kept, and the costs *d* and *f*, in one currency.
    accepts : tuple of float
        The two parameters of the beta density of :math:`\gamma`: 6 and 14 have a mean of 0.3.

    Returns
    -------
    Series
        ``profit`` a customer of the base, and ``share``, of the base that is called, both expected.

    Raises
    ------
    InputError
        A cost or value is out of its range.
    DataError
        As for `alarms`.

    References
    ----------
    Verbraken, T., Verbeke, W. and Baesens, B. (2013). A novel profit maximizing metric for measuring
    classification performance of customer churn prediction models. IEEE Transactions on Knowledge and Data
    Engineering 25(5), 961-973.

    Examples
    --------
    >>> from crmlab.lifecycle import expected_maximum_profit
    >>> import pandas as pd
    >>> knows = pd.Series([0.9, 0.1])
    >>> earned = expected_maximum_profit(knows, pd.Series([1, 0]), value=200, offer=10, contact=1)
    >>> round(float(earned["profit"]), 2)
    28.0
    """
    from scipy import stats

    number(value, "value", above=0)
    number(offer, "offer", least=0, below=value)
    number(contact, "contact", least=0)
    if len(accepts) != 2:
        raise InputError(f"accepts is {accepts!r}, but must be the two parameters of a beta density.")
    a, b = (number(each, "accepts", "parameters of a beta density", above=0) for each in accepts)
    table = alarms(score, left)
    base = float(_known(score, left)[1].mean())
    recall = np.append(0.0, table["recall"].to_numpy())
    false = np.append(0.0, table["false_alarms"].to_numpy())
    corners = _hull(false, recall)
    recall, false = recall[corners], false[corners]
    delta, phi = offer / value, contact / value
    # From one corner to the next, calling more pays where the rise of recall is worth that of false alarms.
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = (delta + phi) * (1 - base) * np.diff(false) / (base * np.diff(recall))
    needed = np.where(np.isnan(needed), np.inf, needed)  # calls that are free and find nobody
    turns = np.clip((needed + phi) / (1 - delta), 0.0, 1.0)
    edges = np.concatenate([[0.0], turns, [1.0]])
    chance = np.diff(stats.beta.cdf(edges, a, b))
    mean = a / (a + b) * np.diff(stats.beta.cdf(edges, a + 1, b))  # of gamma over each stretch
    won = value * ((1 - delta) * mean - phi * chance) * base * recall
    lost = value * (delta + phi) * (1 - base) * false * chance
    share = chance @ (base * recall + (1 - base) * false)
    return pd.Series({"profit": float((won - lost).sum()), "share": float(share)}, name="expected")


@checked
def retention_campaign(
    customers: int,
    *,
    share: float,
    base: float,
    lift: float,
    accepts: float,
    value: float,
    offer: float,
    contact: float,
    fixed: float = 0.0,
) -> float:
    r"""Return what a campaign against leaving earns.

    Does a model with a lift of three pay? Of *N* customers the share *a* with the highest scores is called;
    :math:`b = \text{lift} \cdot b_0` of these would leave. Of them, *g* take the offer *D* and stay, worth
    *V*; who would have stayed takes the offer, too:

    .. math:: N a \left[b g (V-c-D) - b (1-g) c - (1-b)(c+D)\right] - A .

    Parameters
    ----------
    customers : int
        *N*.
    share : float
        *a*, of the customers who are called.
    base, lift : float
        Share of all who would leave, :math:`b_0`, and by how much it is higher among those called.
    accepts : float
        *g*, of the would-be leavers who take the offer and stay.
    value, offer, contact, fixed : float
        *V*, *D*, *c* for each called, and *A* for the campaign.

    Raises
    ------
    InputError
        A number is out of its range, or more than all of those called would leave.

    References
    ----------
    Neslin, S. A., Gupta, S., Kamakura, W., Lu, J. and Mason, C. H. (2006). Defection detection: measuring and
    understanding the predictive accuracy of customer churn models. Journal of Marketing Research 43(2),
    204-211.

    Examples
    --------
    >>> from crmlab.lifecycle import retention_campaign
    >>> costs = {"value": 300, "offer": 25, "contact": 2, "fixed": 10_000}
    >>> retention_campaign(1_000_000, share=0.01, base=0.02, lift=3, accepts=0.3, **costs)
    -215500.0
    """
    whole(customers, "customers", least=1)
    for given, name in ((share, "share"), (base, "base"), (accepts, "accepts")):
        number(given, name, "a share", least=0, most=1)
    number(lift, "lift", least=0)
    for given, name in ((value, "value"), (offer, "offer"), (contact, "contact"), (fixed, "fixed")):
        number(given, name, least=0)
    among = lift * base
    if among > 1:
        raise InputError(
            f"A lift of {lift:g} on a base of {base:g} would have {among:.0%} of those called leave."
        )
    kept = among * accepts * (value - contact - offer)
    vain = among * (1 - accepts) * contact + (1 - among) * (contact + offer)
    return round(customers * share * (kept - vain) - fixed, 9)


def _known(score: pd.Series, left: pd.Series) -> tuple[Floats, npt.NDArray[np.bool_]]:
    same_customers(score, left)
    if not pd.api.types.is_numeric_dtype(score):
        raise DataError(
            f"The scores are of type {score.dtype}, not numbers. Convert them with pd.to_numeric."
        )
    marks = score.to_numpy(dtype=float)
    if missing := int(np.isnan(marks).sum()):
        raise DataError(
            f"{missing:,} of {len(marks):,} customers have no score. Score all, or leave them out."
        )
    if not left.isin([0, 1]).all():
        raise DataError("left must be true or false for each customer.")
    gone = left.reindex(score.index).to_numpy(dtype=bool)
    if gone.all() or not gone.any():
        who = "left" if not gone.any() else "stayed"
        raise DataError(f"Nobody {who}, so a score cannot be judged. Watch the customers for longer.")
    return marks, gone


def _hull(x: Floats, y: Floats) -> list[int]:
    """Return the corners of the upper hull of points whose x rises, from the first to the last."""
    corners: list[int] = []
    for place in range(len(x)):
        while len(corners) > 1:
            one, two = corners[-2:]
            turn = (x[two] - x[one]) * (y[place] - y[one]) - (y[two] - y[one]) * (x[place] - x[one])
            if turn < 0:
                break
            corners.pop()
        corners.append(place)
    return corners
