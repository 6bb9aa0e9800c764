"""Phases of the demand side, from a first question to loyalty, and how many get from one to the next."""

from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.customers import day
from crmlab.errors import DataError, InputError, some
from crmlab.groups import labelled
from crmlab.intervals import share_limits
from crmlab.language import mark
from crmlab.lifecycle.four_stages import STAGES, rhythm
from crmlab.lifecycle.given import need_days, need_events

PHASES = [mark("potential"), mark("new"), mark("established"), mark("loyal"), mark("former")]
MANAGEMENT = pd.DataFrame(
    {
        "stage": list(STAGES.index),
        "begins": [
            mark("the first order"),
            mark("the second purchase day"),
            mark("as many purchase days as make a steady buyer"),
            mark("a silence much longer than the own rhythm"),
        ],
        "actions": [
            mark("keep the first promise; answer questions; ask for little"),
            mark("show what else there is; make the second order easy"),
            mark("thank; listen; do not pay for what comes anyway"),
            mark("find the cause; win back who is worth it; let the others go"),
        ],
    },
    index=pd.Index(["introduction", "growth", "maturity", "decline"], name="management_name"),
)
"""The management names of the stages: which stage each is, what makes it begin, and what is done in it."""


@checked
def demand_phases(
    prospects: pd.DataFrame,
    orders: pd.DataFrame,
    at: Any,
    *,
    established: int = 3,
    loyal: int = 6,
    patience: float = 3.0,
) -> pd.Series:
    """Tell in which phase of the demand side everybody is who has ever asked or bought.

    Whom do we only know, who has just begun, who has settled, and who stays? By purchase days up to the day:
    none is potential, fewer than ``established`` is new, fewer than ``loyal`` is established. Who has been
    silent for longer than ``patience`` times the own rhythm is a former customer, however many orders there
    were: an old order is not loyalty.

    Parameters
    ----------
    prospects : DataFrame
        A row a person, with ``customer_id`` as its index or a column, and ``date`` of asking.
    orders : DataFrame
        ``customer_id`` and ``date``; customers who never asked are in no list of prospects, and count.
    at : str or date
        The day, which still counts.
    established, loyal : int
        Purchase days with which a customer is established, and loyal.
    patience : float
        As for `stages`, whose rhythm this is.

    Returns
    -------
    Series by ``customer_id``
        ``phase``, ordered: potential, new, established, loyal, former.

    Raises
    ------
    InputError
        ``loyal`` is not above ``established``.
    DataError
        A column is missing, a prospect stands twice, or nobody had asked or bought by the day.

    Examples
    --------
    >>> from crmlab.lifecycle import demand_phases
    >>> import pandas as pd
    >>> asked = pd.DataFrame({"customer_id": ["a", "b"], "date": pd.to_datetime(["2024-01-01"] * 2)})
    >>> orders = pd.DataFrame({"customer_id": ["b"], "date": pd.to_datetime(["2024-02-01"])})
    >>> demand_phases(asked, orders, "2024-02-15").to_dict()
    {'a': 'potential', 'b': 'new'}
    """
    last = day(at, "at")
    whole(established, "established", "a number of purchase days", least=2)
    whole(loyal, "loyal", "a number of purchase days", least=2)
    number(patience, "patience", above=0)
    if loyal <= established:
        raise InputError(f"loyal is {loyal}, but must be above established, {established}.")
    asked = _asked(prospects)
    bought = _days(orders)
    bought = bought[bought["date"] <= last]
    grouped = bought.groupby("customer_id")["date"]
    first, latest, count = grouped.min(), grouped.max(), grouped.size()
    who = pd.Index(asked.index[asked <= last]).union(count.index).rename("customer_id")
    if who.empty:
        raise DataError(f"Nobody had asked or bought by {last:%Y-%m-%d}. Take a later day.")
    many = count.reindex(who).fillna(0)
    phase = np.select([many == 0, many < established, many < loyal], [0, 1, 2], 3)
    if len(count):
        age = (last - first).dt.days.astype(float)
        silence = (last - latest).dt.days.astype(float)
        frame = pd.DataFrame({"frequency": count - 1.0, "recency": age - silence, "T": age})
        gone = (silence > patience * rhythm(frame).clip(lower=1.0)).reindex(who).eq(True)
        phase = np.where(gone, 4, phase)
    return labelled(phase, PHASES, who, "phase")


