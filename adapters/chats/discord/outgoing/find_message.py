"""Looks for messages of ours whose record was lost: the card that is known, else what was said since."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

import discord

from adapters.chats.discord.client.errors import Shut, named
from adapters.chats.discord.context import Rest
from adapters.chats.discord.incoming.button_ids import presses
from adapters.chats.discord.outgoing.interaction_tokens import ORIGINAL, Tokens, hook
from bot.jobs.job import Job

LOOKED_THROUGH = 1000


class Seek:
    """Finds messages by the buttons they carry."""

    def __init__(self, rest: Rest, tokens: Tokens) -> None:
        self._rest = rest
        self._tokens = tokens

    async def seek(self, job: Job, act: str | None = None) -> str | None:
        """A message of ours about this job, with a certain button if one is named; None when there is none."""
        client = await self._rest()
        if found := await self._known(client, job, act):
            return found
        for channel in await self._channels(client, job):
            with named(posting=False):
                try:
                    if found := await self._seek_in(client, channel, job, act):
                        return found
                except (discord.Forbidden, discord.NotFound):
                    continue
        return None

    async def _known(self, client: discord.Client, job: Job, act: str | None) -> str | None:
        """The message that was recorded, or the one that acknowledged, if it stands and has that button."""
        token = await self._tokens.of(job)
        channel, _, message = (job.card or "").partition("/")
        ways: list[Callable[[], Awaitable[discord.Message]]] = []
        if token and (message or job.nth == 0):
            ways.append(hook(client, token, int(message) if message else ORIGINAL).fetch)
        if message:
            ways.append(client.get_partial_messageable(int(channel)).get_partial_message(int(message)).fetch)
        for way in ways:
            with suppress(Shut), named(posting=False):
                found = await way()
                if _shows(found, job, act):
                    return f"{found.channel.id}/{found.id}"
        return None

    async def _channels(self, client: discord.Client, job: Job) -> list[int]:
        found = [int(job.place.channel)]
        if job.card:
            found.insert(0, int(job.card.partition("/")[0]))
        with suppress(Shut):
            found.append(await direct(client, int(job.asker.user)))
        return list(dict.fromkeys(found))

    async def _seek_in(self, client: discord.Client, channel: int, job: Job, act: str | None) -> str | None:
        at = client.get_partial_messageable(channel)
        # From the newest back, and no moment to stop at: our clock may not be Discord's.
        async for message in at.history(limit=LOOKED_THROUGH, oldest_first=False):
            if client.user is None or message.author.id != client.user.id:
                continue
            if _shows(message, job, act):
                return f"{channel}/{message.id}"
        return None


async def direct(client: discord.Client, person: int) -> int:
    """The conversation with one person."""
    with named(posting=False):
        return (await client.create_dm(discord.Object(person))).id


def _shows(message: discord.Message, job: Job, act: str | None) -> bool:
    """Whether a message is about the job, and has a certain button if one is named."""
    found = [press for press in presses(message) if press.job == job.id]
    return bool(found) and (act is None or any(press.act == act for press in found))
