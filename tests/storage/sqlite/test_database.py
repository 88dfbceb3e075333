"""SQLite as didtalk uses it: shared commits, whole operations, a clean end."""

import asyncio
import itertools
import random
import sqlite3
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.errors import Broken, Refused
from storage.database import Row, Statements
from storage.sqlite.database import SqliteDatabase
from storage.sqlite.open import database_file, open_sqlite

INSERT_VALUE = "INSERT INTO key_values (space, key, value) VALUES ($1, $2, '1')"
COUNT_VALUES = "SELECT count(*) FROM key_values WHERE space = $1"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    """A new database."""
    async with open_sqlite(tmp_path / "a.sqlite3") as opened:
        yield opened


async def _count_values(database: SqliteDatabase, space: str) -> int:
    ((number,),) = await database.read(COUNT_VALUES, space)
    return int(number)


async def _insert_pair(statements: Statements, space: str) -> str:
    await statements.run(INSERT_VALUE, space, "first")
    await statements.run(INSERT_VALUE, space, "second")
    return space


async def _insert_broken_pair(statements: Statements, space: str) -> None:
    await statements.run(INSERT_VALUE, space, "first")
    await statements.run(INSERT_VALUE, space, "first")


async def test_what_is_answered_is_on_the_disk(database: SqliteDatabase) -> None:
    """An answer comes only after the commit: another connection sees the row at once."""
    await database.run(INSERT_VALUE, "s", "k")
    other = sqlite3.connect(database.path)
    assert other.execute("SELECT count(*) FROM key_values").fetchone() == (1,)
    other.close()


async def test_commits_outlive_a_power_cut(database: SqliteDatabase) -> None:
    """Every commit waits for the disk, and the log makes that one trip."""

    async def ask(statements: Statements) -> list[list[Row]]:
        return [await statements.run(f"PRAGMA {name}") for name in ("journal_mode", "synchronous", "foreign_keys")]

    assert await database.write(ask) == [[("wal",)], [(2,)], [(1,)]]


async def test_what_waits_shares_a_commit(database: SqliteDatabase) -> None:
    """Operations that arrive together, or during a commit, share the next commit."""
    before = database.commit_count
    await asyncio.gather(*(database.run(INSERT_VALUE, "s", str(n)) for n in range(100)))
    assert database.commit_count - before < 20
    assert await _count_values(database, "s") == 100


async def test_a_failing_operation_fails_alone(database: SqliteDatabase) -> None:
    """Of the operations in one commit only the failed one is undone, and only its caller gets the error."""
    answers = await asyncio.gather(
        database.write(lambda s: _insert_pair(s, "a")),
        database.write(lambda s: _insert_broken_pair(s, "b")),
        database.run(INSERT_VALUE, "a", "first"),
        database.run("SELECT nonsense"),
        database.write(lambda s: _insert_pair(s, "c")),
        return_exceptions=True,
    )
    assert [answer if isinstance(answer, str) else type(answer) for answer in answers] == [
        "a",
        sqlite3.IntegrityError,
        sqlite3.IntegrityError,
        sqlite3.OperationalError,
        "c",
    ]
    assert [await _count_values(database, space) for space in "abc"] == [2, 0, 2]


async def test_an_operation_may_refuse(database: SqliteDatabase) -> None:
    """An operation's own exception undoes it and reaches its caller unchanged."""

    async def refuse(statements: Statements) -> None:
        await statements.run(INSERT_VALUE, "s", "k")
        raise Refused("No.")

    with pytest.raises(Refused, match=r"No\."):
        await database.write(refuse)
    assert await _count_values(database, "s") == 0


async def test_an_operation_waits_for_nothing_else(database: SqliteDatabase) -> None:
    """Work that waits for anything but its statements would block all others; it is undone with an error."""

    async def dawdle(statements: Statements) -> None:
        await statements.run(INSERT_VALUE, "s", "k")
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="wait for nothing but its statements"):
        await database.write(dawdle)
    assert await _count_values(database, "s") == 0
    await database.run(INSERT_VALUE, "s", "k")


async def test_readers_only_read(database: SqliteDatabase) -> None:
    """Only one connection can write; the readers cannot."""
    with pytest.raises(Broken, match="cannot be written"):
        await database.read("DELETE FROM key_values")


async def test_a_cancelled_operation_is_whole_or_absent(database: SqliteDatabase) -> None:
    """Whenever its caller is cancelled, an operation is written wholly or not at all."""
    chance = random.Random(7)  # noqa: S311 - the same each time

    async def caller(space: str) -> str:
        return await database.write(lambda s: _insert_pair(s, space))

    tasks = [asyncio.create_task(caller(str(n))) for n in range(200)]
    for task in tasks:
        if chance.random() < 0.5:
            task.cancel()
        await asyncio.sleep(0 if chance.random() < 0.9 else 0.001)
    done = await asyncio.gather(*tasks, return_exceptions=True)
    for number, answer in enumerate(done):
        assert await _count_values(database, str(number)) in ((2,) if isinstance(answer, str) else (0, 2))


