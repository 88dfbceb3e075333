"""HTTP messages as they lie on the wire, read whole and written as a test wants them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

_HOP_BY_HOP_HEADERS = (
    "connection",
    "keep-alive",
    "transfer-encoding",
    "content-length",
    "proxy-connection",
    "te",
    "trailer",
)
_BODILESS_STATUSES = (204, 304)
_REASON_PHRASES = {200: "OK", 302: "Found", 307: "Temporary Redirect", 429: "Too Many Requests", 502: "Bad Gateway"}


@dataclass(frozen=True)
class MessageHead:
    """A first line and the headers under it."""

    start_line: str
    headers: tuple[tuple[str, str], ...]

    def get_header(self, name: str, default: str = "") -> str:
        """The value of a header."""
        return next((value for key, value in self.headers if key.lower() == name), default)

    @property
    def method(self) -> str:
        """What a request wants done."""
        return self.start_line.split(" ")[0]

    @property
    def target(self) -> str:
        """What a request wants it done to, with its query."""
        return self.start_line.split(" ")[1]

    @property
    def status(self) -> int:
        """How an answer says it went."""
        return int(self.start_line.split(" ")[1])

    @property
    def wants_upgrade(self) -> bool:
        """Whether a request asks for a websocket."""
        return "upgrade" in self.get_header("connection").lower() and bool(self.get_header("upgrade"))

    @property
    def end_to_end_headers(self) -> tuple[tuple[str, str], ...]:
        """The headers that say nothing of how the body travels."""
        return tuple((key, value) for key, value in self.headers if key.lower() not in _HOP_BY_HOP_HEADERS)

    def with_headers(self, **headers: str) -> Self:
        """The same with other values for some headers."""
        return replace(self, headers=_replace_headers(self.headers, headers))

    def to_bytes(self) -> bytes:
        """As it goes over the wire."""
        lines = (self.start_line, *(f"{key}: {value}" for key, value in self.headers))
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


@dataclass(frozen=True)
class RawResponse:
    """An answer, and how it goes over the wire."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)
    claimed_length: int | None = None  # what it says its length is, when that is not true
    cut_at: int | None = None  # so many bytes of the body, and then the line is cut
    piece_bytes: int = 1 << 16
    pause_seconds: float = 0.0  # seconds between two pieces
    raw_bytes: bytes = b""  # this instead of all that: what is no HTTP

    def with_headers(self, **headers: str) -> Self:
        """The same with other values for some headers."""
        return replace(self, headers=_replace_headers(self.headers, headers))

    @property
    def head_bytes(self) -> bytes:
        """The first line and the headers."""
        first = f"HTTP/1.1 {self.status} {_REASON_PHRASES.get(self.status, 'So')}"
        length = len(self.body) if self.claimed_length is None else self.claimed_length
        counted = () if self.status in _BODILESS_STATUSES else (("Content-Length", str(length)),)
        return MessageHead(first, (*self.headers, *counted)).to_bytes()

    @property
    def pieces(self) -> Sequence[bytes]:
        """The body as it is sent."""
        body = self.body if self.cut_at is None else self.body[: self.cut_at]
        return [body[at : at + self.piece_bytes] for at in range(0, len(body), self.piece_bytes)]

    @property
    def keeps_connection(self) -> bool:
        """Whether the line is still good for another request afterwards."""
        return self.cut_at is None and self.claimed_length in (None, len(self.body)) and not self.raw_bytes


async def read_head(reader: asyncio.StreamReader) -> MessageHead | None:
    """The next head; None when the other side has nothing more to say."""
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = raw.decode("latin-1").rstrip("\r\n").split("\r\n")
    headers = tuple((key, value.strip()) for key, _, value in (line.partition(":") for line in lines))
    return MessageHead(first, headers)


async def read_body(reader: asyncio.StreamReader, head: MessageHead, *, answer_to: str = "") -> bytes:
    """The whole body; of an answer without a length, all until the line is closed."""
    if answer_to == "HEAD" or (answer_to and head.status in _BODILESS_STATUSES):
        return b""
    if "chunked" in head.get_header("transfer-encoding").lower():
        return await _read_chunks(reader)
    if length := head.get_header("content-length"):
        return await reader.readexactly(int(length))
    return await reader.read() if answer_to else b""


def _replace_headers(headers: tuple[tuple[str, str], ...], changed: dict[str, str]) -> tuple[tuple[str, str], ...]:
    new = {key.replace("_", "-"): value for key, value in changed.items()}
    return (*((key, value) for key, value in headers if key.lower() not in new), *new.items())


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while size := int((await reader.readline()).split(b";")[0], 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    while (await reader.readline()).strip():
        pass
    return bytes(body)
