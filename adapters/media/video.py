"""Makes a video fit: in a container that is taken, long and short enough, without the place it was filmed at."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.media import av_reader, texts, without_pyav
from adapters.media.audio_checks import judge_length
from adapters.media.picture import Sides, shrunk
from adapters.media.protocol import Task, fitted
from adapters.media.resample import Evener
from adapters.media.sniff import Found
from bot.requests.media import Fitted

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

MOST_SQUEEZED = 512 * 2**20  # bytes; encoding more than this anew takes longer than anyone waits
MOST_RATE = 20_000_000  # bits a second
SOUND_RATE = 128_000
WRITERS = {"mkv": "matroska", "ts": "mpegts"}


def fit_video(task: Task, found: Found) -> Fitted:
    """The video itself when it fits, else an MP4 with H.264 and AAC."""
    if not av_reader.present():
        return without_pyav.as_it_is(task, found)
    seconds = av_reader.length(task.source, found)
    judge_length(task.name, seconds, task.limits)
    with av_reader.opened(task.source, found) as container:
        sides = _seen(task, container)
        located, plays = av_reader.located(container), _plays_as_mp4(container)
    target = shrunk(task.name, sides, task.limits)
    small = task.size <= task.limits.most_bytes and target == sides
    taken = found.format in task.formats
    if small and taken and not located:
        return fitted(task.source, found.format, seconds, sides)
    form = found.format if taken else "mp4"
    if small and (taken or plays) and form in task.formats and (path := _wrapped(task, found, form)):
        return fitted(path, form, seconds, sides)
    _refuse_hopeless(task, found)
    return _smaller(task, found, seconds, target)


def _seen(task: Task, container: "InputContainer") -> Sides:
    """The size of the first picture, which must be there and open."""
    track = av_reader.picture_track(container)
    if track is None:
        raise texts.sightless(task.name)
    for packet in av_reader.packets(container, track):
        for frame in av_reader.pictures(packet):
            return frame.width, frame.height
    raise texts.spoilt(task.name, task.limits.kind)


def _plays_as_mp4(container: "InputContainer") -> bool:
    """Whether the tracks can be put into an MP4 as they are."""
    picture, sound = av_reader.picture_track(container), av_reader.sound_track(container)
    heard = sound is None or sound.codec_context.name in ("aac", "mp3", "mp3float")
    return heard and picture is not None and picture.codec_context.name == "h264"


def _refuse_hopeless(task: Task, found: Found) -> None:
    if "mp4" not in task.formats:
        raise texts.not_taken(task.name, found.format, task.limits)
    if task.size > task.limits.most_bytes and task.size > MOST_SQUEEZED:
        raise texts.too_many_bytes(task.name, task.size, task.limits.most_bytes)


def _created(path: Path, form: str) -> "OutputContainer":
    """An output whose index lies at the front, so that it plays while it loads."""
    import av

    front = {"movflags": "+faststart"} if form in ("mp4", "mov") else {}
    return av.open(str(path), "w", format=WRITERS.get(form, form), options=front)


def _wrapped(task: Task, found: Found, form: str) -> Path | None:
    """The same picture and sound in a new wrapper, which carries no notes; None where it cannot be used."""
    path = task.out(form)
    with suppress(ValueError):  # some old containers keep time in a way others cannot
        _copy(task, found, path, form)
        if path.stat().st_size <= task.limits.most_bytes:
            return path
    path.unlink(missing_ok=True)
    return None


def _copy(task: Task, found: Found, path: Path, form: str) -> None:
    """Packet by packet, as they are."""
    with av_reader.opened(task.source, found) as container, _created(path, form) as out:
        tracks = [track for track in (av_reader.picture_track(container), av_reader.sound_track(container)) if track]
        written = {track.index: out.add_stream_from_template(track) for track in tracks}
        for packet in _dated(av_reader.packets(container, *tracks)):
            packet.stream = written[packet.stream_index]
            out.mux(packet)


def _dated(packets: "Iterator[Packet[Stream]]") -> "Iterator[Packet[Stream]]":
    """Each with its time to decode: Matroska gives none to the first few of a track, and MP4 needs them all."""
    early: list[Packet[Stream]] = []
    for packet in packets:
        if packet.dts is None and packet.size:
            early.append(packet)
            continue
        if early and packet.dts is not None and packet.stream_index == early[0].stream_index:
            step = packet.duration or 1
            for back, first in enumerate(reversed(early), 1):
                first.dts = packet.dts - back * step
            yield from early
            early.clear()
        if packet.dts is not None:
            yield packet


def _smaller(task: Task, found: Found, seconds: float, sides: Sides) -> Fitted:
    """Encoded anew as H.264 and AAC."""
    path = task.out("mp4")
    even = (max(2, sides[0] // 2 * 2), max(2, sides[1] // 2 * 2))  # H.264 halves the colours each way
    room = task.limits.most_bytes * 8 * 0.9 / max(seconds, 1.0) - SOUND_RATE
    with av_reader.opened(task.source, found) as container, _created(path, "mp4") as out:
        _encode(container, out, even, int(min(MOST_RATE, max(room, 50_000))))
    result = fitted(path, "mp4", seconds, even)
    if result.size > task.limits.most_bytes:
        path.unlink()
        raise texts.too_many_bytes(task.name, task.size, task.limits.most_bytes)
    return result


def _encode(container: "InputContainer", out: "OutputContainer", sides: Sides, rate: int) -> None:
    """Frame by frame, in the order they come."""
    picture, sound = av_reader.picture_track(container), av_reader.sound_track(container)
    if picture is None:
        raise ValueError("the picture track is gone")
    seen, heard = _seen_as(out, picture, sides, rate), _heard_as(out) if sound else None
    even = Evener("fltp", 48_000, "stereo")
    for packet in av_reader.packets(container, *(track for track in (picture, sound) if track)):
        if packet.stream_index == picture.index:
            for frame in av_reader.pictures(packet):
                out.mux(seen.encode(_reshaped(frame, seen, sides)))
        elif heard:
            _mux_sound(out, heard, (part for frame in av_reader.sounds(packet) or () for part in even.take(frame)))
    out.mux(seen.encode(None))
    if heard:
        _mux_sound(out, heard, even.rest())
        out.mux(heard.encode(None))


def _mux_sound(out: "OutputContainer", heard: "AudioStream", parts: "Iterable[AudioFrame]") -> None:
    for part in parts:
        out.mux(heard.encode(part))


def _reshaped(frame: "VideoFrame", seen: "VideoStream", sides: Sides) -> "VideoFrame":
    """At the new size, in plain colours; a phone held upright notes that in each frame, and we in the track."""
    if frame.rotation and not seen.codec_context.is_open:
        seen.set_display_rotation(frame.rotation)
    even = frame.reformat(*sides, format="yuv420p")
    even.pict_type = 0  # else the encoder would make key frames where the source had some
    return even


def _seen_as(out: "OutputContainer", picture: "VideoStream", sides: Sides, rate: int) -> "VideoStream":
    how = {"preset": "veryfast", "crf": "23", "maxrate": str(rate), "bufsize": str(2 * rate)}
    seen = out.add_stream("libx264", rate=picture.guessed_rate or Fraction(30), options=how)
    if seen.type != "video":
        raise TypeError(seen.type)
    seen.width, seen.height, seen.pix_fmt = *sides, "yuv420p"
    seen.codec_context.thread_count = av_reader.THREADS
    if picture.time_base:
        seen.codec_context.time_base = picture.time_base  # keeps the moments of a recording with a changing pace
    return seen


def _heard_as(out: "OutputContainer") -> "AudioStream":
    heard = out.add_stream("aac", rate=48_000, layout="stereo")
    if heard.type != "audio":
        raise TypeError(heard.type)
    heard.bit_rate = SOUND_RATE
    return heard
