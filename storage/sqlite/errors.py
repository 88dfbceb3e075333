"""What a disk or a database file can do wrong, said so that a person knows what to do next."""

import errno
import sqlite3
from pathlib import Path

from bot.errors import Broken

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_SHUT = {errno.EACCES, errno.EPERM, errno.EROFS}


def disk_fault(error: OSError, path: Path) -> Broken:
    """One sentence for what the disk refused."""
    if error.errno in _FULL:
        return Broken(_full(path))
    if error.errno in _SHUT:
        return Broken(_shut(path))
    return Broken(
        f"{path} cannot be used ({error.strerror or error}). Check the disk and the folder, "
        "or set DIDTALK_DATA_DIR to another one."
    )


def database_fault(error: Exception, path: Path) -> Exception:
    """One sentence for what the database refused; what is our own mistake stays as it is."""
    if not isinstance(error, sqlite3.Error):
        return error
    # The low byte is the kind of fault; the rest only says where it was noticed.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    sentence = _SENTENCES.get(code)
    return Broken(sentence(path)) if sentence else error


def _full(path: Path) -> str:
    return f"The disk is full: nothing more can be written to {path}. Free some space, then ask again."


def _shut(path: Path) -> str:
    return (
        f"{path} cannot be written. Give didtalk the right to write there, "
        "or set DIDTALK_DATA_DIR to a folder that it may write to."
    )


def _corrupt(path: Path) -> str:
    return (
        f"The database {path} is damaged or is no database at all. Put a backup in its place, "
        "or move it away to begin with an empty one."
    )


def _locked(path: Path) -> str:
    return f"The database {path} is locked by another program. Close that program, then try again."


def _unreadable(path: Path) -> str:
    return f"The disk failed to read or write the database {path}. Check the disk and its space, then start again."


_SENTENCES = {
    sqlite3.SQLITE_FULL: _full,
    sqlite3.SQLITE_READONLY: _shut,
    sqlite3.SQLITE_PERM: _shut,
    sqlite3.SQLITE_CANTOPEN: _shut,
    sqlite3.SQLITE_CORRUPT: _corrupt,
    sqlite3.SQLITE_NOTADB: _corrupt,
    sqlite3.SQLITE_BUSY: _locked,
    sqlite3.SQLITE_LOCKED: _locked,
    sqlite3.SQLITE_IOERR: _unreadable,
}
