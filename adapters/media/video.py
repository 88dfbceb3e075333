"""Makes a video fit: in a container that is taken, long and short enough, without the place it was filmed at."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.media import av_reader, texts
from adapters.media.av_reader import Resampler
from adapters.media.picture import Sides, fitting_size
from adapters.media.protocol import FitTask, prepared_file
from adapters.media.sniff import FileType
from adapters.media.sound import check_duration, pass_unchanged
from bot.requests.media import PreparedFile

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

MAX_REENCODED_BYTES = 512 * 2**20  # bytes; re-encoding more than this takes longer than anyone waits
MAX_BIT_RATE = 20_000_000  # bits a second
SOUND_BIT_RATE = 128_000
AV_WRITERS = {"mkv": "matroska", "ts": "mpegts"}


def fit_video(task: FitTask, file_type: FileType) -> PreparedFile:
    """The video itself when it fits, else an MP4 with H.264 and AAC."""
    if not av_reader.pyav_installed():
        return pass_unchanged(task, file_type)
    seconds = av_reader.media_duration(task.source, file_type)
    check_duration(task.name, seconds, task.limits)
    with av_reader.open_container(task.source, file_type) as container:
        sides = _first_picture_sides(task, container)
        located, plays = av_reader.carries_location(container), _plays_as_mp4(container)
    target = fitting_size(task.name, sides, task.limits)
    small = task.size <= task.limits.max_bytes and target == sides
    is_accepted = file_type.format in task.formats
    if small and is_accepted and not located:
        return prepared_file(task.source, file_type.format, seconds, sides)
    format_ = file_type.format if is_accepted else "mp4"
    if small and (is_accepted or plays) and format_ in task.formats and (path := _rewrap(task, file_type, format_)):
        return prepared_file(path, format_, seconds, sides)
    _refuse_hopeless(task, file_type)
    return _reencode_video(task, file_type, seconds, target)


def _first_picture_sides(task: FitTask, container: "InputContainer") -> Sides:
    track = av_reader.picture_track(container)
    if track is None:
        raise texts.no_moving_picture(task.name)
    for packet in av_reader.read_packets(container, track):
        for frame in av_reader.decode_pictures(packet):
            return frame.width, frame.height
    raise texts.broken_file(task.name, task.limits.kind)


def _plays_as_mp4(container: "InputContainer") -> bool:
    """Whether the tracks can be put into an MP4 as they are."""
    picture, sound = av_reader.picture_track(container), av_reader.sound_track(container)
    sound_plays = sound is None or sound.codec_context.name in ("aac", "mp3", "mp3float")
    return sound_plays and picture is not None and picture.codec_context.name == "h264"


def _refuse_hopeless(task: FitTask, file_type: FileType) -> None:
    if "mp4" not in task.formats:
        raise texts.format_not_accepted(task.name, file_type.format, task.limits)
    if task.size > task.limits.max_bytes and task.size > MAX_REENCODED_BYTES:
        raise texts.too_many_bytes(task.name, task.size, task.limits.max_bytes)


def open_output(path: Path, format_: str) -> "OutputContainer":
    """An output whose index lies at the front, so that it plays while it loads."""
    import av

    front = {"movflags": "+faststart"} if format_ in ("mp4", "mov") else {}
    return av.open(str(path), "w", format=AV_WRITERS.get(format_, format_), options=front)


def _rewrap(task: FitTask, file_type: FileType, format_: str) -> Path | None:
    """The same picture and sound in a new wrapper, which carries no notes; None where it cannot be used."""
    path = task.output_path(format_)
    with suppress(ValueError):  # some old containers keep time in a way others cannot
        _copy_packets(task, file_type, path, format_)
        if path.stat().st_size <= task.limits.max_bytes:
            return path
    path.unlink(missing_ok=True)
    return None


def _copy_packets(task: FitTask, file_type: FileType, path: Path, format_: str) -> None:
    with av_reader.open_container(task.source, file_type) as container, open_output(path, format_) as out:
        tracks = [track for track in (av_reader.picture_track(container), av_reader.sound_track(container)) if track]
        written = {track.index: out.add_stream_from_template(track) for track in tracks}
        for packet in _fill_decode_times(av_reader.read_packets(container, *tracks)):
            packet.stream = written[packet.stream_index]
            out.mux(packet)


def _fill_decode_times(packets: "Iterator[Packet[Stream]]") -> "Iterator[Packet[Stream]]":
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


def _reencode_video(task: FitTask, file_type: FileType, seconds: float, sides: Sides) -> PreparedFile:
    path = task.output_path("mp4")
    even_sides = (max(2, sides[0] // 2 * 2), max(2, sides[1] // 2 * 2))  # H.264 halves the colours each way
    room = task.limits.max_bytes * 8 * 0.9 / max(seconds, 1.0) - SOUND_BIT_RATE
    with av_reader.open_container(task.source, file_type) as container, open_output(path, "mp4") as out:
        rate = int(min(MAX_BIT_RATE, max(room, 50_000)))
        rate_options = {"crf": "23", "maxrate": str(rate), "bufsize": str(2 * rate)}
        encode_tracks(container, out, even_sides, rate_options, SOUND_BIT_RATE)
    result = prepared_file(path, "mp4", seconds, even_sides)
    if result.size > task.limits.max_bytes:
        path.unlink()
        raise texts.too_many_bytes(task.name, task.size, task.limits.max_bytes)
    return result


def encode_tracks(
    container: "InputContainer", out: "OutputContainer", sides: Sides, rate_options: dict[str, str], sound_rate: int
) -> None:
    picture, sound = av_reader.picture_track(container), av_reader.sound_track(container)
    if picture is None:
        raise ValueError("the picture track is gone")
    video_out = _add_video_track(out, picture, sides, rate_options)
    audio_out = _add_audio_track(out, sound_rate) if sound else None
    resampler = Resampler("fltp", 48_000, "stereo")
    for packet in av_reader.read_packets(container, *(track for track in (picture, sound) if track)):
        if packet.stream_index == picture.index:
            for frame in av_reader.decode_pictures(packet):
                out.mux(video_out.encode(_scale_frame(frame, video_out, sides)))
        elif audio_out:
            _mux_sound(
                out,
                audio_out,
                (part for frame in av_reader.decode_sound(packet) or () for part in resampler.resample(frame)),
            )
    out.mux(video_out.encode(None))
    if audio_out:
        _mux_sound(out, audio_out, resampler.flush())
        out.mux(audio_out.encode(None))


def _mux_sound(out: "OutputContainer", audio_out: "AudioStream", frames: "Iterable[AudioFrame]") -> None:
    for frame in frames:
        out.mux(audio_out.encode(frame))


def _scale_frame(frame: "VideoFrame", video_out: "VideoStream", sides: Sides) -> "VideoFrame":
    """At the new size, in plain colours; a phone held upright notes that in each frame, and we in the track."""
    if frame.rotation and not video_out.codec_context.is_open:
        video_out.set_display_rotation(frame.rotation)
    scaled = frame.reformat(*sides, format="yuv420p")
    scaled.pict_type = 0  # else the encoder would make key frames where the source had some
    return scaled


def _add_video_track(
    out: "OutputContainer", picture: "VideoStream", sides: Sides, rate_options: dict[str, str]
) -> "VideoStream":
    options = {"preset": "veryfast", **rate_options}
    video_out = out.add_stream("libx264", rate=picture.guessed_rate or Fraction(30), options=options)
    if video_out.type != "video":
        raise TypeError(video_out.type)
    video_out.width, video_out.height, video_out.pix_fmt = *sides, "yuv420p"
    video_out.codec_context.thread_count = av_reader.DECODER_THREADS
    if picture.time_base:
        video_out.codec_context.time_base = picture.time_base  # keeps the moments of a recording with a changing pace
    return video_out


def _add_audio_track(out: "OutputContainer", rate: int) -> "AudioStream":
    audio_out = out.add_stream("aac", rate=48_000, layout="stereo")
    if audio_out.type != "audio":
        raise TypeError(audio_out.type)
    audio_out.bit_rate = rate
    return audio_out
