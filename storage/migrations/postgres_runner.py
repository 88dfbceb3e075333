"""Brings a PostgreSQL database up to this program: one process at a time, however many start together."""

from collections.abc import Sequence

import asyncpg
import structlog

from bot.errors import Broken
from storage.migrations.migration import CREATE_MIGRATIONS_TABLE, Migration, load_migrations, pending_migrations
from storage.postgres.retry import Connection

MIGRATION_TIMEOUT_MS = 120_000  # milliseconds for whoever is at it, and for each step: tables may be large

log = structlog.get_logger(__name__)

ACQUIRE_MIGRATION_LOCK = "SELECT pg_advisory_lock(hashtext('didtalk steps'), hashtext($1))"
RELEASE_MIGRATION_LOCK = "SELECT pg_advisory_unlock(hashtext('didtalk steps'), hashtext($1))"
COUNT_SCHEMAS = "SELECT count(*) FROM pg_namespace WHERE nspname = $1"


async def run_postgres_migrations(
    connection: Connection, schema: str, database_name: str, migrations: Sequence[Migration] | None = None
) -> list[str]:
    """Apply what is missing, each step wholly or not at all; the names of what was applied."""
    previous_timeout = await connection.fetchval("SHOW statement_timeout")
    await connection.execute(f"SET statement_timeout TO {MIGRATION_TIMEOUT_MS}")
    await connection.fetchval(ACQUIRE_MIGRATION_LOCK, schema)
    try:
        return await _apply_pending(
            connection, schema, database_name, load_migrations() if migrations is None else migrations
        )
    finally:
        if not connection.is_closed():
            await connection.fetchval(RELEASE_MIGRATION_LOCK, schema)
            await connection.execute(f"SET statement_timeout TO '{previous_timeout}'")


async def _apply_pending(
    connection: Connection, schema: str, database_name: str, migrations: Sequence[Migration]
) -> list[str]:
    if not await connection.fetchval(COUNT_SCHEMAS, schema):
        await connection.execute(f"CREATE SCHEMA {schema}")
    await connection.execute(CREATE_MIGRATIONS_TABLE)
    newest = migrations[-1].number
    sql = "SELECT coalesce(max(number), 0), coalesce(max(beside) FILTER (WHERE number > $1), 0) FROM didtalk_steps"
    version, oldest_compatible = await connection.fetchrow(sql, newest)
    pending = pending_migrations(migrations, version, oldest_compatible, database_name)
    for migration in pending:
        await _apply_migration(connection, migration, database_name)
    return [migration.name for migration in pending]


async def _apply_migration(connection: Connection, migration: Migration, database_name: str) -> None:
    try:
        async with connection.transaction():
            await connection.execute(migration.sql)
            await connection.execute(migration.record_statement)
    except asyncpg.DuplicateTableError as error:
        raise Broken(
            f"The database {database_name} has tables of another program where didtalk keeps its own. Name "
            "another database in "
            "DIDTALK_DATABASE_URL."
        ) from error
    log.info("database brought up", step=migration.name)
