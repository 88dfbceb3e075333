"""Previews of voices and presenters: downloaded once, then served by us, so that our pages call no other host."""

import asyncio
import hashlib
import json
import secrets
from pathlib import Path

import httpx

from bot.errors import Refused, TryAgain

MAX_SAMPLE_BYTES = 8_000_000
SAMPLE_TIMEOUT_SECONDS = 20.0
UNCOMPRESSED = {"Accept-Encoding": "identity"}
SAMPLE_TYPES = (
    "audio/mpeg", "audio/wav", "audio/x-wav", "audio/mp4", "audio/ogg", "image/png", "image/jpeg", "image/webp",
    "image/gif", "video/mp4", "video/webm",
)  # fmt: skip


class SampleCache:
    def __init__(self, client: httpx.AsyncClient, folder: Path) -> None:
        self._client = client
        self._folder = folder / "samples"

    async def __call__(self, url: str) -> tuple[Path, str]:
        """The file and its content type."""
        path = self._folder / hashlib.sha256(url.encode()).hexdigest()[:32]
        if type_ := await asyncio.to_thread(_cached_type, path):
            return path, type_
        body, type_ = await self._fetch_sample(url)
        await asyncio.to_thread(_save_sample, path, body, type_)
        return path, type_

    async def _fetch_sample(self, url: str) -> tuple[bytes, str]:
        body = bytearray()
        try:
            async with (
                asyncio.timeout(SAMPLE_TIMEOUT_SECONDS),
                self._client.stream("GET", url, headers=UNCOMPRESSED, follow_redirects=True) as response,
            ):
                type_ = response.headers.get("content-type", "").partition(";")[0].strip().lower()
                if response.status_code != 200 or type_ not in SAMPLE_TYPES or "content-encoding" in response.headers:
                    raise Refused("No preview available.")
                async for chunk in response.aiter_raw():
                    body += chunk
                    if len(body) > MAX_SAMPLE_BYTES:
                        raise Refused("The preview is too large to be shown here.")
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise TryAgain("The preview could not be loaded. Try again.") from error
        return bytes(body), type_


def _cached_type(path: Path) -> str | None:
    try:
        return str(json.loads(path.with_suffix(".json").read_text())) if path.is_file() else None
    except (OSError, ValueError):
        return None


def _save_sample(path: Path, body: bytes, type_: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{secrets.token_hex(8)}.part")  # several pages may ask for the same one
    part.write_text(json.dumps(type_))
    part.replace(path.with_suffix(".json"))
    part.write_bytes(body)
    part.replace(path)
