"""A database whose writes are refused, or wait, for as long as a test says."""

import asyncio
from typing import TypeVar

from bot.errors import Broken
from bot.runtime.wakeups import Wakeups
from storage.database import Database, Row, TransactionWork, Value

T = TypeVar("T")

LOCKED_SENTENCE = "The database is locked by another program. Close that program, then try again."


class StuckDatabase:
    """Wraps a real database."""

    def __init__(self) -> None:
        self.locked = False
        self.unblocked = asyncio.Event()
        self.unblocked.set()
        self._database: Database

    def wrap_database(self, database: Database) -> Database:
        """The database as it is used from now on."""
        self._database = database
        return self

    @property
    def applied_migrations(self) -> list[str]:
        return self._database.applied_migrations

    @property
    def wakeups(self) -> Wakeups:
        return self._database.wakeups

    @property
    def shared(self) -> bool:
        return self._database.shared

    async def write(self, work: TransactionWork[T], *, single: bool = False) -> T:
        await self._wait_or_refuse()
        return await self._database.write(work, single=single)

    async def run(self, sql: str, *values: Value) -> list[Row]:
        await self._wait_or_refuse()
        return await self._database.run(sql, *values)

    async def read(self, sql: str, *values: Value) -> list[Row]:
        return await self._database.read(sql, *values)

    async def _wait_or_refuse(self) -> None:
        if self.locked:
            raise Broken(LOCKED_SENTENCE)
        await self.unblocked.wait()
