"""Whether to let customers go who cost more than they bring: what of their cost goes with them."""

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number
from crmlab.errors import DataError, some
from crmlab.groups import complete, same_customers


@checked
def drop_break_even(gross: pd.Series, cost: pd.Series, group: pd.Series) -> pd.DataFrame:
    r"""Return from which share of avoidable cost on it pays to drop a group of customers.

    Who costs more than they bring should go? Only if the cost goes, too. A group brings the gross profit *g*
    and carries the cost *c*, of which the share *a* would fall away with it. Dropping it changes profit by
    :math:`a c - g`, so it pays if

    .. math:: a > g / c .

    Parameters
    ----------
    gross : Series
        Gross profit by customer: revenue less goods.
    cost : Series
        All other cost that is booked on the customer, at least 0.
    group : Series
        Such as the tier.

    Returns
    -------
    DataFrame by group
        ``customers``, ``gross``, ``cost``, ``full_cost_profit`` (gross less cost), ``break_even`` (the share
        *a*: above 1 it never pays, 0 where the group brings nothing; missing where it carries no cost);
        ``all_avoided``, ``half_avoided`` and ``none_avoided``, the change of profit if the group is dropped
        and so much of its cost falls away.

    Raises
    ------
    DataError
        The customers differ, a value is missing, or a cost is negative.

    Examples
    --------
    >>> from crmlab.pyramid import drop_break_even
    >>> import pandas as pd
    >>> gross, cost = pd.Series([100.0, 6.0, 6.0]), pd.Series([40.0, 10.0, 10.0])
    >>> found = drop_break_even(gross, cost, pd.Series(["gold", "lead", "lead"]))
    >>> found.loc["lead", ["full_cost_profit", "break_even", "half_avoided"]].tolist()
    [-8.0, 0.6, -2.0]
    """
    for each in (gross, cost):
        complete(each)
        same_customers(group, each)
    if group.isna().any():
        raise DataError(f"{int(group.isna().sum()):,} customers have no group. Label everybody.")
    if (low := cost < 0).any():
        raise DataError(
            f"{int(low.sum()):,} customers have a cost below 0, for example {some(cost.index[low])}."
        )
    table = pd.DataFrame({"gross": gross.reindex(group.index), "cost": cost.reindex(group.index)})
    groups = table.groupby(group, observed=True)
    found = pd.DataFrame(
        {"customers": groups.size(), "gross": groups["gross"].sum(), "cost": groups["cost"].sum()}
    )
    found["full_cost_profit"] = found["gross"] - found["cost"]
    found["break_even"] = (found["gross"] / found["cost"].where(found["cost"] > 0)).clip(lower=0)
    for name, share in (("all_avoided", 1.0), ("half_avoided", 0.5), ("none_avoided", 0.0)):
        found[name] = share * found["cost"] - found["gross"]
    return found.rename_axis("group")


