"""Calls to HeyGen: one key, two hosts, and every failure named by what to do next."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import httpx
import structlog

from adapters.http.client import unsent
from adapters.studios.heygen.errors import BROKEN, DOUBT, SILENT, Reply
from adapters.studios.rate_limit import Governor
from adapters.studios.reply import noted
from bot.errors import TryAgain, Unsure
from bot.runtime.clock import Clock

READ = 30.0
SEND = 300.0
PAY = 90.0
CHUNK = 1 << 18
BELIEVED = 3  # web pages in a row that say "not found"; fewer are an accident of something in between

# v1 takes files at a host of their own; a server of another name (a proxy, the sandbox) takes all at one.
_OWN, _UPLOADS = "https://api.heygen.com", "https://upload.heygen.com"

log = structlog.get_logger(__name__)


class Wire:
    """Speaks to HeyGen with one key."""

    def __init__(self, client: httpx.AsyncClient, url: str, key: str, governor: Governor, clock: Clock) -> None:
        self._client, self._url = client, url.rstrip("/")
        self._headers = {"X-Api-Key": key.strip(), "Accept": "application/json"}
        self._governor, self._clock = governor, clock
        self._pages = 0

    async def read(self, path: str, query: Mapping[str, str] | None = None, ident: str = "") -> Reply:
        """GET; what is not fine is the caller's to judge."""
        return await self._free("GET", self._address(path, ident), READ, params=query)

    async def change(self, method: str, path: str, query: Mapping[str, str] | None = None, ident: str = "") -> Reply:
        """DELETE and the like: free, and harmless when repeated."""
        return await self._free(method, self._address(path, ident), READ, params=query)

    async def send(self, path: str, body: Mapping[str, Any], method: str = "POST") -> Reply:
        """A JSON body that costs nothing."""
        return await self._free(method, self._address(path), READ, json=dict(body))

    async def form(self, path: str, name: str, content: bytes, kind: str) -> Reply:
        """A file as a form."""
        return await self._free("POST", self._address(path), SEND, files={"file": (name, content, kind)})

    async def raw(self, path: str, file: Path, size: int, kind: str) -> Reply:
        """A file as it is, streamed."""
        host = _UPLOADS if self._url == _OWN else self._url
        headers = {"Content-Type": kind, "Content-Length": str(size)}
        return await self._free("POST", f"{host}/{path}", SEND, headers=headers, content=_chunks(file))

    async def put(self, url: str, file: Path, size: int, kind: str) -> None:
        """A file to an address that was given for it; our key stays here."""
        headers = {"Content-Type": kind, "Content-Length": str(size)}
        try:
            async with asyncio.timeout(SEND):
                answer = await self._client.put(url, headers=headers, content=_chunks(file))
        except (httpx.HTTPError, aiohttp.ClientError, httpx.InvalidURL, TimeoutError) as error:
            raise TryAgain(BROKEN) from error
        if not answer.is_success:
            raise TryAgain(BROKEN)

    async def pay(self, path: str, body: Mapping[str, Any], once: str = "") -> Reply:
        """The paid POST; Unsure when its answer is lost. `once` lets v3 know a repetition."""
        headers = {"Idempotency-Key": once} if once else {}
        turn = self._governor.submission()
        try:
            return await self._call("POST", self._address(path), PAY, turn, json=dict(body), headers=headers)
        except (httpx.HTTPError, aiohttp.ClientError, httpx.InvalidURL, TimeoutError) as error:
            self._governor.fail()
            if unsent(error):
                raise TryAgain(SILENT) from error
            raise Unsure(DOUBT) from error

    @staticmethod
    def path(path: str, ident: str) -> str:
        """A path with an id in it, quoted whole: it came from outside, and must not become a path of its own."""
        return path.replace("{}", quote(ident, safe=""))

    def _address(self, path: str, ident: str = "") -> str:
        return f"{self._url}/{self.path(path, ident)}"

    async def _free(self, method: str, address: str, most: float, **parts: Any) -> Reply:
        turn = self._governor.submission() if method == "POST" else self._governor.read()
        try:
            return await self._call(method, address, most, turn, **parts)
        except (httpx.HTTPError, aiohttp.ClientError, httpx.InvalidURL, TimeoutError) as error:
            self._governor.fail()
            raise TryAgain(SILENT if unsent(error) else BROKEN) from error

    async def _call(
        self,
        method: str,
        address: str,
        most: float,
        turn: AbstractAsyncContextManager[None],
        headers: Mapping[str, str] | None = None,
        **parts: Any,
    ) -> Reply:
        async with turn, asyncio.timeout(most):
            began = time.perf_counter()
            answer = await self._client.request(method, address, headers=self._headers | dict(headers or {}), **parts)
            spent = round((time.perf_counter() - began) * 1000, 1)
            log.debug("HeyGen call", method=method, status=answer.status_code, ms=spent)
        return self._reply(answer)

    def _reply(self, answer: httpx.Response) -> Reply:
        after = noted(answer, self._governor, self._clock.now())
        try:
            data = json.loads(answer.content)
        except (ValueError, RecursionError):  # no JSON, or nested without end
            data = None
        reply = Reply.of(answer, data, after)
        self._pages = self._pages + 1 if reply.page and reply.status in (404, 405) else 0
        if 0 < self._pages < BELIEVED:
            raise TryAgain(BROKEN)
        return reply


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk
