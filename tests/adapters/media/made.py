"""Files the tests make themselves: every format, and every way one can be wrong."""

import io
import math
import secrets
import struct
import wave
import zlib
from array import array
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from PIL import Image

from adapters.media.protocol import Task
from bot.requests.media import Kind, Limits

PICTURE = Limits(Kind.PICTURE, 10 * 2**20, ("jpeg", "png"), least_side=160, most_pixels=10 * 2**20)
SOUND = Limits(Kind.SOUND, 6 * 2**20, ("m4a", "flac", "mp3", "mp4", "wav"), most_seconds=600)
VIDEO = Limits(Kind.VIDEO, 64 * 2**20, ("mp4", "mov", "mpeg"), least_seconds=0.5, most_seconds=300)
CORNERS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0))  # left to right, top to bottom


def task(source: Path, limits: Limits, name: str | None = None) -> Task:
    """A task on a file, with its result beside it."""
    return Task(source, source.with_name(secrets.token_hex(8)), name or source.name, limits, 60.0)


def corners(width: int = 240, height: int = 180) -> Image.Image:
    """A picture with a colour of its own in each corner, so that a turn shows."""
    image = Image.new("RGB", (2, 2))
    image.putdata(CORNERS)
    return image.resize((width, height), Image.Resampling.NEAREST)


def seen_corners(path: Path) -> tuple[tuple[int, int, int], ...]:
    """The colours in the corners of a written picture, each brought to the nearest pure one."""
    with Image.open(path) as image:
        plain = image.convert("RGB")
        across, down = (plain.width // 4, plain.width * 3 // 4), (plain.height // 4, plain.height * 3 // 4)
        points = [plain.getpixel((x, y)) for y in down for x in across]
    return tuple(_pure(point) for point in points)


def _pure(point: object) -> tuple[int, int, int]:
    assert isinstance(point, tuple)
    red, green, blue = (255 if part > 127 else 0 for part in point)
    return red, green, blue


def encoded(image: Image.Image, form: str, **how: object) -> bytes:
    """A picture's bytes."""
    data = io.BytesIO()
    image.save(data, form, **how)
    return data.getvalue()


def bomb(width: int, height: int, colours: int = 1) -> bytes:
    """A small PNG that is truly this large when unpacked: one black line, repeated; grey or in three colours."""
    rows = zlib.compressobj(1)
    line = bytes(1 + width * colours)
    packed = b"".join(rows.compress(line) for _ in range(height)) + rows.flush()
    return png(struct.pack(">IIBBBBB", width, height, 8, {1: 0, 3: 2}[colours], 0, 0, 0), packed)


def png(header: bytes, packed: bytes) -> bytes:
    """A PNG of a header and packed rows."""
    chunks = ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def tone(seconds: float, rate: int = 16_000, loud: int = 9000, channels: int = 1) -> Iterator[bytes]:
    """Samples of a hum (silence when not loud), a second at a time."""
    second = array("h", [int(loud * math.sin(i / 9)) for i in range(rate) for _ in range(channels)]).tobytes()
    for _ in range(int(seconds)):
        yield second
    yield second[: int(seconds % 1 * rate) * channels * 2]


def wav(path: Path, seconds: float, rate: int = 16_000, loud: int = 9000, channels: int = 1) -> Path:
    """A WAV of a hum."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        for block in tone(seconds, rate, loud, channels):
            file.writeframes(block)
    return path


def sound(
    path: Path, coder: str, seconds: float = 2, wrapper: str | None = None, loud: int = 9000, rate: int = 48_000
) -> Path:
    """A hum in any coding."""
    with av.open(str(path), "w", format=wrapper) as out:
        stream = out.add_stream(coder, rate=rate, layout="mono")
        assert isinstance(stream, av.AudioStream)
        hum(out, stream, seconds, loud)
    return path


def video(
    path: Path, coder: str = "libx264", sound_coder: str | None = "aac", seconds: float = 1, *,
    sides: tuple[int, int] = (320, 240), notes: dict[str, str] | None = None, turned: int = 0,
    live: bool = False,
) -> Path:  # fmt: skip
    """A grey video that grows lighter, with a hum."""
    how = {"movflags": "use_metadata_tags"} if notes else {"live": "1"} if live else {}
    fast = {"deadline": "realtime", "cpu-used": "8"} if coder == "libvpx" else {}
    with av.open(str(path), "w", options=how) as out:
        out.metadata.update(notes or {})
        seen = out.add_stream(coder, rate=Fraction(25), options=fast)
        assert isinstance(seen, av.VideoStream)
        seen.width, seen.height, seen.pix_fmt = *sides, "yuv420p"
        if turned:
            seen.set_display_rotation(turned)
        heard = out.add_stream(sound_coder, rate=48_000, layout="mono") if sound_coder else None
        for number in range(int(seconds * 25)):
            out.mux(seen.encode(_grey(sides, number)))
        out.mux(seen.encode(None))
        if isinstance(heard, av.AudioStream):
            hum(out, heard, seconds, 9000)
    return path


def _grey(sides: tuple[int, int], number: int) -> av.VideoFrame:
    frame = av.VideoFrame(*sides, "yuv420p")
    for plane, value in zip(frame.planes, ((number * 7) % 255, 128, 128), strict=True):
        plane.update(bytes([value]) * plane.buffer_size)
    frame.pts = number
    frame.time_base = Fraction(1, 25)
    return frame


def hum(out: av.container.OutputContainer, stream: av.AudioStream, seconds: float, loud: int) -> None:
    """Writes a hum into an open file."""
    rate = stream.codec_context.sample_rate
    if stream.codec_context.name == "wmav2":
        stream.bit_rate = 64_000  # it has no default
    even = av.AudioResampler(format=stream.codec_context.format, layout="mono", rate=rate)
    at = 0
    for block in tone(seconds, rate, loud):
        if block:
            frame = av.AudioFrame("s16", "mono", len(block) // 2)
            frame.planes[0].update(block)
            frame.sample_rate, frame.pts, frame.time_base = rate, at, Fraction(1, rate)
            at += frame.samples
            for part in even.resample(frame):
                out.mux(stream.encode(part))
    out.mux(stream.encode(None))
