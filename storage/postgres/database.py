"""PostgreSQL, for any number of processes on one database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

import asyncpg

from bot.errors import Broken
from bot.runtime.shield import finish
from bot.runtime.wakeups import Bell
from storage.database import Row, Value, Work
from storage.migrations.postgres_runner import upgrade
from storage.postgres.connection import Hand
from storage.postgres.errors import LOST, absent, server_fault
from storage.postgres.notify import Line
from storage.postgres.retry import MOST, ONE, PAUSES, Connection, Patience

T = TypeVar("T")
HANDS = 10  # connections that write and read at once
OLDEST = 130000  # PostgreSQL 13: older ones are mended by nobody any more
SCHEMA = "didtalk"
REHEARSALS = "didtalk_sandbox"  # apart, so that what was asked of the sandbox is never bought

# The server gives up before we do, so that a statement we stopped waiting for is not done behind our back; a replica
# whose machine is gone holds up the others no longer than that. What is confirmed is on the disk, whatever the default.
_SETUP = """
SET search_path TO {schema};
SET default_transaction_isolation TO 'read committed';
SET statement_timeout TO {one};
SET idle_in_transaction_session_timeout TO {one};
SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
"""


@dataclass(frozen=True)
class Server:
    """Where the database is, and in which part of it ours lies."""

    url: str
    schema: str = SCHEMA

    @property
    def where(self) -> str:
        """How it is called in sentences: never with user or password."""
        parts = urlsplit(self.url)
        name = parts.path.lstrip("/") or "of that user"
        host = (parts.netloc.rpartition("@")[2] or "this machine").removesuffix(":")
        return f"{name} at {host}"

    async def connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        """One connection, ready for our statements."""
        connection = await asyncpg.connect(self.url, timeout=ONE, server_settings={"application_name": "didtalk"})
        try:
            await self.set_up(connection)
        except BaseException:
            connection.terminate()
            raise
        return connection

    async def set_up(self, connection: Connection) -> None:
        """Whatever the server's defaults are, ours hold."""
        await connection.execute(_SETUP.format(schema=self.schema, one=int(ONE * 900)))


class Postgres:
    """A database on a server, as one of the processes that use it."""

    shared = True

    def __init__(self, patience: Patience, bell: Bell, applied: list[str]) -> None:
        self.bell = bell
        self.applied = applied
        self._patience = patience

    async def write(self, work: Work[T], *, single: bool = False) -> T:
        """Do a piece of work wholly or not at all; it must wait for nothing but its statements."""
        if single:
            return await self._patience.do(lambda connection, repeated: work(Hand(connection, repeated)))
        return await self._patience.do(partial(_whole, work))

    async def run(self, sql: str, *values: Value) -> list[Row]:
        """Run one statement that writes."""
        return await self.write(lambda statements: statements.run(sql, *values), single=True)

    async def read(self, sql: str, *values: Value) -> list[Row]:
        """Run one statement that only reads; it sees all that was answered for before."""
        return await self.run(sql, *values)


@asynccontextmanager
async def open_postgres(
    url: str, *, schema: str = SCHEMA, alone: bool = False, most: float = MOST
) -> AsyncIterator[Postgres]:
    """Use a database beside others, or `alone`; brought up to date, with as many connections as work needs."""
    server = Server(url, schema)
    async with AsyncExitStack() as stack:
        first = await _first(server, most)
        stack.push_async_callback(_closed, first)
        try:
            if alone:
                await _alone(first, server)
            applied = await upgrade(first, schema, server.where)
        except asyncpg.PostgresError as error:
            raise server_fault(error, server.where) from error
        if not alone:  # else it is what keeps others out
            await _closed(first)
        pool = await stack.enter_async_context(_pool(server))
        line = Line(server.connect, f"didtalk_{schema}")
        await stack.enter_async_context(_standing(line))
        yield Postgres(Patience(pool, server.where, most), line, applied)


async def migrate_postgres(url: str, *, schema: str = SCHEMA) -> list[str]:
    """Bring a database up to this program; the names of the steps that were applied."""
    server = Server(url, schema)
    connection = await _first(server, MOST)
    try:
        return await upgrade(connection, schema, server.where)
    except asyncpg.PostgresError as error:
        raise server_fault(error, server.where) from error
    finally:
        await _closed(connection)


async def _first(server: Server, most: float) -> "asyncpg.Connection[asyncpg.Record]":
    """The first connection; a server that is only starting is waited for."""
    over = asyncio.get_running_loop().time() + most
    while True:
        try:
            connection = await server.connect()
            break
        except LOST as error:
            if asyncio.get_running_loop().time() > over:
                silent = isinstance(error, OSError | TimeoutError)
                raise (absent(server.where) if silent else server_fault(error, server.where)) from error
            await asyncio.sleep(PAUSES[-1])
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise server_fault(error, server.where) from error
        except ValueError as error:
            raise Broken(
                "DIDTALK_DATABASE_URL is no address: postgresql://user:password@host:5432/database."
            ) from error
    version = connection.get_server_version()
    if version.major * 10000 < OLDEST:
        await _closed(connection)
        raise Broken(f"PostgreSQL {version.major} is too old: didtalk needs {OLDEST // 10000} or newer.")
    return connection


async def _alone(connection: Connection, server: Server) -> None:
    """Be the only process in this schema, for as long as this connection stands."""
    sql = "SELECT pg_try_advisory_lock(hashtext('didtalk alone'), hashtext($1))"
    if not await connection.fetchval(sql, server.schema):
        raise Broken(
            f"Another didtalk is rehearsing in the database {server.where}, and each rehearsal has its own sandbox. "
            "Stop it first, or start one sandbox for all (didtalk sandbox) and set what it prints."
        )


async def _closed(connection: Connection) -> None:
    try:
        await connection.close(timeout=2)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
        connection.terminate()


@asynccontextmanager
async def _pool(server: Server) -> AsyncIterator[Any]:
    # Statements leave nothing behind on a connection, so there is nothing to reset and a trip less for each.
    pool = asyncpg.create_pool(
        server.url,
        min_size=0,
        max_size=HANDS,
        timeout=ONE,
        init=server.set_up,
        reset=_nothing,
        server_settings={"application_name": "didtalk"},
    )
    async with AsyncExitStack() as stack:
        stack.callback(pool.terminate)
        await pool
        yield pool
        async with asyncio.timeout(5):
            await finish(pool.close())


async def _nothing(connection: Connection) -> None:
    """Leave a connection as it is."""


@asynccontextmanager
async def _standing(line: Line) -> AsyncIterator[None]:
    """The line, kept for as long as we are inside."""
    standing = asyncio.create_task(line.run(), name="bell")
    try:
        yield
    finally:
        standing.cancel()
        await asyncio.wait((standing,))


async def _whole(work: Work[T], connection: Connection, repeated: bool) -> T:
    async with connection.transaction():
        return await work(Hand(connection, repeated))
