"""A database on a server, shared with other processes. Work is repeated after a conflict or a lost connection.

Every attempt has a deadline, and all of them together another: the caller gets an error sentence rather than no answer.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, TypeVar

import asyncpg
import structlog

from bot.runtime.wakeups import Wakeups
from storage.database import Row, TransactionWork, Value
from storage.postgres.errors import CONFLICT_ERRORS, CONNECTION_ERRORS, postgres_error

T = TypeVar("T")
Connection = Any  # asyncpg's connection or the pool's proxy; their stubs share no type

MAX_RETRY_SECONDS = 12.0  # for all attempts: long enough for a restart of the server, shorter than a lease
ATTEMPT_TIMEOUT_SECONDS = 8.0  # the server gives up a little earlier, so that the outcome is known
MAX_CONFLICTS = 5
RETRY_PAUSES_SECONDS = (0.05, 0.1, 0.2, 0.4, 0.8)

log = structlog.get_logger(__name__)


class PostgresStatements:
    """Statements of one transaction, on one connection."""

    sole_writer = False

    def __init__(self, connection: Connection, is_retry: bool) -> None:
        self._connection = connection
        self.is_retry = is_retry

    async def run(self, sql: str, *values: Value) -> list[Row]:
        rows: list[Row] = await self._connection.fetch(sql, *map(_without_nul, values))
        return rows

    async def run_counting(self, sql: str, *values: Value) -> int:
        status: str = await self._connection.execute(sql, *map(_without_nul, values))
        return int(status.rpartition(" ")[2])  # such as INSERT 0 1

    async def run_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        if rows:
            await self._connection.executemany(sql, [tuple(map(_without_nul, row)) for row in rows])


class PostgresDatabase:
    """Runs work on connections of a pool."""

    shared = True

    def __init__(
        self,
        pool: "asyncpg.Pool[asyncpg.Record]",
        database_name: str,
        wakeups: Wakeups,
        applied_migrations: list[str],
        max_retry_seconds: float,
    ) -> None:
        self.wakeups = wakeups
        self.applied_migrations = applied_migrations
        self._pool = pool
        self._database_name = database_name
        self._max_retry_seconds = max_retry_seconds

    async def write(self, work: TransactionWork[T], *, single: bool = False) -> T:
        deadline = asyncio.get_running_loop().time() + self._max_retry_seconds
        lost_count = conflict_count = 0
        while True:
            try:
                return await self._attempt(work, single, is_retry=lost_count > 0)
            except CONFLICT_ERRORS as error:
                conflict_count += 1
                if conflict_count > MAX_CONFLICTS:
                    raise
                log.debug("write conflict", error=type(error).__name__)
            except (*CONNECTION_ERRORS, asyncpg.InterfaceError) as error:
                pause = RETRY_PAUSES_SECONDS[min(lost_count, len(RETRY_PAUSES_SECONDS) - 1)]
                translated = postgres_error(error, self._database_name)
                if translated is error or asyncio.get_running_loop().time() + pause > deadline:
                    raise translated from error
                lost_count += 1
                log.warning("database connection lost", error=type(error).__name__, attempts=lost_count)
                await asyncio.sleep(pause)
            except asyncpg.PostgresError as error:
                raise postgres_error(error, self._database_name) from error

    async def run(self, sql: str, *values: Value) -> list[Row]:
        return await self.write(lambda statements: statements.run(sql, *values), single=True)

    async def read(self, sql: str, *values: Value) -> list[Row]:
        return await self.run(sql, *values)

    async def _attempt(self, work: TransactionWork[T], single: bool, *, is_retry: bool) -> T:
        connection: Connection = await self._pool.acquire(timeout=ATTEMPT_TIMEOUT_SECONDS)
        try:
            async with asyncio.timeout(ATTEMPT_TIMEOUT_SECONDS):
                statements = PostgresStatements(connection, is_retry)
                if single:
                    return await work(statements)
                async with connection.transaction():
                    return await work(statements)
        except TimeoutError:
            connection.terminate()  # otherwise returning it to the pool would wait as well
            raise
        finally:
            await self._pool.release(connection, timeout=ATTEMPT_TIMEOUT_SECONDS)


def _without_nul(value: Value) -> Value:
    """PostgreSQL stores every character except NUL, which people may send."""
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}") if isinstance(value, str) and "\0" in value else value
