"""Every move of a job that the worker makes: compare-and-set, finished even when cancelled."""

from collections.abc import Callable, Mapping

import structlog

from bot.errors import Trouble, TryAgain, Unsure
from bot.jobs.job import Job, Jobs, LedgerEntry, Stage
from bot.runtime import backoff
from bot.runtime.clock import Clock
from bot.runtime.shield import finish_shielded
from bot.runtime.wakeups import QueueWakeups
from bot.studios.choice import find_other_studio
from bot.studios.studio import Studio
from bot.worker.job_cards import JobCards

log = structlog.get_logger(__name__)

# A job fails when it is this old *and* was tried this often: a clock set wrong, or a week switched off, fails nothing.
GIVE_UP_SECONDS = 7 * 86400.0
GIVE_UP_TRIES = 20


class Transitions:
    """Moves jobs in the store, retries and fails them, and wakes the queue they move to."""

    def __init__(
        self,
        jobs: Jobs,
        clock: Clock,
        job_cards: JobCards,
        studios: Mapping[str, Studio],
        wakeups: QueueWakeups,
        on_entry: Callable[[LedgerEntry], None] = lambda entry: None,
    ) -> None:
        self._jobs = jobs
        self._clock = clock
        self._job_cards = job_cards
        self._studios = studios
        self._wakeups = wakeups
        self._on_entry = on_entry

    async def move(
        self, old: Job, new: Job, entry: LedgerEntry | None = None, *, keep_lease: bool = False
    ) -> Job | None:
        """The moved job; None when somebody else moved it first."""
        moved = await finish_shielded(self._jobs.move(old, new, entry, keep_lease=keep_lease))
        if moved and entry:
            self._on_entry(entry)
        if moved and not keep_lease:
            self._wakeups.wake(moved.queue)
        return moved

    async def show_and_move(self, job: Job, new: Job, *, after: float = 0.0, keep_lease: bool = False) -> Job | None:
        """Show the new state, then write it; if somebody else moved the job meanwhile, the card is corrected."""
        shown = await self._job_cards.show(new)
        moved = await self.move(job, shown.evolve(due_at=self._clock.now() + after), keep_lease=keep_lease)
        if moved is None and shown.card_text != new.card_text:
            current = await self._jobs.get(job.id)
            if current and current.stage is not Stage.DELIVERED:
                await self._job_cards.show(
                    current.evolve(card_text="", card_message=current.card_message or shown.card_message)
                )
        return moved

    async def retry_later(self, job: Job, trouble: TryAgain, stage: Stage | None = None) -> Job | None:
        """Retry after a pause; after a week of retries the job fails with this error."""
        now = self._clock.now()
        if now - job.asked_at > GIVE_UP_SECONDS and job.tries > GIVE_UP_TRIES:
            return await self.fail(job, trouble.sentence)
        new = job.evolve(stage=stage or job.stage, tries=job.tries + 1, trouble=trouble.sentence)
        pause = backoff.retry_delay(job.tries, trouble.retry_after, now - job.asked_at)
        return await self.show_and_move(job, new, after=pause)

    async def handle_error(self, job: Job, trouble: Trouble) -> Job | None:
        """Retry or fail, as the class of the error says."""
        log.info("step failed", job=job.id, stage=job.stage.value, kind=type(trouble).__name__, why=trouble.sentence)
        if job.deleting:
            after = trouble.retry_after if isinstance(trouble, TryAgain) else None
            due = self._clock.now() + backoff.retry_delay(job.tries, after)
            return await self.move(job, job.evolve(tries=job.tries + 1, due_at=due))
        if job.ended:
            gave_up = job.tries >= len(backoff.RETRY_DELAYS_SECONDS)
            due = self._clock.now() + backoff.retry_delay(job.tries)
            return await self.move(job, job.evolve(asker_notified=gave_up, tries=job.tries + 1, due_at=due))
        if isinstance(trouble, TryAgain) and job.stage is Stage.DELIVERING:
            return await self.retry_later(job, trouble, Stage.KEPT)  # certainly not posted
        if isinstance(trouble, Unsure):
            return await self.retry_later(job, TryAgain(trouble.sentence))
        if isinstance(trouble, TryAgain):
            return await self.retry_later(job, trouble)
        return await self.fail(job, trouble.sentence)

    async def fail(self, job: Job, sentence: str) -> Job | None:
        """End the job with this reason; the asker is notified in the next step."""
        other = find_other_studio(job.request, job.studio, self._studios)
        failed = job.to_stage(Stage.FAILED, self._clock.now(), reason=sentence, other_studio=other)
        return await self.move(job, failed, self.ledger_entry(job, "failed", sentence=sentence), keep_lease=True)

    def ledger_entry(self, job: Job, what: str, cost: float | None = None, sentence: str = "") -> LedgerEntry:
        return LedgerEntry(self._clock.now(), job.id, what, job.asker.key, job.studio, cost, sentence)
