"""The one place that builds HTTP clients; their errors tell whether the other side can have read what was sent.

The aiohttp transport reports an answer that never came as a connection that was never made; trusting that would pay
twice. So `Transport` sorts its errors. Answers are read up to a limit, also compressed ones, to protect our memory.
"""

import logging
import ssl
import zlib
from collections.abc import AsyncIterator
from functools import cache
from typing import Any

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from adapters.http.public_addresses import public_connector, was_private_address

STREAM_CHUNK_BYTES = 1 << 20
CONNECT_TIMEOUT_SECONDS = 10.0
READ_TIMEOUT_SECONDS = 60.0
MAX_RESPONSE_BYTES = 32_000_000  # a studio's longest catalogue has a few million
COMPRESSED_CODINGS = ("gzip", "x-gzip", "deflate")
_ENCODING_HEADERS = {"content-encoding", "content-length", "transfer-encoding"}


class PrivateAddressError(httpx.ConnectError):
    """An address in a private network, where no answer may lead us."""


class Transport(AiohttpTransport):
    """The aiohttp transport, with errors that tell an unsent request from a lost answer."""

    def __init__(self, limits: httpx.Limits, *, public_only: bool) -> None:
        super().__init__(verify=_ssl_context(), limits=limits)
        self._public_only = public_only

    def get_client(self) -> aiohttp.ClientSession:
        """A session with a buffer for videos, and without a cookie jar, which could mix up accounts."""
        make = public_connector if self._public_only else aiohttp.TCPConnector
        tcp_connector = make(
            limit=self.limits.max_connections or 0, keepalive_timeout=self.limits.keepalive_expiry, ssl=self.ssl_context
        )
        return aiohttp.ClientSession(
            connector=tcp_connector, read_bufsize=STREAM_CHUNK_BYTES, cookie_jar=aiohttp.DummyCookieJar()
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            response: httpx.Response = await super().handle_async_request(request)
        except (httpx.TransportError, aiohttp.ClientError) as error:
            raise _translate_error(error) from error
        response.stream = _ResponseStream(response.stream)
        return response


class _ResponseStream(httpx.AsyncByteStream):
    """An answer's bytes, with errors that cannot be taken for an unsent request."""

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
    """A client for outside calls; the caller closes it.

    A client with a `home_url` also follows addresses from that server's answers, and then only public ones: private
    addresses are reached only at home itself, or when home is a stand-in without https instead of a real vendor.
    """
    # httpx logs whole addresses, and the addresses of finished videos are as good as passwords.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # Idle connections are dropped early: a POST sent into one that the server just closed is a POST in doubt.
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=15.0)
    timeout = httpx.Timeout(READ_TIMEOUT_SECONDS, connect=CONNECT_TIMEOUT_SECONDS, pool=CONNECT_TIMEOUT_SECONDS)
    if home_url is None or home_url.startswith("http://"):
        return BoundedClient(transport=Transport(limits, public_only=False), timeout=timeout)
    mounts = {_origin(home_url): Transport(limits, public_only=False)} if home_url else {}
    return BoundedClient(transport=Transport(limits, public_only=True), mounts=mounts, timeout=timeout)


def _origin(url: str) -> str:
    there = httpx.URL(url)
    return str(there.copy_with(raw_path=b"/", username="", password="", fragment="")).rstrip("/")


@cache
def _ssl_context() -> ssl.SSLContext:
    """Read once for all clients, as reading the certificates takes a while."""
    return httpx.create_ssl_context()


def was_never_sent(error: Exception) -> bool:
    """Whether a failed call certainly never reached anyone who could act on it."""
    no_connection = httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.ProxyError
    return isinstance(error, no_connection | httpx.UnsupportedProtocol | httpx.LocalProtocolError | httpx.InvalidURL)


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


class BoundedClient(httpx.AsyncClient):
    def __init__(self, max_bytes: int = MAX_RESPONSE_BYTES, **options: Any) -> None:
        super().__init__(**options)
        self._max_bytes = max_bytes
        self.headers["Accept-Encoding"] = "gzip, deflate"

    async def send(self, request: httpx.Request, *, stream: bool = False, **options: Any) -> httpx.Response:
        response = await super().send(request, stream=True, **options)
        return response if stream else await _read_bounded(response, self._max_bytes)


async def _read_bounded(response: httpx.Response, max_bytes: int) -> httpx.Response:
    try:
        coding = response.headers.get("content-encoding", "").strip().lower()
        decode = _BoundedDecoder(coding, max_bytes)
        content = bytearray()
        async for chunk in response.aiter_raw():
            content += decode(chunk, max_bytes - len(content))
    finally:
        await response.aclose()
    decoded = httpx.Response(
        response.status_code,
        headers=[
            (name, value) for name, value in response.headers.multi_items() if name.lower() not in _ENCODING_HEADERS
        ],
        content=bytes(content),
        request=response.request,
        extensions=response.extensions,
        history=response.history,
    )
    decoded.elapsed = response.elapsed
    return decoded


class _BoundedDecoder:
    """Decompresses piece by piece, and never more than there is room for."""

    def __init__(self, coding: str, max_bytes: int) -> None:
        if coding not in ("", "identity", *COMPRESSED_CODINGS):
            raise httpx.DecodingError("the answer is compressed in a way that was not requested")
        self._decompressor = zlib.decompressobj(zlib.MAX_WBITS | 32) if coding in COMPRESSED_CODINGS else None

    def __call__(self, chunk: bytes, room: int) -> bytes:
        if self._decompressor is None:
            return _require_room(chunk, room)
        try:
            # One byte more than there is room for tells a full answer from one that is too long.
            return _require_room(self._decompressor.decompress(chunk, max(1, room + 1)), room)
        except zlib.error as error:
            raise httpx.DecodingError("the answer cannot be decompressed") from error


def _require_room(chunk: bytes, room: int) -> bytes:
    if len(chunk) > room:
        raise httpx.ReadError("the answer is too long")
    return chunk
