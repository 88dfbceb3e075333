"""What the parts of the Discord chat share while it is open."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import discord

from adapters.chats.discord.outgoing.interaction_tokens import InteractionTokens
from bot.desk.chat_context import ChatContext
from bot.desk.gestures import Gestures
from bot.runtime.cache import TtlCache
from bot.runtime.clock import SystemClock

Interaction = discord.Interaction[Any]
GetClient = Callable[[], Awaitable[discord.Client]]  # the client, once it is logged in

PLATFORM = "discord"
DOUBLE_CLICK_SECONDS = 3.0
CROWD_THRESHOLD = 3  # background work gives way when more wait for an acknowledgement


class InFlight:
    """Counts work in progress, so that a shutdown can wait for it and background work can give way to it."""

    def __init__(self, threshold: int = 0) -> None:
        self._count = 0
        self._threshold = threshold
        self._below_threshold = asyncio.Event()
        self._below_threshold.set()

    @contextmanager
    def track(self) -> Iterator[None]:
        self._count += 1
        if self._count > self._threshold:
            self._below_threshold.clear()
        try:
            yield
        finally:
            self._count -= 1
            if self._count <= self._threshold:
                self._below_threshold.set()

    async def wait_until_quiet(self, seconds: float) -> None:
        """Wait until at most `threshold` are in progress, or until the time is up."""
        try:
            async with asyncio.timeout(seconds):
                await self._below_threshold.wait()
        except TimeoutError:
            return


@dataclass
class DiscordContext:
    """The core, and how this chat is configured."""

    core: ChatContext
    tokens: InteractionTokens
    required_role: str = ""  # people need it to request videos; empty: everybody may
    message_content: bool = False  # the privileged intent
    in_flight: InFlight = field(default_factory=InFlight)
    awaiting_ack: InFlight = field(default_factory=lambda: InFlight(CROWD_THRESHOLD))
    recent_presses: TtlCache[str, bool] = field(default_factory=lambda: TtlCache(SystemClock(), DOUBLE_CLICK_SECONDS))

    def __post_init__(self) -> None:
        self.gestures = Gestures(self.core.desk, self.core.emoji)
