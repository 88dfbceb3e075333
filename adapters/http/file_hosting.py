"""Puts files where a studio can fetch them: on our own public address, or in the sandbox's bucket."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx

from bot.errors import TryAgain
from bot.runtime.clock import Clock
from bot.runtime.shield import open_file
from bot.security.signed_tokens import TokenSigner

MEDIA_LINK_SECONDS = 2 * 86400.0  # a studio may begin late and fetch again
UPLOAD_CHUNK_BYTES = 1 << 20


class PublicHost:
    """Hosts on our own address: signed links to one file each, dead after two days."""

    def __init__(self, public_url: str, signer: TokenSigner, clock: Clock, shelf_path: Callable[[str], Path]) -> None:
        self._url = public_url
        self._signer = signer
        self._clock = clock
        self._shelf_path = shelf_path

    async def host(self, path: Path, name: str, owner: str) -> str:
        """An address the studio can fetch the file from, good until the job's files are dropped."""
        key = f"host-{owner}-{name}"  # never another job's file of the same name
        if path != (hosted := self._shelf_path(key)):
            await asyncio.to_thread(shutil.copyfile, path, hosted)
        token = self._signer.sign("media", key, self._clock.now() + MEDIA_LINK_SECONDS)
        return f"{self._url}/media/{token}/{name}"


class BucketHost:
    """Hosts in the sandbox's own bucket, which plays the public internet for it."""

    def __init__(self, client: httpx.AsyncClient, sandbox_url: str, key: str) -> None:
        self._client = client
        self._url = sandbox_url
        user, _, password = key.partition(":")
        self._auth = httpx.BasicAuth(user, password)

    async def host(self, path: Path, name: str, owner: str) -> str:
        """An address the sandbox can fetch the file from."""
        try:
            response = await self._client.put(
                f"{self._url}/sandbox/bucket/{name}", content=_read_chunks(path), auth=self._auth, timeout=60
            )
            response.raise_for_status()
        except httpx.HTTPError as error:
            raise TryAgain("The sandbox's file storage isn't responding right now.") from error
        return str(response.json()["url"])


async def _read_chunks(path: Path) -> AsyncIterator[bytes]:
    async with open_file(path, "rb") as file:
        while chunk := await asyncio.to_thread(file.read, UPLOAD_CHUNK_BYTES):
            yield chunk
