"""One process at a time is the leader, until it is gone; and what becomes due earlier when a clock was set back."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.errors import Broken
from bot.jobs.job import WORK_QUEUE
from storage.database import Database, Row, TransactionWork, Value
from storage.postgres.open import open_postgres
from storage.sqlite.open import open_sqlite
from storage.tables.jobs import SqlJobs
from storage.tables.leased_queue import SqlLeasedQueue
from storage.tables.leases import LEADER_LEASE_SECONDS, MAX_LEASE_SECONDS, SqlClockShift, SqlLeaderLeases
from tests.fakes.clock import ManualClock, advance_slowly
from tests.fakes.database_engines import new_schema
from tests.fakes.local_postgres import LocalPostgres
from tests.fakes.sample_job import NOW, a_job


class SwitchableDatabase:
    """A database that can be switched off."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.bell, self.shared = database.wakeups, database.shared
        self.switched_off = False

    async def write(self, work: TransactionWork[object], *, single: bool = False) -> object:
        raise NotImplementedError

    async def run(self, sql: str, *values: Value) -> list[Row]:
        if self.switched_off:
            raise Broken("It does not answer.")
        return await self._database.run(sql, *values)

    read = run


class WorkCounter:
    """Counts the processes that work."""

    def __init__(self) -> None:
        self.working_names: list[str] = []
        self.most_at_once = 0

    def work_as(self, name: str) -> Callable[[], "asyncio.Future[None]"]:
        """The work of one process."""
        return lambda: asyncio.ensure_future(self._work(name))

    async def _work(self, name: str) -> None:
        self.working_names.append(name)
        self.most_at_once = max(self.most_at_once, len(self.working_names))
        try:
            await asyncio.Event().wait()
        finally:
            self.working_names.remove(name)


@asynccontextmanager
async def _running_candidate(seats: SqlLeaderLeases, worker: WorkCounter, name: str) -> AsyncIterator[None]:
    task = asyncio.create_task(seats.run_as_leader("gateway", worker.work_as(name)))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait((task,))


async def _advance_until(clock: ManualClock, true: Callable[[], bool], seconds: float) -> float:
    """Let time pass until a condition is true; how long it took."""
    for passed in range(int(seconds) + 1):
        for _ in range(100):  # answers come over a real connection, which a manual clock does not drive
            if true():
                return passed
            await asyncio.sleep(0.002)
        await clock.advance(1.0)
    raise AssertionError(f"not within {seconds} s")


async def test_one_sits_and_the_next_follows_at_once_when_it_leaves(database: Database) -> None:
    """Of two processes one works; when it stops normally, the other need not wait for the lease to end."""
    clock, worker = ManualClock(), WorkCounter()
    async with _running_candidate(SqlLeaderLeases(database, clock), worker, "b"):
        await _advance_until(clock, lambda: worker.working_names == ["b"], 5)
        async with _running_candidate(SqlLeaderLeases(database, clock), worker, "a"):
            await advance_slowly(clock, 30)
            assert worker.working_names == ["b"]
    async with _running_candidate(SqlLeaderLeases(database, clock), worker, "a"):
        await _advance_until(clock, lambda: worker.working_names == ["a"], 4)
    assert worker.most_at_once == 1


@pytest.mark.slow
async def test_who_cannot_reach_the_database_stops_before_the_next_one_begins(database: Database) -> None:
    """The leader gives up before the next one takes over, so two never work at once."""
    clock, worker, faulty = ManualClock(), WorkCounter(), SwitchableDatabase(database)
    async with _running_candidate(SqlLeaderLeases(faulty, clock), worker, "a"):  # type: ignore[arg-type]
        await _advance_until(clock, lambda: worker.working_names == ["a"], 5)
        async with _running_candidate(SqlLeaderLeases(database, clock), worker, "b"):
            await advance_slowly(clock, 7)
            faulty.switched_off = True
            assert (
                await _advance_until(clock, lambda: worker.working_names == ["b"], LEADER_LEASE_SECONDS + 5)
                <= LEADER_LEASE_SECONDS + 5
            )
            faulty.switched_off = False
            await advance_slowly(clock, 20)
            assert worker.working_names == ["b"]
    assert worker.most_at_once == 1


async def test_work_that_ends_by_itself_ends_the_sitting(database: Database) -> None:
    """Work that ended by itself is not started again."""

    async def finish_at_once() -> None:
        return

    async with asyncio.timeout(10):
        await SqlLeaderLeases(database, ManualClock()).run_as_leader("gateway", finish_at_once)


async def test_waiting_jobs_move_earlier_and_leases_are_shortened(tmp_path: Path) -> None:
    """Postponed by a clock an hour ahead, and due as soon as it would have been."""
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


async def test_a_replica_whose_clock_was_set_back_shortens_no_lease(postgres: LocalPostgres) -> None:
    """Others work by clocks of their own: their leases stay, waiting jobs move earlier."""
    async with open_postgres(postgres.url, schema=new_schema()) as database:
        jobs = SqlJobs(database)
        held, waiting = await jobs.add([a_job(), a_job(due_at=NOW + 5000)])
        await jobs.claim(WORK_QUEUE, "other", NOW, NOW + 30, 1)
        await SqlClockShift(database).move_earlier(3600.0, NOW - 3600.0)
        kept = [await jobs.get(job.id) for job in (held, waiting)]
        assert [job and (job.owner, job.due_at) for job in kept] == [("other", NOW + 30), (None, NOW + 1400)]
