"""The gateway client: registers commands and buttons, and dispatches events."""

from collections.abc import Callable
from typing import Any

import discord
import structlog
from discord import app_commands

from adapters.chats.discord import texts
from adapters.chats.discord.context import DiscordContext, Interaction
from adapters.chats.discord.forms.modals import FORM_ID_PREFIX
from adapters.chats.discord.incoming import message_events
from adapters.chats.discord.incoming.autocomplete import Suggester
from adapters.chats.discord.incoming.buttons import button_handler, handle_press
from adapters.chats.discord.incoming.commands import build_commands
from adapters.chats.discord.incoming.context_menus import build_menus
from adapters.chats.discord.incoming.requests import handle_form_submit
from adapters.chats.discord.incoming.responses import answer_ping, respond_with, run_guarded, suggest_nothing
from adapters.chats.discord.outgoing.cards import ButtonPress, sentence_card
from adapters.chats.discord.outgoing.delivery import BASE_UPLOAD_BYTES
from bot.errors import Trouble

log = structlog.get_logger(__name__)

MIN_HEARTBEAT_TIMEOUT_SECONDS = 4.0  # so that a busy moment here is not taken for a dead connection
MAX_RATE_LIMIT_SECONDS = (
    30.0  # the least Discord's library allows; longer rate limits come back to the engine as "try again"
)

_HANDLED_TYPES = (
    discord.InteractionType.application_command,
    discord.InteractionType.autocomplete,
    discord.InteractionType.component,
    discord.InteractionType.modal_submit,
)


class BotCommandTree(app_commands.CommandTree[Any]):
    """The commands, with one error handler."""

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError, /) -> None:
        unknown = isinstance(error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch)
        cause = getattr(error, "original", None)
        if isinstance(cause, Trouble):
            await respond_with(interaction, sentence_card(cause.sentence))
            return
        if unknown:
            log.warning("unknown command", why=str(error))
        else:
            log.error("command failed", interaction=interaction.id, exc_info=error)
        if interaction.type is discord.InteractionType.autocomplete:
            await suggest_nothing(interaction)
        else:
            text = texts.UNKNOWN_GESTURE if unknown else texts.unexpected_error(str(interaction.id))
            await respond_with(interaction, sentence_card(text))


class Gateway(discord.AutoShardedClient):
    """Listens, with as many shards as Discord recommends."""

    def __init__(self, context: DiscordContext) -> None:
        # No warning about missing voice support, which we do not need.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            intents=build_intents(context.message_content),
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
        _guard_parsers(self._connection.parsers)

    async def setup_hook(self) -> None:
        for command in build_commands(self.context, self.suggester):
            self.tree.add_command(command)
        for menu in build_menus(self.context):
            self.tree.add_command(menu)

        async def on_press(interaction: Interaction, press: ButtonPress) -> None:
            await run_guarded(interaction, handle_press(self.context, interaction, press))

        self.add_dynamic_items(button_handler(on_press))

    @property
    def command_payload(self) -> list[dict[str, Any]]:
        return [each.to_dict(self.tree) for each in self.tree.get_commands()]

    async def on_shard_connect(self, shard: int) -> None:
        self._shorten_heartbeat_timeout(shard)

    async def on_shard_resumed(self, shard: int) -> None:
        self._shorten_heartbeat_timeout(shard)

    def _shorten_heartbeat_timeout(self, shard: int) -> None:
        """Treat a connection as dead soon after a missed heartbeat; the library waits a minute."""
        shard_info = self.get_shard(shard)
        keep_alive = (
            shard_info._parent.ws._keep_alive if shard_info else None
        )  # the library's own clock waits a minute at any pace
        if keep_alive and keep_alive.interval:
            keep_alive.heartbeat_timeout = min(
                keep_alive.heartbeat_timeout, max(MIN_HEARTBEAT_TIMEOUT_SECONDS, 1.5 * keep_alive.interval)
            )

    async def on_interaction(self, interaction: Interaction) -> None:
        """Submitted forms, and interaction types we do not know; the library dispatches the rest."""
        if interaction.type is discord.InteractionType.modal_submit:
            if _custom_id_of(interaction).startswith(FORM_ID_PREFIX):
                await run_guarded(interaction, handle_form_submit(self.context, interaction))
        elif interaction.type is discord.InteractionType.ping:
            await answer_ping(interaction)
        elif interaction.type not in _HANDLED_TYPES:
            log.warning("unknown interaction", type=str(interaction.type))
            await respond_with(interaction, sentence_card(texts.UNKNOWN_GESTURE))
        elif interaction.type is discord.InteractionType.component and not ButtonPress.from_custom_id(
            _custom_id_of(interaction)
        ):
            await respond_with(interaction, sentence_card(texts.UNKNOWN_GESTURE))

    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        if self.user is None or payload.user_id != self.user.id:
            await message_events.handle_reaction(self.context, self, payload)

    async def on_message(self, message: discord.Message) -> None:
        await message_events.handle_mention(self.context, self, message)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        log.exception("unexpected error in an event", event_name=event_method)


def build_intents(content: bool) -> discord.Intents:
    """Only the needed intents; reading messages is opt-in."""
    wanted = discord.Intents.none()
    wanted.guilds = True
    wanted.guild_messages = wanted.dm_messages = True
    wanted.guild_reactions = wanted.dm_reactions = True
    wanted.message_content = content
    return wanted


def _custom_id_of(interaction: Interaction) -> str:
    data: Any = interaction.data or {}
    return str(data.get("custom_id", ""))


def _guard_parsers(parsers: dict[str, Callable[[Any], Any]]) -> None:
    """The library ends the connection over an event it cannot parse; log that event and go on instead."""
    for name, parse in list(parsers.items()):
        parsers[name] = _guarded_parser(name, parse)


def _guarded_parser(name: str, parse: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def parse_or_log(data: Any) -> Any:
        try:
            return parse(_with_defaults(data) if name == "INTERACTION_CREATE" else data)
        except Exception:
            log.exception("unreadable event", event_name=name)
            return None

    return parse_or_log


def _with_defaults(data: dict[str, Any]) -> dict[str, Any]:
    """Add fields that the library requires and we do not need."""
    defaults = {
        "entitlements": [],
        "authorizing_integration_owners": {},
        "attachment_size_limit": BASE_UPLOAD_BYTES,
        "version": 1,
    }
    return defaults | data
