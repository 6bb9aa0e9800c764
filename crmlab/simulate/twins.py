"""Firms with one and the same revenue curve, whose customers stay differently long."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.customers import day
from crmlab.errors import InputError
from crmlab.simulate.draws import numbered, stream


@checked
def twin(
    buyers: Sequence[int],
    keep: float,
    *,
    seed: int,
    alone: int = 0,
    amount: float = 100.0,
    start: Any = "2021-01-01",
) -> pd.DataFrame:
    """Simulate a firm whose number of buyers in each quarter is given, and who of them comes back is not.

    Can you tell a healthy customer base from a leaking one by its revenue? Call this twice with other shares
    and the same buyers: the two firms sell the same in every quarter. Each customer orders once a quarter for
    the same amount, and then goes on with one chance, the same for all. The firm wins as many new customers
    as are lacking. In the quarters after that it wins nobody.

    Parameters
    ----------
    buyers : sequence of int
        Of each quarter; none fewer than in the quarter before.
    keep : float
        Chance that a buyer of a quarter buys in the next, over 0 and below 1.
    seed : int
        Same seed, same firm.
    alone : int
        Quarters that follow without anybody new.
    amount : float
        Of each order.
    start : str or date
        First day of the first quarter.

    Returns
    -------
    DataFrame
        ``customer_id``, ``date``, ``amount``, in order of time.

    Raises
    ------
    InputError
        No buyers, or fewer than in the quarter before, or a share or an amount that cannot be.

    Examples
    --------
    >>> from crmlab.simulate import twin
    >>> loyal, leaky = (twin([100, 120, 140], keep, seed=1) for keep in (0.9, 0.5))
    >>> len(loyal) == len(leaky) == 360
    True
    >>> loyal["customer_id"].nunique() < leaky["customer_id"].nunique()
    True
    """
    if not len(buyers):
        raise InputError("buyers is empty. Give the number of buyers of each quarter.")
    wanted = [whole(each, "buyers", "a number of customers", least=1) for each in buyers]
    if any(later < sooner for sooner, later in pairwise(wanted)):
        raise InputError("buyers fall from one quarter to the next, which one of two firms could not do.")
    number(keep, "keep", "a share of the buyers", above=0, below=1)
    number(amount, "amount", "an amount", above=0)
    rest = whole(alone, "alone", "a number of quarters", least=0)
    begin = day(start, "start")
    rng = stream(whole(seed, "seed", "a whole number", least=0), "twin")
    here, known, rows = np.empty(0, np.int64), 0, []
    for place, many in enumerate([*wanted, *[0] * rest]):
        here = here[rng.random(len(here)) < keep]
        new = max(many - len(here), 0)
        here = np.append(here, np.arange(known, known + new))
        known += new
        first, after = (begin + pd.DateOffset(months=3 * each) for each in (place, place + 1))
        days = rng.integers((after - first).days, size=len(here))
        rows.append(pd.DataFrame({"who": here, "date": first + pd.to_timedelta(days, unit="D")}))
    table = pd.concat(rows, ignore_index=True)
    ids = numbered("C", known, 6)
    made = pd.DataFrame(
        {"customer_id": ids.take(table["who"].to_numpy()), "date": table["date"], "amount": float(amount)}
    )
    return made.sort_values(["date", "customer_id"], ignore_index=True)
