"""Every move of a job that the worker makes: shown on its card, and written by compare-and-set."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from weakref import WeakValueDictionary

import structlog
from prometheus_client import CollectorRegistry, Counter

from bot.chats.chat import Chat
from bot.errors import Trouble, TryAgain, Unsure
from bot.jobs.job import Job, Jobs, LedgerEntry, Stage
from bot.requests.base import studio_title
from bot.runtime.cache import TtlCache
from bot.runtime.clock import RETRY_DELAYS_SECONDS, Clock, retry_delay
from bot.runtime.shield import finish_shielded
from bot.studios.choice import find_other_studio
from bot.studios.studio import Studio
from bot.wording.cards import job_card

log = structlog.get_logger(__name__)

# A job fails when it is this old *and* was tried this often: a clock set wrong, or a week switched off, fails nothing.
GIVE_UP_SECONDS = 7 * 86400.0
GIVE_UP_TRIES = 20
SHOW_TIMEOUT_SECONDS = 30.0
DURATION_CACHE_SECONDS = 20.0
MIN_DURATION_SAMPLES = 3  # with fewer jobs like it, no duration is promised
NOT_SHOWN_TEXT = "(not shown)"  # the text of a card that could not be posted


class QueueWakeups:
    """Within this process: one event for each queue, set when a job in it may be due."""

    def __init__(self, queues: Iterable[str]) -> None:
        self.events = {queue: asyncio.Event() for queue in queues}
        self._nudged: set[str] = set()

    def wake(self, queue: str | None) -> None:
        if queue in self.events:
            self.events[queue].set()

    def wake_all(self) -> None:
        for event in self.events.values():
            event.set()

    def nudge_all(self) -> None:
        """A studio has news: let every poller poll at once."""
        self._nudged.update(self.events)
        self.wake_all()

    def take_nudge(self, queue: str) -> bool:
        """Whether the poller of this queue was nudged; reading clears it."""
        nudged = queue in self._nudged
        self._nudged.discard(queue)
        return nudged


class JobMetrics:
    """Counts ledger entries for Prometheus."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._jobs = Counter(
            "didtalk_jobs", "Jobs submitted, made, delivered or failed.", ("studio", "what"), registry=registry
        )
        self._credits = Counter(
            "didtalk_credits", "Credits spent, where the provider reports them.", ("studio",), registry=registry
        )

    def count_entry(self, entry: LedgerEntry) -> None:
        self._jobs.labels(entry.studio, entry.event).inc()
        if entry.cost and entry.event == "submitted":
            self._credits.labels(entry.studio).inc(entry.cost)


class JobCards:
    """Keeps each job's card up to date in its chat.

    A card is shown before its move is written, so somebody else may have moved the job meanwhile. The cards of one job
    are shown one after another, and an outdated one is not shown: the last to move is the last to show.
    """

    def __init__(self, chats: Mapping[str, Chat], jobs: Jobs, clock: Clock) -> None:
        self._chats = chats
        self._jobs = jobs
        self._clock = clock
        self._locks = WeakValueDictionary[str, asyncio.Lock]()
        self._durations = TtlCache[tuple[str, str, int], float | None](clock, DURATION_CACHE_SECONDS)

    async def show(self, job: Job) -> Job:
        """The job with its card shown, if the chat answers."""
        try:
            return await self.show_or_raise(job)
        except Trouble as trouble:
            log.warning("card not shown", job=job.id, why=trouble.sentence)
            return job if job.card_text else job.evolve(card_text=NOT_SHOWN_TEXT)

    async def show_or_raise(self, job: Job) -> Job:
        chat = self._chats.get(job.place.platform)
        if chat is None:
            return job.evolve(card_text=NOT_SHOWN_TEXT)
        usual = await self._expected_seconds(job)
        card = job_card(job, self._clock.now(), usual, tell_elapsed=not chat.draws_time)
        if card.full_text == job.card_text:
            return job
        async with self._locks.setdefault(job.id, asyncio.Lock()):
            current = await self._jobs.get(job.id)
            if current is None or current.version != job.version:
                return job
            try:
                async with asyncio.timeout(SHOW_TIMEOUT_SECONDS):
                    return job.evolve(card_message=await chat.show_card(job, card), card_text=card.full_text)
            except TimeoutError as error:
                raise TryAgain(f"{chat.name} isn't responding.") from error

    async def _expected_seconds(self, job: Job) -> float | None:
        """The median time from submission to the finished video for jobs like this one."""
        key = (job.studio, job.request.kind, int(job.request.size).bit_length())
        if key in self._durations:
            return self._durations.get(key)
        durations = await self._jobs.recent_durations(job.studio, job.request.kind, job.request.size)
        return self._durations.put(key, median(durations) if len(durations) >= MIN_DURATION_SAMPLES else None)


