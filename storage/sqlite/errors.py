"""What a disk or a database file can do wrong, said so that a person knows what to do next."""

import errno
import sqlite3
from pathlib import Path

from bot.errors import Broken

_DISK_FULL_CODES = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NOT_WRITABLE_CODES = {errno.EACCES, errno.EPERM, errno.EROFS}


def disk_error(error: OSError, path: Path) -> Broken:
    """One sentence for what the disk refused."""
    if error.errno in _DISK_FULL_CODES:
        return Broken(_disk_full_text(path))
    if error.errno in _NOT_WRITABLE_CODES:
        return Broken(_not_writable_text(path))
    return Broken(
        f"{path} cannot be used ({error.strerror or error}). Check the disk and the folder, "
        "or set DIDTALK_DATA_DIR to another one."
    )


def sqlite_error(error: Exception, path: Path) -> Exception:
    """One sentence for what the database refused; what is our own mistake stays as it is."""
    if not isinstance(error, sqlite3.Error):
        return error
    # The low byte is the kind of fault; the rest only says where it was noticed.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    sentence = _TEXT_BY_SQLITE_CODE.get(code)
    return Broken(sentence(path)) if sentence else error


def _disk_full_text(path: Path) -> str:
    return f"The disk is full: nothing more can be written to {path}. Free some space, then ask again."


def _not_writable_text(path: Path) -> str:
    return (
        f"{path} cannot be written. Give didtalk the right to write there, "
        "or set DIDTALK_DATA_DIR to a folder that it may write to."
    )


def _corrupt_text(path: Path) -> str:
    return (
        f"The database {path} is damaged or is no database at all. Put a backup in its place, "
        "or move it away to begin with an empty one."
    )


def _locked_text(path: Path) -> str:
    return f"The database {path} is locked by another program. Close that program, then try again."


def _unreadable_text(path: Path) -> str:
    return f"The disk failed to read or write the database {path}. Check the disk and its space, then start again."


_TEXT_BY_SQLITE_CODE = {
    sqlite3.SQLITE_FULL: _disk_full_text,
    sqlite3.SQLITE_READONLY: _not_writable_text,
    sqlite3.SQLITE_PERM: _not_writable_text,
    sqlite3.SQLITE_CANTOPEN: _not_writable_text,
    sqlite3.SQLITE_CORRUPT: _corrupt_text,
    sqlite3.SQLITE_NOTADB: _corrupt_text,
    sqlite3.SQLITE_BUSY: _locked_text,
    sqlite3.SQLITE_LOCKED: _locked_text,
    sqlite3.SQLITE_IOERR: _unreadable_text,
}
