"""Time is handed in, so tests can move it by hand.

What is written down is dated by `now`, which may jump: somebody sets the clock, or a daemon does. What is measured
within the life of this process (a pause, a deadline, how long something has been so) is measured by `steady`.
"""

import asyncio
import time
from typing import Protocol, runtime_checkable

_STARTED = getattr(time, "CLOCK_BOOTTIME", None)  # not on every system


class Clock(Protocol):
    """Tells the time and waits."""

    def now(self) -> float:
        """Seconds since 1970 in UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait that long."""
        ...


@runtime_checkable
class Steady(Protocol):
    """A clock that also has a time which nobody can set."""

    def steady(self) -> float:
        """Seconds since some moment; they only go on."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Seconds since 1970 in UTC."""
        return time.time()

    def steady(self) -> float:
        """Seconds since the machine started, those included for which it was suspended."""
        return time.monotonic() if _STARTED is None else time.clock_gettime(_STARTED)

    async def sleep(self, seconds: float) -> None:
        """Wait that long."""
        await asyncio.sleep(seconds)


def steady(clock: Clock) -> float:
    """Seconds that only go on; a clock without such has no other time than its own."""
    return clock.steady() if isinstance(clock, Steady) else clock.now()


async def rest(clock: Clock, bell: asyncio.Event, seconds: float) -> bool:
    """Wait until the bell rings or the time is over; whether it rang. The bell is silent again afterwards."""
    sleep = asyncio.ensure_future(clock.sleep(max(0.0, seconds)))
    ring = asyncio.ensure_future(bell.wait())
    try:
        await asyncio.wait((sleep, ring), return_when=asyncio.FIRST_COMPLETED)
    finally:
        sleep.cancel()
        ring.cancel()
    rang = bell.is_set()
    bell.clear()
    return rang
