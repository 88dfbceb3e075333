"""Attachments: as media of a request, as part of a message, and downloaded.

A Discord file link expires within a day. The address of a file therefore also names its message, where a fresh link
can be looked up.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Self
from urllib.parse import urldefrag, urlsplit

import aiohttp
import discord
import structlog
from yarl import URL

from adapters.chats.discord import texts
from adapters.chats.discord.context import PLATFORM, GetClient
from adapters.chats.discord.outgoing.cards import job_id_of, walk_components
from adapters.http.public_addresses import public_connector
from bot.desk.gestures import ChatMessage
from bot.errors import Refused, TryAgain
from bot.requests.media import Media, MediaKind
from bot.requests.options import Option
from bot.runtime.shield import open_file

log = structlog.get_logger(__name__)

CDN_HOSTS = {"cdn.discordapp.com", "media.discordapp.net"}
LOOPBACK_HOSTS = {"127.0.0.1", "localhost", "::1"}
ATTACHMENT_CHUNK_BYTES = 1 << 18
ATTACHMENT_TIMEOUT_SECONDS = 300.0
LINK_GONE_STATUSES = (401, 403, 404, 410)
_KIND_BY_TYPE = {"image": MediaKind.PICTURE, "audio": MediaKind.SOUND, "video": MediaKind.VIDEO, "text": MediaKind.TEXT}
_TEXT_SUFFIXES = {".yaml", ".yml", ".json", ".txt", ".srt"}


@dataclass(frozen=True)
class FileAddress:
    """A file's link, and its message when it has one."""

    url: str
    channel_id: int = 0
    message_id: int = 0
    attachment_id: int = 0

    @property
    def encoded(self) -> str:
        """As stored with a job."""
        location = f"#{self.channel_id}/{self.message_id}/{self.attachment_id}" if self.message_id else ""
        return f"{PLATFORM}:{self.url}{location}"

    @classmethod
    def parse(cls, encoded: str) -> Self:
        url, location = urldefrag(encoded.partition(":")[2])
        ids = [int(each) for each in location.split("/")] if location else [0, 0, 0]
        return cls(url, *ids)


def media_of(attachment: discord.Attachment, message: discord.Message | None = None) -> Media | None:
    """An attachment as media; None when its type is not supported."""
    kind = _kind_of(attachment)
    if kind is None:
        return None
    ids = (message.channel.id, message.id, attachment.id) if message else ()
    return Media(kind=kind, address=FileAddress(attachment.url, *ids).encoded, name=attachment.filename)


def media_for(option: Option, attachment: discord.Attachment) -> Media:
    """An attachment for an option; refused when its name shows the wrong type."""
    wanted, kind = option.media_kind or MediaKind.PICTURE, _kind_of(attachment)
    fits = kind in (None, wanted) or (wanted is MediaKind.SOUND and kind is MediaKind.VIDEO)
    if not fits:
        raise Refused(texts.wrong_file_kind(attachment.filename, wanted), option.field)
    return Media(kind=wanted, address=FileAddress(attachment.url).encoded, name=attachment.filename)


def _kind_of(attachment: discord.Attachment) -> MediaKind | None:
    """The kind by name and content type; the content is checked after the download."""
    if PurePath(attachment.filename).suffix.lower() in _TEXT_SUFFIXES:
        return MediaKind.TEXT
    return _KIND_BY_TYPE.get((attachment.content_type or "").partition("/")[0])


def _gallery_items(message: discord.Message) -> Iterator[discord.MediaGalleryItem]:
    """Files inside Components V2, which Discord does not list as attachments."""
    for component in walk_components(message.components):
        yield from (item for item in getattr(component, "items", ()) if item.media.attachment_id)


def _gallery_media(message: discord.Message) -> Iterator[Media]:
    for item in _gallery_items(message):
        if kind := _KIND_BY_TYPE.get((item.media.content_type or "").partition("/")[0]):
            address = FileAddress(item.media.url, message.channel.id, message.id, item.media.attachment_id or 0)
            name = PurePath(urlsplit(item.media.url).path).name
            yield Media(kind=kind, address=address.encoded, name=name)


def _file_links(message: discord.Message) -> dict[int, str]:
    shown = {item.media.attachment_id or 0: item.media.url for item in _gallery_items(message)}
    return shown | {each.id: each.url for each in message.attachments}


def to_gesture_message(message: discord.Message, text: str | None = None) -> ChatMessage:
    media = [media_of(each, message) for each in message.attachments] + [*_gallery_media(message)]
    for snapshot in message.message_snapshots:  # a forwarded message
        media += [media_of(each) for each in snapshot.attachments]
    usable = tuple(each for each in media if each)
    unusable = () if usable else tuple(each.filename for each in message.attachments)
    return ChatMessage(
        id=str(message.id),
        text=message.content if text is None else text,
        media=usable,
        by_bot=message.author.bot,
        job=job_id_of(message),
        unusable_files=unusable,
    )


class AttachmentFetcher:
    """Downloads attachments from Discord's own hosts only."""

    def __init__(self, get_client: GetClient, extra_host: str | None = None) -> None:
        self._get_client = get_client
        self._extra_hosts = LOOPBACK_HOSTS if extra_host in LOOPBACK_HOSTS else {extra_host} if extra_host else set()

    async def fetch(self, media: Media, to: Path, max_bytes: int) -> None:
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
                raise TryAgain("Discord did not send the file.") from error
        raise Refused(texts.file_expired(media.name))

    async def _download(self, session: aiohttp.ClientSession, url: str, media: Media, to: Path, max_bytes: int) -> bool:
        """False when the link has expired."""
        if (address := self._allowed_url(url)) is None:
            return False
        async with session.get(address, allow_redirects=False, headers={"Accept-Encoding": "identity"}) as response:
            if "html" in response.content_type:  # a proxy's error page: Discord's own hosts send none
                raise TryAgain("Discord did not send the file.")
            if response.status in LINK_GONE_STATUSES:
                return False
            if response.status != 200 or "Content-Encoding" in response.headers:
                raise TryAgain(f"Discord sent error {response.status} instead of the file.")
            if (response.content_length or 0) > max_bytes:
                raise Refused(texts.file_too_large(media.name, max_bytes))
            await self._write_file(response, media, to, max_bytes)
            return True

    def _allowed_url(self, url: str) -> URL | None:
        """The parsed URL if it is on one of Discord's hosts, or on the test server."""
        try:
            address = URL(url)
        except ValueError:
            return None
        from_discord = address.scheme == "https" and address.host in CDN_HOSTS and address.port == 443
        return address if from_discord or address.host in self._extra_hosts else None

    async def _write_file(self, response: aiohttp.ClientResponse, media: Media, to: Path, max_bytes: int) -> None:
        size = 0
        async with open_file(to, "wb") as file:
            async for chunk in response.content.iter_chunked(ATTACHMENT_CHUNK_BYTES):
                size += len(chunk)
                if size > max_bytes:
                    raise Refused(texts.file_too_large(media.name, max_bytes))
                await asyncio.to_thread(file.write, chunk)
        if not size:  # Discord accepts no empty files
            raise TryAgain("Discord did not send the file.")

    async def _fresh_url(self, address: FileAddress) -> str | None:
        """The current link from the file's message, if it still exists and may be read."""
        if not address.message_id:
            return None
        client = await self._get_client()
        try:
            message = await client.get_partial_messageable(address.channel_id).fetch_message(address.message_id)
        except discord.HTTPException as error:
            log.info("no fresh link", status=error.status, code=error.code)
            return None
        return _file_links(message).get(address.attachment_id)
