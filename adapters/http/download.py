"""Answers that are read whole: up to a limit, also when they are packed, so that none can fill our memory."""

import zlib
from typing import Any

import httpx

MOST = 32_000_000  # bytes; a studio's longest catalogue has a few million
PACKED = ("gzip", "x-gzip", "deflate")
_COUNTED = {"content-encoding", "content-length", "transfer-encoding"}


class Client(httpx.AsyncClient):
    """A client whose answers have an end."""

    def __init__(self, most: int = MOST, **how: Any) -> None:
        super().__init__(**how)
        self._most = most
        self.headers["Accept-Encoding"] = "gzip, deflate"

    async def send(self, request: httpx.Request, *, stream: bool = False, **how: Any) -> httpx.Response:
        """Send; what is not to be streamed is read here, up to the limit."""
        answer = await super().send(request, stream=True, **how)
        return answer if stream else await _whole(answer, self._most)


async def _whole(answer: httpx.Response, most: int) -> httpx.Response:
    try:
        coding = answer.headers.get("content-encoding", "").strip().lower()
        unpack = _Unpack(coding, most)
        content = bytearray()
        async for chunk in answer.aiter_raw():
            content += unpack(chunk, most - len(content))
    finally:
        await answer.aclose()
    whole = httpx.Response(
        answer.status_code,
        headers=[(name, value) for name, value in answer.headers.multi_items() if name.lower() not in _COUNTED],
        content=bytes(content),
        request=answer.request,
        extensions=answer.extensions,
        history=answer.history,
    )
    whole.elapsed = answer.elapsed
    return whole


class _Unpack:
    """Unpacks piece by piece, and never more than there is room for."""

    def __init__(self, coding: str, most: int) -> None:
        if coding not in ("", "identity", *PACKED):
            raise httpx.DecodingError("the answer is packed in a way that was not asked for")
        self._inner = zlib.decompressobj(zlib.MAX_WBITS | 32) if coding in PACKED else None

    def __call__(self, chunk: bytes, room: int) -> bytes:
        if self._inner is None:
            return _within(chunk, room)
        try:
            # One byte more than there is room for tells a full answer from one that is too long.
            return _within(self._inner.decompress(chunk, max(1, room + 1)), room)
        except zlib.error as error:
            raise httpx.DecodingError("the answer cannot be unpacked") from error


def _within(chunk: bytes, room: int) -> bytes:
    if len(chunk) > room:
        raise httpx.ReadError("the answer is longer than any answer should be")
    return chunk
