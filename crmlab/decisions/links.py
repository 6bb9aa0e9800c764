"""What each link of the value chain measures, and what a little more of it would have earned."""

from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.customers import day
from crmlab.errors import DataError, InputError
from crmlab.language import mark
from crmlab.lifecycle.given import gross_profit, need_events, need_numbers

LINKS = (
    mark("value analysis"), mark("intimacy"), mark("network"), mark("proposition"), mark("relationship"),
)  # fmt: skip
"""Buttle's primary stages: which customers, how well known, with whom, with what, and for how long."""

_ALWAYS = ("profit", "loss", "before", "kept", "first_profit", "second_profit")
_CLASSES = (1, 2, 3, 4, 6, 11)  # purchase days of the first half from which on a class counts as alike


@checked
def link_parts(
    orders: pd.DataFrame,
    split: Any,
    *,
    margin: float | None = None,
    order_cost: float = 0.0,
    contacts: pd.DataFrame | None = None,
    campaign: pd.DataFrame | None = None,
    referred_by: pd.Series | None = None,
    reply: int = 60,
) -> pd.DataFrame:
    """Return by customer what the figures of the five links are made of.

    Which link of the chain can be measured at all, with the tables that we have? A link without its table
    has no columns here. Profit is what an order brings after goods and handling, less service contacts.

    Parameters
    ----------
    orders : DataFrame
        ``customer_id``, ``date``, ``amount``; ``cost`` where no margin is given; ``category`` for the
        proposition, if more than one was bought.
    split : str or date
        Last day of the first half of the time; who bought up to it and bought again after it was kept.
    margin : float, optional
        Share of revenue that is left after the goods; without it, amounts less costs are.
    order_cost : float
        Handling a customer's orders of one day, in the currency.
    contacts : DataFrame, optional
        Service contacts: ``customer_id``, ``date``, ``cost``. Their cost counts in the profit.
    campaign : DataFrame, optional
        Offers: ``customer_id``, ``date``, ``treated``, ``chance``. Those made by lot stand for intimacy
        with what they caused, in place of what followed a service contact.
    referred_by : Series, optional
        By customer, who brought the customer; missing where nobody did.
    reply : int
        Days after a contact or an offer, from the next day on, in which an order counts as a reply.

    Returns
    -------
    DataFrame by ``customer_id``
        ``profit``, ``loss`` (what is lacking to zero); ``before``, ``kept``, ``first_profit``,
        ``second_profit``; and, as far as there are tables, ``contacts``, ``replies``, ``reply_profit``,
        ``reply_second`` (of orders after the split); ``held``, ``held_profit``, ``held_second`` (of those
        kept from an offer, weighted to the odds of getting it);
        ``brought``, ``brought_profit``; ``categories``, ``several``, ``last_profit`` (of the category taken
        up last, where there are several), ``held_before``, ``orders_before`` (categories and purchase
        days up to the split).

    Raises
    ------
    DataError
        A column is missing, nobody bought up to the split or after it, or there are neither costs nor a
        margin.

    References
    ----------
    Buttle, F. (2004). Customer relationship management: concepts and tools. Elsevier.

    Examples
    --------
    >>> from crmlab.decisions import link_parts
    >>> import pandas as pd
    >>> dates = pd.to_datetime(["2024-01-01", "2024-05-01", "2024-02-01"])
    >>> orders = pd.DataFrame({"customer_id": ["a", "a", "b"], "date": dates, "amount": [50.0, 40.0, 4.0]})
    >>> parts = link_parts(orders, "2024-03-31", margin=0.5, order_cost=3.0)
    >>> parts[["profit", "loss", "kept"]].to_numpy().tolist()
    [[39.0, 0.0, 1.0], [-1.0, 1.0, 0.0]]
    """
    lines = _profits(orders, margin, order_cost)
    cut = day(split, "split")
    whole(reply, "reply", "a number of days", least=1)
    parts = pd.DataFrame(index=pd.Index(lines["customer_id"].unique(), name="customer_id").sort_values())
    sums = {
        name: lines[each].groupby("customer_id")["profit"].sum()
        for name, each in (("first_profit", lines["date"] <= cut), ("second_profit", lines["date"] > cut))
    }
    if not all(map(len, sums.values())):
        raise DataError(f"Somebody must have bought up to {cut:%Y-%m-%d}, and somebody after it.")
    for name, found in sums.items():
        parts[name] = found.reindex(parts.index, fill_value=0.0)
    parts["before"] = parts.index.isin(sums["first_profit"].index).astype(float)
    parts["kept"] = parts["before"] * parts.index.isin(sums["second_profit"].index)
    if contacts is not None:
        need_events(contacts, "contacts", "cost")
        for name, each in (
            ("first_profit", contacts["date"] <= cut),
            ("second_profit", contacts["date"] > cut),
        ):
            spent = contacts[each].groupby("customer_id")["cost"].sum()
            parts[name] -= spent.reindex(parts.index, fill_value=0.0)
    parts["profit"] = parts["first_profit"] + parts["second_profit"]
    parts["loss"] = (-parts["profit"]).clip(lower=0)
    if campaign is not None and len(drawn := _by_lot(campaign)):
        parts = parts.join(_offers(lines, drawn, reply, cut, parts.index))
    elif contacts is not None and len(contacts):
        parts = parts.join(_replies(lines, contacts, reply, cut, parts.index))
    if referred_by is not None:  # where nobody was brought, nobody may have asked
        brought = referred_by.reindex(parts.index).isin(parts.index)
        if brought.any():
            parts["brought"] = brought.astype(float)
            parts["brought_profit"] = parts["brought"] * parts["profit"]
    if "category" in lines and len(lines["category"].dropna().unique()) > 1:
        parts = parts.join(_categories(lines, cut, parts.index))
    return parts


