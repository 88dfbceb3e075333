"""Limits progress edits: only the latest state of each job is sent."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.errors import Trouble
from bot.jobs.job import Job
from bot.runtime.clock import Clock
from bot.wording.cards import Card

log = structlog.get_logger(__name__)

PROGRESS_INTERVAL_SECONDS = 3.0


class EditThrottle:
    """Sends edits in the background, one at a time per job."""

    def __init__(
        self, edit_message: Callable[[Job, Card], Awaitable[object]], clock: Clock, tasks: asyncio.TaskGroup
    ) -> None:
        self._edit_message = edit_message
        self._clock = clock
        self._tasks = tasks
        self._pending: dict[str, tuple[Job, Card]] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._running: dict[str, asyncio.Task[None]] = {}

    def schedule_edit(self, job: Job, card: Card) -> None:
        self._pending[job.id] = (job, card)
        if job.id not in self._running:
            self._running[job.id] = self._tasks.create_task(self._run_job(job.id))

    async def drop_pending(self, job: Job) -> None:
        """Finish the running edit and drop the waiting one, before a final state is sent."""
        self._pending.pop(job.id, None)
        if lock := self._locks.get(job.id):
            async with lock:
                self._pending.pop(job.id, None)

    def cancel_all(self) -> None:
        self._pending.clear()
        for task in self._running.values():
            task.cancel()

    async def _run_job(self, job_id: str) -> None:
        lock = self._locks.setdefault(job_id, asyncio.Lock())
        try:
            while job_id in self._pending:
                async with lock:
                    if newest := self._pending.pop(job_id, None):
                        await self._send_edit(*newest)
                await self._clock.sleep(PROGRESS_INTERVAL_SECONDS)
        finally:
            self._running.pop(job_id, None)
            self._locks.pop(job_id, None)

    async def _send_edit(self, job: Job, card: Card) -> None:
        try:
            await self._edit_message(job, card)
        except Trouble as trouble:
            log.info("progress not shown", job=job.id, why=trouble.sentence)
        except Exception:
            log.exception("unexpected error in a progress edit", job=job.id)
