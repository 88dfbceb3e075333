"""The jobs this process holds: in a worker slot, or while their studio is polled."""

import asyncio
import os
import platform
from collections.abc import Iterable
from functools import partial

import structlog

from bot.errors import Trouble
from bot.jobs.job import Job, Jobs, new_id
from bot.runtime.clock import Clock
from bot.runtime.leases import LEASE_MARGIN_SECONDS, LEASE_SECONDS, LeaseKeeper

log = structlog.get_logger(__name__)


class Leases:
    """Claims jobs, renews their leases, and remembers which of them were nudged while they were held."""

    def __init__(self, jobs: Jobs, clock: Clock) -> None:
        self.owner_id = f"{platform.node()}.{os.getpid()}.{new_id()}"  # can be read in the database
        self._jobs = jobs
        self._clock = clock
        self._keeper = LeaseKeeper(clock, partial(jobs.renew, self.owner_id))
        self._nudged: set[str] = set()
        self._interrupted: set[str] = set()  # jobs whose task was cancelled

    async def run(self) -> None:
        """Renew leases until cancelled."""
        await self._keeper.run()

    async def claim(self, queue: str, due: float, limit: int) -> list[Job]:
        """Hold up to `limit` jobs of a queue that are due at that moment."""
        until = self._clock.now() + LEASE_SECONDS
        claimed = await self._jobs.claim(queue, self.owner_id, due, until, limit)
        for job in claimed:
            self._keeper.hold(job.id, until)
        return claimed

    def start(self, job: Job, task: asyncio.Task[None]) -> None:
        """A task works on a held job from now on."""
        self._keeper.hold(job.id, job.due_at or self._clock.now() + LEASE_SECONDS, task)

    def is_running(self, job: str) -> bool:
        return self._keeper.has_task(job)

    def drop(self, job: str, *, interrupted: bool) -> None:
        """The task of a job has ended."""
        self._keeper.drop((job,))
        if interrupted:
            self._interrupted.add(job)

    def drop_polled(self, jobs: Iterable[str]) -> None:
        """These were polled; those that went into a slot are held on."""
        self._keeper.drop([job for job in jobs if not self._keeper.has_task(job)])

    def is_safe(self, job: Job) -> bool:
        """True while the lease is safely valid. Check before any paid or irreversible call."""
        return self._clock.now() < (self._keeper.end_of(job.id) or job.due_at or 0.0)

    def mark_nudged(self, job: str) -> None:
        """If we hold this job it is due again at once."""
        if job in self._keeper.held:
            self._nudged.add(job)

    def take_nudge(self, job: Job) -> bool:
        """Whether a held job was nudged; reading clears it."""
        nudged = job.id in self._nudged
        self._nudged.discard(job.id)
        return nudged

    async def release_all(self) -> None:
        """Give up what is still held, so that other processes need not wait for the lease to run out."""
        now = self._clock.now()
        polled = list(self._keeper.held - self._interrupted)
        try:
            await self._jobs.release(self.owner_id, polled, now)
            # Calls that were cancelled on their way arrive first.
            await self._jobs.release(self.owner_id, list(self._interrupted), now + LEASE_MARGIN_SECONDS)
        except Trouble as error:
            log.warning("leases not released, they run out by themselves", why=error.sentence)
