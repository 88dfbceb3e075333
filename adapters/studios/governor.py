"""Keeps one key within what a studio bears: few submissions at a time, and silence when it asks for silence."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.clock import Clock
from bot.errors import TryAgain

SUBMISSIONS = 4
READS = 8
PAUSES = (5.0, 10.0, 20.0, 40.0, 60.0)  # when a studio says "too many" without saying how long


class Governor:
    """The limits of one key, shared by all calls made with it."""

    def __init__(self, clock: Clock, title: str = "D-ID") -> None:
        self._title = title
        self._clock = clock
        self._submissions = asyncio.Semaphore(SUBMISSIONS)
        self._reads = asyncio.Semaphore(READS)
        self._until = 0.0
        self._strikes = 0

    @asynccontextmanager
    async def submission(self) -> AsyncIterator[None]:
        """A turn for a call that makes something."""
        async with self._submissions:
            self._quiet()
            yield

    @asynccontextmanager
    async def read(self) -> AsyncIterator[None]:
        """A turn for a call that only asks."""
        async with self._reads:
            self._quiet()
            yield

    def pause(self, asked: float | None) -> float:
        """The studio said "too many": stay silent for that long; how long that is."""
        after = asked if asked is not None else PAUSES[min(self._strikes, len(PAUSES) - 1)]
        self._strikes += 1
        self._until = max(self._until, self._clock.now() + after)
        return after

    def calm(self) -> None:
        """It answered as usual again."""
        self._strikes = 0

    def _quiet(self) -> None:
        # Waiting here would hold a job and its turn for minutes; the engine waits better.
        left = self._until - self._clock.now()
        if left > 0:
            raise TryAgain(f"{self._title} asked for a pause.", left)
