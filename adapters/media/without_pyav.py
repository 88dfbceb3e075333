"""What can be told of sound and video without PyAV: WAV by the standard library, all else by type and size."""

import sys
import wave
from array import array

from adapters.media import texts
from adapters.media.audio_checks import SILENCE_PEAK, AudioSummary, check_recording
from adapters.media.protocol import FitTask, normalise_formats, prepared_file
from adapters.media.sniff import FileType
from bot.requests.media import MediaKind, PreparedFile

BLOCK_SAMPLES = 65_536  # samples listened to at a time


def fit_sound_without_pyav(task: FitTask, file_type: FileType) -> PreparedFile:
    """The recording as it is: nothing can be made over here."""
    if file_type.kind is not MediaKind.SOUND:
        return _pass_whole_video(task, file_type)
    seconds = _check_wav(task) if file_type.format == "wav" else None
    return pass_unchanged(task, file_type, seconds)


def _pass_whole_video(task: FitTask, file_type: FileType) -> PreparedFile:
    """A video whose sound we cannot take out goes whole to a studio that says it takes such."""
    if file_type.format not in normalise_formats(MediaKind.VIDEO, task.limits.formats):
        raise texts.wrong_kind(task.name, file_type.kind, MediaKind.SOUND)
    if task.size > task.limits.max_bytes:
        raise texts.too_many_bytes(task.name, task.size, task.limits.max_bytes)
    return prepared_file(task.source, file_type.format)


def pass_unchanged(task: FitTask, file_type: FileType, seconds: float | None = None) -> PreparedFile:
    """The file itself, when its type and size are taken."""
    if file_type.format not in task.formats:
        raise texts.format_not_taken(task.name, file_type.format, task.limits)
    if task.size > task.limits.max_bytes:
        raise texts.too_many_bytes(task.name, task.size, task.limits.max_bytes)
    return prepared_file(task.source, file_type.format, seconds)


def _check_wav(task: FitTask) -> float | None:
    """How long a WAV is, refused when too long, too short or silent; None for a coding this library lacks."""
    try:
        with task.source.open("rb") as file, wave.open(file) as recording:
            summary = _summarise_wav(recording)
    except wave.Error:
        return None
    check_recording(task.name, summary, task.limits)
    return summary.seconds


def _summarise_wav(recording: wave.Wave_read) -> AudioSummary:
    """Block by block; the samples are counted, as the header of a recording cut off may promise more."""
    width, channels, count, peak = recording.getsampwidth(), recording.getnchannels(), 0, 0
    while block := recording.readframes(BLOCK_SAMPLES):
        count += len(block) // (width * channels)
        if peak < SILENCE_PEAK:
            peak = max(peak, block_peak(block, width))
    return AudioSummary(count / recording.getframerate(), peak)


def block_peak(block: bytes, width: int) -> int:
    """The largest sample of a block, of 32,768, by the two highest bytes of each sample."""
    if width == 1:
        return max(abs(sample - 128) for sample in block) * 256
    high = bytearray(len(block) // width * 2)
    high[0::2], high[1::2] = block[width - 2 :: width], block[width - 1 :: width]
    samples = array("h", bytes(high))
    if sys.byteorder == "big":
        samples.byteswap()
    return max(max(samples, default=0), -min(samples, default=0))
