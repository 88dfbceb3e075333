"""A renderer that paints nothing: one tiny valid video for everything, for load tests."""

import asyncio
import functools
import io
import math
from array import array
from pathlib import Path
from typing import Any

from adapters.sandbox.render.order import Film, Order

_SIDE, _RATE, _FRAMES = 64, 25, 25
_SOUND = 48_000
_CODECS = {"mp4": ("h264", "aac"), "mov": ("h264", "aac"), "webm": ("vp8", "libopus")}
_CAPTIONS = "1\n00:00:00,000 --> 00:00:01,000\n(sandbox)\n"


class InstantRenderer:
    """Answers each order with a copy of the same second of grey."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def render(self, order: Order) -> Film:
        """Write the copy."""
        data = await self._film(order.format)
        captions = order.out.with_suffix(".srt") if order.subtitles else None
        await asyncio.to_thread(_write, order.out, data, captions)
        return Film(order.out, captions, _FRAMES / _RATE, _SIDE, _SIDE, _FRAMES, float(_RATE))

    async def _film(self, kind: str) -> bytes:
        async with self._lock:
            return await asyncio.to_thread(_make, kind)


def _write(out: Path, data: bytes, captions: Path | None) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(data)
    if captions:
        captions.write_text(_CAPTIONS, encoding="utf-8")


@functools.cache
def _make(kind: str) -> bytes:
    import av  # the extra "demo"; nothing else of the sandbox needs it to start

    file = io.BytesIO()
    with av.open(file, "w", format=kind) as box:
        picture, sound = _CODECS[kind]
        video: Any = box.add_stream(picture, rate=_RATE)
        video.width = video.height = _SIDE
        video.pix_fmt = "yuv420p"
        audio: Any = box.add_stream(sound, rate=_SOUND, layout="mono")
        for _ in range(_FRAMES):
            box.mux(video.encode(_grey(av)))
        box.mux(video.encode(None))
        box.mux(audio.encode(_tone(av)))
        box.mux(audio.encode(None))
    return file.getvalue()


def _grey(av: Any) -> Any:
    frame = av.VideoFrame(_SIDE, _SIDE, "yuv420p")
    for plane in frame.planes:
        plane.update(b"\x80" * plane.buffer_size)
    return frame


def _tone(av: Any) -> Any:
    samples = array("f", (0.2 * math.sin(i / 16) for i in range(_SOUND)))
    frame = av.AudioFrame(format="fltp", layout="mono", samples=len(samples))
    frame.sample_rate = _SOUND
    frame.planes[0].update(samples.tobytes())
    return frame
