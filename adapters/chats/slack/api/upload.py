"""Uploads in Slack's three steps, the middle one streamed: a long video never lies in memory."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx

from adapters.chats.slack import texts
from adapters.chats.slack.api.client import Wire
from adapters.chats.slack.api.errors import Said
from adapters.http.client import CHUNK
from bot.errors import Refused, TryAgain

PATIENCE = 60.0  # seconds besides …
SLOWEST = 200_000  # … what so many bytes a second would need
TRIES = 2


async def upload(wire: Wire, token: str, path: Path, name: str, alt: str = "") -> str:
    """Send a file up; it is seen by nobody until it is completed, and then has this id."""
    try:
        size = (await asyncio.to_thread(path.stat)).st_size
    except FileNotFoundError as error:
        raise Refused("The finished video is no longer here.") from error
    given: dict[str, Any] = {"filename": name, "length": size, "alt_txt": alt[:1000] or None}
    ticket = await wire.call(token, "files.getUploadURLExternal", **given)
    for attempt in range(TRIES):
        if await _sent(wire.client, str(ticket["upload_url"]), path, size, last=attempt + 1 == TRIES):
            return str(ticket["file_id"])
    raise TryAgain("The video did not go up to Slack whole.")


async def complete(wire: Wire, token: str, files: list[dict[str, str]], **where: Any) -> None:
    """Let uploaded files appear; this is the moment they are posted."""
    await wire.call(token, "files.completeUploadExternal", seconds=60.0, files=files, **where)


async def _sent(client: httpx.AsyncClient, url: str, path: Path, size: int, *, last: bool) -> bool:
    timeout = httpx.Timeout(PATIENCE, connect=10.0)
    try:
        async with asyncio.timeout(PATIENCE + size / SLOWEST):
            headers = {"Content-Length": str(size), "Content-Type": "application/octet-stream"}
            answer = await client.post(url, content=_pieces(path, size), headers=headers, timeout=timeout)
    except (httpx.HTTPError, TimeoutError) as error:
        if last:
            raise TryAgain("The video did not go up to Slack whole.") from error
        return False
    if answer.status_code == 429:
        raise TryAgain(texts.AWAY, 30.0)
    if answer.status_code == 413:
        raise Said("file_too_large")
    # A web page comes from something in between, which kept the video to itself.
    return answer.status_code == 200 and answer.content[:64].lstrip()[:1] != b"<"


async def _pieces(path: Path, size: int) -> AsyncIterator[bytes]:
    # Opened anew for each piece: the client drops us as soon as it is answered, and no open file may be left behind.
    for at in range(0, size, CHUNK):
        yield await asyncio.to_thread(_piece, path, at)


def _piece(path: Path, at: int) -> bytes:
    with path.open("rb") as file:
        file.seek(at)
        return file.read(CHUNK)
