"""HTTP messages as they lie on the wire, read whole and written as a test wants them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

_HOP = ("connection", "keep-alive", "transfer-encoding", "content-length", "proxy-connection", "te", "trailer")
_EMPTY = (204, 304)
_REASONS = {200: "OK", 302: "Found", 307: "Temporary Redirect", 429: "Too Many Requests", 502: "Bad Gateway"}


@dataclass(frozen=True)
class Head:
    """A first line and the headers under it."""

    first: str
    headers: tuple[tuple[str, str], ...]

    def get(self, name: str, default: str = "") -> str:
        """The value of a header."""
        return next((value for key, value in self.headers if key.lower() == name), default)

    @property
    def method(self) -> str:
        """What a request wants done."""
        return self.first.split(" ")[0]

    @property
    def target(self) -> str:
        """What a request wants it done to, with its query."""
        return self.first.split(" ")[1]

    @property
    def status(self) -> int:
        """How an answer says it went."""
        return int(self.first.split(" ")[1])

    @property
    def upgrades(self) -> bool:
        """Whether a request asks for a websocket."""
        return "upgrade" in self.get("connection").lower() and bool(self.get("upgrade"))

    @property
    def plain(self) -> tuple[tuple[str, str], ...]:
        """The headers that say nothing of how the body travels."""
        return tuple((key, value) for key, value in self.headers if key.lower() not in _HOP)

    def but(self, **headers: str) -> Self:
        """The same with other values for some headers."""
        return replace(self, headers=_but(self.headers, headers))

    def bytes(self) -> bytes:
        """As it goes over the wire."""
        lines = (self.first, *(f"{key}: {value}" for key, value in self.headers))
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


@dataclass(frozen=True)
class Answer:
    """An answer, and how it goes over the wire."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)
    length: int | None = None  # what it says its length is, when that is not true
    cut: int | None = None  # so many bytes of the body, and then the line is cut
    piece: int = 1 << 16
    pause: float = 0.0  # seconds between two pieces
    raw: bytes = b""  # this instead of all that: what is no HTTP

    def but(self, **headers: str) -> Self:
        """The same with other values for some headers."""
        return replace(self, headers=_but(self.headers, headers))

    @property
    def head(self) -> bytes:
        """The first line and the headers."""
        first = f"HTTP/1.1 {self.status} {_REASONS.get(self.status, 'So')}"
        length = len(self.body) if self.length is None else self.length
        counted = () if self.status in _EMPTY else (("Content-Length", str(length)),)
        return Head(first, (*self.headers, *counted)).bytes()

    @property
    def pieces(self) -> Sequence[bytes]:
        """The body as it is sent."""
        body = self.body if self.cut is None else self.body[: self.cut]
        return [body[at : at + self.piece] for at in range(0, len(body), self.piece)]

    @property
    def whole(self) -> bool:
        """Whether the line is still good for another request afterwards."""
        return self.cut is None and self.length in (None, len(self.body)) and not self.raw


async def read_head(reader: asyncio.StreamReader) -> Head | None:
    """The next head; None when the other side has nothing more to say."""
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = raw.decode("latin-1").rstrip("\r\n").split("\r\n")
    headers = tuple((key, value.strip()) for key, _, value in (line.partition(":") for line in lines))
    return Head(first, headers)


async def read_body(reader: asyncio.StreamReader, head: Head, *, answer_to: str = "") -> bytes:
    """The whole body; of an answer without a length, all until the line is closed."""
    if answer_to == "HEAD" or (answer_to and head.status in _EMPTY):
        return b""
    if "chunked" in head.get("transfer-encoding").lower():
        return await _chunks(reader)
    if length := head.get("content-length"):
        return await reader.readexactly(int(length))
    return await reader.read() if answer_to else b""


def _but(headers: tuple[tuple[str, str], ...], changed: dict[str, str]) -> tuple[tuple[str, str], ...]:
    new = {key.replace("_", "-"): value for key, value in changed.items()}
    return (*((key, value) for key, value in headers if key.lower() not in new), *new.items())


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while size := int((await reader.readline()).split(b";")[0], 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    while (await reader.readline()).strip():
        pass
    return bytes(body)
