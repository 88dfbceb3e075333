"""Calls to a vendor's API: one key, one rate limit, and every failed call named by what to do next."""

import asyncio
import hashlib
import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import aiohttp
import httpx
import structlog

from adapters.http.client import was_never_sent
from adapters.studios.errors import VendorResponse
from adapters.studios.rate_limit import RateLimiter
from adapters.studios.responses import parse_http_date
from bot.errors import Trouble, TryAgain, Unsure
from bot.runtime.clock import Clock

READ_TIMEOUT_SECONDS = 30.0
PAID_TIMEOUT_SECONDS = 90.0  # D-ID's gateway gives up after 29 s; longer waiting only finds lost connections
PAGES_BEFORE_GONE = 3  # web pages in a row that say "not found"; fewer are an accident of something in between
CALL_ERRORS = (httpx.HTTPError, aiohttp.ClientError, httpx.InvalidURL, TimeoutError)

log = structlog.get_logger(__name__)

ResponseT = TypeVar("ResponseT", bound=VendorResponse)


class VendorClient(Generic[ResponseT]):
    """Calls one vendor with one key."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        base_url: str,
        headers: Mapping[str, str],
        response_type: type[ResponseT],
        rate_limiter: RateLimiter,
        clock: Clock,
        object_hook: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
    ) -> None:
        self._http, self._base_url, self._headers = http, base_url.rstrip("/"), dict(headers)
        self._response_type, self._sentences = response_type, response_type.sentences
        self._rate_limiter, self._clock, self._object_hook = rate_limiter, clock, object_hook

    @property
    def now(self) -> float:
        return self._clock.now()

    async def _call_free(
        self, method: str, url: str, template: str, timeout_seconds: float = READ_TIMEOUT_SECONDS, **parts: Any
    ) -> ResponseT:
        """A call that costs nothing, so it may be repeated."""
        vendor_problem = TryAgain(self._sentences.vendor_problem)
        return await self._send_request(method, url, template, timeout_seconds, vendor_problem, **parts)

    async def _call_paid(self, url: str, template: str, **parts: Any) -> ResponseT:
        """The paid POST, made once: Unsure unless its outcome is certain."""
        outcome_unknown = Unsure(self._sentences.outcome_unknown)
        return await self._send_request("POST", url, template, PAID_TIMEOUT_SECONDS, outcome_unknown, **parts)

    async def _send_request(
        self,
        method: str,
        url: str,
        template: str,
        timeout_seconds: float,
        when_lost: Trouble,
        headers: Mapping[str, str] | None = None,
        **parts: Any,
    ) -> ResponseT:
        limiter = self._rate_limiter
        turn = limiter.submission_turn() if method == "POST" else limiter.read_turn()
        status: int | str = "lost"
        try:
            async with turn, asyncio.timeout(timeout_seconds):
                began = time.perf_counter()
                try:
                    raw = await self._http.request(method, url, headers=self._headers | dict(headers or {}), **parts)
                    status = raw.status_code
                finally:
                    # Never the id, the query or a body: they name people or open their videos.
                    spent = round((time.perf_counter() - began) * 1000, 1)
                    vendor = self._sentences.title
                    log.debug("vendor call", vendor=vendor, method=method, path=template, status=status, ms=spent)
        except CALL_ERRORS as error:
            limiter.record_failure()
            raise (TryAgain(self._sentences.unreachable) if was_never_sent(error) else when_lost) from error
        return self._to_response(raw)

    def _to_response(self, raw: httpx.Response) -> ResponseT:
        retry_after = self._record_outcome(raw)
        try:
            data = json.loads(raw.content, object_hook=self._object_hook)
        except (ValueError, RecursionError):  # no JSON, or nested without end
            data = None
        return self._response_type.from_http(raw, data, retry_after)

    def _record_outcome(self, raw: httpx.Response) -> float | None:
        """Tell the rate limiter how it went; returns the seconds to wait before the next call, if any."""
        header = raw.headers.get("retry-after", "")
        if header.strip().isdecimal():
            retry_after: float | None = float(header)
        else:
            until = parse_http_date(header)
            retry_after = None if until is None else max(0.0, until - self._clock.now())
        if raw.status_code == 429:
            return self._rate_limiter.record_rate_limit(retry_after)
        if raw.status_code >= 500:
            self._rate_limiter.record_failure()
        else:
            self._rate_limiter.record_success()
        return retry_after


def account_id(url: str, key: str) -> str:
    """Names the files of one account; it must not reveal the key."""
    return hashlib.sha256(f"{url}\n{key}".encode()).hexdigest()[:12]
