"""One run at a time in a build folder: two would take each other's files away."""

import os
import socket
import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from crmlab.errors import InputError

NAME = ".lock"
_FAR = 1 << 30  # the byte that Windows locks, behind all that is written, so that others can read who has it


@contextmanager
def only_one(folder: Path) -> Generator[None]:
    """Keep a build folder for this process, or raise InputError with who has it and since when.

    The operating system holds the lock and drops it when the process ends, however that happens: a lock that
    a crash left behind stops nobody.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / NAME).open("a+", encoding="utf-8") as file:
        if not _take(file):
            file.seek(0)
            who = file.read().strip() or "it has just begun"
            raise InputError(
                f"Another run works in {folder}: {who}. Wait until it has finished, or give this one a "
                "folder of its own with --out."
            )
        file.truncate(0)
        since = f"{datetime.now():%Y-%m-%d %H:%M:%S}"
        file.write(f"process {os.getpid()} on {socket.gethostname()}, since {since}\n")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def _take(file: IO[str]) -> bool:
    """Lock an open file without waiting; return whether that succeeded."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(_FAR)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
