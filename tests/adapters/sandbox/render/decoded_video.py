"""Films as tests look at them: decoded again, as a player would."""

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from adapters.sandbox.render.audio.sound import Samples, read_sound

GreyFrames = npt.NDArray[np.float32]


@dataclass(frozen=True)
class DecodedVideo:
    """What a player finds in a film."""

    video: str
    audio: str
    pixels: str
    profile: str
    size: tuple[int, int]
    fps: float
    seconds: float
    frames: GreyFrames
    sound: Samples

    def mean_change(self, box: tuple[int, int, int, int]) -> GreyFrames:
        """How much a part of the picture (left, top, right, bottom) changes from frame to frame."""
        left, top, right, bottom = box
        part = self.frames[:, top:bottom, left:right]
        return np.asarray(np.abs(np.diff(part, axis=0)).mean(axis=(1, 2)))

    def loudness(self, first: float, last: float) -> float:
        """The loudness of a stretch, in seconds."""
        part = self.sound[round(first * 48_000) : round(last * 48_000)].astype(np.float64)
        return float(np.sqrt((part**2).mean()))


def decode_video(path: Path) -> DecodedVideo:
    """Play a film."""
    with av.open(str(path)) as file:
        video, audio = file.streams.video[0], file.streams.audio[0]
        seconds, fps = float(file.duration or 0) / 1e6, float(video.average_rate or 0)
        frames = np.stack([frame.to_ndarray(format="gray") for frame in file.decode(video)]).astype(np.float32)
        return DecodedVideo(
            video.codec_context.name,
            audio.codec_context.name,
            str(video.pix_fmt),
            str(video.profile),
            (video.width, video.height),
            fps,
            seconds,
            frames,
            read_sound(path),
        )


def has_fast_start(path: Path) -> bool:
    """Whether the index stands before the pictures, so that a chat can play while it loads."""
    data = path.read_bytes()
    return 0 < data.find(b"moov") < data.find(b"mdat")
