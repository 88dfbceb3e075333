"""Opens a database on a PostgreSQL server, for any number of processes."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from bot.errors import Broken
from bot.runtime.shield import finish_shielded
from storage.database import Row, Value
from storage.migrations.runner import run_migrations
from storage.postgres.database import (
    ATTEMPT_TIMEOUT_SECONDS,
    MAX_RETRY_SECONDS,
    RETRY_PAUSES_SECONDS,
    Connection,
    PostgresDatabase,
)
from storage.postgres.errors import CONNECTION_ERRORS, postgres_error, unreachable_at_start
from storage.postgres.notify import PostgresWakeups

MAX_CONNECTIONS = 10
MIGRATION_TIMEOUT_MS = 120_000  # for each migration, and for the wait until another process has migrated
OLDEST_POSTGRES = 130000  # PostgreSQL 13: older ones are no longer maintained
DATABASE_SCHEMA = "didtalk"
SANDBOX_SCHEMA = "didtalk_sandbox"  # separate, so that sandbox jobs are never sent to the real providers

# The server gives up before we do, so a statement we stopped waiting for does not run later, and a replica whose
# machine died blocks others no longer than that. Confirmed writes are on the disk whatever the server's default is.
_SESSION_SETUP = """
SET search_path TO {schema};
SET default_transaction_isolation TO 'read committed';
SET statement_timeout TO {one};
SET idle_in_transaction_session_timeout TO {one};
SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
"""
ACQUIRE_MIGRATION_LOCK = "SELECT pg_advisory_lock(hashtext('didtalk migrations'), hashtext($1))"
RELEASE_MIGRATION_LOCK = "SELECT pg_advisory_unlock(hashtext('didtalk migrations'), hashtext($1))"


@dataclass(frozen=True)
class PostgresServer:
    """The server's address and our schema."""

    url: str
    schema: str = DATABASE_SCHEMA

    @property
    def display_name(self) -> str:
        """Its name in messages, without user and password."""
        parts = urlsplit(self.url)
        name = parts.path.lstrip("/") or "of that user"
        host = (parts.netloc.rpartition("@")[2] or "this machine").removesuffix(":")
        return f"{name} at {host}"

    async def connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        connection = await asyncpg.connect(
            self.url, timeout=ATTEMPT_TIMEOUT_SECONDS, server_settings={"application_name": "didtalk"}
        )
        try:
            await self.set_up(connection)
        except BaseException:
            connection.terminate()
            raise
        return connection

    async def set_up(self, connection: Connection) -> None:
        """Override the server's defaults."""
        await connection.execute(_SESSION_SETUP.format(schema=self.schema, one=int(ATTEMPT_TIMEOUT_SECONDS * 900)))


class PostgresMigrationConnection:
    """A connection for migrations of one schema."""

    def __init__(self, connection: Connection, server: PostgresServer) -> None:
        self.database_name = server.display_name
        self._connection = connection
        self._schema = server.schema

    async def list_tables(self) -> set[str]:
        rows = await self.query("SELECT tablename FROM pg_tables WHERE schemaname = $1", self._schema)
        return {name for (name,) in rows}

    async def query(self, sql: str, *values: Value) -> Sequence[Row]:
        rows: Sequence[Row] = await self._connection.fetch(sql, *values)
        return rows

    async def run_script(self, script: str) -> None:
        """Run statements in one transaction; the first creates the schema."""
        try:
            async with self._connection.transaction():
                if not await self.query("SELECT 1 FROM pg_namespace WHERE nspname = $1", self._schema):
                    await self._connection.execute(f"CREATE SCHEMA {self._schema}")
                await self._connection.execute(script)
        except asyncpg.DuplicateTableError as error:
            raise Broken(
                f"The database {self.database_name} has tables of another program where didtalk keeps its own. "
                "Name another database in DIDTALK_DATABASE_URL."
            ) from error


