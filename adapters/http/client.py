"""The one place that builds HTTP clients, and what every caller must know of a failed call.

The transport reports an answer that never came as a connection that never was; believing that would pay twice.
`Transport` sorts its errors by one question: can the other side have read what was sent?
"""

import asyncio
import logging
import os
import ssl
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path
from typing import BinaryIO

import aiohttp
import httpx
import structlog
from httpx_aiohttp import AiohttpTransport

from adapters.http.download import Client
from adapters.http.public_addresses import connector, refused
from bot.errors import Broken, Refused, TryAgain

CHUNK = 1 << 20
CONNECT = 10.0
READ = 60.0
STALL = 30.0  # a big stream may take hours, but never this long without a byte
TRIES = 4

_GONE = frozenset({401, 403, 404, 410})

log = structlog.get_logger(__name__)


class Gone(Refused):
    """The address leads to no file, or no longer."""


class Private(httpx.ConnectError):
    """An address in a private network, where nobody's answer may lead us."""


class _Short(Exception):
    """A stream ended before it was whole."""


class Transport(AiohttpTransport):
    """The aiohttp transport, with errors that tell an unsent request from a lost answer."""

    def __init__(self, limits: httpx.Limits, *, public: bool) -> None:
        super().__init__(verify=_trust(), limits=limits)
        self._public = public

    def get_client(self) -> aiohttp.ClientSession:
        """A session with a buffer fit for videos, and without a cookie jar to mix up accounts."""
        make = connector if self._public else aiohttp.TCPConnector
        line = make(
            limit=self.limits.max_connections or 0, keepalive_timeout=self.limits.keepalive_expiry, ssl=self.ssl_context
        )
        return aiohttp.ClientSession(connector=line, read_bufsize=CHUNK, cookie_jar=aiohttp.DummyCookieJar())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send, and name what went wrong by how far it got."""
        try:
            response: httpx.Response = await super().handle_async_request(request)
        except (httpx.TransportError, aiohttp.ClientError) as error:
            raise _named(error) from error
        response.stream = _Body(response.stream)
        return response


class _Body(httpx.AsyncByteStream):
    """An answer's bytes, with errors that cannot pass for an unsent request."""

    def __init__(self, stream: object) -> None:
        assert isinstance(stream, httpx.AsyncByteStream)  # noqa: S101 - the transport makes nothing else
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._stream:
                yield chunk
        except httpx.ReadTimeout:
            raise
        except (httpx.TransportError, aiohttp.ClientError) as error:
            raise httpx.ReadError("the answer broke off") from error

    async def aclose(self) -> None:
        await self._stream.aclose()


def open_client(connections: int = 100, *, home: str | None = None) -> httpx.AsyncClient:
    """A client for outside calls; whoever opens it closes it.

    With the `home` of whom it is for, it also goes to the addresses their answers tell, and then only to public ones:
    a private one can be reached only at home itself, or when home is no real vendor but a stand-in without https.
    """
    # httpx logs whole addresses, and the addresses of finished videos are as good as passwords.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # Idle connections are dropped early: a POST sent into one that the server just closed is a POST in doubt.
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=15.0)
    timeout = httpx.Timeout(READ, connect=CONNECT, pool=CONNECT)
    if home is None or home.startswith("http://"):
        return Client(transport=Transport(limits, public=False), timeout=timeout)
    mounts = {_origin(home): Transport(limits, public=False)} if home else {}
    return Client(transport=Transport(limits, public=True), mounts=mounts, timeout=timeout)


def _origin(url: str) -> str:
    """Scheme, host and port of an address."""
    there = httpx.URL(url)
    return str(there.copy_with(raw_path=b"/", username="", password="", fragment="")).rstrip("/")


@cache
def _trust() -> ssl.SSLContext:
    """Whom we believe; reading the certificates takes long enough to do it once for all clients."""
    return httpx.create_ssl_context()


def unsent(error: Exception) -> bool:
    """Whether a failed call certainly never reached anyone who could act on it."""
    never = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
    return isinstance(error, (*never, httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL))


async def stream_to(client: httpx.AsyncClient, url: str, path: Path, most: int, stall: float = STALL) -> int:
    """Stream a download to a file that appears only when it is whole and safely on disk; how many bytes it has."""
    part = path.with_name(f".{path.name}.part")
    try:
        file = await asyncio.to_thread(part.open, "wb")
        try:
            size = await _whole(client, url, file, most, stall)
            await asyncio.to_thread(_settle, file)
        finally:
            await asyncio.to_thread(file.close)
        await asyncio.to_thread(_appear, part, path)
    except OSError as error:
        raise Broken(f"The disk cannot take the file: {(error.strerror or 'it fails').lower()}.") from error
    finally:
        await asyncio.to_thread(part.unlink, missing_ok=True)
    return size


