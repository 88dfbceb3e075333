"""The paid call, made once: a job goes to its studio, and after a lost answer it is looked up before any retry.

Invariant: `submitting` is written before the call, and only a proven absence is tried again. How long the job must be
absent is measured by the monotonic clock: one that jumps would prove it at once, or never.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping

import structlog

from bot.errors import Broken, Trouble, TryAgain, Unsure
from bot.jobs.job import Job, Jobs, Stage
from bot.requests.base import studio_title
from bot.runtime import backoff
from bot.runtime.clock import Clock
from bot.runtime.shield import finish_shielded
from bot.studios.studio import Accepted, Studio
from bot.worker.inputs import JobInputs
from bot.worker.leases import Leases
from bot.worker.transitions import GIVE_UP_TRIES, Transitions, studio_of

log = structlog.get_logger(__name__)

MAX_DOUBT_SECONDS = 2 * 86400.0  # then a job whose answer was lost is given up
MAX_CONCURRENT_CALLS = 4  # paid calls at one studio, and so the jobs in doubt after a crash; also their lookups
UPLOAD_REUSE_SECONDS = 20 * 3600.0  # studios keep uploads for a day at least


class SubmitStep:
    """Prepares a job and gets it to its studio."""

    def __init__(
        self,
        jobs: Jobs,
        clock: Clock,
        leases: Leases,
        transitions: Transitions,
        studios: Mapping[str, Studio],
        inputs: JobInputs,
        settle_seconds: float,
    ) -> None:
        self._jobs = jobs
        self._clock = clock
        self._leases = leases
        self._transitions = transitions
        self._studios = studios
        self._inputs = inputs
        self._settle_seconds = settle_seconds
        self._doubted_since: dict[str, float] = {}  # by job, by the monotonic clock
        self._submit_slots = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(MAX_CONCURRENT_CALLS))
        self._recover_slots = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(MAX_CONCURRENT_CALLS))

    async def prepare(self, job: Job) -> Job | None:
        """Upload what the studio needs."""
        studio = studio_of(self._studios, job)
        files = await self._inputs.prepare_files(job, studio.file_limits(job.request))
        uploads = await studio.prepare(job, files)
        now = self._clock.now()
        prepared = job.to_stage(Stage.PREPARED, now, uploads=uploads, prepared_at=now)
        return await self._transitions.move(job, prepared, keep_lease=True)

    async def submit(self, job: Job) -> Job | None:
        """Send it, unless its uploads may have expired."""
        now = self._clock.now()
        if now - (job.prepared_at or 0.0) > UPLOAD_REUSE_SECONDS:
            return await self._transitions.move(job, job.to_stage(Stage.ASKED, now), keep_lease=True)
        async with self._submit_slots[job.studio]:
            return await self._submit_once(job, studio_of(self._studios, job))

    async def recover(self, job: Job) -> Job | None:
        """After a crash or a lost answer: take its ticket if there is one, submit again if certainly not, else wait."""
        self._seconds_to_settle(job)
        if job.doubtful_at is None:
            return await self._transitions.move(job, job.evolve(doubtful_at=self._clock.now()), keep_lease=True)
        if self._recover_slots[job.studio].locked():  # do not block a slot
            return await self._transitions.move(job, job.evolve(due_at=self._clock.now() + 1.0))
        try:
            async with self._recover_slots[job.studio]:
                ticket = await studio_of(self._studios, job).recover(job)
        except Unsure as doubt:
            return await self._mark_in_doubt(job, doubt)
        if ticket:
            return await finish_shielded(self._record_ticket(job, Accepted(ticket)))
        if (left := self._seconds_to_settle(job)) > 0:
            due = self._clock.now() + min(left, 5.0)
            return await self._transitions.move(job, job.evolve(due_at=due, tries=job.tries + 1))
        free = job.evolve(submitted_at=None, doubtful_at=None)
        self._doubted_since.pop(job.id, None)
        stage = Stage.CANCELLED if job.cancelling else Stage.PREPARED
        return await self._transitions.move(job, free.to_stage(stage, self._clock.now()), keep_lease=True)

    async def _submit_once(self, job: Job, studio: Studio) -> Job | None:
        now = self._clock.now()
        # Earlier tries still count, or a studio that is down would be called every second.
        going = job.to_stage(Stage.SUBMITTING, now, submitted_at=now, tries=job.tries)
        sending = await self._transitions.move(job, going, keep_lease=True)
        if sending is None:
            return None
        if not self._leases.is_safe(sending):  # certainly not sent, so the next owner need not wait
            return await self._transitions.move(sending, sending.to_stage(Stage.PREPARED, now, submitted_at=None))
        try:
            accepted = await studio.submit(sending)
        except Broken:
            raise
        except Unsure as doubt:
            return await self._mark_in_doubt(sending, doubt)
        except Trouble as trouble:  # certainly not accepted
            return await self._not_accepted(sending.evolve(submitted_at=None), trouble)
        return await finish_shielded(self._record_ticket(sending, accepted))

    async def _not_accepted(self, job: Job, trouble: Trouble) -> Job | None:
        if job.cancelling:
            return await self._transitions.move(job, job.to_stage(Stage.CANCELLED, self._clock.now()), keep_lease=True)
        if isinstance(trouble, TryAgain):
            return await self._transitions.retry_later(job, trouble, Stage.PREPARED)
        return await self._transitions.fail(job, trouble.sentence)

    async def _record_ticket(self, job: Job, accepted: Accepted) -> Job | None:
        """Write the ticket down even if the job was moved meanwhile: it is paid for."""
        current: Job | None = job
        self._doubted_since.pop(job.id, None)
        while current is not None and current.ticket != accepted.ticket:  # a new owner may have found it already
            now = self._clock.now()
            stage = Stage.CANCELLED if current.cancelling or current.ended else Stage.RENDERING
            at_once = stage is Stage.CANCELLED or self._leases.take_nudge(current)
            due = now if at_once else now + backoff.poll_delay(0, 0.0)
            notes = tuple(dict.fromkeys((*current.notes, *accepted.notes)))
            new = current.to_stage(
                stage, now, due_at=due, ticket=accepted.ticket, notes=notes, cost=accepted.cost, doubtful_at=None
            )
            entry = self._transitions.ledger_entry(current, "submitted", accepted.cost)
            if moved := await self._transitions.move(current, new, entry):
                return moved
            current = await self._jobs.get(job.id)
        return None

    def _seconds_to_settle(self, job: Job) -> float:
        """How much longer a missing job may still appear."""
        now = self._clock.monotonic()
        return self._doubted_since.setdefault(job.id, now) + self._settle_seconds - now

    async def _mark_in_doubt(self, job: Job, doubt: Trouble) -> Job | None:
        """The answer of a paid call was lost: look the job up before anything else."""
        now = self._clock.now()
        since = job.doubtful_at or now
        left = self._seconds_to_settle(job)
        log.warning("answer lost", job=job.id, why=doubt.sentence)
        if now - since > MAX_DOUBT_SECONDS and job.tries > GIVE_UP_TRIES:
            self._doubted_since.pop(job.id, None)
            studio = studio_title(job.studio)
            why = f"{studio} never confirmed this request, so it was not sent again."
            return await self._transitions.fail(job, why)
        # After a clock was set back, a time in the future would never settle.
        waiting = job.evolve(doubtful_at=min(since, now), tries=job.tries + 1)
        pause = backoff.retry_delay(job.tries + 1, age=now - job.asked_at)
        if left > 0:
            pause = min(pause, left)  # the first moment at which an absence proves anything
        return await self._transitions.show_and_move(job, waiting, after=pause)
