"""Submissions as they come: notebooks in folders and zips, some of them broken, some of them hostile."""

import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any

from crmlab.course.exercises.base import ANSWER_MIME
from crmlab.errors import InputError, short
from crmlab.language import ntr, tr

MOST_BYTES = 30_000_000
"""A notebook of ours has under one million; a picture or two more do not matter."""
MOST_UNPACKED = 200_000_000
MOST_ENTRIES = 2_000
MOST_RECORDS = 10_000
_BROKEN = (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError, zlib.error)
_JUNK = {"__MACOSX", ".ipynb_checkpoints", ".git", "__pycache__"}
_BESIDE = {
    *("README.md", "workspace.json", ".crmlab.json", "case.yaml"),
    *("orders.csv", "contacts.csv", "attributes.csv"),
    *(".DS_Store", "Thumbs.db", "desktop.ini"),
}
"""Files that a workspace or an operating system puts beside notebooks: nobody handed them in."""
_PACKED = (".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz")


def plain(text: str) -> str:
    r"""Return a text of somebody else that can be written and shown: no halves of signs, no escape codes.

    Examples
    --------
    >>> plain("a\udcffb\x1b[31m")
    'a?b?[31m'
    """
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(sign if sign.isprintable() or sign in "\n\t" else "?" for sign in whole)


def _clean(value: Any) -> Any:
    """Return JSON whose texts can all be written."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {plain(key): _clean(item) for key, item in value.items()}
    return value


@dataclass(frozen=True)
class Submission:
    """One file that was handed in: what it says of itself, its answers, and what is wrong with it.

    Attributes
    ----------
    place : str
        Where it lies, seen from the folder of submissions.
    lesson, workspace, term : str
        What the notebook says of itself; empty where it says nothing.
    handed_in, time_from
        When it was handed in, and by what that is known.
    records : tuple of dict
        The answers, in the order of the notebook.
    problem : str
        Why it cannot be graded; empty where it can.
    note : str
        What was odd about it, though it can be graded.
    """

    place: str
    lesson: str = ""
    workspace: str = ""
    term: str = ""
    records: tuple[dict[str, Any], ...] = ()
    problem: str = ""
    note: str = ""
    handed_in: datetime | None = None
    time_from: str = ""

    @property
    def workspaces(self) -> set[str]:
        """The workspaces that its answers were recorded in."""
        return {str(record.get("workspace") or "") for record in self.records} - {""}


def read(path: Path) -> Iterator[Submission]:
    """Yield the submissions in a folder or a zip. What cannot be read is yielded with its problem.

    Nothing is executed, nothing is written, and no link is followed.

    Raises
    ------
    InputError
        There is no such folder or zip.
    """
    if path.is_file():
        yield from _file(path, path.name)
    elif path.is_dir():
        for file in sorted(path.rglob("*")):
            place = file.relative_to(path).as_posix()
            if _is_beside(place):
                continue
            if file.is_symlink():
                yield Submission(plain(place), problem=tr("it is a link, which is not followed"))
            elif file.is_file():
                yield from _file(file, place)
    else:
        raise InputError(f"There is no folder of submissions {path}. Check the path and the working folder.")


def _is_beside(place: str) -> bool:
    """Whether a file only lies beside what was handed in."""
    parts = PurePosixPath(place).parts
    name = parts[-1] if parts else ""
    ours = name in _BESIDE or name.startswith("._") or name.endswith(".new.ipynb")
    return ours or bool(re.search(r"\.mine(?:-?\d+)?\.\w+$", name) or _JUNK & set(parts))


def _file(path: Path, place: str) -> Iterator[Submission]:
    try:
        about = path.stat()
        if about.st_size > MOST_UNPACKED:
            yield Submission(place, problem=_too_large(about.st_size))
            return
        content = path.read_bytes()
    except OSError as error:
        yield Submission(place, problem=tr("it cannot be read: {why}", why=error.strerror))
        return
    for item in _content(content, plain(place), 0, _Left(MOST_UNPACKED)):
        if item.handed_in is None:
            item = replace(item, handed_in=datetime.fromtimestamp(about.st_mtime), time_from=tr("the file"))
        yield item


@dataclass
class _Left:
    """How many bytes may still be unpacked from what was handed in, and from the zips in it."""

    bytes: int


def _content(content: bytes, place: str, depth: int, left: _Left) -> Iterator[Submission]:
    """Yield what a file holds; whatever happens on the way is the problem of that file alone."""
    try:
        yield from _opened(content, place, depth, left)
    except Exception as error:  # forged files fail in more ways than the libraries name
        problem = tr("it cannot be read ({error}): save and hand it in again", error=type(error).__name__)
        yield Submission(place, problem=problem)


def _opened(content: bytes, place: str, depth: int, left: _Left) -> Iterator[Submission]:
    suffix = PurePosixPath(place).suffix.lower()
    if suffix == ".zip" and depth < 2:
        yield from _archive(content, place, depth, left)
    elif suffix == ".zip":
        yield Submission(place, problem=tr("it is a zip in a zip in a zip, which is not opened"))
    elif suffix == ".ipynb":
        yield notebook(content, place)
    elif suffix in (".json", ".txt", "") and (found := notebook(content, place)) and found.records:
        yield replace(found, note=tr("it was read as a notebook, which its name does not say"))
    elif suffix in _PACKED:
        problem = tr("it is packed in a way that is not opened: hand in a {zip}, or notebooks", zip=".zip")
        yield Submission(place, problem=problem)
    else:
        yield Submission(place, problem=_no_notebook(suffix))


def _no_notebook(suffix: str) -> str:
    said = {"suffix": suffix, "ending": ".ipynb"}
    if suffix:
        return tr("it is a {suffix}, and answers are read from notebooks: hand in the {ending}", **said)
    return tr(
        "it is a file without an ending, and answers are read from notebooks: hand in the {ending}", **said
    )


def _archive(content: bytes, place: str, depth: int, left: _Left) -> Iterator[Submission]:
    try:
        archive = zipfile.ZipFile(BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        yield Submission(place, problem=tr("it is no zip that can be opened: hand it in again"))
        return
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        problem = ntr(
            "it unpacks to {n:,} file or too many bytes; not opened",
            "it unpacks to {n:,} files or too many bytes; not opened",
            len(entries),
        )
        yield Submission(place, problem=problem)
        return
    found = False
    for entry in entries:
        name = plain(_name(entry))
        inner, parts = f"{place}/{name}", PurePosixPath(name.replace("\\", "/")).parts
        if _is_beside(name.replace("\\", "/")):
            continue
        if ".." in parts or name.startswith(("/", "\\")) or ":" in name[:3]:
            yield Submission(short(inner, 200), problem=tr("its path climbs out of the zip; not opened"))
            continue
        found = True
        try:
            with archive.open(entry) as stream:
                unpacked = stream.read(left.bytes + 1)  # what the zip says of sizes may be a lie
        except _BROKEN as error:
            if entry.flag_bits & 1:
                problem = tr("it is encrypted: hand it in again")
            else:
                problem = tr("the zip is broken here ({error}): hand it in again", error=error)
            yield Submission(inner, problem=problem)
            continue
        left.bytes -= len(unpacked)
        if left.bytes < 0:
            problem = tr("the zip unpacks to too many bytes; the rest is not opened")
            yield Submission(inner, problem=problem)
            return
        when = _time(entry)
        for item in _content(unpacked, inner, depth + 1, left):
            dated = when and not item.handed_in
            yield replace(item, handed_in=when, time_from=tr("the zip")) if dated else item
    if not found:
        yield Submission(place, problem=tr("there is no notebook in it"))


def _time(entry: zipfile.ZipInfo) -> datetime | None:
    """Return when a file was put into a zip; workspaces' own files have no time."""
    with suppress(ValueError):
        return datetime(*entry.date_time) if entry.date_time[0] > 1980 else None
    return None


