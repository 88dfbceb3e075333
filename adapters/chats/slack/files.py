"""Files in Slack: their kind, links to them in text, and downloads."""

import asyncio
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urljoin, urlsplit

import httpx

from adapters.chats.slack import texts
from adapters.chats.slack.client import SlackRefused
from adapters.chats.slack.context import SlackContext
from adapters.http.client import STREAM_CHUNK_BYTES
from bot.errors import Broken, Refused, TryAgain
from bot.requests.file_links import kind_by_name, media_of_link, take_file_links
from bot.requests.media import Media, MediaKind
from bot.runtime.shield import open_file

_KIND_BY_MIME = {"image": MediaKind.PICTURE, "audio": MediaKind.SOUND, "video": MediaKind.VIDEO, "text": MediaKind.TEXT}
# The permalink that people copy, and the file's private URL.
_SLACK_FILE_URL = re.compile(
    r"https://[\w.-]+\.slack\.com/files(?:/[A-Z0-9]+/|-pri/[A-Z0-9]+-)(?P<id>F[A-Z0-9]+)"
    r"(?:/(?:download/)?(?P<name>[^\s?#]*))?"
)

MAX_SCAN_SECONDS = 15  # how long we wait for Slack's virus scan before the job itself is postponed
MAX_FILE_REDIRECTS = 5
DOWNLOAD_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
_FILE_ERROR_TEXTS = {"file_not_found": texts.FILE_NOT_VISIBLE, "file_deleted": texts.FILE_DELETED}


class SlackFiles:
    def __init__(self, context: SlackContext) -> None:
        self._context = context

    async def fetch_attachment(self, media: Media, to: Path, max_bytes: int) -> None:
        """Stream a file to disk; refuse it once it exceeds `max_bytes`."""
        workspace, _, key = media.address.removeprefix("slack:").partition("/")
        installation = await self._context.workspaces.require_installation(workspace)
        name = media.name or "file"
        file = await self._wait_for_scan(installation.token, key, name)
        size = int(file.get("size") or 0)
        if size > max_bytes:
            raise _too_large(name, max_bytes, f"{size / 1e6:,.0f}")
        url = str(file.get("url_private_download") or file["url_private"])
        part = to.with_name(f".{to.name}.part")
        try:
            async with open_file(part, "wb") as out:
                written = await self._download_url(url, installation.token, out, max_bytes, name)
            if size and written != size:
                raise TryAgain(texts.FILE_INCOMPLETE.format(name=name))
            await asyncio.to_thread(os.replace, part, to)
        except OSError as error:
            why = (error.strerror or "unknown error").lower()
            raise Broken(f"The file cannot be written to disk: {why}.") from error
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)

    async def _wait_for_scan(self, token: str, key: str, name: str) -> dict[str, Any]:
        """The file's details, once Slack has scanned it."""
        for _ in range(MAX_SCAN_SECONDS):
            file = await self._file_info(token, key, name)
            if (mode := file.get("mode")) in ("tombstone", "hidden_by_limit"):
                raise Refused((texts.FILE_DELETED if mode == "tombstone" else texts.FILE_TOO_OLD).format(name=name))
            if file.get("mode") == "external" or file.get("is_external"):
                raise Refused(texts.FILE_EXTERNAL.format(name=name))
            if file.get("url_private") and file.get("mimetype"):
                return file
            await self._context.core.clock.sleep(1.0)
        raise TryAgain(texts.FILE_SCAN_RUNNING.format(name=name), 15.0)

    async def _file_info(self, token: str, key: str, name: str) -> dict[str, Any]:
        try:
            return dict((await self._context.api.call(token, "files.info", file=key))["file"])
        except SlackRefused as no:
            raise Refused(_FILE_ERROR_TEXTS.get(no.code, texts.FILE_UNREADABLE).format(name=name)) from no

    async def _download_url(self, url: str, token: str, out: BinaryIO, max_bytes: int, name: str) -> int:
        for hop in range(MAX_FILE_REDIRECTS):
            # Only Slack gets the token, wherever a redirect leads.
            trusted = self._context.api.is_slack_url(url) or (hop == 0 and self._is_stand_in_host(url))
            headers = {"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {token}"} if trusted else {})
            try:
                async with self._context.api.http.stream(
                    "GET", url, headers=headers, timeout=DOWNLOAD_TIMEOUT
                ) as answer:
                    if answer.is_redirect:
                        url = urljoin(url, answer.headers.get("location", ""))
                        continue
                    return await _write_response(answer, out, max_bytes, name)
            except httpx.HTTPError as error:
                raise TryAgain(texts.FILE_INCOMPLETE.format(name=name)) from error
        raise Refused(texts.FILE_UNREADABLE.format(name=name))

    def _is_stand_in_host(self, url: str) -> bool:
        """Whether this is another port of the fake Slack that SLACK_API_URL may name."""
        api = urlsplit(self._context.api.base_url).hostname or ""
        return not f".{api}".endswith(".slack.com") and urlsplit(url).hostname == api