async def _whole(client: httpx.AsyncClient, url: str, file: BinaryIO, most: int, stall: float) -> int:
    """Try a few times, going on where the last one broke off when the server lets us."""
    stream = _Stream(client, url, file, most, stall)
    for attempt in range(TRIES):
        try:
            return await stream.go_on()
        except Private as error:
            raise Gone("The link to the file leads to an address that is not public.") from error
        except (httpx.TransportError, httpx.TooManyRedirects, _Short, TimeoutError) as error:
            log.debug("a download broke off", attempt=attempt, have=stream.have, error=type(error).__name__)
            await asyncio.sleep(0.1 * 2**attempt)
    raise TryAgain("The file did not come through whole.")


class _Stream:
    """One download and how far it has come."""

    def __init__(self, client: httpx.AsyncClient, url: str, file: BinaryIO, most: int, stall: float) -> None:
        self._client, self._url, self._file, self._most = client, url, file, most
        self._timeout = httpx.Timeout(stall, connect=CONNECT, pool=CONNECT)
        self._mark: str | None = None  # set when the server can give the rest of the very same file
        self.have = 0

    async def go_on(self) -> int:
        """Fetch what is missing and check that the file is as long as it was said to be."""
        # No content coding: the length announced must be the length that comes.
        headers = {"Accept-Encoding": "identity"}
        if self.have and self._mark:
            headers |= {"Range": f"bytes={self.have}-", "If-Range": self._mark}
        # A bare stream: whatever credentials the client may hold stay away from other people's hosts.
        async with self._client.stream(
            "GET", self._url, headers=headers, timeout=self._timeout, follow_redirects=True, auth=None
        ) as answer:
            expected = await self._begin(answer)
            await self._pour(answer)
        if expected is not None and self.have != expected:
            raise _Short
        return self.have

    async def _begin(self, answer: httpx.Response) -> int | None:
        _judge(answer)
        if answer.status_code != 206:
            await asyncio.to_thread(_rewind, self._file)
            self.have = 0
        if answer.headers.get("accept-ranges") == "bytes":
            etag = answer.headers.get("etag", "")
            self._mark = None if etag.startswith("W/") else etag or answer.headers.get("last-modified")
        length = answer.headers.get("content-length", "")
        expected = self.have + int(length) if length.isdecimal() else None
        _bounded(expected or 0, self._most)
        return expected

    async def _pour(self, answer: httpx.Response) -> None:
        async for chunk in _gathered(answer):
            _bounded(self.have + len(chunk), self._most)
            await asyncio.to_thread(self._file.write, chunk)
            self.have += len(chunk)


async def _gathered(answer: httpx.Response) -> AsyncIterator[bytes]:
    """Big pieces, so that a thread is asked for once in a while and not for every packet; all that came is given."""
    held = bytearray()
    try:
        async for chunk in answer.aiter_raw():
            held += chunk
            if len(held) >= CHUNK:
                yield bytes(held)
                held.clear()
    except httpx.TransportError:
        if held:
            yield bytes(held)
        raise
    if held:
        yield bytes(held)


def _judge(answer: httpx.Response) -> None:
    """Refuse what is no file."""
    if answer.status_code in _GONE:
        raise Gone("The link to the file is no longer good.")
    if answer.status_code == 429 or answer.status_code >= 500:
        raise _Short
    if answer.status_code not in (200, 206):
        raise Gone(f"The link to the file was answered with {answer.status_code}.")
    if "html" in answer.headers.get("content-type", ""):
        raise Gone("The link leads to a web page, not to a file.")


def _bounded(size: int, most: int) -> None:
    if size > most:
        raise Refused(f"The file is larger than {most / 1e6:,.0f} MB.")


def _named(error: Exception) -> httpx.TransportError:
    """The transport calls a server that hung up mid-way a connect time-out; its cause knows better."""
    cause = error.__cause__ if isinstance(error, httpx.TransportError) else error
    if isinstance(error, httpx.UnsupportedProtocol | httpx.ProxyError):
        return error
    if refused(error):
        return Private("not a public address")
    if isinstance(cause, aiohttp.ConnectionTimeoutError):
        return httpx.ConnectTimeout("no connection in time")
    if isinstance(cause, aiohttp.ClientConnectorError):
        return httpx.ConnectError("no connection")
    if isinstance(cause, TimeoutError):
        return httpx.ReadTimeout("no answer in time")
    return httpx.ReadError("the connection was lost")


def _rewind(file: BinaryIO) -> None:
    file.seek(0)
    file.truncate()


def _settle(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _appear(part: Path, path: Path) -> None:
    """Rename into place and make the name itself durable."""
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
