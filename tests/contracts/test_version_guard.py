"""Older and newer replicas on one database: what one does not know it neither destroys nor misreads."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiosqlite
import pytest

from bot.desk.cancel_delete import CancelDelete
from bot.errors import Broken
from bot.jobs.job import WORK_QUEUE, Stage
from bot.worker.deletion import JobDeletion
from storage.database import Database
from storage.migrations.runner import (
    SELECT_VERSION,
    VERSION_CHECK_SECONDS,
    Migration,
    MigrationConnection,
    guard_schema_version,
    load_migrations,
    run_migrations,
)
from storage.postgres.open import PostgresMigrationConnection, PostgresServer, open_postgres
from storage.sqlite.open import SqliteMigrationConnection
from storage.tables.jobs import SqlJobs
from tests.fakes.clock import ManualClock, advance_slowly
from tests.fakes.database_engines import DATABASE_ENGINES, new_schema
from tests.fakes.folder_shelf import FolderShelf
from tests.fakes.local_postgres import LocalPostgres
from tests.fakes.sample_job import NOW, a_job


async def test_what_a_newer_replica_wrote_survives_an_older_ones_move(database: Database) -> None:
    """Fields we do not know, in the job and within it, are still there after we moved it."""
    jobs = SqlJobs(database)
    (job,) = await jobs.add([a_job()])
    ((body,),) = await database.read("SELECT body FROM jobs")
    newer = json.loads(body) | {"mood": {"of": "tomorrow"}}
    newer["place"]["planet"] = "Mars"
    newer["asker"]["pronoun"] = "they"
    await database.run("UPDATE jobs SET body = $2 WHERE id = $1", job.id, json.dumps(newer))
    (held,) = await jobs.claim(WORK_QUEUE, "old", NOW, NOW + 30, 1)
    assert await jobs.move(held, held.to_stage(Stage.PREPARED, NOW, prepared_at=NOW), keep_lease=True)
    ((after,),) = await database.read("SELECT body FROM jobs")
    kept = json.loads(after)
    assert (kept["mood"], kept["place"]["planet"], kept["asker"]["pronoun"]) == ({"of": "tomorrow"}, "Mars", "they")
    assert kept["stage"] == "prepared"


@pytest.mark.parametrize("change", [{"stage": "polished"}, {"request": {"kind": "opera", "script": "La"}}])
async def test_what_we_cannot_understand_is_left_to_those_who_can(database: Database, change: dict[str, str]) -> None:
    """A stage or request of tomorrow is put off unharmed; nobody makes half of what was asked for."""
    jobs = SqlJobs(database)
    (job,) = await jobs.add([a_job()])
    ((body,),) = await database.read("SELECT body FROM jobs")
    newer = json.dumps(json.loads(body) | change)
    await database.run("UPDATE jobs SET body = $2 WHERE id = $1", job.id, newer)
    assert await jobs.claim(WORK_QUEUE, "old", NOW, NOW + 30, 1) == []
    rows = await database.read("SELECT body, owner, due_at FROM jobs")
    assert [tuple(row) for row in rows] == [(newer, None, NOW + 10)]


async def test_a_deletion_that_an_older_replica_put_away_is_taken_up_when_it_is_wished_again(
    database: Database,
) -> None:
    """It carries the wish along and does not know what it means; whoever does asks for it once more and it is due."""
    jobs = SqlJobs(database)
    (job,) = await jobs.add([a_job(stage=Stage.DELIVERED, asker_notified=True, deleting=True, ticket="t1")])
    await database.run("UPDATE jobs SET queue = NULL, due_at = NULL, version = version + 1 WHERE id = $1", job.id)
    assert await jobs.claim(WORK_QUEUE, "new", NOW + 60, NOW + 90, 1) == []
    asker = job.asker.model_copy(update={"moderator": True})
    no: Any = {}
    undoing = CancelDelete(
        jobs, JobDeletion(jobs, no, no, FolderShelf(Path("/nowhere"))), ManualClock(NOW), lambda: None
    )
    answer = await undoing.confirm_delete(asker, job.place, job.id)
    assert "It is being deleted" in answer.card.text  # the studio is not set up here, so it is left to those who can
    assert [each.id for each in await jobs.claim(WORK_QUEUE, "new", NOW + 60, NOW + 90, 1)] == [job.id]


@pytest.mark.slow
@pytest.mark.parametrize(("oldest_compatible", "stops"), [(1, False), (9999, True)])
async def test_a_running_replica_stops_when_a_newer_one_does_not_want_it_beside_it(
    postgres: LocalPostgres, oldest_compatible: int, stops: bool
) -> None:
    """Its own start was long ago; what a step shuts out it also ends, with a sentence, within a minute."""
    async with open_postgres(postgres.url, schema=new_schema()) as database:
        clock = ManualClock()
        watching = asyncio.create_task(guard_schema_version(database, clock))
        await advance_slowly(clock, VERSION_CHECK_SECONDS + 1)
        assert not watching.done()
        await database.run(
            "INSERT INTO didtalk_migrations (number, name, oldest_compatible) VALUES (9999, 'newer', $1)",
            oldest_compatible,
        )
        await advance_slowly(clock, VERSION_CHECK_SECONDS + 1)
        assert watching.done() is stops
        watching.cancel()
        if stops:
            with pytest.raises(Broken, match="newer didtalk"):
                await watching


def _with_newer_migration(line: str) -> list[Migration]:
    return [
        *load_migrations(),
        Migration(len(load_migrations()) + 1, "9999_newer.sql", f"{line}\nCREATE TABLE tomorrow (x TEXT);"),
    ]


@asynccontextmanager
async def _migration_connection(
    engine: str, request: pytest.FixtureRequest, folder: Path
) -> AsyncIterator[MigrationConnection]:
    """A connection to an empty database of that engine."""
    if engine == "sqlite":
        path = folder / "a.sqlite3"
        async with aiosqlite.connect(path, isolation_level=None) as file:
            yield SqliteMigrationConnection(file, path)
        return
    server = PostgresServer(request.getfixturevalue("postgres").url, new_schema())
    connection = await server.connect()
    try:
        yield PostgresMigrationConnection(connection, server)
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("line", "fits"), [("-- oldest-compatible: 1", True), ("-- oldest-compatible: 9999", False), ("", False)]
)
@pytest.mark.parametrize("engine", DATABASE_ENGINES)
async def test_an_older_program_goes_on_beside_a_newer_step_that_allows_it(
    request: pytest.FixtureRequest, tmp_path: Path, engine: str, line: str, fits: bool
) -> None:
    """A migration that only adds says so, and older replicas keep running; any other refuses them with a sentence."""
    async with _migration_connection(engine, request, tmp_path) as connection:
        assert await run_migrations(connection, _with_newer_migration(line)) == ["0001_schema.sql", "9999_newer.sql"]
        if fits:
            assert await run_migrations(connection) == []
            return
        with pytest.raises(Broken, match="written by a newer didtalk"):
            await run_migrations(connection)


@pytest.mark.parametrize("engine", DATABASE_ENGINES)
async def test_a_failing_step_leaves_nothing_behind(
    request: pytest.FixtureRequest, tmp_path: Path, engine: str
) -> None:
    """When a migration fails in its middle all of it is undone, and the next start can try again."""
    bad = Migration(
        len(load_migrations()) + 1, "9999_bad.sql", "CREATE TABLE half (x TEXT);\nINSERT INTO nowhere VALUES (1);"
    )
    async with _migration_connection(engine, request, tmp_path) as connection:
        with pytest.raises(Exception, match="nowhere"):
            await run_migrations(connection, [*load_migrations(), bad])
        assert [tuple(row) for row in await connection.query(SELECT_VERSION)] == [(len(load_migrations()),)]
        assert "half" not in await connection.list_tables()
        assert await run_migrations(connection) == []


@pytest.mark.parametrize("engine", DATABASE_ENGINES)
async def test_only_missing_steps_are_applied(request: pytest.FixtureRequest, tmp_path: Path, engine: str) -> None:
    """A database from before the last migration gets that one alone, and keeps what it had."""
    async with _migration_connection(engine, request, tmp_path) as connection:
        assert await run_migrations(connection) == ["0001_schema.sql"]
        await connection.run_script("INSERT INTO key_values (space, key, value) VALUES ('s', 'k', '1');")
        assert await run_migrations(connection, _with_newer_migration("")) == ["9999_newer.sql"]
        assert len(await connection.query("SELECT key FROM key_values")) == 1


@pytest.mark.parametrize("table", ["didtalk_steps", "notes", "turns"])
@pytest.mark.parametrize("engine", DATABASE_ENGINES)
async def test_a_database_of_an_unreleased_version_is_refused_and_not_touched(
    request: pytest.FixtureRequest, tmp_path: Path, engine: str, table: str
) -> None:
    """Its tables have other names, so nothing in it can be used; the sentence names the way out."""
    async with _migration_connection(engine, request, tmp_path) as connection:
        await connection.run_script(f"CREATE TABLE {table} AS SELECT 'kept' AS x;")
        with pytest.raises(Broken, match=r"unreleased version of didtalk.* new data folder .* new database or schema"):
            await run_migrations(connection)
        assert await connection.list_tables() == {table}
        assert [tuple(row) for row in await connection.query(f"SELECT x FROM {table}")] == [("kept",)]  # noqa: S608
