"""What the parts of the Discord chat share while it is open."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import discord

from adapters.chats.discord.outgoing.interaction_tokens import InteractionTokens
from bot.desk.chat_context import ChatContext

Interaction = discord.Interaction[Any]
GetClient = Callable[[], Awaitable[discord.Client]]  # the client, once it is logged in

PLATFORM = "discord"
CROWD_THRESHOLD = 3  # gestures in hand at once are nothing unusual; more mean that there is a crowd


class InFlight:
    """Counts gestures and calls that are under way."""

    def __init__(self, threshold: int = 0) -> None:
        self._count = 0
        self._threshold = threshold
        self._below_threshold = asyncio.Event()
        self._below_threshold.set()

    @contextmanager
    def track(self) -> Iterator[None]:
        """One more while inside."""
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
        """Wait until nothing is in hand, or only a few if that was said, but no longer than that."""
        try:
            async with asyncio.timeout(seconds):
                await self._below_threshold.wait()
        except TimeoutError:
            return


@dataclass
class DiscordContext:
    """The inside of didtalk, and how this chat was set up."""

    core: ChatContext
    tokens: InteractionTokens
    required_role: str = ""  # the one role that may ask for videos; empty means everybody
    message_content: bool = False  # whether messages may be read: the privileged intent
    in_flight: InFlight = field(default_factory=InFlight)
    awaiting_ack: InFlight = field(
        default_factory=lambda: InFlight(CROWD_THRESHOLD)
    )  # who waits to hear that we have it
    is_double_click: Callable[[str], bool] = lambda press: False  # whether the same press came a moment ago
