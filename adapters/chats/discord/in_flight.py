"""What is in hand: counted, so that a shutdown can wait for it, and so that what has time can let it go first."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class InFlight:
    """Counts gestures and calls that are under way."""

    def __init__(self, threshold: int = 0) -> None:
        self._count = 0
        self._threshold = threshold
        self._below_threshold = asyncio.Event()
        self._below_threshold.set()

    @contextmanager
    def track(self) -> Iterator[None]:
        """One more while inside."""
        self._count += 1
        if self._count > self._threshold:
            self._below_threshold.clear()
        try:
            yield
        finally:
            self._count -= 1
            if self._count <= self._threshold:
                self._below_threshold.set()

    async def wait_until_quiet(self, seconds: float) -> None:
        """Wait until nothing is in hand, or only a few if that was said, but no longer than that."""
        try:
            async with asyncio.timeout(seconds):
                await self._below_threshold.wait()
        except TimeoutError:
            return
