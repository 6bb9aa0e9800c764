"""The folder of a term: what builds put there, and nothing else, is theirs to renew or remove."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from crmlab.course.files import write
from crmlab.errors import InputError

WORK = ".work"
"""Folder of what a build keeps for the next one; no part of the term."""
PUBLIC, PRIVATE = "public", "private"


class Folder:
    """A folder that a build fills.

    A file that no build made is never overwritten or removed, and neither is one that was changed by hand:
    that version is kept under another name. The journal notes a file before it is written, so that an
    interrupted build knows its own.

    Parameters
    ----------
    root : Path
        The folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._journal = root / WORK / "made.txt"
        self._ours = dict(self._noted())
        self.now: dict[str, str] = {}
        """SHA-256 of each file of this build, by its place."""
        self.aside: list[str] = []
        """Places of versions that somebody had changed by hand."""

    def put(self, place: str, content: str | bytes) -> str:
        """Write a file of this build; return its place.

        Raises
        ------
        InputError
            A file is there that no build made.
        """
        content = content.encode() if isinstance(content, str) else content
        digest, path = hashlib.sha256(content).hexdigest(), self.root / place
        self.now[place] = digest
        there = self._digest(place)
        if there == digest:
            self._note(place, digest)
            return place
        if there is not None and there not in self._ours.get(place, ()):
            if place not in self._ours:
                raise InputError(
                    f"{path} is none of this term's own files, and would be overwritten. Move it away, or "
                    "build to another folder with --out."
                )
            self.aside.append(self._put_aside(path))
        self._note(place, digest)
        write(path, content)
        return place

    def keep(self, place: str) -> str:
        """Let a file of an earlier build be one of this build; return its place."""
        digest = self._digest(place)
        assert digest is not None
        self.now[place] = digest
        return place

    def is_whole(self, place: str, digest: object) -> bool:
        """Return whether a file is there and has a digest."""
        return self._digest(place) == digest

    def finish(self) -> None:
        """Remove what earlier builds made and this one does not; forget what is gone."""
        for place in sorted(set(self._ours) - set(self.now), reverse=True):
            path = self.root / place
            if self._digest(place) in self._ours[place]:
                path.unlink()
                for parent in path.relative_to(self.root).parents[:-1]:
                    with suppress(OSError):  # not empty, so still in use
                        (self.root / parent).rmdir()
        write(self._journal, "".join(f"{digest}  {place}\n" for place, digest in sorted(self.now.items())))

    def _noted(self) -> Iterator[tuple[str, set[str]]]:
        found: dict[str, set[str]] = {}
        if self._journal.is_file():
            for line in self._journal.read_text(encoding="utf-8").splitlines():
                digest, _, place = line.partition("  ")
                found.setdefault(place, set()).add(digest)
        yield from found.items()

    def _note(self, place: str, digest: str) -> None:
        if digest in self._ours.get(place, ()):
            return
        self._ours.setdefault(place, set()).add(digest)
        self._journal.parent.mkdir(parents=True, exist_ok=True)
        with self._journal.open("a", encoding="utf-8") as journal:
            journal.write(f"{digest}  {place}\n")

    def _digest(self, place: str) -> str | None:
        path = self.root / place
        if path.is_symlink() or path.is_dir():
            return ""
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None

    def _put_aside(self, path: Path) -> str:
        number = 1
        while (
            new := path.with_name(f"{path.stem}.mine{'' if number == 1 else number}{path.suffix}")
        ).exists():
            number += 1
        path.rename(new)
        return new.relative_to(self.root).as_posix()
