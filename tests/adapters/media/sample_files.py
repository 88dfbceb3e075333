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

from adapters.media.protocol import FitTask
from bot.requests.media import FileLimits, MediaKind

PICTURE_LIMITS = FileLimits(MediaKind.PICTURE, 10 * 2**20, ("jpeg", "png"), min_side=160, max_pixels=10 * 2**20)
SOUND_LIMITS = FileLimits(MediaKind.SOUND, 6 * 2**20, ("m4a", "flac", "mp3", "mp4", "wav"), max_seconds=600)
VIDEO_LIMITS = FileLimits(MediaKind.VIDEO, 64 * 2**20, ("mp4", "mov", "mpeg"), min_seconds=0.5, max_seconds=300)
CORNER_COLOURS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0))  # left to right, top to bottom


def new_task(source: Path, limits: FileLimits, name: str | None = None) -> FitTask:
    """A task on a file, with its result beside it."""
    return FitTask(source, source.with_name(secrets.token_hex(8)), name or source.name, limits, 60.0)


def corner_picture(width: int = 240, height: int = 180) -> Image.Image:
    """A picture with a colour of its own in each corner, so that a turn shows."""
    image = Image.new("RGB", (2, 2))
    image.putdata(CORNER_COLOURS)
    return image.resize((width, height), Image.Resampling.NEAREST)


def read_corners(path: Path) -> tuple[tuple[int, int, int], ...]:
    """The colours in the corners of a written picture, each brought to the nearest pure one."""
    with Image.open(path) as image:
        plain = image.convert("RGB")
        across, down = (plain.width // 4, plain.width * 3 // 4), (plain.height // 4, plain.height * 3 // 4)
        points = [plain.getpixel((x, y)) for y in down for x in across]
    return tuple(_nearest_pure(point) for point in points)


def _nearest_pure(point: object) -> tuple[int, int, int]:
    assert isinstance(point, tuple)
    red, green, blue = (255 if part > 127 else 0 for part in point)
    return red, green, blue


def encode_picture(image: Image.Image, form: str, **how: object) -> bytes:
    """A picture's bytes."""
    data = io.BytesIO()
    image.save(data, form, **how)
    return data.getvalue()


def png_bomb(width: int, height: int, colours: int = 1) -> bytes:
    """A small PNG that is truly this large when unpacked: one black line, repeated; grey or in three colours."""
    rows = zlib.compressobj(1)
    line = bytes(1 + width * colours)
    packed = b"".join(rows.compress(line) for _ in range(height)) + rows.flush()
    return build_png(struct.pack(">IIBBBBB", width, height, 8, {1: 0, 3: 2}[colours], 0, 0, 0), packed)


def build_png(header: bytes, packed: bytes) -> bytes:
    """A PNG of a header and packed rows."""
    chunks = ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(name, data) for name, data in chunks)


def _png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def tone_samples(seconds: float, rate: int = 16_000, amplitude: int = 9000, channels: int = 1) -> Iterator[bytes]:
    """Samples of a hum (silence when not loud), a second at a time."""
    second = array("h", [int(amplitude * math.sin(i / 9)) for i in range(rate) for _ in range(channels)]).tobytes()
    for _ in range(int(seconds)):
        yield second
    yield second[: int(seconds % 1 * rate) * channels * 2]


def write_wav(path: Path, seconds: float, rate: int = 16_000, amplitude: int = 9000, channels: int = 1) -> Path:
    """A WAV of a hum."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        for block in tone_samples(seconds, rate, amplitude, channels):
            file.writeframes(block)
    return path


def write_sound(
    path: Path, coder: str, seconds: float = 2, wrapper: str | None = None, amplitude: int = 9000, rate: int = 48_000
) -> Path:
    """A hum in any coding."""
    with av.open(str(path), "w", format=wrapper) as out:
        stream = out.add_stream(coder, rate=rate, layout="mono")
        assert isinstance(stream, av.AudioStream)
        encode_tone(out, stream, seconds, amplitude)
    return path


def write_video(
    path: Path, coder: str = "libx264", sound_coder: str | None = "aac", seconds: float = 1, *,
    sides: tuple[int, int] = (320, 240), notes: dict[str, str] | None = None, turned: int = 0,
    live: bool = False,
) -> Path:  # fmt: skip
    """A grey video that grows lighter, with a hum."""
    how = {"movflags": "use_metadata_tags"} if notes else {"live": "1"} if live else {}
    fast = {"deadline": "realtime", "cpu-used": "8"} if coder == "libvpx" else {}
    with av.open(str(path), "w", options=how) as out:
        out.metadata.update(notes or {})
        picture_stream = out.add_stream(coder, rate=Fraction(25), options=fast)
        assert isinstance(picture_stream, av.VideoStream)
        picture_stream.width, picture_stream.height, picture_stream.pix_fmt = *sides, "yuv420p"
        if turned:
            picture_stream.set_display_rotation(turned)
        sound_stream = out.add_stream(sound_coder, rate=48_000, layout="mono") if sound_coder else None
        for number in range(int(seconds * 25)):
            out.mux(picture_stream.encode(_grey_frame(sides, number)))
        out.mux(picture_stream.encode(None))
        if isinstance(sound_stream, av.AudioStream):
            encode_tone(out, sound_stream, seconds, 9000)
    return path


def _grey_frame(sides: tuple[int, int], number: int) -> av.VideoFrame:
    frame = av.VideoFrame(*sides, "yuv420p")
    for plane, value in zip(frame.planes, ((number * 7) % 255, 128, 128), strict=True):
        plane.update(bytes([value]) * plane.buffer_size)
    frame.pts = number
    frame.time_base = Fraction(1, 25)
    return frame


def encode_tone(out: av.container.OutputContainer, stream: av.AudioStream, seconds: float, amplitude: int) -> None:
    """Writes a hum into an open file."""
    rate = stream.codec_context.sample_rate
    if stream.codec_context.name == "wmav2":
        stream.bit_rate = 64_000  # it has no default
    even = av.AudioResampler(format=stream.codec_context.format, layout="mono", rate=rate)
    at = 0
    for block in tone_samples(seconds, rate, amplitude):
        if block:
            frame = av.AudioFrame("s16", "mono", len(block) // 2)
            frame.planes[0].update(block)
            frame.sample_rate, frame.pts, frame.time_base = rate, at, Fraction(1, rate)
            at += frame.samples
            for part in even.resample(frame):
                out.mux(stream.encode(part))
    out.mux(stream.encode(None))
