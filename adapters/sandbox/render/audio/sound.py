"""Sound in and out of files, at the one rate films use."""

from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from adapters.sandbox.render.order import LONGEST_FILM, Spoilt
from adapters.sandbox.safe_open import opened_film

RATE = 48_000
"""Every codec the sandbox writes takes it; Opus takes little else."""

Samples = npt.NDArray[np.int16]


def read(path: Path, longest: float = LONGEST_FILM) -> Samples:
    """The sound of a file as mono samples at the films' rate."""
    limit, pieces, got = int(longest * RATE), list[Samples](), 0
    try:
        with opened_film(path) as file:
            mono = av.AudioResampler(format="s16", layout="mono", rate=RATE)
            for frame in file.decode(file.streams.audio[0]):
                for piece in mono.resample(frame):
                    pieces.append(_samples(piece))
                    got += len(pieces[-1])
                if got >= limit:
                    break
    except (av.FFmpegError, IndexError) as fault:
        raise Spoilt("UnknownError", "the sound cannot be read") from fault
    return np.concatenate(pieces)[:limit] if pieces else np.zeros(0, np.int16)


def resample(samples: Samples, rate: int) -> Samples:
    """Samples of another rate at the films' rate."""
    if rate == RATE or not len(samples):
        return samples
    frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = rate
    mono = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    pieces = [_samples(piece) for each in (frame, None) for piece in mono.resample(each)]
    return np.concatenate(pieces)


def _samples(frame: av.AudioFrame) -> Samples:
    """The samples of a mono frame."""
    return frame.to_ndarray().reshape(-1).astype(np.int16, copy=False)


def silence(seconds: float) -> Samples:
    """No sound for a while."""
    return np.zeros(round(seconds * RATE), np.int16)


def fitted(samples: Samples, seconds: float) -> Samples:
    """The samples cut, or followed by silence, to last exactly so long."""
    count = round(seconds * RATE)
    return np.pad(samples[:count], (0, max(count - len(samples), 0)))
