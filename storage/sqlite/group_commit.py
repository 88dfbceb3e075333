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
def numbered(sql: str) -> str:
    """SQLite's spelling: `?1` for `$1`; and no locks on rows, for whoever writes is alone."""
    return re.sub(r" FOR UPDATE( SKIP LOCKED)?", "", re.sub(r"\$(\d+)", r"?\1", sql))


@dataclass(eq=False)
class Turn(Generic[T]):
    """One operation that waits to be written, and where its caller waits for the answer."""

    work: Callable[[Statements], Coroutine[Any, Any, T]]
    answer: asyncio.Future[T]
    single: bool = False  # one statement, which undoes itself when it fails
    value: T | None = None
    error: Exception | None = None

    def settle(self) -> None:
        """Answer the caller, unless it was cancelled meanwhile."""
        if self.answer.done():
            return
        if self.error:
            self.answer.set_exception(self.error)
        else:
            self.answer.set_result(self.value)  # type: ignore[arg-type]  # None is what work may well give back


class Nib(sqlite3.Connection):
    """Does turns, each wholly or not at all, and commits a batch of them as one."""

    repeated = False  # no network lies between a statement and its answer
    alone = True

    def __init__(self, serve: Callable[["Nib"], None], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._serve = serve

    def commit(self) -> None:
        """Write for as long as there is something to come."""
        self._serve(self)

    def write(self, batch: Sequence[Turn[Any]]) -> None:
        """Write a batch; when this fails, nothing of it was written."""
        self.execute("BEGIN IMMEDIATE")
        try:
            for turn in batch:
                self._do(turn)
            self.execute("COMMIT")
        except BaseException:
            self._undo("ROLLBACK")
            raise

    async def run(self, sql: str, *values: Value) -> list[Row]:
        """Run one statement and give back its rows."""
        return self.execute(numbered(sql), values).fetchall()

    async def change(self, sql: str, *values: Value) -> int:
        """Run one statement that gives back no rows; how many it wrote."""
        return self.execute(numbered(sql), values).rowcount

    async def many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """Run one statement once for each row of values."""
        self.executemany(numbered(sql), rows)

    def _do(self, turn: Turn[Any]) -> None:
        try:
            turn.value = _driven(turn.work(self)) if turn.single else self._apart(turn)
        except Exception as error:
            if not self.in_transaction:
                raise  # SQLite gave up the whole transaction, as it may when the disk is full
            turn.error = error

    def _apart(self, turn: Turn[T]) -> T:
        self.execute("SAVEPOINT apart")
        try:
            value = _driven(turn.work(self))
        except BaseException:
            self._undo("ROLLBACK TO apart")
            self._undo("RELEASE apart")
            raise
        self.execute("RELEASE apart")
        return value

    def _undo(self, statement: str) -> None:
        if self.in_transaction:
            self.execute(statement)


def _driven(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that only waits for statements; on this thread those are over at once."""
    try:
        work.send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]  # what a coroutine returned travels untyped
    work.close()
    raise RuntimeError("Work on the database may wait for nothing but its statements.")
