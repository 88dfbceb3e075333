"""What makes the videos, and a renderer that paints nothing: one tiny valid video for everything, for load tests."""

import asyncio
import functools
import io
import math
from array import array
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from adapters.sandbox.render.order import FaceBox, RenderedVideo, RenderOrder, SpeechVoice

_SIDE_PIXELS, _INSTANT_FPS, _FRAME_COUNT = 64, 25, 25
_SAMPLE_RATE = 48_000
_CODECS = {"mp4": ("h264", "aac"), "mov": ("h264", "aac"), "webm": ("vp8", "libopus")}
_CAPTION_SRT = "1\n00:00:00,000 --> 00:00:01,000\n(sandbox)\n"


class Renderer(Protocol):
    """Makes one video of one order."""

    async def render(self, order: RenderOrder) -> RenderedVideo:
        """Write the video, or raise ``RenderFailed`` when the input forbids it."""
        ...


@runtime_checkable
class VoiceSampler(Protocol):
    """A renderer that can also let a voice be heard alone."""

    async def render_sample(self, voice: SpeechVoice, text: str, out: Path) -> None:
        """Write a short sound file of this voice."""
        ...


@runtime_checkable
class FaceFinder(Protocol):
    """A renderer that can also look for faces."""

    async def find_faces(self, picture: Path) -> list[FaceBox]:
        """The faces in a picture, the largest first, or ``RenderFailed`` when it cannot be read."""
        ...


class InstantRenderer:
    """Answers each order with a copy of the same second of grey."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def render(self, order: RenderOrder) -> RenderedVideo:
        async with self._lock:
            data = await asyncio.to_thread(encode_video, order.format)
        captions = order.out.with_suffix(".srt") if order.subtitles else None
        await asyncio.to_thread(_write_files, order.out, data, captions)
        return RenderedVideo(
            order.out,
            captions,
            _FRAME_COUNT / _INSTANT_FPS,
            _SIDE_PIXELS,
            _SIDE_PIXELS,
            _FRAME_COUNT,
            float(_INSTANT_FPS),
        )


def _write_files(out: Path, data: bytes, captions: Path | None) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(data)
    if captions:
        captions.write_text(_CAPTION_SRT, encoding="utf-8")


@functools.cache
def encode_video(kind: str) -> bytes:
    import av  # the extra "demo"; nothing else of the sandbox needs it to start

    file = io.BytesIO()
    with av.open(file, "w", format=kind) as box:
        picture, sound = _CODECS[kind]
        video: Any = box.add_stream(picture, rate=_INSTANT_FPS)
        video.width = video.height = _SIDE_PIXELS
        video.pix_fmt = "yuv420p"
        audio: Any = box.add_stream(sound, rate=_SAMPLE_RATE, layout="mono")
        for _ in range(_FRAME_COUNT):
            box.mux(video.encode(_grey_frame(av)))
        box.mux(video.encode(None))
        box.mux(audio.encode(_tone_frame(av)))
        box.mux(audio.encode(None))
    return file.getvalue()


def _grey_frame(av: Any) -> Any:
    frame = av.VideoFrame(_SIDE_PIXELS, _SIDE_PIXELS, "yuv420p")
    for plane in frame.planes:
        plane.update(b"\x80" * plane.buffer_size)
    return frame


def _tone_frame(av: Any) -> Any:
    samples = array("f", (0.2 * math.sin(i / 16) for i in range(_SAMPLE_RATE)))
    frame = av.AudioFrame(format="fltp", layout="mono", samples=len(samples))
    frame.sample_rate = _SAMPLE_RATE
    frame.planes[0].update(samples.tobytes())
    return frame
