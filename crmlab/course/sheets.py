"""Tables that people keep in a spreadsheet, rosters and rules of grading: read as text, line by line."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from crmlab.errors import DataError, InputError, short, some, unknown
from crmlab.reading import encodings, workbook
from crmlab.spreadsheets import unguarded

WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
_MOST = 20_000_000
_PACKED = (b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0")
"""What a zip and a workbook, a gzip, and an old workbook begin with."""

# A name of the East in Western bytes passes for Chinese at times, but the Chinese signs are within its words.
_WITHIN_A_WORD = "[A-Za-z][^\\x00-\\x7f][A-Za-z]|\\b[^\\x00-\\x7f][a-z]"

Line = tuple[int, list[str]]
"""The number of a line, and its cells."""


@dataclass(frozen=True)
class Row:
    """One line of a table: its number in the file, and its cells by the names of the columns."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self.cells.get(name, "")


def plain(name: str) -> str:
    """Return the name of a column as it is compared.

    Examples
    --------
    >>> plain(" Student_ID "), plain("E-Mail")
    ('student id', 'e mail')
    """
    return " ".join(name.replace("_", " ").replace("-", " ").split()).casefold()


def read(path: Path) -> tuple[list[str], list[Row]]:
    """Return the columns of a table as they are compared, and its rows that are not empty.

    CSV may be separated by commas, semicolons or tabs, and written in UTF-8, UTF-16, GB18030 as Chinese
    Windows writes it, or the encoding of Western Windows where its letters can be nothing else. A workbook's
    first sheet is read. The apostrophe that guards a text from being computed is taken off.

    Raises
    ------
    InputError
        The file is missing, no table, written in an encoding that cannot be told, or a line has more cells
        than the header names.
    """
    _check_file(path)
    lines = _workbook(path) if path.suffix.lower() in WORKBOOKS else list(_csv(path))
    filled = [(number, row) for number, row in lines if any(cell.strip() for cell in row)]
    if not filled:
        raise InputError(f"{path.name} is empty. Write the names of its columns into the first line.")
    (_, names), *body = filled
    head = [plain(unguarded(name.strip())) for name in names]
    if twice := sorted({name for name in head if name and head.count(name) > 1}):
        raise InputError(f"{path.name} has several columns named {some(twice)}. Keep one of each.")
    for number, row in body:
        if any(cell.strip() for cell in row[len(head) :]):
            raise InputError(
                f"{path.name}, line {number} has more cells than the header has columns: {some(row, most=8)}."
                " Put a text that holds the separator into quotes."
            )
    rows = [
        Row(number, {name: unguarded(cell.strip()) for name, cell in zip(head, row, strict=False) if name})
        for number, row in body
    ]
    return [name for name in head if name], rows


def need(path: Path, columns: Sequence[str], names: Sequence[str]) -> None:
    """Raise InputError where a table lacks one of the columns that it must have."""
    for name in names:
        if plain(name) not in columns:
            raise unknown("column", name, columns, where=path.name)


def _check_file(path: Path) -> None:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            begin = file.read(4)
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}. Check its name and the folder.") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"{path} cannot be read: {reason}.") from error
    if size > _MOST:
        raise InputError(f"{path.name} has {size:,} bytes, which is no table of a course.")
    if path.suffix.lower() not in WORKBOOKS and (begin.startswith(_PACKED) or path.suffix.lower() == ".gz"):
        raise InputError(
            f"{path.name} is no text, but a workbook or packed. Give a workbook its ending, such as .xlsx, "
            "or save the table as 'CSV UTF-8'."
        )


def _csv(path: Path) -> Iterator[Line]:
    text = _text(path)
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(",;\t", key=re.sub('"[^"]*"', "", first).count)
    # Without `strict`, a quote that nothing closes would swallow all lines below it.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    start = 1
    try:
        for row in reader:
            yield start, row
            start = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"{path.name} is no CSV that can be read, from line {start}: {error}. Look for a quote that is "
            "not closed, or save the table again."
        ) from error


def _text(path: Path) -> str:
    try:
        encoding = encodings.found(path)
        text = path.read_bytes().decode(encoding)
    except (DataError, UnicodeDecodeError):
        encoding, text = "", ""
    if not encoding or "\0" in text or (encoding == "gb18030" and re.search(_WITHIN_A_WORD, text)):
        raise InputError(f"The letters of {path.name} cannot be told for sure. Save it as 'CSV UTF-8'.")
    return text.removeprefix("\ufeff")


def _workbook(path: Path) -> list[Line]:
    try:
        import python_calamine  # noqa: F401
    except ImportError as error:
        raise InputError(
            f"Reading {path.name} needs python-calamine. Install it: python -m pip install python-calamine. "
            "Or save the table as 'CSV UTF-8'."
        ) from error
    try:
        rows = next(iter(workbook.sheets(path).values()))()
    except (DataError, StopIteration) as error:
        raise InputError(short(str(error), 400) or f"{path.name} has no sheet.") from error
    return [(number, [_cell(cell) for cell in row]) for number, row in enumerate(rows, start=1)]


def _cell(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell)
