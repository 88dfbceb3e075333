"""The pen: hands what waits to the one connection that writes. What comes while a commit runs shares the next one.

A commit costs a trip to the disk whether it holds one operation or a hundred, so sharing it is what makes a durable
insert cheap. Each operation still stands alone: one that fails is undone alone, and nobody is answered before the
commit. An operation whose caller went away before its turn is left out; one whose turn has come is written wholly.
"""

import asyncio
from collections import deque
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite
import structlog

from bot.errors import Broken
from storage.database import Work
from storage.faults import database_fault
from storage.nib import Turn

T = TypeVar("T")
MOST = 500  # operations in one commit, so that the first of them need not wait for ever

log = structlog.get_logger(__name__)


class Pen:
    """Writes one batch of waiting operations after another."""

    def __init__(self, path: Path) -> None:
        self.commits = 0
        self.tray: list[Turn[Any]] = []  # what is being written, seen by the connection's thread
        self._path = path
        self._waiting: deque[Turn[Any]] = deque()
        self._bell = asyncio.Event()
        self._closed = False

    async def write(self, work: Work[T], *, single: bool = False) -> T:
        """Have work written; `single` says that it is one statement, which undoes itself when it fails."""
        if self._closed:
            raise _closed(self._path)
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(Turn(work, answer, single))
        self._bell.set()
        return await answer

    def close(self) -> None:
        """Take nothing more; what waits is still written."""
        self._closed = True
        self._bell.set()

    async def serve(self, connection: aiosqlite.Connection) -> None:
        """Write until closed and nothing waits any more."""
        try:
            while await self._more():
                self._fill()
                if self.tray:
                    await self._commit(connection)
        finally:
            self._closed = True
            for turn in (*self.tray, *self._waiting):
                turn.error = _closed(self._path)
                turn.settle()

    async def _more(self) -> bool:
        if not self._waiting and not self._closed:
            self._bell.clear()
            await self._bell.wait()
        return bool(self._waiting)

    def _fill(self) -> None:
        turns = (self._waiting.popleft() for _ in range(min(MOST, len(self._waiting))))
        self.tray[:] = [turn for turn in turns if not turn.answer.done()]

    async def _commit(self, connection: aiosqlite.Connection) -> None:
        try:
            await connection.commit()
            self.commits += 1
        except Exception as error:  # the edge between the writer and its callers: each of them hears of it
            log.error("commit failed", path=str(self._path), operations=len(self.tray), error=repr(error))
            for turn in self.tray:
                turn.error = error
        for turn in self.tray:
            turn.error = turn.error and database_fault(turn.error, self._path)
            turn.settle()


def _closed(path: Path) -> Broken:
    return Broken(f"The database {path} is closed: didtalk is stopping. Start it again, then ask again.")
