"""Interaction tokens: valid for 15 minutes, while renders take longer.

A token is saved before the job, so that after a crash the deferred message is still found and filled.
"""

import asyncio
from dataclasses import asdict, dataclass
from typing import Any

import discord

from bot.jobs.job import Job
from bot.runtime.clock import Clock
from bot.runtime.key_value import KeyValueStore

TOKENS_SPACE = "discord-interaction-tokens"
ORIGINAL_MESSAGE: Any = "@original"  # in place of a message id: the response to the interaction
TOKEN_LIFETIME_SECONDS = 14.5 * 60  # valid for 15 minutes; a large upload needs some of it
ACK_TIMEOUT_SECONDS = 4.0  # Discord allows three seconds


@dataclass(frozen=True)
class InteractionToken:
    """Responds to one interaction without permissions in its channel."""

    application_id: int
    value: str
    max_file_bytes: int

    def webhook(self, client: discord.Client) -> discord.Webhook:
        return discord.Webhook.partial(self.application_id, self.value, client=client)


class InteractionTokens:
    def __init__(self, key_value: KeyValueStore, clock: Clock) -> None:
        self._key_value = key_value
        self._clock = clock
        self._unacknowledged: dict[str, asyncio.Future[None]] = {}

    async def save_token(self, idempotency_key: str, token: InteractionToken) -> None:
        """Save a token; until `mark_acknowledged`, `token_for` waits for the acknowledgement."""
        self._unacknowledged[idempotency_key] = asyncio.get_running_loop().create_future()
        stored = {"token": asdict(token), "expires_at": self._clock.now() + TOKEN_LIFETIME_SECONDS}
        await self._key_value.put(TOKENS_SPACE, idempotency_key, stored)

    def mark_acknowledged(self, idempotency_key: str) -> None:
        """The interaction was acknowledged, or never will be."""
        if (waiting := self._unacknowledged.pop(idempotency_key, None)) and not waiting.done():
            waiting.set_result(None)

    async def token_for(self, job: Job) -> InteractionToken | None:
        """The token of this job while it is valid."""
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
        return InteractionToken(**stored["token"])

    async def drop_token(self, idempotency_key: str | None) -> None:
        if idempotency_key:
            self._unacknowledged.pop(idempotency_key, None)
            await self._key_value.delete(TOKENS_SPACE, idempotency_key)
