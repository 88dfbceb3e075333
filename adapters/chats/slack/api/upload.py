"""File uploads in Slack's three steps, with the content streamed from disk."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx

from adapters.chats.slack import texts
from adapters.chats.slack.api.client import SlackClient
from adapters.chats.slack.api.errors import SlackRefused
from adapters.http.client import STREAM_CHUNK_BYTES
from bot.errors import Refused, TryAgain

VIDEO_UPLOAD_SECONDS = 60.0  # plus …
MIN_UPLOAD_BYTES_PER_SECOND = 200_000  # … the time the file takes at this rate
MAX_UPLOAD_TRIES = 2


async def upload_file(api: SlackClient, token: str, path: Path, name: str, alt: str = "") -> str:
    """Upload a file and return its id; it stays invisible until `complete_upload`."""
    try:
        size = (await asyncio.to_thread(path.stat)).st_size
    except FileNotFoundError as error:
        raise Refused(texts.VIDEO_GONE) from error
    params: dict[str, Any] = {"filename": name, "length": size, "alt_txt": alt[:1000] or None}
    target = await api.call(token, "files.getUploadURLExternal", **params)
    for attempt in range(MAX_UPLOAD_TRIES):
        if await _send_file(api.http, str(target["upload_url"]), path, size, last=attempt + 1 == MAX_UPLOAD_TRIES):
            return str(target["file_id"])
    raise TryAgain(texts.UPLOAD_INCOMPLETE)


async def complete_upload(api: SlackClient, token: str, files: list[dict[str, str]], **target: Any) -> None:
    """Post uploaded files; from this moment they are visible."""
    await api.call(token, "files.completeUploadExternal", seconds=60.0, files=files, **target)


async def _send_file(client: httpx.AsyncClient, url: str, path: Path, size: int, *, last: bool) -> bool:
    timeout = httpx.Timeout(VIDEO_UPLOAD_SECONDS, connect=10.0)
    try:
        async with asyncio.timeout(VIDEO_UPLOAD_SECONDS + size / MIN_UPLOAD_BYTES_PER_SECOND):
            headers = {"Content-Length": str(size), "Content-Type": "application/octet-stream"}
            response = await client.post(url, content=_file_chunks(path, size), headers=headers, timeout=timeout)
    except (httpx.HTTPError, TimeoutError) as error:
        if last:
            raise TryAgain(texts.UPLOAD_INCOMPLETE) from error
        return False
    if response.status_code == 429:
        raise TryAgain(texts.NOT_CONNECTED, 30.0)
    if response.status_code == 413:
        raise SlackRefused("file_too_large")
    # A web page comes from a proxy that did not pass the upload on.
    return response.status_code == 200 and response.content[:64].lstrip()[:1] != b"<"


async def _file_chunks(path: Path, size: int) -> AsyncIterator[bytes]:
    # The file is opened per chunk: the client may abandon this generator, which would leave an open file.
    for at in range(0, size, STREAM_CHUNK_BYTES):
        yield await asyncio.to_thread(_read_chunk, path, at)


def _read_chunk(path: Path, at: int) -> bytes:
    with path.open("rb") as file:
        file.seek(at)
        return file.read(STREAM_CHUNK_BYTES)
