"""Sends, finds and deletes messages. A message is known as `channel/message`.

Three routes lead to a message: the interaction token (no permissions needed, expires after 15 minutes), the bot (needs
permissions), and a DM (people may have closed theirs).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import discord
import structlog

from adapters.chats.discord import texts
from adapters.chats.discord.client.errors import (
    THREAD_ARCHIVED_CODE,
    UNKNOWN_MESSAGE_CODE,
    RouteClosed,
    translate_errors,
)
from adapters.chats.discord.context import DiscordContext, GetClient
from adapters.chats.discord.outgoing.cards import OutgoingMessage, button_presses, mention_only
from adapters.chats.discord.outgoing.interaction_tokens import ORIGINAL_MESSAGE, InteractionToken
from bot.errors import Refused, Trouble
from bot.jobs.job import Job
from bot.wording.cards import Card

log = structlog.get_logger(__name__)

SEND_TIMEOUT_SECONDS = 300.0  # for a message with files
REPEAT_AFTER_SECONDS = 60.0  # an older first post may be a repeat
MAX_UNREACHABLE_MESSAGES = 10_000
MAX_SEARCH_MESSAGES = 1000

SendRoute = Callable[[], Awaitable[str]]


class MessageSender:
    def __init__(self, context: DiscordContext, get_client: GetClient, timeout: float) -> None:
        self._tokens = context.tokens
        self._clock = context.core.clock
        self._get_client = get_client
        self._timeout = timeout
        self._unreachable_by_token: set[str] = set()

    async def send_card(self, job: Job, card: Card) -> str:
        return await self.send_message(job, OutgoingMessage(card, int(job.asker.user)), f"c{job.id}")

    async def send_message(self, job: Job, outgoing: OutgoingMessage, nonce: str) -> str:
        client = await self._get_client()
        async for route in self._routes(client, job, outgoing, nonce):
            try:
                return await route()
            except RouteClosed as shut:
                log.info("route closed", job=job.id, code=shut.code)
        raise Refused(texts.NO_WAY_TO_REPLY)

    async def mention_asker(self, job: Job, text: str) -> None:
        """Mention the asker under the job's message, because edits notify nobody. Failures are ignored."""
        if not job.card_message:
            return
        message = _partial_message(await self._get_client(), job.card_message)
        try:
            with translate_errors(posting=True):
                await message.channel.send(
                    f"<@{job.asker.user}> {text}",
                    reference=message.to_reference(fail_if_not_exists=False),
                    allowed_mentions=mention_only(int(job.asker.user)),
                    nonce=f"p{job.id}",
                )
        except (RouteClosed, Trouble) as why:
            log.info("asker not mentioned", job=job.id, why=str(why))

    async def delete_message(self, job: Job, message_ref: str) -> None:
        """Delete a message; one that is gone or out of reach is no error."""
        client = await self._get_client()
        message = _partial_message(client, message_ref)
        routes: list[Callable[[], Awaitable[None]]] = [message.delete]
        if token := await self._tokens.token_for(job):
            routes.insert(0, lambda: token.webhook(client).delete_message(message.id))
        for route in routes:
            try:
                with translate_errors(posting=False):
                    await route()
                return
            except RouteClosed as shut:
                log.info("not deleted by this route", job=job.id, code=shut.code)

    async def find_message(self, job: Job, action: str | None = None) -> str | None:
        """A job's message whose record was lost, found by its buttons; with a button of this action if one is named."""
        client = await self._get_client()
        if message_ref := await self._find_known(client, job, action):
            return message_ref
        for channel in await _candidate_channels(client, job):
            with translate_errors(posting=False):
                try:
                    if message_ref := await _find_in_channel(client, channel, job, action):
                        return message_ref
                except (discord.Forbidden, discord.NotFound):
                    continue
        return None

    async def _find_known(self, client: discord.Client, job: Job, action: str | None) -> str | None:
        """The recorded message, or the interaction's original response."""
        recorded = _partial_message(client, job.card_message) if job.card_message else None
        routes: list[Callable[[], Awaitable[discord.Message]]] = [recorded.fetch] if recorded else []
        token = await self._tokens.token_for(job)
        if token and (recorded or job.index == 0):
            message_id = recorded.id if recorded else ORIGINAL_MESSAGE
            routes.insert(0, lambda: token.webhook(client).fetch_message(message_id))
        for route in routes:
            with suppress(RouteClosed), translate_errors(posting=False):
                fetched = await route()
                if _is_about(fetched, job, action):
                    return _message_ref(fetched)
        return None

    async def _routes(
        self, client: discord.Client, job: Job, outgoing: OutgoingMessage, nonce: str
    ) -> AsyncIterator[SendRoute]:
        """The routes to the job's message, best first; each is computed only when those before are closed.

        Tokens only edit: Discord takes no nonce for further messages, so a lost response could mean two of them.
        """
        token = await self._tokens.token_for(job)
        message_ref = job.card_message or await self._find_earlier_card(job)
        if token and message_ref not in self._unreachable_by_token and (message_ref or job.index == 0):
            yield lambda: self._edit_by_token(client, job, token, message_ref, outgoing)
        if message_ref:
            message = _partial_message(client, message_ref)
            yield lambda: _with_thread_open(
                client, message.channel.id, lambda: self._edit_message(job, message, outgoing)
            )
        channel = client.get_partial_messageable(int(job.place.channel))
        yield lambda: _with_thread_open(client, channel.id, lambda: self._post_message(channel, outgoing, nonce))
        yield lambda: self._send_direct(client, job, outgoing, nonce)

    async def _find_earlier_card(self, job: Job) -> str | None:
        """A card that was posted but not recorded; only a late first post can be a repeat."""
        if 0 <= self._clock.now() - job.asked_at < REPEAT_AFTER_SECONDS:  # negative after the clock was set back
            return None
        return await self.find_message(job)

    async def _edit_by_token(
        self,
        client: discord.Client,
        job: Job,
        token: InteractionToken,
        message_ref: str | None,
        outgoing: OutgoingMessage,
    ) -> str:
        message_id = _partial_message(client, message_ref).id if message_ref else ORIGINAL_MESSAGE
        try:
            async with self._guarded_call(posting=False):
                files = await outgoing.open_files()
                sent = await token.webhook(client).edit_message(
                    message_id, view=outgoing.view, attachments=files, allowed_mentions=outgoing.allowed_mentions
                )
        except RouteClosed as shut:
            await self._forget_route(job, message_ref, shut)
            raise
        return _message_ref(sent)

    async def _forget_route(self, job: Job, message_ref: str | None, closed: RouteClosed) -> None:
        """Do not try again: Discord bans apps that repeat refused calls."""
        if closed.code != UNKNOWN_MESSAGE_CODE:
            await self._tokens.drop_token(job.idempotency_key)
        elif message_ref:
            if len(self._unreachable_by_token) >= MAX_UNREACHABLE_MESSAGES:
                self._unreachable_by_token.clear()
            self._unreachable_by_token.add(message_ref)

    async def _edit_message(self, job: Job, message: discord.PartialMessage, outgoing: OutgoingMessage) -> str:
        if message.channel.id != int(job.place.channel):
            outgoing = outgoing.with_heading(texts.SENT_DIRECTLY)
        async with self._guarded_call(posting=False):
            files = await outgoing.open_files()
            await message.edit(view=outgoing.view, attachments=files, allowed_mentions=outgoing.allowed_mentions)
        return _message_ref(message)

    async def _post_message(self, channel: discord.abc.Messageable, outgoing: OutgoingMessage, nonce: str) -> str:
        async with self._guarded_call(posting=True):
            files = await outgoing.open_files()
            sent = await channel.send(
                view=outgoing.view, files=files, allowed_mentions=outgoing.allowed_mentions, nonce=nonce
            )
        return _message_ref(sent)

    async def _send_direct(self, client: discord.Client, job: Job, outgoing: OutgoingMessage, nonce: str) -> str:
        channel = await _dm_channel(client, job)
        return await self._post_message(channel, outgoing.with_heading(texts.SENT_DIRECTLY), nonce)

    @asynccontextmanager
    async def _guarded_call(self, *, posting: bool) -> AsyncIterator[None]:
        with translate_errors(posting=posting):
            async with asyncio.timeout(self._timeout):
                yield


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


