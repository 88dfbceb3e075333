"""Everything that works as long as didtalk runs, and how it is put down."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

SHUTDOWN_SECONDS = 4.0  # seconds for what is in hand to come to the end of its step


class BackgroundWorker(Protocol):
    """Works until told to stop, and then finishes what is in hand."""

    async def run(self) -> None:
        """Work until stopped."""
        ...

    def stop(self) -> None:
        """Take nothing new on."""
        ...


class Supervisor:
    """Workers and chores, started and put down together."""

    def __init__(self, workers: Sequence[BackgroundWorker]) -> None:
        self._workers = workers
        self._worker_tasks: list[asyncio.Task[None]] = []
        self.stopping = False

    @asynccontextmanager
    async def running(self, background: Sequence[Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
        """Everybody at work; at the end they finish while every chat is still there to be posted to."""
        async with asyncio.TaskGroup() as tasks:
            self._worker_tasks = [tasks.create_task(each.run()) for each in self._workers]
            background_tasks = [tasks.create_task(task) for task in background]
            try:
                yield
            finally:
                for task in background_tasks:
                    task.cancel()
                await self.shut_down()

    async def shut_down(self) -> None:
        """Begin nothing new, finish what is nearly done, and cut off the rest: it is handed back."""
        self.stopping = True
        for worker in self._workers:
            worker.stop()
        await self._wait_for_workers(SHUTDOWN_SECONDS)
        for each in self._worker_tasks:
            each.cancel()
        await self._wait_for_workers(None)

    async def _wait_for_workers(self, timeout_seconds: float | None) -> None:
        if waiting := [each for each in self._worker_tasks if not each.done()]:
            await asyncio.wait(waiting, timeout=timeout_seconds)