@dataclass(frozen=True)
class Transitions:
    """Moves jobs in the store, retries and fails them, and wakes the queue they move to."""

    jobs: Jobs
    clock: Clock
    job_cards: JobCards
    studios: Mapping[str, Studio]
    wakeups: QueueWakeups
    on_entry: Callable[[LedgerEntry], None] = lambda entry: None

    async def move(
        self, old: Job, new: Job, entry: LedgerEntry | None = None, *, keep_lease: bool = False
    ) -> Job | None:
        """The moved job; None when somebody else moved it first."""
        moved = await finish_shielded(self.jobs.move(old, new, entry, keep_lease=keep_lease))
        if moved and entry:
            self.on_entry(entry)
        if moved and not keep_lease:
            self.wakeups.wake(moved.queue)
        return moved

    async def show_and_move(self, job: Job, new: Job, *, after: float = 0.0, keep_lease: bool = False) -> Job | None:
        """Show the new state, then write it; if somebody else moved the job meanwhile, the card is corrected."""
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
        """Retry after a pause; after a week of retries the job fails with this error."""
        now = self.clock.now()
        if now - job.asked_at > GIVE_UP_SECONDS and job.tries > GIVE_UP_TRIES:
            return await self.fail(job, trouble)
        new = job.evolve(stage=stage or job.stage, tries=job.tries + 1, trouble=trouble.sentence)
        pause = retry_delay(job.tries, trouble.retry_after, now - job.asked_at)
        return await self.show_and_move(job, new, after=pause)

    async def handle_error(self, job: Job, trouble: Trouble) -> Job | None:
        """Retry or fail, as the class of the error says."""
        log.info("step failed", job=job.id, stage=job.stage.value, kind=type(trouble).__name__, why=trouble.sentence)
        if job.deleting:
            after = trouble.retry_after if isinstance(trouble, TryAgain) else None
            due = self.clock.now() + retry_delay(job.tries, after)
            return await self.move(job, job.evolve(tries=job.tries + 1, due_at=due))
        if job.ended:
            gave_up = job.tries >= len(RETRY_DELAYS_SECONDS)
            due = self.clock.now() + retry_delay(job.tries)
            return await self.move(job, job.evolve(asker_notified=gave_up, tries=job.tries + 1, due_at=due))
        if isinstance(trouble, TryAgain) and job.stage is Stage.DELIVERING:
            return await self.retry_later(job, trouble, Stage.KEPT)  # certainly not posted
        if isinstance(trouble, Unsure):
            return await self.retry_later(job, TryAgain(trouble.sentence))
        if isinstance(trouble, TryAgain):
            return await self.retry_later(job, trouble)
        return await self.fail(job, trouble)

    async def fail(self, job: Job, trouble: Trouble) -> Job | None:
        """End the job with this reason; the asker is notified in the next step."""
        sentence = trouble.sentence
        other = find_other_studio(job.request, job.studio, self.studios) if trouble.another_may_make_it else None
        failed = job.to_stage(Stage.FAILED, self.clock.now(), reason=sentence, other_studio=other)
        return await self.move(job, failed, self.ledger_entry(job, "failed", sentence=sentence), keep_lease=True)

    def ledger_entry(self, job: Job, what: str, cost: float | None = None, sentence: str = "") -> LedgerEntry:
        return LedgerEntry(self.clock.now(), job.id, what, job.asker.key, job.studio, cost, sentence)


def studio_of(studios: Mapping[str, Studio], job: Job) -> Studio:
    """The studio a job is at; one that is not set up any more is waited for."""
    if studio := studios.get(job.studio):
        return studio
    raise TryAgain(f"{studio_title(job.studio)} is not set up here any more; its key is needed again.", 600)