@asynccontextmanager
async def open_postgres(
    url: str, *, schema: str = DATABASE_SCHEMA, exclusive: bool = False, max_retry_seconds: float = MAX_RETRY_SECONDS
) -> AsyncIterator[PostgresDatabase]:
    """Migrate and open a database, shared with other processes unless `exclusive`."""
    server = PostgresServer(url, schema)
    async with AsyncExitStack() as stack:
        first = await _connect_first(server, max_retry_seconds)
        stack.push_async_callback(_close_connection, first)
        try:
            if exclusive:
                await _lock_schema(first, server)
            applied = await _migrate(first, server)
        except asyncpg.PostgresError as error:
            raise postgres_error(error, server.display_name) from error
        if not exclusive:  # else it is what keeps others out
            await _close_connection(first)
        pool = await stack.enter_async_context(_open_pool(server))
        wakeups = PostgresWakeups(server.connect, f"didtalk_{schema}")
        await stack.enter_async_context(_run_wakeups(wakeups))
        yield PostgresDatabase(pool, server.display_name, wakeups, applied, max_retry_seconds)


async def _migrate(connection: Connection, server: PostgresServer) -> list[str]:
    """Apply migrations, one process at a time."""
    previous_timeout = await connection.fetchval("SHOW statement_timeout")
    await connection.execute(f"SET statement_timeout TO {MIGRATION_TIMEOUT_MS}")
    await connection.fetchval(ACQUIRE_MIGRATION_LOCK, server.schema)
    try:
        return await run_migrations(PostgresMigrationConnection(connection, server))
    finally:
        if not connection.is_closed():
            await connection.fetchval(RELEASE_MIGRATION_LOCK, server.schema)
            await connection.execute(f"SET statement_timeout TO '{previous_timeout}'")


async def _connect_first(server: PostgresServer, max_retry_seconds: float) -> "asyncpg.Connection[asyncpg.Record]":
    """The first connection; waits for a server that is starting."""
    deadline = asyncio.get_running_loop().time() + max_retry_seconds
    while True:
        try:
            connection = await server.connect()
            break
        except CONNECTION_ERRORS as error:
            if asyncio.get_running_loop().time() > deadline:
                no_answer = isinstance(error, OSError | TimeoutError)
                raise (
                    unreachable_at_start(server.display_name)
                    if no_answer
                    else postgres_error(error, server.display_name)
                ) from error
            await asyncio.sleep(RETRY_PAUSES_SECONDS[-1])
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise postgres_error(error, server.display_name) from error
        except ValueError as error:
            raise Broken(
                "DIDTALK_DATABASE_URL is not a valid address. Use postgresql://user:password@host:5432/database."
            ) from error
    version = connection.get_server_version()
    if version.major * 10000 < OLDEST_POSTGRES:
        await _close_connection(connection)
        raise Broken(f"PostgreSQL {version.major} is too old: didtalk needs {OLDEST_POSTGRES // 10000} or newer.")
    return connection


async def _lock_schema(connection: Connection, server: PostgresServer) -> None:
    """Be the only process in this schema while this connection is open."""
    sql = "SELECT pg_try_advisory_lock(hashtext('didtalk sandbox'), hashtext($1))"
    if not await connection.fetchval(sql, server.schema):
        raise Broken(
            f"Another didtalk already uses the sandbox of the database {server.display_name}. "
            "Stop it first, or start one sandbox for all (didtalk sandbox) and set the variables it prints."
        )


async def _close_connection(connection: Connection) -> None:
    try:
        await connection.close(timeout=2)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
        connection.terminate()


@asynccontextmanager
async def _open_pool(server: PostgresServer) -> AsyncIterator[Any]:
    # Statements leave no state on a connection, so the reset and its round trip are not needed.
    pool = asyncpg.create_pool(
        server.url,
        min_size=0,
        max_size=MAX_CONNECTIONS,
        timeout=ATTEMPT_TIMEOUT_SECONDS,
        init=server.set_up,
        reset=_skip_reset,
        server_settings={"application_name": "didtalk"},
    )
    async with AsyncExitStack() as stack:
        stack.callback(pool.terminate)
        await pool
        yield pool
        async with asyncio.timeout(5):
            await finish_shielded(pool.close())


async def _skip_reset(connection: Connection) -> None:
    """Nothing to reset."""


@asynccontextmanager
async def _run_wakeups(wakeups: PostgresWakeups) -> AsyncIterator[None]:
    running = asyncio.create_task(wakeups.run(), name="wakeups")
    try:
        yield
    finally:
        running.cancel()
        await asyncio.wait((running,))
