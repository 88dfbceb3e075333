"""Everything that works as long as didtalk runs, and how it is put down."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

FINISH = 4.0  # seconds for what is in hand to come to the end of its step


class Worker(Protocol):
    """Works until told to stop, and then finishes what is in hand."""

    async def run(self) -> None:
        """Work until stopped."""
        ...

    def stop(self) -> None:
        """Take nothing new on."""
        ...


class Crew:
    """Workers and chores, started and put down together."""

    def __init__(self, workers: Sequence[Worker]) -> None:
        self._workers = workers
        self._running: list[asyncio.Task[None]] = []
        self.stopping = False

    @asynccontextmanager
    async def at_work(self, chores: Sequence[Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
        """Everybody at work; at the end they finish while every chat is still there to be posted to."""
        async with asyncio.TaskGroup() as tasks:
            self._running = [tasks.create_task(each.run()) for each in self._workers]
            housekeeping = [tasks.create_task(chore) for chore in chores]
            try:
                yield
            finally:
                for chore in housekeeping:
                    chore.cancel()
                await self.put_down()

    async def put_down(self) -> None:
        """Begin nothing new, finish what is nearly done, and cut off the rest: it is handed back."""
        self.stopping = True
        for worker in self._workers:
            worker.stop()
        await self._ended(FINISH)
        for each in self._running:
            each.cancel()
        await self._ended(None)

    async def _ended(self, patience: float | None) -> None:
        if waiting := [each for each in self._running if not each.done()]:
            await asyncio.wait(waiting, timeout=patience)
