"""Clocks, handed in so that tests can control time.

Stored times come from `now`, which may jump when the clock is set. Durations within this process come from `monotonic`.
"""

import asyncio
import time
from typing import Protocol

_BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", None)  # not on every system


class Clock(Protocol):
    def now(self) -> float:
        """Seconds since 1970 in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds since some moment, by a clock that cannot be set."""
        ...

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
