"""What everything that listens to Discord shares."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import discord

from adapters.chats.discord.in_flight import InFlight
from adapters.chats.discord.outgoing.interaction_tokens import InteractionTokens
from bot.desk.chat_context import ChatContext

Interaction = discord.Interaction[Any]
GetClient = Callable[[], Awaitable[discord.Client]]  # the client, once it is logged in

PLATFORM = "discord"
CROWD_THRESHOLD = 3  # gestures in hand at once are nothing unusual; more mean that there is a crowd


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
