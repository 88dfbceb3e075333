"""The intake: what strangers send us is counted and timed while it comes, and not read at all where nobody needs it.

A route reads up to `MOST` bytes. One that has made sure who is calling may ask for more room
(`bot.desk.chat_context.ROOM`), so that a large body is never taken from somebody unknown.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Generator
from typing import Any, cast

from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.desk.chat_context import ROOM
from bot.errors import Refused

MOST = 2_000_000
AT_ONCE = 8  # bodies larger than that
PATIENCE = 20.0  # seconds for a body besides …
SLOWEST = 20_000  # … what so many bytes a second would need
LINGER = 1.0  # seconds we listen on after a refusal: a line cut at once takes our answer with it
LINGER_MOST = 4_000_000


class Unwelcome(Refused):
    """A body that is not read to its end."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status


class Intake:
    """Stands round an app and hands it bodies that keep to the limits."""

    def __init__(
        self,
        app: ASGIApp,
        most: int = MOST,
        at_once: int = AT_ONCE,
        patience: float = PATIENCE,
        slowest: float = SLOWEST,
    ) -> None:
        self.app = app
        self.most = most
        self.at_once = at_once
        self.patience = patience
        self.slowest = slowest
        self.large = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http":
            await _Visit(self, scope, receive, send).run()
        else:
            await self.app(scope, receive, send)


class _Going:
    """The rest of a coroutine that has taken its first step and waits."""

    def __init__(self, first: Any, rest: Coroutine[Any, Any, Message]) -> None:
        self._first = first
        self._rest = rest

    def __await__(self) -> Generator[Any, Any, Message]:
        try:
            yield self._first
            return (yield from self._rest.__await__())
        finally:
            self._rest.close()


class _Visit:
    """One request and how much of its body has come."""

    def __init__(self, intake: Intake, scope: Scope, receive: Receive, send: Send) -> None:
        self._intake, self._scope, self._send = intake, scope, send
        self._receive = cast("Callable[[], Coroutine[Any, Any, Message]]", receive)  # every server's is one
        headers = dict(reversed(scope["headers"]))  # of one that comes twice, the first counts
        length = headers.get(b"content-length", b"")
        self._announced = int(length) if length.isdigit() and len(length) < 19 else 0
        self._coding = headers.get(b"content-encoding", b"identity").strip().lower()
        self._unread = self._announced > 0 or b"transfer-encoding" in headers
        self._began = time.monotonic()
        self._came = 0
        self._large = False
        self._answered = False
        self._refusal: Unwelcome | None = None

    async def run(self) -> None:
        """Let the app answer; what it does not answer after a refusal is answered here."""
        try:
            await self._intake.app(self._scope, self.receive, self.send)
        except Unwelcome as refusal:
            if not self._answered:
                words = PlainTextResponse(refusal.sentence, refusal.status)
                await words(self._scope, self.receive, self.send)
        except ClientDisconnect:  # whoever hung up waits for no answer
            return
        finally:
            self._intake.large -= self._large

    async def receive(self) -> Message:
        """The next piece of the body."""
        if not self._unread:
            return await self._receive()
        try:
            self._look()
            message = await self._piece()
            self._came += len(message.get("body", b""))
            self._look()
        except Unwelcome as refusal:
            self._refusal = refusal
            raise
        self._unread = message["type"] == "http.request" and message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        """The app's answer; while the other side may still be talking, it is its last on this line."""
        if message["type"] == "http.response.start":
            self._answered = True
            await self._send(self._begun(message))
        elif self._unread and not message.get("more_body", False):
            await self._send({**message, "more_body": True})
            await self._listen_on()
            await self._send({"type": "http.response.body", "body": b""})
        else:
            await self._send(message)

    def _begun(self, message: Message) -> Message:
        status = self._refusal.status if self._refusal else message["status"]
        if not self._unread:
            return message
        headers = [each for each in message.get("headers", ()) if each[0].lower() != b"connection"]
        return {**message, "status": status, "headers": [*headers, (b"connection", b"close")]}

    def _look(self) -> None:
        """Refuse what is, or says it is, more than there is room for, or is packed."""
        room = int(self._scope.get(ROOM, self._intake.most))
        if max(self._announced, self._came) > room:
            raise Unwelcome(f"That is too much at once: at most {room / 1e6:,g} MB are taken here.", 413)
        if self._coding not in (b"", b"identity"):
            raise Unwelcome("Packed bodies are not taken; send it as it is.", 415)
        if room > self._intake.most and not self._large:
            if self._intake.large >= self._intake.at_once:
                raise Unwelcome("Many files are coming in at the moment. Try again in a minute.", 503)
            self._large, self._intake.large = True, self._intake.large + 1

    async def _piece(self) -> Message:
        coming = self._receive()
        try:
            going = _Going(coming.send(None), coming)
        except StopIteration as there:  # it came together with the head, as most do: no need for a clock
            return cast("Message", there.value)
        spent = time.monotonic() - self._began
        try:
            async with asyncio.timeout(self._intake.patience + self._came / self._intake.slowest - spent):
                return await going
        except TimeoutError as error:
            raise Unwelcome("That came too slowly; send it again.", 408) from error

    async def _listen_on(self) -> None:
        """Let the rest run into nothing for a moment, so that the answer is still heard."""
        came = 0
        try:
            async with asyncio.timeout(LINGER):
                while came < LINGER_MOST:
                    message = await self._receive()
                    came += len(message.get("body", b""))
                    if not message.get("more_body", False):
                        return
        except TimeoutError:
            return
