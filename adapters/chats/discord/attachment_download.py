"""Downloads what people attached, streamed to a file; a link that died is looked up anew in its message."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import discord
import structlog
from yarl import URL

from adapters.chats.discord.attachments import FileAddress, file_links
from adapters.http.public_addresses import public_connector
from bot.errors import Refused, TryAgain
from bot.requests.media import Media
from bot.wording import chat_texts

log = structlog.get_logger(__name__)

CDN_HOSTS = {"cdn.discordapp.com", "media.discordapp.net"}
LOOPBACK_HOSTS = {"127.0.0.1", "localhost", "::1"}  # one machine, whatever it is called
ATTACHMENT_CHUNK_BYTES = 1 << 18
ATTACHMENT_TIMEOUT_SECONDS = 300.0
LINK_GONE_STATUSES = (401, 403, 404, 410)


class AttachmentFetcher:
    """Fetches attachments from Discord's own hosts, and from nowhere else."""

    def __init__(self, get_client: Callable[[], Awaitable[discord.Client]], extra_host: str | None = None) -> None:
        self._get_client = get_client
        self._extra_hosts = LOOPBACK_HOSTS if extra_host in LOOPBACK_HOSTS else {extra_host} if extra_host else set()

    async def fetch(self, media: Media, to: Path, max_bytes: int) -> None:
        """Stream an attachment to a file; refuse it once it is longer than `most` bytes."""
        address = FileAddress.parse(media.address)
        timeout = aiohttp.ClientTimeout(total=ATTACHMENT_TIMEOUT_SECONDS, connect=10)
        tcp_connector = aiohttp.TCPConnector() if self._extra_hosts else public_connector()
        async with aiohttp.ClientSession(
            connector=tcp_connector, timeout=timeout, trust_env=False, auto_decompress=False
        ) as session:
            try:
                if await self._download(session, address.url, media, to, max_bytes):
                    return
                fresh_url = await self._fresh_url(address)
                if fresh_url and await self._download(session, fresh_url, media, to, max_bytes):
                    return
            except (aiohttp.ClientError, TimeoutError) as error:
                raise TryAgain("Discord did not hand over the file.") from error
        raise Refused(chat_texts.file_expired(media.name))

    async def _download(self, session: aiohttp.ClientSession, url: str, media: Media, to: Path, max_bytes: int) -> bool:
        """Whether the link still led to the file."""
        if (address := self._allowed_url(url)) is None:
            return False
        async with session.get(address, allow_redirects=False, headers={"Accept-Encoding": "identity"}) as response:
            if "html" in response.content_type:  # Discord's own hosts send no pages: something in between spoke
                raise TryAgain("Discord did not hand over the file.")
            if response.status in LINK_GONE_STATUSES:
                return False
            if response.status != 200 or "Content-Encoding" in response.headers:
                raise TryAgain(f"Discord answers {response.status} instead of the file.")
            if (response.content_length or 0) > max_bytes:
                raise Refused(chat_texts.file_too_large(media.name, max_bytes))
            await self._write_file(response, media, to, max_bytes)
            return True

    def _allowed_url(self, url: str) -> URL | None:
        """The address, read as it will be called, if it is one of Discord's own; or of the server in its place."""
        try:
            address = URL(url)
        except ValueError:
            return None
        from_discord = address.scheme == "https" and address.host in CDN_HOSTS and address.port == 443
        return address if from_discord or address.host in self._extra_hosts else None

    async def _write_file(self, response: aiohttp.ClientResponse, media: Media, to: Path, max_bytes: int) -> None:
        size = 0
        with await asyncio.to_thread(to.open, "wb") as file:
            async for chunk in response.content.iter_chunked(ATTACHMENT_CHUNK_BYTES):
                size += len(chunk)
                if size > max_bytes:
                    raise Refused(chat_texts.file_too_large(media.name, max_bytes))
                await asyncio.to_thread(file.write, chunk)
        if not size:  # nobody can attach an empty file
            raise TryAgain("Discord did not hand over the file.")

    async def _fresh_url(self, address: FileAddress) -> str | None:
        """Today's link of a file whose message still stands and may be read."""
        if not address.message_id:
            return None
        client = await self._get_client()
        try:
            message = await client.get_partial_messageable(address.channel_id).fetch_message(address.message_id)
        except discord.HTTPException as error:
            log.info("no fresh link", status=error.status, code=error.code)
            return None
        return file_links(message).get(address.attachment_id)
