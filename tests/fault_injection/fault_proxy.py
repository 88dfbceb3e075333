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

from tests.fault_injection.http_messages import MessageHead, RawResponse, read_body, read_head
from tests.fault_injection.network_faults import NO_NETWORK_FAULT, NetworkFault

_UPSTREAM_DOWN = RawResponse(502, b"")
_CHUNK_BYTES = 1 << 16
_MAX_HEAD_BYTES = 1 << 20


@dataclass
class FaultRule:
    """Which requests suffer a fault, and how many more of them."""

    fault: NetworkFault
    method: str = ""
    path: re.Pattern[str] = field(default_factory=lambda: re.compile(""))
    body: bytes = b""  # something that stands in what is sent
    times_left: int | None = 1  # None: until it is lifted
    share: float = 1.0
    skip_first: int = 0  # so many are let through first
    hit_count: int = 0

    def take_hit(self, head: MessageHead, body: bytes, chance: float) -> bool:
        """Whether this request suffers it; counted."""
        if self.times_left == 0 or (self.method and self.method != head.method) or not self.path.search(head.target):
            return False
        if self.body not in body:
            return False
        if self.skip_first:
            self.skip_first -= 1
            return False
        if chance >= self.share:
            return False
        self.hit_count += 1
        self.times_left = None if self.times_left is None else self.times_left - 1
        return True


@dataclass(frozen=True)
class ProxiedCall:
    """A request that came by."""

    monotonic_time: float  # by the monotonic clock
    method: str
    target: str
    fault: str
    status: int  # what was answered; 0 when nothing was