@checked
def asked_lives(prospects: pd.DataFrame, orders: pd.DataFrame, end: Any) -> pd.DataFrame:
    """Return how long everybody who asked had not bought: lives that end with the first order.

    How many who ask will ever buy? Those who asked last week have not had the time. As a *life*, their wait
    is censored, so that `survival` of it is the share who have not bought yet, by days since asking.

    Parameters
    ----------
    prospects, orders
        As for `demand_phases`.
    end : str or date
        Last day observed.

    Returns
    -------
    DataFrame by ``customer_id``
        As `lives` returns it: ``left`` is whether an order came.

    Raises
    ------
    DataError
        As for `demand_phases`; somebody bought before asking.

    Examples
    --------
    >>> from crmlab.lifecycle import asked_lives
    >>> import pandas as pd
    >>> asked = pd.DataFrame({"customer_id": ["a", "b"], "date": pd.to_datetime(["2024-01-01"] * 2)})
    >>> orders = pd.DataFrame({"customer_id": ["b"], "date": pd.to_datetime(["2024-02-01"])})
    >>> asked_lives(asked, orders, "2024-03-31")[["left", "days"]].values.tolist()
    [[False, 90.0], [True, 31.0]]
    """
    from crmlab.lifecycle.retention import lives

    asked = _asked(prospects)
    first = _days(orders).groupby("customer_id")["date"].min().reindex(asked.index)
    if (early := first < asked).any():
        raise DataError(
            f"{int(early.sum()):,} customers bought before they asked, for example "
            f"{some(asked.index[early])}. Leave them out of the prospects: they were customers."
        )
    return lives(pd.DataFrame({"date": asked, "left": first}).rename_axis("customer_id"), end)


@checked
def funnel(
    prospects: pd.DataFrame,
    orders: pd.DataFrame,
    end: Any,
    *,
    within: int,
    steps: tuple[int, ...] = (1, 2, 3, 6),
    level: float = 0.95,
) -> pd.DataFrame:
    """Return how many who asked got how far within so many days, of those who have had the days.

    Where do we lose them? Everybody has the same time: who asked less than so many days before the end is not
    in it, and what they did later does not count. Buyers over all who ever asked mix those who will not with
    those who cannot have yet.

    Parameters
    ----------
    prospects, orders
        As for `demand_phases`.
    end : str or date
        Last day observed.
    within : int
        Days after asking.
    steps : tuple of int
        Purchase days that make a step, rising.
    level : float
        Of the limits, Wilson's.

    Returns
    -------
    DataFrame by ``step``: asked, and each number of purchase days
        ``customers`` who got there; ``of_asked`` with ``low`` and ``high``; ``of_before``, of those of the
        step before.

    Raises
    ------
    InputError
        The steps do not rise.
    DataError
        Nobody asked so long ago, or as for `asked_lives`.

    Examples
    --------
    >>> from crmlab.lifecycle import funnel
    >>> import pandas as pd
    >>> asked = pd.DataFrame({"customer_id": ["a", "b"], "date": pd.to_datetime(["2024-01-01"] * 2)})
    >>> orders = pd.DataFrame({"customer_id": ["b"], "date": pd.to_datetime(["2024-02-01"])})
    >>> funnel(asked, orders, "2024-03-31", within=60, steps=(1, 2))["customers"].to_dict()
    {'asked': 2, '1': 1, '2': 0}
    """
    last = day(end, "end")
    span = whole(within, "within", "a number of days", least=1)
    if not steps or list(steps) != sorted(set(steps)) or whole(steps[0], "steps", least=1) < 1:
        raise InputError(f"steps is {steps}, but must be rising numbers of purchase days, such as (1, 2, 3).")
    asked = _asked(prospects)
    ripe = asked[asked + pd.Timedelta(days=span) <= last]
    if ripe.empty:
        raise DataError(f"Nobody asked {span:,} days before {last:%Y-%m-%d}. Take fewer days.")
    bought = _days(orders)
    wait = (bought["date"] - bought["customer_id"].map(ripe)).dt.days
    count = bought[(wait >= 0) & (wait <= span)].groupby("customer_id").size().reindex(ripe.index).fillna(0)
    reached = np.array([len(ripe), *((count >= step).sum() for step in steps)])
    low, high = share_limits(reached, len(ripe), level)
    with np.errstate(invalid="ignore", divide="ignore"):
        before = np.append(1.0, np.where(reached[:-1] > 0, reached[1:] / reached[:-1], np.nan))
    table = {
        "customers": reached,
        "of_asked": reached / len(ripe),
        "low": low,
        "high": high,
        "of_before": before,
    }
    return pd.DataFrame(table, index=pd.Index(["asked", *map(str, steps)], name="step"))


def _asked(prospects: pd.DataFrame) -> pd.Series:
    table = prospects.set_index("customer_id") if "customer_id" in prospects else prospects
    need_days(table, "prospects", "date")
    if table.index.has_duplicates:
        twice = table.index[table.index.duplicated()].unique()
        raise DataError(f"{len(twice):,} prospects stand twice, for example {some(twice)}. Keep the first.")
    return pd.to_datetime(table["date"]).dt.normalize()


def _days(orders: pd.DataFrame) -> pd.DataFrame:
    """Return the purchase days of customers."""
    need_events(orders, "orders")
    days = orders[["customer_id", "date"]]
    return days.assign(date=days["date"].dt.normalize()).drop_duplicates()
