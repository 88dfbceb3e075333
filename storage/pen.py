"""The pen: hands what waits to the one connection that writes. What comes while a commit runs shares the next one.

A commit costs a trip to the disk whether it holds one operation or a hundred, so sharing it is what makes a durable
insert cheap. Each operation still stands alone: one that fails is undone alone, and nobody is answered before the
commit. An operation whose caller went away before its turn is left out; one whose turn has come is written wholly.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import structlog

from bot.errors import Broken
from storage.database import Work
from storage.faults import database_fault
from storage.nib import Nib, Turn

T = TypeVar("T")
MOST = 500  # operations in one commit, so that the first of them need not wait for ever

log = structlog.get_logger(__name__)


class Pen:
    """Takes operations on the loop's side, and writes batch after batch of them on the connection's thread."""

    def __init__(self, path: Path) -> None:
        self.commits = 0
        self._path = path
        self._loop = asyncio.get_running_loop()
        self._waiting = SimpleQueue[Turn[Any] | None]()  # None is the end
        self._closed = False

    async def write(self, work: Work[T], *, single: bool = False) -> T:
        """Have work written; `single` says that it is one statement, which undoes itself when it fails."""
        if self._closed:
            raise _closed(self._path)
        answer: asyncio.Future[T] = self._loop.create_future()
        self._waiting.put(Turn(work, answer, single))
        return await answer

    def close(self) -> None:
        """Take nothing more; what waits is still written."""
        self._closed = True
        self._waiting.put(None)

    def end(self) -> None:
        """Nobody writes any more, for whatever reason: refuse what still waits."""
        self._closed = True
        left = self._more()
        for turn in left:
            turn.error = _closed(self._path)
        _settle(left)

    def serve(self, nib: Nib) -> None:
        """Write until closed and nothing waits any more; this is all that the connection's thread does."""
        while (first := self._waiting.get()) is not None:
            batch = [turn for turn in (first, *self._more()) if not turn.answer.done()]
            if batch:
                self._commit(nib, batch)

    def _more(self) -> list[Turn[Any]]:
        """What came meanwhile."""
        found: list[Turn[Any]] = []
        try:
            while len(found) < MOST - 1:
                if (turn := self._waiting.get_nowait()) is None:
                    self._waiting.put(None)  # for whoever asks next
                    break
                found.append(turn)
        except Empty:
            pass
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
