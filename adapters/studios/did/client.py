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

from adapters.http.client import unsent
from adapters.studios.did.errors import BROKEN, DOUBT, SILENT, Reply, judge
from adapters.studios.rate_limit import Governor
from adapters.studios.reply import noted
from bot.errors import TryAgain, Unsure
from bot.runtime.clock import Clock

READ = 30.0
SEND = 120.0
PAY = 90.0  # D-ID's gateway gives up after 29 s; longer waiting only finds lost connections

log = structlog.get_logger(__name__)


class Wire:
    """Speaks to D-ID with one key."""

    def __init__(
        self, client: httpx.AsyncClient, url: str, headers: Mapping[str, str], governor: Governor, clock: Clock
    ) -> None:
        self._client, self._url, self._headers = client, url.rstrip("/"), dict(headers)
        self._governor, self._clock = governor, clock

    @property
    def now(self) -> float:
        """What time it is here."""
        return self._clock.now()

    async def read(
        self,
        path: str,
        ident: str = "",
        tail: str = "",
        query: Mapping[str, str] | None = None,
        allow: Collection[int] = (),
    ) -> Reply:
        """GET; answers with an allowed status come back unjudged."""
        return await self._free("GET", path, ident, READ, allow, params=query, tail=tail)

    async def delete(self, path: str, ident: str, allow: Collection[int] = ()) -> Reply:
        """DELETE one thing."""
        return await self._free("DELETE", path, ident, READ, allow)

    async def upload(self, path: str, files: Any, fields: Mapping[str, str]) -> Reply:
        """POST a form with a file; it costs nothing, so it may be repeated."""
        return await self._free("POST", path, "", SEND, (), files=files, data=dict(fields))

    async def pay(
        self, path: str, body: Mapping[str, Any], headers: Mapping[str, str], allow: Collection[int] = ()
    ) -> Reply:
        """The paid POST, made once: Unsure unless it is certain how it ended."""
        try:
            reply = await self._call("POST", path, "", PAY, self._governor.submission(), json=body, headers=headers)
        except (httpx.HTTPError, aiohttp.ClientError, httpx.InvalidURL, TimeoutError) as error:
            self._governor.fail()
            if unsent(error):
                raise TryAgain(SILENT) from error
            raise Unsure(DOUBT) from error
        if reply.status not in allow:
            judge(reply, pays=True)
        return reply

    async def _free(
        self, method: str, path: str, ident: str, most: float, allow: Collection[int], **parts: Any
    ) -> Reply:
        turn = self._governor.read() if method != "POST" else self._governor.submission()
        try:
            reply = await self._call(method, path, ident, most, turn, **parts)
        except (httpx.HTTPError, aiohttp.ClientError, httpx.InvalidURL, TimeoutError) as error:
            self._governor.fail()
            raise TryAgain(SILENT if unsent(error) else BROKEN) from error
        if reply.status not in allow:
            judge(reply, pays=False)
        return reply

    async def _call(
        self,
        method: str,
        path: str,
        ident: str,
        most: float,
        turn: AbstractAsyncContextManager[None],
        headers: Mapping[str, str] | None = None,
        tail: str = "",
        **parts: Any,
    ) -> Reply:
        # The id is quoted whole: it came from outside, and must not become a path of its own.
        address = f"{self._url}/{path}" + (f"/{quote(ident, safe='')}" if ident else "") + tail
        template = f"/{path}" + ("/{id}" if ident else "") + tail
        async with turn, asyncio.timeout(most):
            began = time.perf_counter()
            status: int | str = "lost"
            try:
                answer = await self._client.request(
                    method, address, headers=self._headers | dict(headers or {}), **parts
                )
                status = answer.status_code
            finally:
                # Never the id, the query or a body: they name people or open their videos.
                spent = round((time.perf_counter() - began) * 1000, 1)
                log.debug("D-ID call", method=method, path=template, status=status, ms=spent)
        return self._reply(answer)

    def _reply(self, answer: httpx.Response) -> Reply:
        return Reply.of(answer, _data(answer.content), noted(answer, self._governor, self._clock.now()))


def _data(content: bytes) -> Any:
    try:
        return json.loads(content, object_hook=_without_user)
    except (ValueError, RecursionError):  # no JSON, or nested without end
        return None


def _without_user(found: dict[str, Any]) -> dict[str, Any]:
    """D-ID tells the account owner's address and billing ids in every job; they end here, before anyone keeps them."""
    found.pop("user", None)
    return found
