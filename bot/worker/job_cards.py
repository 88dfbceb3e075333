"""Shows people how their jobs stand, whenever that changes."""

import asyncio
from collections.abc import Mapping
from statistics import median
from weakref import WeakValueDictionary

import structlog

from bot.chats.chat import Chat
from bot.errors import Trouble, TryAgain
from bot.jobs.job import Job, Jobs
from bot.runtime.cache import TtlCache
from bot.runtime.clock import Clock
from bot.wording.cards import job_card

SHOW_TIMEOUT_SECONDS = 30.0
DURATION_CACHE_SECONDS = 20.0
MIN_DURATION_SAMPLES = 3  # with fewer jobs like it, no duration is promised

log = structlog.get_logger(__name__)

NOT_SHOWN_TEXT = "(not shown)"  # the text of a card that could not be posted


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
        card = job_card(job, self._clock.now(), await self._expected_seconds(job))
        if chat is None:
            return job.evolve(card_text=NOT_SHOWN_TEXT)
        if card.full_text == job.card_text:
            return job
        async with self._locks.setdefault(job.id, asyncio.Lock()):
            if await self._moved_since(job):
                return job
            try:
                async with asyncio.timeout(SHOW_TIMEOUT_SECONDS):
                    return job.evolve(card_message=await chat.show_card(job, card), card_text=card.full_text)
            except TimeoutError as error:
                raise TryAgain(f"{chat.name} isn't responding.") from error

    async def _moved_since(self, job: Job) -> bool:
        current = await self._jobs.get(job.id)
        return current is None or current.version != job.version

    async def _expected_seconds(self, job: Job) -> float | None:
        """The median time from submission to the finished video for jobs like this one."""
        key = (job.studio, job.request.kind, int(job.request.size).bit_length())
        if key in self._durations:
            return self._durations.get(key)
        durations = await self._jobs.recent_durations(job.studio, job.request.kind, job.request.size)
        return self._durations.put(key, median(durations) if len(durations) >= MIN_DURATION_SAMPLES else None)
