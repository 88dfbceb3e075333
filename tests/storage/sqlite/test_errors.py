"""Everything that can be wrong with a data folder gets a sentence with the path and the next step."""

import os
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot.errors import Broken
from storage.file_shelf import DiskShelf
from storage.migrations.runner import load_migrations
from storage.sqlite.open import open_sqlite
from storage.tables.key_value import SqlKeyValueStore

NOBODY_UID = 65534


async def _refusal_sentence(where: Path) -> str:
    with pytest.raises(Broken) as refused:
        async with open_sqlite(where, busy_timeout=0.1):
            pass
    assert str(where.parent) in refused.value.sentence
    return refused.value.sentence


@contextmanager
def _public_folder() -> Iterator[Path]:
    """A folder that other users of the machine can reach, unlike those of pytest."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name).resolve()


@contextmanager
def _without_write_permission(mode: int, *paths: Path) -> Iterator[None]:
    """Remove write permission, also when the tests run as root."""
    root = os.geteuid() == 0
    for path in paths:
        path.chmod(mode)
    if root:
        os.seteuid(NOBODY_UID)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        for path in paths:
            path.chmod(0o700)


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    """A text file in the database's place is named and not changed."""
    where = tmp_path / "a.sqlite3"
    where.write_bytes(b"Dear diary, " * 500)
    assert "damaged or is not a database" in await _refusal_sentence(where)
    assert where.read_bytes().startswith(b"Dear diary")


async def test_a_damaged_database(tmp_path: Path) -> None:
    """Overwritten pages are reported in a sentence, not as a traceback."""
    where = tmp_path / "a.sqlite3"
    async with open_sqlite(where) as database:
        for n in range(100):
            await database.run("INSERT INTO key_values (space, key, value) VALUES ($1, $2, $3)", "s", str(n), "x" * 500)
    with where.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (where.stat().st_size - 4096))
    assert "damaged" in await _refusal_sentence(where)


async def test_a_newer_database(tmp_path: Path) -> None:
    """A database of a newer program is not changed; both versions and the next step are named."""
    where = tmp_path / "a.sqlite3"
    async with open_sqlite(where):
        pass
    with closing(sqlite3.connect(where)) as other:
        other.execute("INSERT INTO didtalk_migrations VALUES (999, 'newer', 999)")
        other.commit()
    sentence = await _refusal_sentence(where)
    assert f"newer didtalk (format 999; this one knows {len(load_migrations())})" in sentence
    assert "Update didtalk" in sentence


async def test_another_programs_database(tmp_path: Path) -> None:
    """Another program's database does not get our tables."""
    where = tmp_path / "a.sqlite3"
    with closing(sqlite3.connect(where)) as other:
        other.execute("CREATE TABLE theirs (x)")
    assert "belongs to another program" in await _refusal_sentence(where)
    with closing(sqlite3.connect(where)) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]


async def test_a_database_locked_by_another_program(tmp_path: Path) -> None:
    """While another program writes, our writes are refused with a sentence; afterwards they succeed."""
    where = tmp_path / "a.sqlite3"
    async with open_sqlite(where, busy_timeout=0.05) as database:
        with closing(sqlite3.connect(where, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(Broken, match="locked by another program") as refused:
                await SqlKeyValueStore(database).put("s", "k", 1)
            assert str(where) in refused.value.sentence
        await SqlKeyValueStore(database).put("s", "k", 2)
        assert await SqlKeyValueStore(database).get("s", "k") == 2


async def test_a_full_disk_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    """A full disk is reported; what was stored stays, and with new space writes succeed."""
    async with open_sqlite(tmp_path / "a.sqlite3") as database:
        notes = SqlKeyValueStore(database)
        await notes.put("s", "before", "kept")
        await database.run("PRAGMA max_page_count = 30")
        with pytest.raises(Broken, match=r"The disk is full: .*a\.sqlite3.*Free some space"):
            await notes.put("s", "big", "x" * 1_000_000)
        await database.run("PRAGMA max_page_count = 100000")
        await notes.put("s", "big", "x" * 1_000_000)
        assert await notes.get("s", "before") == "kept"


@pytest.mark.skipif(sys.platform == "win32", reason="folders have other rights there")
async def test_a_read_only_folder() -> None:
    """A folder that cannot be written is reported when the database or the shelf opens."""
    with _public_folder() as folder, _without_write_permission(0o555, folder):
        assert "cannot be written" in await _refusal_sentence(folder / "a.sqlite3")
        with pytest.raises(Broken, match=r"cannot be written\. Give didtalk write permission"):
            DiskShelf(folder)


@pytest.mark.skipif(sys.platform == "win32", reason="files have other rights there")
async def test_a_read_only_file() -> None:
    """A read-only database, as after a restore by another user, is reported at opening."""
    with _public_folder() as folder:
        where = folder / "a.sqlite3"
        async with open_sqlite(where):
            pass
        lock = folder / "a.sqlite3.lock"
        lock.chmod(0o666)
        folder.chmod(0o777)
        with _without_write_permission(0o444, where):
            assert "cannot be written" in await _refusal_sentence(where)


async def test_a_folder_in_the_databases_place(tmp_path: Path) -> None:
    """A folder in the file's place is named as such."""
    assert "is a folder" in await _refusal_sentence(tmp_path)


async def test_a_file_in_the_folders_place(tmp_path: Path) -> None:
    """A file in the folder's place is named with its path."""
    (tmp_path / "data").write_text("not a folder")
    assert "Check the disk and the folder" in await _refusal_sentence(tmp_path / "data" / "a.sqlite3")


async def test_two_openings_in_one_process(tmp_path: Path) -> None:
    """The same folder twice at once is refused, even inside one program; after closing it is free."""
    where = tmp_path / "a.sqlite3"
    async with open_sqlite(where):
        sentence = await _refusal_sentence(where)
    assert sentence == (
        f"Another didtalk is already using this data folder ({tmp_path}). "
        "Stop it first, or give this one its own DIDTALK_DATA_DIR."
    )
    async with open_sqlite(where):
        pass
