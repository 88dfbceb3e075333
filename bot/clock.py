"""Time is handed in, so tests can move it by hand."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits."""

    def now(self) -> float:
        """Seconds since 1970 in UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait that long."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Seconds since 1970 in UTC."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Wait that long."""
        await asyncio.sleep(seconds)


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
