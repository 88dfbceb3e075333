"""Makes sound fit: long and loud enough to hear, short and small enough to send."""

import sys
import wave
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.media import av_reader, texts
from adapters.media.av_reader import Resampler
from adapters.media.protocol import FitTask, normalise_formats, prepared_file
from adapters.media.sniff import FileType
from bot.requests.media import FileLimits, MediaKind, PreparedFile

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

PREFERRED_FORMATS = ("m4a", "mp3", "wav", "flac")
CODECS = {"m4a": ("ipod", "aac"), "mp3": ("mp3", "libmp3lame"), "wav": ("wav", "pcm_s16le"), "flac": ("flac", "flac")}
BIT_RATES = tuple(1000 * rate for rate in (128, 112, 96, 80, 64, 56, 48, 40, 32, 24))  # those MP3 has, too
FULL_RATE_HZ, HALF_RATE_HZ, SPEECH_RATE_HZ = 44_100, 22_050, 16_000  # samples a second
SOUND_SHARE = 0.96  # the share of a file that is sound
BLOCK_SAMPLES = 65_536  # samples read at a time without PyAV
SILENCE_PEAK = 33  # of 32,768: about -60 dB, where nobody hears a thing


@dataclass(frozen=True)
class AudioSummary:
    """How long a recording is, its largest sample of 32,768, and whether parts of it could not be read."""

    seconds: float
    peak: int
    damaged: bool = False


def check_recording(name: str, summary: AudioSummary, limits: FileLimits) -> None:
    if summary.seconds == 0:
        raise texts.no_sound(name)
    check_duration(name, summary.seconds, limits)
    if summary.peak < SILENCE_PEAK:
        raise texts.silent_sound(name)


def check_duration(name: str, seconds: float, limits: FileLimits) -> None:
    if limits.max_seconds is not None and seconds > limits.max_seconds:
        raise texts.too_long(name, seconds, limits.max_seconds)
    if limits.min_seconds is not None and seconds < limits.min_seconds:
        raise texts.too_short(name, seconds, limits.min_seconds)


def fit_sound(task: FitTask, file_type: FileType) -> PreparedFile:
    """The recording itself when it fits, else a smaller one; of a video, its sound track."""
    if not av_reader.pyav_installed():
        return fit_sound_without_pyav(task, file_type)
    with av_reader.open_container(task.source, file_type) as container:
        track = av_reader.sound_track(container)
        if track is None:
            raise texts.no_sound(task.name)
        summary = summarise_track(container, track, task.limits.max_seconds or float("inf"))
        located = av_reader.carries_location(container)
    check_recording(task.name, summary, task.limits)
    is_accepted = (
        file_type.kind is MediaKind.SOUND and file_type.format in task.formats and task.size <= task.limits.max_bytes
    )
    if is_accepted and not summary.damaged and not located:
        return prepared_file(task.source, file_type.format, summary.seconds)
    return _reencode_sound(task, file_type, summary.seconds)


def summarise_track(container: "InputContainer", track: "AudioStream", max_seconds: float) -> AudioSummary:
    """Decode bit by bit up to the limit; past it only count, so that the refusal can say how long it is."""
    seconds, peak, damaged, resampler = 0.0, 0, False, Resampler("s16")
    for packet in av_reader.read_packets(container, track):
        if seconds > max_seconds:
            seconds += float((packet.duration or 0) * packet.time_base)
            continue
        frames = av_reader.decode_sound(packet)
        damaged = damaged or frames is None
        for frame in frames or ():
            seconds += frame.samples / frame.sample_rate
            if peak < SILENCE_PEAK:
                peak = max(peak, *map(frame_peak, resampler.resample(frame)), 0)
    return AudioSummary(round(seconds, 3), peak, damaged)  # the frames' lengths do not add up exactly


def frame_peak(frame: "AudioFrame") -> int:
    """The largest sample of a frame in 16 bits, of 32,768."""
    used = frame.samples * frame.layout.nb_channels * 2  # a frame's memory may be longer than its sound
    samples = array("h", bytes(frame.planes[0])[:used])
    return max(max(samples, default=0), -min(samples, default=0))


def _reencode_sound(task: FitTask, file_type: FileType, seconds: float) -> PreparedFile:
    """Encoded again, in the best quality that fits."""
    format_ = next((format_ for format_ in PREFERRED_FORMATS if format_ in task.formats), None)
    if format_ is None:
        raise texts.format_not_accepted(task.name, file_type.format, task.limits)
    path = task.output_path(format_)
    for bits, rate in _encoder_settings(format_, seconds, task.limits.max_bytes):
        _write_sound(task.source, file_type, path, format_, bits, rate)
        if path.stat().st_size <= task.limits.max_bytes:
            return prepared_file(path, format_, seconds)
    path.unlink(missing_ok=True)
    raise texts.too_many_bytes(task.name, task.size, task.limits.max_bytes)


def _encoder_settings(format_: str, seconds: float, max_bytes: int) -> Iterator[tuple[int, int]]:
    """Bits and samples a second worth trying: those that should come out small enough."""
    room = max_bytes * 8 * SOUND_SHARE / seconds
    if format_ in ("m4a", "mp3"):
        yield from ((bits, FULL_RATE_HZ if bits >= 64_000 else HALF_RATE_HZ) for bits in BIT_RATES if bits <= room)
    else:
        yield from (
            (16 * rate, rate)
            for rate in (FULL_RATE_HZ, HALF_RATE_HZ, SPEECH_RATE_HZ)
            if format_ == "flac" or 16 * rate <= room
        )


def _write_sound(source: Path, file_type: FileType, path: Path, format_: str, bits: int, rate: int) -> None:
    """One sound track, one channel, without metadata about who recorded it and where."""
    import av

    wrapper, coder = CODECS[format_]
    with av_reader.open_container(source, file_type) as container, av.open(str(path), "w", format=wrapper) as out:
        track = av_reader.sound_track(container)
        written = out.add_stream(coder, rate=rate, layout="mono")
        if track is None or not isinstance(written, av.AudioStream):
            raise ValueError("the sound track is gone")
        if format_ in ("m4a", "mp3"):
            written.bit_rate = bits
        for frame in _resample_track(container, track, rate):
            out.mux(written.encode(frame))
        out.mux(written.encode(None))


def _resample_track(container: "InputContainer", track: "AudioStream", rate: int) -> "Iterator[AudioFrame]":
    """The track at one rate in one channel, with new times, so that what was damaged leaves no gap."""
    resampler, position = Resampler("s16", rate, "mono"), 0
    frames = (
        frame for packet in av_reader.read_packets(container, track) for frame in av_reader.decode_sound(packet) or ()
    )
    for part in chain((part for frame in frames for part in resampler.resample(frame)), resampler.flush()):
        part.pts, position = position, position + part.samples
        yield part


def fit_sound_without_pyav(task: FitTask, file_type: FileType) -> PreparedFile:
    """The recording as it is: nothing can be converted here."""
    seconds = _check_wav(task) if file_type.format == "wav" else None
    return pass_unchanged(task, file_type, seconds)


def pass_unchanged(task: FitTask, file_type: FileType, seconds: float | None = None) -> PreparedFile:
    """The file itself, when its type and size are accepted."""
    # A video whose sound we cannot extract goes whole to a studio that accepts that.
    if file_type.format not in normalise_formats(file_type.kind, task.limits.formats):
        if file_type.kind is not task.limits.kind:
            raise texts.wrong_kind(task.name, file_type.kind, task.limits.kind)
        raise texts.format_not_accepted(task.name, file_type.format, task.limits)
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
