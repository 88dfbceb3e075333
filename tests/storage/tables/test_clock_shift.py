"""A clock that was set back: what waits comes nearer, and no hold outlives a fresh one."""

from pathlib import Path

from bot.jobs.job import WORK_QUEUE
from storage.postgres.open import open_postgres
from storage.sqlite.open import open_sqlite
from storage.tables.jobs import SqlJobs
from storage.tables.leased_queue import SqlLeasedQueue
from storage.tables.leases import MAX_LEASE_SECONDS, SqlClockShift
from tests.fakes.database_engines import new_schema
from tests.fakes.local_postgres import LocalPostgres
from tests.fakes.sample_job import NOW, a_job


async def test_what_waits_comes_nearer_and_holds_are_cut(tmp_path: Path) -> None:
    """Put off by a clock an hour ahead: due as soon as it would have been."""
    async with open_sqlite(tmp_path / "db") as db:
        jobs, inbox = SqlJobs(db), SqlLeasedQueue(db)
        waits, held = await jobs.add([a_job(due_at=NOW + 3630.0), a_job(due_at=NOW - 1.0)])
        await jobs.claim(WORK_QUEUE, "me", NOW, NOW + 3660.0, 10)
        await inbox.add("slack", "Ev1", {}, NOW + 3600.0)
        await SqlClockShift(db).move_earlier(3600.0, NOW)
        found = {job.id: job for each in (waits, held) if (job := await jobs.get(each.id))}
        assert (found[waits.id].due_at, found[waits.id].owner) == (NOW + 30.0, None)
        assert (found[held.id].due_at, found[held.id].owner) == (NOW + MAX_LEASE_SECONDS, "me")
        assert [each.key for each in await inbox.claim_due("slack", "me", NOW + MAX_LEASE_SECONDS, NOW + 500.0, 9)] == [
            "Ev1"
        ]


async def test_what_is_due_already_stays_as_it_is(tmp_path: Path) -> None:
    """Repeated by every process that notices, it does no harm."""
    async with open_sqlite(tmp_path / "db") as db:
        jobs = SqlJobs(db)
        (due,) = await jobs.add([a_job(due_at=NOW - 5.0)])
        for _ in range(3):
            await SqlClockShift(db).move_earlier(3600.0, NOW)
        assert (await jobs.claim(WORK_QUEUE, "me", NOW, NOW + 60.0, 10))[0].id == due.id


async def test_a_replica_whose_clock_was_set_back_takes_nobodys_hold_away(postgres: LocalPostgres) -> None:
    """Others work on the same jobs by clocks of their own; what they hold stays theirs, what waits comes nearer."""
    async with open_postgres(postgres.url, schema=new_schema()) as database:
        jobs = SqlJobs(database)
        held, waiting = await jobs.add([a_job(), a_job(due_at=NOW + 5000)])
        await jobs.claim(WORK_QUEUE, "other", NOW, NOW + 30, 1)
        await SqlClockShift(database).move_earlier(3600.0, NOW - 3600.0)
        kept = [await jobs.get(job.id) for job in (held, waiting)]
        assert [job and (job.owner, job.due_at) for job in kept] == [("other", NOW + 30), (None, NOW + 1400)]
