"""The gateway client: registers commands and buttons, and dispatches events."""

from collections.abc import Callable
from typing import Any

import discord
import structlog
from discord import app_commands

from adapters.chats.discord import texts
from adapters.chats.discord.context import DiscordContext, Interaction
from adapters.chats.discord.incoming import message_events
from adapters.chats.discord.incoming.autocomplete import Suggester
from adapters.chats.discord.incoming.buttons import PressedButton
from adapters.chats.discord.incoming.commands import build_commands
from adapters.chats.discord.incoming.forms import FORM_ID_PREFIX, handle_form_submit
from adapters.chats.discord.incoming.responses import respond_with, run_guarded, send_response
from adapters.chats.discord.outgoing.cards import ButtonPress
from adapters.chats.discord.outgoing.delivery import BASE_UPLOAD_BYTES
from bot.errors import Trouble

log = structlog.get_logger(__name__)

MIN_HEARTBEAT_TIMEOUT_SECONDS = 4.0  # so that a busy moment here is not taken for a dead connection
# The least that discord.py allows; after longer rate limits the engine tries again.
MAX_RATE_LIMIT_SECONDS = 30.0

# Fields that the library requires and we do not need.
_INTERACTION_DEFAULTS = {
    "entitlements": [],
    "authorizing_integration_owners": {},
    "attachment_size_limit": BASE_UPLOAD_BYTES,
    "version": 1,
}


class BotCommandTree(app_commands.CommandTree[Any]):
    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError, /) -> None:
        cause = getattr(error, "original", None)
        if isinstance(error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
            log.warning("unknown command", why=str(error))
            text = texts.UNKNOWN_GESTURE
        elif isinstance(cause, Trouble):
            text = cause.sentence
        else:
            log.error("command failed", interaction=interaction.id, exc_info=error)
            text = texts.unexpected_error(str(interaction.id))
        if interaction.type is discord.InteractionType.autocomplete:
            await send_response(interaction, interaction.response.autocomplete([]))
        else:
            await respond_with(interaction, text)


class Gateway(discord.AutoShardedClient):
    """Listens, with as many shards as Discord recommends."""

    def __init__(self, context: DiscordContext) -> None:
        # No warning about missing voice support, which we do not need.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            intents=discord.Intents(  # reading messages is opt-in
                guilds=True,
                guild_messages=True,
                dm_messages=True,
                guild_reactions=True,
                dm_reactions=True,
                message_content=context.message_content,
            ),
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_ratelimit_timeout=MAX_RATE_LIMIT_SECONDS,
            allowed_mentions=discord.AllowedMentions.none(),
        )
        self.context = context
        self.suggester = Suggester(context)
        self.tree = BotCommandTree(
            self,
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
        )
        parsers = self._connection.parsers
        parsers.update({name: _guarded_parser(name, parse) for name, parse in parsers.items()})

    async def setup_hook(self) -> None:
        for command in build_commands(self.context, self.suggester):
            self.tree.add_command(command)
        self.add_dynamic_items(PressedButton)

    @property
    def command_payload(self) -> list[dict[str, Any]]:
        return [each.to_dict(self.tree) for each in self.tree.get_commands()]

    async def on_shard_connect(self, shard: int) -> None:
        """Treat a connection as dead soon after a missed heartbeat; the library waits a minute at any pace."""
        shard_info = self.get_shard(shard)
        keep_alive = shard_info._parent.ws._keep_alive if shard_info else None
        if keep_alive and keep_alive.interval:
            keep_alive.heartbeat_timeout = min(
                keep_alive.heartbeat_timeout, max(MIN_HEARTBEAT_TIMEOUT_SECONDS, 1.5 * keep_alive.interval)
            )

    on_shard_resumed = on_shard_connect

    async def on_interaction(self, interaction: Interaction) -> None:
        """Submitted forms, and what we do not know; the library dispatches commands and buttons."""
        data: Any = interaction.data or {}
        custom_id = str(data.get("custom_id", ""))
        match interaction.type:
            case discord.InteractionType.application_command | discord.InteractionType.autocomplete:
                return
            case discord.InteractionType.component if ButtonPress.from_custom_id(custom_id):
                return
            case discord.InteractionType.modal_submit:
                if custom_id.startswith(FORM_ID_PREFIX):
                    await run_guarded(interaction, handle_form_submit(self.context, interaction))
            case discord.InteractionType.ping:
                await send_response(interaction, interaction.response.pong())
            case _:
                log.warning("unknown interaction", type=str(interaction.type))
                await respond_with(interaction, texts.UNKNOWN_GESTURE)

    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        if self.user is None or payload.user_id != self.user.id:
            await message_events.handle_reaction(self.context, self, payload)

    async def on_message(self, message: discord.Message) -> None:
        await message_events.handle_mention(self.context, self, message)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        log.exception("unexpected error in an event", event_name=event_method)


def _guarded_parser(name: str, parse: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The library ends the connection over an event it cannot parse; log that event and go on instead."""

    def parse_or_log(data: Any) -> Any:
        try:
            return parse(_INTERACTION_DEFAULTS | data if name == "INTERACTION_CREATE" else data)
        except Exception:
            log.exception("unreadable event", event_name=name)
            return None

    return parse_or_log
