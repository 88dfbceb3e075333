"""What is in hand: counted, so that a shutdown can wait for it before it closes the connection."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Hands:
    """Counts gestures and calls that are under way."""

    def __init__(self) -> None:
        self._count = 0
        self._free = asyncio.Event()
        self._free.set()

    @contextmanager
    def busy(self) -> Iterator[None]:
        """One more while inside."""
        self._count += 1
        self._free.clear()
        try:
            yield
        finally:
            self._count -= 1
            if not self._count:
                self._free.set()

    async def rest(self, seconds: float) -> None:
        """Wait until nothing is in hand, but no longer than that."""
        try:
            async with asyncio.timeout(seconds):
                await self._free.wait()
        except TimeoutError:
            return
