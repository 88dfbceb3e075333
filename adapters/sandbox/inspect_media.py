"""What can be learnt from a picture or a sound without rendering it. All of it blocks: call it in a thread."""

import wave
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from adapters.sandbox.safe_open import open_media, open_picture


class UnreadableMedia(Exception):
    """The bytes are not what they are said to be."""


@dataclass(frozen=True)
class PictureInfo:
    format: str
    width: int
    height: int
    size: int


def measure_picture(path: Path) -> PictureInfo:
    """Measure a picture by its header alone, so that a decompression bomb stays packed."""
    try:
        with open_picture(path) as image:
            return PictureInfo(image.format or "", image.width, image.height, path.stat().st_size)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return PictureInfo("BOMB", 100_000, 100_000, path.stat().st_size)
    except (OSError, UnidentifiedImageError, SyntaxError, ValueError) as fault:
        raise UnreadableMedia(str(fault)) from fault


def media_seconds(path: Path) -> float:
    try:
        with open_media(path) as box:
            length = box.duration
    except (OSError, ValueError) as fault:  # PyAV's errors are both
        raise UnreadableMedia(str(fault)) from fault
    return 0.0 if length is None else float(length) / 1_000_000


def convert_to_wav(source: Path, target: Path, max_seconds: float) -> float:
    """Store a sound as D-ID does, 16 kHz mono; stops soon after the longest allowed. Its seconds come back."""
    import av

    rate, written = 16_000, 0
    try:
        with open_media(source) as box, wave.open(str(target), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(rate)
            if not box.streams.audio:
                raise UnreadableMedia("no sound in it")
            resampler = av.AudioResampler(format="s16", layout="mono", rate=rate)
            for frame in box.decode(audio=0):
                for part in resampler.resample(frame):
                    out.writeframes(bytes(part.planes[0])[: part.samples * 2])
                    written += part.samples
                if written > rate * (max_seconds + 1):
                    break
    except (OSError, ValueError, EOFError) as fault:
        raise UnreadableMedia(str(fault)) from fault
    return written / rate
