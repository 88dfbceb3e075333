"""Polls one studio for the jobs it is rendering, all that are due in one request."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import assert_never

import structlog

from bot.errors import Refused, Trouble, TryAgain, Unusable
from bot.jobs.job import Job, Jobs, Stage, poll_queue
from bot.requests.base import studio_title
from bot.runtime.clock import Clock, poll_delay, retry_delay
from bot.studios.studio import Failed, Finished, Status, Studio, Waiting
from bot.worker.engine import WorkerSlots
from bot.worker.leases import Leases
from bot.worker.transitions import GIVE_UP_SECONDS, GIVE_UP_TRIES, JobCards, QueueWakeups, Transitions

log = structlog.get_logger(__name__)

MAX_JOBS_PER_POLL = 1000
BATCH_SECONDS = 2.0  # when there are many jobs, those due within this time are polled together
MIN_BATCH_JOBS = 5
SHOW_AFTER_FAILURES = 3  # failed polls in a row before the cards say so
MAX_AWAY_RETRY_SECONDS = 60.0  # a studio that does not answer is polled this often at least
NUDGED_POLL_SECONDS = 1.0  # until the next poll of a job that was nudged during one
MAX_PARALLEL_JOBS = 50  # jobs updated at once, so that new requests get a turn meanwhile


@dataclass(eq=False)
class Poller:
    """Asks one studio how its jobs stand, and starts those that are finished in a slot."""

    studio: Studio
    jobs: Jobs
    clock: Clock
    leases: Leases
    transitions: Transitions
    job_cards: JobCards
    slots: WorkerSlots
    wakeups: QueueWakeups

    def __post_init__(self) -> None:
        self.queue = poll_queue(self.studio.name)
        self._free_slots = 0  # for finished jobs; the others wait in the queue
        self._next_poll_at = float("-inf")  # by the monotonic clock; a nudge does not wait for it
        self._batching = False
        self._failures = 0  # in a row

    async def poll_due(self) -> float:
        """Poll what is due; the seconds until the next poll."""
        now = self.clock.now()
        nudged = self.wakeups.take_nudge(self.queue)
        if (left := self._next_poll_at - self.clock.monotonic()) > 0 and not nudged:
            return left
        due = now + BATCH_SECONDS if self._batching and not nudged else now
        jobs = await self.leases.claim(self.queue, due, MAX_JOBS_PER_POLL)
        if jobs:
            await self._poll_jobs(jobs)
            self._batching = len(jobs) >= MIN_BATCH_JOBS
            # The more jobs there are, the less often they are polled.
            self._next_poll_at = self.clock.monotonic() + 1.0 + len(jobs) / 50
        following = await self.jobs.next_due(self.queue)
        until_due = 3600.0 if following is None else following - self.clock.now()
        return max(until_due, self._next_poll_at - self.clock.monotonic())

    async def _poll_jobs(self, jobs: Sequence[Job]) -> None:
        try:
            statuses = await self.studio.status_of(jobs)
            self._failures = 0
            for batch in (jobs[nth : nth + MAX_PARALLEL_JOBS] for nth in range(0, len(jobs), MAX_PARALLEL_JOBS)):
                self._free_slots = self.slots.free
                async with asyncio.TaskGroup() as tasks:
                    for job in batch:
                        update = partial(self._apply_status, job, statuses.get(job.id, Waiting()))
                        tasks.create_task(self.slots.run_isolated(job, update))
        except Trouble as trouble:
            log.warning("poll failed", studio=self.studio.name, jobs=len(jobs), why=trouble.sentence)
            await self._put_back(jobs, trouble)
        except Exception:  # the edge of one studio: the others are polled on
            log.exception("poll failed unexpectedly", studio=self.studio.name, jobs=len(jobs))
            await self._put_back(jobs, TryAgain(f"{self.studio.title} sent an answer that could not be read."))
        self.leases.drop_polled([job.id for job in jobs])  # when cancelled, the engine releases them

    async def _put_back(self, jobs: Sequence[Job], trouble: Trouble) -> None:
        """Poll the jobs of a failed poll again, less often with every failure."""
        self._failures += 1
        after = trouble.retry_after if isinstance(trouble, TryAgain) else None
        async with asyncio.TaskGroup() as tasks:
            for job in jobs:
                retry = partial(self._retry_later, job, trouble.sentence, after)
                tasks.create_task(self.slots.run_isolated(job, retry))

    async def _retry_later(self, job: Job, why: str, after: float | None) -> None:
        put = job.evolve(tries=job.tries + 1, trouble=why)
        if self._failures >= SHOW_AFTER_FAILURES:
            put = await self.job_cards.show(put)
        pause = max(after or 0.0, min(MAX_AWAY_RETRY_SECONDS, retry_delay(self._failures - 1)))
        await self.transitions.move(job, put.evolve(due_at=self.clock.now() + pause))

    async def _apply_status(self, job: Job, status: Status) -> None:
        match status:
            case Finished():
                moved = await self._record_finished(job, status)
            case Failed():
                moved = await self.transitions.fail(job, _trouble_of(status))
            case Waiting():
                moved = await self._keep_waiting(job)
            case _:
                assert_never(status)
        if moved and moved.owner:
            self.slots.start_job(moved)

    async def _record_finished(self, job: Job, status: Finished) -> Job | None:
        now = self.clock.now()
        facts = {"video": status.video, "captions": status.captions, "seconds": status.seconds}
        result = {name: str(fact) for name, fact in facts.items() if fact is not None}
        made = job.to_stage(Stage.MADE, now, result=result, made_at=now)
        self._free_slots -= 1
        entry = self.transitions.ledger_entry(job, "made", job.cost)
        return await self.transitions.move(job, made, entry, keep_lease=self._free_slots >= 0)

    async def _keep_waiting(self, job: Job) -> Job | None:
        now = self.clock.now()
        age = now - (job.submitted_at or now)
        if age > GIVE_UP_SECONDS and job.tries > GIVE_UP_TRIES:
            return await self.transitions.fail(
                job, TryAgain(f"{studio_title(job.studio)} did not finish this within a week.")
            )
        pause = poll_delay(job.tries, age)
        if self.leases.take_nudge(job):
            pause = min(pause, NUDGED_POLL_SECONDS)
        return await self.transitions.show_and_move(job, job.evolve(tries=job.tries + 1, trouble=None), after=pause)


def _trouble_of(status: Failed) -> Trouble:
    """A no of a moderation is not to be passed by at another studio."""
    return Refused(status.sentence) if status.moderated else Unusable(status.sentence)
