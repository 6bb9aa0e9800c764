"""Generations of a product and the people who buy them: how long each lasts, and who moves on to the next."""

from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.customers import day
from crmlab.errors import DataError
from crmlab.lifecycle.given import need_events
from crmlab.lifecycle.kaplan_meier import length_of


@checked
def product_volume(orders: pd.DataFrame, launches: pd.Series, end: Any, *, unit: str = "Y") -> pd.DataFrame:
    """Return how often each generation of a product was bought in each period since its launch.

    How long does a product last? All purchases count, of the device and of what it uses, so that a customer
    who only refills still is the product's.

    Parameters
    ----------
    orders : DataFrame
        ``customer_id``, ``date`` and ``generation``.
    launches : Series
        The day of the launch, by generation.
    end : str or date
        Last day observed.
    unit : {"W", "M", "Y"}
        Length of a period, 1 the first.

    Returns
    -------
    DataFrame by ``period``, a column a generation
        Customers' purchase days; missing in a period that is not over.

    Raises
    ------
    DataError
        A generation has no launch, was bought before it, or no period is over.

    Examples
    --------
    >>> from crmlab.lifecycle import product_volume
    >>> import pandas as pd
    >>> dates = pd.to_datetime(["2022-02-01", "2023-05-01", "2023-06-01"])
    >>> orders = pd.DataFrame({"customer_id": ["a", "a", "b"], "date": dates, "generation": 1})
    >>> product_volume(orders, pd.Series({1: pd.Timestamp("2022-01-01")}), "2023-12-31")[1].tolist()
    [1.0, 2.0]
    """
    need_events(orders, "orders", "generation")
    last, length = day(end, "end"), length_of(unit)
    days = orders[["customer_id", "date", "generation"]]
    days = days.assign(date=days["date"].dt.normalize()).drop_duplicates()
    begin = days["generation"].map(launches)
    if begin.isna().any():
        raise DataError("The launch of a generation that was bought is not known. Give the launch of each.")
    since = (days["date"] - begin).dt.days
    if (since < 0).any():
        raise DataError("A generation was bought before its launch. Take an earlier day of launch.")
    over = (((last - launches).dt.days + 1.5) // length).astype(int)
    if over.max() < 1:
        raise DataError(f"No period is over by {last:%Y-%m-%d}. Take a shorter unit.")
    period = (since // length).astype(int) + 1
    count = days.groupby([period.rename("period"), "generation"]).size().unstack().astype(float)
    count = count.reindex(index=range(1, int(over.max()) + 1), columns=launches.index).fillna(0.0)
    for name in count:
        count.loc[count.index > over[name], name] = np.nan
    return count.rename_axis(index="period", columns="generation")


@checked
def lasting(volume: pd.Series, *, share: float = 0.5) -> pd.Series:
    """Return how long a volume stays at a share of its best period or above.

    Which lives longer, the product or the customer's demand? A life has no sharp end, so both are measured by
    one rule, from the first period at that share to the last one.

    Parameters
    ----------
    volume : Series
        By period; missing ones are left out.
    share : float
        Of the best period, above 0 and at most 1.

    Returns
    -------
    Series
        ``best`` period, ``first`` and ``last`` period at the share or above, ``periods`` from first to last,
        and ``open``: whether the last period observed is among them, so
        that the life may be longer than was seen.

    Raises
    ------
    DataError
        Nothing was bought in any period.

    Examples
    --------
    >>> from crmlab.lifecycle import lasting
    >>> import pandas as pd
    >>> lasting(pd.Series([1.0, 4.0, 6.0, 3.0, 1.0], range(1, 6))).tolist()
    [3, 2, 4, 3, False]
    """
    number(share, "share", above=0, most=1)
    known = volume.dropna()
    if known.empty or known.max() <= 0:
        raise DataError("Nothing was bought in any period, so nothing lasts.")
    high = known.index[known >= share * known.max()]
    made = {
        "best": known.idxmax(),
        "first": high[0],
        "last": high[-1],
        "periods": int(high[-1] - high[0]) + 1,
        "open": bool(high[-1] == known.index[-1]),
    }
    return pd.Series(made, dtype=object, name=volume.name)


@checked
def followed(orders: pd.DataFrame, generation: int, begin: Any, end: Any) -> pd.DataFrame:
    """Follow those who bought a generation in one year: who still buys it later, and who buys anything.

    A product's fall is one of three: its customers left, they moved on to another product, or they buy less.
    Only people who are followed can tell.

    Parameters
    ----------
    orders : DataFrame
        ``customer_id``, ``date`` and ``generation``.
    generation : int
        Which one.
    begin : str or date
        First day of the year in which they bought it.
    end : str or date
        Last day observed.

    Returns
    -------
    DataFrame by ``year``, from 0 on
        Shares of them: ``this`` who bought the generation, ``other`` who bought others only, ``nothing`` who
        did not buy; and ``orders`` of this generation and ``all_orders``, their purchase days. All of them
        bought in year 0, for so they were chosen: compare the later years with each other, too.

    Raises
    ------
    DataError
        Nobody bought the generation in that year, or the year is not over.

    Examples
    --------
    >>> from crmlab.lifecycle import followed
    >>> import pandas as pd
    >>> dates = pd.to_datetime(["2022-02-01", "2022-05-01", "2023-06-01"])
    >>> orders = pd.DataFrame({"customer_id": ["a", "b", "b"], "date": dates, "generation": [1, 1, 2]})
    >>> followed(orders, 1, "2022-01-01", "2023-12-31")[["this", "other", "nothing"]].loc[1].tolist()
    [0.0, 0.5, 0.5]
    """
    need_events(orders, "orders", "generation")
    whole(generation, "generation", least=1)
    start, last = day(begin, "begin"), day(end, "end")
    length = length_of("Y")
    years = int(((last - start).days + 1.5) // length)
    if years < 1:
        raise DataError(f"The year from {start:%Y-%m-%d} is not over by {last:%Y-%m-%d}.")
    days = orders.assign(date=orders["date"].dt.normalize())[["customer_id", "date", "generation"]]
    days = days.assign(year=((days["date"] - start).dt.days // length).astype(int))
    days = days[days["year"].between(0, years - 1)].drop_duplicates()
    own = days["generation"] == generation
    who = days.loc[own & (days["year"] == 0), "customer_id"].unique()
    if not len(who):
        raise DataError(f"Nobody bought generation {generation} in the year from {start:%Y-%m-%d}.")
    theirs = days[days["customer_id"].isin(who)]
    by = theirs.groupby("year")
    index = pd.RangeIndex(years, name="year")
    mine = theirs[theirs["generation"] == generation]
    this = mine.groupby("year")["customer_id"].nunique().reindex(index, fill_value=0) / len(who)
    some = by["customer_id"].nunique().reindex(index, fill_value=0) / len(who)
    made = {
        "this": this,
        "other": some - this,
        "nothing": 1 - some,
        "orders": mine.groupby("year").size().reindex(index, fill_value=0),
        "all_orders": theirs.drop_duplicates(["customer_id", "date"]).groupby("year").size()
        .reindex(index, fill_value=0),
    }  # fmt: skip
    return pd.DataFrame(made).assign(customers=len(who))


@checked
def holders(devices: pd.DataFrame, generation: int, at: Any) -> pd.Series:
    """Return who held a generation on a day as their latest, and since when.

    Parameters
    ----------
    devices : DataFrame
        Purchases of the device alone: ``customer_id``, ``date`` and ``generation``.
    generation : int
        Which one.
    at : str or date
        The day, which still counts.

    Returns
    -------
    Series by ``customer_id``
        ``since``, the day of their first device of that generation.

    Raises
    ------
    DataError
        Nobody held it on the day.

    Examples
    --------
    >>> from crmlab.lifecycle import holders
    >>> import pandas as pd
    >>> dates = pd.to_datetime(["2022-02-01", "2022-05-01", "2023-06-01"])
    >>> devices = pd.DataFrame({"customer_id": ["a", "b", "b"], "date": dates, "generation": [1, 1, 2]})
    >>> holders(devices, 1, "2023-12-31").index.tolist()
    ['a']
    """
    need_events(devices, "devices", "generation")
    last = day(at, "at")
    whole(generation, "generation", least=1)
    seen = devices[devices["date"].dt.normalize() <= last]
    latest = seen.groupby("customer_id")["generation"].max()
    who = latest.index[latest == generation]
    if who.empty:
        raise DataError(f"Nobody held generation {generation} as the latest on {last:%Y-%m-%d}.")
    mine = seen[(seen["generation"] == generation) & seen["customer_id"].isin(who)]
    return mine.groupby("customer_id")["date"].min().rename("since")


@checked
def swap_worth(
    orders: pd.DataFrame, since: pd.Series, device: str, day_of: Any, end: Any, *, cost: float
) -> pd.DataFrame:
    r"""Return what a free swap of the old device would have been worth for each holder of a stopped line.

    On the day the firm stops whatever the old device uses. Whoever gets the newer device for nothing goes on
    buying; whoever does not stops until they buy it themselves. So a swap brings what they went on to spend
    on the old line, and costs the device, and the sale of it to those who would have bought it:

    .. math:: w_i = \text{refills}_i - c - \text{device sale}_i .

    Parameters
    ----------
    orders : DataFrame
        ``customer_id``, ``date``, ``category``, ``generation``, ``amount`` and ``cost``.
    since : Series
        Holders of one generation, as `holders` returns them.
    device : str
        The category of the device.
    day_of, end : str or date
        The day on which the old line stops, and the last day counted.
    cost : float
        Of a swap.

    Returns
    -------
    DataFrame by ``customer_id``
        ``before``, profit on refills in the 365 days up to the day; after it, ``refills`` until a device was
        bought, ``sale``, the profit on newer devices bought, and ``worth`` of a swap.

    Raises
    ------
    DataError
        A column is missing.

    Examples
    --------
    >>> from crmlab.lifecycle import swap_worth
    >>> import pandas as pd
    >>> orders = pd.DataFrame(
    ...     {"customer_id": ["a", "a"], "date": pd.to_datetime(["2022-06-01", "2023-06-01"]), "generation": 1,
    ...      "category": "refill", "amount": [30.0, 40.0], "cost": [10.0, 10.0]}
    ... )
    >>> since = pd.Series({"a": pd.Timestamp("2022-01-01")}).rename_axis("customer_id")
    >>> swap_worth(orders, since, "device", "2022-12-31", "2023-12-31", cost=25.0).loc["a"].tolist()
    [20.0, 30.0, 0.0, 5.0]
    """
    need_events(orders, "orders", "generation", "amount", "cost")
    number(cost, "cost", "of a swap", least=0)
    now, last = day(day_of, "day_of"), day(end, "end")
    mine = orders[orders["customer_id"].isin(since.index)]
    mine = mine.assign(profit=mine["amount"] - mine["cost"], day=mine["date"].dt.normalize())
    own = mine["category"] == device

    def total(rows: pd.DataFrame) -> pd.Series:
        return rows.groupby("customer_id")["profit"].sum().reindex(since.index).fillna(0.0)

    bought = mine[own & (mine["day"] > now) & (mine["day"] <= last)]
    moved = pd.to_datetime(mine["customer_id"].map(bought.groupby("customer_id")["day"].min().to_dict()))
    later = (mine["day"] > now) & (mine["day"] <= last) & ~(mine["day"] >= moved)
    past = (mine["day"] > now - pd.Timedelta(days=365)) & (mine["day"] <= now)
    made = pd.DataFrame(
        {"before": total(mine[~own & past]), "refills": total(mine[~own & later]), "sale": total(bought)}
    )
    return made.assign(worth=made["refills"] - cost - made["sale"])


@checked
def swap_forecast(
    past: pd.DataFrame, now: pd.DataFrame, groups: tuple[pd.Series, pd.Series], *, cost: float, years: float
) -> pd.DataFrame:
    r"""Forecast what a swap is worth for each holder, from what became of like holders in the year before.

    Of a group of holders a year ago, least squares give :math:`a + b x`, what they went on to spend on
    refills after a year of :math:`x`; who had bought much by chance is drawn towards the others by it. The
    mean profit of the newer devices that they bought is :math:`s`. With :math:`x_t = a + b x_{t-1}`, from the
    refills of the last year :math:`x_0`,

    .. math:: \hat w = \sum_{t=1}^{T} x_t - c - s \sum_{t=0}^{T-1} k^t ,

    where :math:`k` is the share of refills that the group kept. Nothing of what came later is used. A part of
    a year counts as such a part.

    Parameters
    ----------
    past, now : DataFrame
        What `swap_worth` returned for the day a year before, over that year, and for the day itself.
    groups : pair of Series
        The group of each then and now, by ``customer_id``.
    cost : float
        Of a swap.
    years : float
        How long it is counted.

    Returns
    -------
    DataFrame by ``customer_id``
        ``kept`` and ``sale`` of the group, ``refills`` to come, and ``forecast``.

    Examples
    --------
    >>> from crmlab.lifecycle import swap_forecast
    >>> import pandas as pd
    >>> who = pd.Index(["a", "b"], name="customer_id")
    >>> past = pd.DataFrame({"before": [20.0, 40.0], "refills": [10.0, 20.0], "sale": 0.0}, who)
    >>> group = pd.Series("late", who)
    >>> swap_forecast(past, past, (group, group), cost=5.0, years=2)["forecast"].tolist()
    [10.0, 25.0]
    """
    number(cost, "cost", "of a swap", least=0)
    number(years, "years", above=0)
    then, today = groups[0].reindex(past.index), groups[1].reindex(now.index)
    made = pd.DataFrame(0.0, now.index, ["kept", "sale", "refills"])
    for name in today.dropna().unique():
        like, mine = past[then == name], today == name
        x, y = like["before"].to_numpy(), like["refills"].to_numpy()
        if len(x) < 2 or x.var() == 0:
            slope, kept = 0.0, 0.0
        else:
            slope = float(np.clip(np.cov(x, y, ddof=0)[0, 1] / x.var(), 0.0, 1.0))
            kept = float(min(y.sum() / x.sum(), 1.0))
        level = float(y.mean() - slope * x.mean()) if len(x) else 0.0
        spent, ahead, sold, left = now.loc[mine, "before"], 0.0 * now.loc[mine, "before"], 0.0, years
        while left > 0:
            spent = level + slope * spent
            part = min(left, 1.0)
            ahead, sold, left = ahead + part * spent, part + kept * sold, left - part
        sale = float(like["sale"].mean()) if len(x) else 0.0
        made.loc[mine, ["kept", "sale"]] = [kept, sale * sold]
        made.loc[mine, "refills"] = ahead
    return made.assign(forecast=made["refills"] - cost - made["sale"])
