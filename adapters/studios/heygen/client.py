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

from adapters.http.client import was_never_sent
from adapters.studios.heygen.errors import OUTCOME_UNKNOWN, UNREACHABLE, VENDOR_PROBLEM, HeygenResponse
from adapters.studios.rate_limit import RateLimiter
from adapters.studios.reply import record_response
from bot.errors import TryAgain, Unsure
from bot.runtime.clock import Clock

READ_TIMEOUT_SECONDS = 30.0
UPLOAD_TIMEOUT_SECONDS = 300.0
PAID_TIMEOUT_SECONDS = 90.0
CHUNK_BYTES = 1 << 18
PAGES_BEFORE_GONE = 3  # web pages in a row that say "not found"; fewer are an accident of something in between

# v1 takes files at a host of their own; a server of another name (a proxy, the sandbox) takes all at one.
_API_URL, _UPLOAD_URL = "https://api.heygen.com", "https://upload.heygen.com"

log = structlog.get_logger(__name__)


class HeygenClient:
    """Speaks to HeyGen with one key."""

    def __init__(
        self, http: httpx.AsyncClient, base_url: str, key: str, rate_limiter: RateLimiter, clock: Clock
    ) -> None:
        self._http, self._base_url = http, base_url.rstrip("/")
        self._headers = {"X-Api-Key": key.strip(), "Accept": "application/json"}
        self._rate_limiter, self._clock = rate_limiter, clock
        self._pages_in_a_row = 0

    async def get(self, path: str, query: Mapping[str, str] | None = None, ident: str = "") -> HeygenResponse:
        """GET; what is not fine is the caller's to judge."""
        return await self._call_free("GET", self._url_of(path, ident), READ_TIMEOUT_SECONDS, params=query)

    async def request(
        self, method: str, path: str, query: Mapping[str, str] | None = None, ident: str = ""
    ) -> HeygenResponse:
        """DELETE and the like: free, and harmless when repeated."""
        return await self._call_free(method, self._url_of(path, ident), READ_TIMEOUT_SECONDS, params=query)

    async def post_json(self, path: str, body: Mapping[str, Any], method: str = "POST") -> HeygenResponse:
        """A JSON body that costs nothing."""
        return await self._call_free(method, self._url_of(path), READ_TIMEOUT_SECONDS, json=dict(body))

    async def post_form(self, path: str, name: str, content: bytes, content_type: str) -> HeygenResponse:
        """A file as a form."""
        return await self._call_free(
            "POST", self._url_of(path), UPLOAD_TIMEOUT_SECONDS, files={"file": (name, content, content_type)}
        )

    async def post_file(self, path: str, file: Path, size: int, content_type: str) -> HeygenResponse:
        """A file as it is, streamed."""
        host = _UPLOAD_URL if self._base_url == _API_URL else self._base_url
        headers = {"Content-Type": content_type, "Content-Length": str(size)}
        return await self._call_free(
            "POST", f"{host}/{path}", UPLOAD_TIMEOUT_SECONDS, headers=headers, content=_read_chunks(file)
        )

    async def put_file(self, url: str, file: Path, size: int, content_type: str) -> None:
        """A file to an address that was given for it; our key stays here."""
        headers = {"Content-Type": content_type, "Content-Length": str(size)}
        try:
            async with asyncio.timeout(UPLOAD_TIMEOUT_SECONDS):
                raw_response = await self._http.put(url, headers=headers, content=_read_chunks(file))
        except (httpx.HTTPError, aiohttp.ClientError, httpx.InvalidURL, TimeoutError) as error:
            raise TryAgain(VENDOR_PROBLEM) from error
        if not raw_response.is_success:
            raise TryAgain(VENDOR_PROBLEM)

    async def post_paid(self, path: str, body: Mapping[str, Any], idempotency_key: str = "") -> HeygenResponse:
        """The paid POST; Unsure when its answer is lost. `once` lets v3 know a repetition."""
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        turn = self._rate_limiter.submission_turn()
        try:
            return await self._send_request(
                "POST", self._url_of(path), PAID_TIMEOUT_SECONDS, turn, json=dict(body), headers=headers
            )
        except (httpx.HTTPError, aiohttp.ClientError, httpx.InvalidURL, TimeoutError) as error:
            self._rate_limiter.record_failure()
            if was_never_sent(error):
                raise TryAgain(UNREACHABLE) from error
            raise Unsure(OUTCOME_UNKNOWN) from error

    @staticmethod
    def fill_path(path: str, ident: str) -> str:
        """A path with an id in it, quoted whole: it came from outside, and must not become a path of its own."""
        return path.replace("{}", quote(ident, safe=""))

    def _url_of(self, path: str, ident: str = "") -> str:
        return f"{self._base_url}/{self.fill_path(path, ident)}"

    async def _call_free(self, method: str, address: str, timeout_seconds: float, **parts: Any) -> HeygenResponse:
        turn = self._rate_limiter.submission_turn() if method == "POST" else self._rate_limiter.read_turn()
        try:
            return await self._send_request(method, address, timeout_seconds, turn, **parts)
        except (httpx.HTTPError, aiohttp.ClientError, httpx.InvalidURL, TimeoutError) as error:
            self._rate_limiter.record_failure()
            raise TryAgain(UNREACHABLE if was_never_sent(error) else VENDOR_PROBLEM) from error

    async def _send_request(
        self,
        method: str,
        address: str,
        timeout_seconds: float,
        turn: AbstractAsyncContextManager[None],
        headers: Mapping[str, str] | None = None,
        **parts: Any,
    ) -> HeygenResponse:
        async with turn, asyncio.timeout(timeout_seconds):
            began = time.perf_counter()
            raw_response = await self._http.request(
                method, address, headers=self._headers | dict(headers or {}), **parts
            )
            spent = round((time.perf_counter() - began) * 1000, 1)
            log.debug("HeyGen call", method=method, status=raw_response.status_code, ms=spent)
        return self._to_response(raw_response)

    def _to_response(self, raw_response: httpx.Response) -> HeygenResponse:
        after = record_response(raw_response, self._rate_limiter, self._clock.now())
        try:
            data = json.loads(raw_response.content)
        except (ValueError, RecursionError):  # no JSON, or nested without end
            data = None
        response = HeygenResponse.from_http(raw_response, data, after)
        self._pages_in_a_row = self._pages_in_a_row + 1 if response.is_web_page and response.status in (404, 405) else 0
        if 0 < self._pages_in_a_row < PAGES_BEFORE_GONE:
            raise TryAgain(VENDOR_PROBLEM)
        return response


async def _read_chunks(path: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield chunk
