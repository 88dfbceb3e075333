"""The sandbox's one SQLite connection: everything it must not forget."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite
import structlog

_SCHEMA = Path(__file__).with_name("schema.sql").read_text("utf-8")


class FolderTaken(Exception):
    """Another sandbox holds this folder; two would render and bill the same jobs twice."""


Row = sqlite3.Row
Result = TypeVar("Result")

log = structlog.get_logger(__name__)

_RETRY_SECONDS = 0.5


class SandboxDatabase:
    """One connection, one transaction at a time, and no second process on the file."""

    def __init__(self, db: aiosqlite.Connection) -> None:
        self._db = db
        self._lock = asyncio.Lock()

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path) -> AsyncIterator["SandboxDatabase"]:
        """Open the file, make its tables and hold it until the end."""
        async with aiosqlite.connect(path, isolation_level=None, timeout=0.2) as db:
            db.row_factory = sqlite3.Row
            await _lock_file(db, path)
            await db.executescript(_SCHEMA)
            yield cls(db)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[aiosqlite.Connection]:
        """One transaction: all of it is on disk afterwards, or none."""
        async with self._lock:
            try:
                await self._db.execute("BEGIN IMMEDIATE")
                yield self._db
                await self._db.execute("COMMIT")
            except BaseException:
                # A cancelled await still runs in the connection's thread, so there may be nothing left to undo.
                with suppress(sqlite3.OperationalError):
                    await self._db.execute("ROLLBACK")
                raise

    async def fetch_all(self, sql: str, *values: Any) -> list[Row]:
        """Every row of a query, never one that is still being written."""
        async with self._lock:
            return list(await self._db.execute_fetchall(sql, values))

    async def fetch_one(self, sql: str, *values: Any) -> Row | None:
        rows = await self.fetch_all(sql, *values)
        return rows[0] if rows else None

    async def execute(self, sql: str, *values: Any) -> None:
        """One statement by itself."""
        async with self._lock, self._db.execute(sql, values):
            pass

    async def get_value(self, name: str) -> str | None:
        row = await self.fetch_one("SELECT value FROM key_value WHERE name = ?", name)
        return str(row["value"]) if row else None

    async def set_value(self, name: str, value: str | None) -> None:
        if value is None:
            await self.execute("DELETE FROM key_value WHERE name = ?", name)
        else:
            await self.execute("INSERT OR REPLACE INTO key_value VALUES (?, ?)", name, value)


async def insert_row(db: aiosqlite.Connection, table: str, values: Mapping[str, Any]) -> None:
    """Insert a row, inside a transaction."""
    marks = ", ".join("?" for _ in values)
    sql = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})"  # noqa: S608 - our own names
    await db.execute(sql, tuple(values.values()))


async def retry_write(write: Callable[[], Awaitable[Result]]) -> Result:
    """A write that must happen: a full disk is waited out, as dying of it would leave jobs behind that never end."""
    while True:
        try:
            return await write()
        except sqlite3.OperationalError:
            log.exception("sandbox database write failed")
            await asyncio.sleep(_RETRY_SECONDS)


async def _lock_file(db: aiosqlite.Connection, path: Path) -> None:
    # The exclusive mode takes the operating system's lock with the first write and keeps it: a killed process
    # leaves none behind. A process kill cannot lose what WAL with NORMAL has committed; only a power cut can.
    try:
        for pragma in ("locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=NORMAL"):
            await db.execute(f"PRAGMA {pragma}")
        await db.execute("BEGIN IMMEDIATE")
        await db.execute("COMMIT")
    except sqlite3.OperationalError as fault:
        if "locked" not in str(fault):
            raise
        raise FolderTaken(f"another sandbox is using {path.parent}") from fault
