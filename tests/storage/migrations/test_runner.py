"""The migrations of the program itself; tests/contracts/test_version_guard.py tests the runner on every engine."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import Broken
from storage.migrations.runner import load_migrations
from storage.open import migrate_database
from storage.sqlite.open import _APPLICATION_ID, open_sqlite


async def test_a_new_database_gets_every_step_once(tmp_path: Path) -> None:
    """The first opening applies all migrations and names them; the second finds nothing to do."""
    where = tmp_path / "a.sqlite3"
    assert await migrate_database(f"sqlite:///{where}") == [migration.name for migration in load_migrations()]
    assert await migrate_database(f"sqlite:///{where}") == []
    async with open_sqlite(where) as database:
        assert database.applied_migrations == []


async def test_a_file_of_an_unreleased_version_keeps_every_byte(tmp_path: Path) -> None:
    """Refused by the whole opening, not only by the runner."""
    where = tmp_path / "a.sqlite3"
    with closing(sqlite3.connect(where)) as old:
        old.execute("PRAGMA journal_mode=WAL")
        old.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        old.execute("CREATE TABLE notes (space TEXT, name TEXT, body TEXT)")
        old.commit()
    before = where.read_bytes()
    with pytest.raises(Broken, match="made by an unreleased version of didtalk"):
        async with open_sqlite(where):
            pass
    assert where.read_bytes() == before


def test_steps_are_numbered_without_gaps() -> None:
    """Two migrations with one number, or a missing one, would leave databases that differ."""
    assert [migration.number for migration in load_migrations()] == list(range(1, len(load_migrations()) + 1))
