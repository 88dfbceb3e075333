"""`/did cancel` and `/did delete`."""

import asyncio
from collections.abc import Callable
from typing import Protocol

import structlog

from bot.errors import Refused, Trouble
from bot.jobs.finder import JobFinder
from bot.jobs.job import Asker, Job, Jobs, Place, Stage
from bot.runtime.clock import Clock
from bot.wording import cards
from bot.wording.cards import Card, DeskReply, request_title

_TOO_LATE_TEXTS = {
    Stage.DELIVERED: "Nothing is running. To remove your last video, use /did delete.",
    Stage.FAILED: "Nothing is running: that job has failed. To run it again, use /did redo.",
}
DELETE_WAIT_SECONDS = 2.0  # seconds a person waits for the answer of a deletion; chats allow three

log = structlog.get_logger(__name__)


class DeletesJobs(Protocol):
    async def delete_everywhere(self, job: Job) -> Job | None:
        """Delete the video in the chat, here and at the provider; the job without its content."""
        ...


class CancelDelete:
    """Cancels and deletes, for the requester and for moderators."""

    def __init__(self, jobs: Jobs, deletion: DeletesJobs, clock: Clock, wake_engine: Callable[[], None]) -> None:
        self._jobs = jobs
        self._job_finder = JobFinder(jobs)
        self._deletion = deletion
        self._clock = clock
        self._wake_engine = wake_engine

    async def cancel(self, asker: Asker, place: Place, word: str) -> DeskReply:
        """Stop a job: nothing more is spent on it, and nothing is posted."""
        job = await self._job_finder.find_own_job(asker, word, "cancel", unfinished_first=not word)
        if job.stage in _TOO_LATE_TEXTS:
            raise Refused(_TOO_LATE_TEXTS[job.stage])
        moved = await self._apply_change(job, self._cancelled_version)
        self._wake_engine()
        return DeskReply(cards.job_card(moved, self._clock.now()), (moved,), private=True)

    async def delete(self, asker: Asker, place: Place, word: str) -> DeskReply:
        """Ask before a video is deleted; where no button can be pressed, `yes` behind the job says so."""
        job_ref, _, answer = word.partition(" ")
        job = await self._deletable_job(asker, job_ref)
        if job.deleted or answer.strip().casefold() == "yes":
            return await self.confirm_delete(asker, place, job.id)
        return DeskReply(cards.delete_question(job), private=True)

    async def confirm_delete(self, asker: Asker, place: Place, word: str) -> DeskReply:
        """Delete a video. The wish is recorded first, so that it survives a crash or a provider that is down."""
        job = await self._deletable_job(asker, word)
        now = self._clock.now()
        # Written down anew when it was wished before: a replica too old to know of wishes may have put it away.
        wished = await self._apply_change(
            job, lambda each: None if each.deleted else each.evolve(deleting=True, due_at=now + DELETE_WAIT_SECONDS)
        )
        return _deletion_answer(job, await self._try_delete_now(wished) or await self._leave_to_engine(wished))

    async def _deletable_job(self, asker: Asker, job_ref: str) -> Job:
        job = await self._job_finder.find_own_job(asker, job_ref, "delete")
        if not job.ended:
            raise Refused(f"Job {job.id} is still running; cancel it first: /did cancel {job.id}.")
        return job

    async def _try_delete_now(self, job: Job) -> Job | None:
        try:
            async with asyncio.timeout(DELETE_WAIT_SECONDS):
                return await self._deletion.delete_everywhere(job)
        except (Trouble, TimeoutError) as error:
            log.info("not deleted yet", job=job.id, why=str(error))
            return None

    async def _leave_to_engine(self, job: Job) -> Job:
        await self._jobs.nudge(job.id, self._clock.now())
        self._wake_engine()
        return await self._jobs.get(job.id) or job

    def _cancelled_version(self, job: Job) -> Job | None:
        now = self._clock.now()
        match job.stage:
            case Stage.DELIVERED | Stage.FAILED | Stage.CANCELLED:
                return None
            case Stage.DELIVERING:
                raise Refused("The video is being posted right now. Delete it afterwards with /did delete.")
            case Stage.SUBMITTING:
                return job.evolve(cancelling=True)  # the answer of the paid call is still to be recorded
            case _:
                return job.to_stage(Stage.CANCELLED, now)

    async def _apply_change(self, job: Job, change: Callable[[Job], Job | None]) -> Job:
        """Apply a change, even if the engine moves the job meanwhile."""
        while (new := change(job)) is not None:
            if moved := await self._jobs.move(job, new, keep_lease=new.stage is job.stage):
                return moved
            job = await self._jobs.get(job.id) or job
        return job


def _deletion_answer(was: Job, now: Job) -> DeskReply:
    lines = [now.reason or "Video deleted."]
    if not now.deleted:
        lines = [
            "It is being deleted here and at the provider.",
            "Deletion in progress; waiting for the provider.",
        ]
    return DeskReply(Card(title=request_title(was.request), lines=tuple(lines)), (now,), private=True)
