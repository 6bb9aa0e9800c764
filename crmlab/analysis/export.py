"""The files of orders and of customers, safe to open in a spreadsheet."""

from pathlib import Path
from typing import Any

import pandas as pd

_DANGER = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_ROWS = 1_048_575  # of a sheet, below its header
_CELL = 32_767  # characters that a cell holds
_DIGITS = {"profit": 6, "p_alive": 4, "expected_purchases": 4, "expected_spend": 4, "clv": 4}
_DIGITS |= {"recency": 4, "T": 4, "since_last": 4, "monetary_value": 4}


def neutral(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: an apostrophe goes before what could be one.

    Examples
    --------
    >>> neutral("=1+1"), neutral("-5"), neutral("Ann")
    ("'=1+1", "'-5", 'Ann')
    """
    return f"'{text}" if text.startswith(_DANGER) else text


def ids_as_text(ids: pd.Index) -> pd.Index:
    """Return ids as text: whole numbers without decimals, text as it is.

    Examples
    --------
    >>> [*ids_as_text(pd.Index([7.0, 12345678901234567.0]))], [*ids_as_text(pd.Index(["007"]))]
    (['7', '12345678901234568'], ['007'])
    """
    if pd.api.types.is_float_dtype(ids.dtype) and (ids == ids.round()).all():
        ids = ids.astype("int64")
    return pd.Index(ids.astype(str), name=ids.name)


def tidy(customers: pd.DataFrame) -> pd.DataFrame:
    """Return the customer table as it is written: ids as text, dates without times, sensible digits."""
    table = customers.set_axis(ids_as_text(customers.index), axis=0).round(_DIGITS)
    for name in ("first", "last"):
        table[name] = table[name].dt.strftime("%Y-%m-%d")
    for name in ("stage", "tier", "segment"):
        table[name] = table[name].astype(object).where(table[name].notna(), None)
    return table.reset_index()


def write_customers(customers: pd.DataFrame, folder: Path) -> list[str]:
    """Write the customer table as Parquet, CSV and XLSX; return what the reader should know about them."""
    _parquet(customers, folder / "customers.parquet")
    table = tidy(customers)
    table["customer_id"] = table["customer_id"].map(neutral)
    table.to_csv(folder / "customers.csv", index=False, encoding="utf-8-sig", lineterminator="\r\n")
    if len(table) > _ROWS:
        return [f"A sheet holds {_ROWS:,} customers, so there is no customers.xlsx; use one of the others."]
    _workbook(table, folder / "customers.xlsx")
    notes = []
    if table["customer_id"].str.startswith("'").any():
        notes.append(
            "Ids that a spreadsheet would take for formulas carry an apostrophe in the CSV and XLSX; the "
            "Parquet file has them as they are."
        )
    if (table["customer_id"].str.len() > _CELL).any():
        notes.append(f"Ids of over {_CELL:,} characters are cut off in the XLSX.")
    return notes


def _parquet(customers: pd.DataFrame, path: Path) -> None:
    table = customers.set_axis(ids_as_text(customers.index), axis=0)
    for name in ("R", "F", "M"):
        table[name] = table[name].astype("Int64")
    for name in ("stage", "tier", "segment"):
        table[name] = table[name].astype("string")
    table.reset_index().to_parquet(path, index=False)


def _workbook(table: pd.DataFrame, path: Path) -> None:
    """Write one sheet, row by row: texts as texts, numbers as numbers, nothing that is computed."""
    import xlsxwriter  # type: ignore[import-untyped]
    from xlsxwriter.exceptions import FileCreateError  # type: ignore[import-untyped]

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(path, options | {"constant_memory": True, "tmpdir": str(path.parent)})
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


def write_transactions(rows: Any, path: Path) -> None:
    """Write the audited orders."""
    import pyarrow.parquet as pq

    pq.write_table(rows.to_pyarrow(), path)
