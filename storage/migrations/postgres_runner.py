"""Brings a PostgreSQL database up to this program: one process at a time, however many start together."""

from collections.abc import Sequence

import asyncpg
import structlog

from bot.errors import Broken
from storage.migrations.migration import APPLIED, Step, missing, steps
from storage.postgres.retry import Connection

WAIT = 120_000  # milliseconds for whoever is at it, and for each step: tables may be large

log = structlog.get_logger(__name__)

LOCK = "SELECT pg_advisory_lock(hashtext('didtalk steps'), hashtext($1))"
UNLOCK = "SELECT pg_advisory_unlock(hashtext('didtalk steps'), hashtext($1))"
SCHEMA = "SELECT count(*) FROM pg_namespace WHERE nspname = $1"


async def upgrade(connection: Connection, schema: str, where: str, known: Sequence[Step] | None = None) -> list[str]:
    """Apply what is missing, each step wholly or not at all; the names of what was applied."""
    patience = await connection.fetchval("SHOW statement_timeout")
    await connection.execute(f"SET statement_timeout TO {WAIT}")
    await connection.fetchval(LOCK, schema)
    try:
        return await _apply(connection, schema, where, steps() if known is None else known)
    finally:
        if not connection.is_closed():
            await connection.fetchval(UNLOCK, schema)
            await connection.execute(f"SET statement_timeout TO '{patience}'")


async def _apply(connection: Connection, schema: str, where: str, known: Sequence[Step]) -> list[str]:
    if not await connection.fetchval(SCHEMA, schema):
        await connection.execute(f"CREATE SCHEMA {schema}")
    await connection.execute(APPLIED)
    newest = known[-1].number
    sql = "SELECT coalesce(max(number), 0), coalesce(max(beside) FILTER (WHERE number > $1), 0) FROM didtalk_steps"
    version, beside = await connection.fetchrow(sql, newest)
    todo = missing(known, version, beside, where)
    for step in todo:
        await _step(connection, step, where)
    return [step.name for step in todo]


async def _step(connection: Connection, step: Step, where: str) -> None:
    try:
        async with connection.transaction():
            await connection.execute(step.sql)
            await connection.execute(step.record)
    except asyncpg.DuplicateTableError as error:
        raise Broken(
            f"The database {where} has tables of another program where didtalk keeps its own. Name another database in "
            "DIDTALK_DATABASE_URL."
        ) from error
    log.info("database brought up", step=step.name)
