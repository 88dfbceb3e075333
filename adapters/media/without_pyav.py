"""What can be told of sound and video without PyAV: WAV by the standard library, all else by type and size."""

import sys
import wave
from array import array

from adapters.media import texts
from adapters.media.audio_checks import QUIET, Heard, judge
from adapters.media.protocol import Task, fitted, spelt
from adapters.media.sniff import Found
from bot.requests.media import Fitted, Kind

BLOCK = 65_536  # samples listened to at a time


def fit_sound(task: Task, found: Found) -> Fitted:
    """The recording as it is: nothing can be made over here."""
    if found.kind is not Kind.SOUND:
        return _unseparated(task, found)
    seconds = _heard(task) if found.format == "wav" else None
    return as_it_is(task, found, seconds)


def _unseparated(task: Task, found: Found) -> Fitted:
    """A video whose sound we cannot take out goes whole to a studio that says it takes such."""
    if found.format not in spelt(Kind.VIDEO, task.limits.formats):
        raise texts.other_kind(task.name, found.kind, Kind.SOUND)
    if task.size > task.limits.most_bytes:
        raise texts.too_many_bytes(task.name, task.size, task.limits.most_bytes)
    return fitted(task.source, found.format)


def as_it_is(task: Task, found: Found, seconds: float | None = None) -> Fitted:
    """The file itself, when its type and size are taken."""
    if found.format not in task.formats:
        raise texts.not_taken(task.name, found.format, task.limits)
    if task.size > task.limits.most_bytes:
        raise texts.too_many_bytes(task.name, task.size, task.limits.most_bytes)
    return fitted(task.source, found.format, seconds)


def _heard(task: Task) -> float | None:
    """How long a WAV is, refused when too long, too short or silent; None for a coding this library lacks."""
    try:
        with task.source.open("rb") as file, wave.open(file) as recording:
            heard = _listened(recording)
    except wave.Error:
        return None
    judge(task.name, heard, task.limits)
    return heard.seconds


def _listened(recording: wave.Wave_read) -> Heard:
    """Block by block; the samples are counted, as the header of a recording cut off may promise more."""
    width, channels, count, peak = recording.getsampwidth(), recording.getnchannels(), 0, 0
    while block := recording.readframes(BLOCK):
        count += len(block) // (width * channels)
        if peak < QUIET:
            peak = max(peak, loudest(block, width))
    return Heard(count / recording.getframerate(), peak)


def loudest(block: bytes, width: int) -> int:
    """The largest sample of a block, of 32,768, by the two highest bytes of each sample."""
    if width == 1:
        return max(abs(sample - 128) for sample in block) * 256
    high = bytearray(len(block) // width * 2)
    high[0::2], high[1::2] = block[width - 2 :: width], block[width - 1 :: width]
    samples = array("h", bytes(high))
    if sys.byteorder == "big":
        samples.byteswap()
    return max(max(samples, default=0), -min(samples, default=0))
