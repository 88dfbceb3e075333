"""A proxy on loopback between two that talk HTTP: passes on what it gets, and does the faults it is told to do.

    async with proxied("http://127.0.0.1:8900") as proxy:
        proxy.suffer(WIRE["answer lost"], method="POST", path="/talks")
        ...  # point the bot at proxy.url; proxy.seen tells what came by and what it suffered

Addresses of the upstream in JSON are turned into the proxy's own on the way back, so that downloads and uploads come
by here too. Websockets are passed through.
"""

import asyncio
import random
import re
import socket
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.chaos.faults import NONE, Fault
from tests.chaos.message import Answer, Head, read_body, read_head

_DOWN = Answer(502, b"")
_CHUNK = 1 << 16
_HEAD_MOST = 1 << 20


@dataclass
class Rule:
    """Which requests suffer a fault, and how many more of them."""

    fault: Fault
    method: str = ""
    path: re.Pattern[str] = field(default_factory=lambda: re.compile(""))
    body: bytes = b""  # something that stands in what is sent
    times: int | None = 1  # None: until it is lifted
    share: float = 1.0
    skip: int = 0  # so many are let through first
    struck: int = 0

    def strikes(self, head: Head, body: bytes, chance: float) -> bool:
        """Whether this request suffers it; counted."""
        if self.times == 0 or (self.method and self.method != head.method) or not self.path.search(head.target):
            return False
        if self.body not in body:
            return False
        if self.skip:
            self.skip -= 1
            return False
        if chance >= self.share:
            return False
        self.struck += 1
        self.times = None if self.times is None else self.times - 1
        return True


@dataclass(frozen=True)
class Seen:
    """A request that came by."""

    at: float  # by the monotonic clock
    method: str
    target: str
    fault: str
    status: int  # what was answered; 0 when nothing was


