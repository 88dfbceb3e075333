"""A seat is held by one process at a time; when its holder is gone the next one takes it, and never before."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from bot.errors import Broken
from storage.database import Database, Row, Value, Work
from storage.tables.leader_leases import HOLD, SqlSeats
from tests.fakes.clock import HandClock, slowly


class Faulty:
    """A database that can be switched off."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.bell, self.shared = database.bell, database.shared
        self.off = False

    async def write(self, work: Work[object], *, single: bool = False) -> object:
        raise NotImplementedError

    async def run(self, sql: str, *values: Value) -> list[Row]:
        if self.off:
            raise Broken("It does not answer.")
        return await self._database.run(sql, *values)

    read = run


class Worker:
    """Counts who works."""

    def __init__(self) -> None:
        self.at_it: list[str] = []
        self.most = 0

    def named(self, name: str) -> Callable[[], "asyncio.Future[None]"]:
        """The work of one process."""
        return lambda: asyncio.ensure_future(self._work(name))

    async def _work(self, name: str) -> None:
        self.at_it.append(name)
        self.most = max(self.most, len(self.at_it))
        try:
            await asyncio.Event().wait()
        finally:
            self.at_it.remove(name)


@asynccontextmanager
async def _sitting(seats: SqlSeats, worker: Worker, name: str) -> AsyncIterator[None]:
    task = asyncio.create_task(seats.sit("gateway", worker.named(name)))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait((task,))


async def _until(clock: HandClock, true: Callable[[], bool], seconds: float) -> float:
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
    clock, worker = HandClock(), Worker()
    async with _sitting(SqlSeats(database, clock), worker, "b"):
        await _until(clock, lambda: worker.at_it == ["b"], 5)
        async with _sitting(SqlSeats(database, clock), worker, "a"):
            await slowly(clock, 30)
            assert worker.at_it == ["b"]
    async with _sitting(SqlSeats(database, clock), worker, "a"):
        await _until(clock, lambda: worker.at_it == ["a"], 4)
    assert worker.most == 1


async def test_who_cannot_reach_the_database_stops_before_the_next_one_begins(database: Database) -> None:
    """Two at once is what a seat is there to prevent: the holder gives up first, the next takes over in time."""
    clock, worker, faulty = HandClock(), Worker(), Faulty(database)
    async with _sitting(SqlSeats(faulty, clock), worker, "a"):  # type: ignore[arg-type]
        await _until(clock, lambda: worker.at_it == ["a"], 5)
        async with _sitting(SqlSeats(database, clock), worker, "b"):
            await slowly(clock, 7)
            faulty.off = True
            assert await _until(clock, lambda: worker.at_it == ["b"], HOLD + 5) <= HOLD + 5
            faulty.off = False
            await slowly(clock, 20)
            assert worker.at_it == ["b"]
    assert worker.most == 1


async def test_work_that_ends_by_itself_ends_the_sitting(database: Database) -> None:
    """What has nothing more to do is not begun again."""

    async def done() -> None:
        return

    async with asyncio.timeout(10):
        await SqlSeats(database, HandClock()).sit("gateway", done)
