"""Taking back what was asked: stopping a job, and deleting what it made."""

import asyncio
from collections.abc import Callable, Mapping

import structlog

from bot.chats.chat import Chat
from bot.desk.job_lookup import JobFinder
from bot.errors import Refused, Trouble
from bot.jobs.asker import Asker
from bot.jobs.job import Job, Jobs, Stage
from bot.requests.media import Shelf
from bot.runtime.clock import Clock
from bot.studios.studio import Studio
from bot.wording import cards
from bot.wording.answer import DeskReply
from bot.wording.cards import Card
from bot.wording.titles import request_title
from bot.worker.deletion import JobDeletion

_TOO_LATE_TEXTS = {
    Stage.DELIVERED: "There is nothing to stop: that video is finished. /did delete takes it away.",
    Stage.FAILED: "There is nothing to stop: that job failed already. /did redo tries it once more.",
}
DELETE_WAIT_SECONDS = 2.0  # seconds a person waits for the answer of a deletion; chats allow three

log = structlog.get_logger(__name__)


class CancelDelete:
    """Stops and deletes, for whoever asked and for moderators."""

    def __init__(
        self,
        jobs: Jobs,
        studios: Mapping[str, Studio],
        chats: Mapping[str, Chat],
        shelf: Shelf,
        clock: Clock,
        wake_engine: Callable[[], None],
    ) -> None:
        self._jobs = jobs
        self._job_finder = JobFinder(jobs)
        self._deletion = JobDeletion(jobs, studios, chats, shelf)
        self._clock = clock
        self._wake_engine = wake_engine

    async def cancel(self, asker: Asker, word: str) -> DeskReply:
        """Stop a job: no more is spent on it, and nothing of it is posted."""
        job = await self._job_finder.find_own_job(asker, word, "cancel", unfinished_first=not word)
        if job.stage in _TOO_LATE_TEXTS:
            raise Refused(_TOO_LATE_TEXTS[job.stage])
        moved = await self._apply_change(job, self._cancelled_version)
        self._wake_engine()
        return DeskReply(cards.job_card(moved, self._clock.now()), (moved,), private=True)

    async def delete(self, asker: Asker, word: str) -> DeskReply:
        """Delete what was made. The wish is kept first, so that nobody who is away can swallow it."""
        job = await self._job_finder.find_own_job(asker, word, "delete")
        if not job.ended:
            raise Refused(f"Job {job.id} is still running; cancel it first: /did cancel {job.id}.")
        now = self._clock.now()
        # Written down anew when it was wished before: a replica too old to know of wishes may have put it away.
        wished = await self._apply_change(
            job, lambda each: None if each.deleted else each.evolve(deleting=True, due_at=now + DELETE_WAIT_SECONDS)
        )
        return _deletion_answer(job, await self._try_delete_now(wished) or await self._leave_to_engine(wished))

    async def _try_delete_now(self, job: Job) -> Job | None:
        """The job gone at once, if everybody lets go at once."""
        try:
            async with asyncio.timeout(DELETE_WAIT_SECONDS):
                return await self._deletion.delete_everywhere(job)
        except (Trouble, TimeoutError) as error:
            log.info("not deleted yet", job=job.id, why=str(error))
            return None

    async def _leave_to_engine(self, job: Job) -> Job:
        """Leave it to the engine, which goes on until it is done."""
        await self._jobs.nudge(job.id, self._clock.now())
        self._wake_engine()
        return await self._jobs.get(job.id) or job

    def _cancelled_version(self, job: Job) -> Job | None:
        now = self._clock.now()
        match job.stage:
            case Stage.DELIVERED | Stage.FAILED | Stage.CANCELLED:
                return None
            case Stage.DELIVERING:
                raise Refused("It is being posted this very moment. Delete it afterwards: /did delete.")
            case Stage.SUBMITTING:
                return job.evolve(cancelling=True)  # the answer of the paid call is still to be recorded
            case _:
                return job.to_stage(Stage.CANCELLED, now)

    async def _apply_change(self, job: Job, change: Callable[[Job], Job | None]) -> Job:
        """Apply a change, however often the engine moves the job under our hands."""
        while (new := change(job)) is not None:
            if moved := await self._jobs.move(job, new, keep_lease=new.stage is job.stage):
                return moved
            job = await self._jobs.get(job.id) or job
        return job


def _deletion_answer(was: Job, now: Job) -> DeskReply:
    """What is true of a deletion this moment."""
    lines = [now.reason or "Deleted here and at the studio."]
    if not now.deleted:
        lines = [
            "It is being deleted, here and at the studio.",
            "Not everybody has answered yet; this goes on until it is done.",
        ]
    return DeskReply(Card(title=request_title(was.request), lines=tuple(lines)), (now,), private=True)
