"""The pen: the one connection that writes. What waits while a commit runs shares the next one.

A commit costs a trip to the disk whether it holds one operation or a hundred, so sharing it is what makes a durable
insert cheap. Each operation still stands alone: one that fails is undone alone, and nobody is answered before the
commit. An operation whose caller went away before its turn is left out; one whose turn has come is written wholly.
"""

import asyncio
import re
import sqlite3
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

import aiosqlite
import structlog

from bot.errors import Broken
from storage.database import Row, Value, Work
from storage.faults import database_fault

T = TypeVar("T")
MOST = 500  # operations in one commit, so that the first of them need not wait for ever

log = structlog.get_logger(__name__)


@cache
def numbered(sql: str) -> str:
    """SQLite's spelling of numbered values: `?1` for `$1`."""
    return re.sub(r"\$(\d+)", r"?\1", sql)


class Spoken:
    """Speaks statements to one connection."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def run(self, sql: str, *values: Value) -> list[Row]:
        """Run one statement and give back its rows."""
        return list(await self._connection.execute_fetchall(numbered(sql), values))

    async def many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """Run one statement once for each row of values."""
        async with self._connection.executemany(numbered(sql), rows):
            pass


@dataclass(eq=False)
class _Turn(Generic[T]):
    """One operation that waits to be written, and where its caller waits for the answer."""

    work: Work[T]
    single: bool
    answer: asyncio.Future[T]
    value: T | None = None
    error: Exception | None = None

    def settle(self) -> None:
        if self.answer.done():  # the caller was cancelled meanwhile
            return
        if self.error:
            self.answer.set_exception(self.error)
        else:
            self.answer.set_result(self.value)  # type: ignore[arg-type]  # None is what work may well give back


class Pen:
    """Writes one batch of waiting operations after another."""

    def __init__(self, connection: aiosqlite.Connection, path: Path) -> None:
        self.commits = 0
        self._connection = connection
        self._statements = Spoken(connection)
        self._path = path
        self._waiting: deque[_Turn[Any]] = deque()
        self._bell = asyncio.Event()
        self._closed = False

    async def write(self, work: Work[T], *, single: bool = False) -> T:
        """Have work written; `single` says that it is one statement, which undoes itself when it fails."""
        if self._closed:
            raise _closed(self._path)
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Turn(work, single, answer))
        self._bell.set()
        return await answer

    def close(self) -> None:
        """Take nothing more; what waits is still written."""
        self._closed = True
        self._bell.set()

    async def serve(self) -> None:
        """Write until closed and nothing waits any more."""
        batch: list[_Turn[Any]] = []
        try:
            while await self._more():
                batch = self._batch()
                await self._write(batch)
        finally:
            self._closed = True
            for turn in (*batch, *self._waiting):
                turn.error = _closed(self._path)
                turn.settle()

    async def _more(self) -> bool:
        if not self._waiting and not self._closed:
            self._bell.clear()
            await self._bell.wait()
        return bool(self._waiting)

    def _batch(self) -> list[_Turn[Any]]:
        turns = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
        return [turn for turn in turns if not turn.answer.done()]

    async def _write(self, batch: list[_Turn[Any]]) -> None:
        try:
            if batch:
                await self._commit(batch)
        except Exception as error:  # the edge between the writer and its callers: each of them hears of it
            log.error("commit failed", path=str(self._path), operations=len(batch), error=repr(error))
            await self._undo()
            for turn in batch:
                turn.error = database_fault(error, self._path)
        for turn in batch:
            turn.settle()

    async def _commit(self, batch: list[_Turn[Any]]) -> None:
        await self._statements.run("BEGIN IMMEDIATE")
        for turn in batch:
            await self._do(turn)
        await self._statements.run("COMMIT")
        self.commits += 1

    async def _do(self, turn: _Turn[Any]) -> None:
        try:
            turn.value = await (turn.work(self._statements) if turn.single else self._apart(turn.work))
        except Exception as error:
            if not self._connection.in_transaction:
                raise  # SQLite gave up the whole transaction, as it does when the disk is full
            turn.error = database_fault(error, self._path)

    async def _apart(self, work: Work[T]) -> T:
        await self._statements.run("SAVEPOINT apart")
        try:
            value = await work(self._statements)
        except BaseException:
            if self._connection.in_transaction:
                await self._statements.run("ROLLBACK TO apart")
                await self._statements.run("RELEASE apart")
            raise
        await self._statements.run("RELEASE apart")
        return value

    async def _undo(self) -> None:
        try:
            if self._connection.in_transaction:
                await self._statements.run("ROLLBACK")
        except (sqlite3.Error, ValueError) as error:
            log.error("rollback failed", path=str(self._path), error=repr(error))


def _closed(path: Path) -> Broken:
    return Broken(f"The database {path} is closed: didtalk is stopping. Start it again, then ask again.")
