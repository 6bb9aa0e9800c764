"""Text files as bytes, packed with gzip or not."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

CHUNK = 1 << 22
"""Bytes that are read at a time."""


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a text file for reading."""
    with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
        yield file  # type: ignore[misc]
