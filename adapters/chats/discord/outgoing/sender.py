"""Messages: edited where they stand, else posted where they belong, else sent to the person directly.

Three ways lead to a message, each with limits of its own: the interaction's token (no permission needed, dead after 15
minutes), the bot itself (needs permissions, no end), a direct message (people may have closed theirs).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import discord
import structlog

from adapters.chats.discord.client.errors import ARCHIVED, NO_MESSAGE, Shut, named
from adapters.chats.discord.context import Rest
from adapters.chats.discord.outgoing.find_message import Seek, direct
from adapters.chats.discord.outgoing.interaction_tokens import ORIGINAL, Token, Tokens, hook
from adapters.chats.discord.outgoing.message import Letter
from bot.errors import Refused, Trouble
from bot.jobs.job import Job
from bot.runtime.clock import Clock
from bot.wording import chat_texts

log = structlog.get_logger(__name__)

DEADLINE = 300.0  # for a message with files
LATE = 60.0  # from this age on a first post may be a repeat of one we forgot
REMEMBERED = 10_000

Way = Callable[[], Awaitable[str]]


class Posts:
    """Sends letters."""

    def __init__(self, rest: Rest, tokens: Tokens, seek: Seek, clock: Clock, deadline: float = DEADLINE) -> None:
        self._rest = rest
        self._tokens = tokens
        self._seek = seek
        self._clock = clock
        self._deadline = deadline
        self._strange: set[str] = set()  # messages that no token of theirs can reach

    async def put(self, job: Job, letter: Letter, nonce: str) -> str:
        """Bring a letter to its job's message; which message that is, as `channel/message`."""
        client = await self._rest()
        async for way in self._ways(client, job, letter, nonce):
            try:
                return await way()
            except Shut as shut:
                log.info("a way is closed", job=job.id, code=shut.code)
        raise Refused(chat_texts.nowhere())

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

    async def drop(self, job: Job, where: str) -> None:
        """Take a message away; what is already gone, or out of reach by now, is not an error."""
        client = await self._rest()
        channel, _, message = where.partition("/")
        ways: list[Callable[[], Awaitable[None]]] = []
        if token := await self._tokens.of(job):
            ways.append(hook(client, token, int(message)).delete)
        ways.append(client.get_partial_messageable(int(channel)).get_partial_message(int(message)).delete)
        for way in ways:
            try:
                with named(posting=False):
                    await way()
                return
            except Shut as shut:
                log.info("nothing to remove this way", job=job.id, code=shut.code)

    async def _ways(self, client: discord.Client, job: Job, letter: Letter, nonce: str) -> AsyncIterator[Way]:
        """Every way to the job's message, the best first; each is only looked for when those before are closed.

        Further messages by token are no way: Discord takes no nonce there, so a lost answer could mean two of them.
        """
        token = await self._tokens.of(job)
        card = job.card or await self._earlier(job)
        if token and card not in self._strange and (card or job.nth == 0):
            yield lambda: self._by_token(client, job, token, card, letter)
        if card:
            yield lambda: _opened(client, int(card.partition("/")[0]), lambda: self._edit(client, job, card, letter))
        place = int(job.place.channel)
        yield lambda: _opened(client, place, lambda: self._post(client, place, letter, nonce))
        yield lambda: self._directly(client, job, letter, nonce)

    async def _earlier(self, job: Job) -> str | None:
        """A card that was posted and not recorded: only a late first post can be a repeat."""
        if 0 <= self._clock.now() - job.asked_at < LATE:  # a clock that was set back tells no age
            return None
        return await self._seek.seek(job)

    async def _by_token(self, client: discord.Client, job: Job, token: Token, card: str | None, letter: Letter) -> str:
        try:
            async with self._dealing(posting=False):
                files = await letter.files()
                sent = await hook(client, token, int(card.partition("/")[2]) if card else ORIGINAL).edit(
                    view=letter.view, attachments=files, allowed_mentions=letter.mentions
                )
        except Shut as shut:
            await self._useless(job, card, shut)
            raise
        return f"{sent.channel.id}/{sent.id}"

    async def _useless(self, job: Job, card: str | None, shut: Shut) -> None:
        """Do not knock there again: Discord bans whoever goes on using what it has refused."""
        if shut.code != NO_MESSAGE:
            await self._tokens.drop(job.once)
        elif card:
            if len(self._strange) >= REMEMBERED:
                self._strange.clear()
            self._strange.add(card)

    async def _edit(self, client: discord.Client, job: Job, card: str, letter: Letter) -> str:
        channel, _, message = card.partition("/")
        if channel != job.place.channel:
            letter = letter.headed(chat_texts.elsewhere())
        at = client.get_partial_messageable(int(channel)).get_partial_message(int(message))
        async with self._dealing(posting=False):
            files = await letter.files()
            await at.edit(view=letter.view, attachments=files, allowed_mentions=letter.mentions)
        return card

    async def _post(self, client: discord.Client, channel: int, letter: Letter, nonce: str) -> str:
        async with self._dealing(posting=True):
            files = await letter.files()
            sent = await client.get_partial_messageable(channel).send(
                view=letter.view, files=files, allowed_mentions=letter.mentions, nonce=nonce
            )
        return f"{sent.channel.id}/{sent.id}"

    @asynccontextmanager
    async def _dealing(self, *, posting: bool) -> AsyncIterator[None]:
        """A call with its deadline; what goes wrong is named by what to do next."""
        with named(posting=posting):
            async with asyncio.timeout(self._deadline):
                yield

    async def _directly(self, client: discord.Client, job: Job, letter: Letter, nonce: str) -> str:
        channel = await direct(client, int(job.asker.user))
        return await self._post(client, channel, letter.headed(chat_texts.elsewhere()), nonce)


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
