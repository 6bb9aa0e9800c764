"""Where orders come from: files of any kind, folders of files, and tables of any library."""

import glob
import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crmlab.errors import DataError, InputError, short, some, unknown
from crmlab.reading import engine, tables, text, workbook
from crmlab.reading.options import Options

FILE = "_file"
"""Name of the column that tells files of a folder apart, while they are read."""

_TEXT = {".csv", ".tsv", ".tab", ".txt", ".psv", ".xls"}  # many a .xls is text in truth
_JSON = {".json", ".jsonl", ".ndjson"}
_MAGIC = {
    b"PAR1": "parquet",
    b"SQLite format 3\0": "sqlite",
    b"PK\x03\x04": "excel",
    b"\xd0\xcf\x11\xe0": "excel",
}
_KINDS = {".parquet": "parquet", ".xlsx": "excel", ".xlsm": "excel", ".xlsb": "excel", ".ods": "excel"}
_KINDS |= {".duckdb": "duckdb", ".sqlite": "sqlite", ".sqlite3": "sqlite", ".db": "sqlite"}
_KINDS |= dict.fromkeys(_TEXT, "text") | dict.fromkeys(_JSON, "json")
_TAKES = {"text": {"delimiter", "encoding"}, "excel": {"sheet"}, "duckdb": {"table"}, "sqlite": {"table"}}


@dataclass
class Source:
    """Rows as they were given, what to call them in a message, and how they were found."""

    table: Any
    where: str
    notes: list[str] = field(default_factory=list)


def open_source(source: Any, options: Options, fits: Callable[[list[str]], bool]) -> Source:
    """Open a table, a file, a folder or a pattern of files.

    ``fits`` tells whether columns are those of orders; it chooses the sheet of a workbook.
    """
    if isinstance(source, str | Path):
        paths = files(source)
        _check_options(paths, options)
        opened = _texts(paths, options) if len(paths) > 1 else None
        return opened or _together([_from_file(path, options, fits) for path in paths])
    for name in ("sheet", "table", "delimiter", "encoding"):
        if getattr(options, name) is not None:
            raise InputError(f"The option '{name}' is for files, and orders were given as a table.")
    return Source(tables.from_library(source), "the table")


def files(source: str | Path) -> list[Path]:
    """Return the files that a path, a folder or a pattern such as ``orders/*.csv`` names, in their order."""
    path = Path(source)
    if path.is_file():
        return [path]
    if path.is_dir():
        found = [item for item in path.iterdir() if _kind_by_name(item) and item.is_file()]
    else:
        found = [Path(item) for item in glob.glob(str(path), recursive=True) if Path(item).is_file()]
    found = [item for item in found if not item.name.startswith((".", "~$"))]
    if not found:
        empty = "The folder holds no file of orders" if path.is_dir() else f"There is no file {path}"
        raise InputError(f"{empty} ({path.name}). Check the path and the working folder.")
    return sorted(found)


def unreadable(where: str, error: Exception) -> DataError:
    """Return the error for a file that the engine gives up on, without the engine's own advice."""
    reason = re.split(r"\n\s*\n|\nPossible", str(error))[0]
    said = short(" ".join(reason.split()), most=300)
    return DataError(f"{where} cannot be read: {said} Save it again; a CSV as UTF-8, with one order a line.")