class FaultProxy:
    """One listener in front of one upstream."""

    def __init__(self, upstream: str, seed: int = 0) -> None:
        self.set_upstream(upstream)
        self._random = random.Random(seed)  # noqa: S311 - chances of faults, the same each time
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._call_done = asyncio.Condition()
        self._calls_done = 0
        self.port = 0
        self.rules: list[FaultRule] = []
        self.seen_calls: list[ProxiedCall] = []

    def set_upstream(self, upstream: str) -> None:
        """Lead to another upstream from now on."""
        self.upstream = upstream.rstrip("/")
        there = urlsplit(self.upstream)
        self._host, self._port = there.hostname or "127.0.0.1", there.port or 80
        self._upstream_host = f"{self._host}:{self._port}"

    @property
    def url(self) -> str:
        """Where to point whoever is to suffer; the upstream's own path is kept."""
        return f"http://127.0.0.1:{self.port}{urlsplit(self.upstream).path}"

    def inject_fault(
        self,
        fault: NetworkFault,
        *,
        method: str = "",
        path: str = "",
        body: bytes = b"",
        times: int | None = 1,
        share: float = 1.0,
        skip: int = 0,
    ) -> FaultRule:
        """The next requests that match suffer this; of several rules the first counts."""
        rule = FaultRule(fault, method, re.compile(path), body, times, share, skip)
        self.rules.append(rule)
        return rule

    def clear_rules(self) -> None:
        """All is well again."""
        self.rules.clear()

    def find_calls(self, method: str = "", path: str = "") -> list[ProxiedCall]:
        """The requests of a sort that came by."""
        return [each for each in self.seen_calls if method in ("", each.method) and re.search(path, each.target)]

    async def listen(self) -> None:
        """Begin, or begin again at the same address."""
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        self._server = await asyncio.start_server(self._on_connect, sock=listener, limit=_MAX_HEAD_BYTES)

    async def stop_listening(self) -> None:
        """Nobody listens here any more, and every line is cut."""
        if self._server:
            self._server.close()
            self._server = None
        for line in list(self._connections):
            line.cancel()
        if self._connections:
            await asyncio.wait(self._connections)

    def _on_connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve_connection(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request after another, until the line ends."""
        try:
            while await self._serve_request(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # whoever is cut off here was to be, or went by itself
        finally:
            writer.transport.abort()

    async def _serve_request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether the line is good for another one."""
        head = await read_head(reader)
        if head is None:
            return False
        # What is sent up is cut on its way, and not once it is here.
        early = self._pick_fault(head, None)
        body = await (
            _read_partial_body(reader, head, early.cut_upload_at or 0)
            if early is not NO_NETWORK_FAULT
            else read_body(reader, head)
        )
        fault = early if early is not NO_NETWORK_FAULT else self._pick_fault(head, body)
        if head.wants_upgrade and fault is NO_NETWORK_FAULT:
            self._record_call(head, fault, 101)
            return await self._tunnel_websocket(head, reader, writer)
        answer = await self._get_response(fault, head, body)
        self._record_call(head, fault, answer.status if answer and not answer.raw_bytes else 0)
        return await self._finish_response(fault, answer, reader, writer)

    def _pick_fault(self, head: MessageHead, body: bytes | None) -> NetworkFault:
        """What this request suffers; without its body only what can be told before it comes."""
        for rule in self.rules:
            early = rule.fault.cut_upload_at is not None and not rule.body
            if early is (body is None) and rule.take_hit(head, body or b"", self._random.random()):
                return rule.fault
        return NO_NETWORK_FAULT

    def _record_call(self, head: MessageHead, fault: NetworkFault, status: int) -> None:
        self.seen_calls.append(ProxiedCall(time.monotonic(), head.method, head.target, fault.name, status))

    async def _get_response(self, fault: NetworkFault, head: MessageHead, body: bytes) -> RawResponse | None:
        """What the other side says, or what is said in its place."""
        if fault.waits_for_next:
            await self._wait_for_next()
        if fault.delay_seconds:
            await asyncio.sleep(fault.delay_seconds)
        answer = _UPSTREAM_DOWN
        for _ in range(fault.deliveries if fault.reaches_server else 0):
            answer = await self._call_upstream(head, body)
        async with self._call_done:
            self._calls_done += 1
            self._call_done.notify_all()
        return fault.change_response(answer)

    async def _wait_for_next(self) -> None:
        """Wait until another request has gone by; not for ever, for there may be none."""
        with suppress(TimeoutError):
            async with asyncio.timeout(5), self._call_done:
                before = self._calls_done
                await self._call_done.wait_for(lambda: self._calls_done > before)

    async def _call_upstream(self, head: MessageHead, body: bytes) -> RawResponse:
        """The other side's own answer."""
        try:
            reader, writer = await asyncio.open_connection(self._host, self._port, limit=_MAX_HEAD_BYTES)
        except OSError:
            return _UPSTREAM_DOWN
        try:
            sent = MessageHead(head.start_line, head.end_to_end_headers).with_headers(
                host=self._upstream_host, connection="close", content_length=str(len(body))
            )
            writer.write(
                sent.to_bytes() + self._swap_addresses(body, head, f"127.0.0.1:{self.port}", self._upstream_host)
            )
            await writer.drain()
            response_head = await read_head(reader)
            if response_head is None:
                return _UPSTREAM_DOWN
            content = await read_body(reader, response_head, answer_to=head.method)
        except (OSError, asyncio.IncompleteReadError):
            return _UPSTREAM_DOWN
        finally:
            writer.close()
        return RawResponse(
            response_head.status,
            self._swap_addresses(content, response_head, self._upstream_host, f"127.0.0.1:{self.port}"),
            response_head.end_to_end_headers,
        )

    def _swap_addresses(self, body: bytes, head: MessageHead, old: str, new: str) -> bytes:
        """Addresses of one side as addresses of the other, where that cannot change the length of what is signed."""
        if "json" not in head.get_header("content-type") or len(old) != len(new):
            return body
        return body.replace(f"http://{old}".encode(), f"http://{new}".encode())

    async def _finish_response(
        self,
        fault: NetworkFault,
        answer: RawResponse | None,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        if answer is not None:
            await _send_response(writer, answer)
        if fault.ending == "silence":
            await reader.read(1)  # until the other side has enough of it
        if fault.ending == "close":
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
        if fault.ending == "reset":
            _reset_connection(writer)
        return fault.ending == "keep" and answer is not None and answer.keeps_connection

    async def _tunnel_websocket(
        self, head: MessageHead, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Both ways as it comes, until one side ends it."""
        theirs, ours = await asyncio.open_connection(self._host, self._port)
        ours.write(head.with_headers(host=self._upstream_host).to_bytes())
        try:
            pouring = [
                asyncio.create_task(_copy_stream(reader, ours)),
                asyncio.create_task(_copy_stream(theirs, writer)),
            ]
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
async def running_proxy(upstream: str, seed: int = 0) -> AsyncIterator[FaultProxy]:
    """A proxy for as long as we are inside."""
    proxy = FaultProxy(upstream, seed)
    await proxy.listen()
    try:
        yield proxy
    finally:
        await proxy.stop_listening()


async def _read_partial_body(reader: asyncio.StreamReader, head: MessageHead, max_bytes: int) -> bytes:
    """The beginning of what is sent up, if anything is."""
    sends = head.get_header("content-length", "0") != "0" or head.get_header("transfer-encoding")
    return await reader.read(max_bytes) if sends else b""


async def _send_response(writer: asyncio.StreamWriter, answer: RawResponse) -> None:
    if answer.raw_bytes:
        writer.write(answer.raw_bytes)
    else:
        writer.write(answer.head_bytes)
        for piece in answer.pieces:
            writer.write(piece)
            await writer.drain()
            if answer.pause_seconds:
                await asyncio.sleep(answer.pause_seconds)
    await writer.drain()


def _reset_connection(writer: asyncio.StreamWriter) -> None:
    """End with RST: what was sent last may never be read."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _copy_stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(_CHUNK_BYTES):
            writer.write(piece)
            await writer.drain()
