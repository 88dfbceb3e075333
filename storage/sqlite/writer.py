"""The pen: hands what waits to the one connection that writes. What comes while a commit runs shares the next one.

A commit costs a trip to the disk whether it holds one operation or a hundred, so sharing it is what makes a durable
insert cheap. Each operation still stands alone: one that fails is undone alone, and nobody is answered before the
commit. An operation whose caller went away before its turn is left out; one whose turn has come is written wholly.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

import structlog

from bot.errors import Broken
from storage.database import Work
from storage.sqlite.errors import database_fault
from storage.sqlite.group_commit import Nib, Turn

T = TypeVar("T")
MOST = 500  # operations in one commit, so that the first of them need not wait for ever

log = structlog.get_logger(__name__)


class Pen:
    """Takes operations on the loop's side, and writes batch after batch of them on the connection's thread."""

    def __init__(self, path: Path) -> None:
        self.commits = 0
        self._path = path
        self._loop = asyncio.get_running_loop()
        self._tray: list[Turn[Any]] = []  # what came in this turn of the loop
        self._waiting = SimpleQueue[list[Turn[Any]]]()  # trays; an empty one is the end
        self._closed = False

    async def write(self, work: Work[T], *, single: bool = False) -> T:
        """Have work written; `single` says that it is one statement, which undoes itself when it fails."""
        if self._closed:
            raise _closed(self._path)
        if not self._tray:
            # Not at once: the thread would wake for the first of many, and commit it alone.
            self._loop.call_soon(self._hand_over)
        answer: asyncio.Future[T] = self._loop.create_future()
        self._tray.append(Turn(work, answer, single))
        return await answer

    def close(self) -> None:
        """Take nothing more; what waits is still written."""
        self._closed = True
        self._hand_over()
        self._waiting.put([])

    def end(self) -> None:
        """Nobody writes any more, for whatever reason: refuse what still waits."""
        self.close()
        left = self._next()
        for turn in left:
            turn.error = _closed(self._path)
        _settle(left)

    def serve(self, nib: Nib) -> None:
        """Write until closed and nothing waits any more; this is all that the connection's thread does."""
        while turns := self._next():
            for at in range(0, len(turns), MOST):
                batch = [turn for turn in turns[at : at + MOST] if not turn.answer.done()]
                if batch:
                    self._commit(nib, batch)

    def _hand_over(self) -> None:
        if self._tray:
            self._waiting.put(self._tray)
            self._tray = []

    def _next(self) -> list[Turn[Any]]:
        """All that waits, as soon as something does; nothing at the end."""
        tray = self._waiting.get()
        found = list(tray)
        while tray and not self._waiting.empty():
            tray = self._waiting.get()
            found += tray
        if not tray:
            self._waiting.put(tray)  # the end stays the end
        return found

    def _commit(self, nib: Nib, batch: Sequence[Turn[Any]]) -> None:
        try:
            nib.write(batch)
            self.commits += 1
        except Exception as error:  # the edge between the writer and its callers: each of them hears of it
            log.error("commit failed", path=str(self._path), operations=len(batch), error=repr(error))
            for turn in batch:
                turn.error = error
        for turn in batch:
            turn.error = turn.error and database_fault(turn.error, self._path)
        # One call for all of them: each wakes the loop with a trip to the system.
        self._loop.call_soon_threadsafe(_settle, batch)


def _settle(batch: Sequence[Turn[Any]]) -> None:
    for turn in batch:
        turn.settle()


def _closed(path: Path) -> Broken:
    return Broken(f"The database {path} is closed: didtalk is stopping. Start it again, then ask again.")
