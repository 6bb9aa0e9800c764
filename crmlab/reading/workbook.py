"""Workbooks: their sheets, and where on a sheet the header of a table is."""

import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from crmlab.errors import DataError, InputError, short, some
from crmlab.reading import cells

_MEMORY = 3 << 30  # that a sheet may take: a hundred million cells of 32 bytes, filled or not
_SECONDS = 600
_TRIAL = """
import sys
path, name, memory = sys.argv[1:]
try:
    import resource
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
except (ImportError, ValueError, OSError):
    pass  # not on Windows
try:
    import python_calamine
    python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_name(name)
except MemoryError:
    sys.exit(1)
except BaseException:
    pass  # an error that does no harm comes again
"""
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
            "pip install python-calamine, or save the sheet as CSV."
        ) from error
    _check_length(path)
    with _guarded(path, PasswordError, CalamineError):
        book = CalamineWorkbook.from_path(str(path))

    def rows(name: str) -> list[list[Any]]:
        _check_memory(path, name)
        with _guarded(path, PasswordError, CalamineError):
            return list(book.get_sheet_by_name(name).to_python())

    return {name: partial(rows, name) for name in book.sheet_names}


def _check_length(path: Path) -> None:
    """Refuse an .xls file that is cut or was changed on its way: its reader may never come to an end."""
    with path.open("rb") as file:
        is_old = file.read(4) == b"\xd0\xcf\x11\xe0"
    if is_old and path.stat().st_size % 512:
        raise DataError(f"{path.name} is damaged: it is cut off, or was copied as text. Copy it again.")


def _check_memory(path: Path, name: str) -> None:
    """Refuse a sheet for which the reader asks for so much memory that it would end this process.

    One cell far from the others is enough, and the reader gives no error, so another process tries it first.
    """
    if not sys.executable:
        return
    command = [sys.executable, "-P", "-c", _TRIAL, str(path), name, str(_MEMORY)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False).returncode
    except subprocess.TimeoutExpired:
        done = -1
    if done:
        raise DataError(
            f"Sheet '{short(name)}' of {path.name} is too large to be read. If it does not look large, a "
            "cell far below or beside the orders holds something: delete the empty rows and columns around "
            "the orders, or save the sheet as CSV."
        )


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
    filled = [sum(value not in ("", None) for value in row) for row in rows]
    width = max(filled, default=0)
    if not rows or width == 0:
        return cells.table({}), 0
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
    return cells.table(columns), place


def _names(row: list[Any]) -> list[str]:
    return [str(cell).strip() for cell in row]


def _is_header(row: list[Any]) -> bool:
    return sum(isinstance(cell, str) and cell != "" for cell in row) >= 2 or len(row) == 1
