"""Answers that are read whole: up to a limit, also when they are packed, so that none can fill our memory."""

import zlib
from typing import Any

import httpx

MAX_RESPONSE_BYTES = 32_000_000  # bytes; a studio's longest catalogue has a few million
COMPRESSED_CODINGS = ("gzip", "x-gzip", "deflate")
_ENCODING_HEADERS = {"content-encoding", "content-length", "transfer-encoding"}


class BoundedClient(httpx.AsyncClient):
    """A client whose answers have an end."""

    def __init__(self, max_bytes: int = MAX_RESPONSE_BYTES, **options: Any) -> None:
        super().__init__(**options)
        self._max_bytes = max_bytes
        self.headers["Accept-Encoding"] = "gzip, deflate"

    async def send(self, request: httpx.Request, *, stream: bool = False, **options: Any) -> httpx.Response:
        """Send; what is not to be streamed is read here, up to the limit."""
        response = await super().send(request, stream=True, **options)
        return response if stream else await _read_bounded(response, self._max_bytes)


async def _read_bounded(response: httpx.Response, max_bytes: int) -> httpx.Response:
    try:
        coding = response.headers.get("content-encoding", "").strip().lower()
        unpack = _BoundedDecoder(coding, max_bytes)
        content = bytearray()
        async for chunk in response.aiter_raw():
            content += unpack(chunk, max_bytes - len(content))
    finally:
        await response.aclose()
    decoded = httpx.Response(
        response.status_code,
        headers=[
            (name, value) for name, value in response.headers.multi_items() if name.lower() not in _ENCODING_HEADERS
        ],
        content=bytes(content),
        request=response.request,
        extensions=response.extensions,
        history=response.history,
    )
    decoded.elapsed = response.elapsed
    return decoded


class _BoundedDecoder:
    """Unpacks piece by piece, and never more than there is room for."""

    def __init__(self, coding: str, max_bytes: int) -> None:
        if coding not in ("", "identity", *COMPRESSED_CODINGS):
            raise httpx.DecodingError("the answer is packed in a way that was not asked for")
        self._decompressor = zlib.decompressobj(zlib.MAX_WBITS | 32) if coding in COMPRESSED_CODINGS else None

    def __call__(self, chunk: bytes, room: int) -> bytes:
        if self._decompressor is None:
            return _require_room(chunk, room)
        try:
            # One byte more than there is room for tells a full answer from one that is too long.
            return _require_room(self._decompressor.decompress(chunk, max(1, room + 1)), room)
        except zlib.error as error:
            raise httpx.DecodingError("the answer cannot be unpacked") from error


def _require_room(chunk: bytes, room: int) -> bytes:
    if len(chunk) > room:
        raise httpx.ReadError("the answer is longer than any answer should be")
    return chunk
