"""Tables of other libraries: pandas, Polars and Arrow become tables of the engine."""

from typing import Any

from crmlab.errors import DataError, InputError, some


def from_library(source: Any) -> Any:
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


def _from_pandas(frame: Any) -> Any:
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
    """Write out categories: the engine would keep their codes apart from the same text elsewhere."""
    import pyarrow as pa

    for place, column in enumerate(rows.schema):
        if pa.types.is_dictionary(column.type):
            rows = rows.set_column(place, column.name, rows.column(place).cast(column.type.value_type))
    return rows
