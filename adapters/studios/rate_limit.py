"""Keeps one key within what a studio bears: few calls at a time, silence when it asks for silence or is away.

A studio that was away is not met by everybody who waited: while it is not known to be back one call at a time asks, and
for a while afterwards calls come one after another.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.errors import TryAgain
from bot.runtime.clock import Clock, steady

SUBMISSIONS = 4
READS = 8
PAUSES = (5.0, 10.0, 20.0, 40.0, 60.0)  # when a studio says "too many" without saying how long
FAILURES = 3  # calls in a row without a sensible answer, from which on a studio counts as away
AWAY = (2.0, 5.0, 10.0, 20.0, 30.0)  # for how long it is left alone then
GENTLY = 60.0  # for so many seconds after it is back …
APART = 0.2  # … calls begin so many seconds apart


class Governor:
    """The limits of one key, shared by all calls made with it."""

    def __init__(self, clock: Clock, title: str = "D-ID") -> None:
        self._title = title
        self._clock = clock
        self._submissions = asyncio.Semaphore(SUBMISSIONS)
        self._reads = asyncio.Semaphore(READS)
        self._until = float("-inf")  # by the steady clock, as all here: nobody must wait longer because a clock was set
        self._why = ""
        self._strikes = 0
        self._failures = 0
        self._asking = asyncio.Lock()
        self._gentle_until = float("-inf")
        self._began = float("-inf")

    @asynccontextmanager
    async def submission(self) -> AsyncIterator[None]:
        """A turn for a call that makes something."""
        async with self._submissions, self._turn():
            yield

    @asynccontextmanager
    async def read(self) -> AsyncIterator[None]:
        """A turn for a call that only asks."""
        async with self._reads, self._turn():
            yield

    def pause(self, asked: float | None) -> float:
        """The studio said "too many": stay silent for that long; how long that is."""
        after = asked if asked is not None else PAUSES[min(self._strikes, len(PAUSES) - 1)]
        self._strikes += 1
        self._failures = 0
        self._silence(after, f"{self._title} asked for a pause.")
        return after

    def calm(self) -> None:
        """It answered as usual again."""
        if self._strikes or self._away:
            self._gentle_until = steady(self._clock) + GENTLY
        self._strikes = self._failures = 0

    def fail(self) -> None:
        """It did not answer, or with nothing but an error of its own."""
        self._failures += 1
        if self._away:
            nth = min(self._failures - FAILURES, len(AWAY) - 1)
            self._silence(AWAY[nth], f"{self._title} cannot be reached just now.")

    @property
    def _away(self) -> bool:
        return self._failures >= FAILURES

    def _silence(self, seconds: float, why: str) -> None:
        self._until = max(self._until, steady(self._clock) + seconds)
        self._why = why

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        self._quiet()
        if not (self._away or self._strikes):
            await self._gently()
            yield
            return
        if self._asking.locked():
            raise TryAgain(self._why, 1.0)  # somebody is asking already; that answer is enough
        async with self._asking:
            yield

    def _quiet(self) -> None:
        # Waiting here would hold a job and its turn for minutes; the engine waits better.
        left = self._until - steady(self._clock)
        if left > 0:
            raise TryAgain(self._why, left)

    async def _gently(self) -> None:
        now = steady(self._clock)
        if now >= self._gentle_until:
            return
        at = max(now, self._began + APART)
        self._began = at
        if at > now:
            await self._clock.sleep(at - now)
