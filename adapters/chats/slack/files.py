"""Files that lie in Slack: what they are, and how their bytes come here."""

import asyncio
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urljoin, urlsplit

import httpx

from adapters.chats.slack import texts
from adapters.chats.slack.api.errors import SlackRefused
from adapters.chats.slack.context import SlackContext
from adapters.http.client import STREAM_CHUNK_BYTES
from bot.errors import Broken, Refused, Trouble, TryAgain
from bot.requests.media import Media, MediaKind

MAX_SCAN_SECONDS = 15  # seconds a file is waited for while Slack looks for viruses; after that, a durable pause
MAX_FILE_REDIRECTS = 5
DOWNLOAD_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
_FILE_ERROR_TEXTS = {"file_not_found": texts.FILE_NOT_VISIBLE, "file_deleted": texts.FILE_DELETED}
_KIND_BY_MIME = {"image": MediaKind.PICTURE, "audio": MediaKind.SOUND, "video": MediaKind.VIDEO, "text": MediaKind.TEXT}
_EXTENSION_LISTS = {
    MediaKind.PICTURE: "jpg jpeg png webp gif bmp tif tiff heic heif",
    MediaKind.SOUND: "mp3 wav m4a ogg oga opus flac aac weba",
    MediaKind.VIDEO: "mp4 mov webm mkv avi m4v mpg mpeg",
    MediaKind.TEXT: "yaml yml json txt",
}
EXTENSIONS: dict[MediaKind, list[str]] = {kind: endings.split() for kind, endings in _EXTENSION_LISTS.items()}
_KIND_BY_EXTENSION = {ending: kind for kind, endings in EXTENSIONS.items() for ending in endings}


def file_kind(file: Mapping[str, Any]) -> MediaKind | None:
    """What a file object says it is; its bytes have the last word, later."""
    mime = str(file.get("mimetype") or "")
    if mime == "application/json" or mime.endswith("yaml"):
        return MediaKind.TEXT
    return _KIND_BY_MIME.get(mime.partition("/")[0]) or kind_by_name(str(file.get("name") or ""))


def kind_by_name(name: str) -> MediaKind | None:
    """What a name promises."""
    return _KIND_BY_EXTENSION.get(name.rpartition(".")[2].casefold())


def file_media(workspace: str, file: Mapping[str, Any]) -> Media | None:
    """A file as any studio can use it later; none for what is neither picture, sound, video nor text."""
    kind = file_kind(file)
    name = str(file.get("name") or file.get("title") or "file")
    return Media(kind=kind, address=f"slack:{workspace}/{file['id']}", name=name[:80]) if kind else None


class SlackFiles:
    """Looks at files and downloads them."""

    def __init__(self, context: SlackContext) -> None:
        self._context = context

    async def message_media(self, workspace: str, files: Iterable[Mapping[str, Any]]) -> tuple[Media, ...]:
        """The files of a message; of those from another organisation Slack says more only when asked."""
        found = []
        for file in files:
            known = file if file_kind(file) and file.get("file_access") != "check_file_info" else None
            found.append(file_media(workspace, known or await self._full_info(workspace, file)))
        return tuple(each for each in found if each)

    async def fetch_attachment(self, media: Media, to: Path, max_bytes: int) -> None:
        """Stream a file here; refuse it once it is longer than `most` bytes."""
        workspace, _, key = media.address.removeprefix("slack:").partition("/")
        installation = await self._context.workspaces.require_installation(workspace)
        name = media.name or "file"
        file = await self._wait_for_scan(installation.token, key, name)
        size = int(file.get("size") or 0)
        if size > max_bytes:
            raise Refused(
                texts.FILE_TOO_LARGE.format(name=name, most=max_bytes // 1_000_000, size=f"{size / 1e6:,.0f}")
            )
        url = str(file.get("url_private_download") or file["url_private"])
        part = to.with_name(f".{to.name}.part")
        try:
            with await asyncio.to_thread(part.open, "wb") as out:
                written = await self._download_url(url, installation.token, out, max_bytes, name)
            if size and written != size:
                raise TryAgain(f"“{name}” did not come through whole.")
            await asyncio.to_thread(os.replace, part, to)
        except OSError as error:
            raise Broken(f"The disk cannot take the file: {(error.strerror or 'it fails').lower()}.") from error
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)

    async def _full_info(self, workspace: str, file: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            return dict((await self._context.call(workspace, "files.info", file=file["id"]))["file"])
        except Trouble:
            return file

    async def _wait_for_scan(self, token: str, key: str, name: str) -> dict[str, Any]:
        """What Slack knows of a file, once it has looked through it."""
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
        except SlackRefused as said:
            raise Refused(_FILE_ERROR_TEXTS.get(said.code, texts.FILE_UNREADABLE).format(name=name)) from said

    async def _download_url(self, url: str, token: str, out: BinaryIO, max_bytes: int, name: str) -> int:
        for hop in range(MAX_FILE_REDIRECTS):
            # The token goes to Slack alone, wherever a redirect may lead.
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
                raise TryAgain(f"“{name}” did not come through whole.") from error
        raise Refused(texts.FILE_UNREADABLE.format(name=name))

    def _is_stand_in_host(self, url: str) -> bool:
        """Whether Slack's stand-in, when SLACK_API_URL names one, serves files at another port of its host."""
        api = urlsplit(self._context.api.base_url).hostname or ""
        return not f".{api}".endswith(".slack.com") and urlsplit(url).hostname == api


async def _write_response(response: httpx.Response, out: BinaryIO, max_bytes: int, name: str) -> int:
    if response.status_code in (404, 410):
        raise Refused(texts.FILE_DELETED.format(name=name))
    if response.status_code == 429 or response.status_code >= 500:
        raise TryAgain("Slack is busy.", 10.0)
    # Without access Slack answers 200 with its sign-in page.
    if response.status_code != 200 or "html" in response.headers.get("content-type", ""):
        raise Refused(texts.FILE_UNREADABLE.format(name=name))
    written, buffer = 0, bytearray()
    async for chunk in response.aiter_raw():
        if written == 0 and not buffer and _is_html(chunk):
            raise Refused(texts.FILE_UNREADABLE.format(name=name))
        buffer += chunk
        if written + len(buffer) > max_bytes:
            raise Refused(
                texts.FILE_TOO_LARGE.format(
                    name=name, most=max_bytes // 1_000_000, size=f"over {max_bytes // 1_000_000}"
                )
            )
        if len(buffer) >= STREAM_CHUNK_BYTES:
            written += await asyncio.to_thread(out.write, bytes(buffer))
            buffer.clear()
    return written + await asyncio.to_thread(out.write, bytes(buffer))


def _is_html(start: bytes) -> bool:
    return start[:64].lstrip().lower().startswith((b"<!doctype html", b"<html"))
