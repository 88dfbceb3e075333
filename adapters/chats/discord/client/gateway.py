"""The connection to Discord: commands and buttons are registered, events go to whom they concern."""

from collections.abc import Callable
from typing import Any

import discord
import structlog
from discord import app_commands

from adapters.chats.discord.context import Front, Interaction
from adapters.chats.discord.forms.modals import FORM
from adapters.chats.discord.incoming import message_events
from adapters.chats.discord.incoming.autocomplete import Warm
from adapters.chats.discord.incoming.button_ids import Press, pressing
from adapters.chats.discord.incoming.buttons import pressed
from adapters.chats.discord.incoming.commands import commands
from adapters.chats.discord.incoming.context_menus import menus
from adapters.chats.discord.incoming.requests import submitted
from adapters.chats.discord.incoming.responses import guarded, nothing_known, pong, tell
from adapters.chats.discord.outgoing.cards import sentence
from adapters.chats.discord.outgoing.delivery import LIMIT
from bot.errors import Trouble
from bot.wording import chat_texts

log = structlog.get_logger(__name__)

SILENCE_LEAST = 4.0  # seconds, so that a busy moment here does not pass for silence there
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
        if interaction.type is discord.InteractionType.autocomplete:
            await nothing_known(interaction)
        else:
            words = chat_texts.unknown_gesture() if old else chat_texts.went_wrong(str(interaction.id))
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

    @property
    def payload(self) -> list[dict[str, Any]]:
        """The commands as Discord takes them."""
        return [each.to_dict(self.tree) for each in self.tree.get_commands()]

    async def on_shard_connect(self, shard: int) -> None:
        """A line was opened."""
        self._listen_for_silence(shard)

    async def on_shard_resumed(self, shard: int) -> None:
        """A line was opened again."""
        self._listen_for_silence(shard)

    def _listen_for_silence(self, shard: int) -> None:
        """Discord says how often it wants a sign of life; a line on which one stays unanswered is dead."""
        found = self.get_shard(shard)
        beat = found._parent.ws._keep_alive if found else None  # the library's own clock waits a minute at any pace
        if beat and beat.interval:
            beat.heartbeat_timeout = min(beat.heartbeat_timeout, max(SILENCE_LEAST, 1.5 * beat.interval))

    async def on_interaction(self, interaction: Interaction) -> None:
        """Forms that came back, and what Discord may invent one day; the library hands on the rest by itself."""
        if interaction.type is discord.InteractionType.modal_submit:
            if _custom_id(interaction).startswith(FORM):
                await guarded(interaction, submitted(self.front, interaction))
        elif interaction.type is discord.InteractionType.ping:
            await pong(interaction)
        elif interaction.type not in _KNOWN:
            log.warning("unknown interaction", type=str(interaction.type))
            await tell(interaction, sentence(chat_texts.unknown_gesture()))
        elif interaction.type is discord.InteractionType.component and not Press.of(_custom_id(interaction)):
            await tell(interaction, sentence(chat_texts.unknown_gesture()))

    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        """A reaction; our own mean nothing."""
        if self.user is None or payload.user_id != self.user.id:
            await message_events.reacted(self.front, self, payload)

    async def on_message(self, message: discord.Message) -> None:
        """A message, perhaps to us."""
        await message_events.mentioned(self.front, self, message)

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
            return parse(_whole(data) if name == "INTERACTION_CREATE" else data)
        except Exception:  # the edge of one event
            log.exception("an event could not be read", event_name=name)
            return None

    return read


def _whole(data: dict[str, Any]) -> dict[str, Any]:
    """An interaction with what the library insists on and nothing here needs: who lacks it can still be answered."""
    spare = {"entitlements": [], "authorizing_integration_owners": {}, "attachment_size_limit": LIMIT, "version": 1}
    return spare | data
