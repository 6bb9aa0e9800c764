"""What a case may hold beside its orders: the tables by name, and the one way in for files of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from crmlab.errors import DataError, some, unknown

if TYPE_CHECKING:
    import ibis

    from crmlab.reading.contract import Rule

Kind = Literal["id", "label", "text", "day", "number", "whole", "flag"]
_YES, _NO = ("true", "yes", "y", "1", "1.0"), ("false", "no", "n", "0", "0.0")


@dataclass(frozen=True)
class Column:
    """A column: what its values are, what they mean with their unit, and what they may be.

    An *id* and a *label* are text (a label is one of few), a *flag* is yes or no, a *whole* a whole number.
    """

    kind: Kind
    meaning: str
    low: float = -inf
    high: float = inf
    may_miss: bool = False


@dataclass(frozen=True)
class Table:
    """A table: what a row is, and its columns. A column that each row has alone, ``key``, is its index."""

    row: str
    columns: Mapping[str, Column]
    key: str = ""


_WHO = Column("id", "the customer")
_LAYERS = ("core", "support", "technical", "interaction", "emotion")
_MARKS = {
    **{name: f"satisfaction with the {name} layer" for name in _LAYERS},
    "overall": "satisfaction as a whole",
    "again": "how likely the customer will buy again",
    "attitude": "how the firm compares with others",
    **{f"importance_{name}": f"how much the {name} layer is said to matter" for name in _LAYERS},
}
TABLES: Mapping[str, Table] = MappingProxyType(
    {
        "attributes": Table("what is known of a customer", {"customer_id": _WHO}, key="customer_id"),
        "activity": Table(
            "a week in which a user visited",
            {
                "customer_id": _WHO,
                "date": Column("day", "the first day of the week"),
                "visits": Column("whole", "visits in it", 1),
            },
        ),
        "adoptions": Table(
            "a user who took a feature up",
            {"customer_id": _WHO, "date": Column("day", "when it was")},
        ),
        "balances": Table(
            "a balance at the end of a month",
            {
                "customer_id": _WHO,
                "date": Column("day", "the end of the month"),
                "product": Column("label", "of which product"),
                "balance": Column("number", "what is on it, or owed, in the currency"),
            },
        ),
        "baskets": Table(
            "a category of goods in an order",
            {
                "order_id": Column("id", "the order, as in the orders"),
                "category": Column("label", "the category"),
            },
        ),
        "calls": Table(
            "a person who asked, and the call that was planned for them or not",
            {
                "customer_id": Column("id", "the person, who keeps it as a customer"),
                "assigned": Column("flag", "whether a call was planned, by lot"),
                "called": Column("day", "of the call, if there was one", may_miss=True),
            },
            key="customer_id",
        ),
        "campaign": Table(
            "an offer that a customer got, or was kept from on purpose",
            {
                "customer_id": _WHO,
                "date": Column("day", "when it was made"),
                "offer": Column("label", "which offer it was"),
                "treated": Column("flag", "whether the customer got it, or was kept as a control"),
                "chance": Column(
                    "number", "the probability of getting it, unknown if chosen by hand", 0, 1, may_miss=True
                ),
                "cost": Column("number", "what it cost, in the currency, if known", 0, may_miss=True),
            },
        ),
        "contacts": Table(
            "a service contact",
            {
                "customer_id": _WHO,
                "date": Column("day", "when it was"),
                "reason": Column("label", "what it was about"),
                "cost": Column("number", "what it cost, in the currency"),
            },
        ),
        "contracts": Table(
            "a contract signed",
            {
                "customer_id": _WHO,
                "date": Column("day", "when it was signed"),
                "plan": Column("label", "what was bought"),
                "term": Column("whole", "months for which it binds, 0 where it does not", 0),
                "price": Column("number", "price a month, in the currency", 0),
                "bundle": Column("flag", "whether other services hang on it"),
                "exit_fee": Column("number", "what leaving within the term costs, in the currency", 0),
                "fee_until": Column("day", "when the exit fee falls away", may_miss=True),
                "left": Column("day", "when the customer left", may_miss=True),
                "reason": Column("label", "what the customer gave as the reason", may_miss=True),
            },
        ),
        "contributions": Table(
            "something that a user wrote",
            {
                "customer_id": _WHO,
                "date": Column("day", "when it was"),
                "kind": Column("label", "what it was"),
            },
        ),
        "courses": Table(
            "a course with places to fill",
            {
                "course_id": Column("id", "the course"),
                "date": Column("day", "when it begins"),
                "capacity": Column("whole", "its places", 1),
            },
        ),
        "deal_steps": Table(
            "a step that a tender has reached",
            {
                "customer_id": _WHO,
                "date": Column("day", "when it was reached"),
                "deal_id": Column("id", "the tender"),
                "step": Column("label", "which"),
            },
        ),
        "deals": Table(
            "a tender",
            {
                "customer_id": _WHO,
                "date": Column("day", "when it began"),
                "deal_id": Column("id", "the tender"),
                "value": Column("number", "what it is worth, in the currency", 0),
                "seller": Column("label", "who is in charge"),
                "forecast": Column("number", "the seller's chance to win, at its beginning", 0, 1),
                "outcome": Column("label", "won, lost or open"),
                "closed": Column("day", "when it was won or lost", may_miss=True),
                "reason": Column("label", "why it was lost", may_miss=True),
            },
        ),
        "defaults": Table(
            "a customer who defaulted",
            {
                "customer_id": _WHO,
                "date": Column("day", "when it was"),
                "exposure": Column("number", "what was owed, in the currency", 0),
                "loss": Column("number", "what of it was lost", 0),
            },
        ),
        "deliveries": Table(
            "an order delivered",
            {
                "customer_id": _WHO,
                "date": Column("day", "when it arrived"),
                "order_id": Column("id", "the order"),
                "promised": Column("day", "when it was to arrive"),
            },
        ),
        "failures": Table(
            "something that went wrong for a customer, the first time",
            {
                "customer_id": _WHO,
                "date": Column("day", "when it was"),
                "severity": Column("label", "how bad it was"),
                "complained": Column("flag", "whether the customer complained"),
                "treated": Column("flag", "whether the customer got a gesture"),
                "cost": Column("number", "what the gesture cost, in the currency", 0),
            },
        ),
        "follows": Table(
            "a user who follows another",
            {
                "customer_id": _WHO,
                "date": Column("day", "since when"),
                "followed": Column("id", "whom"),
            },
        ),
        "holdings": Table(
            "a product that a customer holds or held",
            {
                "customer_id": _WHO,
                "date": Column("day", "when it was opened"),
                "product": Column("label", "which"),
                "matures": Column("day", "when it runs out", may_miss=True),
            },
        ),
        "kano": Table(
            "how a customer would find a layer, by Kano's two questions",
            {
                "customer_id": _WHO,
                "layer": Column("label", "the layer of satisfaction"),
                "present": Column("label", "like, expect, neutral, live with or dislike, if it is very good"),
                "absent": Column("label", "the same, if it is not"),
            },
        ),
        "members": Table(
            "a member of the programme",
            {
                "customer_id": _WHO,
                "date": Column("day", "when the customer joined"),
                "redeemed": Column("number", "points that were used, in the currency", 0),
                "unredeemed": Column("number", "points that were not, in the currency", 0),
            },
            key="customer_id",
        ),
        "offers": Table(
            "a passenger who could be taken",
            {
                "customer_id": _WHO,
                "date": Column("day", "when it was"),
                "moment_id": Column("id", "the moment: one of its offers is taken"),
                "place_in_row": Column("whole", "which of them is seen first, second, third", 1),
                "waited": Column("number", "minutes until it is seen", 0),
                "place": Column("label", "where the passenger stands"),
                "hour": Column("label", "the time of day"),
                "luggage": Column("flag", "whether there is any"),
                "channel": Column("label", "how the passenger called"),
                "phone": Column("flag", "whether the passenger is on the telephone"),
                "taken": Column("flag", "whether the driver took this one"),
                "random_choice": Column("flag", "whether the driver chose at random then"),
            },
        ),
        "outages": Table(
            "a failure of the service",
            {
                "customer_id": _WHO,
                "date": Column("day", "when it was"),
                "severity": Column("label", "how bad it was"),
            },
        ),
        "price_offers": Table(
            "a price offered to a customer",
            {
                "customer_id": _WHO,
                "date": Column("day", "when it was"),
                "tier": Column("label", "the customer's tier, and what is offered"),
                "price": Column("number", "in the currency", 0),
                "randomised": Column("flag", "whether the price was drawn, in a test"),
                "bought": Column("flag", "whether the customer bought"),
            },
        ),
        "products": Table(
            "a product",
            {
                "product": Column("id", "the product, as in the orders"),
                "category": Column("label", "what kind it is"),
                "generation": Column("whole", "which generation of its kind it is", 1),
                "launch": Column("day", "when it came"),
                "price": Column("number", "the price of one, in the currency", 0),
                "cost": Column("number", "what one costs the firm, in the currency", 0),
            },
            key="product",
        ),
        "programme": Table(
            "a customer in a randomised trial",
            {
                "customer_id": _WHO,
                "date": Column("day", "from when on"),
                "arm": Column("label", "what the customer gets"),
            },
        ),
        "prospects": Table(
            "a person who asked",
            {
                "customer_id": Column("id", "the person, who keeps it as a customer"),
                "date": Column("day", "of the first contact"),
                "source": Column("label", "where the person came from"),
                "interest": Column("label", "how keen the person seemed"),
            },
            key="customer_id",
        ),
        "quotes": Table(
            "an offer of a contract with a term",
            {
                "date": Column("day", "when it was made"),
                "exit_fee": Column("number", "the fee that it named, in the currency", 0),
                "signed": Column("flag", "whether it was signed"),
                "customer_id": Column("id", "who signed", may_miss=True),
            },
        ),
        "redemptions": Table(
            "an offer that a customer used",
            {
                "customer_id": _WHO,
                "date": Column("day", "when it was used"),
                "offer": Column("label", "which offer it was, as in the campaign"),
            },
        ),
        "requests": Table(
            "a request for a place in a course",
            {
                "customer_id": _WHO,
                "date": Column("day", "when it came"),
                "course_id": Column("id", "for which course"),
                "class": Column("label", "the booking class"),
                "price": Column("number", "what a place costs in it, in the currency", 0),
                "accepted": Column("flag", "whether there was a place"),
            },
        ),
        "satisfaction": Table(
            "an answer to the question how satisfied a customer is",
            {
                "customer_id": _WHO,
                "date": Column("day", "when it was given"),
                "score": Column("whole", "from 1, not at all, to 10", 1, 10),
            },
        ),
        "shops": Table(
            "a shop",
            {
                "shop": Column("id", "the shop"),
                "card_from": Column("day", "from when it had the card", may_miss=True),
            },
            key="shop",
        ),
        "stock": Table(
            "an account's stock of our goods in a month",
            {
                "customer_id": _WHO,
                "date": Column("day", "the month"),
                "stock_days": Column("number", "days of its sales that the stock lasts", 0),
                "days_out": Column("whole", "days on which there was none", 0),
            },
        ),
        "survey": Table(
            "a customer's answers to a survey",
            {
                "customer_id": _WHO,
                "date": Column("day", "of the answer"),
                "tied": Column("flag", "whether family or friends work here"),
                "alternatives": Column("whole", "other suppliers in reach", 0),
                "price": Column("flag", "whether the customer comes for the price above all"),
                **{name: Column("whole", meaning, 1, 10) for name, meaning in _MARKS.items()},
                "recommend": Column("whole", "how likely the customer will recommend", 0, 10),
            },
        ),
        "switches": Table(
            "a person for whom a channel was switched off, or none, by lot",
            {
                "customer_id": Column("id", "the person, who keeps it as a customer"),
                "date": Column("day", "from when"),
                "off": Column("label", "the channel, or none"),
            },
            key="customer_id",
        ),
        "terms": Table(
            "what was agreed with an account",
            {
                "customer_id": _WHO,
                "date": Column("day", "from when on"),
                "discount": Column("label", "the kind of discount"),
                "rate": Column("number", "the discount, as a share", 0, 1),
                "threshold": Column("number", "from which amount on", 0, may_miss=True),
                "credit_days": Column("whole", "days until payment is due", 0),
            },
        ),
        "touchpoints": Table(
            "a touch of a person by a channel, before the first order if there is one",
            {
                "customer_id": Column("id", "the person, who keeps it as a customer"),
                "date": Column("day", "when it was"),
                "touch": Column("whole", "its number on the way of that person", 1),
                "channel": Column("label", "the channel"),
                "cost": Column("number", "what it cost, in the currency", 0),
            },
        ),
        "towns": Table(
            "a town",
            {
                "town": Column("id", "the town"),
                "market": Column("label", "how many rivals there are: monopoly, mixed or competitive"),
                "rival_from": Column("day", "when a new rival opened", may_miss=True),
            },
            key="town",
        ),
        "trips": Table(
            "a trip taken, and what came of it",
            {
                "customer_id": _WHO,
                "date": Column("day", "when it was"),
                "cancelled": Column("flag", "whether nobody came"),
                "kilometres": Column("number", "how far it went", 0),
                "minutes": Column("number", "what it took, with the way back", 0),
                "fare": Column("number", "what was paid, with the tip, in the currency", 0),
            },
        ),
        "visits": Table(
            "a visit to an account",
            {
                "customer_id": _WHO,
                "date": Column("day", "when it was"),
                "cost": Column("number", "what it cost, in the currency", 0),
            },
        ),
        "truth": Table(
            "what a simulation knows of a customer",
            {"customer_id": _WHO, "alive_until": Column("day", "when the customer left", may_miss=True)},
            key="customer_id",
        ),
    }
)
"""The tables by name. A file may hold more columns, whose values are taken for what they look like."""


def read(name: str, source: Any) -> pd.DataFrame:
    """Read a table that is no orders: from a file of any kind that orders may have, or from a DataFrame.

    Days and numbers are found as people write them, by the rules for orders.

    Parameters
    ----------
    name : str
        One of the names in ``TABLES``.
    source : str, Path or DataFrame
        A file, a folder or a pattern of files, or a table of any library.

    Returns
    -------
    DataFrame in the order of the rows, with the table's key as its index, where it has one.

    Raises
    ------
    InputError
        No such table or file.
    DataError
        A column is not there, or holds what it must not; with the number of rows and a few of the values.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlab import tables
    >>> calls = {"customer_id": ["b"], "date": ["2024-01-13"], "reason": ["late"], "cost": ["4,50"]}
    >>> tables.read("contacts", pd.DataFrame(calls))
      customer_id       date reason  cost
    0           b 2024-01-13   late   4.5
    """
    from crmlab.reading.options import Options
    from crmlab.reading.sources import guarded, open_source

    if name not in TABLES:
        raise unknown("table", name, TABLES)
    asked = TABLES[name]
    options = Options()
    opened = open_source(source, options, lambda names: set(asked.columns) <= set(names))
    for column in asked.columns:
        if column not in opened.table.columns:
            raise unknown("column", column, opened.table.columns, where=f"{opened.where}, the table '{name}'")
    with guarded(opened.where):
        return _checked(opened.table, asked, opened.where)


def _checked(given: "ibis.Table", asked: Table, where: str) -> pd.DataFrame:
    from crmlab.reading import contract
    from crmlab.reading.names import FILE, GIVEN

    read_ = {name: _read(given, name, column, where) for name, column in asked.columns.items()}
    typed = given.mutate(**{GIVEN + name: given[name] for name in asked.columns}, **read_)
    rules = [rule for name, column in asked.columns.items() for rule in _rules(typed, name, column)]
    contract.check(typed, rules, {}, where)
    hidden = [name for name in typed.columns if name.startswith(GIVEN) or name == FILE]
    table = typed.drop(hidden).to_pandas()
    for name in table.columns.difference(list(asked.columns)):
        table[name] = _guessed(table[name])
    for name, column in asked.columns.items():
        if column.kind == "day":
            table[name] = pd.to_datetime(table[name]).astype("datetime64[s]")
        if column.kind == "whole" and not column.may_miss:
            table[name] = table[name].astype("int64")
    if not asked.key:
        return table
    twice = table.loc[table[asked.key].duplicated(), asked.key].unique()
    if len(twice):
        raise DataError(
            f"In {where}, no two rows may share their '{asked.key}', for a row is {asked.row}; but "
            f"{some([repr(value) for value in twice])} do. Keep one row of each."
        )
    return table.set_index(asked.key)


def _guessed(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return text as numbers or days where all of it is written so; what begins with 0 may be an id."""
    text = values.dropna() if values.dtype == "str" else values.head(0)
    if len(text) and text.str.fullmatch(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?").all():
        return pd.to_numeric(values)
    if len(text) and text.str.fullmatch(r"\d{4}-\d\d-\d\d").all():
        days = pd.to_datetime(values, format="%Y-%m-%d", errors="coerce").astype("datetime64[s]")
        return values if (days.isna() & values.notna()).any() else days
    return values


def _read(table: "ibis.Table", name: str, column: Column, where: str) -> Any:
    """Return a column as what it must be; missing where it cannot be read."""
    import ibis

    from crmlab.reading import dates, money
    from crmlab.reading.options import Options

    values = table[name]
    if column.kind == "day":
        return dates.read(table, name, Options(), where, name)[0].try_cast("date")
    if column.kind in ("number", "whole"):
        if not values.type().is_string():
            return values.try_cast("float64")
        signs, _ = money.written(table, {name: name}, None, where)
        return money.number(values, signs[name]) if name in signs else money.plain(values)
    text = values.cast("string").strip()
    if column.kind == "flag":
        said = text.lower()
        return ibis.cases((said.isin(_YES), True), (said.isin(_NO), False), else_=None)
    return text.nullif("")


def _rules(typed: "ibis.Table", name: str, column: Column) -> list["Rule"]:
    from crmlab.reading.contract import Rule
    from crmlab.reading.names import GIVEN

    values, given = typed[name], typed[GIVEN + name]
    wanted = {
        "id": "text, the same for the same one",
        "label": "text",
        "text": "text",
        "day": "dates as YYYY-MM-DD",
        "number": "numbers with a decimal point",
        "whole": "whole numbers",
        "flag": "yes or no",
    }[column.kind]
    unread = values.isnull()
    if column.may_miss:
        blank = given.isnull() | (given.cast("string").strip() == "")
        unread &= ~blank.fill_null(True)
    found = [Rule(name, unread, f"no readable {name}, {column.meaning}: write {wanted}")]
    if column.kind in ("number", "whole"):
        outside = (values < column.low) | (values > column.high) | values.isnan()
        found.append(Rule(name, outside.fill_null(False), f"a {name} out of its range: {_range(column)}"))
    if column.kind == "whole":
        found.append(Rule(name, (values != values.round()).fill_null(False), f"a {name} that is not whole"))
    return found


def _range(column: Column) -> str:
    if column.high == inf:
        return f"give at least {column.low:g}"
    return (
        f"give at most {column.high:g}" if column.low == -inf else f"give {column.low:g} to {column.high:g}"
    )
