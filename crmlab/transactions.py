"""The one way in for data: a file or a table becomes transactions that meet the contract.

Transactions are a long table with ``customer_id``, ``date`` and ``amount``, and where known ``order_id``,
``product``, ``category``, ``channel``, ``quantity``, ``price``, ``cost`` and ``status``. They are an Ibis
table, so the same expression runs in DuckDB (embedded, the default) and elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from crmlab.arguments import named
from crmlab.reading.columns import Suggestion, complete, fits, mapping
from crmlab.reading.names import CURRENCY, FILE, GIVEN, HIDDEN, NUMBERS, OPTIONAL, OTHER, REQUIRED
from crmlab.reading.options import Options

__all__ = ["OPTIONAL", "REQUIRED", "Plan", "plan", "read", "suggest"]


@named
def read(
    source: Any,
    columns: Mapping[str, str | None] | None = None,
    *,
    dates: str | None = None,
    decimal: str | None = None,
    timezone: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    sheet: str | int | None = None,
    table: str | None = None,
) -> Any:
    """Read orders from a table, a file or a folder and check that they meet the contract.

    What did each customer buy, when, and for how much? Every analysis starts from this table.

    Parameters
    ----------
    source : path, DataFrame, Arrow or Ibis table
        The orders, one row an order or an order line. A file is text with a header (CSV, TSV), an Excel
        workbook, Parquet, JSON lines, a DuckDB or an SQLite file. A folder, or a pattern such as
        ``"orders/*.csv"``, is read as one table. A table is one of pandas, Polars, Arrow or Ibis.
    columns : mapping, optional
        Which of your columns plays which part, ``{"customer_id": "Customer ID", "date": "InvoiceDate"}``.
        Parts that you leave out are found by `suggest`. None for a part says that no column plays it.
    dates : str, optional
        Order of dates written in numbers: ``"day first"``, ``"month first"``, ``"year first"``, or a
        strftime format such as ``"%d.%m.%Y"``. Needed where no value decides.
    decimal : str, optional
        Sign before the decimals, ``"."`` or ``","``. Needed where no value decides.
    timezone : str, optional
        Zone in which a day begins, for times with an offset, times in a zone, and Unix times. Without it,
        the day of a time with an offset is the one that is written.
    delimiter, encoding : str, optional
        Of a text file, where what is found is wrong.
    sheet : str or int, optional
        Of a workbook, by name or number from 1; the first one with the columns of orders otherwise.
    table : str, optional
        Of a DuckDB or SQLite file that holds several.

    Returns
    -------
    ibis.Table
        ``customer_id`` as given, ``date`` as a calendar day, ``amount`` (and ``quantity`` and ``cost``) as
        floats, and every other column of the source. Where there is no amount, it is quantity times price,
        and ``price`` is a float too. From a text file, ids and other columns are text. The rows are those of
        the source; nothing is dropped.

    Raises
    ------
    InputError
        No such file, a kind of file that is not read, an option that is none, or a mapping to a column that
        does not exist.
    DataError
        A needed column is missing, or two fit alike; customer ids, dates or numbers are missing, unreadable
        or not finite; the order of day and month, the decimal sign or the day in a time zone is open;
        amounts are negative or in several currencies. The message counts the rows and shows a few values.

    See Also
    --------
    plan : What was found in the source, and why.

    Notes
    -----
    A negative amount is a return. Whether it undoes a purchase or stands alone is a decision about your
    business, so it is not taken here. An amount of zero is a purchase day without revenue, and is kept.

    An Ibis table of another engine than DuckDB needs dates as dates or YYYY-MM-DD, and plain numbers.

    Examples
    --------
    >>> from crmlab import read
    >>> import pandas as pd
    >>> orders = pd.DataFrame({"who": ["Ann", "Ben"], "Order date": ["13/01/2024", "01/02/2024"],
    ...                        "Paid": ["20 €", "1.250,00 €"]})
    >>> read(orders, columns={"customer_id": "who"}).to_pandas()["amount"].tolist()
    [20.0, 1250.0]
    """
    options = Options(dates, decimal, timezone, delimiter, encoding, sheet, table)
    return _plan(source, mapping(columns), options).transactions()


@named
def plan(
    source: Any,
    columns: Mapping[str, str | None] | None = None,
    *,
    dates: str | None = None,
    decimal: str | None = None,
    timezone: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    sheet: str | int | None = None,
    table: str | None = None,
) -> "Plan":
    """Find out how orders can be read, without judging single rows.

    Takes and refuses what `read` does, but for rows that break the contract.

    Parameters
    ----------
    source, columns, dates, decimal, timezone, delimiter, encoding, sheet, table
        As for `read`.

    Examples
    --------
    >>> from crmlab.transactions import plan
    >>> import pandas as pd
    >>> plan(pd.DataFrame({"client": ["Ann", "Ben"], "day": ["13/01/2024", "01/02/2024"], "paid": [20, 5]}))
    2 rows in the table
    customer_id: 'client', a usual name of it
    date: 'day', a usual name of it
    amount: 'paid', a usual name of it
    date: day first
    """
    options = Options(dates, decimal, timezone, delimiter, encoding, sheet, table)
    return _plan(source, mapping(columns), options)


@named
def suggest(
    source: Any,
    columns: Mapping[str, str | None] | None = None,
    *,
    dates: str | None = None,
    decimal: str | None = None,
    timezone: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    sheet: str | int | None = None,
    table: str | None = None,
) -> Suggestion:
    """Suggest which column of a source plays which part, with the reasons.

    Parameters
    ----------
    source, columns, dates, decimal, timezone, delimiter, encoding, sheet, table
        As for `read`.

    Examples
    --------
    >>> from crmlab.transactions import suggest
    >>> import pandas as pd
    >>> suggest(pd.DataFrame({"客户编号": ["a"], "下单时间": ["2024-01-05"], "单价": [2.5], "数量": [4]}))
    customer_id: '客户编号', a usual name of it
    date: '下单时间', a usual name of it
    quantity: '数量', a usual name of it
    price: '单价', a usual name of it
    """
    from crmlab.reading import columns as parts
    from crmlab.reading.sources import guarded, open_source

    given = mapping(columns)
    options = Options(dates, decimal, timezone, delimiter, encoding, sheet, table)
    opened = open_source(source, options, lambda names: fits(names, given))
    with guarded(opened.where):
        return parts.suggest(opened.table, given)


@dataclass(frozen=True, eq=False)
class Plan:
    """How orders are read: the rows as given, the parts of the columns, and what was found.

    Attributes
    ----------
    where : str
        What the source is called in a message.
    rows : ibis.Table
        The rows as given.
    columns : Suggestion
        Column by part, with the reasons.
    notes : list of str
        Formats that were found.
    typed : ibis.Table
        The parts as read, missing where a value could not be read; ``_given_*`` hold the values before,
        ``_currency_*`` what currency a number is written in, ``_other_*`` columns that bear the name of a
        part which they do not play; and every other column.

    Examples
    --------
    >>> from crmlab.transactions import plan
    >>> import pandas as pd
    >>> found = plan(pd.DataFrame({"client": ["Ann"], "day": ["2024-01-13"], "paid": [20]}))
    >>> found.columns["amount"], found.count
    ('paid', 1)
    """

    where: str
    rows: Any
    columns: Suggestion
    notes: list[str]
    typed: Any = field(repr=False)

    @cached_property
    def count(self) -> int:
        """How many rows there are."""
        from crmlab.reading.sources import guarded

        with guarded(self.where):
            return int(self.rows.count().to_pyarrow().as_py())

    @property
    def rules(self) -> list[Any]:
        """The rules that rows must meet, each with the expression on ``typed`` that finds who breaks it."""
        from crmlab.reading import contract

        return contract.rules(self.typed)

    def transactions(self) -> Any:
        """Return the rows as transactions; raise DataError where one breaks the contract."""
        from crmlab.reading import contract
        from crmlab.reading.sources import guarded

        with guarded(self.where):
            contract.check(self.typed, self.rules, self.columns, self.where)
        hidden = [name for name in self.typed.columns if name.startswith(HIDDEN) or name == FILE]
        return self.typed.drop(hidden)

    def __repr__(self) -> str:
        return "\n".join([f"{self.count:,} rows in {self.where}", repr(self.columns), *self.notes])


def _plan(source: Any, given: Mapping[str, str | None], options: Options) -> Plan:
    from crmlab.reading.sources import guarded, open_source

    opened = open_source(source, options, lambda names: fits(names, given))
    with guarded(opened.where):
        chosen = complete(opened.table, given, opened.where)
        named = _rename(opened.table, chosen, [part for part, name in given.items() if name is None])
        typed, notes = _typed(named, chosen, options, opened.where)
    return Plan(opened.where, opened.table, chosen, [*opened.notes, *notes], typed)


def _rename(table: Any, columns: Mapping[str, str], unwanted: list[str]) -> Any:
    """Give the columns their parts' names; a column of that name that plays no part is hidden."""
    if not unwanted and all(part == name for part, name in columns.items()):
        return table
    parts = [table[name].name(part) for part, name in columns.items()]
    rest = [name for name in table.columns if name not in columns.values()]
    hidden = [table[name].name(OTHER + name) for name in rest if name in columns or name in unwanted]
    return table.select(
        parts + [name for name in rest if name not in columns and name not in unwanted] + hidden
    )


