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
from bot.runtime.leases import LEASE_MARGIN_SECONDS, LEASE_SECONDS, Lease, keep_leases

log = structlog.get_logger(__name__)


class Leases:
    """Claims jobs, renews their leases, and remembers which of them were nudged while they were held."""

    def __init__(self, jobs: Jobs, clock: Clock) -> None:
        self.owner_id = f"{platform.node()}.{os.getpid()}.{new_id()}"  # can be read in the database
        self._jobs = jobs
        self._clock = clock
        self._held: dict[str, Lease] = {}
        self._nudged: set[str] = set()
        self._interrupted: set[str] = set()  # jobs whose task was cancelled

    async def keep(self) -> None:
        """Renew leases until cancelled."""
        await keep_leases(self._held, self._clock, partial(self._jobs.renew, self.owner_id))

    async def claim(self, queue: str, due: float, limit: int) -> list[Job]:
        """Hold up to `limit` jobs of a queue that are due at that moment."""
        until = self._clock.now() + LEASE_SECONDS
        claimed = await self._jobs.claim(queue, self.owner_id, due, until, limit)
        for job in claimed:
            self._hold(job, until)
        return claimed

    def start(self, job: Job, task: asyncio.Task[None]) -> None:
        """A task works on a held job from now on."""
        self._hold(job, job.due_at or self._clock.now() + LEASE_SECONDS).task = task

    def is_running(self, job: str) -> bool:
        return job in self._held and self._held[job].task is not None

    def drop(self, job: str, *, interrupted: bool) -> None:
        """The task of a job has ended."""
        self._held.pop(job, None)
        if interrupted:
            self._interrupted.add(job)

    def drop_polled(self, jobs: Iterable[str]) -> None:
        """These were polled; those that went into a slot are held on."""
        for job in jobs:
            if not self.is_running(job):
                self._held.pop(job, None)

    def is_safe(self, job: Job) -> bool:
        """True while the lease is safely valid. Check before any paid or irreversible call."""
        until = self._held[job.id].until if job.id in self._held else job.due_at
        return self._clock.now() < (until or 0.0)

    def mark_nudged(self, job: str) -> None:
        """If we hold this job it is due again at once."""
        if job in self._held:
            self._nudged.add(job)

    def take_nudge(self, job: Job) -> bool:
        """Whether a held job was nudged; reading clears it."""
        nudged = job.id in self._nudged
        self._nudged.discard(job.id)
        return nudged

    async def release_all(self) -> None:
        """Give up what is still held, so that other processes need not wait for the lease to run out."""
        now = self._clock.now()
        try:
            await self._jobs.release(self.owner_id, list(self._held.keys() - self._interrupted), now)
            # Calls that were cancelled on their way arrive first.
            await self._jobs.release(self.owner_id, list(self._interrupted), now + LEASE_MARGIN_SECONDS)
        except Trouble as error:
            log.warning("leases not released, they run out by themselves", why=error.sentence)

    def _hold(self, job: Job, until: float) -> Lease:
        """Keep a lease; one that is held already keeps its task."""
        lease = self._held.setdefault(job.id, Lease(until))
        lease.until = until
        return lease
