"""Files that lie in Slack: what they are, and how their bytes come here."""

import asyncio
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urljoin, urlsplit

import httpx

from adapters.chats.slack import texts
from adapters.chats.slack.api.errors import Said
from adapters.chats.slack.context import Inside
from adapters.http.client import CHUNK
from bot.errors import Broken, Refused, Trouble, TryAgain
from bot.requests.media import Kind, Media

SCANS = 15  # seconds a file is waited for while Slack looks for viruses; after that, a durable pause
HOPS = 5
STALL = httpx.Timeout(30.0, connect=10.0)
_GONE = {"file_not_found": texts.UNSEEN, "file_deleted": texts.DELETED}
_KINDS = {"image": Kind.PICTURE, "audio": Kind.SOUND, "video": Kind.VIDEO, "text": Kind.TEXT}
_ENDINGS = {
    Kind.PICTURE: "jpg jpeg png webp gif bmp tif tiff heic heif",
    Kind.SOUND: "mp3 wav m4a ogg oga opus flac aac weba",
    Kind.VIDEO: "mp4 mov webm mkv avi m4v mpg mpeg",
    Kind.TEXT: "yaml yml json txt",
}
ENDINGS: dict[Kind, list[str]] = {kind: endings.split() for kind, endings in _ENDINGS.items()}
_BY_ENDING = {ending: kind for kind, endings in ENDINGS.items() for ending in endings}


def kind_of(file: Mapping[str, Any]) -> Kind | None:
    """What a file object says it is; its bytes have the last word, later."""
    mime = str(file.get("mimetype") or "")
    if mime == "application/json" or mime.endswith("yaml"):
        return Kind.TEXT
    return _KINDS.get(mime.partition("/")[0]) or kind_of_name(str(file.get("name") or ""))


def kind_of_name(name: str) -> Kind | None:
    """What a name promises."""
    return _BY_ENDING.get(name.rpartition(".")[2].casefold())


def media_of(workspace: str, file: Mapping[str, Any]) -> Media | None:
    """A file as any studio can use it later; none for what is neither picture, sound, video nor text."""
    kind = kind_of(file)
    name = str(file.get("name") or file.get("title") or "file")
    return Media(kind=kind, at=f"slack:{workspace}/{file['id']}", name=name[:80]) if kind else None


class Files:
    """Looks at files and downloads them."""

    def __init__(self, inside: Inside) -> None:
        self._in = inside

    async def media(self, workspace: str, files: Iterable[Mapping[str, Any]]) -> tuple[Media, ...]:
        """The files of a message; of those from another organisation Slack says more only when asked."""
        found = []
        for file in files:
            known = file if kind_of(file) and file.get("file_access") != "check_file_info" else None
            found.append(media_of(workspace, known or await self._asked(workspace, file)))
        return tuple(each for each in found if each)

    async def fetch(self, media: Media, to: Path, most: int) -> None:
        """Stream a file here; refuse it once it is longer than `most` bytes."""
        workspace, _, key = media.at.removeprefix("slack:").partition("/")
        installation = await self._in.workspaces.of(workspace)
        name = media.name or "file"
        file = await self._settled(installation.token, key, name)
        size = int(file.get("size") or 0)
        if size > most:
            raise Refused(texts.TOO_LARGE.format(name=name, most=most // 1_000_000, size=f"{size / 1e6:,.0f}"))
        url = str(file.get("url_private_download") or file["url_private"])
        part = to.with_name(f".{to.name}.part")
        try:
            with await asyncio.to_thread(part.open, "wb") as out:
                had = await self._download(url, installation.token, out, most, name)
            if size and had != size:
                raise TryAgain(f"“{name}” did not come through whole.")
            await asyncio.to_thread(os.replace, part, to)
        except OSError as error:
            raise Broken(f"The disk cannot take the file: {(error.strerror or 'it fails').lower()}.") from error
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)

    async def _asked(self, workspace: str, file: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            return dict((await self._in.call(workspace, "files.info", file=file["id"]))["file"])
        except Trouble:
            return file

    async def _settled(self, token: str, key: str, name: str) -> dict[str, Any]:
        """What Slack knows of a file, once it has looked through it."""
        for _ in range(SCANS):
            file = await self._info(token, key, name)
            if (mode := file.get("mode")) in ("tombstone", "hidden_by_limit"):
                raise Refused((texts.DELETED if mode == "tombstone" else texts.TOO_OLD).format(name=name))
            if file.get("mode") == "external" or file.get("is_external"):
                raise Refused(texts.OUTSIDE.format(name=name))
            if file.get("url_private") and file.get("mimetype"):
                return file
            await self._in.door.clock.sleep(1.0)
        raise TryAgain(texts.SCAN.format(name=name), 15.0)

    async def _info(self, token: str, key: str, name: str) -> dict[str, Any]:
        try:
            return dict((await self._in.wire.call(token, "files.info", file=key))["file"])
        except Said as said:
            raise Refused(_GONE.get(said.code, texts.HIDDEN).format(name=name)) from said

    async def _download(self, url: str, token: str, out: BinaryIO, most: int, name: str) -> int:
        for hop in range(HOPS):
            # The token goes to Slack alone, wherever a redirect may lead.
            trusted = self._in.wire.ours(url) or (hop == 0 and self._beside(url))
            headers = {"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {token}"} if trusted else {})
            try:
                async with self._in.wire.client.stream("GET", url, headers=headers, timeout=STALL) as answer:
                    if answer.is_redirect:
                        url = urljoin(url, answer.headers.get("location", ""))
                        continue
                    return await _pour(answer, out, most, name)
            except httpx.HTTPError as error:
                raise TryAgain(f"“{name}” did not come through whole.") from error
        raise Refused(texts.HIDDEN.format(name=name))

    def _beside(self, url: str) -> bool:
        """Whether Slack's stand-in, when SLACK_API_URL names one, serves files at another port of its host."""
        api = urlsplit(self._in.wire.base).hostname or ""
        return not f".{api}".endswith(".slack.com") and urlsplit(url).hostname == api


async def _pour(answer: httpx.Response, out: BinaryIO, most: int, name: str) -> int:
    if answer.status_code in (404, 410):
        raise Refused(texts.DELETED.format(name=name))
    if answer.status_code == 429 or answer.status_code >= 500:
        raise TryAgain("Slack is busy.", 10.0)
    # Without access Slack answers 200 with its sign-in page.
    if answer.status_code != 200 or "html" in answer.headers.get("content-type", ""):
        raise Refused(texts.HIDDEN.format(name=name))
    had, held = 0, bytearray()
    async for chunk in answer.aiter_raw():
        if had == 0 and not held and _page(chunk):
            raise Refused(texts.HIDDEN.format(name=name))
        held += chunk
        if had + len(held) > most:
            raise Refused(texts.TOO_LARGE.format(name=name, most=most // 1_000_000, size=f"over {most // 1_000_000}"))
        if len(held) >= CHUNK:
            had += await asyncio.to_thread(out.write, bytes(held))
            held.clear()
    return had + await asyncio.to_thread(out.write, bytes(held))


def _page(start: bytes) -> bool:
    return start[:64].lstrip().lower().startswith((b"<!doctype html", b"<html"))
