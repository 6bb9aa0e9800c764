"""Who moved in the pyramid, and who was only lucky: migration without its chance part, and a step's value."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.errors import DataError, InputError
from crmlab.groups import complete, dated, same_customers
from crmlab.pyramid.layers import Scheme, tiers


@checked
def moves_beyond_chance(
    orders: pd.DataFrame,
    *,
    start: Any,
    middle: Any,
    end: Any,
    scheme: str | Scheme | Mapping[str, float] = "cpm",
    value: str = "amount",
    draws: int = 100,
    seed: int,
) -> pd.DataFrame:
    r"""Compare the moves between tiers from one year to the next with those that chance alone makes.

    Who rose, and who was only lucky? If nothing changed, an order falls into either year by lot, with the
    years' lengths as chances. So each customer's orders are dealt out anew between the two years, and
    the tiers cut again: the moves that are then seen are chance, with the fall of last year's best among
    them. It is exact for customers who buy at a steady rate; those who buy at regular intervals vary less
    than that, and real moves of theirs are understated.

    Parameters
    ----------
    orders : DataFrame
        An order each row: ``customer_id``, ``date`` and a value. Only customers who were there all the
        time belong in it: whoever came in the middle did change.
    start, middle, end : date
        First day of the earlier year, first day of the later one, and last day of that.
    scheme : str, Scheme or mapping
        As for `tiers`. Under a scheme with a tier for losses, customers without an order are in it.
    value : str
        The column that is summed: revenue, or profit.
    draws, seed : int
        How often orders are dealt out, and from which seed.

    Returns
    -------
    DataFrame by earlier and later tier
        ``seen`` (customers), ``by_chance`` (mean of the draws) with ``low`` and ``high`` (95 % of them), and
        ``beyond``, seen less by chance.

    Raises
    ------
    InputError
        The days are not in order, or a number is out of its range.
    DataError
        A column or value is missing, or there are no orders between the days.

    Examples
    --------
    >>> from crmlab.pyramid import moves_beyond_chance
    >>> import pandas as pd
    >>> days = pd.to_datetime(["2023-02-01", "2023-03-01", "2024-02-01", "2023-05-01", "2024-06-01"])
    >>> orders = pd.DataFrame({"customer_id": list("aaabb"), "date": days, "amount": [9.0] * 3 + [1.0] * 2})
    >>> years = {"start": "2023-01-01", "middle": "2024-01-01", "end": "2024-12-31"}
    >>> halves = {"top": 0.5, "rest": 0.5}
    >>> moves_beyond_chance(orders, **years, scheme=halves, seed=1)["seen"].tolist()
    [1, 0, 0, 1]
    """
    whole(draws, "draws", "a number of draws", least=20)
    begin, cut, last = (pd.Timestamp(each).normalize() for each in (start, middle, end))
    if not begin < cut <= last:
        raise InputError(
            f"The days are {begin:%Y-%m-%d}, {cut:%Y-%m-%d} and {last:%Y-%m-%d}, but must follow each other."
        )
    orders = dated(orders, value)
    day = orders["date"]
    inside = (day >= begin) & (day <= last)
    if not inside.any():
        raise DataError(f"There are no orders from {begin:%Y-%m-%d} to {last:%Y-%m-%d}.")
    who, names = pd.factorize(orders.loc[inside, "customer_id"], sort=True)
    amount = orders.loc[inside, value].to_numpy(dtype=float)
    late = (day[inside] >= cut).to_numpy()
    share = ((last - cut).days + 1) / ((last - begin).days + 1)
    rng = np.random.default_rng(whole(seed, "seed"))
    turn = np.lexsort((amount, who))  # which of a customer's orders is which must not hang on their order
    who, amount, late = who[turn], amount[turn], late[turn]

    def counted(is_late: np.ndarray) -> tuple[np.ndarray, list[Any]]:
        codes, labels = [], []
        for side in (~is_late, is_late):
            total = np.bincount(who, amount * side, minlength=len(names))
            tier = tiers(pd.Series(total.round(9), name="value"), scheme)
            codes.append(tier.cat.codes.to_numpy())
            labels = list(tier.cat.categories)
        size = len(labels)
        return np.bincount(codes[0].astype(int) * size + codes[1], minlength=size**2), labels

    seen, labels = counted(late)
    chance = np.array([counted(rng.random(len(who)) < share)[0] for _ in range(draws)])
    table = {
        "seen": seen,
        "by_chance": chance.mean(axis=0),
        "low": np.quantile(chance, 0.025, axis=0),
        "high": np.quantile(chance, 0.975, axis=0),
        "beyond": seen - chance.mean(axis=0),
    }
    index = pd.MultiIndex.from_product(
        [pd.CategoricalIndex(labels, labels, ordered=True)] * 2, names=["earlier", "later"]
    )
    return pd.DataFrame(table, index=index)


@checked
def step_value(tier: pd.Series, now: pd.Series, later: pd.Series, *, cost: float = 0.0) -> pd.DataFrame:
    r"""Return what one step up is worth by tier: the gap to the next one, part of which is gone a year later.

    What may it cost to move a customer up? The gap between two tiers in the year that made them is too
    large: the upper one had its luck in it. What is left a year later is what a step is worth *if* whoever is
    moved up becomes like those above, which no table shows; only a trial by lot does.

    Parameters
    ----------
    tier : Series
        Ordered Categorical by customer, the best first, as `tiers` returns it.
    now, later : Series
        The same customers' value in the year that made the tiers, and in the next one.
    cost : float
        Of trying to move one customer up, at least 0.

    Returns
    -------
    DataFrame by tier
        ``customers``, mean value ``now`` and ``later``; ``step_now`` and ``step_later``, the gaps to the tier
        above, the latter with ``low`` and ``high`` (95 %, Welch); ``must_succeed``, the share of trials that
        must succeed to earn the cost of all. Missing for the best tier, where a tier is empty, and
        ``must_succeed`` where a step is worth nothing.

    Raises
    ------
    InputError
        The tiers are not an ordered Categorical, or the cost is negative.
    DataError
        The customers differ, or a value is missing.

    Examples
    --------
    >>> from crmlab.pyramid import step_value, tiers
    >>> import pandas as pd
    >>> now, later = pd.Series([90.0, 80.0, 20.0, 10.0]), pd.Series([70.0, 60.0, 30.0, 20.0])
    >>> found = step_value(tiers(now, {"top": 0.5, "rest": 0.5}), now, later, cost=8)
    >>> found.loc["rest", ["step_now", "step_later", "must_succeed"]].tolist()
    [70.0, 40.0, 0.2]
    """
    number(cost, "cost", least=0)
    if not isinstance(tier.dtype, pd.CategoricalDtype):
        raise InputError("tier must be an ordered Categorical, the best tier first, as tiers returns it.")
    for each in (now, later):
        complete(each)
        same_customers(tier, each)
    if tier.isna().any():
        raise DataError(f"{int(tier.isna().sum()):,} customers have no tier. Label everybody.")
    table = pd.DataFrame({"now": now.reindex(tier.index), "later": later.reindex(tier.index)})
    groups = table.groupby(tier, observed=False)
    found = pd.DataFrame(
        {"customers": groups.size(), "now": groups["now"].mean(), "later": groups["later"].mean()}
    )
    size = groups.size()
    error = groups["later"].var() / size.where(size > 0)
    found["step_now"] = found["now"].shift(1) - found["now"]
    found["step_later"] = found["later"].shift(1) - found["later"]
    half = 1.959964 * np.sqrt(error.shift(1) + error)
    found["low"], found["high"] = found["step_later"] - half, found["step_later"] + half
    found["must_succeed"] = (cost / found["step_later"].where(found["step_later"] > 0)).to_numpy()
    return found.rename_axis("tier")
