"""A database file in use: one connection that writes, in a thread of its own, and readers that only read.

Operations that arrive during a commit share the next one. A commit costs a trip to the disk whether it holds one
operation or a hundred, so sharing it makes a durable insert cheap. A trip between threads costs more than most
statements, so whole operations are handed over, not statements. Each operation still stands alone: one that fails is
undone alone, and callers get their answer after the commit. An operation whose caller was cancelled before its turn is
skipped.
"""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from itertools import cycle
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

import aiosqlite
import structlog

from bot.errors import Broken
from bot.runtime.shield import finish_shielded
from bot.runtime.wakeups import NoWakeups, Wakeups
from storage.database import Row, Statements, TransactionWork, Value
from storage.sqlite.errors import sqlite_error

T = TypeVar("T")
MAX_BATCH_OPERATIONS = 500  # operations in one commit, so that the first of them does not wait too long

log = structlog.get_logger(__name__)


@cache
def to_sqlite_syntax(sql: str) -> str:
    """SQLite's spelling: `?1` for `$1`, and no row locks, because there is one writer."""
    return re.sub(r" FOR UPDATE( SKIP LOCKED)?", "", re.sub(r"\$(\d+)", r"?\1", sql))


@dataclass(eq=False)
class QueuedWrite(Generic[T]):
    """One operation that waits to be written, and the future of its caller."""

    work: Callable[[Statements], Coroutine[Any, Any, T]]
    future: asyncio.Future[T]
    single: bool = False  # one statement, which undoes itself when it fails
    value: T | None = None
    error: Exception | None = None

    def resolve(self) -> None:
        """Answer the caller, unless it was cancelled meanwhile."""
        if self.future.done():
            return
        if self.error:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.value)  # type: ignore[arg-type]  # None is a valid result of work


