"""Calls to D-ID: one key, one address, JSON both ways, and every failure named by what to do next."""

import asyncio
import json
import time
from collections.abc import Collection, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any
from urllib.parse import quote

import aiohttp
import httpx
import structlog

from adapters.http.client import was_never_sent
from adapters.studios.did.errors import OUTCOME_UNKNOWN, UNREACHABLE, VENDOR_PROBLEM, DidResponse, raise_for_error
from adapters.studios.rate_limit import RateLimiter
from adapters.studios.reply import record_response
from bot.errors import TryAgain, Unsure
from bot.runtime.clock import Clock

READ_TIMEOUT_SECONDS = 30.0
UPLOAD_TIMEOUT_SECONDS = 120.0
PAID_TIMEOUT_SECONDS = 90.0  # D-ID's gateway gives up after 29 s; longer waiting only finds lost connections

log = structlog.get_logger(__name__)


class DidClient:
    """Speaks to D-ID with one key."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        base_url: str,
        headers: Mapping[str, str],
        rate_limiter: RateLimiter,
        clock: Clock,
    ) -> None:
        self._http, self._base_url, self._headers = http, base_url.rstrip("/"), dict(headers)
        self._rate_limiter, self._clock = rate_limiter, clock

    @property
    def now(self) -> float:
        """What time it is here."""
        return self._clock.now()

    async def get(
        self,
        path: str,
        ident: str = "",
        tail: str = "",
        query: Mapping[str, str] | None = None,
        allow: Collection[int] = (),
    ) -> DidResponse:
        """GET; answers with an allowed status come back unjudged."""
        return await self._call_free("GET", path, ident, READ_TIMEOUT_SECONDS, allow, params=query, tail=tail)

    async def delete(self, path: str, ident: str, allow: Collection[int] = ()) -> DidResponse:
        """DELETE one thing."""
        return await self._call_free("DELETE", path, ident, READ_TIMEOUT_SECONDS, allow)

    async def upload(self, path: str, files: Any, fields: Mapping[str, str]) -> DidResponse:
        """POST a form with a file; it costs nothing, so it may be repeated."""
        return await self._call_free("POST", path, "", UPLOAD_TIMEOUT_SECONDS, (), files=files, data=dict(fields))

    async def post_paid(
        self, path: str, body: Mapping[str, Any], headers: Mapping[str, str], allow: Collection[int] = ()
    ) -> DidResponse:
        """The paid POST, made once: Unsure unless it is certain how it ended."""
        try:
            response = await self._send_request(
                "POST", path, "", PAID_TIMEOUT_SECONDS, self._rate_limiter.submission_turn(), json=body, headers=headers
            )
        except (httpx.HTTPError, aiohttp.ClientError, httpx.InvalidURL, TimeoutError) as error:
            self._rate_limiter.record_failure()
            if was_never_sent(error):
                raise TryAgain(UNREACHABLE) from error
            raise Unsure(OUTCOME_UNKNOWN) from error
        if response.status not in allow:
            raise_for_error(response, paid=True)
        return response

    async def _call_free(
        self, method: str, path: str, ident: str, timeout_seconds: float, allow: Collection[int], **parts: Any
    ) -> DidResponse:
        turn = self._rate_limiter.read_turn() if method != "POST" else self._rate_limiter.submission_turn()
        try:
            response = await self._send_request(method, path, ident, timeout_seconds, turn, **parts)
        except (httpx.HTTPError, aiohttp.ClientError, httpx.InvalidURL, TimeoutError) as error:
            self._rate_limiter.record_failure()
            raise TryAgain(UNREACHABLE if was_never_sent(error) else VENDOR_PROBLEM) from error
        if response.status not in allow:
            raise_for_error(response, paid=False)
        return response

    async def _send_request(
        self,
        method: str,
        path: str,
        ident: str,
        timeout_seconds: float,
        turn: AbstractAsyncContextManager[None],
        headers: Mapping[str, str] | None = None,
        tail: str = "",
        **parts: Any,
    ) -> DidResponse:
        # The id is quoted whole: it came from outside, and must not become a path of its own.
        address = f"{self._base_url}/{path}" + (f"/{quote(ident, safe='')}" if ident else "") + tail
        template = f"/{path}" + ("/{id}" if ident else "") + tail
        async with turn, asyncio.timeout(timeout_seconds):
            began = time.perf_counter()
            status: int | str = "lost"
            try:
                raw_response = await self._http.request(
                    method, address, headers=self._headers | dict(headers or {}), **parts
                )
                status = raw_response.status_code
            finally:
                # Never the id, the query or a body: they name people or open their videos.
                spent = round((time.perf_counter() - began) * 1000, 1)
                log.debug("D-ID call", method=method, path=template, status=status, ms=spent)
        return self._to_response(raw_response)

    def _to_response(self, raw_response: httpx.Response) -> DidResponse:
        return DidResponse.from_http(
            raw_response,
            _parse_json(raw_response.content),
            record_response(raw_response, self._rate_limiter, self._clock.now()),
        )


def _parse_json(content: bytes) -> Any:
    try:
        return json.loads(content, object_hook=_drop_owner_data)
    except (ValueError, RecursionError):  # no JSON, or nested without end
        return None


def _drop_owner_data(found: dict[str, Any]) -> dict[str, Any]:
    """D-ID tells the account owner's address and billing ids in every job; they end here, before anyone keeps them."""
    found.pop("user", None)
    return found
