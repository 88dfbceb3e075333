"""Keeps one key within what a studio bears: few calls at a time, silence when it asks for silence or is away.

A studio that was away is not met by everybody who waited: while it is not known to be back one call at a time asks, and
for a while afterwards calls come one after another.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.errors import TryAgain
from bot.runtime.clock import Clock

MAX_CONCURRENT_SUBMISSIONS = 4
MAX_CONCURRENT_READS = 8
RATE_LIMIT_PAUSES_SECONDS = (5.0, 10.0, 20.0, 40.0, 60.0)  # when a studio says "too many" without saying how long
OUTAGE_AFTER_FAILURES = 3  # calls in a row without a sensible answer, from which on a studio counts as away
OUTAGE_PAUSES_SECONDS = (2.0, 5.0, 10.0, 20.0, 30.0)  # for how long it is left alone then
RECOVERY_SECONDS = 60.0  # for so many seconds after it is back …
RECOVERY_INTERVAL_SECONDS = 0.2  # … calls begin so many seconds apart


class RateLimiter:
    """The limits of one key, shared by all calls made with it."""

    def __init__(self, clock: Clock, title: str = "D-ID") -> None:
        self._title = title
        self._clock = clock
        self._submissions = asyncio.Semaphore(MAX_CONCURRENT_SUBMISSIONS)
        self._reads = asyncio.Semaphore(MAX_CONCURRENT_READS)
        # By the monotonic clock, as all times here: nobody must wait longer because a clock was set.
        self._blocked_until = float("-inf")
        self._block_reason = ""
        self._rate_limit_hits = 0
        self._failures = 0
        self._probe_lock = asyncio.Lock()
        self._recovering_until = float("-inf")
        self._last_start = float("-inf")

    @asynccontextmanager
    async def submission_turn(self) -> AsyncIterator[None]:
        async with self._submissions, self._take_turn():
            yield

    @asynccontextmanager
    async def read_turn(self) -> AsyncIterator[None]:
        async with self._reads, self._take_turn():
            yield

    def record_rate_limit(self, retry_after: float | None) -> float:
        """Pause for what the studio asked, or longer each time; returns the seconds."""
        nth = min(self._rate_limit_hits, len(RATE_LIMIT_PAUSES_SECONDS) - 1)
        seconds = RATE_LIMIT_PAUSES_SECONDS[nth] if retry_after is None else retry_after
        self._rate_limit_hits += 1
        self._failures = 0
        self._block_for(seconds, f"{self._title} asked for a pause.")
        return seconds

    def record_success(self) -> None:
        if self._rate_limit_hits or self._in_outage:
            self._recovering_until = self._clock.monotonic() + RECOVERY_SECONDS
        self._rate_limit_hits = self._failures = 0

    def record_failure(self) -> None:
        self._failures += 1
        if self._in_outage:
            nth = min(self._failures - OUTAGE_AFTER_FAILURES, len(OUTAGE_PAUSES_SECONDS) - 1)
            self._block_for(OUTAGE_PAUSES_SECONDS[nth], f"{self._title} isn't responding.")

    @property
    def _in_outage(self) -> bool:
        return self._failures >= OUTAGE_AFTER_FAILURES

    def _block_for(self, seconds: float, reason: str) -> None:
        self._blocked_until = max(self._blocked_until, self._clock.monotonic() + seconds)
        self._block_reason = reason

    @asynccontextmanager
    async def _take_turn(self) -> AsyncIterator[None]:
        self._raise_if_blocked()
        if not (self._in_outage or self._rate_limit_hits):
            await self._pace_recovery()
            yield
            return
        if self._probe_lock.locked():
            raise TryAgain(self._block_reason, 1.0)  # somebody is asking already; that answer is enough
        async with self._probe_lock:
            yield

    def _raise_if_blocked(self) -> None:
        # Waiting here would hold a job and its turn for minutes; the engine waits better.
        left = self._blocked_until - self._clock.monotonic()
        if left > 0:
            raise TryAgain(self._block_reason, left)

    async def _pace_recovery(self) -> None:
        now = self._clock.monotonic()
        if now >= self._recovering_until:
            return
        start_at = max(now, self._last_start + RECOVERY_INTERVAL_SECONDS)
        self._last_start = start_at
        if start_at > now:
            await self._clock.sleep(start_at - now)
