"""What Ibis does not name, or not alike in every engine."""

from typing import Any


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


def first_by(values: Any, order: Any) -> Any:
    """Aggregate to the value where the order is least. Ibis has DuckDB sort every group for this."""
    import ibis

    @ibis.udf.agg.builtin(signature=((values.type(), order.type()), values.type()))
    def min_by(values, order):  # type: ignore[no-untyped-def]
        ...

    return min_by(values, order)


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


def one(table: Any, **sums: Any) -> dict[str, Any]:
    """Return aggregates of a table as one record."""
    record: dict[str, Any] = table.aggregate(**sums).to_pyarrow().to_pylist()[0]
    return record
