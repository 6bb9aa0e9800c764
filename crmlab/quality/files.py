"""An audit as files: a page, plain data, and the rows that were set aside."""

import codecs
import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmlab.quality.audit import Audit

_FORMULA = (
    r"^[=+\-@\t\r\n＝＋－＠]"  # what a spreadsheet would compute, also in the wide signs of Chinese input
)
_NUMBER = r"^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$"


def write(audit: "Audit", folder: Path, sensitivity: Any = None) -> list[Path]:
    """Write ``audit.html``, ``audit.json`` and ``set-aside.csv`` to a folder, and return their paths.

    Where anything fails, files of an earlier audit are as they were.
    """
    folder.mkdir(parents=True, exist_ok=True)
    content = audit.to_dict()
    if sensitivity is not None:
        content["sensitivity"] = json.loads(sensitivity.reset_index().to_json(orient="records"))
        content["matters_most"] = sensitivity.attrs["matters_most"]
    data = json.dumps(content, ensure_ascii=False, indent=2, default=str) + "\n"
    names = ("audit.html", "audit.json", "set-aside.csv")
    with TemporaryDirectory(prefix=".crmlab-", dir=folder) as made:
        page, plain, rows = (Path(made) / name for name in names)
        page.write_text(audit.to_html(sensitivity), encoding="utf-8")
        plain.write_text(data, encoding="utf-8")
        write_csv(audit.set_aside, rows)
        for path in (page, plain, rows):
            os.replace(path, folder / path.name)
    return [folder / name for name in names]


def write_csv(table: Any, path: Path) -> None:
    """Write a table as CSV in which no cell is a formula, marked so that Excel reads it as UTF-8."""
    from pyarrow import csv

    rows = neutral(table).to_pyarrow()
    with path.open("wb") as file:
        file.write(codecs.BOM_UTF8)
        csv.write_csv(rows, file, csv.WriteOptions(quoting_style="needed"))


def neutral(table: Any) -> Any:
    """Put an apostrophe before every text, and every name of a column, that a spreadsheet would compute.

    Examples
    --------
    >>> import ibis
    >>> table = ibis.memtable({"note": ["=1+1", "-5.00", "@home", "a-b"]})
    >>> neutral(table).to_pyarrow()["note"].to_pylist()
    ["'=1+1", '-5.00', "'@home", 'a-b']
    """
    import re

    import ibis

    columns = {}
    for name in table.columns:
        values = table[name]
        kind = values.type()
        if not (kind.is_numeric() or kind.is_boolean() or kind.is_date() or kind.is_timestamp()):
            values = values.cast("string")  # a list or a map has no place in a cell otherwise
        if values.type().is_string():
            is_formula = values.re_search(_FORMULA) & ~values.re_search(_NUMBER)
            values = ibis.ifelse(is_formula, ibis.literal("'") + values, values)
        columns["'" + name if re.search(_FORMULA, name) else name] = values
    return table.select(**columns)
