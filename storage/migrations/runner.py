"""Brings a database up to this program: numbered SQL files, applied in order, never changed once released.

A migration that older programs can work with has a line of its own, `-- oldest-compatible: 5`. Programs that know
migration 5 may then keep running. A migration without that line stops older programs.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Protocol

import structlog

from bot.errors import Broken, Trouble
from bot.runtime.clock import Clock
from storage.database import Database, Row, Value

VERSION_CHECK_SECONDS = 60.0
_FILE_NAME_PATTERN = re.compile(r"(\d{4})_\w+\.sql")
_COMPATIBLE_PATTERN = re.compile(r"^-- oldest-compatible: (\d+)$", re.MULTILINE)
_UNRELEASED_TABLES = frozenset({"didtalk_steps", "notes", "notices", "inbox", "seats", "turns", "console_leaves"})

CREATE_MIGRATIONS_TABLE = (
    "CREATE TABLE IF NOT EXISTS didtalk_migrations"
    " (number INTEGER PRIMARY KEY, name TEXT NOT NULL, oldest_compatible INTEGER NOT NULL);"
)
SELECT_VERSION = "SELECT coalesce(max(number), 0) FROM didtalk_migrations"
SELECT_NEWER_MIGRATIONS = (
    "SELECT coalesce(max(number), 0), coalesce(max(oldest_compatible), 0) FROM didtalk_migrations WHERE number > $1"
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Migration:
    """One numbered file."""

    number: int
    name: str
    sql: str

    @property
    def script(self) -> str:
        """Its statements, and the one that records it. Run in one transaction."""
        match = _COMPATIBLE_PATTERN.search(self.sql)
        values = f"({self.number}, '{self.name}', {match[1] if match else self.number})"
        record = f"INSERT INTO didtalk_migrations (number, name, oldest_compatible) VALUES {values};"  # noqa: S608 - a file of ours
        return f"{CREATE_MIGRATIONS_TABLE}\n{self.sql}\n{record}"


class MigrationConnection(Protocol):
    """What differs between the engines: how to list tables and how to run a script."""

    database_name: str

    async def list_tables(self) -> set[str]:
        """The tables that exist; Broken when they are another program's."""
        ...

    async def query(self, sql: str, *values: Value) -> Sequence[Row]: ...

    async def run_script(self, script: str) -> None:
        """Run statements in one transaction."""
        ...


def load_migrations() -> list[Migration]:
    """All migrations of this program, in order."""
    matches = [
        (match, file)
        for file in files("storage.migrations").iterdir()
        if (match := _FILE_NAME_PATTERN.fullmatch(file.name))
    ]
    migrations = [Migration(int(match[1]), file.name, file.read_text("utf-8")) for match, file in matches]
    return sorted(migrations, key=lambda migration: migration.number)


async def run_migrations(connection: MigrationConnection, migrations: Sequence[Migration] | None = None) -> list[str]:
    """Apply what is missing, each migration wholly or not at all; the names of those applied."""
    migrations = load_migrations() if migrations is None else migrations
    tables = await connection.list_tables()
    if tables & _UNRELEASED_TABLES:
        raise Broken(
            f"The database {connection.database_name} was made by an unreleased version of didtalk and cannot be used. "
            "Nothing in it was changed. Start with a new data folder (DIDTALK_DATA_DIR), or with a new database or "
            "schema (DIDTALK_DATABASE_URL)."
        )
    version = 0
    if "didtalk_migrations" in tables:
        newest_known = migrations[-1].number
        newer = await connection.query(SELECT_NEWER_MIGRATIONS, newest_known)
        _refuse_newer(newer, newest_known, connection.database_name)
        ((version,),) = await connection.query(SELECT_VERSION)
    pending = [migration for migration in migrations if migration.number > version]
    for migration in pending:
        await connection.run_script(migration.script)
        if version:  # not for a new database
            log.info("migration applied", database=connection.database_name, migration=migration.name)
    return [migration.name for migration in pending]


async def guard_schema_version(database: Database, clock: Clock) -> None:
    """Check every minute until cancelled; Broken when a newer program's migration excludes this one.

    Replicas are replaced one by one, so a migration may be applied while older programs run.
    """
    newest_known = load_migrations()[-1].number
    while True:
        await clock.sleep(VERSION_CHECK_SECONDS)
        try:
            rows = await database.read(SELECT_NEWER_MIGRATIONS, newest_known)
        except Trouble as trouble:
            log.info("schema version not checked", why=trouble.sentence)
            continue
        _refuse_newer(rows, newest_known, "of all replicas")


def _refuse_newer(rows: Sequence[Row], newest_known: int, database_name: str) -> None:
    ((version, oldest_compatible),) = rows
    if oldest_compatible > newest_known:
        raise Broken(
            f"The database {database_name} was written by a newer didtalk (format {version}; this one knows "
            f"{newest_known}). Update didtalk, or give this one its own DIDTALK_DATA_DIR or DIDTALK_DATABASE_URL."
        )
