"""Python values, as workbooks and SQLite files hold them cell by cell, become typed columns."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

Parts = Callable[[], Iterator[dict[str, list[Any]]]]


def table(columns: dict[str, list[Any]]) -> Any:
    """Return columns of cells as an Arrow table; each is times, numbers, or, where they are mixed, text."""
    import pyarrow as pa

    return pa.table({name: _array(values, _kind(values)) for name, values in columns.items()})


def reader(parts: Parts) -> Any:
    """Return columns of cells that come in parts, which are gone through twice, as Arrow batches."""
    import pyarrow as pa

    kinds: dict[str, Any] = {}
    for part in parts():
        for name, values in part.items():
            kinds[name] = _wider(kinds.get(name, pa.null()), _kind(values))
    schema = pa.schema([(name, pa.string() if kind == pa.null() else kind) for name, kind in kinds.items()])
    batches = (
        pa.record_batch([_array(part[name], schema.field(name).type) for name in kinds], schema=schema)
        for part in parts()
    )
    return pa.RecordBatchReader.from_batches(schema, batches)


def _kind(values: list[Any]) -> Any:
    """Return the narrowest type that holds all cells; null where all are empty."""
    import pyarrow as pa

    kinds = {type(value) for value in values if value is not None and value != ""}
    if not kinds:
        return pa.null()
    if kinds <= {dt.datetime, dt.date}:
        return pa.timestamp("us")
    if not kinds <= {int, float}:
        return pa.string()
    numbers = (value for value in values if value is not None and value != "")
    is_whole = all(abs(value) < 2**63 and float(value).is_integer() for value in numbers)
    return pa.int64() if is_whole else pa.float64()


def _wider(one: Any, other: Any) -> Any:
    """Return the narrowest type that holds what both types hold."""
    import pyarrow as pa

    kinds = {one, other} - {pa.null()}
    if len(kinds) < 2:
        return kinds.pop() if kinds else pa.null()
    return pa.float64() if kinds == {pa.int64(), pa.float64()} else pa.string()


def _array(values: list[Any], kind: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_null(kind):
        kind = pa.string()
    read: dict[Any, Callable[[Any], Any]] = {pa.int64(): int, pa.float64(): float, pa.string(): _text}
    change: Callable[[Any], Any] = read.get(kind, _time)
    return pa.array([None if value is None or value == "" else change(value) for value in values], kind)


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
