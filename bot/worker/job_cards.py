"""Tells people how their jobs stand, when there is something new to tell."""

import asyncio
from collections.abc import Mapping
from weakref import WeakValueDictionary

import structlog

from bot.chats.chat import Chat
from bot.errors import Trouble, TryAgain
from bot.jobs.job import Job, Jobs
from bot.runtime.clock import Clock
from bot.wording.cards import job_card
from bot.worker.durations import ExpectedDurations

SHOW_TIMEOUT_SECONDS = 30.0  # seconds for a chat to show a card

log = structlog.get_logger(__name__)

NOT_SHOWN_TEXT = "(not shown)"  # what a card says that could not be posted


class JobCards:
    """Keeps each job's card up to date in its chat.

    A card is shown before the move it speaks of is written, so somebody else may have moved the job meanwhile. Cards of
    one job are shown one after another, and whoever was overtaken shows nothing: the last to move speaks last.
    """

    def __init__(self, chats: Mapping[str, Chat], jobs: Jobs, durations: ExpectedDurations, clock: Clock) -> None:
        self._chats = chats
        self._jobs = jobs
        self._durations = durations
        self._clock = clock
        self._locks = WeakValueDictionary[str, asyncio.Lock]()

    async def show(self, job: Job) -> Job:
        """The job with its card shown; a chat that is away holds nothing up."""
        try:
            return await self.show_or_raise(job)
        except Trouble as trouble:
            log.warning("card not shown", job=job.id, why=trouble.sentence)
            return job if job.card_text else job.evolve(card_text=NOT_SHOWN_TEXT)

    async def show_or_raise(self, job: Job) -> Job:
        """The job with its card shown, or the trouble with showing it."""
        chat = self._chats.get(job.place.platform)
        card = job_card(job, self._clock.now(), await self._durations.expected_seconds(job))
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
                raise TryAgain(f"{chat.name} does not answer.") from error

    async def _moved_since(self, job: Job) -> bool:
        """Whether somebody moved the job since; what is to be written then will not be, nor should it be said."""
        current = await self._jobs.get(job.id)
        return current is None or current.version != job.version
