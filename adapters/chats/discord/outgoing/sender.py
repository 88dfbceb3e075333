"""Sends messages: edits the job's message, else posts in its channel, else sends a DM.

Three routes lead to a message: the interaction token (no permissions needed, expires after 15 minutes), the bot (needs
permissions), and a DM (people may have closed theirs).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import discord
import structlog

from adapters.chats.discord import texts
from adapters.chats.discord.client.errors import (
    THREAD_ARCHIVED_CODE,
    UNKNOWN_MESSAGE_CODE,
    RouteClosed,
    translate_errors,
)
from adapters.chats.discord.context import GetClient
from adapters.chats.discord.outgoing.find_message import MessageFinder, dm_channel_id
from adapters.chats.discord.outgoing.interaction_tokens import (
    ORIGINAL_MESSAGE,
    InteractionToken,
    InteractionTokens,
    webhook_message,
)
from adapters.chats.discord.outgoing.message import OutgoingMessage
from bot.errors import Refused, Trouble
from bot.jobs.job import Job
from bot.runtime.clock import Clock
from bot.wording.cards import Card

log = structlog.get_logger(__name__)

SEND_TIMEOUT_SECONDS = 300.0  # for a message with files
REPEAT_AFTER_SECONDS = 60.0  # an older first post may be a repeat
MAX_UNREACHABLE_MESSAGES = 10_000

SendRoute = Callable[[], Awaitable[str]]


class MessageSender:
    def __init__(
        self,
        get_client: GetClient,
        tokens: InteractionTokens,
        finder: MessageFinder,
        clock: Clock,
        timeout: float = SEND_TIMEOUT_SECONDS,
    ) -> None:
        self._get_client = get_client
        self._tokens = tokens
        self._finder = finder
        self._clock = clock
        self._timeout = timeout
        self._unreachable_by_token: set[str] = set()

    async def send_card(self, job: Job, card: Card) -> str:
        return await self.send_message(job, OutgoingMessage(card, int(job.asker.user)), f"c{job.id}")

    async def send_message(self, job: Job, outgoing: OutgoingMessage, nonce: str) -> str:
        """Create or edit the job's message; returns `channel/message`."""
        client = await self._get_client()
        async for route in self._routes(client, job, outgoing, nonce):
            try:
                return await route()
            except RouteClosed as shut:
                log.info("route closed", job=job.id, code=shut.code)
        raise Refused(texts.NO_WAY_TO_REPLY)

    async def mention_asker(self, job: Job, text: str) -> None:
        """Mention the asker under the job's message, because edits notify nobody. Failures are ignored."""
        channel, _, message = (job.card_message or "").partition("/")
        if not message:
            return
        client = await self._get_client()
        asker = discord.Object(int(job.asker.user))
        try:
            with translate_errors(posting=True):
                await client.get_partial_messageable(int(channel)).send(
                    f"<@{asker.id}> {text}",
                    reference=discord.MessageReference(
                        message_id=int(message), channel_id=int(channel), fail_if_not_exists=False
                    ),
                    allowed_mentions=discord.AllowedMentions(everyone=False, roles=False, users=[asker]),
                    nonce=f"p{job.id}",
                )
        except (RouteClosed, Trouble) as why:
            log.info("asker not mentioned", job=job.id, why=str(why))

    async def delete_message(self, job: Job, message_ref: str) -> None:
        """Delete a message; one that is gone or out of reach is no error."""
        client = await self._get_client()
        channel, _, message = message_ref.partition("/")
        routes: list[Callable[[], Awaitable[None]]] = []
        if token := await self._tokens.token_for(job):
            routes.append(webhook_message(client, token, int(message)).delete)
        routes.append(client.get_partial_messageable(int(channel)).get_partial_message(int(message)).delete)
        for route in routes:
            try:
                with translate_errors(posting=False):
                    await route()
                return
            except RouteClosed as shut:
                log.info("not deleted by this route", job=job.id, code=shut.code)

    async def _routes(
        self, client: discord.Client, job: Job, outgoing: OutgoingMessage, nonce: str
    ) -> AsyncIterator[SendRoute]:
        """The routes to the job's message, best first; each is computed only when those before are closed.

        Tokens only edit: Discord takes no nonce for further messages, so a lost response could mean two of them.
        """
        token = await self._tokens.token_for(job)
        message_ref = job.card_message or await self._find_earlier_card(job)
        if token and message_ref not in self._unreachable_by_token and (message_ref or job.index == 0):
            yield lambda: self._send_by_token(client, job, token, message_ref, outgoing)
        if message_ref:
            yield lambda: _with_thread_open(
                client,
                int(message_ref.partition("/")[0]),
                lambda: self._edit_message(client, job, message_ref, outgoing),
            )
        place = int(job.place.channel)
        yield lambda: _with_thread_open(client, place, lambda: self._post_message(client, place, outgoing, nonce))
        yield lambda: self._send_direct(client, job, outgoing, nonce)

    async def _find_earlier_card(self, job: Job) -> str | None:
        """A card that was posted but not recorded; only a late first post can be a repeat."""
        if 0 <= self._clock.now() - job.asked_at < REPEAT_AFTER_SECONDS:  # negative after the clock was set back
            return None
        return await self._finder.find_message(job)

    async def _send_by_token(
        self,
        client: discord.Client,
        job: Job,
        token: InteractionToken,
        message_ref: str | None,
        outgoing: OutgoingMessage,
    ) -> str:
        try:
            async with self._guarded_call(posting=False):
                files = await outgoing.open_files()
                sent = await webhook_message(
                    client, token, int(message_ref.partition("/")[2]) if message_ref else ORIGINAL_MESSAGE
                ).edit(view=outgoing.view, attachments=files, allowed_mentions=outgoing.allowed_mentions)
        except RouteClosed as shut:
            await self._forget_route(job, message_ref, shut)
            raise
        return f"{sent.channel.id}/{sent.id}"

    async def _forget_route(self, job: Job, message_ref: str | None, closed: RouteClosed) -> None:
        """Do not try again: Discord bans apps that repeat refused calls."""
        if closed.code != UNKNOWN_MESSAGE_CODE:
            await self._tokens.drop_token(job.idempotency_key)
        elif message_ref:
            if len(self._unreachable_by_token) >= MAX_UNREACHABLE_MESSAGES:
                self._unreachable_by_token.clear()
            self._unreachable_by_token.add(message_ref)

    async def _edit_message(self, client: discord.Client, job: Job, message_ref: str, outgoing: OutgoingMessage) -> str:
        channel, _, message = message_ref.partition("/")
        if channel != job.place.channel:
            outgoing = outgoing.with_heading(texts.SENT_DIRECTLY)
        partial = client.get_partial_messageable(int(channel)).get_partial_message(int(message))
        async with self._guarded_call(posting=False):
            files = await outgoing.open_files()
            await partial.edit(view=outgoing.view, attachments=files, allowed_mentions=outgoing.allowed_mentions)
        return message_ref

    async def _post_message(self, client: discord.Client, channel: int, outgoing: OutgoingMessage, nonce: str) -> str:
        async with self._guarded_call(posting=True):
            files = await outgoing.open_files()
            sent = await client.get_partial_messageable(channel).send(
                view=outgoing.view, files=files, allowed_mentions=outgoing.allowed_mentions, nonce=nonce
            )
        return f"{sent.channel.id}/{sent.id}"

    @asynccontextmanager
    async def _guarded_call(self, *, posting: bool) -> AsyncIterator[None]:
        with translate_errors(posting=posting):
            async with asyncio.timeout(self._timeout):
                yield

    async def _send_direct(self, client: discord.Client, job: Job, outgoing: OutgoingMessage, nonce: str) -> str:
        channel = await dm_channel_id(client, int(job.asker.user))
        return await self._post_message(client, channel, outgoing.with_heading(texts.SENT_DIRECTLY), nonce)


async def _with_thread_open(client: discord.Client, channel: int, route: SendRoute) -> str:
    """Unarchive the thread when that is what stopped the call."""
    try:
        return await route()
    except RouteClosed as shut:
        if shut.code != THREAD_ARCHIVED_CODE:
            raise
    with translate_errors(posting=False):
        await client.http.edit_channel(channel, archived=False)
    return await route()
