"""A student's workspace as it is handed out: whose it is, and its zip, of which nothing is trusted."""

import json
import re
import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from crmlab.course.files import read_json
from crmlab.errors import InputError, short

FILE = "workspace.json"
"""The file at the root of a workspace that says whose it is, by a pseudonym."""
MOST_FILES = 2_000
MOST_BYTES = 300_000_000
"""A workspace of twelve lessons on 1,500 customers each has about two million."""
_NAME = re.compile(r"\w(?:[\w.-]*[\w-])?")
_WHAT_TO_DO = "Get the zip again from whoever handed it out."


@dataclass(frozen=True)
class Owner:
    """Whose a workspace is.

    Attributes
    ----------
    folder : Path
        Root of the workspace.
    pseudonym, term : str
        The name that it goes by, and the term that it belongs to.
    """

    folder: Path
    pseudonym: str
    term: str


def find(*folders: Path) -> Owner | None:
    """Return the owner of the workspace that one of the folders lies in; None where none does."""
    for folder in folders:
        for place in (folder.resolve(), *folder.resolve().parents):
            about = read_json(place / FILE)
            if isinstance(about, dict) and isinstance(about.get("workspace"), str):
                return Owner(place, about["workspace"], str(about.get("term", "")))
    return None


def dumped(pseudonym: str, term: str) -> str:
    """Return the file that says whose a workspace is."""
    return json.dumps({"term": term, "workspace": pseudonym}, indent=1) + "\n"


@dataclass(frozen=True)
class Handout:
    """What a zip brings.

    Attributes
    ----------
    name : str
        The workspace's pseudonym.
    files : dict of str to bytes
        Contents by their place in the workspace.
    """

    name: str
    files: dict[str, bytes]


def read(path: Path) -> Handout:
    """Read the zip of a workspace whole; nothing is written.

    Raises
    ------
    InputError
        There is no such zip; it is broken or encrypted; it holds no workspace, or several; one of its files
        is a link or would leave the workspace; it unpacks to more than any workspace has.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _is_junk(entry)]
            _refuse_dangers(entries, path.name)
            root, name = _workspace(archive, entries, path.name)
            found = {entry.filename: entry for entry in entries}
            inside = [place for place in found if place.startswith(root)]
            return Handout(name, {place.removeprefix(root): archive.read(found[place]) for place in inside})
    except FileNotFoundError as error:
        raise InputError(f"There is no zip {path}. Check the path and the working folder.") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
        raise InputError(f"{path.name} cannot be unpacked: {error}. {_WHAT_TO_DO}") from error


def _is_junk(entry: zipfile.ZipInfo) -> bool:
    """Whether an entry was added by whoever packed the files again, such as a Mac, or is hidden."""
    parts = PurePosixPath(entry.filename).parts
    return "__MACOSX" in parts or any(re.match(r"\.\w", part) for part in parts)


def _refuse_dangers(entries: list[zipfile.ZipInfo], where: str) -> None:
    for entry in entries:
        if stat.S_ISLNK(entry.external_attr >> 16):
            _refuse(where, f"'{short(entry.filename)}' in it is a link to somewhere else")
        if not all(_NAME.fullmatch(part) for part in entry.filename.split("/")):
            _refuse(where, f"the path '{short(entry.filename)}' in it is none of a workspace's")
    size = sum(entry.file_size for entry in entries)  # no entry gives more bytes than it says it has
    if len(entries) > MOST_FILES or size > MOST_BYTES:
        _refuse(
            where, f"it unpacks to {len(entries):,} files of {size / 1e6:,.0f} MB, more than any workspace"
        )
    places = [entry.filename.casefold() for entry in entries]
    if twice := [entry.filename for entry in entries if places.count(entry.filename.casefold()) > 1]:
        _refuse(where, f"the file '{short(twice[0])}' stands in it twice")


def _refuse(where: str, why: str) -> None:
    raise InputError(f"{where} was not unpacked, for {why}. {_WHAT_TO_DO}")


def _workspace(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], where: str) -> tuple[str, str]:
    """Return the folder of the one workspace in a zip, with its last slash, and its pseudonym."""
    found = [entry for entry in entries if PurePosixPath(entry.filename).name == FILE]
    if len(found) != 1:
        how_many = "no workspace" if not found else f"{len(found)} workspaces"
        _refuse(where, f"it holds {how_many}: one has one file {FILE}, beside its lessons")
    try:
        about = json.loads(archive.read(found[0]))
    except ValueError:
        about = {}
    if not (isinstance(about, dict) and isinstance(about.get("workspace"), str)):
        _refuse(where, f"its {FILE} cannot be read")
    return found[0].filename.removesuffix(FILE), about["workspace"]
