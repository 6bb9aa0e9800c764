"""The one way in for data: a file or a table becomes transactions that meet the contract.

Transactions are a long table with ``customer_id``, ``date`` and ``amount``, and where known ``order_id``,
``category``, ``channel``, ``quantity`` and ``cost``. They are an Ibis table, so the same expression runs in
DuckDB (embedded, the default) and elsewhere.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from crmlab.errors import DataError, InputError, short, some, unknown

REQUIRED = ("customer_id", "date", "amount")
OPTIONAL = ("order_id", "category", "channel", "quantity", "cost")

_NUMBERS = ("amount", "quantity", "cost")
_GIVEN = "_given_"  # prefix of the columns that hold values as they were before the cast


def read(source: Any, columns: Mapping[str, str] | None = None) -> Any:
    """Read orders from a table or a file and check that they meet the contract.

    What did each customer buy, when, and for how much? Every analysis starts from this table.

    Parameters
    ----------
    source : DataFrame, Ibis table, or path of a ``.csv`` or ``.parquet`` file
        The orders, one row an order or an order line. A CSV file has a header and is UTF-8.
    columns : mapping, optional
        Which of your columns plays which part, ``{"customer_id": "Customer ID", "date": "InvoiceDate"}``.
        Parts that you leave out keep their own name.

    Returns
    -------
    ibis.Table
        ``customer_id`` as given, ``date`` as a calendar day, ``amount`` (and ``quantity`` and ``cost``) as
        floats, and every other column of the source. From a CSV file, ids and other columns are text. The
        rows are those of the source; nothing is dropped.

    Raises
    ------
    InputError
        No such file, a kind of file that is not read, or a mapping to a column that does not exist.
    DataError
        A needed column is missing; customer ids, dates, amounts, quantities or costs are missing, unreadable
        or not finite; amounts are negative; dates depend on a time zone. The message counts the rows and
        shows a few values.

    Notes
    -----
    A negative amount is a return. Whether it undoes a purchase or stands alone is a decision about your
    business, so it is not taken here. An amount of zero is a purchase day without revenue, and is kept.

    Examples
    --------
    >>> import pandas as pd
    >>> orders = pd.DataFrame({"who": ["Ann", "Ben"], "date": ["2024-01-05", "2024-02-01"],
    ...                        "amount": [20, 5]})
    >>> read(orders, columns={"customer_id": "who"}).columns
    ('customer_id', 'date', 'amount')
    """
    import duckdb

    table, where = _open(source)
    table = _rename(table, columns or {}, where)
    missing = [name for name in REQUIRED if name not in table.columns]
    if missing:
        present = some(table.columns, most=50) or "none"
        raise DataError(
            f"There is no column {some(map(repr, missing))} in {where}, only {present}. "
            f'Name the one that plays the part with columns={{"{missing[0]}": "your column"}}.'
        )
    typed = _typed(table)
    try:
        _check(typed, where)
    except duckdb.Error as error:  # a file is first read to its end here
        raise _unreadable(where, error) from error
    return typed.drop([name for name in typed.columns if name.startswith(_GIVEN)])


def _open(source: Any) -> tuple[Any, str]:
    """Return the source as an Ibis table, and what to call it in a message."""
    if isinstance(source, pd.DataFrame):
        return _from_frame(source), "the table"
    if isinstance(source, str | Path):
        return _from_file(Path(source))
    if hasattr(source, "schema") and hasattr(source, "mutate"):
        return source, "the table"
    raise InputError(
        f"Transactions cannot be read from {type(source).__name__}. Give a path of a .csv or .parquet "
        "file, a pandas DataFrame or an Ibis table."
    )


def _from_file(path: Path) -> tuple[Any, str]:
    if not path.is_file():
        found = (
            "It is a folder. Name a file in it" if path.is_dir() else "Check the path and the working folder"
        )
        raise InputError(f"There is no file {path}. {found}.")
    import duckdb
    import ibis

    try:
        match path.suffix.lower():
            case ".csv":
                # All text: a reader that guesses types takes 03/04/2024 for a date and 0012 for a number.
                options = {"all_varchar": True, "header": True, "quote": '"', "escape": '"'}
                return ibis.read_csv(str(path), **options), path.name
            case ".parquet":
                return ibis.read_parquet(str(path)), path.name
    except duckdb.Error as error:
        raise _unreadable(path.name, error) from error
    raise InputError(f"{path.name} is no .csv or .parquet file. Save your orders as one: CSV, UTF-8.")


def _unreadable(where: str, error: Exception) -> DataError:
    """Return the error for a file that the engine gives up on, without the engine's own advice."""
    reason = re.split(r"\n\s*\n|\nPossible", str(error))[0]
    said = short(" ".join(reason.split()), most=300)
    return DataError(f"{where} cannot be read: {said} Save it again; a CSV as UTF-8, with one order a line.")


