"""Where orders come from: files of any kind, folders of files, and tables of any library."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlab import engine
from crmlab.errors import DataError, InputError, short, some, unknown
from crmlab.language import ntr, tr
from crmlab.reading import databases, tables, text, workbook
from crmlab.reading.names import FILE, HIDDEN
from crmlab.reading.options import Options
from crmlab.reading.paths import files as files
from crmlab.reading.paths import kind

if TYPE_CHECKING:
    import ibis

_OURS = (FILE, "_row", "_broken")

_WIDEST = 1_000  # columns
_TAKES = {"text": {"delimiter", "encoding"}, "excel": {"sheet"}, "duckdb": {"table"}, "sqlite": {"table"}}


@dataclass
class Source:
    """Rows as they were given, what to call them in a message, and how they were found."""

    table: "ibis.Table"
    where: str
    notes: list[str] = field(default_factory=list)


def open_source(source: Any, options: Options, fits: Callable[[list[str]], bool]) -> Source:
    """Open a table, a file, a folder or a pattern of files.

    ``fits`` tells whether columns are those of orders; it chooses the sheet of a workbook.
    """
    if isinstance(source, str | Path):
        try:
            engine.stay_offline()
            paths = files(source)
            _check_options(paths, options)
            opened = _texts(paths, options, fits) if len(paths) > 1 else None
            return opened or _together([_from_file(path, options, fits) for path in paths])
        except OSError as error:
            place = short(str(error.filename or source), most=200)
            raise InputError(f"{place} cannot be opened: {error.strerror or error}.") from error
    for name in ("sheet", "table", "delimiter", "encoding"):
        if getattr(options, name) is not None:
            raise InputError(f"The option '{name}' is for files, and orders were given as a table.")
    return _free(Source(tables.from_library(source), "the table"))


def unreadable(where: str, error: Exception) -> DataError:
    """Return the error for a file that the engine gives up on, without the engine's own advice."""
    reason = re.split(r"\n\s*\n|\nPossible|\nTry ", str(error))[0].removeprefix("Invalid Input Error: ")
    reason = re.sub(r"(?<=Original Line: )[^\n]*", lambda line: short(line[0]), reason)
    said = short(" ".join(reason.split()), most=300).rstrip(".!")
    return DataError(f"{where} cannot be read: {said}. Save it again; a CSV as UTF-8, with one order a line.")


@contextmanager
def guarded(where: str) -> Iterator[None]:
    """Say what the engine says of a file that it cannot read on; it reads only when it is asked to."""
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException:  # which is no fault of the file
        raise
    except duckdb.Error as error:
        raise unreadable(where, error) from error


def _check_options(paths: list[Path], options: Options) -> None:
    taken: set[str] = set().union(*(_TAKES.get(kind(path), set()) for path in paths))
    for name in ("sheet", "table", "delimiter", "encoding"):
        if getattr(options, name) is not None and name not in taken:
            kinds = some(sorted({kind(path) for path in paths}))
            raise InputError(f"The option '{name}' does not apply to {paths[0].name}, which is {kinds}.")


def _from_file(path: Path, options: Options, fits: Callable[[list[str]], bool]) -> Source:
    import duckdb

    try:
        return _free(_opened(path, options, fits))
    except duckdb.OutOfMemoryException:  # which is no fault of the file
        raise
    except duckdb.Error as error:
        raise unreadable(path.name, error) from error


def _opened(path: Path, options: Options, fits: Callable[[list[str]], bool]) -> Source:
    import ibis

    match kind(path):
        case "text":
            found = text.dialect(path, options, fits)
            if not found.header:
                return Source(_empty(), path.name, found.notes)
            _check_width(found.header, path.name)
            table = ibis.get_backend().read_csv(str(found.path), **text.query(found))
            return Source(table, path.name, found.notes)
        case "parquet":
            return Source(engine.from_parquet(str(path)), path.name, ["Parquet file"])
        case "json":
            return Source(_from_json(path), path.name, ["JSON lines"])
        case "excel":
            return _from_excel(path, options.sheet, fits)
        case "sqlite":
            rows, name = databases.from_sqlite(path, options.table)
            return Source(rows, path.name, [f"table {name} of an SQLite file"])
        case _:
            rows, name = databases.from_duckdb(path, options.table)
            return Source(rows, path.name, [f"table {name} of a DuckDB file"])


def _empty() -> "ibis.Table":
    """Return a table without rows; one without columns there cannot be, so it has one that is not shown."""
    import ibis
    import pyarrow as pa

    return ibis.memtable(pa.table({FILE: pa.array([], pa.string())}))