@checked
def link_figures(parts: pd.DataFrame) -> pd.Series:
    """Return one figure a link, each in its own unit.

    How strong is each link? Value analysis: what customers who cost more than they bring lose, as a share of
    what the others earn. Intimacy: the share of contacts followed by an order. Network: customers brought by
    a customer. Proposition: categories a customer. Relationship: the share of the first half's customers who
    bought again. The units differ, so the lowest figure is not the weakest link.

    Parameters
    ----------
    parts : DataFrame
        What `link_parts` returned.

    Returns
    -------
    Series by link
        Missing where the link is not measured.

    Raises
    ------
    DataError
        There are no customers.

    Examples
    --------
    >>> from crmlab.decisions import link_figures
    >>> import pandas as pd
    >>> parts = pd.DataFrame({"profit": [40.0, -4.0], "loss": [0.0, 4.0], "before": 1.0, "kept": [1.0, 0.0],
    ...                       "first_profit": [20.0, -4.0], "second_profit": [20.0, 0.0]})
    >>> link_figures(parts).dropna().to_dict()
    {'value analysis': 0.1, 'relationship': 0.5}
    """
    rows = _sums(parts, np.ones((1, len(parts))))
    sums = rows.iloc[0]
    found = {
        "value analysis": _ratio(sums, "loss", "earned"),
        "intimacy": _ratio(sums, "replies", "contacts"),
        "network": _ratio(sums, "brought", "customers"),
        "proposition": _ratio(sums, "categories", "customers"),
        "relationship": _ratio(sums, "kept", "before"),
    }
    figures = pd.Series(found, name="figure").rename_axis("link")
    return figures.where(_gains(rows, 0.1).iloc[0].notna())


