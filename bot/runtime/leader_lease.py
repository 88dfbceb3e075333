"""A seat is held by one process at a time, for what must not be done twice at once: whoever holds it does the work.

Where several processes work on one store, the next one takes the seat when its holder is gone.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol

Work = Callable[[], Awaitable[None]]


class LeaderLeases(Protocol):
    """Hands out seats by name."""

    async def run_as_leader(self, name: str, work: Work) -> None:
        """Wait for the seat and work while it is ours, again and again, until cancelled or the work ends by itself."""
        ...


class SingleProcess:
    """Every seat is ours: no other process uses the store."""

    async def run_as_leader(self, name: str, work: Work) -> None:
        """Work at once."""
        await work()