def _from_frame(frame: pd.DataFrame) -> Any:
    import ibis
    import pyarrow as pa

    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()].unique()
        raise DataError(
            f"The table has more than one column {some(map(repr, twice))}. Keep one of each name."
        )
    try:
        return ibis.memtable(pa.Table.from_pandas(frame, preserve_index=False))
    except (pa.ArrowException, TypeError, KeyError) as error:
        reason = "; ".join(str(part) for part in error.args)
        raise DataError(
            f"A column of the table mixes kinds of values, or holds a kind that is not read: {reason}. "
            "Give it one type."
        ) from error


def _rename(table: Any, columns: Mapping[str, str], where: str) -> Any:
    """Give the columns their parts' names."""
    for part, name in columns.items():
        if part not in REQUIRED + OPTIONAL:
            raise unknown("part of a transaction", part, REQUIRED + OPTIONAL)
        if name not in table.columns:
            raise unknown("column", name, table.columns, where=where)
    if not columns:
        return table
    others = [name for name in table.columns if name not in {*columns, *columns.values()}]
    return table.select([table[name].name(part) for part, name in columns.items()] + others)


def _typed(table: Any) -> Any:
    """Cast to the contract's types; what cannot be cast becomes missing, and `_check` finds it."""
    date, kind = table["date"], table["date"].type()
    if not (kind.is_string() or kind.is_date() or kind.is_timestamp()):
        raise DataError(f"Column 'date' holds {kind} values. Give dates, or text as YYYY-MM-DD.")
    if kind.is_timestamp() and kind.timezone:
        raise DataError(
            f"Column 'date' holds times in the zone {kind.timezone}, so the day of a purchase near midnight "
            "is open. Give the local day, for example with .dt.tz_localize(None)."
        )
    # A text date is taken only in the one order that cannot be misread: year, month, day.
    day = date.re_extract(r"^\s*(\d{4}-\d{1,2}-\d{1,2})(?:[T\s].*)?$", 1) if kind.is_string() else date
    typed = {_GIVEN + "date": date, "date": day.try_cast("date")}
    for name in _NUMBERS:
        if name in table.columns:
            given = table[name]
            # Without the strip, DuckDB 2 casts inside its CSV reader, where a failed try_cast is an error.
            number = given.strip() if given.type().is_string() else given
            typed |= {_GIVEN + name: given, name: number.try_cast("float64")}
    return table.mutate(**typed)


def _check(typed: Any, where: str) -> None:
    """Raise DataError for the first rule that rows break, with their count and a few values."""
    rules = [(column, *rule) for column in typed.columns for rule in _rules(typed, column)]
    broken = {f"rule{number}": rule.sum().fill_null(0) for number, (_, rule, _) in enumerate(rules)}
    rows, *counts = typed.aggregate(rows=typed.count(), **broken).to_pyarrow().to_pylist()[0].values()
    if rows == 0:
        raise DataError(f"There are no rows in {where}. Give at least one order.")
    for (column, rule, advice), count in zip(rules, counts, strict=True):
        if count:
            given = column if column == "customer_id" else _GIVEN + column
            values = typed.filter(rule).limit(4).to_pyarrow()[given].to_pylist()
            raise DataError(
                f"In {where}, {count:,} of {rows:,} rows have {advice}. "
                f"Column '{column}' holds for example {some(map(repr, values))}."
            )


def _rules(typed: Any, column: str) -> list[tuple[Any, str]]:
    """Return what rows of a column must not be, and what to do about it."""
    values = typed[column]
    if column == "customer_id":
        blank = values.isnull()
        if values.type().is_string():
            blank |= values.strip() == ""
        return [(blank, "no customer id: drop these rows or give them an id")]
    if column == "date":
        return [(values.isnull(), "no readable date: write dates as YYYY-MM-DD")]
    if column not in _NUMBERS:
        return []
    unreadable = values.isnull() | values.isnan() | values.isinf()
    rules = [(unreadable, f"no readable {column}: write plain numbers with a decimal point")]
    if column == "amount":
        advice = "which is a return: net returns against their purchases or drop them first"
        rules.append((values < 0, f"a negative amount, {advice}"))
    return rules
