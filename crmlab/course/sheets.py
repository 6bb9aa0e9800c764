"""Tables that people keep in a spreadsheet, rosters and rules of grading: read as text, line by line."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crmlab.errors import InputError, some, unknown
from crmlab.spreadsheets import unguarded

_ENCODINGS = ("utf-8-sig", "gb18030")
_MOST = 20_000_000


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

    CSV may be separated by commas, semicolons or tabs, and written in UTF-8, UTF-16, or GB18030 as Chinese
    Windows writes it. A workbook's first sheet is read.

    Raises
    ------
    InputError
        The file is missing, no table, or written in another encoding.
    """
    lines = _workbook(path) if path.suffix.lower() in (".xlsx", ".xlsm", ".xls", ".ods") else _csv(path)
    filled = [(number, row) for number, row in lines if any(cell.strip() for cell in row)]
    if not filled:
        raise InputError(f"{path.name} is empty. Write the names of its columns into the first line.")
    head = [plain(name) for name in filled[0][1]]
    if twice := sorted({name for name in head if name and head.count(name) > 1}):
        raise InputError(f"{path.name} has several columns named {some(twice)}. Keep one of each.")
    rows = [
        Row(number, {name: unguarded(cell.strip()) for name, cell in zip(head, row, strict=False) if name})
        for number, row in filled[1:]
    ]
    return [name for name in head if name], rows


def need(path: Path, columns: Sequence[str], names: Sequence[str]) -> None:
    """Raise InputError where a table lacks one of the columns that it must have."""
    for name in names:
        if plain(name) not in columns:
            raise unknown("column", name, columns, where=path.name)


def _csv(path: Path) -> list[tuple[int, list[str]]]:
    text = _text(path)
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        return [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise InputError(
            f"{path.name} is no CSV that can be read, at line {reader.line_num}: {error}. Save it again."
        ) from error


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MOST:
            raise InputError(f"{path.name} has {path.stat().st_size:,} bytes, which is no table of a course.")
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}. Check its name and the folder.") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = _ENCODINGS
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text and _is_likely(text, encoding):
            return text
    raise InputError(
        f"{path.name} is not written in UTF-8, UTF-16 or GB18030. Save it as 'CSV UTF-8', or as a workbook."
    )


def _is_likely(text: str, encoding: str) -> bool:
    """Whether a text makes sense: bytes of Western Windows pass for GB18030, but not for names of people."""
    if encoding != "gb18030":
        return True
    beyond = [sign for sign in text if ord(sign) > 127]
    return all("\u3000" <= sign <= "\u9fff" or "\uff00" <= sign <= "\uffef" for sign in beyond) and not any(
        a.isascii() and a.isalpha() and ord(b) > 127 and c.isascii() and c.isalpha()
        for a, b, c in zip(text, text[1:], text[2:], strict=False)
    )


def _workbook(path: Path) -> list[tuple[int, list[str]]]:
    try:
        from python_calamine import CalamineWorkbook
    except ImportError as error:
        raise InputError(
            f"Reading {path.name} needs python-calamine. Install it: python -m pip install python-calamine. "
            "Or save the table as 'CSV UTF-8'."
        ) from error
    if not path.is_file():
        raise InputError(f"There is no file {path}. Check its name and the folder.")
    if path.stat().st_size > _MOST:
        raise InputError(f"{path.name} has {path.stat().st_size:,} bytes, which is no table of a course.")
    try:
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
        rows = sheet.to_python(skip_empty_area=False)
    except Exception as error:  # the library's errors have no common name
        raise InputError(f"{path.name} is no workbook that can be read: {error}.") from error
    return [(number, [_cell(cell) for cell in row]) for number, row in enumerate(rows, start=1)]


def _cell(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell)
