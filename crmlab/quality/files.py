"""An audit as files: a page, plain data, and the rows that were set aside."""

import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from crmlab.quality import report
from crmlab.quality.outcome import Outcome
from crmlab.spreadsheets import BOM, guarded_table

if TYPE_CHECKING:
    import ibis


def write(audit: Outcome, folder: Path, sensitivity: Any = None) -> list[Path]:
    """Write ``audit.html``, ``audit.json`` and ``set-aside.csv`` to a folder, and return their paths.

    Where anything fails, files of an earlier audit are as they were.
    """
    folder.mkdir(parents=True, exist_ok=True)
    content = report.data(audit)
    if sensitivity is not None:
        content["sensitivity"] = json.loads(sensitivity.reset_index().to_json(orient="records"))
        content["matters_most"] = sensitivity.attrs["matters_most"]
    data = json.dumps(content, ensure_ascii=False, indent=2, default=str) + "\n"
    names = ("audit.html", "audit.json", "set-aside.csv")
    with TemporaryDirectory(prefix=".crmlab-", dir=folder) as made:
        page, plain, rows = (Path(made) / name for name in names)
        page.write_text(report.page(audit, sensitivity), encoding="utf-8")
        plain.write_text(data, encoding="utf-8")
        write_csv(audit.set_aside, rows)
        for path in (page, plain, rows):
            os.replace(path, folder / path.name)
    return [folder / name for name in names]


def write_csv(table: "ibis.Table", path: Path) -> None:
    """Write a table as CSV in which no cell is a formula, marked so that Excel reads it as UTF-8."""
    from pyarrow import csv

    rows = guarded_table(table).to_pyarrow()
    with path.open("wb") as file:
        file.write(BOM.encode())
        csv.write_csv(rows, file, csv.WriteOptions(quoting_style="needed"))
