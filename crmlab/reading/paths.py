"""Which files a path names, and of which kind each is."""

import glob
import re
from pathlib import Path

from crmlab.errors import DataError, InputError, short

_TEXT = {".csv", ".tsv", ".tab", ".txt", ".psv", ".xls"}  # many a .xls is text in truth
_JSON = {".json", ".jsonl", ".ndjson"}
_MAGIC = {
    b"PAR1": "parquet",
    b"SQLite format 3\0": "sqlite",
    b"PK\x03\x04": "excel",
    b"\xd0\xcf\x11\xe0": "excel",
}
_KINDS = {".parquet": "parquet", ".xlsx": "excel", ".xlsm": "excel", ".xlsb": "excel", ".ods": "excel"}
_KINDS |= {".duckdb": "duckdb", ".sqlite": "sqlite", ".sqlite3": "sqlite", ".db": "sqlite"}
_KINDS |= dict.fromkeys(_TEXT, "text") | dict.fromkeys(_JSON, "json")
_WEB = re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype html|html|head|body|table|meta)\b", re.IGNORECASE)


def files(source: str | Path) -> list[Path]:
    """Return the files that a path, a folder or a pattern such as ``orders/*.csv`` names, in their order.

    A file that is reached in several ways, by a link or by a link to its folder, is there once.
    """
    written = str(source)
    if not written.strip():
        raise InputError("The path of the orders is empty. Give a file, a folder, or a pattern of files.")
    if "://" in written:
        raise InputError(f"{short(written)} is an address on the web. Download the file and give its path.")
    if not written.isprintable() and any("\ud800" <= sign <= "\udfff" for sign in written):
        raise InputError(f"The name {written!r} is no text in UTF-8. Give the file or folder another name.")
    path = Path(source)
    if path.is_file():
        return [path]
    if path.is_dir():
        found = [item for item in path.iterdir() if _kind_by_name(item) and item.is_file()]
    else:
        found = [Path(item) for item in glob.glob(str(path), recursive=True) if Path(item).is_file()]
    found = [item for item in found if not item.name.startswith((".", "~$"))]
    if not found:
        empty = "The folder holds no file of orders" if path.is_dir() else f"There is no file {path}"
        raise InputError(f"{empty} ({path.name}). Check the path and the working folder.")
    return sorted({item.resolve(): item for item in sorted(found, reverse=True)}.values())


def _kind_by_name(path: Path) -> str | None:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes[-1:] == [".gz"]:
        suffixes.pop()
    return _KINDS.get(suffixes[-1]) if suffixes else None


def kind(path: Path) -> str:
    """Return the kind of a file by its first bytes, else by its name."""
    with path.open("rb") as file:
        head = file.read(64)
    for magic, known in _MAGIC.items():
        if head.startswith(magic):
            return known
    if head[8:12] == b"DUCK":
        return "duckdb"
    if _WEB.match(head):
        raise DataError(f"{path.name} is a web page, not a table. Open it in Excel and save it as .xlsx.")
    named = _kind_by_name(path)
    if head.startswith(b"\x1f\x8b") and (path.suffix.lower() != ".gz" or named not in ("text", "json")):
        raise InputError(f"{path.name} is packed with gzip. Unpack it, or name packed text .csv.gz.")
    if named is None:
        raise InputError(
            f"{path.name} is no .csv or .parquet file, and no other kind that is read: .tsv, .txt, .xlsx, "
            ".xls, .jsonl, .duckdb, .sqlite. Save your orders as one: CSV, UTF-8."
        )
    return named
