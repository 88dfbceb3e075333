"""Taking back what was asked: stopping a job, and deleting what it made."""

from collections.abc import Callable, Mapping

from bot import cards
from bot.answer import Answer
from bot.cards import Card
from bot.chat import Chat
from bot.clock import Clock
from bot.errors import Refused
from bot.finding import Finding
from bot.jobs import Job, Jobs, Stage
from bot.media import Shelf
from bot.place import Asker
from bot.studio import Studio


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
        self._studios = studios
        self._chats = chats
        self._shelf = shelf
        self._clock = clock
        self._wake = wake

    async def cancel(self, asker: Asker, word: str) -> Answer:
        """Stop a job: no more is spent on it, and nothing of it is posted."""
        job = await self._finding.own(asker, word, "cancel")
        moved = await self._until_moved(job, self._cancelled)
        self._wake()
        return Answer(cards.job_card(moved, self._clock.now()), (moved,), private=True)

    async def delete(self, asker: Asker, word: str) -> Answer:
        """Delete what was made, at the studio and here."""
        job = await self._finding.own(asker, word, "delete")
        if not job.ended:
            raise Refused(f"Job {job.id} is still running; cancel it first: /did cancel {job.id}.")
        if job.ticket and (studio := self._studios.get(job.studio)):
            await studio.delete(job)
        for key in (job.kept.video, job.kept.captions) if job.kept else ():
            if key:
                await self._shelf.drop(key)
        moved = await self._until_moved(job, lambda each: each.but(result={}, kept=None, told=True))
        # Last of all: as long as the messages stand, whatever was cut short before can be asked for once more.
        if chat := self._chats.get(job.place.platform):
            await chat.remove(job)
        gone = Card(title=cards.title(moved.request), lines=("Deleted here and at the studio.",))
        return Answer(gone, (moved,), private=True)

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