def _name(entry: zipfile.ZipInfo) -> str:
    """Return the name of a file in a zip; Windows writes Chinese ones in an encoding of its own."""
    if not entry.flag_bits & 0x800:  # its name is not marked as UTF-8
        for encoding in ("utf-8", "gb18030"):
            with suppress(UnicodeError):
                return entry.filename.encode("cp437").decode(encoding)
    return entry.filename


def notebook(content: bytes, place: str) -> Submission:
    """Return a notebook as a submission."""
    if len(content) > MOST_BYTES:
        return Submission(place, problem=_too_large(len(content)))
    if not content.strip():
        return Submission(place, problem=tr("it is empty"))
    if b"<<<<<<< " in content and b">>>>>>> " in content:
        merged = tr("two versions were merged into it and not sorted out: hand in one")
        return Submission(place, problem=merged)
    try:
        parsed = json.loads(content)
    except (ValueError, RecursionError, UnicodeDecodeError):
        unread = tr("it is no notebook that can be read: save it in Jupyter again")
        return Submission(place, problem=unread)
    if not isinstance(parsed, dict) or not isinstance(parsed.get("cells"), list):
        return Submission(place, problem=tr("it is no notebook: it has no cells"))
    metadata = parsed.get("metadata")
    about = metadata.get("crmlab") if isinstance(metadata, dict) else None
    about = about if isinstance(about, dict) else {}
    lesson, workspace, term = (_text(about.get(name)) for name in ("lesson", "workspace", "term"))
    lesson = lesson or _lesson(parsed["cells"])
    records = tuple(_records(parsed["cells"]))
    if len(records) > MOST_RECORDS:
        many = ntr(
            "it holds {n:,} answer, which nobody gave",
            "it holds {n:,} answers, which nobody gave",
            len(records),
        )
        return Submission(place, lesson, workspace, term, (), many)
    return Submission(place, lesson, workspace, term, records)


def _lesson(cells: list[Any]) -> str:
    """Return the lesson whose exercises a notebook asks: some programs drop what it says of itself."""
    for cell in cells:
        source = cell.get("source") if isinstance(cell, dict) else None
        text = "".join(map(str, source)) if isinstance(source, list) else str(source)
        if found := re.search(r'lesson\.ask\(\s*["\'](\w{1,200})["\']', text):
            return found[1]
    return ""


def _records(cells: list[Any]) -> Iterator[dict[str, Any]]:
    for cell in cells:
        outputs = cell.get("outputs") if isinstance(cell, dict) else None
        for output in outputs if isinstance(outputs, list) else ():
            data = output.get("data") if isinstance(output, dict) else None
            record = data.get(ANSWER_MIME) if isinstance(data, dict) else None
            if isinstance(record, dict) and isinstance(record.get("exercise"), str):
                yield _clean(record)


def _text(value: Any) -> str:
    return plain(value) if isinstance(value, str) and len(value) <= 200 else ""


def _too_large(size: int) -> str:
    return ntr(
        "it has {n:,} byte, far more than a lesson: hand it in without what you added",
        "it has {n:,} bytes, far more than a lesson: hand it in without what you added",
        size,
    )
