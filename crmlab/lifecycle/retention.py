"""How long customers stay: their lives from contracts, cohort tables, and how readily they leave by age."""

from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked
from crmlab.customers import day
from crmlab.errors import DataError, some, unknown
from crmlab.intervals import rate_limits
from crmlab.lifecycle.given import need_events, need_lives
from crmlab.lifecycle.kaplan_meier import known_lives, length_of, survival

_COHORTS = ("M", "Q", "Y")


@checked
def lives(contracts: pd.DataFrame, end: Any) -> pd.DataFrame:
    """Return how long each customer was there, and whether the end of it was seen.

    A customer who is still there on the last day is *censored*: the life so far is known, its length is not.

    Parameters
    ----------
    contracts : DataFrame
        A row a customer, with ``customer_id`` (a column, or the index), ``date`` of signing and ``left``, the
        day of leaving, missing while there.
    end : str or date
        The last day observed. Who signed after it is left out; who left after it was still there.

    Returns
    -------
    DataFrame by ``customer_id``
        ``begin``; ``until``, the day of leaving or the last day observed; ``left``, whether that was
        seen; ``days`` between the two, half a day for those who left on the day of signing.

    Raises
    ------
    DataError
        A column is missing or holds no dates, a customer stands more than once or left before signing, or
        nobody signed by the end.

    Examples
    --------
    >>> from crmlab.lifecycle import lives
    >>> import pandas as pd
    >>> signed = pd.to_datetime(["2024-01-01", "2024-02-01"])
    >>> left = pd.to_datetime(["2024-01-31", None])
    >>> table = pd.DataFrame({"customer_id": ["a", "b"], "date": signed, "left": left})
    >>> lives(table, "2024-03-31")[["days", "left"]].values.tolist()
    [[30.0, True], [59.0, False]]
    """
    last = day(end, "end")
    table = contracts if contracts.index.name == "customer_id" else _indexed(contracts)
    for name in ("date", "left"):
        if name not in table:
            raise DataError(f"The contracts lack the column '{name}', a day of signing or of leaving.")
        if not pd.api.types.is_datetime64_any_dtype(table[name]) and table[name].notna().any():
            raise DataError(f"The values of '{name}' are no dates. Convert them with pd.to_datetime.")
    if table.index.has_duplicates:
        twice = table.index[table.index.duplicated()].unique()
        raise DataError(
            f"{len(twice):,} customers have more than one contract, for example {some(twice)}. Keep a row "
            "each, from the first day of signing to the last of leaving."
        )
    begin = pd.to_datetime(table["date"]).dt.normalize()
    if missing := int(begin.isna().sum()):
        raise DataError(
            f"{missing:,} of {len(begin):,} contracts have no date of signing. Drop or fill them."
        )
    begin = begin[begin <= last]
    if begin.empty:
        raise DataError(f"Nobody had signed by {last:%Y-%m-%d}. Take a later end.")
    gone = pd.to_datetime(table["left"].loc[begin.index]).dt.normalize()
    if (early := gone < begin).any():
        raise DataError(
            f"{int(early.sum()):,} customers left before they signed, for example {some(begin.index[early])}."
        )
    left = gone.notna() & (gone <= last)
    until = gone.where(left, last)
    days = (until - begin).dt.days.astype(float).clip(lower=0.5)
    return pd.DataFrame({"begin": begin, "until": until, "left": left, "days": days})


