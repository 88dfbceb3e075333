"""Finds our messages whose record was lost."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

import discord

from adapters.chats.discord.client.errors import RouteClosed, translate_errors
from adapters.chats.discord.context import GetClient
from adapters.chats.discord.outgoing.cards import button_presses
from adapters.chats.discord.outgoing.interaction_tokens import ORIGINAL_MESSAGE, InteractionTokens, webhook_message
from bot.jobs.job import Job

MAX_SEARCH_MESSAGES = 1000


class MessageFinder:
    """Finds messages by their buttons."""

    def __init__(self, get_client: GetClient, tokens: InteractionTokens) -> None:
        self._get_client = get_client
        self._tokens = tokens

    async def find_message(self, job: Job, action: str | None = None) -> str | None:
        """A job's message, with a button of this action if one is named."""
        client = await self._get_client()
        if message_ref := await self._find_known(client, job, action):
            return message_ref
        for channel in await self._candidate_channels(client, job):
            with translate_errors(posting=False):
                try:
                    if message_ref := await self._find_in_channel(client, channel, job, action):
                        return message_ref
                except (discord.Forbidden, discord.NotFound):
                    continue
        return None

    async def _find_known(self, client: discord.Client, job: Job, action: str | None) -> str | None:
        """The recorded message, or the interaction's original response."""
        token = await self._tokens.token_for(job)
        channel, _, message = (job.card_message or "").partition("/")
        routes: list[Callable[[], Awaitable[discord.Message]]] = []
        if token and (message or job.index == 0):
            routes.append(webhook_message(client, token, int(message) if message else ORIGINAL_MESSAGE).fetch)
        if message:
            routes.append(client.get_partial_messageable(int(channel)).get_partial_message(int(message)).fetch)
        for route in routes:
            with suppress(RouteClosed), translate_errors(posting=False):
                fetched = await route()
                if _is_about(fetched, job, action):
                    return f"{fetched.channel.id}/{fetched.id}"
        return None

    async def _candidate_channels(self, client: discord.Client, job: Job) -> list[int]:
        channel_ids = [int(job.place.channel)]
        if job.card_message:
            channel_ids.insert(0, int(job.card_message.partition("/")[0]))
        with suppress(RouteClosed):
            channel_ids.append(await dm_channel_id(client, int(job.asker.user)))
        return list(dict.fromkeys(channel_ids))

    async def _find_in_channel(self, client: discord.Client, channel: int, job: Job, action: str | None) -> str | None:
        messageable = client.get_partial_messageable(channel)
        # Newest first and without a time limit, because our clock may differ from Discord's.
        async for message in messageable.history(limit=MAX_SEARCH_MESSAGES, oldest_first=False):
            if client.user is None or message.author.id != client.user.id:
                continue
            if _is_about(message, job, action):
                return f"{channel}/{message.id}"
        return None


async def dm_channel_id(client: discord.Client, user_id: int) -> int:
    with translate_errors(posting=False):
        return (await client.create_dm(discord.Object(user_id))).id


def _is_about(message: discord.Message, job: Job, action: str | None) -> bool:
    presses = [press for press in button_presses(message) if press.target_id == job.id]
    return bool(presses) and (action is None or any(press.action == action for press in presses))