async def test_who_leaves_before_its_turn_is_left_out(database: SqliteDatabase) -> None:
    """An operation whose caller is cancelled before it began never begins."""

    async def long(statements: Statements) -> None:
        time.sleep(0.05)  # noqa: ASYNC251 - on the writing thread, to keep it busy

    busy = asyncio.create_task(database.write(long))
    await asyncio.sleep(0.01)
    gone = asyncio.create_task(database.run(INSERT_VALUE, "s", "gone"))
    await asyncio.sleep(0.01)
    gone.cancel()
    await asyncio.gather(gone, busy, return_exceptions=True)
    await database.run(INSERT_VALUE, "s", "after")
    assert await database.read("SELECT key FROM key_values") == [("after",)]


async def test_a_commit_that_fails_is_undone_and_the_next_goes_on(database: SqliteDatabase) -> None:
    """When the commit fails, all its callers get the error, nothing is written, and later operations succeed."""

    async def promise(statements: Statements) -> None:
        await statements.run("CREATE TABLE child (of TEXT REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)")
        await statements.run("CREATE TABLE parent (id TEXT PRIMARY KEY)")
        await statements.run("INSERT INTO child VALUES ('nobody')")

    with capture_logs() as logs:
        answers = await asyncio.gather(
            database.run(INSERT_VALUE, "s", "k"), database.write(promise), return_exceptions=True
        )
    assert [type(answer) for answer in answers] == [sqlite3.IntegrityError] * 2
    assert [line["event"] for line in logs] == ["commit failed"]
    await database.run(INSERT_VALUE, "s", "k")
    assert await _count_values(database, "s") == 1


async def test_closing_writes_what_waits(tmp_path: Path) -> None:
    """What waits when the database closes is still written and confirmed."""
    async with open_sqlite(tmp_path / "a.sqlite3") as database:
        tasks = [asyncio.create_task(database.run(INSERT_VALUE, "s", str(n))) for n in range(50)]
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    async with open_sqlite(tmp_path / "a.sqlite3") as database:
        assert await _count_values(database, "s") == 50


async def test_a_cancelled_owner_still_closes_cleanly(tmp_path: Path) -> None:
    """When the program stops, running operations finish and the file is free again."""
    tasks: list[asyncio.Task[str]] = []

    async def ask_for_ever() -> None:
        async with open_sqlite(tmp_path / "a.sqlite3") as database:
            for number in itertools.count():
                tasks.append(asyncio.create_task(database.write(partial(_insert_pair, space=str(number)))))
                await asyncio.sleep(0.001)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(ask_for_ever(), 0.1)
    answers = await asyncio.gather(*tasks)
    assert answers
    async with open_sqlite(tmp_path / "a.sqlite3") as database:
        for space in answers:
            assert await _count_values(database, space) == 2


async def test_what_its_user_raises_passes_unchanged(tmp_path: Path) -> None:
    """An error inside the block is that error, not a group of them."""
    with pytest.raises(Refused, match=r"No\."):
        async with open_sqlite(tmp_path / "a.sqlite3"):
            raise Refused("No.")


async def test_a_closed_database_says_so(tmp_path: Path) -> None:
    """A call after closing gets a sentence instead of waiting for ever."""
    async with open_sqlite(tmp_path / "a.sqlite3") as database:
        pass
    with pytest.raises(Broken, match="is stopping"):
        await database.run(INSERT_VALUE, "s", "k")


async def test_missing_folders_are_made(tmp_path: Path) -> None:
    """A missing data folder is created, readable by its owner only."""
    async with open_sqlite(f"sqlite:///{tmp_path}/new/data/a.sqlite3") as database:
        assert database.path.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("sqlite:////data/a.sqlite3", "/data/a.sqlite3"),
        ("sqlite:///a.sqlite3", str(Path.cwd() / "a.sqlite3")),
        ("/data/a b.sqlite3", "/data/a b.sqlite3"),
        (Path("/data/a.sqlite3"), "/data/a.sqlite3"),
    ],
)
def test_a_database_is_named_by_path_or_address(where: str | Path, expected: str) -> None:
    """Three slashes and a path, as everywhere; four when it begins at the root."""
    assert str(database_file(where)) == expected


@pytest.mark.parametrize("where", ["mysql://me:invented@h/db", "sqlite://", "sqlite:///", "sqlite:///:memory:"])
def test_an_address_that_names_no_file_is_refused(where: str) -> None:
    """An unusable address is refused at once, without the password it may contain."""
    with pytest.raises(Broken, match="DIDTALK_DATABASE_URL") as refused:
        database_file(where)
    assert "invented" not in refused.value.sentence
