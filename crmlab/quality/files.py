"""An audit as files: a page, plain data, and the rows that were set aside."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlab.spreadsheets import BOM, guarded_table

if TYPE_CHECKING:
    from crmlab.quality.audit import Audit


def write(audit: "Audit", folder: Path, sensitivity: Any = None) -> list[Path]:
    """Write ``audit.html``, ``audit.json`` and ``set-aside.csv`` to a folder, and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    content = audit.to_dict()
    if sensitivity is not None:
        content["sensitivity"] = json.loads(sensitivity.reset_index().to_json(orient="records"))
        content["matters_most"] = sensitivity.attrs["matters_most"]
    paths = [folder / name for name in ("audit.html", "audit.json", "set-aside.csv")]
    paths[0].write_text(audit.to_html(sensitivity), encoding="utf-8")
    paths[1].write_text(
        json.dumps(content, ensure_ascii=False, indent=2, default=str) + "\n", encoding="utf-8"
    )
    write_csv(audit.set_aside, paths[2])
    return paths


def write_csv(table: Any, path: Path) -> None:
    """Write a table as CSV in which no cell is a formula, marked so that Excel reads it as UTF-8."""
    from pyarrow import csv

    rows = guarded_table(table).to_pyarrow()
    with path.open("wb") as file:
        file.write(BOM.encode())
        csv.write_csv(rows, file, csv.WriteOptions(quoting_style="needed"))
