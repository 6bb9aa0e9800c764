"""The dialect of a text file: its encoding, the lines above its header, the header and the delimiter."""

import atexit
import codecs
import csv
import gzip
import re
import shutil
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from crmlab.errors import DataError, some
from crmlab.language import mark, ntr, tr
from crmlab.reading import encodings, packed
from crmlab.reading.options import Options

_DELIMITERS = ",;\t|"
_NAMES = {
    ",": mark("comma-separated text in {encoding}"),
    ";": mark("semicolon-separated text in {encoding}"),
    "\t": mark("tab-separated text in {encoding}"),
    "|": mark("pipe-separated text in {encoding}"),
}
_OTHER = mark("text separated by {sign!r}, in {encoding}")
_LONGEST = 2_000_000  # bytes of a line, beyond which the engine gives up
_TITLES = 10  # rows of as many fields as the header has, among which it is looked for


@dataclass(frozen=True)
class Dialect:
    """How a text file is written. ``path`` is a copy in UTF-8 where the file is written otherwise."""

    path: Path
    encoding: str
    delimiter: str
    skipped: int
    header: tuple[str, ...]

    @property
    def notes(self) -> list[str]:
        """What was found, for people."""
        written = _NAMES.get(self.delimiter, _OTHER)
        notes = [tr(written, sign=self.delimiter, encoding=self.encoding)]
        if self.skipped:
            notes.append(
                ntr(
                    "{n:,} line above the header left out",
                    "{n:,} lines above the header left out",
                    self.skipped,
                )
            )
        return notes


def dialect(path: Path, options: Options, fits: Callable[[list[str]], bool]) -> Dialect:
    """Find how a text file is written.

    ``fits`` tells whether names are those of orders; it finds the header below a title of several fields.

    Raises
    ------
    DataError
        The encoding cannot be told, or a column's name comes twice.
    """
    try:
        encoding = options.encoding or encodings.found(path)
        readable = _as_utf8(path, encoding)
        with packed.opened(readable) as file:
            head = file.read(packed.CHUNK).decode("utf-8-sig", errors="replace")
        delimiter, skipped, header = _header(head, options.delimiter, path.name, fits)
        _check_end(readable, path.name)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path.name} cannot be unpacked: {error}. Copy it again.") from error
    names = _names(header)
    twice = [name for name, count in Counter(name.lower() for name in names).items() if count > 1]
    if twice:
        raise DataError(
            f"{path.name} has more than one column {some(map(repr, twice))}. Keep one of each name."
        )
    return Dialect(readable, encoding, delimiter, skipped, tuple(names))


def query(dialect: Dialect) -> dict[str, Any]:
    """Return the options with which the engine reads the file, leaving it nothing to guess."""
    return {
        "auto_detect": False,
        "delim": dialect.delimiter,
        "quote": '"',
        "escape": '"',
        "header": True,
        "skip": dialect.skipped,
        "columns": dict.fromkeys(dialect.header, "VARCHAR"),
    }


@cache
def _folder() -> str:
    """Return a folder for copies in UTF-8, which is deleted when Python ends."""
    folder = tempfile.mkdtemp(prefix="crmlab-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _check_end(path: Path, where: str) -> None:
    """Refuse a last line without end that is longer than the engine's buffer: it would lose it in silence."""
    with packed.opened(path) as file:
        if path.suffix.lower() != ".gz":
            file.seek(max(0, path.stat().st_size - packed.CHUNK))
        since = 0
        while chunk := file.read(packed.CHUNK):
            end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
            since = len(chunk) - 1 - end if end >= 0 else since + len(chunk)
    if since >= _LONGEST:
        raise DataError(
            f"{where} ends in a line of over {_LONGEST:,} bytes, which is no order. Save it again with one "
            "order a line."
        )


def _as_utf8(path: Path, encoding: str) -> Path:
    """Return the file, or a copy in UTF-8: the engine reads no other encoding."""
    if codecs.lookup(encoding).name in {"utf-8", "ascii"} or (encoding == "utf-8-sig"):
        return path
    with tempfile.NamedTemporaryFile(dir=_folder(), suffix=".csv", delete=False) as copy:
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with packed.opened(path) as file:
                while chunk := file.read(packed.CHUNK):
                    copy.write(decoder.decode(chunk).encode())
            copy.write(decoder.decode(b"", final=True).encode())
        except UnicodeError as error:
            raise DataError(
                f"{path.name} cannot be read as {encoding}: {str(error)[:200]}. Leave encoding= out, or name "
                "the one that the file was saved in; best is to save it as UTF-8."
            ) from error
    return Path(copy.name)


def _names(header: list[str]) -> list[str]:
    """Return names of columns without spaces around, and some name where there is none."""
    return [name.strip() or f"column{place}" for place, name in enumerate(header, start=1)]


def _header(
    head: str, given: str | None, where: str, fits: Callable[[list[str]], bool]
) -> tuple[str, int, list[str]]:
    """Return the delimiter, the number of lines above the header, and the header."""
    lines = re.split(r"\r\n|\r|\n", head)  # as the engine does; other signs that part lines are text
    if lines and len(lines[0]) == 5 and lines[0].lower().startswith("sep="):  # written for Excel
        given, marked = given or lines[0][4], 1
    else:
        marked = 0
    best: tuple[tuple[bool, bool, float, int], tuple[str, int, list[str]]] | None = None
    for delimiter in given or _DELIMITERS:
        rows = _rows(lines[marked : marked + 200], delimiter)
        widths = Counter(len(fields) for _, fields in rows)
        if not widths:
            continue
        usual = max(widths, key=lambda width: (widths[width], width))
        full = [number for number, (_, fields) in enumerate(rows) if len(fields) == usual]
        named = next((number for number in full[:_TITLES] if fits(_names(rows[number][1]))), None)
        number = full[0] if named is None else named
        line, header = rows[number]
        above = max((len(fields) for _, fields in rows[: full[0]]), default=0)
        score = (usual > 1, above <= 1 and not holds_data(header), widths[usual] / len(rows), usual)
        if best is None or score > best[0]:
            best = score, (delimiter, line + marked, header)
            uneven = above if above > 1 and above >= usual - 1 else 0
    if best is None and head.strip():
        raise DataError(f"{where} begins with a line of {len(lines[0]):,} characters, which is no header.")
    if best is None:
        return given or ",", 0, []
    delimiter, line, header = best[1]
    if uneven:
        raise DataError(
            f"{where} has a line of {uneven} names above lines of {len(header)} fields. Give each line as "
            "many fields as the header has names, and delete other lines above the header."
        )
    return delimiter, line, header


def holds_data(header: Sequence[str]) -> bool:
    """Whether a field is a number or a date: no name of a column is."""
    return any(any(map(str.isdigit, field)) and not any(map(str.isalpha, field)) for field in header)


def _rows(lines: list[str], delimiter: str) -> list[tuple[int, list[str]]]:
    """Return the fields of each row that is not empty, with the line it begins on."""
    rows = []
    reader = csv.reader((line + "\n" for line in lines), delimiter=delimiter, strict=False)
    start = 0
    try:
        for fields in reader:
            if fields:
                rows.append((start, fields))
            start = reader.line_num
    except csv.Error:
        pass
    return rows
