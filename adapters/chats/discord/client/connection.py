"""Our line to Discord: logged in for what is sent, connected for what is heard, begun anew when it breaks for good."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass

import aiohttp
import discord
import structlog
import yarl

from adapters.chats.discord.client.command_sync import register
from adapters.chats.discord.client.gateway import Gateway
from adapters.chats.discord.context import Front
from bot.errors import Broken, TryAgain

log = structlog.get_logger(__name__)

LOGIN = 20.0  # seconds the first log-in may hold up the start
PATIENCE = 15.0  # seconds a call waits for the connection before it comes back later
LASTED = 60.0  # seconds after which a connection counts as one that worked
PAUSES = (1.0, 5.0, 15.0, 60.0, 300.0)


@dataclass(frozen=True)
class Account:
    """Who we are at Discord, and what was set up."""

    token: str
    application: int | None = None  # said by Discord too, once we are connected
    guild: int | None = None
    role: str = ""
    content: bool = False
    api_url: str = ""  # another server that speaks Discord's API: for tests


class Connection:
    """One client after another, and never two."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._client: Gateway | None = None
        self._there = asyncio.Event()

    @property
    def application(self) -> int | None:
        """Who we are at Discord, once that is known."""
        return (self._client.application_id if self._client else None) or self._account.application

    async def rest(self) -> discord.Client:
        """The client once it is logged in; what it sends needs no gateway."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self._there.wait()
        if self._client is None or not self._there.is_set():
            raise TryAgain("Discord is not connected at the moment.", 5)
        return self._client

    async def begin(self, front: Front) -> None:
        """Log in for the first time: a wrong token is said at once, a Discord that is away is waited for later."""
        try:
            async with asyncio.timeout(LOGIN):
                await self._enter(front)
        except discord.LoginFailure as error:
            raise Broken("Discord does not take DISCORD_BOT_TOKEN. Copy it anew from the developer portal.") from error
        except (discord.HTTPException, discord.GatewayNotFound, aiohttp.ClientError, OSError, TimeoutError) as error:
            log.warning("discord cannot be reached yet", why=str(error))
            await self.end()
        except Exception:  # the edge of the connection: the library trips over a web page where an answer should be
            log.exception("discord could not be understood yet")
            await self.end()

    async def _enter(self, front: Front) -> Gateway:
        client = Gateway(front)
        self._client = client
        await client.login(self._account.token)
        if self._account.api_url:
            # Where the library goes when a session cannot be resumed: it knows only the one address by heart.
            _, gateway, _ = await client.http.get_bot_gateway()
            discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
        self._there.set()
        log.info("discord knows us", application=client.application_id)
        return client

    async def end(self) -> None:
        """Log out; the way back in is `begin` or `live`."""
        self._there.clear()
        client, self._client = self._client, None
        if client:
            client.warm.cancel()
            await client.close()

    async def live(self, front: Front, tasks: asyncio.TaskGroup) -> None:
        """Stay connected: the library resumes by itself, and we begin anew when it gives up."""
        failures = 0
        while True:
            began = time.monotonic()
            preparing: asyncio.Task[None] | None = None
            try:
                client = self._client or await self._enter(front)
                preparing = tasks.create_task(self._prepare(client))
                await client.connect()
            except discord.PrivilegedIntentsRequired:
                log.error("the Message Content intent is not switched on in the developer portal; going on without it")
                front.content = False
                began = -LASTED  # nothing is wrong with the connection: begin anew at once
            except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
                log.warning("discord connection lost", why=str(error))
            except Exception:  # the edge of the connection: the bot's other chats and jobs go on
                log.exception("the discord connection failed unexpectedly")
            finally:
                if preparing:
                    preparing.cancel()
                await self.end()
            failures = 0 if time.monotonic() - began > LASTED else failures + 1
            await asyncio.sleep(PAUSES[min(failures, len(PAUSES) - 1)])

    async def _prepare(self, client: Gateway) -> None:
        """Fetch catalogues before somebody waits for them, and register changed commands, if need be with patience."""
        warming = [client.warm.suggest(what, "") for what in ("voices", "presenters")]
        await asyncio.gather(self._register(client), *warming)

    async def _register(self, client: Gateway) -> None:
        for pause in PAUSES:
            if client.is_closed() or await self._registered(client):
                return
            await asyncio.sleep(pause)

    async def _registered(self, client: Gateway) -> bool:
        try:
            if await register(client, client.front, client.payload, self._account.guild):
                log.info("discord has the new commands", guild=self._account.guild)
            return True
        except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError, RuntimeError) as error:
            log.error("discord did not take the commands", why=str(error))
        except Exception:  # the edge of one chore: people can go on with the commands there are
            log.exception("registering the commands failed unexpectedly")
        return False
