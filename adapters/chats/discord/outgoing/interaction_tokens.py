"""An interaction's right to answer: it lives for fifteen minutes, and renders take longer.

It is noted before the job is recorded, so that after a crash the waiting message is still found and filled.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

import discord

from bot.desk.chat_context import Notes
from bot.jobs.job import Job
from bot.runtime.clock import Clock

SPACE = "discord-token"
ORIGINAL = "@original"  # the message that acknowledged
LIVES = 14.5 * 60  # Discord says 15 minutes; a large upload under way needs some of it
OPENS = 4.0  # an acknowledgement that took longer than Discord's three seconds was too late anyway


@dataclass(frozen=True)
class Token:
    """Answers one interaction, without any permission in its channel."""

    application: int
    word: str
    most: int  # how large a file it may carry


class Tokens:
    """Remembers tokens by the gesture they came with, for as long as they live."""

    def __init__(self, notes: Notes, clock: Clock) -> None:
        self._notes = notes
        self._clock = clock
        self._opening: dict[str, asyncio.Future[None]] = {}

    async def keep(self, once: str, token: Token) -> None:
        """Note a token durably; until `opened`, whoever wants to use it waits for the acknowledgement."""
        self._opening[once] = asyncio.get_running_loop().create_future()
        until = self._clock.now() + LIVES
        fact = {"application": token.application, "word": token.word, "most": token.most, "until": until}
        await self._notes.put(SPACE, once, fact)

    def opened(self, once: str) -> None:
        """The interaction is acknowledged, or never will be."""
        if (waiting := self._opening.pop(once, None)) and not waiting.done():
            waiting.set_result(None)

    async def of(self, job: Job) -> Token | None:
        """The token that may answer for this job, while it lives."""
        if not job.once:
            return None
        if waiting := self._opening.get(job.once):
            await asyncio.wait((waiting,), timeout=OPENS)
        noted = await self._notes.get(SPACE, job.once)
        if not noted:
            return None
        if noted["until"] <= self._clock.now():
            await self.drop(job.once)
            return None
        return Token(noted["application"], noted["word"], noted["most"])

    async def drop(self, once: str | None) -> None:
        """Forget a token that is of no more use."""
        if once:
            self._opening.pop(once, None)
            await self._notes.drop(SPACE, once)


@dataclass(frozen=True)
class Hooked:
    """A message as an interaction's token reaches it."""

    webhook: discord.Webhook
    message: Any  # an id, or the word for the one that acknowledged

    async def edit(self, **facts: Any) -> discord.Message:
        """Change it."""
        return await self.webhook.edit_message(self.message, **facts)

    async def fetch(self) -> discord.Message:
        """Read it."""
        return await self.webhook.fetch_message(self.message)

    async def delete(self) -> None:
        """Take it away."""
        await self.webhook.delete_message(self.message)


def hook(client: discord.Client, token: Token, message: int | str) -> Hooked:
    """Reach a message by its token."""
    return Hooked(discord.Webhook.partial(token.application, token.word, client=client), message)
