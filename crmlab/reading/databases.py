"""Database files of somebody else: their tables are read, and nothing that is written in them is run."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from crmlab import engine
from crmlab.errors import DataError, InputError, some, unknown
from crmlab.reading import cells

_BATCH = 50_000
# A view is a program of whoever made the file, so none is run. What a file could still hide from the check
# finds no other file, no network, no extension, and little memory.
_LOCKED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": "2GB",
    "lock_configuration": "true",
}


def from_duckdb(path: Path, table: str | None) -> tuple[Any, str]:
    """Return a table of a DuckDB file, copied into the engine, and its name."""
    import duckdb

    with closing(duckdb.connect(str(path), read_only=True, config=_LOCKED)) as database:
        places = {
            name if schema == "main" else f"{schema}.{name}": (schema, name, is_table)
            for schema, name, is_table in database.execute(
                "SELECT schema_name, table_name, true FROM duckdb_tables() WHERE NOT internal UNION ALL "
                "SELECT schema_name, view_name, false FROM duckdb_views() WHERE NOT internal"
            ).fetchall()
        }
        name = _only([*places], table, path)
        schema, inner, is_table = places[name]
        computed = database.execute(
            "SELECT count(*) FROM duckdb_columns() WHERE schema_name = ? AND table_name = ? AND is_generated",
            [schema, inner],
        ).fetchall()[0][0]
        _check(path, name, is_table, computed)
        rows = database.sql(f"SELECT * FROM {_quoted(schema)}.{_quoted(inner)}")
        return engine.stored(engine.without_places(rows).to_arrow_reader(_BATCH)), name


def from_sqlite(path: Path, table: str | None) -> tuple[Any, str]:
    """Return a table of an SQLite file, copied into the engine, and its name."""
    place = f"file:{quote(path.resolve().as_posix())}?mode=ro"
    if _is_at_rest(path):
        place += "&immutable=1"  # or the reader would leave files of its own beside it
    # The engine goes through the rows in a thread of its own, while this one waits for it.
    options: dict[str, Any] = {"timeout": 1, "isolation_level": None, "check_same_thread": False}
    try:
        with closing(sqlite3.connect(place, uri=True, **options)) as database:
            database.execute("pragma trusted_schema = off")
            database.execute("begin")  # the rows are gone through twice, and must be the same
            made = dict(
                database.execute("select name, sql from sqlite_master where type in ('table', 'view')")
            )
            name = _only([one for one in made if not one.startswith("sqlite_")], table, path)
            columns = database.execute(f"pragma table_xinfo({_quoted(name)})").fetchall()
            # SQLite goes by the statement, whatever else the file says of a table; 2 and 3 are computed.
            is_table = re.match(r"create\s+table\s", made[name] or "", re.IGNORECASE) is not None
            _check(path, name, is_table, sum(column[6] in (2, 3) for column in columns))
            return engine.stored(cells.reader(lambda: _batches(database, name))), name
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise DataError(f"{path.name} cannot be read as an SQLite file: {error}.") from error


def _batches(database: sqlite3.Connection, name: str) -> Iterator[dict[str, list[Any]]]:
    """Return the columns of a table in parts, the first of which may be empty."""
    cursor = database.execute(f"select * from {_quoted(name)}")
    names = [column[0] for column in cursor.description]
    yield {name: [] for name in names}
    while rows := cursor.fetchmany(_BATCH):
        yield dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _is_at_rest(path: Path) -> bool:
    """Whether a database keeps a write-ahead log, and nobody has it open: the log is not there."""
    with path.open("rb") as file:
        keeps_log = file.read(20)[18:19] == b"\x02"
    return keeps_log and not path.with_name(f"{path.name}-wal").exists()


def _check(path: Path, name: str, is_table: bool, computed: int) -> None:
    """Refuse what would have to be computed by statements in the file."""
    if is_table and not computed:
        return
    what = f"computes {computed} of its columns" if is_table else "is a view, not a table"
    raise DataError(
        f"{path.name}: '{name}' {what}, and statements that come with a file are not run. Open the file with "
        "the program that it comes from, and save the rows as a table, as CSV or as Parquet."
    )


def _only(names: list[str], asked: str | None, path: Path) -> str:
    """Return the table that was asked for, or the only one."""
    if asked is not None:
        if asked not in names:
            raise unknown("table", asked, names, where=path.name)
        return asked
    if len(names) != 1:
        listed = some(map(repr, names), most=20) or "none"
        raise InputError(f'{path.name} holds {len(names)} tables: {listed}. Name one with table="...".')
    return names[0]