class Proxy:
    """One listener in front of one upstream."""

    def __init__(self, upstream: str, seed: int = 0) -> None:
        self.lead(upstream)
        self._dice = random.Random(seed)  # noqa: S311 - chances of faults, the same each time
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.Task[None]] = set()
        self._passed = asyncio.Condition()
        self._passes = 0
        self.port = 0
        self.rules: list[Rule] = []
        self.seen: list[Seen] = []

    def lead(self, upstream: str) -> None:
        """Lead to another upstream from now on."""
        self.upstream = upstream.rstrip("/")
        there = urlsplit(self.upstream)
        self._host, self._port = there.hostname or "127.0.0.1", there.port or 80
        self._there = f"{self._host}:{self._port}"

    @property
    def url(self) -> str:
        """Where to point whoever is to suffer; the upstream's own path is kept."""
        return f"http://127.0.0.1:{self.port}{urlsplit(self.upstream).path}"

    def suffer(
        self,
        fault: Fault,
        *,
        method: str = "",
        path: str = "",
        body: bytes = b"",
        times: int | None = 1,
        share: float = 1.0,
        skip: int = 0,
    ) -> Rule:
        """The next requests that match suffer this; of several rules the first counts."""
        rule = Rule(fault, method, re.compile(path), body, times, share, skip)
        self.rules.append(rule)
        return rule

    def clear(self) -> None:
        """All is well again."""
        self.rules.clear()

    def calls(self, method: str = "", path: str = "") -> list[Seen]:
        """The requests of a sort that came by."""
        return [each for each in self.seen if method in ("", each.method) and re.search(path, each.target)]

    async def listen(self) -> None:
        """Begin, or begin again at the same address."""
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        self._server = await asyncio.start_server(self._line, sock=listener, limit=_HEAD_MOST)

    async def hang_up(self) -> None:
        """Nobody listens here any more, and every line is cut."""
        if self._server:
            self._server.close()
            self._server = None
        for line in list(self._lines):
            line.cancel()
        if self._lines:
            await asyncio.wait(self._lines)

    def _line(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._talk(reader, writer))
        self._lines.add(task)
        task.add_done_callback(self._lines.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request after another, until the line ends."""
        try:
            while await self._request(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # whoever is cut off here was to be, or went by itself
        finally:
            writer.transport.abort()

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether the line is good for another one."""
        head = await read_head(reader)
        if head is None:
            return False
        # What is sent up is cut on its way, and not once it is here.
        early = self._fault(head, None)
        body = await (_some(reader, head, early.upload or 0) if early is not NONE else read_body(reader, head))
        fault = early if early is not NONE else self._fault(head, body)
        if head.upgrades and fault is NONE:
            self._note(head, fault, 101)
            return await self._tunnel(head, reader, writer)
        answer = await self._answered(fault, head, body)
        self._note(head, fault, answer.status if answer and not answer.raw else 0)
        return await self._end(fault, answer, reader, writer)

    def _fault(self, head: Head, body: bytes | None) -> Fault:
        """What this request suffers; without its body only what can be told before it comes."""
        for rule in self.rules:
            early = rule.fault.upload is not None and not rule.body
            if early is (body is None) and rule.strikes(head, body or b"", self._dice.random()):
                return rule.fault
        return NONE

    def _note(self, head: Head, fault: Fault, status: int) -> None:
        self.seen.append(Seen(time.monotonic(), head.method, head.target, fault.name, status))

    async def _answered(self, fault: Fault, head: Head, body: bytes) -> Answer | None:
        """What the other side says, or what is said in its place."""
        if fault.waits:
            await self._next()
        if fault.delay:
            await asyncio.sleep(fault.delay)
        answer = _DOWN
        for _ in range(fault.times if fault.reaches else 0):
            answer = await self._ask(head, body)
        async with self._passed:
            self._passes += 1
            self._passed.notify_all()
        return fault.change(answer)

    async def _next(self) -> None:
        """Wait until another request has gone by; not for ever, for there may be none."""
        with suppress(TimeoutError):
            async with asyncio.timeout(5), self._passed:
                before = self._passes
                await self._passed.wait_for(lambda: self._passes > before)

    async def _ask(self, head: Head, body: bytes) -> Answer:
        """The other side's own answer."""
        try:
            reader, writer = await asyncio.open_connection(self._host, self._port, limit=_HEAD_MOST)
        except OSError:
            return _DOWN
        try:
            sent = Head(head.first, head.plain).but(host=self._there, connection="close", content_length=str(len(body)))
            writer.write(sent.bytes() + self._turned(body, head, f"127.0.0.1:{self.port}", self._there))
            await writer.drain()
            told = await read_head(reader)
            if told is None:
                return _DOWN
            content = await read_body(reader, told, answer_to=head.method)
        except (OSError, asyncio.IncompleteReadError):
            return _DOWN
        finally:
            writer.close()
        return Answer(told.status, self._turned(content, told, self._there, f"127.0.0.1:{self.port}"), told.plain)

    def _turned(self, body: bytes, head: Head, old: str, new: str) -> bytes:
        """Addresses of one side as addresses of the other, where that cannot change the length of what is signed."""
        if "json" not in head.get("content-type") or len(old) != len(new):
            return body
        return body.replace(f"http://{old}".encode(), f"http://{new}".encode())

    async def _end(
        self, fault: Fault, answer: Answer | None, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        if answer is not None:
            await _send(writer, answer)
        if fault.ending == "silence":
            await reader.read(1)  # until the other side has enough of it
        if fault.ending == "close":
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
        if fault.ending == "reset":
            _reset(writer)
        return fault.ending == "keep" and answer is not None and answer.whole

    async def _tunnel(self, head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Both ways as it comes, until one side ends it."""
        theirs, ours = await asyncio.open_connection(self._host, self._port)
        ours.write(head.but(host=self._there).bytes())
        try:
            pouring = [asyncio.create_task(_pour(reader, ours)), asyncio.create_task(_pour(theirs, writer))]
            try:
                await asyncio.wait(pouring, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in pouring:
                    task.cancel()
                await asyncio.wait(pouring)
        finally:
            ours.transport.abort()
        return False


@asynccontextmanager
async def proxied(upstream: str, seed: int = 0) -> AsyncIterator[Proxy]:
    """A proxy for as long as we are inside."""
    proxy = Proxy(upstream, seed)
    await proxy.listen()
    try:
        yield proxy
    finally:
        await proxy.hang_up()


async def _some(reader: asyncio.StreamReader, head: Head, most: int) -> bytes:
    """The beginning of what is sent up, if anything is."""
    sends = head.get("content-length", "0") != "0" or head.get("transfer-encoding")
    return await reader.read(most) if sends else b""


async def _send(writer: asyncio.StreamWriter, answer: Answer) -> None:
    if answer.raw:
        writer.write(answer.raw)
    else:
        writer.write(answer.head)
        for piece in answer.pieces:
            writer.write(piece)
            await writer.drain()
            if answer.pause:
                await asyncio.sleep(answer.pause)
    await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    """End with RST: what was sent last may never be read."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(_CHUNK):
            writer.write(piece)
            await writer.drain()
