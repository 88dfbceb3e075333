"""Every move the engine makes: compare-and-set, finished even when cancelled, and heard by whoever is next."""

import asyncio
from collections.abc import Callable, Mapping

import structlog

from bot.errors import Trouble, TryAgain, Unsure
from bot.jobs.job import WORK_QUEUE, Job, Jobs, LedgerEntry, Stage
from bot.runtime import backoff
from bot.runtime.clock import Clock
from bot.runtime.shield import finish_shielded
from bot.studios.choice import find_other_studio
from bot.studios.studio import Studio
from bot.worker.job_cards import JobCards

log = structlog.get_logger(__name__)

GIVE_UP_SECONDS = 7 * 86400.0  # a job that is not finished after a week is failed, with the reason …
GIVE_UP_TRIES = (
    20  # … if it was tried this often at least: a clock set wrong, or a week switched off, is no week of trying
)


class Transitions:
    """Moves jobs in the store, and rings the bell of the queue they move to."""

    def __init__(
        self,
        jobs: Jobs,
        clock: Clock,
        job_cards: JobCards,
        studios: Mapping[str, Studio],
        on_entry: Callable[[LedgerEntry], None] = lambda entry: None,
    ) -> None:
        self.jobs = jobs
        self._on_entry = on_entry
        self.clock = clock
        self.job_cards = job_cards
        self._studios = studios
        self.nudged: set[str] = set()  # news came of these while they were in hand: they are due again at once
        self.lease_ends: dict[str, float] = {}  # of each job in hand, until when nobody else may have it
        self.wakeups = {queue: asyncio.Event() for queue in (WORK_QUEUE, *map(poll_queue, studios))}

    async def move(
        self, old: Job, new: Job, entry: LedgerEntry | None = None, *, keep_lease: bool = False
    ) -> Job | None:
        """Write the move down; None when somebody else moved the job first."""
        moved = await finish_shielded(self.jobs.move(old, new, entry, keep_lease=keep_lease))
        if moved and entry:
            self._on_entry(entry)
        if moved and not keep_lease and moved.queue in self.wakeups:
            self.wakeups[moved.queue].set()
        return moved

    async def show_and_move(self, job: Job, new: Job, *, after: float = 0.0, keep_lease: bool = False) -> Job | None:
        """Show how it stands and write that down; if somebody moved it meanwhile, what was shown is put right."""
        shown = await self.job_cards.show(new)
        moved = await self.move(job, shown.evolve(due_at=self.clock.now() + after), keep_lease=keep_lease)
        if moved is None and shown.card_text != new.card_text:
            current = await self.jobs.get(job.id)
            if current and current.stage is not Stage.DELIVERED:
                await self.job_cards.show(
                    current.evolve(card_text="", card_message=current.card_message or shown.card_message)
                )
        return moved

    async def retry_later(self, job: Job, trouble: TryAgain, stage: Stage | None = None) -> Job | None:
        """The same again after a pause; once a week has gone by, the reason why not."""
        now = self.clock.now()
        if now - job.asked_at > GIVE_UP_SECONDS and job.tries > GIVE_UP_TRIES:
            return await self.fail(job, trouble.sentence)
        new = job.evolve(stage=stage or job.stage, tries=job.tries + 1, trouble=trouble.sentence)
        return await self.show_and_move(
            job, new, after=backoff.retry_delay(job.tries, trouble.retry_after, now - job.asked_at)
        )

    async def handle_error(self, job: Job, trouble: Trouble) -> Job | None:
        """What to do next is in the error's name."""
        log.info("stumbled", job=job.id, stage=job.stage.value, kind=type(trouble).__name__, why=trouble.sentence)
        if job.deleting:
            after = trouble.retry_after if isinstance(trouble, TryAgain) else None
            due = self.clock.now() + backoff.retry_delay(job.tries, after)
            return await self.move(job, job.evolve(tries=job.tries + 1, due_at=due))
        if job.ended:
            gave_up = job.tries >= len(backoff.RETRY_DELAYS_SECONDS)
            due = self.clock.now() + backoff.retry_delay(job.tries)
            return await self.move(job, job.evolve(asker_notified=gave_up, tries=job.tries + 1, due_at=due))
        if isinstance(trouble, TryAgain) and job.stage is Stage.DELIVERING:
            return await self.retry_later(job, trouble, Stage.KEPT)  # certainly not posted
        if isinstance(trouble, Unsure):
            return await self.retry_later(job, TryAgain(trouble.sentence))
        if isinstance(trouble, TryAgain):
            return await self.retry_later(job, trouble)
        return await self.fail(job, trouble.sentence)

    async def fail(self, job: Job, sentence: str) -> Job | None:
        """The end, with its reason; it is still to be told."""
        other = find_other_studio(job.request, job.studio, self._studios)
        failed = job.to_stage(Stage.FAILED, self.clock.now(), reason=sentence, other_studio=other)
        return await self.move(job, failed, self.ledger_entry(job, "failed", sentence=sentence), keep_lease=True)

    def ledger_entry(self, job: Job, what: str, cost: float | None = None, sentence: str = "") -> LedgerEntry:
        """A line for the ledger."""
        return LedgerEntry(self.clock.now(), job.id, what, job.asker.key, job.studio, cost, sentence)

    def lease_is_safe(self, job: Job) -> bool:
        """Whether a job in hand is certainly still ours: what cannot be undone may begin only then."""
        return self.clock.now() < self.lease_ends.get(job.id, job.due_at or 0.0)

    def take_nudge(self, job: Job) -> bool:
        """Whether news came of a job while it was in hand; asked once, it is forgotten."""
        nudged = job.id in self.nudged
        self.nudged.discard(job.id)
        return nudged

    def wake_all(self) -> None:
        """Something is due: look now instead of at the end of the nap."""
        for wakeup in self.wakeups.values():
            wakeup.set()


def poll_queue(studio: str) -> str:
    """Where jobs wait that are at a studio."""
    return f"watch:{studio}"
