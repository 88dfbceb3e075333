"""Sound in and out of files, at the one rate films use."""

from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from adapters.sandbox.render.order import MAX_VIDEO_SECONDS, RenderFailed
from adapters.sandbox.safe_open import open_media

SAMPLE_RATE = 48_000
"""Every codec the sandbox writes takes it; Opus takes little else."""

Samples = npt.NDArray[np.int16]


def read_sound(path: Path) -> Samples:
    """The sound of a file as mono samples at the films' rate."""
    limit, pieces, got = int(MAX_VIDEO_SECONDS * SAMPLE_RATE), list[Samples](), 0
    try:
        with open_media(path) as file:
            mono = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
            for frame in file.decode(file.streams.audio[0]):
                for piece in mono.resample(frame):
                    pieces.append(_frame_samples(piece))
                    got += len(pieces[-1])
                if got >= limit:
                    break
    except (av.FFmpegError, IndexError) as fault:
        raise RenderFailed("UnknownError", "the sound cannot be read") from fault
    return np.concatenate(pieces)[:limit] if pieces else np.zeros(0, np.int16)


def resample(samples: Samples, rate: int) -> Samples:
    """Samples of another rate at the films' rate."""
    if rate == SAMPLE_RATE or not len(samples):
        return samples
    frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = rate
    mono = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
    pieces = [_frame_samples(piece) for each in (frame, None) for piece in mono.resample(each)]
    return np.concatenate(pieces)


def _frame_samples(frame: av.AudioFrame) -> Samples:
    return frame.to_ndarray().reshape(-1).astype(np.int16, copy=False)


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * SAMPLE_RATE), np.int16)


def fit_length(samples: Samples, seconds: float) -> Samples:
    """The samples cut, or followed by silence, to last exactly so long."""
    count = round(seconds * SAMPLE_RATE)
    return np.pad(samples[:count], (0, max(count - len(samples), 0)))
