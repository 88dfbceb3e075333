"""Downloads of large files: streamed to disk, resumed where possible, and checked to be whole."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

import httpx
import structlog

from adapters.http.client import CONNECT_TIMEOUT_SECONDS, STREAM_CHUNK_BYTES, PrivateAddressError
from adapters.mp4_boxes import walk_boxes
from bot.errors import Broken, Refused, TryAgain
from bot.runtime.shield import open_file

MAX_VIDEO_BYTES = 8_000_000_000
STALL_TIMEOUT_SECONDS = 30.0  # a big download may take hours, but never this long without a byte
MAX_DOWNLOAD_TRIES = 4
GONE_STATUSES = frozenset({401, 403, 404, 410})
OTHER_VIDEO_MAGIC = (b"\x1a\x45\xdf\xa3", b"GIF8")  # WebM and animated GIF, which do not tell their length

log = structlog.get_logger(__name__)


class LinkGone(Refused):
    """The link leads to no file, or no longer."""


class _IncompleteDownload(Exception):
    """A stream ended before it was whole."""


async def download_video(client: httpx.AsyncClient, link: str, video: Path) -> bool:
    """Stream a video to disk; False when it is empty.

    A proxy that cuts or mangles a file reports no error. So a video that looks damaged is downloaded again; if it is
    the same twice, it is what the studio made.
    """
    if not await download_to(client, link, video, MAX_VIDEO_BYTES):
        return False
    if await asyncio.to_thread(is_whole_video, video):
        return True
    first_digest = await asyncio.to_thread(_file_digest, video)
    await download_to(client, link, video, MAX_VIDEO_BYTES)
    is_whole = await asyncio.to_thread(is_whole_video, video)
    if not is_whole and await asyncio.to_thread(_file_digest, video) != first_digest:
        raise TryAgain("The video was not downloaded completely.")
    log.info("video looked damaged, downloaded again")
    return True


def is_whole_video(video: Path) -> bool:
    """Whether a file begins as videos do and, where its boxes tell their lengths, ends where they do."""
    with video.open("rb") as file:
        start = file.read(12)
        if start[4:8] != b"ftyp":
            return start.startswith(OTHER_VIDEO_MAGIC)
        size = file.seek(0, os.SEEK_END)
        return max((box.end for box in walk_boxes(file, 0, size)), default=0) == size


def _file_digest(video: Path) -> bytes:
    with video.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


async def download_to(
    client: httpx.AsyncClient, url: str, path: Path, max_bytes: int, stall_seconds: float = STALL_TIMEOUT_SECONDS
) -> int:
    """Stream a download to a file that appears only when it is whole and safely on disk; how many bytes it has."""
    part = path.with_name(f".{path.name}.part")
    try:
        async with open_file(part, "wb") as file:
            size = await _download_with_retries(client, url, file, max_bytes, stall_seconds)
            await asyncio.to_thread(_flush_to_disk, file)
        await asyncio.to_thread(_rename_durably, part, path)
    except OSError as error:
        raise Broken(f"The file cannot be written to disk: {(error.strerror or 'it fails').lower()}.") from error
    finally:
        await asyncio.to_thread(part.unlink, missing_ok=True)
    return size


async def _download_with_retries(
    client: httpx.AsyncClient, url: str, file: BinaryIO, max_bytes: int, stall_seconds: float
) -> int:
    """Try a few times, resuming where the last try broke off if the server supports it."""
    stream = _Download(client, url, file, max_bytes, stall_seconds)
    for attempt in range(MAX_DOWNLOAD_TRIES):
        try:
            return await stream.resume()
        except PrivateAddressError as error:
            raise LinkGone("The link leads to an address that is not public.") from error
        except (httpx.TransportError, httpx.TooManyRedirects, _IncompleteDownload, TimeoutError) as error:
            log.debug(
                "download interrupted", attempt=attempt, received=stream.received_bytes, error=type(error).__name__
            )
            await asyncio.sleep(0.1 * 2**attempt)
    raise TryAgain("The download was incomplete.")


class _Download:
    def __init__(
        self, client: httpx.AsyncClient, url: str, file: BinaryIO, max_bytes: int, stall_seconds: float
    ) -> None:
        self._client, self._url, self._file, self._max_bytes = client, url, file, max_bytes
        self._timeout = httpx.Timeout(stall_seconds, connect=CONNECT_TIMEOUT_SECONDS, pool=CONNECT_TIMEOUT_SECONDS)
        self._resume_tag: str | None = None  # set when the server can give the rest of the very same file
        self.received_bytes = 0

    async def resume(self) -> int:
        """Fetch what is missing and check that the file has the announced length."""
        # No content coding: the announced length must be the length that arrives.
        headers = {"Accept-Encoding": "identity"}
        if self.received_bytes and self._resume_tag:
            headers |= {"Range": f"bytes={self.received_bytes}-", "If-Range": self._resume_tag}
        # Without auth: the client's credentials are not sent to other hosts.
        async with self._client.stream(
            "GET", self._url, headers=headers, timeout=self._timeout, follow_redirects=True, auth=None
        ) as response:
            expected = await self._start_body(response)
            await self._write_body(response)
        if expected is not None and self.received_bytes != expected:
            raise _IncompleteDownload
        return self.received_bytes

    async def _start_body(self, response: httpx.Response) -> int | None:
        _refuse_non_file(response)
        if response.status_code != 206:
            await asyncio.to_thread(_truncate_file, self._file)
            self.received_bytes = 0
        if response.headers.get("accept-ranges") == "bytes":
            etag = response.headers.get("etag", "")
            self._resume_tag = None if etag.startswith("W/") else etag or response.headers.get("last-modified")
        length = response.headers.get("content-length", "")
        expected = self.received_bytes + int(length) if length.isdecimal() else None
        _check_size(expected or 0, self._max_bytes)
        return expected

    async def _write_body(self, response: httpx.Response) -> None:
        async for chunk in _large_chunks(response):
            _check_size(self.received_bytes + len(chunk), self._max_bytes)
            await asyncio.to_thread(self._file.write, chunk)
            self.received_bytes += len(chunk)


async def _large_chunks(response: httpx.Response) -> AsyncIterator[bytes]:
    """Big pieces, so that not every packet needs a thread; what came before an error is yielded too."""
    buffer = bytearray()
    try:
        async for chunk in response.aiter_raw():
            buffer += chunk
            if len(buffer) >= STREAM_CHUNK_BYTES:
                yield bytes(buffer)
                buffer.clear()
    except httpx.TransportError:
        if buffer:
            yield bytes(buffer)
        raise
    if buffer:
        yield bytes(buffer)


def _refuse_non_file(response: httpx.Response) -> None:
    if response.status_code in GONE_STATUSES:
        raise LinkGone("The link to the file no longer works.")
    if response.status_code == 429 or response.status_code >= 500:
        raise _IncompleteDownload
    if response.status_code not in (200, 206):
        raise LinkGone(f"The link to the file answered with status {response.status_code}.")
    if "html" in response.headers.get("content-type", ""):
        raise LinkGone("The link leads to a web page, not to a file.")


def _check_size(size: int, max_bytes: int) -> None:
    if size > max_bytes:
        raise Refused(f"The file is larger than {max_bytes / 1e6:,.0f} MB.")


def _truncate_file(file: BinaryIO) -> None:
    file.seek(0)
    file.truncate()


def _flush_to_disk(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _rename_durably(part: Path, path: Path) -> None:
    """Rename, and make the new name itself durable."""
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
