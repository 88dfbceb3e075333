"""Opens a database file, used the one way that is safe: by one process, with one connection that writes.

SQLite before 3.51.3 can corrupt its log when two connections write or checkpoint at once, and the Pythons in use
bring older ones. Readers never checkpoint: they may not write, and the writer is the last to close.
"""

import asyncio
import errno
import os
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

from bot.errors import Broken
from bot.notices.subscriptions import NOTICE_TIMEOUT_SECONDS
from bot.runtime.shield import finish_shielded
from storage.database import Row, Value
from storage.migrations.runner import run_migrations
from storage.sqlite.database import SqliteDatabase, to_sqlite_syntax
from storage.sqlite.errors import disk_error, sqlite_error

T = TypeVar("T")
READER_CONNECTIONS = 2
BUSY_TIMEOUT_SECONDS = 5.0  # seconds to wait for a program that looks into the file
OLDEST_SQLITE = (3, 35, 0)  # the first SQLite that gives back the rows it changed
_LOCK_TAKEN_CODES = {errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK}

_WRITER_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-16000")

_APPLICATION_ID = 0x44544C4B  # "DTLK" in the file's header, to tell our database from another program's

# The file lock has shown that no other process runs, so leases of dead processes end at once. A notice that was being
# posted still waits for the time in which a call of the dead process may arrive, but not for its answer.
_RELEASE_DEAD_LEASES = (
    "UPDATE jobs SET owner = NULL, due_at = asked_at WHERE owner IS NOT NULL",
    "UPDATE leased_queue SET owner = NULL, due_at = created_at WHERE owner IS NOT NULL AND posting = 0",
    f"UPDATE leased_queue SET owner = NULL, due_at = due_at - {NOTICE_TIMEOUT_SECONDS} WHERE owner IS NOT NULL",  # noqa: S608 - a number
)


class SqliteMigrationConnection:
    """A connection for migrations."""

    def __init__(self, connection: aiosqlite.Connection, path: Path) -> None:
        self.database_name = str(path)
        self._connection = connection

    async def list_tables(self) -> set[str]:
        """The tables of the file; Broken when another program made them."""
        tables = {name for (name,) in await self.query("SELECT name FROM sqlite_master WHERE type = 'table'")}
        ((application_id,),) = await self.query("PRAGMA application_id")
        if tables and application_id != _APPLICATION_ID:
            raise Broken(
                f"The database {self.database_name} belongs to another program. "
                "Move it away, or set DIDTALK_DATABASE_URL to another file."
            )
        return tables

    async def query(self, sql: str, *values: Value) -> Sequence[Row]:
        return list(await self._connection.execute_fetchall(to_sqlite_syntax(sql), values))

    async def run_script(self, script: str) -> None:
        # executescript commits an open transaction before it begins, so the transaction is part of the script.
        marked = f"BEGIN IMMEDIATE;\n{script}\nPRAGMA application_id = {_APPLICATION_ID};\nCOMMIT;"
        try:
            await self._connection.executescript(marked)
        except BaseException:
            if self._connection.in_transaction:
                await self._connection.rollback()
            raise


@asynccontextmanager
async def open_sqlite(
    address: str | Path, *, busy_timeout: float = BUSY_TIMEOUT_SECONDS
) -> AsyncIterator[SqliteDatabase]:
    """Migrate and open a database file, and release the leases of dead processes. One process per file."""
    path = database_file(address)
    with exclusive_lock(path):
        _check_usable(path)
        _create_private_file(path)
        async with AsyncExitStack() as stack:
            try:
                applied = await _prepare_file(path, busy_timeout)
                thread = stack.enter_context(ThreadPoolExecutor(1, "sqlite writer"))
                writer = await _run_in(thread, _connect_writer, path, busy_timeout)
                stack.push_async_callback(_run_in, thread, writer.close)
                readers = [
                    await stack.enter_async_context(_open_connection(path, ("query_only=ON",), busy_timeout))
                    for _ in range(READER_CONNECTIONS)
                ]
            except sqlite3.Error as error:
                raise sqlite_error(error, path) from error
            database = SqliteDatabase(path, readers, applied)
            await stack.enter_async_context(database.writing(thread, writer))
            yield database


def database_file(address: str | Path) -> Path:
    """The file that a path or a `sqlite:///` address names."""
    if isinstance(address, str) and "://" in address:
        scheme, _, rest = address.partition("://")
        if scheme != "sqlite" or rest in ("", "/", "/:memory:"):
            raise Broken(
                f"DIDTALK_DATABASE_URL must be sqlite:/// and a file, such as sqlite:////data/didtalk.sqlite3, or "
                f"postgresql://user:password@host/database; it begins with {scheme}://."
            )
        address = rest.removeprefix("/")
    return Path(address).resolve()


async def _prepare_file(path: Path, busy_timeout: float) -> list[str]:
    """Apply migrations and release the leases of dead processes; the names of the migrations."""
    async with _open_connection(path, _WRITER_PRAGMAS, busy_timeout) as connection:
        applied = await run_migrations(SqliteMigrationConnection(connection, path))
        for release in _RELEASE_DEAD_LEASES:
            await connection.execute_fetchall(release)
    return applied


def _connect_writer(path: Path, busy_timeout: float) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=busy_timeout)
    for pragma in _WRITER_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection


async def _run_in(thread: ThreadPoolExecutor, work: Callable[..., T], *args: Any) -> T:
    return await finish_shielded(asyncio.get_running_loop().run_in_executor(thread, work, *args))


def _check_usable(path: Path) -> None:
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise Broken(
            f"SQLite {sqlite3.sqlite_version} is too old: didtalk needs {'.'.join(map(str, OLDEST_SQLITE))} or newer."
        )
    if path.is_dir():
        raise Broken(f"{path} is a folder. Set DIDTALK_DATABASE_URL to a file in it.")


def _create_private_file(path: Path) -> None:
    """Create the file readable by its owner only; SQLite gives its log the same permissions."""
    try:
        path.touch(mode=0o600)
    except OSError as error:
        raise disk_error(error, path) from error


@asynccontextmanager
async def _open_connection(
    path: Path, pragmas: tuple[str, ...], busy_timeout: float
) -> AsyncIterator[aiosqlite.Connection]:
    # No isolation level: transactions begin and end where our statements say so, not where Python guesses.
    connection = aiosqlite.connect(path, isolation_level=None, timeout=busy_timeout)
    try:
        await finish_shielded(connection)
        for pragma in pragmas:
            await connection.execute_fetchall(f"PRAGMA {pragma}")
        yield connection
    finally:
        await finish_shielded(connection.close())


@contextmanager
def exclusive_lock(path: Path) -> Iterator[None]:
    """Be the only process that uses this database, by a lock that ends with the process.

    Start child processes with `spawn` or `forkserver`: a bare fork would carry the lock on into the child.
    """
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
