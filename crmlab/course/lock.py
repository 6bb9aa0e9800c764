"""One run at a time in a build folder: two would take each other's files away."""

import os
import socket
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from crmlab import locks
from crmlab.errors import InputError

NAME = ".lock"


@contextmanager
def only_one(folder: Path) -> Generator[None]:
    """Keep a build folder for this process, or raise InputError with who has it and since when.

    The operating system holds the lock and drops it when the process ends, however that happens: a lock that
    a crash left behind stops nobody.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / NAME).open("a+", encoding="utf-8") as file:
        if not locks.take(file):
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
