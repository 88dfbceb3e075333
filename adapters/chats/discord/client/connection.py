"""The connection to Discord: login for sending, gateway for listening, restarted when it breaks.

Once it stands, the slash commands are registered, unless they are the same at Discord already.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import aiohttp
import discord
import structlog
import yarl
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
from bot.errors import Broken, Trouble, TryAgain
from bot.settings import DiscordSettings

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


LOGIN_TIMEOUT_SECONDS = 20.0  # of the start
CONNECTION_WAIT_SECONDS = 15.0
STABLE_AFTER_SECONDS = 60.0  # longer connections reset the pauses
RECONNECT_PAUSES_SECONDS = (1.0, 5.0, 15.0, 60.0, 300.0)

SYNC_SPACE = "discord-command-sync"
# What Discord adds of its own to what it was given.
_DISCORD_ONLY_KEYS = {"id", "application_id", "guild_id", "version", "dm_permission", "default_permission", "handler"}

CommandPayload = list[dict[str, Any]]


class DiscordConnection:
    def __init__(self, settings: DiscordSettings) -> None:
        self._settings = settings
        self._client: Gateway | None = None
        self._logged_in = asyncio.Event()

    @property
    def application_id(self) -> int | None:
        return (self._client.application_id if self._client else None) or self._settings.application_id

    async def get_client(self) -> discord.Client:
        """The client once it is logged in; sending needs no gateway."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CONNECTION_WAIT_SECONDS):
                await self._logged_in.wait()
        if self._client is None or not self._logged_in.is_set():
            raise TryAgain("Discord is not connected right now.", 5)
        return self._client

    async def log_in(self, context: DiscordContext) -> None:
        """First login: a wrong token is an error, an unreachable Discord is retried later."""
        try:
            async with asyncio.timeout(LOGIN_TIMEOUT_SECONDS):
                await self._start_client(context)
        except discord.LoginFailure as error:
            raise Broken(
                "Discord rejects DISCORD_BOT_TOKEN. Copy the token again from the developer portal."
            ) from error
        except (discord.HTTPException, discord.GatewayNotFound, aiohttp.ClientError, OSError, TimeoutError) as error:
            log.warning("discord unreachable at login", why=str(error))
            await self.log_out()
        except Exception:  # the library raises anything when it receives an HTML page
            log.exception("unexpected error at discord login")
            await self.log_out()

    async def _start_client(self, context: DiscordContext) -> Gateway:
        client = Gateway(context)
        self._client = client
        await client.login(self._settings.bot_token.get_secret_value())
        if self._settings.api_url:
            # Where the library goes when a session cannot be resumed: it knows only the one address by heart.
            _, gateway, _ = await client.http.get_bot_gateway()
            discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
        self._logged_in.set()
        log.info("discord knows us", application=client.application_id)
        return client

    async def log_out(self) -> None:
        self._logged_in.clear()
        client, self._client = self._client, None
        if client:
            client.suggester.cancel_all()
            await client.close()

    async def stay_connected(self, context: DiscordContext, tasks: asyncio.TaskGroup) -> None:
        """Stay connected: the library resumes by itself; we start again when it gives up."""
        failures = 0
        while True:
            started_at = time.monotonic()
            preparing: asyncio.Task[None] | None = None
            try:
                client = self._client or await self._start_client(context)
                preparing = tasks.create_task(self._warm_up(client))
                await client.connect()
            except discord.PrivilegedIntentsRequired:
                log.error("message content intent is off in the developer portal; continuing without it")
                context.message_content = False
                started_at = -STABLE_AFTER_SECONDS  # reconnect at once
            except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
                log.warning("discord connection lost", why=str(error))
            except Exception:  # other chats and jobs must go on
                log.exception("unexpected discord connection error")
            finally:
                if preparing:
                    preparing.cancel()
                await self.log_out()
            failures = 0 if time.monotonic() - started_at > STABLE_AFTER_SECONDS else failures + 1
            await asyncio.sleep(RECONNECT_PAUSES_SECONDS[min(failures, len(RECONNECT_PAUSES_SECONDS) - 1)])

    async def _warm_up(self, client: Gateway) -> None:
        warming = [client.suggester.suggest(what, "") for what in ("voices", "presenters")]
        await asyncio.gather(self._keep_syncing(client), *warming)

    async def _keep_syncing(self, client: Gateway) -> None:
        for pause in RECONNECT_PAUSES_SECONDS:
            if client.is_closed():
                return
            try:
                if await _sync_commands(client, self._settings.guild_id):
                    log.info("commands registered", guild=self._settings.guild_id)
                return
            except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError, RuntimeError) as error:
                log.error("commands not registered", why=str(error))
            except Exception:  # the registered commands still work
                log.exception("unexpected error while registering commands")
            await asyncio.sleep(pause)


async def _sync_commands(client: Gateway, guild_id: int | None) -> bool:
    """Replace the registered commands if they differ; True when they did."""
    payload, key_value = client.command_payload, client.context.core.key_value
    key = f"{client.application_id}/{guild_id or 'everywhere'}"
    http: Any = client.http
    ids = (client.application_id, guild_id) if guild_id else (client.application_id,)
    fetch = http.get_guild_commands if guild_id else http.get_global_commands
    replace = http.bulk_upsert_guild_commands if guild_id else http.bulk_upsert_global_commands
    record: Any = await key_value.get(SYNC_SPACE, key)
    try:
        registered = list(await fetch(*ids))
        changed = not _same_commands(payload, registered) and record != _sync_record(payload, registered)
    except discord.NotFound:  # it does not list them, so our own record must do
        changed = not isinstance(record, dict) or record["ours"] != _fingerprint(payload)
    if changed:
        await key_value.put(SYNC_SPACE, key, _sync_record(payload, list(await replace(*ids, payload=payload))))
    return changed


def _same_commands(ours: CommandPayload, theirs: CommandPayload) -> bool:
    """Whether two command lists mean the same, whatever their order and defaults."""
    return _normalise_all(ours) == _normalise_all(theirs)


def _normalise_all(commands: CommandPayload) -> CommandPayload:
    return sorted((_normalise(each) for each in commands), key=lambda each: (each.get("type", 1), each["name"]))


def _normalise(value: Any) -> Any:
    """Without fields at their default."""
    if isinstance(value, list):
        plain = [_normalise(each) for each in value]
        return sorted(plain) if all(isinstance(each, int) for each in plain) else plain
    if not isinstance(value, dict):
        return value
    kept = {name: _normalise(each) for name, each in value.items() if name not in _DISCORD_ONLY_KEYS}
    if kept.get("default_member_permissions") is not None:
        kept["default_member_permissions"] = str(kept["default_member_permissions"])
    return {name: each for name, each in kept.items() if each is not False and each not in (None, "", [])}


def _sync_record(payload: CommandPayload, registered: CommandPayload) -> dict[str, str]:
    """Our commands, and the state they became at Discord, which may word them differently."""
    state = sorted([str(each.get("id")), str(each.get("version"))] for each in registered)
    return {"ours": _fingerprint(payload), "theirs": _fingerprint(state)}


def _fingerprint(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