async def _candidate_channels(client: discord.Client, job: Job) -> list[int]:
    channel_ids = [int(job.place.channel)]
    if job.card_message:
        channel_ids.insert(0, _partial_message(client, job.card_message).channel.id)
    with suppress(RouteClosed):
        channel_ids.append((await _dm_channel(client, job)).id)
    return list(dict.fromkeys(channel_ids))


async def _find_in_channel(client: discord.Client, channel: int, job: Job, action: str | None) -> str | None:
    # Newest first and without a time limit, because our clock may differ from Discord's.
    async for message in client.get_partial_messageable(channel).history(limit=MAX_SEARCH_MESSAGES, oldest_first=False):
        if client.user and message.author.id == client.user.id and _is_about(message, job, action):
            return _message_ref(message)
    return None


async def _dm_channel(client: discord.Client, job: Job) -> discord.DMChannel:
    with translate_errors(posting=False):
        return await client.create_dm(discord.Object(int(job.asker.user)))


def _partial_message(client: discord.Client, message_ref: str) -> discord.PartialMessage:
    channel, _, message = message_ref.partition("/")
    return client.get_partial_messageable(int(channel)).get_partial_message(int(message))


def _message_ref(message: discord.Message | discord.PartialMessage) -> str:
    return f"{message.channel.id}/{message.id}"


def _is_about(message: discord.Message, job: Job, action: str | None) -> bool:
    presses = [press for press in button_presses(message) if press.target_id == job.id]
    return bool(presses) and (action is None or any(press.action == action for press in presses))
