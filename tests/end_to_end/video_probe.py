"""Looks into finished videos: real decoding, nothing believed by name."""

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np


@dataclass(frozen=True)
class VideoProbe:
    """What a video is when it is really decoded."""

    video: str
    audio: str | None
    width: int
    height: int
    frames: int
    seconds: float
    peak_loudness: float  # of 1.0
    mean_motion: float  # the mean change between frames, of 255


def probe_video(path: Path) -> VideoProbe:
    """Decode a whole video."""
    with av.open(str(path)) as container:
        picture = container.streams.video[0]
        sound = container.streams.audio[0] if container.streams.audio else None
        frames, loudest, changes, before = 0, 0.0, 0.0, None
        for frame in container.decode(*(each for each in (picture, sound) if each)):
            if isinstance(frame, av.VideoFrame):
                now = frame.to_ndarray(format="gray").astype(np.int16)
                changes += 0.0 if before is None else float(np.abs(now - before).mean())
                before, frames = now, frames + 1
            elif isinstance(frame, av.AudioFrame):
                loudest = max(loudest, float(np.abs(frame.to_ndarray()).max()))
        return VideoProbe(
            video=picture.codec_context.name,
            audio=sound.codec_context.name if sound else None,
            width=picture.codec_context.width,
            height=picture.codec_context.height,
            frames=frames,
            seconds=float(container.duration or 0) / 1_000_000,
            peak_loudness=loudest,
            mean_motion=changes / max(1, frames - 1),
        )
