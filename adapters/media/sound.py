"""Makes sound fit: long and loud enough to hear, short and small enough to send."""

from array import array
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.media import av_reader, texts, without_pyav
from adapters.media.audio_checks import QUIET, Heard, judge
from adapters.media.protocol import Task, fitted
from adapters.media.resample import Evener
from adapters.media.sniff import Found
from bot.requests.media import Fitted, Kind

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

PREFERRED = ("m4a", "mp3", "wav", "flac")
CODERS = {"m4a": ("ipod", "aac"), "mp3": ("mp3", "libmp3lame"), "wav": ("wav", "pcm_s16le"), "flac": ("flac", "flac")}
RATES = tuple(1000 * rate for rate in (128, 112, 96, 80, 64, 56, 48, 40, 32, 24))  # those MP3 has, too
FULL, HALF, SPEECH = 44_100, 22_050, 16_000  # samples a second
WRAPPING = 0.96  # the share of a file that is sound


def fit_sound(task: Task, found: Found) -> Fitted:
    """The recording itself when it fits, else a smaller one; of a video, its sound track."""
    if not av_reader.present():
        return without_pyav.fit_sound(task, found)
    with av_reader.opened(task.source, found) as container:
        track = av_reader.sound_track(container)
        if track is None:
            raise texts.soundless(task.name)
        heard = listened(container, track, task.limits.most_seconds or float("inf"))
        located = av_reader.located(container)
    judge(task.name, heard, task.limits)
    taken = found.kind is Kind.SOUND and found.format in task.formats and task.size <= task.limits.most_bytes
    if taken and not heard.damaged and not located:
        return fitted(task.source, found.format, heard.seconds)
    return _smaller(task, found, heard.seconds)


def listened(container: "InputContainer", track: "AudioStream", most: float) -> Heard:
    """Decode bit by bit up to the limit; past it only count, so that the refusal can say how long it is."""
    seconds, peak, damaged, even = 0.0, 0, False, Evener("s16")
    for packet in av_reader.packets(container, track):
        if seconds > most:
            seconds += float((packet.duration or 0) * packet.time_base)
            continue
        frames = av_reader.sounds(packet)
        damaged = damaged or frames is None
        for frame in frames or ():
            seconds += frame.samples / frame.sample_rate
            if peak < QUIET:
                peak = max(peak, *map(loudest, even.take(frame)), 0)
    return Heard(round(seconds, 3), peak, damaged)  # the frames' lengths do not add up exactly


def loudest(part: "AudioFrame") -> int:
    """The largest sample of a frame in 16 bits, of 32,768."""
    used = part.samples * part.layout.nb_channels * 2  # a frame's memory may be longer than its sound
    samples = array("h", bytes(part.planes[0])[:used])
    return max(max(samples, default=0), -min(samples, default=0))


def _smaller(task: Task, found: Found, seconds: float) -> Fitted:
    """Encoded anew, the better the more room there is."""
    form = next((form for form in PREFERRED if form in task.formats), None)
    if form is None:
        raise texts.not_taken(task.name, found.format, task.limits)
    path = task.out(form)
    for bits, rate in _ways(form, seconds, task.limits.most_bytes):
        _recorded(task.source, found, path, form, bits, rate)
        if path.stat().st_size <= task.limits.most_bytes:
            return fitted(path, form, seconds)
    path.unlink(missing_ok=True)
    raise texts.too_many_bytes(task.name, task.size, task.limits.most_bytes)


def _ways(form: str, seconds: float, most: int) -> Iterator[tuple[int, int]]:
    """Bits and samples a second worth trying: those that should come out small enough."""
    room = most * 8 * WRAPPING / seconds
    if form in ("m4a", "mp3"):
        yield from ((bits, FULL if bits >= 64_000 else HALF) for bits in RATES if bits <= room)
    else:
        yield from ((16 * rate, rate) for rate in (FULL, HALF, SPEECH) if form == "flac" or 16 * rate <= room)


def _recorded(source: Path, found: Found, path: Path, form: str, bits: int, rate: int) -> None:
    """One sound track, one channel, no notes about who recorded it and where."""
    import av

    wrapper, coder = CODERS[form]
    with av_reader.opened(source, found) as container, av.open(str(path), "w", format=wrapper) as out:
        track = av_reader.sound_track(container)
        written = out.add_stream(coder, rate=rate, layout="mono")
        if track is None or not isinstance(written, av.AudioStream):
            raise ValueError("the sound track is gone")
        if form in ("m4a", "mp3"):
            written.bit_rate = bits
        for frame in _even(container, track, rate):
            out.mux(written.encode(frame))
        out.mux(written.encode(None))


def _even(container: "InputContainer", track: "AudioStream", rate: int) -> "Iterator[AudioFrame]":
    """The track at one rate in one channel, counted anew so that what was damaged leaves no gap."""
    even, at = Evener("s16", rate, "mono"), 0
    frames = (frame for packet in av_reader.packets(container, track) for frame in av_reader.sounds(packet) or ())
    for part in chain((part for frame in frames for part in even.take(frame)), even.rest()):
        part.pts, at = at, at + part.samples
        yield part
