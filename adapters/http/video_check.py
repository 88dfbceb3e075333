"""Whether what came down is a film, and all of it: a proxy that cuts or mangles a file says nothing of it."""

import asyncio
import hashlib
from pathlib import Path
from typing import BinaryIO

import httpx
import structlog

from adapters.http.client import stream_to
from bot.errors import TryAgain

MOST = 8_000_000_000
CHUNK = 1 << 20
_BOXED = b"ftyp"
_EBML = b"\x1a\x45\xdf\xa3"
_GIF = b"GIF8"

log = structlog.get_logger(__name__)


async def fetch_film(client: httpx.AsyncClient, link: str, video: Path) -> bool:
    """Stream a film to disk; False when it is empty. What looks damaged is fetched again, and believed if it is the
    same twice: then it is what the studio made."""
    if not await stream_to(client, link, video, MOST):
        return False
    if await asyncio.to_thread(looks_whole, video):
        return True
    before = await asyncio.to_thread(_digest, video)
    await stream_to(client, link, video, MOST)
    if not await asyncio.to_thread(looks_whole, video) and await asyncio.to_thread(_digest, video) != before:
        raise TryAgain("The video did not come through whole.")
    log.info("a video looked damaged and was fetched again")
    return True


def looks_whole(video: Path) -> bool:
    """Whether a file begins as films do and, where its boxes tell their lengths, ends where they do."""
    with video.open("rb") as file:
        start = file.read(12)
        if start[4:8] == _BOXED:
            return _boxes_fit(file, video.stat().st_size)
    return start.startswith((_EBML, _GIF))


def _boxes_fit(file: BinaryIO, size: int) -> bool:
    at = 0
    while at < size:
        file.seek(at)
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
        at += length
    return at == size


def _digest(video: Path) -> bytes:
    with video.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
