"""SQLite, used the one way that is safe: one process per file, one connection that writes, readers that only read.

SQLite before 3.51.3 can corrupt its log when two connections write or checkpoint at once, and the Pythons in use
bring older ones. Readers never checkpoint: they may not write, and the writer is the last to close.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

from bot.errors import Broken
from bot.notices.subscriptions import CALL_MOST
from bot.runtime.shield import finish
from bot.runtime.wakeups import Bell, Quiet
from storage.database import Row, Value, Work
from storage.migrations.sqlite_runner import migrate
from storage.sqlite.errors import database_fault, disk_fault
from storage.sqlite.file_lock import alone
from storage.sqlite.group_commit import Nib, numbered
from storage.sqlite.writer import Pen

T = TypeVar("T")
READERS = 2
PATIENCE = 5.0  # seconds to wait for a program that looks into the file
OLDEST = (3, 35, 0)  # the first SQLite that gives back the rows it changed

_WRITER = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-16000")
_READER = ("query_only=ON",)

# The lock has shown that no other process lives, so whoever held these is dead and they are due at once. A notice that
# was being posted is given the moments in which a call of the dead may still arrive, but not the time for its answer.
_RELEASE = (
    "UPDATE jobs SET owner = NULL, due_at = asked_at WHERE owner IS NOT NULL",
    "UPDATE notices SET owner = NULL, due_at = 0 WHERE owner IS NOT NULL AND posting = 0",
    f"UPDATE notices SET owner = NULL, due_at = due_at - {CALL_MOST} WHERE owner IS NOT NULL",  # noqa: S608 - a number
    "UPDATE inbox SET due_at = came_at WHERE due_at IS NOT NULL",
)


class Sqlite:
    """A database in one file."""

    shared = False

    def __init__(self, path: Path, pen: Pen, readers: list[aiosqlite.Connection], applied: list[str]) -> None:
        self.path = path
        self.applied = applied
        self.bell: Bell = Quiet()
        self._pen = pen
        self._readers = cycle(readers)

    @property
    def commits(self) -> int:
        """How many transactions were written since it was opened."""
        return self._pen.commits

    async def write(self, work: Work[T], *, single: bool = False) -> T:
        """Do a piece of work wholly or not at all; it must wait for nothing but its statements."""
        return await self._pen.write(work, single=single)

    async def run(self, sql: str, *values: Value) -> list[Row]:
        """Run one statement that writes."""
        return await self._pen.write(lambda statements: statements.run(sql, *values), single=True)

    async def read(self, sql: str, *values: Value) -> list[Row]:
        """Run one statement that only reads; it sees all that was answered for before."""
        try:
            return list(await next(self._readers).execute_fetchall(numbered(sql), values))
        except sqlite3.Error as error:
            raise database_fault(error, self.path) from error


@asynccontextmanager
async def open_sqlite(where: str | Path, *, patience: float = PATIENCE) -> AsyncIterator[Sqlite]:
    """Use a database file alone, brought up to date and with every hold of a dead process released."""
    path = database_file(where)
    with alone(path):
        async with AsyncExitStack() as stack:
            pen = Pen(path)
            writer, readers, applied = await _open(stack, pen, path, patience)
            await stack.enter_async_context(_served(pen, writer))
            yield Sqlite(path, pen, readers, applied)


async def migrate_sqlite(where: str | Path) -> list[str]:
    """Bring a database file up to this program; the names of the steps that were applied."""
    async with open_sqlite(where) as database:
        return database.applied


def database_file(where: str | Path) -> Path:
    """The file that a path or a `sqlite:///` address names."""
    if isinstance(where, str) and "://" in where:
        scheme, _, rest = where.partition("://")
        if scheme != "sqlite" or rest in ("", "/", "/:memory:"):
            raise Broken(
                f"DIDTALK_DATABASE_URL must be sqlite:/// and a file, such as sqlite:////data/didtalk.sqlite3, or "
                f"postgresql://user:password@host/database; it begins with {scheme}://."
            )
        where = rest.removeprefix("/")
    return Path(where).resolve()


async def _open(
    stack: AsyncExitStack, pen: Pen, path: Path, patience: float
) -> tuple[aiosqlite.Connection, list[aiosqlite.Connection], list[str]]:
    _check(path)
    _claim(path)
    try:
        writer = await stack.enter_async_context(
            _connection(path, _WRITER, timeout=patience, factory=partial(Nib, pen.serve))
        )
        applied = await migrate(writer, path)
        for release in _RELEASE:
            await writer.execute_fetchall(release)
        readers = [
            await stack.enter_async_context(_connection(path, _READER, timeout=patience)) for _ in range(READERS)
        ]
    except sqlite3.Error as error:
        raise database_fault(error, path) from error
    return writer, readers, applied


def _check(path: Path) -> None:
    if sqlite3.sqlite_version_info < OLDEST:
        raise Broken(
            f"SQLite {sqlite3.sqlite_version} is too old: didtalk needs {'.'.join(map(str, OLDEST))} or newer."
        )
    if path.is_dir():
        raise Broken(f"{path} is a folder. Set DIDTALK_DATABASE_URL to a file in it.")


def _claim(path: Path) -> None:
    """A new file is nobody else's to read; SQLite gives its log the same rights."""
    try:
        path.touch(mode=0o600)
    except OSError as error:
        raise disk_fault(error, path) from error


@asynccontextmanager
async def _connection(path: Path, pragmas: tuple[str, ...], **how: Any) -> AsyncIterator[aiosqlite.Connection]:
    # No isolation level: transactions begin and end where our statements say so, not where Python guesses.
    connection = aiosqlite.connect(path, isolation_level=None, **how)
    try:
        await finish(connection)
        for pragma in pragmas:
            await connection.execute_fetchall(f"PRAGMA {pragma}")
        yield connection
    finally:
        await finish(connection.close())


@asynccontextmanager
async def _served(pen: Pen, writer: aiosqlite.Connection) -> AsyncIterator[None]:
    # Not a TaskGroup: it would wrap whatever our user raises, and cancel a commit that is half on its way.
    serving = asyncio.create_task(writer.commit(), name="pen")
    serving.add_done_callback(lambda _: pen.end())
    try:
        yield
    finally:
        pen.close()
        await finish(serving)
