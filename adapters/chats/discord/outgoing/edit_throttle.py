"""Progress, at a pace Discord likes: the latest word of each job goes out, those it overtook do not."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.errors import Trouble
from bot.jobs.job import Job
from bot.runtime.clock import Clock
from bot.wording.cards import Card

log = structlog.get_logger(__name__)

GAP = 3.0  # seconds between two edits of one message


class Edits:
    """Sends what is not urgent in the background, one at a time for each job."""

    def __init__(self, put: Callable[[Job, Card], Awaitable[object]], clock: Clock, tasks: asyncio.TaskGroup) -> None:
        self._put = put
        self._clock = clock
        self._tasks = tasks
        self._waiting: dict[str, tuple[Job, Card]] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._running: dict[str, asyncio.Task[None]] = {}

    def later(self, job: Job, card: Card) -> None:
        """Show this soon, unless something newer comes first."""
        self._waiting[job.id] = (job, card)
        if job.id not in self._running:
            self._running[job.id] = self._tasks.create_task(self._work(job.id))

    async def settle(self, job: Job) -> None:
        """Let what is on its way arrive, and forget what is not: the last word is about to be said."""
        self._waiting.pop(job.id, None)
        if lock := self._locks.get(job.id):
            async with lock:
                self._waiting.pop(job.id, None)

    def stop(self) -> None:
        """Nothing more goes out."""
        self._waiting.clear()
        for task in self._running.values():
            task.cancel()

    async def _work(self, job: str) -> None:
        lock = self._locks.setdefault(job, asyncio.Lock())
        try:
            while job in self._waiting:
                async with lock:
                    if newest := self._waiting.pop(job, None):
                        await self._send(*newest)
                await self._clock.sleep(GAP)
        finally:
            self._running.pop(job, None)
            self._locks.pop(job, None)

    async def _send(self, job: Job, card: Card) -> None:
        try:
            await self._put(job, card)
        except Trouble as trouble:
            log.info("progress not shown", job=job.id, why=trouble.sentence)
        except Exception:  # the edge of one edit: the next may do better
            log.exception("progress failed unexpectedly", job=job.id)
