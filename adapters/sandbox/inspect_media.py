"""What can be learnt from a picture or a sound without rendering it. All of it blocks: call it in a thread."""

import wave
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from adapters.sandbox.safe_open import opened_film, opened_picture


class Unreadable(Exception):
    """The bytes are not what they are said to be."""


@dataclass(frozen=True)
class Picture:
    """A picture's measure."""

    format: str
    width: int
    height: int
    size: int


def picture(path: Path) -> Picture:
    """Measure a picture by its header alone, so that a decompression bomb stays packed."""
    try:
        with opened_picture(path) as image:
            return Picture(image.format or "", image.width, image.height, path.stat().st_size)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return Picture("BOMB", 100_000, 100_000, path.stat().st_size)
    except (OSError, UnidentifiedImageError, SyntaxError, ValueError) as fault:
        raise Unreadable(str(fault)) from fault


def seconds(path: Path) -> float:
    """How long a sound or video lasts."""
    try:
        with opened_film(path) as box:
            length = box.duration
    except (OSError, ValueError) as fault:  # PyAV's errors are both
        raise Unreadable(str(fault)) from fault
    return 0.0 if length is None else float(length) / 1_000_000


def to_wave(source: Path, target: Path, longest: float) -> float:
    """Store a sound as D-ID does, 16 kHz mono; stops soon after the longest allowed. Its seconds come back."""
    import av

    rate, written = 16_000, 0
    try:
        with opened_film(source) as box, wave.open(str(target), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(rate)
            if not box.streams.audio:
                raise Unreadable("no sound in it")
            resampler = av.AudioResampler(format="s16", layout="mono", rate=rate)
            for frame in box.decode(audio=0):
                for part in resampler.resample(frame):
                    out.writeframes(bytes(part.planes[0])[: part.samples * 2])
                    written += part.samples
                if written > rate * (longest + 1):
                    break
    except (OSError, ValueError, EOFError) as fault:
        raise Unreadable(str(fault)) from fault
    return written / rate