@checked
def link_gains(
    parts: pd.DataFrame, better: float = 0.10, *, draws: int = 0, seed: int = 1, **reading: Any
) -> pd.DataFrame:
    r"""Return what each link would have earned more, had its figure been a little better.

    Where does the next euro go? With the share *b* by which a figure is better, over the time on file, of
    which proposition and relationship can only use the second half:

    - value analysis: :math:`b` of the losses on customers who cost more than they bring;
    - intimacy: :math:`b` of the profit of orders that followed a contact, or that offers by lot caused;
    - network: :math:`b` of the profit of customers who were brought;
    - proposition: :math:`b` of the categories held in the first half, each at what customers with one more
      brought more in the second half, among those with about as many purchase days in the first;
    - relationship: :math:`b` of those kept, at most all lost, each at the mean profit of the lost in the
      first half, times the second half's profit of the kept over their first.

    The amounts are upper bounds where some would have come anyway, and must not be added: a customer kept
    also replies and buys in categories.

    Parameters
    ----------
    parts : DataFrame
        What `link_parts` returned.
    better : float
        By which share of itself each figure is better.
    draws : int
        Samples of customers, drawn anew with replacement, for the interval; 0 gives none.
    seed : int
        Of the draws.
    **reading
        Another reading of "better": ``saved="kept"`` has those who are saved spend as the kept do;
        ``fewer=True`` has so many fewer leave; ``anyway`` is the share of what followed contacts and came
        with newcomers that would have come anyway; ``second=True`` counts the second half alone in each
        link, as proposition and relationship always do; ``compared=False`` takes the measure that needs no
        comparison: saved customers spend as the kept do, a category is worth what the one taken up last
        brought, and all that followed an offer is credited to it.

    Returns
    -------
    DataFrame by link
        ``figure`` and ``gain``; ``ceiling``, whether it is credited with all that came along; with draws,
        ``low`` and ``high`` (95 %, of which customers there are alone) and ``first``, the share of draws in
        which no link that is measured earns more.

    Raises
    ------
    InputError
        The share is not between 0 and 1, or there is no such reading.

    References
    ----------
    Efron, B. (1979). Bootstrap methods: another look at the jackknife. Annals of Statistics 7(1), 1-26.

    Examples
    --------
    >>> from crmlab.decisions import link_gains
    >>> import pandas as pd
    >>> parts = pd.DataFrame({"profit": [40.0, -4.0], "loss": [0.0, 4.0], "before": 1.0, "kept": [1.0, 0.0],
    ...                       "first_profit": [20.0, 8.0], "second_profit": [20.0, -12.0]})
    >>> link_gains(parts)["gain"].dropna().round(2).to_dict()
    {'value analysis': 0.4, 'relationship': 0.8}
    """
    number(better, "better", "a share of each figure", least=0, most=1)
    whole(draws, "draws", "a number of draws", least=0)
    if odd := {*reading} - {"saved", "fewer", "anyway", "second", "compared"}:
        raise InputError(f"There is no reading {min(odd)!r}: take saved, fewer, anyway, second or compared.")
    found = pd.DataFrame({"figure": link_figures(parts)})
    gain = _gains(_sums(parts, np.ones((1, len(parts)))), better, **reading).iloc[0]
    found["gain"] = gain.where(found["figure"].notna())
    lots = "held" in parts and reading.get("compared", True)
    credited = found.index.isin(["network"] if lots else ["network", "intimacy"])
    found["ceiling"] = credited & found["gain"].notna()
    if draws:
        rng, size = np.random.default_rng(seed), len(parts)
        times = (np.bincount(rng.integers(0, size, size), minlength=size)[None, :] for _ in range(draws))
        sums = pd.concat([_sums(parts, each) for each in times], ignore_index=True)
        drawn = _gains(sums, better, **reading).loc[:, found["gain"].notna()]
        found["low"], found["high"] = drawn.quantile(0.025), drawn.quantile(0.975)
        found["first"] = drawn.eq(drawn.max(axis=1), axis=0).mean()
    return found


@checked
def link_readings(parts: pd.DataFrame, better: float = 0.10, *, anyway: float = 0.5) -> pd.DataFrame:
    """Return what each link would earn under other readings of "a little better".

    Which assumption does the answer hang on? Each row changes one.

    Parameters
    ----------
    parts, better
        As for `link_gains`.
    anyway : float
        Share of what followed contacts and came with newcomers that would have come anyway, in its row.

    Returns
    -------
    DataFrame
        A row a reading, the first as measured; a column a link that is measured.

    Raises
    ------
    InputError
        As for `link_gains`.

    Examples
    --------
    >>> from crmlab.decisions import link_readings
    >>> import pandas as pd
    >>> parts = pd.DataFrame({"profit": [40.0, -4.0], "loss": [0.0, 4.0], "before": 1.0, "kept": [1.0, 0.0],
    ...                       "first_profit": [20.0, 8.0], "second_profit": [20.0, -12.0]})
    >>> link_readings(parts)["relationship"].round(1).tolist()
    [0.8, 2.0, 0.8, 0.8, 0.8]
    """
    number(anyway, "anyway", "a share", least=0, most=1)
    readings: dict[str, dict[str, Any]] = {
        mark("as measured"): {},
        mark("those saved spend as those kept"): {"saved": "kept"},
        mark("fewer leave, instead of more staying"): {"fewer": True},
        mark("part would have come anyway"): {"anyway": anyway},
        mark("each link counts the second half alone"): {"second": True},
    }
    rows = {name: link_gains(parts, better, **each)["gain"] for name, each in readings.items()}
    return pd.DataFrame(rows).T.dropna(axis=1).rename_axis(index="reading")


