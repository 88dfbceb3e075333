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
from bot.worker.durations import Usual

PATIENCE = 30.0  # seconds for a chat to show a card

log = structlog.get_logger(__name__)

UNSEEN = "(not shown)"  # what a card says that could not be posted


class Teller:
    """Keeps each job's card up to date in its chat.

    A card is shown before the move it speaks of is written, so somebody else may have moved the job meanwhile. Cards of
    one job are shown one after another, and whoever was overtaken shows nothing: the last to move speaks last.
    """

    def __init__(self, chats: Mapping[str, Chat], jobs: Jobs, usual: Usual, clock: Clock) -> None:
        self._chats = chats
        self._jobs = jobs
        self._usual = usual
        self._clock = clock
        self._turns = WeakValueDictionary[str, asyncio.Lock]()

    async def show(self, job: Job) -> Job:
        """The job with its card shown; a chat that is away holds nothing up."""
        try:
            return await self.insist(job)
        except Trouble as trouble:
            log.warning("card not shown", job=job.id, why=trouble.sentence)
            return job if job.shown else job.but(shown=UNSEEN)

    async def insist(self, job: Job) -> Job:
        """The job with its card shown, or the trouble with showing it."""
        chat = self._chats.get(job.place.platform)
        card = job_card(job, self._clock.now(), await self._usual.seconds(job))
        if chat is None:
            return job.but(shown=UNSEEN)
        if card.says == job.shown:
            return job
        async with self._turns.setdefault(job.id, asyncio.Lock()):
            if await self._overtaken(job):
                return job
            try:
                async with asyncio.timeout(PATIENCE):
                    return job.but(card=await chat.show(job, card), shown=card.says)
            except TimeoutError as error:
                raise TryAgain(f"{chat.name} does not answer.") from error

    async def _overtaken(self, job: Job) -> bool:
        """Whether somebody moved the job since; what is to be written then will not be, nor should it be said."""
        fresh = await self._jobs.get(job.id)
        return fresh is None or fresh.version != job.version
