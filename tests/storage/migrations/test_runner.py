"""Steps of the database: forward only, each wholly or not at all."""

import sqlite3
from contextlib import closing
from pathlib import Path

import aiosqlite
import pytest

from storage.migrations.migration import Migration, load_migrations
from storage.migrations.sqlite_runner import run_sqlite_migrations
from storage.sqlite.database import migrate_sqlite, open_sqlite


async def test_a_new_database_gets_every_step_once(tmp_path: Path) -> None:
    """The first opening applies all steps and names them; the second finds nothing to do."""
    where = tmp_path / "a.sqlite3"
    assert await migrate_sqlite(where) == [step.name for step in load_migrations()]
    assert await migrate_sqlite(where) == []
    async with open_sqlite(where) as database:
        assert database.applied_migrations == []


async def test_only_missing_steps_are_applied(tmp_path: Path) -> None:
    """A database from before the last step gets the last step alone, and keeps what it had."""
    where = tmp_path / "a.sqlite3"
    async with aiosqlite.connect(where, isolation_level=None) as connection:
        assert await run_sqlite_migrations(connection, where, load_migrations()[:1]) == ["0001_jobs.sql"]
    assert await migrate_sqlite(where) == [step.name for step in load_migrations()[1:]]


async def test_a_failing_step_leaves_nothing_behind(tmp_path: Path) -> None:
    """When a step fails in its middle, all of it is undone and the version stays, so it can be tried again."""
    where = tmp_path / "a.sqlite3"
    bad = Migration(
        len(load_migrations()) + 1, "9999_bad.sql", "CREATE TABLE half (x TEXT);\nINSERT INTO nowhere VALUES (1);"
    )
    async with aiosqlite.connect(where, isolation_level=None) as connection:
        with pytest.raises(sqlite3.OperationalError, match="nowhere"):
            await run_sqlite_migrations(connection, where, [*load_migrations(), bad])
        assert not connection.in_transaction
    with closing(sqlite3.connect(where)) as look:
        assert look.execute("PRAGMA user_version").fetchone() == (len(load_migrations()),)
        assert look.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone() == (0,)


def test_steps_are_numbered_without_gaps() -> None:
    """Two steps with one number, or a missing one, would leave databases that differ."""
    assert [step.number for step in load_migrations()] == list(range(1, len(load_migrations()) + 1))
