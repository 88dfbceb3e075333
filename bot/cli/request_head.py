"""The threshold: the head of a request must be short and come soon, which the server's fast parser leaves to us."""

import asyncio
import math
from typing import Any

from uvicorn.protocols.http.flow_control import service_unavailable
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 64_000  # bytes of address and headers
MAX_HEADERS = 100
HEAD_TIMEOUT_SECONDS = 15.0
MAX_CONCURRENT_REQUESTS = 1000  # requests in hand; whoever comes on top is told to come again
MAX_SILENT_CONNECTIONS = 300  # lines on which nobody has said yet what they want; the oldest gives way
_TOO_LONG_TEXT = b"Too many or too long headers."
_TOO_LONG_RESPONSE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s"
)


class HeadLimitProtocol(HttpToolsProtocol):
    """Hangs up on whoever goes on for too long before saying what they want."""

    head_timeout = HEAD_TIMEOUT_SECONDS
    max_requests = MAX_CONCURRENT_REQUESTS
    max_silent = MAX_SILENT_CONNECTIONS
    _reading_head = True  # until the head is complete
    _head_bytes = 0  # of a head
    _max_head_bytes = 0  # bytes that the head in hand can have at most
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody is at the door, and should say what they want."""
        super().connection_made(transport)
        self._start_timer()
        if len(self.connections) > self.max_silent:
            self._close_oldest_silent()

    def connection_lost(self, exc: Exception | None) -> None:
        """They left."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in what came; a head that does not end is cut off."""
        self._max_head_bytes = self._head_bytes + len(data)
        self._head_bytes = self._max_head_bytes if self._reading_head else 0
        super().data_received(data)
        if self._reading_head:
            # only now: most heads come in one piece, and setting a timer costs more than reading one
            self._start_timer()
            if self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
                self.transport.write(_TOO_LONG_RESPONSE % (len(_TOO_LONG_TEXT), _TOO_LONG_TEXT))
                self.transport.close()

    def on_message_begin(self) -> None:
        """A request begins, the first or a later one on the same line."""
        super().on_message_begin()
        self._reading_head = True

    def on_headers_complete(self) -> None:
        """The head is there, and is answered by the app if it is not too much."""
        self._stop_timer()
        self._reading_head, self._head_bytes, app = False, 0, self.app
        if len(self.headers) > MAX_HEADERS or (
            self._max_head_bytes > MAX_HEAD_BYTES and self._head_size() > MAX_HEAD_BYTES
        ):
            self.app = _respond_too_long
        elif len(self.tasks) >= self.max_requests:
            self.app = service_unavailable
        try:
            super().on_headers_complete()
        finally:
            self.app = app

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def _close_oldest_silent(self) -> None:
        # Silent lines cost a caller nothing. If they counted as requests, a thousand of them would shut the door.
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


async def _respond_too_long(_: Any, __: Any, send: Any) -> None:
    headers = [(b"content-type", b"text/plain"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 431, "headers": headers})
    await send({"type": "http.response.body", "body": _TOO_LONG_TEXT})
