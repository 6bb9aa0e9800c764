"""The files of orders and of customers, safe to open in a spreadsheet."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from shutil import rmtree
from typing import Any

import pandas as pd

from crmlab.analysis.table import Standing
from crmlab.engine import is_embedded, one
from crmlab.errors import InputError
from crmlab.language import tr
from crmlab.spreadsheets import guarded

_ROWS = 1_048_575  # of a sheet, below its header
_CELL = 32_767  # characters that a cell holds
_DIGITS = {"profit": 6, "p_alive": 4, "expected_purchases": 4, "expected_spend": 4, "clv": 4}
_DIGITS |= {"recency": 4, "T": 4, "since_last": 4, "monetary_value": 4}


def write_customers(standing: Standing, folder: Path) -> list[str]:
    """Write the customers as Parquet, CSV and XLSX; return what the reader should know about them.

    Where not all of them are taken out of the engine, it is Parquet only.
    """
    _parquet(standing.rows, folder / "customers.parquet")
    if standing.one_in > 1:
        said = tr("No spreadsheet holds so many customers: there is customers.parquet, and no CSV or XLSX.")
        return [said]
    table = _tidy(pd.read_parquet(folder / "customers.parquet"))
    table["customer_id"] = table["customer_id"].map(guarded)
    table.to_csv(folder / "customers.csv", index=False, encoding="utf-8-sig", lineterminator="\r\n")
    if len(table) > _ROWS:
        said = tr(
            "A sheet holds {rows:,} customers, so there is no customers.xlsx; use one of the others.",
            rows=_ROWS,
        )
        return [said]
    _workbook(table, folder / "customers.xlsx")
    notes = []
    if table["customer_id"].str.startswith("'").any():
        said = tr(
            "Ids that a spreadsheet would take for formulas carry an apostrophe in the CSV and XLSX; the "
            "Parquet file has them as they are."
        )
        notes.append(said)
    if (table["customer_id"].str.len() > _CELL).any():
        notes.append(tr("Ids of over {cell:,} characters are cut off in the XLSX.", cell=_CELL))
    return notes


def _tidy(table: pd.DataFrame) -> pd.DataFrame:
    """Return the customers as a spreadsheet shows them: dates without times, sensible digits."""
    days = {name: table[name].dt.strftime("%Y-%m-%d") for name in ("first", "last")}
    return table.round(_DIGITS).assign(**days)


def _parquet(rows: Any, path: Path) -> None:
    """Write one file in the order of the ids, which is the same from all engines."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    ordered = _with_text_ids(rows.order_by("customer_id"))
    schema = pa.schema([(name, _kind(kind)) for name, kind in ordered.schema().items()])
    with _written(ordered, path.parent) as batches, pq.ParquetWriter(path, schema) as writer:
        for batch in batches:
            writer.write_table(pa.Table.from_batches([batch]).cast(schema))


def _with_text_ids(rows: Any) -> Any:
    """Return ids as text: whole numbers without decimals, text as it is."""
    ids = rows["customer_id"]
    if ids.type().is_floating() and not one(rows, broken=(ids != ids.round()).sum())["broken"]:
        ids = ids.cast("int64")
    return rows.mutate(customer_id=ids.cast("string"))


def _kind(kind: Any) -> Any:
    """Return a column's type in the file, which is the same whatever the engine."""
    import pyarrow as pa

    if kind.is_temporal():
        return pa.timestamp("ms")
    if kind.is_integer():
        return pa.int64()
    return kind.to_pyarrow()


@contextmanager
def _written(rows: Any, folder: Path) -> Generator[Iterable[Any]]:
    """Have the engine write the rows, into one file or several, and give what it wrote in parts."""
    from pyarrow import dataset

    parts = folder / ".parts"
    if is_embedded(rows):
        parts.mkdir()
        rows.to_parquet(parts / "0.parquet")
    else:
        rows.to_parquet(parts.resolve().as_uri())
    files = sorted(parts.glob("*.parquet"))
    if not files:
        raise InputError(
            "Spark wrote the customers where this machine does not see them. Choose a folder with --out that "
            "all machines of the cluster share."
        )
    yield dataset.dataset(files).to_batches()
    rmtree(parts)


def _workbook(table: pd.DataFrame, path: Path) -> None:
    """Write one sheet, row by row: texts as texts, numbers as numbers, nothing that is computed."""
    import xlsxwriter  # type: ignore[import-untyped]
    from xlsxwriter.exceptions import FileCreateError  # type: ignore[import-untyped]

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(path, options | {"constant_memory": True, "tmpdir": str(path.parent)})
    # The same orders make the same file, so it is dated by them and not by the clock.
    book.set_properties({"created": datetime.fromisoformat(table["last"].max())})
    _fill(book, table)
    try:
        book.close()
    except FileCreateError as error:
        raise next(
            (cause for cause in error.args if isinstance(cause, OSError)), OSError(str(error))
        ) from error


def _fill(book: Any, table: pd.DataFrame) -> None:
    """Write the header, then every cell by its kind."""
    sheet = book.add_worksheet("customers")
    bold = book.add_format({"bold": True, "bottom": 1})
    for column, name in enumerate(table.columns):
        sheet.write_string(0, column, name, bold)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(1, len(table)), len(table.columns) - 1)
    sheet.set_column(0, len(table.columns) - 1, 12)
    texts = [not pd.api.types.is_numeric_dtype(kind) for kind in table.dtypes]
    cells = table.astype(object).where(table.notna(), None)
    for row, values in enumerate(cells.itertuples(index=False, name=None), start=1):
        for column, value in enumerate(values):
            if value is None:
                continue
            if isinstance(value, bool):
                sheet.write_boolean(row, column, value)
            elif texts[column] and isinstance(value, str):
                sheet.write_string(row, column, value[:_CELL])
            else:
                sheet.write_number(row, column, value)
