"""Limits on request bodies: size, number of large ones, speed. A body that no route reads is not read at all.

A route reads up to `MAX_BODY_BYTES`. One that has verified the caller may allow more with
`bot.desk.chat_context.BODY_LIMIT_KEY`, so that a large body is never accepted from an unknown sender.
"""

import asyncio
import time

from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.desk.chat_context import BODY_LIMIT_KEY
from bot.errors import Refused

MAX_BODY_BYTES = 2_000_000
MAX_LARGE_BODIES = 8  # above that size, at the same time
BODY_TIMEOUT_SECONDS = 20.0  # beside the time that a body needs at …
MIN_BYTES_PER_SECOND = 20_000
DRAIN_SECONDS = 1.0  # we go on reading after a refusal: closing at once would lose our answer
MAX_DRAIN_BYTES = 4_000_000


class BodyRefused(Refused):
    """A body that is not read to its end."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status


class BodyLimitMiddleware:
    """Passes on requests whose bodies keep to the limits."""

    def __init__(
        self,
        app: ASGIApp,
        max_bytes: int = MAX_BODY_BYTES,
        max_large_bodies: int = MAX_LARGE_BODIES,
        timeout: float = BODY_TIMEOUT_SECONDS,
        min_bytes_per_second: float = MIN_BYTES_PER_SECOND,
    ) -> None:
        self.app = app
        self.max_bytes = max_bytes
        self.max_large_bodies = max_large_bodies
        self.timeout = timeout
        self.min_bytes_per_second = min_bytes_per_second
        self.large_bodies = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await _LimitedRequest(self, scope, receive, send).run()
        else:
            await self.app(scope, receive, send)


class _LimitedRequest:
    def __init__(self, limits: BodyLimitMiddleware, scope: Scope, receive: Receive, send: Send) -> None:
        self._limits, self._scope, self._receive, self._send = limits, scope, receive, send
        headers = dict(reversed(scope["headers"]))  # of a repeated header the first counts
        length = headers.get(b"content-length", b"")
        self._announced_bytes = int(length) if length.isdigit() and len(length) < 19 else 0
        self._content_encoding = headers.get(b"content-encoding", b"identity").strip().lower()
        self._has_unread_body = self._announced_bytes > 0 or b"transfer-encoding" in headers
        self._began_at = time.monotonic()
        self._received_bytes = 0
        self._counted_as_large = False
        self._response_started = False
        self._refusal: BodyRefused | None = None

    async def run(self) -> None:
        """Let the app answer; a refusal that it does not answer is answered here."""
        try:
            await self._limits.app(self._scope, self.receive, self.send)
        except BodyRefused as refusal:
            if not self._response_started:
                response = PlainTextResponse(refusal.sentence, refusal.status)
                await response(self._scope, self.receive, self.send)
        except ClientDisconnect:  # nobody waits for an answer
            return
        finally:
            self._limits.large_bodies -= self._counted_as_large

    async def receive(self) -> Message:
        if not self._has_unread_body:
            return await self._receive()
        try:
            self._check_body()
            message = await self._receive_in_time()
            self._received_bytes += len(message.get("body", b""))
            self._check_body()
        except BodyRefused as refusal:
            self._refusal = refusal
            raise
        self._has_unread_body = message["type"] == "http.request" and message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        """The app's answer; if the client may still be sending, it is the last on this connection."""
        if message["type"] == "http.response.start":
            self._response_started = True
            await self._send(self._mark_connection_close(message))
        elif self._has_unread_body and not message.get("more_body", False):
            await self._send({**message, "more_body": True})
            await self._drain_body()
            await self._send({"type": "http.response.body", "body": b""})
        else:
            await self._send(message)

    def _mark_connection_close(self, message: Message) -> Message:
        status = self._refusal.status if self._refusal else message["status"]
        if not self._has_unread_body:
            return message
        headers = [header for header in message.get("headers", ()) if header[0].lower() != b"connection"]
        return {**message, "status": status, "headers": [*headers, (b"connection", b"close")]}

    def _check_body(self) -> None:
        """Refuse what is compressed, or is or says it is too large."""
        max_bytes = int(self._scope.get(BODY_LIMIT_KEY, self._limits.max_bytes))
        if max(self._announced_bytes, self._received_bytes) > max_bytes:
            raise BodyRefused(f"The request is too large. The limit is {max_bytes / 1e6:,g} MB.", 413)
        if self._content_encoding not in (b"", b"identity"):
            raise BodyRefused("Compressed request bodies are rejected. Send it uncompressed.", 415)
        if max_bytes > self._limits.max_bytes and not self._counted_as_large:
            if self._limits.large_bodies >= self._limits.max_large_bodies:
                raise BodyRefused("Too many uploads at the moment. Try again in a minute.", 503)
            self._counted_as_large, self._limits.large_bodies = True, self._limits.large_bodies + 1

    async def _receive_in_time(self) -> Message:
        spent = time.monotonic() - self._began_at
        allowed = self._limits.timeout + self._received_bytes / self._limits.min_bytes_per_second
        try:
            async with asyncio.timeout(allowed - spent):
                return await self._receive()
        except TimeoutError as error:
            raise BodyRefused("The upload was too slow. Send it again.", 408) from error

    async def _drain_body(self) -> None:
        """Read and drop the rest for a moment, so that the answer still arrives."""
        received_bytes = 0
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                while received_bytes < MAX_DRAIN_BYTES:
                    message = await self._receive()
                    received_bytes += len(message.get("body", b""))
                    if not message.get("more_body", False):
                        return
        except TimeoutError:
            return
