"""A database that may be stuck: what is written is refused, or waits, for as long as a test says."""

import asyncio
from typing import TypeVar

from bot.errors import Broken
from bot.runtime.wakeups import Bell
from storage.database import Database, Row, Value, Work

T = TypeVar("T")

LOCKED = "The database is locked by another program. Close that program, then try again."


class Stuck:
    """Stands before a real database."""

    def __init__(self) -> None:
        self.locked = False
        self.free = asyncio.Event()
        self.free.set()
        self._database: Database

    def before(self, database: Database) -> Database:
        """The database as it is used from now on."""
        self._database = database
        return self

    @property
    def bell(self) -> Bell:
        return self._database.bell

    @property
    def shared(self) -> bool:
        return self._database.shared

    async def write(self, work: Work[T], *, single: bool = False) -> T:
        await self._pass()
        return await self._database.write(work, single=single)

    async def run(self, sql: str, *values: Value) -> list[Row]:
        await self._pass()
        return await self._database.run(sql, *values)

    async def read(self, sql: str, *values: Value) -> list[Row]:
        return await self._database.read(sql, *values)

    async def _pass(self) -> None:
        if self.locked:
            raise Broken(LOCKED)
        await self.free.wait()
