"""Taking back what was asked: stopping a job, and deleting what it made."""

import asyncio
from collections.abc import Callable, Mapping

import structlog

from bot.chats.chat import Chat
from bot.desk.job_lookup import Finding
from bot.errors import Refused, Trouble
from bot.jobs.asker import Asker
from bot.jobs.job import Job, Jobs, Stage
from bot.requests.media import Shelf
from bot.runtime.clock import Clock
from bot.studios.studio import Studio
from bot.wording import cards
from bot.wording.answer import Answer
from bot.wording.cards import Card
from bot.wording.titles import title
from bot.worker.deletion import Erasing

_OVER = {
    Stage.DELIVERED: "There is nothing to stop: that video is finished. /did delete takes it away.",
    Stage.FAILED: "There is nothing to stop: that job failed already. /did redo tries it once more.",
}
AT_ONCE = 2.0  # seconds a person waits for the answer of a deletion; chats allow three

log = structlog.get_logger(__name__)


class Undoing:
    """Stops and deletes, for whoever asked and for moderators."""

    def __init__(
        self,
        jobs: Jobs,
        studios: Mapping[str, Studio],
        chats: Mapping[str, Chat],
        shelf: Shelf,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self._jobs = jobs
        self._finding = Finding(jobs)
        self._erasing = Erasing(jobs, studios, chats, shelf)
        self._clock = clock
        self._wake = wake

    async def cancel(self, asker: Asker, word: str) -> Answer:
        """Stop a job: no more is spent on it, and nothing of it is posted."""
        job = await self._finding.own(asker, word, "cancel", going=not word)
        if job.stage in _OVER:
            raise Refused(_OVER[job.stage])
        moved = await self._until_moved(job, self._cancelled)
        self._wake()
        return Answer(cards.job_card(moved, self._clock.now()), (moved,), private=True)

    async def delete(self, asker: Asker, word: str) -> Answer:
        """Delete what was made. The wish is kept first, so that nobody who is away can swallow it."""
        job = await self._finding.own(asker, word, "delete")
        if not job.ended:
            raise Refused(f"Job {job.id} is still running; cancel it first: /did cancel {job.id}.")
        now = self._clock.now()
        # Written down anew when it was wished before: a replica too old to know of wishes may have put it away.
        wished = await self._until_moved(
            job, lambda each: None if each.gone else each.but(deleting=True, due_at=now + AT_ONCE)
        )
        return _deleted(job, await self._erased(wished) or await self._left(wished))

    async def _erased(self, job: Job) -> Job | None:
        """The job gone at once, if everybody lets go at once."""
        try:
            async with asyncio.timeout(AT_ONCE):
                return await self._erasing.erase(job)
        except (Trouble, TimeoutError) as error:
            log.info("not deleted yet", job=job.id, why=str(error))
            return None

    async def _left(self, job: Job) -> Job:
        """Leave it to the engine, which goes on until it is done."""
        await self._jobs.nudge(job.id, self._clock.now())
        self._wake()
        return await self._jobs.get(job.id) or job

    def _cancelled(self, job: Job) -> Job | None:
        now = self._clock.now()
        match job.stage:
            case Stage.DELIVERED | Stage.FAILED | Stage.CANCELLED:
                return None
            case Stage.DELIVERING:
                raise Refused("It is being posted this very moment. Delete it afterwards: /did delete.")
            case Stage.SUBMITTING:
                return job.but(cancelling=True)  # the answer of the paid call is still to be recorded
            case _:
                return job.at(Stage.CANCELLED, now)

    async def _until_moved(self, job: Job, change: Callable[[Job], Job | None]) -> Job:
        """Apply a change, however often the engine moves the job under our hands."""
        while (new := change(job)) is not None:
            if moved := await self._jobs.move(job, new, hold=new.stage is job.stage):
                return moved
            job = await self._jobs.get(job.id) or job
        return job


def _deleted(was: Job, now: Job) -> Answer:
    """What is true of a deletion this moment."""
    lines = [now.reason or "Deleted here and at the studio."]
    if not now.gone:
        lines = [
            "It is being deleted, here and at the studio.",
            "Not everybody has answered yet; this goes on until it is done.",
        ]
    return Answer(Card(title=title(was.request), lines=tuple(lines)), (now,), private=True)
