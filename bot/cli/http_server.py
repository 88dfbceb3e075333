"""The HTTP server: serves an ASGI app in the running loop and limits the size and time of request headers."""

import asyncio
import math
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn
from starlette.responses import PlainTextResponse
from uvicorn.protocols.http.flow_control import service_unavailable
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bot.errors import Broken

MAX_HEAD_BYTES = 64_000  # of address and headers
MAX_HEADERS = 100
HEAD_TIMEOUT_SECONDS = 15.0
MAX_CONCURRENT_REQUESTS = 1000  # above it, requests are answered with 503
MAX_SILENT_CONNECTIONS = 300  # connections without a request; the oldest is closed first
_TOO_LONG_TEXT = "Too many or too long headers."
_TOO_LONG_APP = PlainTextResponse(_TOO_LONG_TEXT, 431, {"connection": "close"})
_TOO_LONG_RESPONSE = (
    "HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\n"
    f"content-length: {len(_TOO_LONG_TEXT)}\r\n\r\n{_TOO_LONG_TEXT}"
).encode()


class HeadLimitProtocol(HttpToolsProtocol):
    """Closes connections whose request headers are too long or take too long, which uvicorn leaves to us."""

    head_timeout = HEAD_TIMEOUT_SECONDS
    max_requests = MAX_CONCURRENT_REQUESTS
    max_silent = MAX_SILENT_CONNECTIONS
    _reading_head = True  # until the head is complete
    _head_bytes = 0
    _max_head_bytes = 0  # the most bytes that the current head can have
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._start_timer()
        if len(self.connections) > self.max_silent:
            self._close_oldest_silent()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._max_head_bytes = self._head_bytes + len(data)
        self._head_bytes = self._max_head_bytes if self._reading_head else 0
        super().data_received(data)
        if self._reading_head:
            # Only now: most heads come in one piece, and a timer costs more than reading one.
            self._start_timer()
            if self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
                self.transport.write(_TOO_LONG_RESPONSE)
                self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._reading_head = True

    def on_headers_complete(self) -> None:
        self._stop_timer()
        self._reading_head, self._head_bytes, app = False, 0, self.app
        if len(self.headers) > MAX_HEADERS or (
            self._max_head_bytes > MAX_HEAD_BYTES and self._head_size() > MAX_HEAD_BYTES
        ):
            self.app = _TOO_LONG_APP
        elif len(self.tasks) >= self.max_requests:
            self.app = service_unavailable
        try:
            super().on_headers_complete()
        finally:
            self.app = app

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def _close_oldest_silent(self) -> None:
        # Silent connections cost a caller nothing. If they counted as requests, a thousand would block everybody.
        silent = [line for line in self.connections if isinstance(line, HeadLimitProtocol) and line._head_timer]
        if len(silent) > self.max_silent:
            min(silent, key=HeadLimitProtocol._times_out_at)._hang_up()

    def _times_out_at(self) -> float:
        return self._head_timer.when() if self._head_timer else math.inf

    def _start_timer(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self.head_timeout, self._hang_up)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _hang_up(self) -> None:
        self._stop_timer()
        if self.transport and not self.transport.is_closing():
            self.transport.close()


class _BotServer(uvicorn.Server):
    """Ignores signals, as the command decides when to stop; and sets an event when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextmanager
    def capture_signals(self) -> Any:
        yield


@asynccontextmanager
async def serve_app(app: Any, host: str, port: int) -> AsyncIterator[str]:
    """The address at which the app answers while inside."""
    sock = _bind_socket(host, port)
    config = uvicorn.Config(
        app,
        http=HeadLimitProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    server = _BotServer(config)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(server.serve([sock]))
        try:
            await server.listening.wait()
            bound = sock.getsockname()
            yield f"http://{bound[0]}:{bound[1]}"
        finally:
            server.should_exit = True
            await asyncio.wait((task,), timeout=4)
            task.cancel()


def _bind_socket(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio switches Nagle's algorithm off; without, each answer waits 40 ms.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise Broken(
            f"Port {port} on {host} cannot be used: {error.strerror}. Choose another with DIDTALK_PORT."
        ) from error
    return sock
