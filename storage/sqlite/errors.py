"""Sentences for errors of the disk and of SQLite."""

import errno
import sqlite3
from pathlib import Path

from bot.errors import Broken

_DISK_FULL_CODES = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NOT_WRITABLE_CODES = {errno.EACCES, errno.EPERM, errno.EROFS}

_DISK_FULL_TEXT = "The disk is full: nothing more can be written to {path}. Free some space, then try again."
_NOT_WRITABLE_TEXT = (
    "{path} cannot be written. Give didtalk write permission there, "
    "or set DIDTALK_DATA_DIR to a folder that it can write to."
)
_CORRUPT_TEXT = (
    "The database {path} is damaged or is not a database. Restore a backup, or move it away to start with an empty one."
)
_LOCKED_TEXT = "The database {path} is locked by another program. Close that program, then try again."
_UNREADABLE_TEXT = (
    "The disk failed to read or write the database {path}. Check the disk and its space, then start again."
)
_TEXT_BY_SQLITE_CODE = {
    sqlite3.SQLITE_FULL: _DISK_FULL_TEXT,
    sqlite3.SQLITE_READONLY: _NOT_WRITABLE_TEXT,
    sqlite3.SQLITE_PERM: _NOT_WRITABLE_TEXT,
    sqlite3.SQLITE_CANTOPEN: _NOT_WRITABLE_TEXT,
    sqlite3.SQLITE_CORRUPT: _CORRUPT_TEXT,
    sqlite3.SQLITE_NOTADB: _CORRUPT_TEXT,
    sqlite3.SQLITE_BUSY: _LOCKED_TEXT,
    sqlite3.SQLITE_LOCKED: _LOCKED_TEXT,
    sqlite3.SQLITE_IOERR: _UNREADABLE_TEXT,
}


def disk_error(error: OSError, path: Path) -> Broken:
    if error.errno in _DISK_FULL_CODES:
        return Broken(_DISK_FULL_TEXT.format(path=path))
    if error.errno in _NOT_WRITABLE_CODES:
        return Broken(_NOT_WRITABLE_TEXT.format(path=path))
    return Broken(
        f"{path} cannot be used ({error.strerror or error}). Check the disk and the folder, "
        "or set DIDTALK_DATA_DIR to another one."
    )


def sqlite_error(error: Exception, path: Path) -> Exception:
    """A sentence for an error of SQLite; mistakes in the program pass unchanged."""
    if not isinstance(error, sqlite3.Error):
        return error
    # The low byte is the kind of error; the rest says where it was noticed.
    sentence = _TEXT_BY_SQLITE_CODE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
    return Broken(sentence.format(path=path)) if sentence else error