def _typed(table: Any, columns: Mapping[str, str], options: Options, where: str) -> tuple[Any, list[str]]:
    """Read the parts; what cannot be read becomes missing, and the rules find it."""
    from crmlab import engine
    from crmlab.reading import dates as days
    from crmlab.reading import money

    day, notes = days.read(table, columns["date"], options, where)
    typed = {GIVEN + "date": table["date"], "date": day.try_cast("date")}
    numbers = [part for part in NUMBERS if part in columns]
    texts = [part for part in numbers if table[part].type().is_string()]
    signs: dict[str, str] = {}
    if engine.is_embedded(table):
        signs, found = money.written(table, {part: columns[part] for part in texts}, options.decimal, where)
        notes += found
    typed |= {CURRENCY + part: money.currency(table[part]) for part in signs}
    for part in numbers:
        values = table[part]
        if part in signs:
            number = money.number(values, signs[part])
        else:
            number = money.plain(values) if part in texts else values.try_cast("float64")
        typed |= {GIVEN + part: values, part: number}
    read_ = table.mutate(**typed)
    if "amount" in columns:
        return read_, notes
    priced = read_.mutate(amount=(read_["quantity"] * read_["price"]).round(8))
    priced = priced.mutate(**{GIVEN + "amount": priced["amount"]})
    first = [*REQUIRED, *(name for name in priced.columns if name not in REQUIRED)]
    return priced.select(first), [*notes, "amount: quantity times price"]
