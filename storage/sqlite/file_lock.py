"""One process per database file, by a lock of the operating system, which ends with the process.

Start child processes with `spawn` or `forkserver`: a bare fork would carry the lock on into the child.
"""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import Broken
from storage.sqlite.errors import disk_error

_LOCK_TAKEN_CODES = {errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK}


@contextmanager
def exclusive_lock(path: Path) -> Iterator[None]:
    """Be the only process that uses this database, or say that another one does."""
    handle = _open_lock_file(path.with_name(path.name + ".lock"))
    try:
        if not _try_lock(handle, path):
            raise Broken(
                f"Another didtalk is already using this data folder ({path.parent}). "
                "Stop it first, or give this one its own DIDTALK_DATA_DIR."
            )
        yield
    finally:
        os.close(handle)


def _open_lock_file(path: Path) -> int:
    try:
        # The folder holds what people wrote, so other users of the machine may not read it.
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise disk_error(error, path.parent) from error


def _try_lock(handle: int, path: Path) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _LOCK_TAKEN_CODES:
            return False
        raise disk_error(error, path.parent) from error  # such as a network folder that knows no locks
    return True
