"""A seat is held by one process at a time; when its holder is gone the next one takes it, and never before."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from bot.errors import Broken
from storage.database import Database, Row, TransactionWork, Value
from storage.tables.leases import LEADER_LEASE_SECONDS, SqlLeaderLeases
from tests.fakes.clock import ManualClock, advance_slowly


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
    """Counts who works."""

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
    """Let time pass until something holds; how long it took."""
    for passed in range(int(seconds) + 1):
        for _ in range(100):  # answers come over a real line, of which a clock moved by hand knows nothing
            if true():
                return passed
            await asyncio.sleep(0.002)
        await clock.advance(1.0)
    raise AssertionError(f"not within {seconds} s")


async def test_one_sits_and_the_next_follows_at_once_when_it_leaves(database: Database) -> None:
    """Of two processes one works; when it stops as it should, the other need not wait for the hold to run out."""
    clock, worker = ManualClock(), WorkCounter()
    async with _running_candidate(SqlLeaderLeases(database, clock), worker, "b"):
        await _advance_until(clock, lambda: worker.working_names == ["b"], 5)
        async with _running_candidate(SqlLeaderLeases(database, clock), worker, "a"):
            await advance_slowly(clock, 30)
            assert worker.working_names == ["b"]
    async with _running_candidate(SqlLeaderLeases(database, clock), worker, "a"):
        await _advance_until(clock, lambda: worker.working_names == ["a"], 4)
    assert worker.most_at_once == 1


async def test_who_cannot_reach_the_database_stops_before_the_next_one_begins(database: Database) -> None:
    """Two at once is what a seat is there to prevent: the holder gives up first, the next takes over in time."""
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
    """What has nothing more to do is not begun again."""

    async def finish_at_once() -> None:
        return

    async with asyncio.timeout(10):
        await SqlLeaderLeases(database, ManualClock()).run_as_leader("gateway", finish_at_once)
