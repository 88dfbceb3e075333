"""Clocks, handed in so that tests can control time, and how long to wait before polling or retrying.

Stored times come from `now`, which may jump when the clock is set. Durations within this process come from `monotonic`.
"""

import asyncio
import math
import random
import time
from typing import Protocol

# A rendering job is polled after a tenth of its age, so that no video is late by more than that.
MIN_POLL_DELAY_SECONDS, MAX_POLL_DELAY_SECONDS = 1.5, 30.0
POLL_DELAY_AGE_RATIO = 0.1
# A job this old is polled less and less often, once it was polled this often: a clock that jumped makes nothing late.
SLOW_POLL_AFTER_SECONDS = 3600.0
SLOW_POLL_MIN_TRIES = 100
RETRY_DELAYS_SECONDS = (1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 120.0, 300.0)
MAX_DELAY_AGE_RATIO = 2 / 3  # the longest delay, as a part of the age of the job …
YOUNG_JOB_MAX_DELAY_SECONDS = 10.0  # … or this, for a job that is younger

_BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", None)  # not on every system


class Clock(Protocol):
    def now(self) -> float:
        """Seconds since 1970 in UTC."""

    def monotonic(self) -> float:
        """Seconds since some moment, by a clock that cannot be set."""

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The machine's own clock."""

    now = staticmethod(time.time)

    def monotonic(self) -> float:
        """Seconds since the machine started, including those it was suspended."""
        return time.monotonic() if _BOOT_CLOCK is None else time.clock_gettime(_BOOT_CLOCK)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def sleep_or_wake(clock: Clock, wakeup: asyncio.Event, seconds: float) -> bool:
    """Wait for the event, at most so long; whether it was set. It is cleared afterwards."""
    sleep = asyncio.ensure_future(clock.sleep(max(0.0, seconds)))
    woken = asyncio.ensure_future(wakeup.wait())
    try:
        await asyncio.wait((sleep, woken), return_when=asyncio.FIRST_COMPLETED)
    finally:
        sleep.cancel()
        woken.cancel()
    was_woken = wakeup.is_set()
    wakeup.clear()
    return was_woken


def poll_delay(tries: int, age: float) -> float:
    """The pause before the next poll of a rendering job: short at first, minutes after an hour, longer after a day."""
    if age > SLOW_POLL_AFTER_SECONDS and tries > SLOW_POLL_MIN_TRIES:
        return _with_jitter(min(1800.0, age / 30))
    return _with_jitter(min(max(age * POLL_DELAY_AGE_RATIO, MIN_POLL_DELAY_SECONDS), MAX_POLL_DELAY_SECONDS))


def retry_delay(tries: int, retry_after: float | None = None, age: float = math.inf) -> float:
    """The pause before repeating a call that certainly did nothing; never shorter than the server asked for.

    Crashes and rate limits use up many tries in little time. So a pause is limited to a part of the job's age: an
    outage of one minute then costs less than two, and not six.
    """
    pause = min(
        RETRY_DELAYS_SECONDS[min(tries, len(RETRY_DELAYS_SECONDS) - 1)],
        max(YOUNG_JOB_MAX_DELAY_SECONDS, age * MAX_DELAY_AGE_RATIO),
    )
    return max(retry_after or 0.0, _with_jitter(pause))


def _with_jitter(seconds: float) -> float:
    return seconds * random.uniform(0.9, 1.1)  # noqa: S311 - spreads load, hides nothing
