"""Tells people how their jobs stand, when there is something new to tell."""

import asyncio
from collections.abc import Mapping

import structlog

from bot.cards import job_card
from bot.chat import Chat
from bot.clock import Clock
from bot.errors import Trouble, TryAgain
from bot.jobs import Job
from bot.usual import Usual

PATIENCE = 30.0  # seconds for a chat to show a card

log = structlog.get_logger(__name__)

UNSEEN = "(not shown)"  # what a card says that could not be posted


class Teller:
    """Keeps each job's card up to date in its chat."""

    def __init__(self, chats: Mapping[str, Chat], usual: Usual, clock: Clock) -> None:
        self._chats = chats
        self._usual = usual
        self._clock = clock

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
        try:
            async with asyncio.timeout(PATIENCE):
                return job.but(card=await chat.show(job, card), shown=card.says)
        except TimeoutError as error:
            raise TryAgain(f"{chat.name} does not answer.") from error
