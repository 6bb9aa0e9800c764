"""Workbooks and SQLite files: what holds Python values cell by cell becomes typed columns."""

import datetime as dt
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from crmlab.errors import DataError, InputError, short, some, unknown

_TITLES = 10  # rows among which the header is looked for by its names


def sheets(path: Path) -> dict[str, Any]:
    """Return the sheets of an Excel file by name, each as rows of Python values, read when asked for.

    Raises
    ------
    InputError
        The library that reads Excel is not installed.
    DataError
        The file is none that it reads.
    """
    try:
        from python_calamine import CalamineError, CalamineWorkbook, PasswordError
    except ImportError as error:
        raise InputError(
            f"{path.name} is an Excel file, which needs the library python-calamine. Install it with "
            'pip install "crmlab[excel]", or save the sheet as CSV.'
        ) from error
    _check_length(path)
    with _guarded(path, PasswordError, CalamineError):
        book = CalamineWorkbook.from_path(str(path))

    def rows(name: str) -> list[list[Any]]:
        with _guarded(path, PasswordError, CalamineError):
            return list(book.get_sheet_by_name(name).to_python())

    return {name: partial(rows, name) for name in book.sheet_names}


def _check_length(path: Path) -> None:
    """Refuse an .xls file that is cut or was changed on its way: its reader may never come to an end."""
    with path.open("rb") as file:
        is_old = file.read(4) == b"\xd0\xcf\x11\xe0"
    if is_old and path.stat().st_size % 512:
        raise DataError(f"{path.name} is damaged: it is cut off, or was copied as text. Copy it again.")


@contextmanager
def _guarded(path: Path, locked: type[Exception], unread: type[Exception]) -> Iterator[None]:
    try:
        yield
    except locked as error:
        raise DataError(f"{path.name} is locked with a password. Save it without one.") from error
    except (unread, OSError, ValueError) as error:
        raise _no_workbook(path, error) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # the reader's own, which is no Exception
            raise
        raise DataError(f"{path.name} is damaged. Save it again as .xlsx or CSV.") from error


def _no_workbook(path: Path, error: Exception) -> DataError:
    with suppress(OSError, zipfile.BadZipFile), zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if not {"[Content_Types].xml", "mimetype"} & set(names):
            listed = some(map(repr, names)) or "nothing"
            return DataError(
                f"{path.name} is a ZIP archive that holds {listed}. Unpack it and give what is in it."
            )
    return DataError(
        f"{path.name} cannot be read as an Excel file: {short(str(error), most=200)}. Save it again as .xlsx "
        "or CSV; if it is text, name it .csv."
    )


def from_sheet(rows: list[list[Any]], where: str, fits: Callable[[list[str]], bool]) -> tuple[Any, int]:
    """Return a sheet as an Arrow table, and how many rows lie above its header.

    The header is the first row whose names are those of orders, or else the first with as many filled cells
    as most rows have. Empty rows and columns without name and values hold nothing and are left out.
    """
    filled = [sum(cell not in ("", None) for cell in row) for row in rows]
    width = max(filled, default=0)
    if not rows or width == 0:
        return _arrow({}), 0
    place = next((n for n, count in enumerate(filled) if count > width / 2 and _is_header(rows[n])), 0)
    place = next((n for n, row in enumerate(rows[:_TITLES]) if fits(_names(row))), place)
    body = [row for row, count in zip(rows[place + 1 :], filled[place + 1 :], strict=True) if count]
    names = _names(rows[place])
    columns: dict[str, list[Any]] = {}
    for number, name in enumerate(names):
        values = [row[number] if number < len(row) else "" for row in body]
        if not name and all(value in ("", None) for value in values):
            continue
        name = name or f"column{number + 1}"
        if name.lower() in map(str.lower, columns):
            raise DataError(f"{where} has more than one column '{name}'. Keep one of each name.")
        columns[name] = values
    return _arrow(columns), place


def _names(row: list[Any]) -> list[str]:
    return [str(cell).strip() for cell in row]


def _is_header(row: list[Any]) -> bool:
    return sum(isinstance(cell, str) and cell != "" for cell in row) >= 2 or len(row) == 1


def from_sqlite(path: Path, table: str | None) -> tuple[Any, str]:
    """Return a table of an SQLite file as Arrow, and its name."""
    place = f"file:{quote(path.resolve().as_posix())}?mode=ro"
    if _is_at_rest(path):
        place += "&immutable=1"  # or the reader would leave files of its own beside it
    try:
        with closing(sqlite3.connect(place, uri=True, timeout=1)) as database:
            found = database.execute("select name from sqlite_master where type in ('table', 'view')")
            name = only([name for (name,) in found if not name.startswith("sqlite_")], table, path)
            quoted = name.replace('"', '""')
            cursor = database.execute(f'select * from "{quoted}"')
            names = [column[0] for column in cursor.description]
            values = [list(column) for column in zip(*cursor, strict=True)] or [[] for _ in names]
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise DataError(f"{path.name} cannot be read as an SQLite file: {error}.") from error
    return _arrow(dict(zip(names, values, strict=True))), name


def _is_at_rest(path: Path) -> bool:
    """Whether a database keeps a write-ahead log, and nobody has it open: the log is not there."""
    with path.open("rb") as file:
        keeps_log = file.read(20)[18:19] == b"\x02"
    return keeps_log and not path.with_name(f"{path.name}-wal").exists()


def only(names: list[str], asked: str | None, path: Path) -> str:
    """Return the table that was asked for, or the only one."""
    if asked is not None:
        if asked not in names:
            raise unknown("table", asked, names, where=path.name)
        return asked
    if len(names) != 1:
        listed = some(map(repr, names), most=20) or "none"
        raise InputError(f'{path.name} holds {len(names)} tables: {listed}. Name one with table="...".')
    return names[0]


def _arrow(columns: dict[str, list[Any]]) -> Any:
    import pyarrow as pa

    return pa.table({name: _column(values) for name, values in columns.items()})


def _column(values: list[Any]) -> Any:
    """Return cells as one type: times, numbers, or, where they are mixed, text."""
    import pyarrow as pa

    values = [None if value == "" else value for value in values]
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {dt.datetime, dt.date} and kinds:
        return pa.array([value and _time(value) for value in values], pa.timestamp("us"))
    if kinds <= {int, float} and kinds:
        if all(value is None or (abs(value) < 2**63 and float(value).is_integer()) for value in values):
            return pa.array([None if value is None else int(value) for value in values], pa.int64())
        return pa.array([None if value is None else float(value) for value in values], pa.float64())
    return pa.array([None if value is None else _text(value) for value in values], pa.string())


def _time(value: Any) -> dt.datetime:
    return value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return value.hex()  # two that cannot be read stay two
    return str(value)
