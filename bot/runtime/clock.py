"""Time is handed in, so tests can move it by hand.

What is written down is dated by `now`, which may jump: somebody sets the clock, or a daemon does. What is measured
within the life of this process (a pause, a deadline, how long something has been so) is measured by `steady`.
"""

import asyncio
import time
from typing import Protocol, runtime_checkable

_BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", None)  # not on every system


class Clock(Protocol):
    """Tells the time and waits."""

    def now(self) -> float:
        """Seconds since 1970 in UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait that long."""
        ...


@runtime_checkable
class MonotonicClock(Protocol):
    """A clock that also has a time which nobody can set."""

    def monotonic(self) -> float:
        """Seconds since some moment; they only go on."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Seconds since 1970 in UTC."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since the machine started, those included for which it was suspended."""
        return time.monotonic() if _BOOT_CLOCK is None else time.clock_gettime(_BOOT_CLOCK)

    async def sleep(self, seconds: float) -> None:
        """Wait that long."""
        await asyncio.sleep(seconds)


def monotonic_now(clock: Clock) -> float:
    """Seconds that only go on; a clock without such has no other time than its own."""
    return clock.monotonic() if isinstance(clock, MonotonicClock) else clock.now()


async def sleep_or_wake(clock: Clock, wakeup: asyncio.Event, seconds: float) -> bool:
    """Wait until the bell rings or the time is over; whether it rang. The bell is silent again afterwards."""
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
