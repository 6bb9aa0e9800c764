"""Where lessons and data live: beside the package in a checkout, inside it in an installed wheel."""

import hashlib
from pathlib import Path

from crmlab.errors import DataError

_PACKAGE = Path(__file__).parent
_INSTALLED = _PACKAGE / "_share"


def root() -> Path:
    """Return the folder that holds ``data`` and ``notebooks``."""
    return _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent


def data() -> Path:
    """Return the folder of bundled data."""
    return root() / "data"


def notebooks() -> Path:
    """Return the folder of lessons."""
    return root() / "notebooks"


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal text."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def verify(path: Path, expected: str) -> None:
    """Raise DataError unless the file has the expected SHA-256."""
    actual = sha256(path)
    if actual != expected:
        raise DataError(
            f"The data file {path.name} is not the one that was checked: its SHA-256 begins {actual[:12]}, "
            f"expected {expected[:12]}. Restore the original file, or correct the checksum "
            "if the change is meant."
        )
