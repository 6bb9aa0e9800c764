"""A lock that the operating system drops when its process ends, however that happens."""

import sys
from typing import IO

_FAR = 1 << 30  # the byte that Windows locks, behind all that is written, so that others can read the file


def take(file: IO[str]) -> bool:
    """Lock an open file without waiting; return whether that succeeded. Closing the file drops the lock.

    Examples
    --------
    >>> from tempfile import TemporaryFile
    >>> with TemporaryFile("w+") as file:
    ...     take(file)
    True
    """
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
