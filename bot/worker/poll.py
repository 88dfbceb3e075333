"""Watches the jobs at one studio: looks at those that are due together, and hands on those that are finished."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import assert_never

import structlog

from bot.errors import Trouble, TryAgain
from bot.jobs.job import Job, Stage
from bot.runtime import backoff
from bot.runtime.clock import monotonic_now
from bot.studios.studio import Failed, Finished, Status, Studio, Waiting, studio_title
from bot.worker.slots import WorkerSlots
from bot.worker.transitions import GIVE_UP_SECONDS, GIVE_UP_TRIES, Transitions, poll_queue

log = structlog.get_logger(__name__)

MAX_JOBS_PER_POLL = 1000  # jobs in one look
BATCH_SECONDS = 2.0  # when there are many, those due within this many seconds are looked at together
MIN_BATCH_JOBS = 5
SHOW_AFTER_FAILURES = 3  # looks that failed one after another, until whoever waits reads of it
MAX_AWAY_RETRY_SECONDS = 60.0  # a studio that is away is asked this often at least: one look tells of all jobs
NUDGED_POLL_SECONDS = 1.0  # seconds until another look at a job of which news came during one
MAX_PARALLEL_JOBS = 50  # jobs seen to at once, so that whoever asks for something meanwhile gets a turn


class Poller:
    """The eye on one studio."""

    def __init__(self, studio: Studio, transitions: Transitions, slots: WorkerSlots) -> None:
        self.queue = poll_queue(studio.name)
        self._studio = studio
        self._transitions = transitions
        self._clock = transitions.clock
        self._slots = slots
        self._free_slots = 0  # how many hands there are for what is finished; the rest waits in the queue
        self._next_poll_at = float("-inf")  # before this, by the steady clock, only news are worth a look
        self._batching = False
        self._failures = 0  # looks, one after another
        self.nudged = False  # a hook came: look at once

    async def poll_due(self, owner: str, until: float) -> float:
        """Look at what is due; for how long nothing will be."""
        now = self._clock.now()
        nudged, self.nudged = self.nudged, False
        if (left := self._next_poll_at - monotonic_now(self._clock)) > 0 and not nudged:
            return left
        due = now + BATCH_SECONDS if self._batching and not nudged else now
        jobs = await self._transitions.jobs.claim(self.queue, owner, due, until, MAX_JOBS_PER_POLL)
        if jobs:
            await self._poll_jobs(jobs)
            self._batching = len(jobs) >= MIN_BATCH_JOBS
            self._next_poll_at = (
                monotonic_now(self._clock) + 1.0 + len(jobs) / 50
            )  # the more there are, the rarer each look
        following = await self._transitions.jobs.next_due(self.queue)
        until_due = 3600.0 if following is None else following - self._clock.now()
        return max(until_due, self._next_poll_at - monotonic_now(self._clock))

    async def _poll_jobs(self, jobs: Sequence[Job]) -> None:
        ids = {job.id for job in jobs}
        self._slots.polled |= ids
        try:
            statuses = await self._studio.status_of(jobs)
            self._failures = 0
            for batch in (jobs[nth : nth + MAX_PARALLEL_JOBS] for nth in range(0, len(jobs), MAX_PARALLEL_JOBS)):
                self._free_slots = self._slots.free
                async with asyncio.TaskGroup() as tasks:
                    for job in batch:
                        see = partial(self._apply_status, job, statuses.get(job.id, Waiting()))
                        tasks.create_task(self._slots.run_isolated(job, see))
        except Trouble as trouble:
            log.warning("look failed", studio=self._studio.name, jobs=len(jobs), why=trouble.sentence)
            await self._put_back(jobs, trouble)
        except Exception:  # the edge of one studio: whatever it answered, the others are watched on
            log.exception("look failed unexpectedly", studio=self._studio.name, jobs=len(jobs))
            await self._put_back(jobs, TryAgain(f"{self._studio.title} could not be understood."))
        self._slots.polled -= ids  # cut off in the middle, they stay: the engine hands them back

    async def _put_back(self, jobs: Sequence[Job], trouble: Trouble) -> None:
        """A look that failed says nothing of the jobs; a studio that is away is asked ever more rarely."""
        self._failures += 1
        after = trouble.retry_after if isinstance(trouble, TryAgain) else None
        async with asyncio.TaskGroup() as putting:
            for job in jobs:
                putting.create_task(
                    self._slots.run_isolated(job, partial(self._retry_later, job, trouble.sentence, after))
                )

    async def _retry_later(self, job: Job, why: str, after: float | None) -> None:
        """Put one back. How often it was looked at before says nothing of the studio: only failures in a row do."""
        put = job.evolve(tries=job.tries + 1, trouble=why)
        if self._failures >= SHOW_AFTER_FAILURES:
            put = await self._transitions.job_cards.show(put)
        pause = max(after or 0.0, min(MAX_AWAY_RETRY_SECONDS, backoff.retry_delay(self._failures - 1)))
        await self._transitions.move(job, put.evolve(due_at=self._clock.now() + pause))

    async def _apply_status(self, job: Job, status: Status) -> None:
        match status:
            case Finished():
                moved = await self._record_finished(job, status)
            case Failed():
                moved = await self._transitions.fail(job, status.sentence)
            case Waiting():
                moved = await self._keep_waiting(job)
            case _:
                assert_never(status)
        if moved and moved.owner:
            self._slots.start_job(moved)

    async def _record_finished(self, job: Job, status: Finished) -> Job | None:
        now = self._clock.now()
        facts = {"video": status.video, "captions": status.captions, "seconds": status.seconds}
        result = {name: str(fact) for name, fact in facts.items() if fact is not None}
        made = job.to_stage(Stage.MADE, now, result=result, made_at=now)
        self._free_slots -= 1
        return await self._transitions.move(
            job, made, self._transitions.ledger_entry(job, "made", job.cost), keep_lease=self._free_slots >= 0
        )

    async def _keep_waiting(self, job: Job) -> Job | None:
        now = self._clock.now()
        age = now - (job.submitted_at or now)
        if age > GIVE_UP_SECONDS and job.tries > GIVE_UP_TRIES:
            return await self._transitions.fail(job, f"{studio_title(job.studio)} did not finish this within a week.")
        pause = backoff.poll_delay(job.tries, age)
        if self._transitions.take_nudge(job):
            pause = min(pause, NUDGED_POLL_SECONDS)
        return await self._transitions.show_and_move(job, job.evolve(tries=job.tries + 1, trouble=None), after=pause)
