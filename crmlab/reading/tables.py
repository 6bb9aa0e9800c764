"""Tables of other libraries: pandas, Polars and Arrow become tables of the engine."""

from typing import TYPE_CHECKING, Any

from crmlab import engine
from crmlab.errors import DataError, InputError, some

if TYPE_CHECKING:
    import ibis


def from_library(source: Any) -> "ibis.Table":
    """Return a table of any library as an Ibis table."""
    import ibis
    import pandas as pd
    import pyarrow as pa

    if isinstance(source, ibis.Table):
        return source
    if isinstance(source, pd.DataFrame):
        return _from_pandas(source)
    if type(source).__module__.partition(".")[0] == "polars":
        source = source.collect() if hasattr(source, "collect") else source
        source = source.to_arrow() if hasattr(source, "get_columns") else source
    if isinstance(source, pa.RecordBatchReader):
        source = source.read_all()
    if isinstance(source, pa.RecordBatch):
        source = pa.Table.from_batches([source])
    if isinstance(source, pa.Table):
        _check_unique(source.column_names)
        return ibis.memtable(_decoded(source))
    raise InputError(
        f"Transactions cannot be read from {type(source).__name__}. Give a path of a file (.csv, .parquet, "
        ".xlsx ...), a pandas or Polars DataFrame, an Arrow table or an Ibis table."
    )


def _from_pandas(frame: Any) -> "ibis.Table":
    import ibis
    import pyarrow as pa

    _check_unique([*frame.columns])
    try:
        return ibis.memtable(_decoded(pa.Table.from_pandas(frame, preserve_index=False)))
    except (pa.ArrowException, TypeError, KeyError) as error:
        reason = "; ".join(str(part) for part in error.args)
        raise DataError(
            f"A column of the table mixes kinds of values, or holds a kind that is not read: {reason}. "
            "Give it one type."
        ) from error


def _check_unique(names: list[Any]) -> None:
    small = [str(name).lower() for name in names]  # the engine knows no capitals
    twice = [name for name in dict.fromkeys(small) if small.count(name) > 1]
    if twice:
        raise DataError(
            f"The table has more than one column {some(map(repr, twice))}. Keep one of each name."
        )


def _decoded(rows: Any) -> Any:
    """Return rows of Arrow without what the engine does not take, or takes for something else.

    Categories are written out: the engine would keep their codes apart from the same text elsewhere.
    """
    import pyarrow as pa

    for place, column in enumerate(rows.schema):
        if not _is_taken(column.type):
            rows = rows.set_column(place, column.name, _written(rows.column(place)))
        elif pa.types.is_dictionary(column.type):
            rows = rows.set_column(place, column.name, rows.column(place).cast(column.type.value_type))
    return rows


def _is_taken(kind: Any) -> bool:
    """Whether the engine takes a type of Arrow."""
    from pyarrow import types as of

    if of.is_nested(kind):
        parts = [kind.field(place).type for place in range(kind.num_fields)]
        return bool(parts) and not of.is_union(kind) and all(map(_is_taken, parts))
    if of.is_dictionary(kind):
        return _is_taken(kind.value_type)
    checks: list[Any] = [of.is_boolean, of.is_integer, of.is_float32, of.is_float64, of.is_decimal128]
    checks += [of.is_date, of.is_timestamp, of.is_time, of.is_string, of.is_large_string, of.is_string_view]
    checks += [of.is_binary, of.is_large_binary]
    return any(check(kind) for check in checks)


def _written(values: Any) -> Any:
    """Return values of any type as numbers or text."""
    import pyarrow as pa

    if pa.types.is_float16(values.type):
        return values.cast(pa.float32())
    if pa.types.is_decimal(values.type):
        return values.cast(pa.string())
    return pa.array([None if value is None else str(value) for value in values.to_pylist()], pa.string())


def plain(table: "ibis.Table") -> "ibis.Table":
    """Return a table of the engine with times and text in place of types that Ibis does not know."""
    if not engine.is_embedded(table):
        return table
    changed = {}
    for name, kind in table.schema().items():
        if "TIMESTAMPTZ" in str(kind):  # to the nanosecond, as pandas writes it
            changed[name] = table[name].cast("timestamp('UTC')")
        elif not _is_plain(kind):
            changed[name] = table[name].cast("string")
    return table.mutate(**changed) if changed else table


def _is_plain(kind: Any) -> bool:
    if kind.is_unknown() or kind.is_null() or kind.is_interval():
        return False
    if kind.is_struct():
        return bool(kind.types) and all(map(_is_plain, kind.types))
    parts = [getattr(kind, name) for name in ("value_type", "key_type") if hasattr(kind, name)]
    return all(map(_is_plain, parts))
