"""Downloads what people attached, streamed to a file; a link that died is looked up anew in its message."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import discord
import structlog
from yarl import URL

from adapters.chats.discord.attachments import Address, links
from adapters.http.public_addresses import connector
from bot.errors import Refused, TryAgain
from bot.requests.media import Media
from bot.wording import chat_texts

log = structlog.get_logger(__name__)

HOSTS = {"cdn.discordapp.com", "media.discordapp.net"}
HERE = {"127.0.0.1", "localhost", "::1"}  # one machine, whatever it is called
CHUNK = 1 << 18
SECONDS = 300.0
GONE = (401, 403, 404, 410)


class Fetch:
    """Fetches attachments from Discord's own hosts, and from nowhere else."""

    def __init__(self, rest: Callable[[], Awaitable[discord.Client]], also: str | None = None) -> None:
        self._rest = rest
        self._also = HERE if also in HERE else {also} if also else set()

    async def fetch(self, media: Media, to: Path, most: int) -> None:
        """Stream an attachment to a file; refuse it once it is longer than `most` bytes."""
        address = Address.of(media.at)
        timeout = aiohttp.ClientTimeout(total=SECONDS, connect=10)
        line = aiohttp.TCPConnector() if self._also else connector()
        async with aiohttp.ClientSession(
            connector=line, timeout=timeout, trust_env=False, auto_decompress=False
        ) as session:
            try:
                if await self._save(session, address.url, media, to, most):
                    return
                fresh = await self._fresh(address)
                if fresh and await self._save(session, fresh, media, to, most):
                    return
            except (aiohttp.ClientError, TimeoutError) as error:
                raise TryAgain("Discord did not hand over the file.") from error
        raise Refused(chat_texts.expired(media.name))

    async def _save(self, session: aiohttp.ClientSession, url: str, media: Media, to: Path, most: int) -> bool:
        """Whether the link still led to the file."""
        if (address := self._ours(url)) is None:
            return False
        async with session.get(address, allow_redirects=False, headers={"Accept-Encoding": "identity"}) as response:
            if "html" in response.content_type:  # Discord's own hosts send no pages: something in between spoke
                raise TryAgain("Discord did not hand over the file.")
            if response.status in GONE:
                return False
            if response.status != 200 or "Content-Encoding" in response.headers:
                raise TryAgain(f"Discord answers {response.status} instead of the file.")
            if (response.content_length or 0) > most:
                raise Refused(chat_texts.larger(media.name, most))
            await self._write(response, media, to, most)
            return True

    def _ours(self, url: str) -> URL | None:
        """The address, read as it will be called, if it is one of Discord's own; or of the server in its place."""
        try:
            address = URL(url)
        except ValueError:
            return None
        discord_s = address.scheme == "https" and address.host in HOSTS and address.port == 443
        return address if discord_s or address.host in self._also else None

    async def _write(self, response: aiohttp.ClientResponse, media: Media, to: Path, most: int) -> None:
        size = 0
        with await asyncio.to_thread(to.open, "wb") as file:
            async for chunk in response.content.iter_chunked(CHUNK):
                size += len(chunk)
                if size > most:
                    raise Refused(chat_texts.larger(media.name, most))
                await asyncio.to_thread(file.write, chunk)
        if not size:  # nobody can attach an empty file
            raise TryAgain("Discord did not hand over the file.")

    async def _fresh(self, address: Address) -> str | None:
        """Today's link of a file whose message still stands and may be read."""
        if not address.message:
            return None
        client = await self._rest()
        try:
            message = await client.get_partial_messageable(address.channel).fetch_message(address.message)
        except discord.HTTPException as error:
            log.info("no fresh link", status=error.status, code=error.code)
            return None
        return links(message).get(address.attachment)
