"""An interaction's right to answer: it lives for fifteen minutes, and renders take longer.

It is noted before the job is recorded, so that after a crash the waiting message is still found and filled.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

import discord

from bot.jobs.job import Job
from bot.runtime.clock import Clock
from bot.runtime.key_value import KeyValueStore

TOKENS_SPACE = "discord-interaction-tokens"
ORIGINAL_MESSAGE = "@original"  # the message that acknowledged
TOKEN_LIFETIME_SECONDS = 14.5 * 60  # Discord says 15 minutes; a large upload under way needs some of it
ACK_TIMEOUT_SECONDS = 4.0  # an acknowledgement that took longer than Discord's three seconds was too late anyway


@dataclass(frozen=True)
class InteractionToken:
    """Answers one interaction, without any permission in its channel."""

    application_id: int
    value: str
    max_file_bytes: int  # how large a file it may carry


class InteractionTokens:
    """Remembers tokens by the gesture they came with, for as long as they live."""

    def __init__(self, key_value: KeyValueStore, clock: Clock) -> None:
        self._key_value = key_value
        self._clock = clock
        self._unacknowledged: dict[str, asyncio.Future[None]] = {}

    async def save_token(self, idempotency_key: str, token: InteractionToken) -> None:
        """Note a token durably; until `opened`, whoever wants to use it waits for the acknowledgement."""
        self._unacknowledged[idempotency_key] = asyncio.get_running_loop().create_future()
        expires_at = self._clock.now() + TOKEN_LIFETIME_SECONDS
        stored = {
            "application_id": token.application_id,
            "token": token.value,
            "max_file_bytes": token.max_file_bytes,
            "expires_at": expires_at,
        }
        await self._key_value.put(TOKENS_SPACE, idempotency_key, stored)

    def mark_acknowledged(self, idempotency_key: str) -> None:
        """The interaction is acknowledged, or never will be."""
        if (waiting := self._unacknowledged.pop(idempotency_key, None)) and not waiting.done():
            waiting.set_result(None)

    async def token_for(self, job: Job) -> InteractionToken | None:
        """The token that may answer for this job, while it lives."""
        if not job.idempotency_key:
            return None
        if waiting := self._unacknowledged.get(job.idempotency_key):
            await asyncio.wait((waiting,), timeout=ACK_TIMEOUT_SECONDS)
        stored = await self._key_value.get(TOKENS_SPACE, job.idempotency_key)
        if not stored:
            return None
        if stored["expires_at"] <= self._clock.now():
            await self.drop_token(job.idempotency_key)
            return None
        return InteractionToken(stored["application_id"], stored["token"], stored["max_file_bytes"])

    async def drop_token(self, idempotency_key: str | None) -> None:
        """Forget a token that is of no more use."""
        if idempotency_key:
            self._unacknowledged.pop(idempotency_key, None)
            await self._key_value.delete(TOKENS_SPACE, idempotency_key)


@dataclass(frozen=True)
class WebhookMessage:
    """A message as an interaction's token reaches it."""

    webhook: discord.Webhook
    message_id: Any  # an id, or the word for the one that acknowledged

    async def edit(self, **changes: Any) -> discord.Message:
        """Change it."""
        return await self.webhook.edit_message(self.message_id, **changes)

    async def fetch(self) -> discord.Message:
        """Read it."""
        return await self.webhook.fetch_message(self.message_id)

    async def delete(self) -> None:
        """Take it away."""
        await self.webhook.delete_message(self.message_id)


def webhook_message(client: discord.Client, token: InteractionToken, message_id: int | str) -> WebhookMessage:
    """Reach a message by its token."""
    return WebhookMessage(discord.Webhook.partial(token.application_id, token.value, client=client), message_id)
