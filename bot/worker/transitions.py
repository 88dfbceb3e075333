"""Every move the engine makes: compare-and-set, finished even when cancelled, and heard by whoever is next."""

import asyncio
from collections.abc import Callable, Mapping

import structlog

from bot.errors import Trouble, TryAgain, Unsure
from bot.jobs.job import WORK, Entry, Job, Jobs, Stage
from bot.runtime import backoff
from bot.runtime.clock import Clock
from bot.runtime.shield import finish
from bot.studios.choice import elsewhere
from bot.studios.studio import Studio
from bot.worker.job_cards import Teller

log = structlog.get_logger(__name__)

GIVE_UP = 7 * 86400.0  # a job that is not finished after a week is failed, with the reason …
OFTEN = 20  # … if it was tried this often at least: a clock set wrong, or a week switched off, is no week of trying


class Moves:
    """Moves jobs in the store, and rings the bell of the queue they move to."""

    def __init__(
        self,
        jobs: Jobs,
        clock: Clock,
        teller: Teller,
        studios: Mapping[str, Studio],
        count: Callable[[Entry], None] = lambda entry: None,
    ) -> None:
        self.jobs = jobs
        self._count = count
        self.clock = clock
        self.teller = teller
        self._studios = studios
        self.hinted: set[str] = set()  # news came of these while they were in hand: they are due again at once
        self.holds: dict[str, float] = {}  # of each job in hand, until when nobody else may have it
        self.bells = {queue: asyncio.Event() for queue in (WORK, *map(watch_queue, studios))}

    async def move(self, old: Job, new: Job, entry: Entry | None = None, *, hold: bool = False) -> Job | None:
        """Write the move down; None when somebody else moved the job first."""
        moved = await finish(self.jobs.move(old, new, entry, hold=hold))
        if moved and entry:
            self._count(entry)
        if moved and not hold and moved.queue in self.bells:
            self.bells[moved.queue].set()
        return moved

    async def tell(self, job: Job, new: Job, *, after: float = 0.0, hold: bool = False) -> Job | None:
        """Show how it stands and write that down; if somebody moved it meanwhile, what was shown is put right."""
        shown = await self.teller.show(new)
        moved = await self.move(job, shown.but(due_at=self.clock.now() + after), hold=hold)
        if moved is None and shown.shown != new.shown:
            fresh = await self.jobs.get(job.id)
            if fresh and fresh.stage is not Stage.DELIVERED:
                await self.teller.show(fresh.but(shown="", card=fresh.card or shown.card))
        return moved

    async def later(self, job: Job, trouble: TryAgain, stage: Stage | None = None) -> Job | None:
        """The same again after a pause; once a week has gone by, the reason why not."""
        now = self.clock.now()
        if now - job.asked_at > GIVE_UP and job.tries > OFTEN:
            return await self.fail(job, trouble.sentence)
        new = job.but(stage=stage or job.stage, tries=job.tries + 1, trouble=trouble.sentence)
        return await self.tell(job, new, after=backoff.again(job.tries, trouble.after, now - job.asked_at))

    async def stumble(self, job: Job, trouble: Trouble) -> Job | None:
        """What to do next is in the error's name."""
        log.info("stumbled", job=job.id, stage=job.stage.value, kind=type(trouble).__name__, why=trouble.sentence)
        if job.deleting:
            after = trouble.after if isinstance(trouble, TryAgain) else None
            due = self.clock.now() + backoff.again(job.tries, after)
            return await self.move(job, job.but(tries=job.tries + 1, due_at=due))
        if job.ended:
            told = job.tries >= len(backoff.TRIES)
            due = self.clock.now() + backoff.again(job.tries)
            return await self.move(job, job.but(told=told, tries=job.tries + 1, due_at=due))
        if isinstance(trouble, TryAgain) and job.stage is Stage.DELIVERING:
            return await self.later(job, trouble, Stage.KEPT)  # certainly not posted
        if isinstance(trouble, Unsure):
            return await self.later(job, TryAgain(trouble.sentence))
        if isinstance(trouble, TryAgain):
            return await self.later(job, trouble)
        return await self.fail(job, trouble.sentence)

    async def fail(self, job: Job, sentence: str) -> Job | None:
        """The end, with its reason; it is still to be told."""
        other = elsewhere(job.request, job.studio, self._studios)
        failed = job.at(Stage.FAILED, self.clock.now(), reason=sentence, elsewhere=other)
        return await self.move(job, failed, self.entry(job, "failed", sentence=sentence), hold=True)

    def entry(self, job: Job, what: str, cost: float | None = None, sentence: str = "") -> Entry:
        """A line for the ledger."""
        return Entry(self.clock.now(), job.id, what, job.asker.key, job.studio, cost, sentence)

    def surely(self, job: Job) -> bool:
        """Whether a job in hand is certainly still ours: what cannot be undone may begin only then."""
        return self.clock.now() < self.holds.get(job.id, job.due_at or 0.0)

    def hint(self, job: Job) -> bool:
        """Whether news came of a job while it was in hand; asked once, it is forgotten."""
        hinted = job.id in self.hinted
        self.hinted.discard(job.id)
        return hinted

    def ring(self) -> None:
        """Something is due: look now instead of at the end of the nap."""
        for bell in self.bells.values():
            bell.set()


def watch_queue(studio: str) -> str:
    """Where jobs wait that are at a studio."""
    return f"watch:{studio}"
