"""The nib: the connection that writes. It does whole operations on its own thread and commits them together.

A trip to a connection's thread costs more than most statements, so operations go there as they are, and the thread
takes them from the pen by itself. That is what `commit` of the driver is bent for: the only trip that carries work of
our own making, made once and lasting until the pen is closed.
"""

import asyncio
import re
import sqlite3
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

from storage.database import Row, Statements, Value

T = TypeVar("T")


@cache
def to_sqlite_syntax(sql: str) -> str:
    """SQLite's spelling: `?1` for `$1`; and no locks on rows, for whoever writes is alone."""
    return re.sub(r" FOR UPDATE( SKIP LOCKED)?", "", re.sub(r"\$(\d+)", r"?\1", sql))


@dataclass(eq=False)
class QueuedWrite(Generic[T]):
    """One operation that waits to be written, and where its caller waits for the answer."""

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
            self.future.set_result(self.value)  # type: ignore[arg-type]  # None is what work may well give back


class WriterConnection(sqlite3.Connection):
    """Does turns, each wholly or not at all, and commits a batch of them as one."""

    is_retry = False  # no network lies between a statement and its answer
    sole_writer = True

    def __init__(self, serve: Callable[["WriterConnection"], None], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._serve = serve

    def commit(self) -> None:
        """Write for as long as there is something to come."""
        self._serve(self)

    def write_batch(self, batch: Sequence[QueuedWrite[Any]]) -> None:
        """Write a batch; when this fails, nothing of it was written."""
        self.execute("BEGIN IMMEDIATE")
        try:
            for queued in batch:
                self._run_queued(queued)
            self.execute("COMMIT")
        except BaseException:
            self._roll_back("ROLLBACK")
            raise

    async def run(self, sql: str, *values: Value) -> list[Row]:
        """Run one statement and give back its rows."""
        return self.execute(to_sqlite_syntax(sql), values).fetchall()

    async def run_counting(self, sql: str, *values: Value) -> int:
        """Run one statement that gives back no rows; how many it wrote."""
        return self.execute(to_sqlite_syntax(sql), values).rowcount

    async def run_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """Run one statement once for each row of values."""
        self.executemany(to_sqlite_syntax(sql), rows)

    def _run_queued(self, queued: QueuedWrite[Any]) -> None:
        try:
            queued.value = _run_synchronously(queued.work(self)) if queued.single else self._run_in_savepoint(queued)
        except Exception as error:
            if not self.in_transaction:
                raise  # SQLite gave up the whole transaction, as it may when the disk is full
            queued.error = error

    def _run_in_savepoint(self, queued: QueuedWrite[T]) -> T:
        self.execute("SAVEPOINT apart")
        try:
            value = _run_synchronously(queued.work(self))
        except BaseException:
            self._roll_back("ROLLBACK TO apart")
            self._roll_back("RELEASE apart")
            raise
        self.execute("RELEASE apart")
        return value

    def _roll_back(self, statement: str) -> None:
        if self.in_transaction:
            self.execute(statement)


def _run_synchronously(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that only waits for statements; on this thread those are over at once."""
    try:
        work.send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]  # what a coroutine returned travels untyped
    work.close()
    raise RuntimeError("Work on the database may wait for nothing but its statements.")
