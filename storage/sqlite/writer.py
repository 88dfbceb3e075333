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
from storage.database import TransactionWork
from storage.sqlite.errors import sqlite_error
from storage.sqlite.group_commit import QueuedWrite, WriterConnection

T = TypeVar("T")
MAX_BATCH_OPERATIONS = 500  # operations in one commit, so that the first of them need not wait for ever

log = structlog.get_logger(__name__)


class GroupCommitWriter:
    """Takes operations on the loop's side, and writes batch after batch of them on the connection's thread."""

    def __init__(self, path: Path) -> None:
        self.commit_count = 0
        self._path = path
        self._loop = asyncio.get_running_loop()
        self._incoming: list[QueuedWrite[Any]] = []  # what came in this turn of the loop
        self._queue = SimpleQueue[list[QueuedWrite[Any]]]()  # trays; an empty one is the end
        self._closed = False

    async def write(self, work: TransactionWork[T], *, single: bool = False) -> T:
        """Have work written; `single` says that it is one statement, which undoes itself when it fails."""
        if self._closed:
            raise _closed_error(self._path)
        if not self._incoming:
            # Not at once: the thread would wake for the first of many, and commit it alone.
            self._loop.call_soon(self._flush_incoming)
        future: asyncio.Future[T] = self._loop.create_future()
        self._incoming.append(QueuedWrite(work, future, single))
        return await future

    def close(self) -> None:
        """Take nothing more; what waits is still written."""
        self._closed = True
        self._flush_incoming()
        self._queue.put([])

    def abort(self) -> None:
        """Nobody writes any more, for whatever reason: refuse what still waits."""
        self.close()
        unwritten = self._take_waiting()
        for queued in unwritten:
            queued.error = _closed_error(self._path)
        _resolve_batch(unwritten)

    def write_until_closed(self, connection: WriterConnection) -> None:
        """Write until closed and nothing waits any more; this is all that the connection's thread does."""
        while waiting := self._take_waiting():
            for start in range(0, len(waiting), MAX_BATCH_OPERATIONS):
                batch = [queued for queued in waiting[start : start + MAX_BATCH_OPERATIONS] if not queued.future.done()]
                if batch:
                    self._commit_batch(connection, batch)

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

    def _commit_batch(self, connection: WriterConnection, batch: Sequence[QueuedWrite[Any]]) -> None:
        try:
            connection.write_batch(batch)
            self.commit_count += 1
        except Exception as error:  # the edge between the writer and its callers: each of them hears of it
            log.error("commit failed", path=str(self._path), operations=len(batch), error=repr(error))
            for queued in batch:
                queued.error = error
        for queued in batch:
            queued.error = queued.error and sqlite_error(queued.error, self._path)
        # One call for all of them: each wakes the loop with a trip to the system.
        self._loop.call_soon_threadsafe(_resolve_batch, batch)


def _resolve_batch(batch: Sequence[QueuedWrite[Any]]) -> None:
    for queued in batch:
        queued.resolve()


def _closed_error(path: Path) -> Broken:
    return Broken(f"The database {path} is closed: didtalk is stopping. Start it again, then ask again.")