def _free(source: Source) -> Source:
    """Refuse columns whose names are those of columns that are added while orders are read."""
    _check_width(source.table.columns, source.where)
    names = [name for name in source.table.columns if name.startswith(HIDDEN) or name in _OURS]
    if names and source.table.columns != (FILE,):
        raise DataError(
            f"In {source.where}, the column {names[0]!r} has a reserved name. Give it another one."
        )
    return replace(source, table=tables.plain(source.table))


def _texts(paths: list[Path], options: Options, fits: Callable[[list[str]], bool]) -> Source | None:
    """Open text files of one dialect together, which keeps a thousand of them quick."""
    import ibis

    if {kind(path) for path in paths} != {"text"}:
        return None
    found = [text.dialect(path, options, fits) for path in paths]
    first = found[0]
    _check_width(first.header, first.path.name)
    if {(item.delimiter, item.skipped, item.header) for item in found} != {
        (first.delimiter, first.skipped, first.header)
    }:
        return None
    names = {str(item.path): path.name for item, path in zip(found, paths, strict=True)}
    table = ibis.get_backend().read_csv([*names], **text.query(first), filename=FILE)
    table = table.mutate(**{FILE: table[FILE].substitute(names)})
    all_of_them = ntr("{n:,} file", "{n:,} files", len(paths))
    return Source(table, all_of_them, [*first.notes, all_of_them])


def _from_json(path: Path) -> "ibis.Table":
    """Read every value as text: a reader that guesses types takes 03/04/2024 for a date."""
    import ibis

    backend, options = ibis.get_backend(), {"maximum_depth": 1, "sample_size": -1}
    table = backend.read_json(str(path), **options)
    if table.columns == ("json",) and table["json"].type().is_map():  # lines with more names than the usual
        keys = table.select(name=table["json"].keys().unnest())
        _check_width(range(engine.one(keys, names=keys["name"].nunique())["names"]), path.name)
        every: dict[str, Any] = {"map_inference_threshold": -1, "field_appearance_threshold": 0}
        table = backend.read_json(str(path), **options, **every)
    elif table.columns == ("json",):
        raise DataError(f'{path.name} holds no records. Write one order a line, as {{"customer_id": ...}}.')
    _check_width(table.columns, path.name)
    return table.select(**{name: engine.json_text(table[name]) for name in table.columns})


def _check_width(names: Sequence[Any], where: str) -> None:
    """Refuse a table that is no table of orders: what is done for each column would take hours."""
    if len(names) > _WIDEST:
        raise DataError(
            f"{where} has {len(names):,} columns, and orders are read up to {_WIDEST:,}. Save the columns of "
            "the customer, the date and the amount, and the few others that describe an order, to a file of "
            "their own; where columns are orders, turn the table round."
        )


def _from_excel(path: Path, sheet: str | int | None, fits: Callable[[list[str]], bool]) -> Source:
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
    opened: dict[str, Source] = {}
    failed: list[DataError] = []  # a sheet that holds something else may be of any form
    for name in names:
        try:
            opened[name] = _from_sheet(path, name, sheets[name](), fits)
        except DataError as error:
            failed.append(error)
    fitting = [name for name, source in opened.items() if fits([*source.table.columns])]
    if len(fitting) > 1:
        raise InputError(
            f"{path.name} holds orders in several sheets: {some(map(repr, fitting), most=20)}. Name one with "
            f'sheet="{fitting[0]}", or put all orders into one sheet.'
        )
    if fitting:
        return opened[fitting[0]]
    if failed:
        raise failed[0]
    if not opened:
        raise DataError(f"{path.name} holds no sheet. Save the orders as a sheet with a header.")
    return next(iter(opened.values()))


def _from_sheet(path: Path, name: str, cells: list[list[Any]], fits: Callable[[list[str]], bool]) -> Source:
    import ibis

    rows, skipped = workbook.from_sheet(cells, f"Sheet '{name}' of {path.name}", fits)
    notes = [tr("sheet '{name}' of a workbook", name=name)]
    if skipped:
        notes.append(
            ntr("{n:,} row above the header left out", "{n:,} rows above the header left out", skipped)
        )
    return Source(ibis.memtable(rows) if rows.num_columns else _empty(), path.name, notes)


def _together(sources: list[Source]) -> Source:
    """Stack files that have the same columns."""
    import ibis

    if len(sources) == 1:
        return sources[0]
    first = sources[0]
    for other in sources[1:]:
        missing = [name for name in first.table.columns if name not in other.table.columns]
        more = [name for name in other.table.columns if name not in {*first.table.columns, FILE}]
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
    return Source(ibis.union(*tables), ntr("{n:,} file", "{n:,} files", len(sources)), notes)


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