def _profits(orders: pd.DataFrame, margin: float | None, order_cost: float) -> pd.DataFrame:
    """Return the order lines with their profit; a purchase day's handling is shared among its lines."""
    if margin is not None:
        number(margin, "margin", "a share of revenue", least=0, most=1)
    number(order_cost, "order_cost", "a cost", least=0)
    gross = gross_profit(orders, margin)
    lines = orders.assign(date=orders["date"].dt.normalize())
    together = lines.groupby(["customer_id", "date"])["amount"].transform("size")
    return lines.assign(profit=gross - order_cost / together)


def _by_lot(campaign: pd.DataFrame) -> pd.DataFrame:
    """Return the offers that were made, or not, by a lot whose chances are known."""
    need_events(campaign, "campaign", "treated")
    if "chance" not in campaign:
        raise DataError("The campaign lacks the column 'chance': leave it missing where no lot was drawn.")
    return campaign[campaign["chance"].between(0, 1, inclusive="neither")]


def _running(lines: pd.DataFrame, asked: pd.DataFrame, reply: int) -> tuple[np.ndarray, np.ndarray]:
    """Return for each row that asks how many order lines, and what profit, fall on the days of a reply."""
    who = pd.Index(lines["customer_id"].unique())
    begin = min(lines["date"].min(), asked["date"].min())
    long = int((max(lines["date"].max(), asked["date"].max()) - begin).days) + reply + 2
    place = {
        name: who.get_indexer(each["customer_id"]) * long + (each["date"] - begin).dt.days.to_numpy()
        for name, each in (("lines", lines), ("asked", asked))
    }
    order = np.argsort(place["lines"], kind="stable")
    sums = np.concatenate([[0.0], lines["profit"].to_numpy()[order].cumsum()])
    first = np.searchsorted(place["lines"][order], place["asked"], side="right")
    last = np.searchsorted(place["lines"][order], place["asked"] + reply, side="right")
    return last - first, sums[last] - sums[first]


def _offers(
    lines: pd.DataFrame, campaign: pd.DataFrame, reply: int, cut: pd.Timestamp, who: pd.Index
) -> pd.DataFrame:
    """Return what followed offers, and what followed in those kept from one, weighted to the treated."""
    rows = campaign[campaign["customer_id"].isin(who)].reset_index(drop=True)
    bought, profit = _running(lines, rows, reply)
    late = _running(lines.assign(profit=lines["profit"].where(lines["date"] > cut, 0.0)), rows, reply)[1]
    got, chance = rows["treated"].to_numpy(dtype=bool), rows["chance"].to_numpy(dtype=float)
    held = np.where(got, 0.0, chance / (1 - chance))
    table = pd.DataFrame(
        {
            "contacts": got.astype(float),
            "replies": got * (bought > 0),
            "reply_profit": got * profit,
            "reply_second": got * late,
            "held": held,
            "held_profit": held * profit,
            "held_second": held * late,
        }
    )
    return table.groupby(rows["customer_id"]).sum().reindex(who, fill_value=0.0)


def _replies(
    lines: pd.DataFrame, contacts: pd.DataFrame, reply: int, cut: pd.Timestamp, who: pd.Index
) -> pd.DataFrame:
    """Return the contacts, those followed by an order, and the profit of the orders that followed any."""
    rows = contacts[contacts["customer_id"].isin(who)].assign(date=lambda x: x["date"].dt.normalize())
    bought, _ = _running(lines, rows, reply)
    asked = (
        rows[["customer_id", "date"]].drop_duplicates().assign(asked=lambda x: x["date"]).sort_values("date")
    )
    near = pd.merge_asof(
        lines.sort_values("date"),
        asked,
        on="date",
        by="customer_id",
        tolerance=pd.Timedelta(days=reply),
        allow_exact_matches=False,
    )
    table = pd.DataFrame({"contacts": np.ones(len(rows)), "replies": (bought > 0).astype(float)})
    found = table.groupby(rows["customer_id"].to_numpy()).sum().reindex(who, fill_value=0.0)
    near = near[near["asked"].notna()]
    found["reply_profit"] = near.groupby("customer_id")["profit"].sum()
    found["reply_second"] = near[near["date"] > cut].groupby("customer_id")["profit"].sum()
    return found.fillna(0.0).rename_axis("customer_id")


