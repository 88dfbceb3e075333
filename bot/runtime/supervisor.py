"""Starts the background workers and shuts them down."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

SHUTDOWN_SECONDS = 4.0  # for running jobs to finish their step


class BackgroundWorker(Protocol):
    """Works until stopped, and then finishes what it has begun."""

    async def run(self) -> None: ...

    def stop(self) -> None: ...


class Supervisor:
    """Workers and background tasks, started and shut down together."""

    def __init__(self, workers: Sequence[BackgroundWorker]) -> None:
        self._workers = workers
        self._worker_tasks: list[asyncio.Task[None]] = []
        self.stopping = False

    @asynccontextmanager
    async def running(self, background: Sequence[Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
        """Run everything; at the end the workers finish while every chat can still be posted to."""
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
        """Begin nothing new, give running steps a little time, and cancel the rest: its leases are released."""
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
