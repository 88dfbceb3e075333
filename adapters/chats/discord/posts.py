"""Messages: edited where they stand, else posted where they belong, else sent to the person directly.

Three ways lead to a message, each with limits of its own: the interaction's token (no permission needed, dead after 15
minutes), the bot itself (needs permissions, no end), a direct message (people may have closed theirs).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import discord
import structlog

from adapters.chats.discord.buttons import presses
from adapters.chats.discord.faults import ARCHIVED, Shut, named
from adapters.chats.discord.letters import Letter
from adapters.chats.discord.tokens import Token, Tokens
from bot import phrases
from bot.clock import Clock
from bot.errors import Refused, Trouble
from bot.jobs import Job

log = structlog.get_logger(__name__)

DEADLINE = 300.0  # for a message with files
LATE = 60.0  # from this age on a first post may be a repeat of one we forgot
LOOKED_THROUGH = 100

Way = Callable[[], Awaitable[str]]
Rest = Callable[[], Awaitable[discord.Client]]


class Posts:
    """Sends letters."""

    def __init__(self, rest: Rest, tokens: Tokens, clock: Clock) -> None:
        self._rest = rest
        self._tokens = tokens
        self._clock = clock

    async def put(self, job: Job, letter: Letter, nonce: str) -> str:
        """Bring a letter to its job's message; which message that is, as `channel/message`."""
        client = await self._rest()
        async for way in self._ways(client, job, letter, nonce):
            try:
                async with asyncio.timeout(DEADLINE):
                    return await way()
            except Shut as shut:
                log.info("a way is closed", job=job.id, code=shut.code)
        raise Refused(phrases.nowhere())

    async def call(self, job: Job, words: str) -> None:
        """Call the asker to the job's message: edits ring no bell. Not being able to is no trouble."""
        channel, _, message = (job.card or "").partition("/")
        if not message:
            return
        client = await self._rest()
        asker = discord.Object(int(job.asker.user))
        try:
            with named(posting=True):
                await client.get_partial_messageable(int(channel)).send(
                    f"<@{asker.id}> {words}",
                    reference=discord.MessageReference(
                        message_id=int(message), channel_id=int(channel), fail_if_not_exists=False
                    ),
                    allowed_mentions=discord.AllowedMentions(everyone=False, roles=False, users=[asker]),
                    nonce=f"p{job.id}",
                )
        except (Shut, Trouble) as why:
            log.info("not called", job=job.id, why=str(why))

    async def seek(self, job: Job, act: str | None = None) -> str | None:
        """A message of ours about this job, with a certain button if one is named; None when there is none."""
        client = await self._rest()
        for channel in await self._channels(client, job):
            with named(posting=False):
                try:
                    if found := await self._seek_in(client, channel, job, act):
                        return found
                except (discord.Forbidden, discord.NotFound):
                    continue
        return None

    async def drop(self, job: Job, where: str) -> None:
        """Take a message away; what is already gone, or out of reach by now, is not an error."""
        client = await self._rest()
        channel, _, message = where.partition("/")
        token = await self._tokens.of(job)
        with named(posting=False):
            try:
                if token:
                    await _hook(client, token).delete_message(int(message))
                else:
                    await client.get_partial_messageable(int(channel)).get_partial_message(int(message)).delete()
            except (discord.Forbidden, discord.NotFound) as gone:
                log.info("nothing to remove", job=job.id, code=gone.code)

    async def _ways(self, client: discord.Client, job: Job, letter: Letter, nonce: str) -> AsyncIterator[Way]:
        """Every way to the job's message, the best first; each is only looked for when those before are closed."""
        token = await self._tokens.of(job)
        card = job.card or await self._earlier(job)
        if token and (card or job.nth == 0):
            yield lambda: self._by_token(client, token, card, letter)
        if card:
            yield lambda: _opened(client, int(card.partition("/")[0]), lambda: self._edit(client, card, letter))
        place = int(job.place.channel)
        yield lambda: _opened(client, place, lambda: self._post(client, place, letter, nonce))
        if token:
            yield lambda: self._follow_up(client, token, letter)
        yield lambda: self._directly(client, job, letter, nonce)

    async def _earlier(self, job: Job) -> str | None:
        """A card that was posted and not recorded: only a late first post can be a repeat."""
        if 0 <= self._clock.now() - job.asked_at < LATE:  # a clock that was set back tells no age
            return None
        return await self.seek(job)

    async def _by_token(self, client: discord.Client, token: Token, card: str | None, letter: Letter) -> str:
        message: Any = int(card.partition("/")[2]) if card else "@original"
        with named(posting=False):
            sent = await _hook(client, token).edit_message(
                message, view=letter.view, attachments=letter.files, allowed_mentions=letter.mentions
            )
        return f"{sent.channel.id}/{sent.id}"

    async def _edit(self, client: discord.Client, card: str, letter: Letter) -> str:
        channel, _, message = card.partition("/")
        at = client.get_partial_messageable(int(channel)).get_partial_message(int(message))
        with named(posting=False):
            await at.edit(view=letter.view, attachments=letter.files, allowed_mentions=letter.mentions)
        return card

    async def _post(self, client: discord.Client, channel: int, letter: Letter, nonce: str) -> str:
        with named(posting=True):
            sent = await client.get_partial_messageable(channel).send(
                view=letter.view, files=letter.files, allowed_mentions=letter.mentions, nonce=nonce
            )
        return f"{sent.channel.id}/{sent.id}"

    async def _follow_up(self, client: discord.Client, token: Token, letter: Letter) -> str:
        with named(posting=True):
            sent = await _hook(client, token).send(
                view=letter.view, files=letter.files, allowed_mentions=letter.mentions, wait=True
            )
        return f"{sent.channel.id}/{sent.id}"

    async def _directly(self, client: discord.Client, job: Job, letter: Letter, nonce: str) -> str:
        channel = await _direct(client, int(job.asker.user))
        return await self._post(client, channel, letter.headed(phrases.elsewhere()), nonce)

    async def _channels(self, client: discord.Client, job: Job) -> list[int]:
        found = [int(job.place.channel)]
        if job.card:
            found.insert(0, int(job.card.partition("/")[0]))
        with suppress(Shut):
            found.append(await _direct(client, int(job.asker.user)))
        return list(dict.fromkeys(found))

    async def _seek_in(self, client: discord.Client, channel: int, job: Job, act: str | None) -> str | None:
        at = client.get_partial_messageable(channel)
        # From the newest back, and no moment to stop at: our clock may not be Discord's.
        async for message in at.history(limit=LOOKED_THROUGH, oldest_first=False):
            if client.user is None or message.author.id != client.user.id:
                continue
            found = [press for press in presses(message) if press.job == job.id]
            if found and (act is None or any(press.act == act for press in found)):
                return f"{channel}/{message.id}"
        return None


async def _opened(client: discord.Client, channel: int, way: Way) -> str:
    """The way, with an archived thread opened first when that is what stands in it."""
    try:
        return await way()
    except Shut as shut:
        if shut.code != ARCHIVED:
            raise
    with named(posting=False):
        await client.http.edit_channel(channel, archived=False)
    return await way()


async def _direct(client: discord.Client, person: int) -> int:
    with named(posting=False):
        return (await client.create_dm(discord.Object(person))).id


def _hook(client: discord.Client, token: Token) -> discord.Webhook:
    return discord.Webhook.partial(token.application, token.word, client=client)
