"""A folder of the reader's own, in which lessons can be changed without fear of losing the changes.

There are two kinds. An analyst's or a reader's workspace has the course's own lessons, by part. A student's
has the lessons that were handed out, each in a folder with its data, and a file that says whose it is.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from crmlab.course import catalog, handout
from crmlab.course.files import joined, read_json, write
from crmlab.errors import InputError

MANIFEST = ".crmlab.json"


@dataclass
class Started:
    """What was done with each file, as paths within the workspace."""

    written: list[str] = field(default_factory=list)
    """New here, or renewed because the reader had not changed it."""
    beside: list[str] = field(default_factory=list)
    """New versions put beside notebooks that the reader had changed."""
    kept: list[str] = field(default_factory=list)
    """Notebooks that the reader had changed, left as they are."""
    aside: dict[str, str] = field(default_factory=dict)
    """Other files that the reader had changed, to the places where these versions are kept."""

    @property
    def outdated(self) -> list[str]:
        """Notebooks that were kept although the data beside them are new."""
        renewed = {PurePosixPath(place).parent for place in self.written if not _is_notebook(place)}
        return [place for place in self.kept if PurePosixPath(place).parent in renewed]


def find(folder: Path | None = None) -> Path | None:
    """Return the workspace that a folder lies in; by default the working folder. None where it is in none."""
    here = (folder or Path()).resolve()
    return next((place for place in (here, *here.parents) if _is_workspace(place)), None)


def pseudonym(folder: Path) -> str:
    """Return the name of a workspace that was handed out; of any other folder, nothing."""
    found = handout.find(folder)
    return found.pseudonym if found and found.folder == folder.resolve() else ""


def lessons(folder: Path) -> dict[str, catalog.Lesson]:
    """Return the lessons that a workspace has, by name: those of the course, or those handed out."""
    places = [folder / lesson.part / lesson.path.name for lesson in catalog.lessons().values()]
    if pseudonym(folder):
        places = [path for path in sorted(folder.glob("[!.]*/*.ipynb")) if path.stem == path.parent.name]
    return {path.stem: catalog.Lesson(path) for path in places if path.is_file()}


def case_beside(lesson: catalog.Lesson) -> Path | None:
    """Return the case file that a lesson was handed out with; None where it opens any other case."""
    if "case" not in lesson.parameters:
        return None
    path = lesson.path.parent / str(lesson.parameters["case"].default)
    return path if path.suffix in {".yaml", ".yml"} and path.is_file() else None


def start(folder: Path) -> Started:
    """Copy the course's lessons to a workspace; a lesson that the reader changed is never overwritten.

    A manifest in the workspace keeps the hash of each lesson as it was written, which tells a changed one
    from an unchanged one; to run a lesson does not change it. The new version of a changed lesson comes
    once, as ``NAME.new.ipynb`` beside it.

    Raises
    ------
    InputError
        The folder is a workspace that was handed out.
    """
    if _is_handed_out(folder):
        raise InputError(
            f"{folder} is a workspace that was handed out for a course, with lessons of its own. Choose "
            "another folder, or renew it with --from and the zip that you were given."
        )
    course = {f"{lesson.part}/{lesson.path.name}": lesson.path for lesson in catalog.lessons().values()}
    return _renew(folder, {place: path.read_bytes() for place, path in course.items()})


def unpack(archive: Path, folder: Path) -> Started:
    """Unpack a student's workspace from its zip, or renew it from a later one; no work is lost.

    Notebooks go as in `start`. What lies beside them, such as data, must be as it was handed out: where the
    reader changed such a file, that version is kept under another name.

    Raises
    ------
    InputError
        The zip is no workspace, or not to be trusted; the folder is a workspace of another kind, or another
        student's. Nothing is written then.
    """
    given = handout.read(archive)
    present = pseudonym(folder)
    if present and present != given.name:
        raise InputError(
            f"{archive.name} is the workspace {given.name}, and {folder} is the workspace {present}. "
            "Unpack it to another folder."
        )
    if _is_workspace(folder) and not _is_handed_out(folder):
        raise InputError(
            f"{folder} has the course's own lessons already. Unpack {archive.name} to another folder."
        )
    return _renew(folder, given.files)


def _is_workspace(folder: Path) -> bool:
    return (folder / MANIFEST).is_file() or bool(pseudonym(folder))


def _is_handed_out(folder: Path) -> bool:
    """Whether a workspace was handed out, even where the file that says so was lost since."""
    return bool(pseudonym(folder)) or handout.FILE in read_json(folder / MANIFEST)


def _is_notebook(place: str) -> bool:
    return place.endswith(".ipynb")


def manifest(files: Mapping[str, bytes]) -> bytes:
    """Return the manifest of files: in a zip, it lets also what was unpacked by hand be renewed."""
    return _dumped({place: _digest(content) for place, content in files.items()})


def _dumped(digests: Mapping[str, str]) -> bytes:
    return (json.dumps(digests, indent=1, sort_keys=True) + "\n").encode()


def _renew(folder: Path, files: Mapping[str, bytes]) -> Started:
    """Write files to a workspace, but over nothing that the reader changed."""
    noted: dict[str, str] = read_json(folder / MANIFEST)
    done = Started()
    for place, content in files.items():
        if not _is_notebook(place) and _is_changed(folder, place, content, noted):
            done.aside[place] = _put_aside(folder, place)
        if _put(folder, place, content, noted):
            done.written.append(place)
        elif _hash(folder / place) != noted.get(place):
            done.kept.append(place)
            beside = f"{place.removesuffix('.ipynb')}.new.ipynb"
            offered = _digest(content) in (noted.get(place), noted.get(beside))
            if not offered:
                renewed = _put(folder, beside, content, noted)
                (done.beside if renewed else done.kept).append(beside)
    write(folder / MANIFEST, _dumped(noted))
    return done


def _put(folder: Path, place: str, content: bytes, noted: dict[str, str]) -> bool:
    """Write a file and note its hash; not where the reader changed it. Return whether anything was new."""
    if _is_changed(folder, place, content, noted):
        return False
    noted[place] = _digest(content)
    if _hash(folder / place) == noted[place]:
        return False
    write(folder / place, content)
    return True


def _is_changed(folder: Path, place: str, content: bytes, noted: Mapping[str, str]) -> bool:
    """Whether a file is there that is neither as it was written nor as it would be written now."""
    return _hash(folder / place) not in (None, noted.get(place), _digest(content))


def _put_aside(folder: Path, place: str) -> str:
    """Give a file another name beside it; return that place."""
    path, number = folder / place, 1
    new = path.with_name(f"{path.stem}.mine{path.suffix}")
    while new.exists():
        number += 1
        new = path.with_name(f"{path.stem}.mine-{number}{path.suffix}")
    path.rename(new)
    return new.relative_to(folder).as_posix()


def _hash(path: Path) -> str | None:
    return _digest(path.read_bytes()) if path.is_file() else None


def _digest(content: bytes) -> str:
    """Return the SHA-256 of what a reader writes in a notebook: its cells, without outputs and metadata.

    Blank cells do not count: Jupyter adds one when the last cell is run.
    """
    try:
        cells = [(cell, joined(cell["source"])) for cell in json.loads(content)["cells"]]
        written = [(cell["cell_type"], text, cell.get("attachments")) for cell, text in cells if text.strip()]
        content = json.dumps(written, sort_keys=True).encode()
    except (ValueError, KeyError, TypeError):
        pass  # no notebook: every byte counts
    return hashlib.sha256(content).hexdigest()