@contextmanager
def guarded(where: str) -> Iterator[None]:
    """Say what the engine says of a file that it cannot read on; it reads only when it is asked to."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        raise unreadable(where, error) from error


def _kind_by_name(path: Path) -> str | None:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes[-1:] == [".gz"]:
        suffixes.pop()
    return _KINDS.get(suffixes[-1]) if suffixes else None


def _kind(path: Path) -> str:
    """Return the kind of a file by its first bytes, else by its name."""
    with path.open("rb") as file:
        head = file.read(16)
    for magic, known in _MAGIC.items():
        if head.startswith(magic):
            return known
    if head[8:12] == b"DUCK":
        return "duckdb"
    if path.suffix.lower() == ".xls" and head.lstrip().startswith(b"<"):
        raise DataError(f"{path.name} is a web page, not a workbook. Open it in Excel and save it as .xlsx.")
    kind = _kind_by_name(path)
    if kind is None:
        raise InputError(
            f"{path.name} is no .csv or .parquet file, and no other kind that is read: .tsv, .txt, .xlsx, "
            ".xls, .jsonl, .duckdb, .sqlite. Save your orders as one: CSV, UTF-8."
        )
    return kind


def _check_options(paths: list[Path], options: Options) -> None:
    taken: set[str] = set().union(*(_TAKES.get(_kind(path), set()) for path in paths))
    for name in ("sheet", "table", "delimiter", "encoding"):
        if getattr(options, name) is not None and name not in taken:
            kinds = some(sorted({_kind(path) for path in paths}))
            raise InputError(f"The option '{name}' does not apply to {paths[0].name}, which is {kinds}.")


def _from_file(path: Path, options: Options, fits: Callable[[list[str]], bool]) -> Source:
    import duckdb
    import ibis

    try:
        match _kind(path):
            case "text":
                found = text.dialect(path, options)
                if not found.header:
                    return Source(_empty(), path.name, found.notes)
                table = ibis.get_backend().read_csv(str(found.path), **text.query(found))
                return Source(table, path.name, found.notes)
            case "parquet":
                return Source(ibis.read_parquet(str(path)), path.name, ["Parquet file"])
            case "json":
                return Source(_from_json(path), path.name, ["JSON lines"])
            case "excel":
                return _from_excel(path, options.sheet, fits)
            case "sqlite":
                rows, name = workbook.from_sqlite(path, options.table)
                return Source(ibis.memtable(rows), path.name, [f"table {name} of an SQLite file"])
            case _:
                return _from_duckdb(path, options.table)
    except duckdb.Error as error:
        raise unreadable(path.name, error) from error


def _empty() -> Any:
    import ibis
    import pyarrow as pa

    return ibis.memtable(pa.table({"column1": pa.array([], pa.string())}))


def _texts(paths: list[Path], options: Options) -> Source | None:
    """Open text files of one dialect together, which keeps a thousand of them quick."""
    import ibis

    if {_kind(path) for path in paths} != {"text"}:
        return None
    found = [text.dialect(path, options) for path in paths]
    first = found[0]
    if {(item.delimiter, item.skipped, item.header) for item in found} != {
        (first.delimiter, first.skipped, first.header)
    }:
        return None
    names = {str(item.path): path.name for item, path in zip(found, paths, strict=True)}
    table = ibis.get_backend().read_csv([*names], **text.query(first), filename=FILE)
    table = table.mutate(**{FILE: table[FILE].substitute(names)})
    return Source(table, f"{len(paths)} files", [*first.notes, f"{len(paths)} files"])


def _from_json(path: Path) -> Any:
    """Read every value as text: a reader that guesses types takes 03/04/2024 for a date."""
    import ibis

    backend = ibis.get_backend()
    table = backend.read_json(str(path), maximum_depth=1, sample_size=-1)
    if set(table.columns) == {"json"}:
        raise DataError(f'{path.name} holds no records. Write one order a line, as {{"customer_id": ...}}.')
    return table.select(**{name: engine.json_text(table[name]) for name in table.columns})


def _from_excel(path: Path, sheet: str | int | None, fits: Callable[[list[str]], bool]) -> Source:
    import ibis

    sheets = workbook.sheets(path)
    names = [*sheets]
    if isinstance(sheet, int):
        if not 1 <= sheet <= len(names):
            raise InputError(
                f"{path.name} has {len(names)} sheets: {some(names, most=20)}. Sheets count from 1."
            )
        names = [names[sheet - 1]]
    elif sheet is not None:
        if sheet not in sheets:
            raise unknown("sheet", sheet, names, where=path.name)
        names = [sheet]
    first: Source | None = None
    for name in names:
        rows, skipped = workbook.from_sheet(sheets[name](), f"Sheet '{name}' of {path.name}")
        notes = [f"sheet '{name}' of a workbook"]
        if skipped:
            notes.append(f"{skipped} rows above the header left out")
        made = rows if rows.num_columns else _empty().to_pyarrow()
        opened = Source(ibis.memtable(made), path.name, notes)
        if fits(rows.column_names):
            return opened
        first = first or opened
    if first is None:
        raise DataError(f"{path.name} holds no sheet. Save the orders as a sheet with a header.")
    return first


def _from_duckdb(path: Path, table: str | None) -> Source:
    import ibis

    backend = ibis.get_backend()
    alias = "file_" + hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]
    quoted = str(path.resolve()).replace("'", "''")
    backend.raw_sql(f"ATTACH IF NOT EXISTS '{quoted}' AS {alias} (READ_ONLY)")
    found = backend.raw_sql(
        f"SELECT table_name FROM information_schema.tables WHERE table_catalog = '{alias}'"
    )
    name = workbook.only([name for (name,) in found.fetchall()], table, path)
    rows = backend.table(name, database=(alias, "main"))
    return Source(rows, path.name, [f"table {name} of a DuckDB file"])


def _together(sources: list[Source]) -> Source:
    """Stack files that have the same columns."""
    import ibis

    if len(sources) == 1:
        return sources[0]
    first = sources[0]
    for other in sources[1:]:
        missing = [name for name in first.table.columns if name not in other.table.columns]
        more = [name for name in other.table.columns if name not in first.table.columns]
        if missing or more:
            raise DataError(
                f"The columns of {other.where} differ from those of {first.where}: "
                + "; ".join(_differences(missing, more))
                + ". Give all files the same columns, or read them one by one."
            )
    tables = [*_alike([source.table for source in sources], [source.where for source in sources])]
    tables = [
        table.mutate(**{FILE: ibis.literal(source.where)})
        for table, source in zip(tables, sources, strict=True)
    ]
    notes = [f"{source.where}: {note}" for source in sources for note in source.notes]
    return Source(ibis.union(*tables), f"{len(sources)} files", notes)


def _differences(missing: list[str], more: list[str]) -> Iterator[str]:
    if missing:
        yield f"it lacks {some(map(repr, missing))}"
    if more:
        yield f"only it has {some(map(repr, more))}"


def _alike(tables: list[Any], names: list[str]) -> Iterator[Any]:
    """Bring the columns of files to one order and type; numbers and text are not the same ids."""
    first = tables[0]
    types: dict[str, Any] = {}
    for column in first.columns:
        kinds = dict.fromkeys(table[column].type().copy(nullable=True) for table in tables)
        if len(kinds) > 1 and all(kind.is_numeric() for kind in kinds):
            types[column] = "float64"
        elif len(kinds) > 1:
            odd = next(
                name
                for name, table in zip(names, tables, strict=True)
                if table[column].type() != first[column].type()
            )
            raise DataError(
                f"Column '{column}' holds other kinds of values in {odd} than in {names[0]}: "
                f"{some(kinds)}. Save them alike, or read the files one by one."
            )
    for table in tables:
        yield table.select(
            [
                table[name].cast(types[name]).name(name) if name in types else table[name]
                for name in first.columns
            ]
        )
