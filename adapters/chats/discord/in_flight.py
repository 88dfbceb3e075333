"""What is in hand: counted, so that a shutdown can wait for it, and so that what has time can let it go first."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Hands:
    """Counts gestures and calls that are under way."""

    def __init__(self, few: int = 0) -> None:
        self._count = 0
        self._few = few
        self._free = asyncio.Event()
        self._free.set()

    @contextmanager
    def busy(self) -> Iterator[None]:
        """One more while inside."""
        self._count += 1
        if self._count > self._few:
            self._free.clear()
        try:
            yield
        finally:
            self._count -= 1
            if self._count <= self._few:
                self._free.set()

    async def rest(self, seconds: float) -> None:
        """Wait until nothing is in hand, or only a few if that was said, but no longer than that."""
        try:
            async with asyncio.timeout(seconds):
                await self._free.wait()
        except TimeoutError:
            return
