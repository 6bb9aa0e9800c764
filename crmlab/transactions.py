"""The one way in for data: a file or a table becomes transactions that meet the contract.

Transactions are a long table with ``customer_id``, ``date`` and ``amount``, and where known ``order_id``,
``category``, ``channel``, ``quantity`` and ``cost``. They are an Ibis table, so the same expression runs in
DuckDB (embedded, the default) and elsewhere.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from crmlab.errors import DataError, InputError, some, unknown

REQUIRED = ("customer_id", "date", "amount")
OPTIONAL = ("order_id", "category", "channel", "quantity", "cost")


_GIVEN = "_given_"  # prefix of the columns that hold dates and amounts as they were before the cast


def read(source: Any, columns: Mapping[str, str] | None = None) -> Any:
    """Read orders from a table or a file and check that they meet the contract.

    What did each customer buy, when, and for how much? Every analysis starts from this table.

    Parameters
    ----------
    source : DataFrame, Ibis table, or path of a ``.csv`` or ``.parquet`` file
        The orders, one row an order or an order line.
    columns : mapping, optional
        Which of your columns plays which part, ``{"customer_id": "Customer ID", "date": "InvoiceDate"}``.
        Parts that you leave out keep their own name.

    Returns
    -------
    ibis.Table
        ``customer_id`` as given, ``date`` as a calendar day, ``amount`` as a float, and every other column
        of the source. The rows are those of the source; nothing is dropped.

    Raises
    ------
    InputError
        No such file, a kind of file that is not read, or a mapping to a column that does not exist.
    DataError
        A needed column is missing; customer ids, dates or amounts are missing, unreadable or not finite;
        amounts are negative. The message counts the rows and shows a few values.

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
    table, where = _open(source)
    table = _rename(table, columns or {}, where)
    missing = [name for name in REQUIRED if name not in table.columns]
    if missing:
        raise DataError(
            f"{where} has no column {_quoted(missing)}, only {', '.join(table.columns) or 'none'}. "
            f'Name the one that plays the part with columns={{"{missing[0]}": "your column"}}.'
        )
    typed = _typed(table)
    _check(typed, where)
    return typed.drop([name for name in typed.columns if name.startswith(_GIVEN)])


def _quoted(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _open(source: Any) -> tuple[Any, str]:
    """Return the source as an Ibis table, and what to call it in a message."""
    if isinstance(source, pd.DataFrame):
        return _from_frame(source), "The table"
    if not isinstance(source, str | Path):
        if hasattr(source, "schema") and hasattr(source, "mutate"):
            return source, "The table"
        raise InputError(
            f"Transactions cannot be read from {type(source).__name__}. Give a path of a .csv or .parquet "
            "file, a pandas DataFrame or an Ibis table."
        )
    path = Path(source)
    if not path.is_file():
        raise InputError(f"There is no file {path}. Check the path and the working folder.")
    readers = {".csv": "read_csv", ".parquet": "read_parquet"}
    if path.suffix.lower() not in readers:
        raise unknown("reader for files ending in", path.suffix, readers, where=path.name)
    import duckdb
    import ibis

    try:
        return getattr(ibis, readers[path.suffix.lower()])(str(path)), path.name
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"{path.name} cannot be read as {path.suffix[1:]}: {reason}") from error


def _from_frame(frame: pd.DataFrame) -> Any:
    import ibis
    import pyarrow as pa

    try:
        return ibis.memtable(pa.Table.from_pandas(frame, preserve_index=False))
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError) as error:
        reason = "; ".join(str(part) for part in error.args)
        raise DataError(
            f"A column of the table mixes kinds of values: {reason}. Give it one type."
        ) from error


def _rename(table: Any, columns: Mapping[str, str], where: str) -> Any:
    """Give the columns their parts' names."""
    for part, name in columns.items():
        if part not in REQUIRED + OPTIONAL:
            raise unknown("part of a transaction", part, REQUIRED + OPTIONAL)
        if name not in table.columns:
            raise unknown("column", name, table.columns, where=where)
    taken = [part for part, name in columns.items() if part in table.columns and name != part]
    return table.drop(*taken).rename(dict(columns))


def _typed(table: Any) -> Any:
    """Cast to the contract's types; what cannot be cast becomes missing, and `_check` finds it."""
    date, amount = table["date"], table["amount"]
    if not (date.type().is_string() or date.type().is_date() or date.type().is_timestamp()):
        raise DataError(f"Column 'date' holds {date.type()} values. Give dates, or text as YYYY-MM-DD.")
    # A text date is taken only in the one order that cannot be misread: year, month, day.
    day = date.re_extract(r"^\s*(\d{4}-\d{1,2}-\d{1,2})", 1) if date.type().is_string() else date
    typed = {_GIVEN + "date": date, "date": day.try_cast("date")}
    typed |= {_GIVEN + "amount": amount, "amount": amount.try_cast("float64")}
    for name in ("quantity", "cost"):
        if name in table.columns:
            typed[name] = table[name].try_cast("float64")
    return table.mutate(**typed)


def _check(typed: Any, where: str) -> None:
    """Raise DataError for the first rule that rows break, with their count and a few values."""
    rules = {
        "customer_id": (typed["customer_id"].isnull(), "no customer id: drop these rows or give them an id"),
        "date": (typed["date"].isnull(), "no readable date: write dates as YYYY-MM-DD"),
        "amount": (
            typed["amount"].isnull() | typed["amount"].isnan() | typed["amount"].isinf(),
            "no readable amount: write amounts as plain numbers with a decimal point",
        ),
        "negative": (
            typed["amount"] < 0,
            "a negative amount, which is a return: net returns against their purchases or drop them first",
        ),
    }
    broken = {name: rule.fill_null(False).sum().fill_null(0) for name, (rule, _) in rules.items()}
    counts = typed.aggregate(rows=typed.count(), **broken).to_pyarrow().to_pylist()[0]
    if counts["rows"] == 0:
        raise DataError(f"{where} has no rows. Give at least one order.")
    for name, (rule, advice) in rules.items():
        if counts[name]:
            column = "amount" if name == "negative" else name
            given = column if column == "customer_id" else _GIVEN + column
            values = typed.filter(rule).limit(4).to_pyarrow()[given].to_pylist()
            raise DataError(
                f"{where}: {counts[name]:,} of {counts['rows']:,} rows have {advice}. "
                f"Column '{column}' holds for example {some(map(repr, values))}."
            )
