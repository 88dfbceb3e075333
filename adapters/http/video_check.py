"""Whether what came down is a film, and all of it: a proxy that cuts or mangles a file says nothing of it."""

import asyncio
import hashlib
from pathlib import Path
from typing import BinaryIO

import httpx
import structlog

from adapters.http.client import download_to
from bot.errors import TryAgain

MAX_VIDEO_BYTES = 8_000_000_000
VIDEO_CHUNK_BYTES = 1 << 20
_FTYP_MAGIC = b"ftyp"
_EBML_MAGIC = b"\x1a\x45\xdf\xa3"
_GIF_MAGIC = b"GIF8"

log = structlog.get_logger(__name__)


async def download_video(client: httpx.AsyncClient, link: str, video: Path) -> bool:
    """Stream a film to disk; False when it is empty. What looks damaged is fetched again, and believed if it is the
    same twice: then it is what the studio made."""
    if not await download_to(client, link, video, MAX_VIDEO_BYTES):
        return False
    if await asyncio.to_thread(is_whole_video, video):
        return True
    first_digest = await asyncio.to_thread(_file_digest, video)
    await download_to(client, link, video, MAX_VIDEO_BYTES)
    if (
        not await asyncio.to_thread(is_whole_video, video)
        and await asyncio.to_thread(_file_digest, video) != first_digest
    ):
        raise TryAgain("The video did not come through whole.")
    log.info("a video looked damaged and was fetched again")
    return True


def is_whole_video(video: Path) -> bool:
    """Whether a file begins as films do and, where its boxes tell their lengths, ends where they do."""
    with video.open("rb") as file:
        start = file.read(12)
        if start[4:8] == _FTYP_MAGIC:
            return _boxes_fit(file, video.stat().st_size)
    return start.startswith((_EBML_MAGIC, _GIF_MAGIC))


def _boxes_fit(file: BinaryIO, size: int) -> bool:
    offset = 0
    while offset < size:
        file.seek(offset)
        head = file.read(16)
        if len(head) < 8:
            return False
        length = int.from_bytes(head[:4])
        if length == 1:
            length = int.from_bytes(head[8:16])
        if length == 0:
            return True  # the last box goes to the end, wherever that is
        if length < 8:
            return False
        offset += length
    return offset == size


def _file_digest(video: Path) -> bytes:
    with video.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
