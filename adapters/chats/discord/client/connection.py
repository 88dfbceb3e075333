"""Our line to Discord: logged in for what is sent, connected for what is heard, begun anew when it breaks for good."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass

import aiohttp
import discord
import structlog
import yarl

from adapters.chats.discord.client.command_sync import sync_commands
from adapters.chats.discord.client.gateway import Gateway
from adapters.chats.discord.context import DiscordContext
from bot.errors import Broken, TryAgain

log = structlog.get_logger(__name__)

LOGIN_TIMEOUT_SECONDS = 20.0  # seconds the first log-in may hold up the start
CONNECTION_WAIT_SECONDS = 15.0  # seconds a call waits for the connection before it comes back later
STABLE_AFTER_SECONDS = 60.0  # seconds after which a connection counts as one that worked
RECONNECT_PAUSES_SECONDS = (1.0, 5.0, 15.0, 60.0, 300.0)


@dataclass(frozen=True)
class DiscordConfig:
    """Who we are at Discord, and what was set up."""

    token: str
    application_id: int | None = None  # said by Discord too, once we are connected
    guild_id: int | None = None
    required_role: str = ""
    message_content: bool = False
    api_url: str = ""  # another server that speaks Discord's API: for tests


class DiscordConnection:
    """One client after another, and never two."""

    def __init__(self, config: DiscordConfig) -> None:
        self._config = config
        self._client: Gateway | None = None
        self._logged_in = asyncio.Event()

    @property
    def application_id(self) -> int | None:
        """Who we are at Discord, once that is known."""
        return (self._client.application_id if self._client else None) or self._config.application_id

    async def get_client(self) -> discord.Client:
        """The client once it is logged in; what it sends needs no gateway."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CONNECTION_WAIT_SECONDS):
                await self._logged_in.wait()
        if self._client is None or not self._logged_in.is_set():
            raise TryAgain("Discord is not connected at the moment.", 5)
        return self._client

    async def log_in(self, context: DiscordContext) -> None:
        """Log in for the first time: a wrong token is said at once, a Discord that is away is waited for later."""
        try:
            async with asyncio.timeout(LOGIN_TIMEOUT_SECONDS):
                await self._start_client(context)
        except discord.LoginFailure as error:
            raise Broken("Discord does not take DISCORD_BOT_TOKEN. Copy it anew from the developer portal.") from error
        except (discord.HTTPException, discord.GatewayNotFound, aiohttp.ClientError, OSError, TimeoutError) as error:
            log.warning("discord cannot be reached yet", why=str(error))
            await self.log_out()
        except Exception:  # the edge of the connection: the library trips over a web page where an answer should be
            log.exception("discord could not be understood yet")
            await self.log_out()

    async def _start_client(self, context: DiscordContext) -> Gateway:
        client = Gateway(context)
        self._client = client
        await client.login(self._config.token)
        if self._config.api_url:
            # Where the library goes when a session cannot be resumed: it knows only the one address by heart.
            _, gateway, _ = await client.http.get_bot_gateway()
            discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
        self._logged_in.set()
        log.info("discord knows us", application=client.application_id)
        return client

    async def log_out(self) -> None:
        """Log out; the way back in is `begin` or `live`."""
        self._logged_in.clear()
        client, self._client = self._client, None
        if client:
            client.suggester.cancel_all()
            await client.close()

    async def stay_connected(self, context: DiscordContext, tasks: asyncio.TaskGroup) -> None:
        """Stay connected: the library resumes by itself, and we begin anew when it gives up."""
        failures = 0
        while True:
            started_at = time.monotonic()
            preparing: asyncio.Task[None] | None = None
            try:
                client = self._client or await self._start_client(context)
                preparing = tasks.create_task(self._warm_up(client))
                await client.connect()
            except discord.PrivilegedIntentsRequired:
                log.error("the Message Content intent is not switched on in the developer portal; going on without it")
                context.message_content = False
                started_at = -STABLE_AFTER_SECONDS  # nothing is wrong with the connection: begin anew at once
            except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
                log.warning("discord connection lost", why=str(error))
            except Exception:  # the edge of the connection: the bot's other chats and jobs go on
                log.exception("the discord connection failed unexpectedly")
            finally:
                if preparing:
                    preparing.cancel()
                await self.log_out()
            failures = 0 if time.monotonic() - started_at > STABLE_AFTER_SECONDS else failures + 1
            await asyncio.sleep(RECONNECT_PAUSES_SECONDS[min(failures, len(RECONNECT_PAUSES_SECONDS) - 1)])

    async def _warm_up(self, client: Gateway) -> None:
        """Fetch catalogues before somebody waits for them, and register changed commands, if need be with patience."""
        warming = [client.suggester.suggest(what, "") for what in ("voices", "presenters")]
        await asyncio.gather(self._sync_commands(client), *warming)

    async def _sync_commands(self, client: Gateway) -> None:
        for pause in RECONNECT_PAUSES_SECONDS:
            if client.is_closed() or await self._try_sync(client):
                return
            await asyncio.sleep(pause)

    async def _try_sync(self, client: Gateway) -> bool:
        try:
            if await sync_commands(client, client.context, client.command_payload, self._config.guild_id):
                log.info("discord has the new commands", guild=self._config.guild_id)
            return True
        except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError, RuntimeError) as error:
            log.error("discord did not take the commands", why=str(error))
        except Exception:  # the edge of one chore: people can go on with the commands there are
            log.exception("registering the commands failed unexpectedly")
        return False
