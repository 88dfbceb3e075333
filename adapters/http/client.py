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

from adapters.http.download import BoundedClient
from adapters.http.public_addresses import public_connector, was_private_address
from bot.errors import Broken, Refused, TryAgain
from bot.runtime.shield import open_file

STREAM_CHUNK_BYTES = 1 << 20
DEFAULT_CONNECT_TIMEOUT_SECONDS = 10.0
DEFAULT_READ_TIMEOUT_SECONDS = 60.0
STALL_TIMEOUT_SECONDS = 30.0  # a big stream may take hours, but never this long without a byte
MAX_DOWNLOAD_TRIES = 4

_GONE_STATUSES = frozenset({401, 403, 404, 410})

log = structlog.get_logger(__name__)


class LinkGone(Refused):
    """The address leads to no file, or no longer."""


class PrivateAddressError(httpx.ConnectError):
    """An address in a private network, where nobody's answer may lead us."""


class _IncompleteDownload(Exception):
    """A stream ended before it was whole."""


class Transport(AiohttpTransport):
    """The aiohttp transport, with errors that tell an unsent request from a lost answer."""

    def __init__(self, limits: httpx.Limits, *, public_only: bool) -> None:
        super().__init__(verify=_ssl_context(), limits=limits)
        self._public_only = public_only

    def get_client(self) -> aiohttp.ClientSession:
        """A session with a buffer fit for videos, and without a cookie jar to mix up accounts."""
        make = public_connector if self._public_only else aiohttp.TCPConnector
        tcp_connector = make(
            limit=self.limits.max_connections or 0, keepalive_timeout=self.limits.keepalive_expiry, ssl=self.ssl_context
        )
        return aiohttp.ClientSession(
            connector=tcp_connector, read_bufsize=STREAM_CHUNK_BYTES, cookie_jar=aiohttp.DummyCookieJar()
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send, and name what went wrong by how far it got."""
        try:
            response: httpx.Response = await super().handle_async_request(request)
        except (httpx.TransportError, aiohttp.ClientError) as error:
            raise _translate_error(error) from error
        response.stream = _ResponseStream(response.stream)
        return response


class _ResponseStream(httpx.AsyncByteStream):
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


def open_client(connections: int = 100, *, home_url: str | None = None) -> httpx.AsyncClient:
    """A client for outside calls; whoever opens it closes it.

    With the `home` of whom it is for, it also goes to the addresses their answers tell, and then only to public ones:
    a private one can be reached only at home itself, or when home is no real vendor but a stand-in without https.
    """
    # httpx logs whole addresses, and the addresses of finished videos are as good as passwords.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # Idle connections are dropped early: a POST sent into one that the server just closed is a POST in doubt.
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=15.0)
    timeout = httpx.Timeout(
        DEFAULT_READ_TIMEOUT_SECONDS, connect=DEFAULT_CONNECT_TIMEOUT_SECONDS, pool=DEFAULT_CONNECT_TIMEOUT_SECONDS
    )
    if home_url is None or home_url.startswith("http://"):
        return BoundedClient(transport=Transport(limits, public_only=False), timeout=timeout)
    mounts = {_origin(home_url): Transport(limits, public_only=False)} if home_url else {}
    return BoundedClient(transport=Transport(limits, public_only=True), mounts=mounts, timeout=timeout)


def _origin(url: str) -> str:
    """Scheme, host and port of an address."""
    there = httpx.URL(url)
    return str(there.copy_with(raw_path=b"/", username="", password="", fragment="")).rstrip("/")


@cache
def _ssl_context() -> ssl.SSLContext:
    """Whom we believe; reading the certificates takes long enough to do it once for all clients."""
    return httpx.create_ssl_context()


def was_never_sent(error: Exception) -> bool:
    """Whether a failed call certainly never reached anyone who could act on it."""
    connection_errors = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
    return isinstance(
        error, (*connection_errors, httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL)
    )


async def download_to(
    client: httpx.AsyncClient, url: str, path: Path, max_bytes: int, stall_seconds: float = STALL_TIMEOUT_SECONDS
) -> int:
    """Stream a download to a file that appears only when it is whole and safely on disk; how many bytes it has."""
    part = path.with_name(f".{path.name}.part")
    try:
        async with open_file(part, "wb") as file:
            size = await _download_with_retries(client, url, file, max_bytes, stall_seconds)
            await asyncio.to_thread(_flush_to_disk, file)
        await asyncio.to_thread(_rename_durably, part, path)
    except OSError as error:
        raise Broken(f"The disk cannot take the file: {(error.strerror or 'it fails').lower()}.") from error
    finally:
        await asyncio.to_thread(part.unlink, missing_ok=True)
    return size


async def _download_with_retries(
    client: httpx.AsyncClient, url: str, file: BinaryIO, max_bytes: int, stall_seconds: float
) -> int:
    """Try a few times, going on where the last one broke off when the server lets us."""
    stream = _Download(client, url, file, max_bytes, stall_seconds)
    for attempt in range(MAX_DOWNLOAD_TRIES):
        try:
            return await stream.resume()
        except PrivateAddressError as error:
            raise LinkGone("The link to the file leads to an address that is not public.") from error
        except (httpx.TransportError, httpx.TooManyRedirects, _IncompleteDownload, TimeoutError) as error:
            log.debug("a download broke off", attempt=attempt, have=stream.received_bytes, error=type(error).__name__)
            await asyncio.sleep(0.1 * 2**attempt)
    raise TryAgain("The file did not come through whole.")


class _Download:
    """One download and how far it has come."""

    def __init__(
        self, client: httpx.AsyncClient, url: str, file: BinaryIO, max_bytes: int, stall_seconds: float
    ) -> None:
        self._client, self._url, self._file, self._max_bytes = client, url, file, max_bytes
        self._timeout = httpx.Timeout(
            stall_seconds, connect=DEFAULT_CONNECT_TIMEOUT_SECONDS, pool=DEFAULT_CONNECT_TIMEOUT_SECONDS
        )
        self._resume_tag: str | None = None  # set when the server can give the rest of the very same file
        self.received_bytes = 0

    async def resume(self) -> int:
        """Fetch what is missing and check that the file is as long as it was said to be."""
        # No content coding: the length announced must be the length that comes.
        headers = {"Accept-Encoding": "identity"}
        if self.received_bytes and self._resume_tag:
            headers |= {"Range": f"bytes={self.received_bytes}-", "If-Range": self._resume_tag}
        # A bare stream: whatever credentials the client may hold stay away from other people's hosts.
        async with self._client.stream(
            "GET", self._url, headers=headers, timeout=self._timeout, follow_redirects=True, auth=None
        ) as response:
            expected = await self._start_body(response)
            await self._write_body(response)
        if expected is not None and self.received_bytes != expected:
            raise _IncompleteDownload
        return self.received_bytes

    async def _start_body(self, response: httpx.Response) -> int | None:
        _refuse_non_file(response)
        if response.status_code != 206:
            await asyncio.to_thread(_truncate_file, self._file)
            self.received_bytes = 0
        if response.headers.get("accept-ranges") == "bytes":
            etag = response.headers.get("etag", "")
            self._resume_tag = None if etag.startswith("W/") else etag or response.headers.get("last-modified")
        length = response.headers.get("content-length", "")
        expected = self.received_bytes + int(length) if length.isdecimal() else None
        _check_size(expected or 0, self._max_bytes)
        return expected

    async def _write_body(self, response: httpx.Response) -> None:
        async for chunk in _large_chunks(response):
            _check_size(self.received_bytes + len(chunk), self._max_bytes)
            await asyncio.to_thread(self._file.write, chunk)
            self.received_bytes += len(chunk)


async def _large_chunks(response: httpx.Response) -> AsyncIterator[bytes]:
    """Big pieces, so that a thread is asked for once in a while and not for every packet; all that came is given."""
    buffer = bytearray()
    try:
        async for chunk in response.aiter_raw():
            buffer += chunk
            if len(buffer) >= STREAM_CHUNK_BYTES:
                yield bytes(buffer)
                buffer.clear()
    except httpx.TransportError:
        if buffer:
            yield bytes(buffer)
        raise
    if buffer:
        yield bytes(buffer)


def _refuse_non_file(response: httpx.Response) -> None:
    """Refuse what is no file."""
    if response.status_code in _GONE_STATUSES:
        raise LinkGone("The link to the file is no longer good.")
    if response.status_code == 429 or response.status_code >= 500:
        raise _IncompleteDownload
    if response.status_code not in (200, 206):
        raise LinkGone(f"The link to the file was answered with {response.status_code}.")
    if "html" in response.headers.get("content-type", ""):
        raise LinkGone("The link leads to a web page, not to a file.")


def _check_size(size: int, max_bytes: int) -> None:
    if size > max_bytes:
        raise Refused(f"The file is larger than {max_bytes / 1e6:,.0f} MB.")


def _translate_error(error: Exception) -> httpx.TransportError:
    """The transport calls a server that hung up mid-way a connect time-out; its cause knows better."""
    cause = error.__cause__ if isinstance(error, httpx.TransportError) else error
    if isinstance(error, httpx.UnsupportedProtocol | httpx.ProxyError):
        return error
    if was_private_address(error):
        return PrivateAddressError("not a public address")
    if isinstance(cause, aiohttp.ConnectionTimeoutError):
        return httpx.ConnectTimeout("no connection in time")
    if isinstance(cause, aiohttp.ClientConnectorError):
        return httpx.ConnectError("no connection")
    if isinstance(cause, TimeoutError):
        return httpx.ReadTimeout("no answer in time")
    return httpx.ReadError("the connection was lost")


def _truncate_file(file: BinaryIO) -> None:
    file.seek(0)
    file.truncate()


def _flush_to_disk(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _rename_durably(part: Path, path: Path) -> None:
    """Rename into place and make the name itself durable."""
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
