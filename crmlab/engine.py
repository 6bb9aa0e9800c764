"""What Ibis does not name, or not alike in every engine."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd


def strptime(text: Any, format: str) -> Any:
    """Return the time that a text says in a strftime format; missing where it does not fit."""
    import ibis
    import ibis.expr.datatypes as dt

    @ibis.udf.scalar.builtin(signature=((dt.string, dt.string), dt.timestamp))
    def try_strptime(text, format):  # type: ignore[no-untyped-def]
        ...

    return try_strptime(text, format)


def local(instant: Any, zone: str) -> Any:
    """Return what the clock of a zone shows at an instant."""
    import ibis
    import ibis.expr.datatypes as dt

    @ibis.udf.scalar.builtin(signature=((dt.string, dt.Timestamp(timezone="UTC")), dt.timestamp))
    def timezone(zone, instant):  # type: ignore[no-untyped-def]
        ...

    return timezone(zone, instant)


def instant(seconds: Any) -> Any:
    """Return the instant that is so many seconds after the start of 1970, UTC."""
    import ibis
    import ibis.expr.datatypes as dt

    @ibis.udf.scalar.builtin(signature=((dt.float64,), dt.Timestamp(timezone="UTC")))
    def to_timestamp(seconds):  # type: ignore[no-untyped-def]
        ...

    return to_timestamp(seconds)


def json_text(value: Any) -> Any:
    """Return a JSON value as text, without the quotation marks of a text."""
    import ibis
    import ibis.expr.datatypes as dt

    @ibis.udf.scalar.builtin(signature=((dt.json, dt.string), dt.string))
    def json_extract_string(value, path):  # type: ignore[no-untyped-def]
        ...

    return json_extract_string(value.cast("json"), "$")


def double(value: float) -> Any:
    """Return a number as a double to the last bit; where it is written out, Spark makes it a decimal."""
    import ibis

    return ibis.literal(repr(float(value))).cast("float64")


def choose(pairs: Sequence[tuple[Any, Any]], otherwise: Any) -> Any:
    """Return for each row the value of the first condition that holds, of arrays and of the engine's columns.

    A rule is written once, as an ordered list of conditions, and serves customers in memory and in an engine.

    Examples
    --------
    >>> from crmlab.engine import choose
    >>> import numpy as np
    >>> days = np.array([1, 40, 400])
    >>> choose([(days > 365, "lost"), (days > 30, "silent")], "here").tolist()
    ['here', 'silent', 'lost']
    """
    conditions, values = zip(*pairs, strict=True)
    if all(isinstance(condition, np.ndarray | pd.Series) for condition in conditions):
        return np.select([np.asarray(condition) for condition in conditions], values, otherwise)
    import ibis

    return ibis.cases(*pairs, else_=otherwise)


def exact(values: Any) -> Any:
    """Return numbers to eight decimals as whole numbers of that unit, which add up without any rounding."""
    return values.cast("decimal(38, 8)")


def sum_of(values: Any, where: Any = None) -> Any:
    """Aggregate to a sum that is the same in whatever order threads add: in doubles the last bits move."""
    return exact(values).sum(where=where).cast("float64")


def first_by(values: Any, order: Any) -> Any:
    """Aggregate to the value where the order is least. Ibis has DuckDB sort every group for this."""
    import ibis

    @ibis.udf.agg.builtin(signature=((values.type(), order.type()), values.type()))
    def min_by(values, order):  # type: ignore[no-untyped-def]
        ...

    return min_by(values, order)


def stay_offline() -> None:
    """Have DuckDB load no extension from the web, whatever a file seems to ask for."""
    from contextlib import suppress

    import duckdb
    import ibis

    with suppress(duckdb.Error):  # whoever has locked its configuration has decided on this too
        ibis.get_backend().raw_sql("SET autoinstall_known_extensions = false")


def without_places(relation: Any) -> Any:
    """Return a relation of DuckDB with text for places on a map: Ibis fetches an extension for them."""
    columns = []
    for name, kind in zip(relation.columns, relation.types, strict=True):
        quoted = '"' + name.replace('"', '""') + '"'
        columns.append(f"CAST({quoted} AS VARCHAR) AS {quoted}" if "GEOMETRY" in str(kind) else quoted)
    return relation.project(", ".join(columns))


def from_parquet(path: str) -> Any:
    """Return the rows of a Parquet file."""
    from uuid import uuid4

    import ibis

    backend, name = ibis.get_backend(), f"crmlab_parquet_{uuid4().hex}"
    without_places(backend.con.read_parquet(path)).create_view(name)
    return backend.table(name)


def is_embedded(table: Any) -> bool:
    """Whether a table lives in DuckDB, where the functions for text, times and JSON of this file exist."""
    return bool(table.get_backend().name == "duckdb")


def numbered(table: Any, name: str) -> Any:
    """Add the number of each row, from 1 in the order of the source where the engine keeps one."""
    import ibis

    number = ibis.row_number()
    if not is_embedded(table):  # Spark numbers no rows without an order, so all are given the same place
        number = number.over(order_by=ibis.literal(1))
    return table.mutate(**{name: number + 1})


@contextmanager
def in_order(table: Any) -> Iterator[None]:
    """Have DuckDB take rows in the order of their source, also where a limit of memory lets it mix them."""
    if not is_embedded(table):
        yield
        return
    backend, name = table.get_backend(), "preserve_insertion_order"
    before = backend.raw_sql(f"SELECT current_setting('{name}')").fetchall()[0][0]
    backend.raw_sql(f"SET {name} = true")
    try:
        yield
    finally:
        backend.raw_sql(f"SET {name} = {str(before).lower()}")


def kept(table: Any) -> Any:
    """Have the engine compute a table once and keep it, on disk where memory is short.

    It goes with the last expression that refers to it.
    """
    from uuid import uuid4
    from weakref import finalize

    backend = table.get_backend()
    if backend.name != "duckdb":
        table.limit(0).to_pyarrow()  # has Spark know the tables of Python in it; .cache() would not
        return table.cache()
    # What .cache() makes in DuckDB, it cannot drop: this Ibis and its SQL writer do not agree on DROP.
    name = f"crmlab_kept_{uuid4().hex}"
    made = backend.create_table(name, table, temp=True)
    finalize(made.op(), _drop, backend, name).atexit = False
    return made


def stored(batches: Any) -> Any:
    """Have DuckDB keep what an Arrow reader gives, as `kept` keeps a table."""
    from uuid import uuid4
    from weakref import finalize

    import ibis

    backend, name = ibis.get_backend(), f"crmlab_kept_{uuid4().hex}"
    given = f"{name}_given"
    backend.con.register(given, batches)
    try:
        backend.raw_sql(f"CREATE TEMP TABLE {name} AS FROM {given}")
    finally:
        backend.con.unregister(given)
    made = backend.table(name)
    finalize(made.op(), _drop, backend, name).atexit = False
    return made


def _drop(backend: Any, name: str) -> None:
    """Drop a table; where the engine is in the midst of an answer, the end of the session does."""
    from contextlib import suppress

    import duckdb

    with suppress(duckdb.Error):
        backend.raw_sql(f"DROP TABLE IF EXISTS {name}")


def one(table: Any, **sums: Any) -> dict[str, Any]:
    """Return aggregates of a table as one record."""
    record: dict[str, Any] = table.aggregate(**sums).to_pyarrow().to_pylist()[0]
    return record
