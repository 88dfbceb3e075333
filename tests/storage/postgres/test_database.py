"""What only a database server can do: connections that break, answers that are lost, a server that restarts."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from bot.errors import Broken
from bot.jobs.job import WORK_QUEUE, JobFilter, LedgerEntry, Stage
from storage.open import migrate_database, open_database
from storage.postgres.database import PostgresDatabase
from storage.postgres.open import DATABASE_SCHEMA, SANDBOX_SCHEMA, open_postgres
from storage.tables.jobs import CLAIM_DUE_JOBS, SqlJobs
from storage.tables.key_value import SqlKeyValueStore
from tests.fakes.cuttable_connection import CuttableConnection
from tests.fakes.database_engines import new_schema
from tests.fakes.local_postgres import PASSWORD, LocalPostgres
from tests.fakes.sample_job import NOW, a_job


@pytest.fixture
async def line(postgres: LocalPostgres) -> AsyncIterator[CuttableConnection]:
    """A connection to the server that can be cut."""
    async with CuttableConnection(postgres.url).open() as opened:
        yield opened


@pytest.fixture
async def jobs(line: CuttableConnection) -> AsyncIterator[SqlJobs]:
    """Jobs stored over that connection."""
    async with open_postgres(line.url, schema=new_schema()) as database:
        await database.read("SELECT 1")
        yield SqlJobs(database)


def _ledger_entry(job: str) -> LedgerEntry:
    return LedgerEntry(recorded_at=NOW, job=job, event="submitted", asker_key="console/W1/U1", studio="did", cost=1.0)


@pytest.mark.parametrize("heard", [True, False])
@pytest.mark.parametrize("once", ["Ev1", None])
async def test_a_job_whose_answer_was_lost_is_kept_once(
    jobs: SqlJobs, line: CuttableConnection, heard: bool, once: str | None
) -> None:
    """Whether the server acted before the connection broke or not: one job, and the caller gets that one."""
    await jobs.add([a_job(user="other")])  # so that the statement is known, and its values are what is sent
    job = a_job(idempotency_key=once, user="cut-here")
    line.cut_when_sent(b"cut-here", reaches_server=heard)
    assert [each.id for each in await jobs.add([job])] == [job.id]
    assert line.cut_count == 1
    assert len(await jobs.list_jobs(JobFilter(user="cut-here"))) == 1


@pytest.mark.parametrize("heard", [True, False])
@pytest.mark.parametrize("once", ["Ev1", None])
async def test_a_batch_whose_commit_was_lost_is_kept_once(
    jobs: SqlJobs, line: CuttableConnection, heard: bool, once: str | None
) -> None:
    """The same for several jobs of one gesture, cut at the very commit."""
    batch = [a_job(idempotency_key=once) for _ in range(3)]
    line.cut_when_sent(b"COMMIT;", reaches_server=heard)
    assert sorted(job.id for job in await jobs.add(batch)) == sorted(job.id for job in batch)
    assert line.cut_count == 1
    assert len(await jobs.list_jobs(JobFilter())) == 3


@pytest.mark.parametrize("heard", [True, False])
async def test_a_move_whose_commit_was_lost_is_known_for_ours(
    jobs: SqlJobs, line: CuttableConnection, heard: bool
) -> None:
    """A ticket is paid for: the caller learns that it was written, and the ledger has it once."""
    await jobs.add([a_job()])
    (job,) = await jobs.claim(WORK_QUEUE, "a", NOW, NOW + 30, 1)
    line.cut_when_sent(b"COMMIT;", reaches_server=heard)
    moved = await jobs.move(
        job, job.to_stage(Stage.RENDERING, NOW, ticket="t1"), _ledger_entry(job.id), keep_lease=True
    )
    assert line.cut_count == 1
    assert moved is not None
    assert (moved.owner, moved.due_at, moved.version) == ("a", NOW + 30, job.version + 1)
    assert await jobs.get(job.id) == moved
    assert len(await jobs.ledger_of(job.id)) == 1
    assert await jobs.move(moved, moved.to_stage(Stage.MADE, NOW)) is not None


@pytest.mark.parametrize("heard", [True, False])
async def test_a_lost_answer_does_not_turn_a_lost_race_into_a_won_one(
    jobs: SqlJobs, line: CuttableConnection, postgres: LocalPostgres, heard: bool
) -> None:
    """Another process moved first: the caller learns that it lost, whatever became of the connection."""
    await jobs.add([a_job()])
    (job,) = await jobs.claim(WORK_QUEUE, "a", NOW, NOW + 30, 1)
    (taken,) = await jobs.claim(WORK_QUEUE, "b", NOW + 30, NOW + 60, 1)
    line.cut_when_sent(b"COMMIT;", reaches_server=heard)
    assert await jobs.move(job, job.to_stage(Stage.PREPARED, NOW), _ledger_entry(job.id)) is None
    assert line.cut_count == 1
    assert await jobs.get(job.id) == taken


async def test_a_claim_whose_answer_was_lost_is_due_when_its_lease_ends(
    jobs: SqlJobs, line: CuttableConnection
) -> None:
    """A claim whose answer was lost is due again when its lease ends."""
    await jobs.add([a_job()])
    assert await jobs.claim(WORK_QUEUE, "warm", NOW - 1, NOW, 1) == []
    line.cut_when_sent(b"cut-claimer", reaches_server=True)
    assert await jobs.claim(WORK_QUEUE, "cut-claimer", NOW, NOW + 30, 1) == []
    assert line.cut_count == 1
    assert len(await jobs.claim(WORK_QUEUE, "b", NOW + 30, NOW + 60, 1)) == 1


@pytest.mark.slow
async def test_a_server_that_starts_again_is_waited_for(postgres: LocalPostgres) -> None:
    """A restart during writes: no caller notices, nothing is lost or doubled."""
    async with open_postgres(postgres.url, schema=new_schema(), max_retry_seconds=90.0) as database:
        jobs = SqlJobs(database)
        asked = [a_job(idempotency_key=f"Ev{n}") for n in range(300)]

        async def add(begin: int) -> None:
            for job in asked[begin::6]:
                await jobs.add([job])
                await asyncio.sleep(0.005)

        async with asyncio.TaskGroup() as tasks:
            for begin in range(6):
                tasks.create_task(add(begin))
            await asyncio.sleep(0.05)
            await asyncio.to_thread(postgres.stop, "immediate")
            await asyncio.to_thread(postgres.start)
        assert {job.id for job in await jobs.list_jobs(JobFilter(limit=999))} == {job.id for job in asked}


async def test_an_unreachable_server_is_reported_in_time(postgres: LocalPostgres) -> None:
    """Callers get a sentence; everything continues when the server is back."""
    async with open_postgres(postgres.url, schema=new_schema(), max_retry_seconds=1.0) as database:
        await asyncio.to_thread(postgres.stop)
        try:
            with pytest.raises(Broken, match="does not answer"):
                await SqlJobs(database).add([a_job()])
        finally:
            await asyncio.to_thread(postgres.start)
        await SqlJobs(database).add([a_job()])


async def test_a_line_that_hangs_is_given_up(postgres: LocalPostgres) -> None:
    """A statement that waits too long for a lock ends with a sentence, and its connection is not used again."""
    schema = new_schema()
    async with open_postgres(postgres.url, schema=schema, max_retry_seconds=0.1) as database:
        other = await asyncpg.connect(postgres.url)
        try:
            async with other.transaction():
                await other.execute(f"LOCK TABLE {schema}.jobs")
                await database.run("SET statement_timeout TO 200")
                with pytest.raises(Broken, match="does not answer"):
                    await SqlJobs(database).add([a_job()])
        finally:
            await other.close()
        await SqlJobs(database).add([a_job()])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda server: server.database_url("postgres", password="wrong-word"),
            "does not accept the user or the password",
        ),
        (lambda server: server.database_url("nowhere"), "There is no database nowhere"),
        (lambda server: server.database_url("postgres", port=1), "does not answer"),
        (lambda server: "postgresql://postgres@127.0.0.1:notaport/x", "is not a valid address"),
    ],
)
async def test_a_wrong_address_is_explained(postgres: LocalPostgres, change: object, says: str) -> None:
    """The sentence says what to correct, and never contains the password."""
    url = change(postgres)  # type: ignore[operator]
    with pytest.raises(Broken, match=says) as caught:
        async with open_postgres(url, max_retry_seconds=0.2):
            pass
    assert "wrong-word" not in str(caught.value)
    assert PASSWORD not in str(caught.value)


async def test_a_user_who_may_not_make_a_schema_is_told(postgres: LocalPostgres) -> None:
    """The missing permission is named."""
    async with open_postgres(postgres.url, schema=new_schema()) as database:
        await database.run(f"CREATE ROLE weak LOGIN PASSWORD '{PASSWORD}'")
    with pytest.raises(Broken, match="lacks a permission"):
        async with open_postgres(postgres.url.replace("postgres:", "weak:", 1).replace("weakql", "postgresql")):
            pass


async def test_any_text_can_be_stored(postgres: LocalPostgres) -> None:
    """PostgreSQL cannot store NUL; a job that contains it is stored all the same and found again."""
    async with open_postgres(postgres.url, schema=new_schema()) as database:
        jobs = SqlJobs(database)
        (job,) = await jobs.add([a_job("Nothing \0 here", user="a\0b", idempotency_key="Ev\0")])
        assert await jobs.get(job.id) == job
        assert await jobs.list_jobs(JobFilter(user="a\0b")) == [job]
        assert await jobs.add([a_job(idempotency_key="Ev\0")]) == [job]


async def test_claiming_walks_the_index(postgres: LocalPostgres) -> None:
    """However many wait, a claim reads only those that are due."""
    async with open_postgres(postgres.url, schema=new_schema()) as database:
        rows = await database.read(f"EXPLAIN {CLAIM_DUE_JOBS}", WORK_QUEUE, NOW, 10, "a", NOW + 30)
        plan = "\n".join(row[0] for row in rows)
        assert "jobs_due" in plan
        assert "Sort" not in plan


async def test_a_rehearsal_is_kept_apart_and_alone(postgres: LocalPostgres, tmp_path: Path) -> None:
    """Sandbox jobs are absent once a key is set, and two sandboxes never share jobs."""
    await _drop_schemas(postgres)
    async with open_database(postgres.url, in_sandbox=True) as rehearsal:
        await SqlJobs(rehearsal).add([a_job()])
        with pytest.raises(Broken, match="already uses the sandbox"):
            async with open_database(postgres.url, in_sandbox=True):
                pass
        async with open_database(postgres.url, in_sandbox=False) as real:
            assert await SqlJobs(real).list_jobs(JobFilter()) == []
    async with open_database(postgres.url, in_sandbox=True) as again:
        assert len(await SqlJobs(again).list_jobs(JobFilter())) == 1
    file = f"sqlite:///{tmp_path}/a.sqlite3"
    async with open_database(file, in_sandbox=True) as rehearsal, open_database(file, in_sandbox=False) as real:
        await SqlJobs(rehearsal).add([a_job()])
        assert await SqlJobs(real).list_jobs(JobFilter()) == []


async def test_migrating_says_what_was_done(postgres: LocalPostgres, tmp_path: Path) -> None:
    """The same migrations on both engines, once."""
    await _drop_schemas(postgres)
    for url in (postgres.url, f"sqlite:///{tmp_path}/b.sqlite3"):
        applied = await migrate_database(url)
        assert applied[0] == "0001_schema.sql"
        assert await migrate_database(url) == []


async def _drop_schemas(postgres: LocalPostgres) -> None:
    async with open_postgres(postgres.url, schema=new_schema()) as database:
        for schema in (DATABASE_SCHEMA, SANDBOX_SCHEMA):
            await database.run(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


async def test_notes_see_what_was_just_put(postgres: LocalPostgres) -> None:
    """A read on another connection sees all that was confirmed."""
    async with open_postgres(postgres.url, schema=new_schema()) as database:
        assert isinstance(database, PostgresDatabase)
        for n in range(50):
            await SqlKeyValueStore(database).put("s", "k", n)
            assert await SqlKeyValueStore(database).get("s", "k") == n
