"""A folder of the reader's own, in which lessons can be changed without fear of losing the changes."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from crmlab.course import catalog
from crmlab.course.normalise import read_json, write

MANIFEST = ".crmlab.json"


@dataclass
class Started:
    """What `start` did with each lesson, as paths within the workspace."""

    written: list[str] = field(default_factory=list)
    """New here, or renewed because the reader had not changed it."""
    beside: list[str] = field(default_factory=list)
    """New versions put beside files that the reader had changed."""
    kept: list[str] = field(default_factory=list)
    """Files that the reader had changed, left as they are."""


def start(folder: Path) -> Started:
    """Copy the lessons to a workspace; a file that the reader changed is never overwritten.

    A manifest in the workspace keeps the hash of each file as it was written, which tells a changed file from
    an unchanged one. The new version of a changed lesson comes once, as ``NAME.new.ipynb`` beside it.
    """
    manifest: dict[str, str] = read_json(folder / MANIFEST)
    done = Started()
    for lesson in catalog.lessons().values():
        place = f"{lesson.part}/{lesson.path.name}"
        beside = f"{lesson.part}/{lesson.name}.new.ipynb"
        content = lesson.path.read_bytes()
        if _put(folder, place, content, manifest):
            done.written.append(place)
        elif _hash(folder / place) != manifest.get(place):
            done.kept.append(place)
            offered = _sha256(content) in (manifest.get(place), manifest.get(beside))
            if not offered:
                renewed = _put(folder, beside, content, manifest)
                (done.beside if renewed else done.kept).append(beside)
    write(folder / MANIFEST, json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    return done


def _put(folder: Path, place: str, content: bytes, manifest: dict[str, str]) -> bool:
    """Write a file and note its hash; not where the reader changed it. Return whether anything was new."""
    path, new = folder / place, _sha256(content)
    present = _hash(path)
    if present not in (None, new, manifest.get(place)):
        return False
    manifest[place] = new
    write(path, content)
    return present != new


def _hash(path: Path) -> str | None:
    return _sha256(path.read_bytes()) if path.is_file() else None


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
