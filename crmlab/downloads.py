"""Downloads: a file comes once, whole and checked; one that was cut goes on where it stopped."""

import errno
import logging
import os
import re
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from crmlab import resources
from crmlab.errors import CrmlabError, DataError, InputError

Progress = Callable[[int, int | None], None]
"""Called with the bytes that are there and, where the server says it, the bytes of the whole file."""


@dataclass(frozen=True)
class Remote:
    """A data set that others publish as a zip file.

    Attributes
    ----------
    sha256 : str or None
        Checksum of the zip file. Where none is known, the first download is trusted: its checksum is recorded
        beside the file, and whatever is read or downloaded later is held against it.
    """

    name: str
    title: str
    url: str
    page: str
    licence: str
    citation: str
    sha256: str | None = None

    @property
    def file(self) -> str:
        """Name under which the zip file is kept."""
        return f"{self.name}.zip"


def cache(name: str) -> Path:
    """Return the folder in which a data set is kept where no other is named.

    It lies in the user's folder of caches, or in the folder that the variable CRMLAB_DATA names.
    """
    base = os.environ.get("CRMLAB_DATA") or _pooch().os_cache("crmlab")
    return Path(base) / name


def fetch(
    remote: Remote, folder: Path, sha256: str | None = None, progress: Progress | None = None
) -> tuple[Path, bool]:
    """Return the zip file of a data set, downloaded unless it is there, and whether it was downloaded.

    Raises
    ------
    InputError
        The server cannot be reached or does not have the file, the download was cut, the disk is full, or the
        checksum that was given is none. A part that came is kept, and the next call goes on from there.
    DataError
        The file is no zip file, or not the one that was checked.
    """
    if sha256 is not None and not re.fullmatch("[0-9a-fA-F]{64}", sha256):
        raise InputError(f"'{sha256}' is no SHA-256: it has 64 digits and letters from a to f.")
    path = folder / remote.file
    expected = (sha256 or remote.sha256 or recorded(path) or "").lower() or None
    present = path.is_file()
    if present and expected:
        resources.verify(path, expected)
    if not present:
        folder.mkdir(parents=True, exist_ok=True)
        _download(remote, path, expected, progress)
    record(path)
    return path, not present


def recorded(path: Path) -> str | None:
    """Return the checksum that is recorded beside a file; None where there is none."""
    try:
        return _beside(path).read_text(encoding="utf-8").split()[0]
    except (OSError, IndexError):
        return None


def record(path: Path) -> None:
    """Record the checksum of a file beside it, as ``sha256sum -c`` reads it."""
    _beside(path).write_text(f"{resources.sha256(path)}  {path.name}\n", encoding="utf-8")


def forget(path: Path) -> None:
    """Delete a file with its checksum."""
    path.unlink(missing_ok=True)
    _beside(path).unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")


def _pooch() -> Any:
    try:
        import pooch  # type: ignore[import-untyped]
    except ImportError as error:
        raise InputError("Downloads need the library pooch: pip install pooch.") from error
    return pooch


def _download(remote: Remote, path: Path, expected: str | None, progress: Progress | None) -> None:
    pooch = _pooch()
    import requests  # comes with pooch

    pooch.get_logger().setLevel(logging.WARNING)
    downloader = _Resuming(path.with_name(path.name + ".part"), progress or (lambda *_: None))
    known = f"sha256:{expected}" if expected else None
    try:
        pooch.retrieve(remote.url, known, fname=path.name, path=path.parent, downloader=downloader)
    except CrmlabError:
        raise
    except requests.HTTPError as error:
        _refused(remote, str(error).partition(" for url")[0])
    except requests.RequestException as error:
        _cut(remote, path, downloader, error)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise InputError(
            f"The disk is full at {path.parent}. Free some space and run again, which goes on from there, "
            "or choose another folder with --out."
        ) from error
    except ValueError as error:  # pooch's word for a wrong checksum
        raise DataError(
            f"{remote.title}: what came from {remote.url} is not the file that was expected, whose SHA-256 "
            f"begins {str(expected)[:12]}. It was deleted. If you gave the checksum, compare it with its "
            f"source; if it is that of an earlier download, the site has changed the file: delete "
            f"{_beside(path)} to accept the new one."
        ) from error


def _refused(remote: Remote, answer: str) -> NoReturn:
    raise InputError(
        f"{remote.title} did not come. The server of {remote.url} says: {answer}. "
        f"Perhaps the file has moved: look at {remote.page}"
    )


def _cut(remote: Remote, path: Path, downloader: "_Resuming", error: Exception) -> NoReturn:
    if downloader.have:
        raise InputError(
            f"The download of {remote.title} was cut after {downloader.have / 1e6:,.1f} MB. What came is "
            "kept: run the same command again."
        ) from error
    raise InputError(
        f"{remote.title} did not come: {remote.url} cannot be reached. Are you online? If only your browser "
        f"is, download the file there and save it as {path}; then run the same command again."
    ) from error


class _Resuming:
    """Downloader for pooch. It keeps what came in a part file, and asks the server for the rest of it.

    The rest is asked for only where the server can tell that the file is still the same (If-Range, RFC 9110);
    else the file comes from its beginning.
    """

    def __init__(self, part: Path, progress: Progress) -> None:
        self.part, self.progress = part, progress
        self.tag = part.with_name(part.name + ".tag")  # what the server calls this version of the file
        self.have = 0

    def __call__(self, url: str, output_file: str, pooch: Any, check_only: bool = False) -> None:  # noqa: ARG002
        import requests

        with requests.get(url, headers=self._headers(), stream=True, timeout=30) as response:
            if response.status_code == 416:  # the part is no beginning of what is there now
                self.part.unlink()
                self(url, output_file, pooch)
                return
            response.raise_for_status()
            self._receive(response)
        if not zipfile.is_zipfile(self.part):
            self.part.unlink()
            raise DataError(
                f"What came from {url} is no zip file, perhaps the sign-in page of your network. It was "
                "deleted. Open the address in a browser, then run again."
            )
        os.replace(self.part, output_file)
        self.tag.unlink(missing_ok=True)

    def _headers(self) -> dict[str, str]:
        headers = {"Accept-Encoding": "identity"}  # bytes as they are, so that they can be counted
        with suppress(OSError):
            size, tag = self.part.stat().st_size, self.tag.read_text(encoding="utf-8")
            if size and tag:
                headers |= {"Range": f"bytes={size}-", "If-Range": tag}
        return headers

    def _receive(self, response: Any) -> None:
        goes_on = response.status_code == 206
        self.have = self.part.stat().st_size if goes_on else 0
        tag = response.headers.get("ETag", "W/")  # a weak one does not stand for single bytes
        tag = response.headers.get("Last-Modified", "") if tag.startswith("W/") else tag
        self.tag.write_text(tag, encoding="utf-8")
        length = response.headers.get("Content-Length")
        whole = self.have + int(length) if length else None
        with self.part.open("ab" if goes_on else "wb") as file:
            for chunk in response.iter_content(1 << 16):
                file.write(chunk)
                self.have += len(chunk)
                self.progress(self.have, whole)
