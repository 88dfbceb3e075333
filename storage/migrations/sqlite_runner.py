"""Brings a database file up to this program, one numbered file after another and never back."""

from pathlib import Path

import aiosqlite

from bot.errors import Broken
from storage.migrations.migration import CREATE_MIGRATIONS_TABLE, Migration, load_migrations, pending_migrations

_APPLICATION_ID = 0x44544C4B  # "DTLK" in the file's header, to know our own database from another program's


async def run_sqlite_migrations(
    connection: aiosqlite.Connection, path: Path, migrations: list[Migration] | None = None
) -> list[str]:
    """Apply what is missing, each step wholly or not at all; the names of what was applied."""
    migrations = load_migrations() if migrations is None else migrations
    version = await _query_number(connection, "PRAGMA user_version")
    await _check_application_id(connection, version, path)
    pending = pending_migrations(
        migrations, version, await _oldest_compatible(connection, migrations[-1].number, version), str(path)
    )
    for migration in pending:
        await _apply_migration(connection, migration)
    return [migration.name for migration in pending]


async def _oldest_compatible(connection: aiosqlite.Connection, newest_known: int, version: int) -> int:
    """The oldest step that a program must know, after those that this one does not."""
    if version <= newest_known:
        return 0
    if not await _query_number(connection, "SELECT count(*) FROM sqlite_master WHERE name = 'didtalk_steps'"):
        return version
    sql = f"SELECT coalesce(max(beside), {version}) FROM didtalk_steps WHERE number > {newest_known}"  # noqa: S608 - numbers
    return await _query_number(connection, sql)


async def _check_application_id(connection: aiosqlite.Connection, version: int, path: Path) -> None:
    tables = await _query_number(connection, "SELECT count(*) FROM sqlite_master")
    if tables and await _query_number(connection, "PRAGMA application_id") != _APPLICATION_ID:
        raise Broken(
            f"The database {path} belongs to another program (format {version}). "
            "Move it away, or set DIDTALK_DATABASE_URL to another file."
        )


async def _apply_migration(connection: aiosqlite.Connection, migration: Migration) -> None:
    # Python's executescript commits whatever is open before it begins, so the transaction is part of the script.
    script = (
        f"BEGIN IMMEDIATE;\n{CREATE_MIGRATIONS_TABLE}\n{migration.sql}\n{migration.record_statement}\n"
        f"PRAGMA application_id = {_APPLICATION_ID};\nPRAGMA user_version = {migration.number};\nCOMMIT;"
    )
    try:
        await connection.executescript(script)
    except BaseException:
        if connection.in_transaction:
            await connection.rollback()
        raise


async def _query_number(connection: aiosqlite.Connection, sql: str) -> int:
    (row,) = await connection.execute_fetchall(sql)
    return int(row[0])
