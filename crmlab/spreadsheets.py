"""What a spreadsheet opens: texts that it does not take for formulas, and CSV in which it sees every sign."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

BOM = "\ufeff"
"""Mark at the beginning of a CSV file, without which Excel takes UTF-8 for the encoding of the machine."""

# What Excel, LibreOffice or a Chinese input method begins a formula with, also behind spaces and quotes. The
# engine knows no class of all spaces, so they are written out.
_FORMULA = "^[ \u00a0\u2000-\u200f\u202f\u205f\u2060\u3000\ufeff'\"]*[\\x00-\\x1f=+\\-@＝＋－＠]"
_NUMBER = r"^ *[+-]?(?:\d[\d.,]*|[.,]\d+)(?:[eE][+-]?\d+)? *$"


def guarded(value: Any) -> Any:
    """Return a cell that no spreadsheet computes: an apostrophe goes before a text that could be a formula.

    Numbers stay as they are, also where they are texts, and texts that differ stay different.

    Examples
    --------
    >>> [guarded(cell) for cell in ("=1+1", " ＠here", "-5,00", "Ann", -5)]
    ["'=1+1", "' ＠here", '-5,00', 'Ann', -5]
    """
    return f"'{value}" if isinstance(value, str) and _is_formula(value) else value


def _is_formula(text: str) -> bool:
    return bool(re.search(_FORMULA, text)) and not re.search(_NUMBER, text, re.ASCII)


def guarded_table(table: Any) -> Any:
    """Return an Ibis table of DuckDB in which no text, and no name of a column, is a formula.

    Examples
    --------
    >>> import ibis
    >>> table = ibis.memtable({"note": ["=1+1", "-5.00", "a-b"]})
    >>> guarded_table(table).to_pyarrow()["note"].to_pylist()
    ["'=1+1", '-5.00', 'a-b']
    """
    import ibis

    columns = {}
    for name in table.columns:
        values = table[name]
        if values.type().is_string():
            is_formula = values.re_search(_FORMULA) & ~values.re_search(_NUMBER)
            values = ibis.ifelse(is_formula, ibis.literal("'") + values, values)
        columns[guarded(name)] = values
    return table.select(**columns)


def csv_text(rows: Iterable[Sequence[Any]]) -> str:
    r"""Return rows as CSV for people who open it in a spreadsheet.

    Examples
    --------
    >>> csv_text([["who", "note"], ["Zoë", "=1+1"]])
    "\ufeffwho,note\r\nZoë,'=1+1\r\n"
    """
    buffer = io.StringIO()
    csv.writer(buffer).writerows([guarded(cell) for cell in row] for row in rows)
    return BOM + buffer.getvalue()
