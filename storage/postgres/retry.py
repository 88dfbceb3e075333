"""Does work on a database server in spite of what lies between: it waits out a restart and repeats what was raced.

Every try has a deadline, and all of them together another: whoever asked hears a sentence rather than nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import asyncpg
import structlog

from storage.postgres.errors import LOST, RACED, server_fault

T = TypeVar("T")
Hands = Callable[["Connection", bool], Awaitable[T]]
Connection = Any  # asyncpg's own, or the pool's proxy for one; their stubs share no type

MOST = 12.0  # seconds for all tries: a server that restarts is back by then, and a hold does not run out
ONE = 8.0  # seconds for one try; the server itself gives up a little earlier, so that nothing is in doubt
RACES = 5  # whoever was quicker has written by then, and is seen
PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8)

log = structlog.get_logger(__name__)


class Patience:
    """Lends connections of a pool to work, as often as it takes."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", where: str, most: float = MOST) -> None:
        self._pool = pool
        self._where = where
        self._most = most

    async def do(self, work: Hands[T]) -> T:
        """The answer of the work; it is told whether an earlier try may have been written."""
        over = asyncio.get_running_loop().time() + self._most
        lost = raced = 0
        while True:
            try:
                return await self._once(work, lost > 0)
            except RACED as error:
                raced += 1
                if raced > RACES:
                    raise
                log.debug("raced", error=type(error).__name__)
            except (*LOST, asyncpg.InterfaceError) as error:
                pause = PAUSES[min(lost, len(PAUSES) - 1)]
                fault = server_fault(error, self._where)
                if fault is error or asyncio.get_running_loop().time() + pause > over:
                    raise fault from error
                lost += 1
                log.warning("database lost", error=type(error).__name__, tries=lost)
                await asyncio.sleep(pause)
            except asyncpg.PostgresError as error:
                raise server_fault(error, self._where) from error

    async def _once(self, work: Hands[T], repeated: bool) -> T:
        async with self._lent() as connection:
            try:
                async with asyncio.timeout(ONE):
                    return await work(connection, repeated)
            except TimeoutError:
                connection.terminate()  # a line that does not answer would hold up its way back to the pool too
                raise

    @asynccontextmanager
    async def _lent(self) -> AsyncIterator[Connection]:
        connection = await self._pool.acquire(timeout=ONE)
        try:
            yield connection
        finally:
            await self._pool.release(connection, timeout=ONE)