class SqliteStatements:
    """Runs operations on the writing connection, each wholly or not at all, and commits a batch of them as one."""

    is_retry = False  # no network lies between a statement and its answer
    sole_writer = True

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def write_batch(self, batch: Sequence[QueuedWrite[Any]]) -> None:
        """Write a batch; when this fails, nothing of it was written."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for queued in batch:
                self._run_queued(queued)
            self._connection.execute("COMMIT")
        except BaseException:
            self._roll_back("ROLLBACK")
            raise

    async def run(self, sql: str, *values: Value) -> list[Row]:
        return self._connection.execute(to_sqlite_syntax(sql), values).fetchall()

    async def run_counting(self, sql: str, *values: Value) -> int:
        return self._connection.execute(to_sqlite_syntax(sql), values).rowcount

    async def run_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        self._connection.executemany(to_sqlite_syntax(sql), rows)

    def _run_queued(self, queued: QueuedWrite[Any]) -> None:
        try:
            queued.value = _run_synchronously(queued.work(self)) if queued.single else self._run_in_savepoint(queued)
        except Exception as error:
            if not self._connection.in_transaction:
                raise  # SQLite gave up the whole transaction, as it may when the disk is full
            queued.error = error

    def _run_in_savepoint(self, queued: QueuedWrite[T]) -> T:
        self._connection.execute("SAVEPOINT operation")
        try:
            value = _run_synchronously(queued.work(self))
        except BaseException:
            self._roll_back("ROLLBACK TO operation")
            self._roll_back("RELEASE operation")
            raise
        self._connection.execute("RELEASE operation")
        return value

    def _roll_back(self, statement: str) -> None:
        if self._connection.in_transaction:
            self._connection.execute(statement)


class SqliteDatabase:
    """Collects operations in the event loop, and writes batch after batch of them in the writer's thread."""

    shared = False

    def __init__(self, path: Path, readers: Sequence[aiosqlite.Connection], applied_migrations: list[str]) -> None:
        self.path = path
        self.applied_migrations = applied_migrations
        self.wakeups: Wakeups = NoWakeups()
        self.commit_count = 0  # since it was opened
        self._readers = cycle(readers)
        self._loop = asyncio.get_running_loop()
        self._incoming: list[QueuedWrite[Any]] = []  # what arrived in this iteration of the loop
        self._queue = SimpleQueue[list[QueuedWrite[Any]]]()  # an empty list is the end
        self._closed = False

    async def write(self, work: TransactionWork[T], *, single: bool = False) -> T:
        if self._closed:
            raise self._closed_error()
        if not self._incoming:
            # Not at once: the thread would wake for the first of many, and commit it alone.
            self._loop.call_soon(self._flush_incoming)
        future: asyncio.Future[T] = self._loop.create_future()
        self._incoming.append(QueuedWrite(work, future, single))
        return await future

    async def run(self, sql: str, *values: Value) -> list[Row]:
        return await self.write(lambda statements: statements.run(sql, *values), single=True)

    async def read(self, sql: str, *values: Value) -> list[Row]:
        try:
            return list(await next(self._readers).execute_fetchall(to_sqlite_syntax(sql), values))
        except sqlite3.Error as error:
            raise sqlite_error(error, self.path) from error

    @asynccontextmanager
    async def writing(self, thread: Executor, connection: sqlite3.Connection) -> AsyncIterator[None]:
        """Write in that thread while inside; at the end, write what still waits."""
        serving = self._loop.run_in_executor(thread, self._write_until_closed, connection)
        serving.add_done_callback(lambda _: self._refuse_waiting())
        try:
            yield
        finally:
            self._close()
            await finish_shielded(serving)

    def _close(self) -> None:
        """Accept nothing more; what waits is still written."""
        self._closed = True
        self._flush_incoming()
        self._queue.put([])

    def _refuse_waiting(self) -> None:
        """The thread has ended."""
        self._close()
        unwritten = self._take_waiting()
        for queued in unwritten:
            queued.error = self._closed_error()
        _resolve_batch(unwritten)

    def _write_until_closed(self, connection: sqlite3.Connection) -> None:
        """The loop of the writer's thread."""
        statements = SqliteStatements(connection)
        while waiting := self._take_waiting():
            for start in range(0, len(waiting), MAX_BATCH_OPERATIONS):
                batch = [queued for queued in waiting[start : start + MAX_BATCH_OPERATIONS] if not queued.future.done()]
                if batch:
                    self._commit_batch(statements, batch)

    def _flush_incoming(self) -> None:
        if self._incoming:
            self._queue.put(self._incoming)
            self._incoming = []

    def _take_waiting(self) -> list[QueuedWrite[Any]]:
        """All that waits, as soon as something does; nothing at the end."""
        incoming = self._queue.get()
        waiting = list(incoming)
        while incoming and not self._queue.empty():
            incoming = self._queue.get()
            waiting += incoming
        if not incoming:
            self._queue.put(incoming)  # the end stays the end
        return waiting

    def _commit_batch(self, statements: SqliteStatements, batch: Sequence[QueuedWrite[Any]]) -> None:
        try:
            statements.write_batch(batch)
            self.commit_count += 1
        except Exception as error:  # reported to every caller of the batch
            log.error("commit failed", path=str(self.path), operations=len(batch), error=repr(error))
            for queued in batch:
                queued.error = error
        for queued in batch:
            queued.error = queued.error and sqlite_error(queued.error, self.path)
        # One call for all of them: each wakes the loop with a system call.
        self._loop.call_soon_threadsafe(_resolve_batch, batch)

    def _closed_error(self) -> Broken:
        return Broken(f"The database {self.path} is closed: didtalk is stopping. Start it again, then try again.")


def _run_synchronously(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that only waits for statements; in this thread those finish at once."""
    try:
        work.send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]  # what a coroutine returned travels untyped
    work.close()
    raise RuntimeError("Work on the database may wait for nothing but its statements.")


def _resolve_batch(batch: Sequence[QueuedWrite[Any]]) -> None:
    for queued in batch:
        queued.resolve()
