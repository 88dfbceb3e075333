"""The connection to Discord: commands and buttons are registered, events go to whom they concern."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import discord
import structlog
from discord import app_commands

from adapters.chats.discord import messages
from adapters.chats.discord.answering import guarded, tell
from adapters.chats.discord.asking import submitted
from adapters.chats.discord.autocomplete import Warm
from adapters.chats.discord.buttons import Press, pressing
from adapters.chats.discord.cards import sentence
from adapters.chats.discord.commands import commands
from adapters.chats.discord.front import Front, Interaction
from adapters.chats.discord.menus import menus
from adapters.chats.discord.modals import FORM
from adapters.chats.discord.pressing import pressed
from bot import phrases
from bot.errors import Trouble

log = structlog.get_logger(__name__)

SYNCED = "discord-synced"
PAUSE_MOST = 30.0  # the least Discord's library allows; longer rate limits come back to the engine as "try again"

_KNOWN = (
    discord.InteractionType.application_command,
    discord.InteractionType.autocomplete,
    discord.InteractionType.component,
    discord.InteractionType.modal_submit,
)


class Tree(app_commands.CommandTree[Any]):
    """The commands, with one way of saying that something went wrong."""

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError, /) -> None:
        """A command that is older or newer than we are, or a fault nobody foresaw: the client lives on."""
        old = isinstance(error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch)
        cause = getattr(error, "original", None)
        if isinstance(cause, Trouble):
            await tell(interaction, sentence(cause.sentence))
            return
        if old:
            log.warning("unknown command", why=str(error))
        else:
            log.error("a command failed", interaction=interaction.id, exc_info=error)
        if interaction.type is not discord.InteractionType.autocomplete:
            words = phrases.unknown_gesture() if old else phrases.went_wrong(str(interaction.id))
            await tell(interaction, sentence(words))


class Gateway(discord.AutoShardedClient):
    """Listens; with as many shards as Discord asks for, which is one for most."""

    def __init__(self, front: Front) -> None:
        # It warns at every start that it cannot speak in voice channels, which we never do.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            intents=intents(front.content),
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_ratelimit_timeout=PAUSE_MOST,
            allowed_mentions=discord.AllowedMentions.none(),
        )
        self.front = front
        self.warm = Warm(front)
        self.tree = Tree(
            self,
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
        )
        _guard(self._connection.parsers)

    async def setup_hook(self) -> None:
        """Everything people can do, before the first of them does."""
        for command in commands(self.front, self.warm):
            self.tree.add_command(command)
        for menu in menus(self.front):
            self.tree.add_command(menu)

        async def press(interaction: Interaction, what: Press) -> None:
            await guarded(interaction, pressed(self.front, interaction, what))

        self.add_dynamic_items(pressing(press))

    async def sync(self, guild: int | None) -> bool:
        """Register the commands if they changed since the last time; whether they had."""
        target = discord.Object(guild) if guild else None
        payload = [each.to_dict(self.tree) for each in self.tree.get_commands()]
        print_ = hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()
        key = f"{self.application_id}/{guild or 'everywhere'}"
        if await self.front.door.notes.get(SYNCED, key) == print_:
            return False
        if target:
            self.tree.copy_global_to(guild=target)
        await self.tree.sync(guild=target)
        await self.front.door.notes.put(SYNCED, key, print_)
        return True

    async def on_interaction(self, interaction: Interaction) -> None:
        """Forms that came back, and what Discord may invent one day; the library hands on the rest by itself."""
        if interaction.type is discord.InteractionType.modal_submit:
            if _custom_id(interaction).startswith(FORM):
                await guarded(interaction, submitted(self.front, interaction))
        elif interaction.type not in (*_KNOWN, discord.InteractionType.ping):
            log.warning("unknown interaction", type=str(interaction.type))
            await tell(interaction, sentence(phrases.unknown_gesture()))
        elif interaction.type is discord.InteractionType.component and not Press.of(_custom_id(interaction)):
            await tell(interaction, sentence(phrases.unknown_gesture()))

    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        """A reaction; our own mean nothing."""
        if self.user is None or payload.user_id != self.user.id:
            await messages.reacted(self.front, self, payload)

    async def on_message(self, message: discord.Message) -> None:
        """A message, perhaps to us."""
        await messages.mentioned(self.front, self, message)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """The edge of one event: logged, and the client lives on."""
        log.exception("an event failed unexpectedly", event_name=event_method)


def intents(content: bool) -> discord.Intents:
    """Only what is needed; reading the messages of others is asked for by whoever runs the bot."""
    wanted = discord.Intents.none()
    wanted.guilds = True
    wanted.guild_messages = wanted.dm_messages = True
    wanted.guild_reactions = wanted.dm_reactions = True
    wanted.message_content = content
    return wanted


def _custom_id(interaction: Interaction) -> str:
    data: Any = interaction.data or {}
    return str(data.get("custom_id", ""))


def _guard(parsers: dict[str, Callable[[Any], Any]]) -> None:
    """The library ends the whole connection over one event it cannot read; one event lost and logged is enough."""
    for name, parse in list(parsers.items()):
        parsers[name] = _guarded(name, parse)


def _guarded(name: str, parse: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def read(data: Any) -> Any:
        try:
            return parse(data)
        except Exception:  # the edge of one event
            log.exception("an event could not be read", event_name=name)
            return None

    return read