@checked
def death_spiral(
    gross: pd.Series, avoidable: pd.Series, fixed: float, *, driver: pd.Series | None = None
) -> pd.DataFrame:
    """Follow what happens when whoever does not earn their full cost is dropped, again and again.

    Full cost says drop. Then the fixed cost is borne by fewer, of whom some do not earn it either. Each round
    the fixed cost is shared out anew by heads, or by a driver such as contacts, and those who lose go.

    Parameters
    ----------
    gross, avoidable : Series
        By customer, gross profit and the cost that goes when the customer goes, at least 0.
    fixed : float
        Cost that stays whoever goes, at least 0.
    driver : Series, optional
        What the fixed cost is shared out by, at least 0; without it all bear the same.

    Returns
    -------
    DataFrame by round, from 0 on
        ``customers`` still there, ``dropped`` at its end, ``fixed_each`` (mean, of those there), ``profit``,
        what the firm in fact earns, and ``as_booked``, what was booked as lost on those who are dropped. The
        last round drops nobody, or nobody is left.

    Raises
    ------
    InputError
        The fixed cost is negative.
    DataError
        The customers differ, a value is missing or negative, or the driver is 0 for all.

    Examples
    --------
    >>> from crmlab.pyramid import death_spiral
    >>> import pandas as pd
    >>> gross = pd.Series([50.0, 14.0, 11.0, 8.0])
    >>> found = death_spiral(gross, pd.Series(0.0, index=gross.index), fixed=40)
    >>> found[["customers", "dropped", "profit"]].to_numpy().tolist()
    [[4.0, 1.0, 43.0], [3.0, 1.0, 35.0], [2.0, 1.0, 24.0], [1.0, 0.0, 10.0]]
    """
    number(fixed, "fixed", "a cost", least=0)
    share = pd.Series(1.0, index=gross.index) if driver is None else driver
    for each in (gross, avoidable, share):
        complete(each)
        same_customers(gross, each)
    for name, each in (("avoidable", avoidable), ("driver", share)):
        if (low := each < 0).any():
            raise DataError(
                f"{int(low.sum()):,} customers have '{name}' below 0, as {some(each.index[low])}."
            )
    if share.sum() == 0:
        raise DataError("The driver is 0 for all customers, so the fixed cost cannot be shared out by it.")
    own = (gross - avoidable.reindex(gross.index)).to_numpy(dtype=float)
    weight = share.reindex(gross.index).to_numpy(dtype=float)
    there, rows = np.ones(len(own), dtype=bool), []
    while True:
        borne = weight * there
        carried = fixed * borne / borne.sum() if borne.sum() else np.zeros(len(own))
        losing = there & (own - carried < -1e-9)
        mean = float(carried[there].mean()) if there.any() else np.nan
        profit = float(own[there].sum() - fixed)
        rows.append([there.sum(), losing.sum(), mean, profit, float((own - carried)[losing].sum())])
        if not losing.any():
            break
        there = there & ~losing
    columns = ["customers", "dropped", "fixed_each", "profit", "as_booked"]
    table = pd.DataFrame(rows, pd.RangeIndex(len(rows), name="round"), columns)
    return table.astype({"customers": int, "dropped": int})


@checked
def ways_out(
    gross: pd.Series, avoidable: pd.Series, *, fee: float, leaves: float, saves: float, dislikes: float
) -> pd.DataFrame:
    r"""Return what each way with a customer who costs more than they bring would earn, and the best one.

    Goodbye is one of four. With gross profit *g* and avoidable cost *a*:

    ================  ==========================================================
    keep              :math:`g - a`
    fee               :math:`(1 - \text{leaves}) (g - a + \text{fee})`
    self-service      :math:`(1 - \text{dislikes}) (g - (1 - \text{saves}) a)`
    goodbye           0
    ================  ==========================================================

    Parameters
    ----------
    gross, avoidable : Series
        By customer, of a year.
    fee : float
        What is charged a year.
    leaves, dislikes : float
        Share that leaves because of the fee, or of self-service.
    saves : float
        Share of the avoidable cost that self-service saves.

    Returns
    -------
    DataFrame by customer
        ``keep``, ``fee``, ``self-service``, ``goodbye``, and ``best``. Of two that earn the same, the first
        in this order is taken: it troubles the customer least.

    Raises
    ------
    InputError
        A number is out of its range.
    DataError
        The customers differ, or a value is missing.

    Examples
    --------
    >>> from crmlab.pyramid import ways_out
    >>> import pandas as pd
    >>> gross, avoidable = pd.Series([9.0, 9.0, 1.0]), pd.Series([4.0, 14.0, 30.0])
    >>> ways_out(gross, avoidable, fee=6, leaves=0.4, saves=0.7, dislikes=0.2)["best"].tolist()
    ['fee', 'self-service', 'goodbye']
    """
    number(fee, "fee", least=0)
    for name, share in (("leaves", leaves), ("saves", saves), ("dislikes", dislikes)):
        number(share, name, "a share", least=0, most=1)
    complete(gross)
    complete(avoidable)
    same_customers(gross, avoidable)
    cost = avoidable.reindex(gross.index)
    table = pd.DataFrame(
        {
            "keep": gross - cost,
            "fee": (1 - leaves) * (gross - cost + fee),
            "self-service": (1 - dislikes) * (gross - (1 - saves) * cost),
            "goodbye": 0.0,
        }
    )
    return table.assign(best=table.round(9).idxmax(axis=1))
