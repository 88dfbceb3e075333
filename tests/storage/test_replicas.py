"""Several processes on one database: each job is done once, dead ones are taken over from, wake-ups save waiting."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.errors import Broken
from bot.jobs.job import WORK_QUEUE, JobFilter, Stage
from bot.runtime.clock import SystemClock
from bot.runtime.leases import LEASE_SECONDS
from bot.worker.engine import MAX_IDLE_SECONDS, Engine
from storage.database import Database
from storage.postgres.open import open_postgres
from storage.tables.jobs import SqlJobs
from tests.bot.bot_harness import BotHarness
from tests.end_to_end.cli import wait_until
from tests.fakes.clock import FastClock, ManualClock, advance_slowly
from tests.fakes.database_engines import new_schema
from tests.fakes.local_postgres import LocalPostgres
from tests.fakes.sample_job import NOW, a_job


@pytest.fixture
def schema() -> str:
    """One schema for all replicas of a test."""
    return new_schema()


def _replica_harness(folder: Path, database: Database, clock: Any, like: BotHarness | None = None) -> BotHarness:
    """The parts of one replica; studio and chat are the same for all."""
    folder.mkdir()
    shared = {"studio": like.studio, "chat": like.chat} if like else {}
    return BotHarness(folder, clock=clock, jobs=SqlJobs(database), **shared)  # type: ignore[arg-type]


@asynccontextmanager
async def _running_replica(bench: BotHarness, database: Database, *, crash: bool = False) -> AsyncIterator[Engine]:
    async with bench.running(crash=crash, posting=False) as (engine, _):
        database.wakeups.listen(engine.on_wakeup)
        yield engine


def _new_job(n: int, **facts: Any) -> Any:
    place = {"platform": "test", "channel": "general"}
    asker = {"platform": "test", "user": "ana"}
    return a_job(f"Line {n}", asker=asker, place=place, **facts)


@pytest.mark.slow
async def test_two_engines_share_three_hundred_jobs(postgres: LocalPostgres, schema: str, tmp_path: Path) -> None:
    """Every job is paid, posted and delivered once, and both engines took part."""
    clock = FastClock()
    async with (
        open_postgres(postgres.url, schema=schema) as one,
        open_postgres(postgres.url, schema=schema) as two,
    ):
        a = _replica_harness(tmp_path / "a", one, clock)
        b = _replica_harness(tmp_path / "b", two, clock, like=a)
        async with _running_replica(a, one), _running_replica(b, two):
            now = clock.now()
            jobs = [_new_job(n, asked_at=now, due_at=now, idempotency_key=f"Ev{n}") for n in range(300)]
            for begin in range(0, 300, 30):
                await (a if begin % 60 else b).jobs.add(jobs[begin : begin + 30])

            async def over() -> bool:
                done = await a.jobs.list_jobs(JobFilter(stages=frozenset({Stage.DELIVERED}), limit=400))
                return len(done) == 300

            await wait_until(over, 90)
    assert sorted(a.studio.charged_markers) == sorted(job.marker for job in jobs)
    assert sorted(job for job, _ in a.chat.videos) == sorted(job.id for job in jobs)
    assert all(any(folder.iterdir()) for folder in (tmp_path / "a", tmp_path / "b"))


async def test_a_dead_engines_jobs_are_taken_over_when_its_leases_end(
    postgres: LocalPostgres, schema: str, tmp_path: Path
) -> None:
    """It died during a paid call: the next one looks, finds what was bought, and pays nothing again."""
    clock = ManualClock()
    async with (
        open_postgres(postgres.url, schema=schema) as one,
        open_postgres(postgres.url, schema=schema) as two,
    ):
        a = _replica_harness(tmp_path / "a", one, clock)
        b = _replica_harness(tmp_path / "b", two, clock, like=a)
        a.studio.submit_gate = asyncio.Event()
        async with _running_replica(a, one, crash=True) as engine:
            (job,) = await a.jobs.add([_new_job(1, asked_at=clock.now(), due_at=clock.now())])
            engine.wake()

            async def paying() -> bool:
                await clock.advance(0.1)
                return "submit" in a.studio.calls

            await wait_until(paying, 20)
            a.studio.tickets[job.marker] = "t9"
            a.studio.finished_tickets.add("t9")
            a.studio.charged_markers.append(job.marker)
        died = clock.now()
        a.studio.submit_gate = None
        async with _running_replica(b, two):

            async def delivered() -> bool:
                await clock.advance(0.5)
                found = await b.jobs.get(job.id)
                return found is not None and found.stage is Stage.DELIVERED

            await wait_until(delivered, 60)
    assert a.studio.charged_markers == [job.marker]
    assert a.studio.calls.count("submit") == 1
    assert [each for each, _ in a.chat.videos] == [job.id]
    assert clock.now() - died < LEASE_SECONDS + 5 + 5  # and the few seconds a job takes from there


@pytest.mark.slow
async def test_a_job_that_one_process_keeps_is_taken_up_by_another_at_once(
    postgres: LocalPostgres, schema: str, tmp_path: Path
) -> None:
    """Engines sleep for half a minute, but wake-ups reach other processes."""
    assert MAX_IDLE_SECONDS == 30.0
    async with (
        open_postgres(postgres.url, schema=schema) as web,
        open_postgres(postgres.url, schema=schema) as worker,
    ):
        bench = _replica_harness(tmp_path / "b", worker, SystemClock())
        async with _running_replica(bench, worker):
            await asyncio.wait_for(worker.wakeups.connected.wait(), 10)  # type: ignore[attr-defined]
            await asyncio.wait_for(web.wakeups.connected.wait(), 10)  # type: ignore[attr-defined]
            await asyncio.sleep(0.3)  # it has looked, found nothing, and sleeps
            (job,) = await SqlJobs(web).add([_new_job(1, asked_at=time.time(), due_at=time.time())])
            await wait_until(lambda: _has_submitted(bench), 20)  # asleep, it would look after thirty
            # A webhook reaches the process that does not poll; the job would be polled in an hour.
            rendering = await bench.jobs.get(job.id)
            assert rendering is not None
            later = await wait_until(lambda: _make_due_now(SqlJobs(web), job.id), 10)
            await asyncio.sleep(2.5)  # it woke at its usual time, found that there is an hour left, and sleeps
            await SqlJobs(web).nudge(later.id, time.time())
            await wait_until(lambda: _is_delivered(bench, job.id), 20)


async def _has_submitted(bench: BotHarness) -> bool:
    return "submit" in bench.studio.calls


async def _make_due_now(jobs: SqlJobs, job: str) -> Any:
    found = await jobs.get(job)
    if found is None or found.stage is not Stage.RENDERING or found.owner:
        return None
    return await jobs.move(found, found.evolve(due_at=time.time() + 3600))


async def _is_delivered(bench: BotHarness, job: str) -> bool:
    found = await bench.jobs.get(job)
    return found is not None and found.stage is Stage.DELIVERED


async def test_broken_wakeups_reconnect_and_everybody_looks(postgres: LocalPostgres, schema: str) -> None:
    """After a time without a connection, every listener is told that anything may have happened."""
    async with (
        open_postgres(postgres.url, schema=schema) as one,
        open_postgres(postgres.url, schema=schema) as two,
    ):
        heard: list[str] = []
        two.wakeups.listen(heard.append)
        for database in (one, two):
            await asyncio.wait_for(database.wakeups.connected.wait(), 10)  # type: ignore[attr-defined]
        heard.clear()
        await one.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND (query LIKE '%pg_notify%' OR query LIKE 'LISTEN%')"
        )

        one.wakeups.notify("lost, perhaps")
        await wait_until(lambda: _contains("", heard), 20)
        one.wakeups.notify("heard again")
        await wait_until(lambda: _contains("heard again", heard), 20)


@pytest.mark.slow
async def test_ten_processes_that_start_at_once_migrate_once(postgres: LocalPostgres, schema: str) -> None:
    """Each migration is applied by one of them; all find the database ready."""
    program = """
