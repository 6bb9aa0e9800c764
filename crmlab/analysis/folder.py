"""The folder of an analysis: built beside its place, and moved there whole or not at all."""

import json
import re
import shutil
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from uuid import uuid4

from crmlab import __version__, locks, resources
from crmlab.errors import InputError, some

MARKER = ".crmlab-analysis.json"
_LEFT = re.compile(r"\.crmlab-[0-9a-f]{12}-(?:new|spill)")
_PASSING = (".DS_Store", "Thumbs.db", "desktop.ini")  # what systems leave in any folder


@contextmanager
def building(out: Path, *, force: bool = False, sources: Iterable[Path] = ()) -> Generator[Path]:
    """Give a folder to build in, which becomes `out` at the end; where anything fails, `out` is as it was.

    Parameters
    ----------
    out : Path
        The folder of the results.
    force : bool
        Replace the results of an earlier analysis.
    sources : iterable of Path
        Files that are read and must not lie in the folder that is replaced.

    Raises
    ------
    InputError
        The folder holds what no analysis made, or may not be replaced.
    OSError
        The disk is full, or the folder cannot be written.
    """
    out = out.resolve()
    check(out, force=force, sources=sources)
    with _owned(out, "new") as (work, marker):
        yield work
        _sign(work, marker)
        check(out, force=force, sources=sources)  # it may have been filled in the meantime
        if sys.platform == "win32":
            marker.close()  # Windows moves no folder in which a file is open
        _move(work, out)


@contextmanager
def spilling(out: Path, force: bool) -> Generator[Path]:
    """Give a folder beside `out` for what an engine does not keep in memory; it is removed at the end."""
    out = out.resolve()
    check(out, force=force)
    with _owned(out, "spill") as (place, _):
        yield place


@contextmanager
def _owned(out: Path, what: str) -> Generator[tuple[Path, IO[str]]]:
    """Give a folder beside `out` and the marker in it, which is locked as long as this process lives."""
    place = _beside(out, what)
    place.mkdir(parents=True)
    try:
        with (place / MARKER).open("w", encoding="utf-8") as marker:
            locks.take(marker)
            yield place, marker
    finally:
        shutil.rmtree(place, ignore_errors=True)


def sweep(out: Path) -> int:
    """Remove the folders beside `out` whose process was killed before it could; return how many there were.

    They hold customers, so they must not stay. The folder of a process that lives is locked.
    """
    dead = [place for place in out.resolve().parent.glob(".crmlab-*") if _is_dead(place)]
    for place in dead:
        shutil.rmtree(place, ignore_errors=True)
    return len(dead)


def _is_dead(place: Path) -> bool:
    if not _LEFT.fullmatch(place.name):
        return False
    try:
        with (place / MARKER).open("r+", encoding="utf-8") as marker:
            return locks.take(marker)
    except OSError:  # it has been moved or removed in this moment, or is not ours
        return False


def check(out: Path, *, force: bool, sources: Iterable[Path] = ()) -> None:
    """Raise InputError where the folder of the results must not be written."""
    out = out.resolve()
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file. Choose another folder with --out.")
    if Path.cwd().is_relative_to(out):
        raise InputError(
            f"{out} holds the working folder, so it cannot be replaced. Choose a folder inside it with --out."
        )
    for source in sources:
        if source.resolve().is_relative_to(out):
            raise InputError(
                f"{source.name} lies in {out.name}, the folder of the results. Keep it somewhere else."
            )
    if not out.is_dir() or not any(out.iterdir()):
        return
    if not (out / MARKER).is_file():
        raise InputError(f"{out} is not empty and no analysis made it. Choose another folder with --out.")
    if not force:
        raise InputError(
            f"{out} holds an earlier analysis. Replace it with --force, or choose another folder with --out."
        )
    if own := _own(out):
        raise InputError(
            f"{out} holds what you made or changed there: {some(own)}. Move it elsewhere first: --force "
            "replaces only what an analysis made."
        )


def _own(out: Path) -> list[str]:
    """Return the files that no analysis wrote, or that were changed since."""
    try:
        written = json.loads((out / MARKER).read_text(encoding="utf-8"))["files"]
    except (ValueError, KeyError, TypeError):
        written = {}
    return [name for name, path in _files(out).items() if written.get(name) != resources.sha256(path)]


def _files(folder: Path) -> dict[str, Path]:
    """Return the files of a folder by their place in it, but what systems and editors leave behind."""
    found = {}
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        passing = path.name in _PASSING or path.name.startswith("~$") or ".ipynb_checkpoints" in place.parts
        if path.is_file() and not passing and place.as_posix() != MARKER:
            found[place.as_posix()] = path
    return found


def _sign(work: Path, marker: IO[str]) -> None:
    """Leave a marker that says what the analysis wrote."""
    written = {name: resources.sha256(path) for name, path in _files(work).items()}
    content = json.dumps({"crmlab": __version__, "files": written}, indent=1)
    marker.write(content + "\n")
    marker.flush()


def _move(work: Path, out: Path) -> None:
    """Put the new folder in its place; where that fails, put the old one back."""
    if not out.exists():
        work.rename(out)
        return
    old = _beside(out, "old")
    out.rename(old)
    try:
        work.rename(out)
    except BaseException:
        old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _beside(out: Path, what: str) -> Path:
    return out.parent / f".crmlab-{uuid4().hex[:12]}-{what}"
