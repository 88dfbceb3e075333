"""Clocks for tests: one is set by hand, one jumps to whatever is awaited, one is faster than real time."""

import asyncio
import heapq
import itertools
import time


class ManualClock:
    """Stands still until it is advanced; sleepers wake in order."""

    def __init__(self, start: float = 1_800_000_000.0) -> None:
        self._now = start
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = itertools.count()

    def now(self) -> float:
        """Seconds since 1970 in UTC."""
        return self._now

    def monotonic(self) -> float:
        """The same, as this clock is never set."""
        return self.now()

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock was advanced that far."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        waker = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._count), waker))
        await waker

    def jump(self, seconds: float) -> None:
        """Jump ahead, like the clock of a suspended machine: nobody wakes in between."""
        self._now += seconds

    async def advance(self, seconds: float) -> None:
        """Let time pass; each sleeper wakes at its moment and does its work."""
        end = self._now + seconds
        await run_ready_tasks()
        while self._sleepers and self._sleepers[0][0] <= end:
            at, _, waker = heapq.heappop(self._sleepers)
            if waker.done():
                continue
            self._now = max(self._now, at)
            waker.set_result(None)
            await run_ready_tasks()
        self._now = max(self._now, end)  # somebody may have moved it meanwhile
        await run_ready_tasks()


class AutoAdvanceClock(ManualClock):
    """Jumps to the end of every sleep, for calls that pause while the test awaits them."""

    async def sleep(self, seconds: float) -> None:
        """Be there at once."""
        self.jump(seconds)


class FastClock:
    """Runs faster than real time, for tests with real servers and files; can be advanced by hand too."""

    def __init__(self, speed: float = 20.0) -> None:
        self._started_at = time.monotonic()
        self._start = time.time()
        self._speed = speed
        self.offset_seconds = 0.0

    def now(self) -> float:
        """Seconds since 1970, ahead of the real time."""
        return self._start + (time.monotonic() - self._started_at) * self._speed + self.offset_seconds

    def monotonic(self) -> float:
        """The same, as advancing this clock lets time pass."""
        return self.now()

    async def sleep(self, seconds: float) -> None:
        """Wait that long by this clock."""
        await asyncio.sleep(seconds / self._speed)


async def advance_slowly(clock: ManualClock, seconds: float) -> None:
    """Let time pass as slowly as answers from a real disk or server need."""
    for _ in range(int(seconds * 2)):
        await clock.advance(0.5)
        await asyncio.sleep(0.02)


async def run_ready_tasks(turns: int = 60) -> None:
    """Let everything that is ready run."""
    for _ in range(turns):
        await asyncio.sleep(0)