import asyncio, json, sys
from storage.postgres.open import open_postgres
async def main():
    async with open_postgres(sys.argv[1], schema=sys.argv[2]) as database:
        print(json.dumps(database.applied_migrations))
asyncio.run(main())
"""
    root = Path(__file__).parent.parent.parent
    runs = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, postgres.url, schema, cwd=root, stdout=asyncio.subprocess.PIPE
        )
        for _ in range(10)
    ]
    said = [(await run.communicate())[0].decode() for run in runs]
    assert [run.returncode for run in runs] == [0] * 10
    assert sum("0001_schema.sql" in each for each in said) == 1
    assert sum(each.splitlines()[-1] == "[]" for each in said) == 9


async def test_opening_beside_others_takes_nothing_from_them(postgres: LocalPostgres, schema: str) -> None:
    """Leases in a file are released at the start, as no other process runs; those on a server are not."""
    async with open_postgres(postgres.url, schema=schema) as one:
        await SqlJobs(one).add([a_job()])
        (held,) = await SqlJobs(one).claim(WORK_QUEUE, "a", NOW, NOW + 30, 1)
        async with open_postgres(postgres.url, schema=schema) as two:
            assert await SqlJobs(two).get(held.id) == held
            assert await SqlJobs(two).claim(WORK_QUEUE, "b", NOW + 29, NOW + 60, 1) == []


async def _contains(word: str, words: list[str]) -> bool:
    return word in words


class UnreachableJobs(SqlJobs):
    """Jobs in a database that one replica can no longer reach."""

    unreachable = False

    async def renew(self, owner: str, jobs: Any, until: float) -> set[str]:
        if self.unreachable:
            raise Broken("It does not answer.")
        return await super().renew(owner, jobs, until)


async def test_work_stops_before_a_lease_that_cannot_be_renewed_ends(database: Database, tmp_path: Path) -> None:
    """A long upload by a replica that lost the database is cancelled before another may begin the same."""
    clock = ManualClock()
    bench = _replica_harness(tmp_path / "a", database, clock)
    jobs = UnreachableJobs(database)
    bench.jobs = jobs  # type: ignore[assignment]
    bench.studio.submit_gate = asyncio.Event()  # a call that takes very long
    async with _running_replica(bench, database, crash=True) as engine:
        (job,) = await jobs.add([_new_job(1, asked_at=clock.now(), due_at=clock.now())])
        engine.wake()

        async def paying() -> bool:
            await clock.advance(0.1)
            return "submit" in bench.studio.calls

        await wait_until(paying, 20)
        await advance_slowly(clock, 35)
        assert engine.busy_slots == 1
        renewed = await jobs.get(job.id)
        assert renewed is not None
        assert renewed.due_at is not None
        assert renewed.due_at > clock.now()  # heartbeats renewed the lease
        jobs.unreachable = True
        held_until = renewed.due_at

        async def put_down() -> bool:
            await advance_slowly(clock, 0.5)
            return engine.busy_slots == 0

        await wait_until(put_down, 20)
        assert clock.now() < held_until
    assert bench.studio.charged_markers == []


async def test_who_finds_its_job_in_other_hands_puts_it_down(database: Database, tmp_path: Path) -> None:
    """A replica that slept through its lease stops as soon as it learns that another has taken over."""
    clock = ManualClock()
    bench = _replica_harness(tmp_path / "a", database, clock)
    bench.studio.submit_gate = asyncio.Event()
    async with _running_replica(bench, database, crash=True) as engine:
        (job,) = await bench.jobs.add([_new_job(1, asked_at=clock.now(), due_at=clock.now())])
        engine.wake()

        async def paying() -> bool:
            await clock.advance(0.1)
            return "submit" in bench.studio.calls

        await wait_until(paying, 20)
        now = clock.now()
        assert len(await bench.jobs.claim(WORK_QUEUE, "other", now + LEASE_SECONDS, now + 2 * LEASE_SECONDS, 5)) == 1

        async def put_down() -> bool:
            await advance_slowly(clock, 0.5)
            return engine.busy_slots == 0

        await wait_until(put_down, 20)
        assert clock.now() - now < 15
        found = await bench.jobs.get(job.id)
        assert found is not None
        assert found.owner == "other"
