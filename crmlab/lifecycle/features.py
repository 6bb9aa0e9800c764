"""What is known of customers on a day, and nothing after it; what came of them; days to learn and test."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from crmlab.arguments import checked, whole
from crmlab.customers import day
from crmlab.errors import DataError, InputError
from crmlab.lifecycle.four_stages import rhythm
from crmlab.lifecycle.given import need_events, need_lives
from crmlab.lifecycle.retention import lives

_OF_ORDERS = ["orders", "silence", "quiet", "trend", "categories_lost"]
"""Signs that regular bills leave empty."""


@checked
def warning_signs(
    orders: pd.DataFrame, at: Any, *, contacts: pd.DataFrame | None = None, recent: int = 90
) -> pd.DataFrame:
    r"""Return what may warn that a customer is about to leave, as it is known on a day.

    Is somebody quieter than usual, buying less, or calling more? Nothing after the day is looked at.

    Parameters
    ----------
    orders : DataFrame
        Orders or bills: ``customer_id``, ``date``, ``amount``; if there, ``quantity`` and ``category``.
    at : str or date
        The day, which still counts.
    contacts : DataFrame, optional
        Service contacts: ``customer_id``, ``date``, ``reason``.
    recent : int
        Days up to the day that are compared with as many before them.

    Returns
    -------
    DataFrame by ``customer_id``, those with an order by the day
        ``age`` in days; ``orders``, purchase days; ``silence`` in days, and ``quiet``, the same over the own
        rhythm; ``trend`` of amounts, :math:`(a_1 - a_0) / (a_1 + a_0)`, from -1 for nothing lately to 1 for
        nothing before, 0 for neither; ``quantity_trend`` likewise; ``categories_lost``, the share of those
        bought before that were not bought lately; ``contacts`` lately and, by reason, ``contacts_…``.

    Raises
    ------
    DataError
        A column is missing, dates are no dates, or nobody had bought by the day.

    Examples
    --------
    >>> from crmlab.lifecycle import warning_signs
    >>> import pandas as pd
    >>> dates = pd.to_datetime(["2024-01-01", "2024-01-31", "2024-03-01", "2024-06-01"])
    >>> orders = pd.DataFrame({"customer_id": ["a", "a", "a", "b"], "date": dates, "amount": 20.0})
    >>> warning_signs(orders, "2024-04-30")[["orders", "silence", "trend"]].round(2).values.tolist()
    [[3.0, 60.0, -0.33]]
    """
    last = day(at, "at")
    whole(recent, "recent", "a number of days", least=1)
    money = [name for name in ("amount", "quantity") if name in orders or name == "amount"]
    known = _upto(orders, "orders", last, *money)
    if known.empty:
        raise DataError(f"Nobody had bought by {last:%Y-%m-%d}. Take a later day.")
    days = known.drop_duplicates(["customer_id", "date"]).groupby("customer_id")["date"]
    first, latest, count = days.min(), days.max(), days.size()
    age = (last - first).dt.days.astype(float)
    silence = (last - latest).dt.days.astype(float)
    frame = pd.DataFrame({"frequency": count - 1.0, "recency": age - silence, "T": age})
    signs = pd.DataFrame({"age": age, "orders": count.astype(float), "silence": silence})
    signs["quiet"] = silence / rhythm(frame).clip(lower=1.0)
    since = (last - known["date"]).dt.days
    lately, before = since < recent, (since >= recent) & (since < 2 * recent)
    for column, name in (("amount", "trend"), ("quantity", "quantity_trend")):
        if column in known:
            one, two = (
                known[column].where(here, 0.0).groupby(known["customer_id"]).sum()
                for here in (lately, before)
            )
            both = (one.abs() + two.abs()).astype(float)
            signs[name] = ((one - two) / both.where(both > 0)).fillna(0.0)
    if "category" in known:
        pairs = known.assign(before=~lately).groupby(["customer_id", "category"], observed=True)
        had, has = pairs["before"].any(), (~pairs["before"].all())
        bought = had.groupby(level="customer_id").sum()
        lost = (had & ~has).groupby(level="customer_id").sum()
        signs["categories_lost"] = (lost.astype(float) / bought.where(bought > 0)).fillna(0.0)
    if contacts is not None:
        calls = _upto(contacts, "contacts", last)
        if "reason" not in calls:
            raise DataError("The contacts lack the column 'reason'.")
        reasons = calls["reason"].astype("category").cat.categories
        calls = calls[(last - calls["date"]).dt.days < recent]
        signs["contacts"] = calls.groupby("customer_id").size().reindex(signs.index).fillna(0.0)
        for reason in reasons:
            here = calls[calls["reason"] == reason].groupby("customer_id").size()
            signs[f"contacts_{reason}"] = here.reindex(signs.index).fillna(0.0)
    return signs.rename_axis("customer_id")


@checked
def watched(
    tables: Mapping[str, pd.DataFrame], on: Sequence[Any], *, days: int, recent: int = 90, least: int = 3
) -> pd.DataFrame:
    """Return what was known of customers on some days, and who had left a given time later.

    Whom could we have called on that day, what did we know, and what came of it? Under contract, those who
    are there on the day; without one, those who bought on some days so far, and lately.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        ``orders``; if there, ``contacts``, ``contracts``, ``satisfaction`` and ``outages``.
    on : sequence of str or date
        The days.
    days : int
        After each, in which who has a contract may leave, and who has none may stay away.
    recent : int
        Days that count as lately.
    least : int
        Without contracts, purchase days that a customer must have by the day.

    Returns
    -------
    DataFrame by ``day`` and ``customer_id``
        Signs as in `warning_signs`, the cancellations among them. Under contract those of bills are left out
        that say nothing there, and added are ``term`` in months, ``price``, ``fee`` that leaving costs now,
        ``held`` for how many days more, the last ``score`` of satisfaction (the mean of all where there is
        none), and ``outages`` lately. Last ``left``.

    Raises
    ------
    InputError
        There are no days.
    DataError
        A column is missing, nobody was there on a day, or observation ends before the days are over.

    Examples
    --------
    >>> import crmlab as crm
    >>> world = crm.simulate.contracts(customers=300, seed=3)
    >>> known = crm.lifecycle.watched(world.tables, ["2023-06-01", "2023-07-01"], days=90)
    >>> known.groupby("day")["left"].agg(["size", "sum"]).values.tolist()
    [[239, 14], [256, 14]]
    """
    if not len(on):
        raise InputError("on names no day. Give at least one.")
    orders, contacts = tables["orders"], tables.get("contacts")
    parts = {}
    for at in on:
        last = day(at, "on")
        signs = warning_signs(orders, last, contacts=contacts, recent=recent)
        if "contracts" in tables:
            gone = left_within(lives(tables["contracts"], orders["date"].max()), last, days)
            signs = signs.reindex(gone.index).drop(columns=_OF_ORDERS, errors="ignore").fillna(0.0)
            signs = signs.join(_terms(tables, last, recent, signs.index))
        else:
            signs = signs[(signs["orders"] >= least) & (signs["silence"] < recent)]
            gone = went_silent(orders, last, days)
        if signs.empty:
            raise DataError(f"Nobody to watch was there on {last:%Y-%m-%d}. Take another day.")
        parts[last] = signs.assign(left=gone.reindex(signs.index))
    return pd.concat(parts, names=["day", "customer_id"])


def _terms(tables: Mapping[str, pd.DataFrame], last: pd.Timestamp, recent: int, who: pd.Index) -> Any:
    """Return what contract, survey and outages say of customers on a day."""
    deal = tables["contracts"].drop_duplicates("customer_id").set_index("customer_id").reindex(who)
    until = pd.to_datetime(deal["fee_until"])
    terms = {
        "term": deal["term"],
        "price": deal["price"],
        "fee": deal["exit_fee"].where(until > last, 0.0),
        "held": (until - last).dt.days.clip(lower=0),
    }
    frame = pd.DataFrame(terms).astype(float).fillna(0.0)
    if "satisfaction" in tables:
        said = _upto(tables["satisfaction"], "satisfaction", last).sort_values("date", kind="stable")
        latest = said.groupby("customer_id")["score"].last().reindex(who).astype(float)
        frame["score"] = latest.fillna(said["score"].mean()).fillna(0.0)
    if "outages" in tables:
        failed = _upto(tables["outages"], "outages", last)
        failed = failed[(last - failed["date"]).dt.days < recent]
        frame["outages"] = failed.groupby("customer_id").size().reindex(who).fillna(0.0)
    return frame


@checked
def went_silent(orders: pd.DataFrame, at: Any, days: int) -> pd.Series:
    """Return who, of those with an order by a day, had none in the days after it.

    Without contracts nobody says goodbye. Silence for so long is what can be seen: some of the silent come
    back.

    Parameters
    ----------
    orders : DataFrame
        ``customer_id`` and ``date``.
    at : str or date
        The day.
    days : int
        After it.

    Returns
    -------
    Series of bool by ``customer_id``
        ``left``.

    Raises
    ------
    DataError
        Nobody had bought by the day, or the orders end before the days are over.

    Examples
    --------
    >>> from crmlab.lifecycle import went_silent
    >>> import pandas as pd
    >>> dates = pd.to_datetime(["2024-01-01", "2024-01-02", "2024-02-10", "2024-03-31"])
    >>> orders = pd.DataFrame({"customer_id": ["a", "b", "b", "c"], "date": dates})
    >>> went_silent(orders, "2024-01-31", 60).to_dict()
    {'a': True, 'b': False}
    """
    last = day(at, "at")
    ends = last + pd.Timedelta(days=whole(days, "days", "a number of days", least=1))
    known = _upto(orders, "orders", last)
    if known.empty:
        raise DataError(f"Nobody had bought by {last:%Y-%m-%d}. Take a later day.")
    _observed(orders["date"].max(), ends)
    date = orders["date"].dt.normalize()
    after = orders.loc[(date > last) & (date <= ends), "customer_id"]
    who = pd.Index(sorted(known["customer_id"].unique()), name="customer_id")
    return pd.Series(~who.isin(after), index=who, name="left")


@checked
def left_within(lives: pd.DataFrame, at: Any, days: int) -> pd.Series:
    """Return who, of those there on a day, left in the days after it.

    Parameters
    ----------
    lives : DataFrame
        As `lives` returns it.
    at : str or date
        The day.
    days : int
        After it.

    Returns
    -------
    Series of bool by customer
        ``left``.

    Raises
    ------
    DataError
        Nobody was there on the day, or observation ends before the days are over.

    Examples
    --------
    >>> from crmlab.lifecycle import left_within
    >>> import pandas as pd
    >>> begin, until = pd.to_datetime(["2024-01-01"] * 2), pd.to_datetime(["2024-03-01", "2024-12-31"])
    >>> table = pd.DataFrame({"begin": begin, "until": until, "left": [True, False]}, index=["a", "b"])
    >>> left_within(table, "2024-02-01", 60).to_dict()
    {'a': True, 'b': False}
    """
    need_lives(lives, "begin", "until", "left")
    last = day(at, "at")
    ends = last + pd.Timedelta(days=whole(days, "days", "a number of days", least=1))
    _observed(lives["until"].max(), ends)
    gone = lives["left"].astype(bool)
    here = lives[(lives["begin"] <= last) & ((lives["until"] > last) | (~gone & (lives["until"] == last)))]
    if here.empty:
        raise DataError(f"Nobody was there on {last:%Y-%m-%d}. Take another day.")
    return (gone.loc[here.index] & (here["until"] <= ends)).rename("left")


@checked
def time_split(first: Any, end: Any, *, days: int, history: int) -> pd.Series:
    """Return a day to learn on and a later day to test on, so that nothing is learned from the test's time.

    A rule that is learned and judged on the same days knows the future. What became of those of the learning
    day is known by the test day, on which the rule would have been used.

    Parameters
    ----------
    first, end : str or date
        First and last day observed.
    days : int
        After each day in which it is seen who left.
    history : int
        Days that must lie before the learning day.

    Returns
    -------
    Series
        ``learn`` and ``test``.

    Raises
    ------
    InputError
        The time observed is too short for both.

    Examples
    --------
    >>> from crmlab.lifecycle import time_split
    >>> time_split("2023-01-01", "2024-12-31", days=90, history=180).dt.strftime("%Y-%m-%d").to_dict()
    {'learn': '2024-07-04', 'test': '2024-10-02'}
    """
    begin, last = day(first, "first"), day(end, "end")
    span = pd.Timedelta(days=whole(days, "days", "a number of days", least=1))
    learn = last - 2 * span
    if (learn - begin).days < whole(history, "history", "a number of days"):
        raise InputError(
            f"Of {(last - begin).days:,} days, two times {days:,} for the outcomes leave "
            f"{(learn - begin).days:,}, not {history:,}. Take shorter outcomes or a shorter history."
        )
    return pd.Series({"learn": learn, "test": last - span}, name="day")


def _upto(table: pd.DataFrame, what: str, last: pd.Timestamp, *numbers: str) -> pd.DataFrame:
    need_events(table, what, *numbers)
    date = pd.to_datetime(table["date"]).dt.normalize()
    return table.assign(date=date)[date <= last]


def _observed(seen: pd.Timestamp, ends: pd.Timestamp) -> None:
    if seen < ends:
        raise DataError(
            f"What came of the customers is known to {seen:%Y-%m-%d} only, not to {ends:%Y-%m-%d}. Take an "
            "earlier day, or fewer days."
        )
