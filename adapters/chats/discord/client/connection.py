"""The connection to Discord: login for sending, gateway for listening, restarted when it breaks."""

import asyncio
import time
from contextlib import suppress

import aiohttp
import discord
import structlog
import yarl

from adapters.chats.discord.client.command_sync import sync_commands
from adapters.chats.discord.client.gateway import Gateway
from adapters.chats.discord.context import DiscordContext
from bot.errors import Broken, TryAgain
from bot.settings import DiscordSettings

log = structlog.get_logger(__name__)

LOGIN_TIMEOUT_SECONDS = 20.0  # of the start
CONNECTION_WAIT_SECONDS = 15.0
STABLE_AFTER_SECONDS = 60.0  # longer connections reset the pauses
RECONNECT_PAUSES_SECONDS = (1.0, 5.0, 15.0, 60.0, 300.0)


class DiscordConnection:
    """Keeps one client at a time."""

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
        """Load catalogues for suggestions, and register changed commands with retries."""
        warming = [client.suggester.suggest(what, "") for what in ("voices", "presenters")]
        await asyncio.gather(self._sync_commands(client), *warming)

    async def _sync_commands(self, client: Gateway) -> None:
        for pause in RECONNECT_PAUSES_SECONDS:
            if client.is_closed() or await self._try_sync(client):
                return
            await asyncio.sleep(pause)

    async def _try_sync(self, client: Gateway) -> bool:
        try:
            if await sync_commands(client, client.context, client.command_payload, self._settings.guild_id):
                log.info("commands registered", guild=self._settings.guild_id)
            return True
        except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError, RuntimeError) as error:
            log.error("commands not registered", why=str(error))
        except Exception:  # the registered commands still work
            log.exception("unexpected error while registering commands")
        return False
