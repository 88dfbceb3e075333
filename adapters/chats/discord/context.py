"""What everything that listens to Discord shares."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import discord

from adapters.chats.discord.in_flight import Hands
from adapters.chats.discord.outgoing.interaction_tokens import Tokens
from bot.desk.chat_context import Door

Interaction = discord.Interaction[Any]
Rest = Callable[[], Awaitable[discord.Client]]  # the client, once it is logged in

NAME = "discord"
FEW = 3  # gestures in hand at once are nothing unusual; more mean that there is a crowd


@dataclass
class Front:
    """The inside of didtalk, and how this chat was set up."""

    door: Door
    tokens: Tokens
    role: str = ""  # the one role that may ask for videos; empty means everybody
    content: bool = False  # whether messages may be read: the privileged intent
    hands: Hands = field(default_factory=Hands)
    people: Hands = field(default_factory=lambda: Hands(FEW))  # who waits to hear that we have it
    double: Callable[[str], bool] = lambda press: False  # whether the same press came a moment ago