def _categories(lines: pd.DataFrame, cut: pd.Timestamp, who: pd.Index) -> pd.DataFrame:
    """Return how many categories each customer held, in all and early, and what the last one brought."""
    pairs = lines.groupby(["customer_id", "category"], observed=True)
    held = pairs.agg(first=("date", "min"), profit=("profit", "sum")).reset_index()
    latest = held["first"] == held.groupby("customer_id")["first"].transform("max")
    last = held[latest].groupby("customer_id")["profit"].mean()  # of those taken up on the same day, the mean
    before = lines[lines["date"] <= cut]
    table = pd.DataFrame(
        {
            "categories": held.groupby("customer_id").size(),
            "last_profit": last,
            "held_before": before.drop_duplicates(["customer_id", "category"]).groupby("customer_id").size(),
            "orders_before": before.drop_duplicates(["customer_id", "date"]).groupby("customer_id").size(),
        }
    )
    table = table.reindex(who).fillna(0.0).astype(float)
    table["several"] = (table["categories"] > 1).astype(float)
    table["last_profit"] *= table["several"]
    return table


def _slope(parts: pd.DataFrame, times: np.ndarray) -> np.ndarray:
    """Return what one category more goes with in the second half, among customers with as many orders."""
    here = (parts["before"] > 0).to_numpy()
    level = np.searchsorted(_CLASSES, parts["orders_before"].to_numpy()[here], side="right")
    classes = np.eye(len(_CLASSES) + 1)[level]
    x, y = (parts[name].to_numpy(dtype=float)[here] for name in ("held_before", "second_profit"))
    weight = times[:, here]
    count, sum_x, sum_y, xy, xx = ((weight * each) @ classes for each in (1.0, x, y, x * y, x * x))
    count = np.where(count > 0, count, 1.0)
    above, below = (xy - sum_x * sum_y / count).sum(axis=1), (xx - sum_x**2 / count).sum(axis=1)
    flat = below <= 1e-9 * xx.sum(axis=1)
    return np.where(flat, np.nan, above / np.where(flat, 1.0, below))


def _sums(parts: pd.DataFrame, times: np.ndarray) -> pd.DataFrame:
    """Return the sums that gains and figures need, with each customer counted so many times."""
    if parts.empty:
        raise DataError("There are no customers, so there is no link to measure.")
    need_numbers(parts, "parts", *_ALWAYS)
    more: dict[str, Any] = {
        "customers": 1.0,
        "earned": parts["profit"].clip(lower=0),
        "lost": parts["before"] - parts["kept"],
        "lost_first": (parts["before"] - parts["kept"]) * parts["first_profit"],
        "kept_first": parts["kept"] * parts["first_profit"],
        "kept_second": parts["kept"] * parts["second_profit"],
        "loss_second": (-parts["second_profit"]).clip(lower=0),
    }
    if "brought" in parts:
        more["brought_second"] = parts["brought"] * parts["second_profit"]
    wide = parts.assign(**more)
    sums = pd.DataFrame(times @ wide.to_numpy(dtype=float), columns=wide.columns)
    if "categories" in parts:
        sums["slope"] = _slope(parts, times)
    return sums


def _ratio(sums: Any, above: str, below: str) -> Any:
    """Return one sum over another, missing where there is nothing to divide by."""
    if above not in sums:
        return np.nan
    return sums[above] / (sums[below] if sums[below] else np.nan)


def _gains(
    sums: pd.DataFrame, better: float, *, saved: str = "lost", fewer: bool = False,
    anyway: float = 0.0, compared: bool = True, second: bool = False,
) -> pd.DataFrame:  # fmt: skip
    """Return the gains by link, a row a sample; missing where a link is not measured."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = pd.DataFrame(np.nan, index=sums.index, columns=list(LINKS))
        found["value analysis"] = better * sums["loss_second" if second else "loss"]
        if "replies" in sums:
            followed = sums["reply_second" if second else "reply_profit"]
            caused = followed * (1 - anyway)
            if "held" in sums and compared:
                held = sums["held_second" if second else "held_profit"]
                caused = followed - held * sums["contacts"] / sums["held"]
            found["intimacy"] = better * caused
        if "brought" in sums:
            found["network"] = better * sums["brought_second" if second else "brought_profit"] * (1 - anyway)
        if "categories" in sums:
            found["proposition"] = better * sums["held_before"] * sums["slope"]
            if not compared:
                found["proposition"] = better * sums["categories"] * sums["last_profit"] / sums["several"]
        more = (better * sums["lost" if fewer else "kept"]).clip(upper=sums["lost"])
        each = sums["lost_first"] / sums["lost"] * sums["kept_second"] / sums["kept_first"]
        if saved == "kept" or not compared:
            each = sums["kept_second"] / sums["kept"]
        found["relationship"] = (more * each).where(more > 0, 0.0)
    return found.replace([np.inf, -np.inf], np.nan)