@checked
def cohort_table(
    lives: pd.DataFrame, revenue: pd.DataFrame | None = None, *, cohort: str = "Q", unit: str = "M"
) -> pd.DataFrame:
    """Return who of each cohort is still there by age, or what the cohort then brings.

    How fast do those who came together leave, and does their money leave as fast as their heads? A cell is
    known once the youngest of the cohort has been observed that long; the others are missing, not zero.

    Parameters
    ----------
    lives : DataFrame
        As `lives` returns it.
    revenue : DataFrame, optional
        Orders or bills: ``customer_id``, ``date``, ``amount``. With them the cells hold money, summed over
        each age; without, the customers still there when it begins.
    cohort : {"M", "Q", "Y"}
        Customers who signed in one month, quarter or year are a cohort.
    unit : {"W", "M", "Y"}
        Length of an age; 0 is the first.

    Returns
    -------
    DataFrame
        A row a cohort, a column an age. Divided by its first column it is retention, by heads or by revenue.

    Raises
    ------
    InputError
        An unknown cohort or unit.
    DataError
        Somebody who has orders has no life, or no cohort has been observed for a whole age.

    Examples
    --------
    >>> from crmlab.lifecycle import cohort_table, lives
    >>> import pandas as pd
    >>> signed, left = pd.to_datetime(["2024-01-01"] * 2), pd.to_datetime(["2024-02-20", None])
    >>> table = pd.DataFrame({"customer_id": ["a", "b"], "date": signed, "left": left})
    >>> cohort_table(lives(table, "2024-03-31")).loc["2024Q1"].to_dict()
    {0: 2.0, 1: 2.0, 2: 1.0}
    """
    if cohort not in _COHORTS:
        raise unknown("cohort", cohort, _COHORTS)
    length = length_of(unit)
    need_lives(lives, "begin", "until", "left", "days")
    label = lives["begin"].dt.to_period(cohort).astype(str).rename("cohort")
    observed = (lives["until"].max() - lives["begin"].groupby(label).max()).dt.days
    if revenue is None:
        whole = (observed // length).astype(int)
        ages = pd.RangeIndex(int(whole.max()) + 1, name="age")
        stays = np.where(
            lives["left"], np.ceil(lives["days"] / length), len(ages)
        )  # is there while age < this
        gone = pd.crosstab(label, np.minimum(stays, len(ages)).astype(int))
        gone = gone.reindex(columns=range(len(ages) + 1), fill_value=0)
        cells = gone.iloc[:, ::-1].cumsum(axis=1).iloc[:, ::-1].drop(columns=0).set_axis(ages, axis=1)
        seen = whole
    else:
        need_events(revenue, "orders", "amount")
        strange = revenue.loc[~revenue["customer_id"].isin(lives.index), "customer_id"].unique()
        if len(strange):
            raise DataError(
                f"{len(strange):,} customers with orders have no life, for example {some(strange)}."
            )
        seen = ((observed + 1) // length).astype(int) - 1
        if seen.max() < 0:
            raise DataError("No cohort has been observed for a whole age. Take a shorter unit.")
        ages = pd.RangeIndex(int(seen.max()) + 1, name="age")
        begin = revenue["customer_id"].map(lives["begin"])
        # a day counts when it is over: a bill a month later may be dated the 30th day
        age = (((revenue["date"] - begin).dt.days + 1) // length).astype(int)
        money = revenue.assign(cohort=revenue["customer_id"].map(label), age=age)
        cells = money.pivot_table(index="cohort", columns="age", values="amount", aggfunc="sum")
        cells = cells.reindex(index=seen.index, columns=ages).fillna(0.0)
    known = ages.to_numpy()[None, :] <= seen.reindex(cells.index).to_numpy()[:, None]
    return cells.astype(float).where(known)


@checked
def retention_by_age(lives: pd.DataFrame, *, unit: str = "M", level: float = 0.95) -> pd.DataFrame:
    r"""Return how readily customers leave at each age, and the share that an age keeps.

    Does leaving become rarer with age? The hazard is a rate, of those who left in an age over the time that
    all spent in it; the retention :math:`r_k = \hat S(k + 1) / \hat S(k)` is the share of those there at its
    beginning who are there at its end. Both fall or rise also because of who is still there: a hazard that
    falls says nothing yet about any single customer.

    Parameters
    ----------
    lives : DataFrame
        As `lives` returns it.
    unit : {"W", "M", "Y"}
        Length of an age.
    level : float
        Of the hazard's limits, which are exact for a Poisson count.

    Returns
    -------
    DataFrame by ``age``, those through which somebody was observed
        ``at_risk`` at its beginning, ``left`` in it, ``exposure`` in units of time; ``hazard`` per unit with
        ``low`` and ``high``; ``survival`` to its end, ``retention`` through it.

    Raises
    ------
    InputError
        An unknown unit.
    DataError
        A column is missing, or nobody has been observed through a whole age.

    Examples
    --------
    >>> from crmlab.lifecycle import retention_by_age
    >>> import pandas as pd
    >>> table = pd.DataFrame({"days": [10.0, 50.0, 70.0, 95.0], "left": [True, True, False, False]})
    >>> retention_by_age(table)[["at_risk", "left", "retention"]].round(2).values.tolist()
    [[4.0, 1.0, 0.75], [3.0, 1.0, 0.67], [2.0, 0.0, 1.0]]
    """
    length = length_of(unit)
    days, left = known_lives(lives)
    ages = int(days.max() // length)
    if not ages:
        raise DataError(
            f"Nobody has been observed through a whole age of {length:.0f} days. Take a shorter unit."
        )
    edges = length * np.arange(ages + 1)
    ordered = np.sort(days)
    below = np.searchsorted(ordered, edges, side="left")
    lived = np.append(0.0, np.cumsum(ordered))[below] + edges * (len(ordered) - below)
    exposure = np.diff(lived) / length
    gone = np.diff(np.searchsorted(np.sort(days[left]), edges, side="left"))
    low, high = rate_limits(gone, exposure, level)
    curve = survival(lives)["survival"]
    stays = np.append(1.0, curve.to_numpy())[np.searchsorted(curve.index.to_numpy(), edges, side="left")]
    with np.errstate(invalid="ignore", divide="ignore"):
        kept = np.where(stays[:-1] > 0, stays[1:] / stays[:-1], np.nan)
    table = {
        "at_risk": len(ordered) - below[:-1],
        "left": gone,
        "exposure": exposure,
        "hazard": gone / exposure,
        "low": low,
        "high": high,
        "survival": stays[1:],
        "retention": kept,
    }
    return pd.DataFrame(table, index=pd.RangeIndex(ages, name="age"))


def _indexed(contracts: pd.DataFrame) -> pd.DataFrame:
    if "customer_id" not in contracts:
        raise DataError("The contracts lack the column 'customer_id'.")
    return contracts.set_index("customer_id")