async def _write_response(response: httpx.Response, out: BinaryIO, max_bytes: int, name: str) -> int:
    if response.status_code in (404, 410):
        raise Refused(texts.FILE_DELETED.format(name=name))
    if response.status_code == 429 or response.status_code >= 500:
        raise TryAgain(texts.SLACK_BUSY, 10.0)
    # Without access, Slack responds with 200 and its sign-in page.
    if response.status_code != 200 or "html" in response.headers.get("content-type", ""):
        raise Refused(texts.FILE_UNREADABLE.format(name=name))
    written, buffer = 0, bytearray()
    async for chunk in response.aiter_raw():
        if written == 0 and not buffer and _is_html(chunk):
            raise Refused(texts.FILE_UNREADABLE.format(name=name))
        buffer += chunk
        if written + len(buffer) > max_bytes:
            raise _too_large(name, max_bytes, f"over {max_bytes // 1_000_000}")
        if len(buffer) >= STREAM_CHUNK_BYTES:
            written += await asyncio.to_thread(out.write, bytes(buffer))
            buffer.clear()
    return written + await asyncio.to_thread(out.write, bytes(buffer))


def _too_large(name: str, max_bytes: int, size: str) -> Refused:
    return Refused(texts.FILE_TOO_LARGE.format(name=name, most=max_bytes // 1_000_000, size=size))


def _is_html(start: bytes) -> bool:
    return start[:64].lstrip().lower().startswith((b"<!doctype html", b"<html"))


def file_kind(file: Mapping[str, Any]) -> MediaKind | None:
    """The kind by MIME type or name; the content is checked later."""
    mime = str(file.get("mimetype") or "")
    if mime == "application/json" or mime.endswith("yaml"):
        return MediaKind.TEXT
    return _KIND_BY_MIME.get(mime.partition("/")[0]) or kind_by_name(str(file.get("name") or ""))


def file_media(workspace: str, file: Mapping[str, Any]) -> Media | None:
    """A file as a job input; None for a kind that no request uses."""
    kind = file_kind(file)
    name = str(file.get("name") or file.get("title") or "file")
    return Media(kind=kind, address=f"slack:{workspace}/{file['id']}", name=name[:80]) if kind else None


def take_links(text: str, workspace: str) -> tuple[str, tuple[Media, ...]]:
    """The text without links to files, and the files, those in Slack included."""

    def media_of_url(url: str, is_option_value: bool) -> Media | None:
        if ours := _SLACK_FILE_URL.match(url):
            name = ours["name"] or ours["id"]
            kind = kind_by_name(name.replace("_", ".")) or kind_by_name(name)
            return Media(kind=kind, address=f"slack:{workspace}/{ours['id']}", name=name[:80]) if kind else None
        return None if is_option_value else media_of_link(url)

    return take_file_links(text, media_of_url)
