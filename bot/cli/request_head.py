"""The threshold: the head of a request must be short and come soon, which the server's fast parser leaves to us."""

import asyncio
import math
from typing import Any

from uvicorn.protocols.http.flow_control import service_unavailable
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_MOST = 64_000  # bytes of address and headers
HEADERS_MOST = 100
HEAD_SECONDS = 15.0
MOST_AT_ONCE = 1000  # requests in hand; whoever comes on top is told to come again
MOST_SILENT = 300  # lines on which nobody has said yet what they want; the oldest gives way
_TOO_LONG = b"Too many or too long headers."
_NO = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s"


class Threshold(HttpToolsProtocol):
    """Hangs up on whoever goes on for too long before saying what they want."""

    patience = HEAD_SECONDS
    most_at_once = MOST_AT_ONCE
    most_silent = MOST_SILENT
    _open = True  # until the head is complete
    _came = 0  # of a head
    _most = 0  # bytes that the head in hand can have at most
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody is at the door, and should say what they want."""
        super().connection_made(transport)
        self._wait()
        if len(self.connections) > self.most_silent:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """They left."""
        self._heard()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in what came; a head that does not end is cut off."""
        self._most = self._came + len(data)
        self._came = self._most if self._open else 0
        super().data_received(data)
        if self._open:
            self._wait()  # only now: most heads come in one piece, and setting a timer costs more than reading one
            if self._came > HEAD_MOST and not self.transport.is_closing():
                self.transport.write(_NO % (len(_TOO_LONG), _TOO_LONG))
                self.transport.close()

    def on_message_begin(self) -> None:
        """A request begins, the first or a later one on the same line."""
        super().on_message_begin()
        self._open = True

    def on_headers_complete(self) -> None:
        """The head is there, and is answered by the app if it is not too much."""
        self._heard()
        self._open, self._came, app = False, 0, self.app
        if len(self.headers) > HEADERS_MOST or (self._most > HEAD_MOST and self._size() > HEAD_MOST):
            self.app = _too_long
        elif len(self.tasks) >= self.most_at_once:
            self.app = service_unavailable
        try:
            super().on_headers_complete()
        finally:
            self.app = app

    def _size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def _make_room(self) -> None:
        # Silent lines cost a caller nothing. If they counted as requests, a thousand of them would shut the door.
        silent = [line for line in self.connections if isinstance(line, Threshold) and line._timer]
        if len(silent) > self.most_silent:
            min(silent, key=Threshold._until)._give_up()

    def _until(self) -> float:
        return self._timer.when() if self._timer else math.inf

    def _wait(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(self.patience, self._give_up)

    def _heard(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._heard()
        if self.transport and not self.transport.is_closing():
            self.transport.close()


async def _too_long(_: Any, __: Any, send: Any) -> None:
    headers = [(b"content-type", b"text/plain"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 431, "headers": headers})
    await send({"type": "http.response.body", "body": _TOO_LONG})
