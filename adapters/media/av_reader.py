"""Opens sound and video with PyAV where that is installed, always by the one reader its first bytes call for."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.media.sniff import FileType

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

AV_READERS = {"m4a": "mov", "mp4": "mov", "mov": "mov", "webm": "matroska", "mkv": "matroska", "ts": "mpegts"}
# Left to guess, the library would also take a playlist, which names other files and addresses.
LOCAL_FILE_OPTIONS = {"protocol_whitelist": "file"}
DECODER_THREADS = 4  # each has memory of its own, and the worker's is limited
LOCATION_KEYS = ("location", "gps", "xyz")


def pyav_installed() -> bool:
    """PyAV comes with the extra "demo"."""
    return importlib.util.find_spec("av") is not None


def open_container(source: Path, file_type: FileType) -> "InputContainer":
    """The file, opened; to be used in a `with`."""
    import av

    reader = AV_READERS.get(file_type.format, file_type.format)
    container = av.open(str(source), "r", format=reader, options=LOCAL_FILE_OPTIONS, metadata_errors="replace")
    for track in container.streams.video:
        if track.codec_context is not None:
            track.codec_context.thread_count = DECODER_THREADS
    return container


def sound_track(container: "InputContainer") -> "AudioStream | None":
    """The first sound track that can be decoded."""
    tracks = (track for track in container.streams.audio if track.codec_context is not None)
    return next(tracks, None)


def picture_track(container: "InputContainer") -> "VideoStream | None":
    """The first moving picture; a cover on a song is none."""
    for track in container.streams.video:
        still = track.disposition & (track.disposition.attached_pic | track.disposition.still_image)
        if track.codec_context is not None and not still:
            return track
    return None


def carries_location(container: "InputContainer") -> bool:
    """Whether it says where it was recorded, or carries data of which we cannot tell."""
    notes = [container.metadata, *(stream.metadata for stream in container.streams)]
    keys = " ".join(key.lower() for note in notes for key in note)
    return any(place in keys for place in LOCATION_KEYS) or bool(container.streams.data)


def media_duration(source: Path, file_type: FileType) -> float:
    """Seconds by the header, or counted through where it does not say, as in a browser's recordings."""
    with open_container(source, file_type) as container:
        if container.duration:
            return container.duration / 1_000_000
        return max((_packet_end(packet) for packet in read_packets(container, *container.streams)), default=0.0)


def read_packets(container: "InputContainer", *streams: "Stream") -> "Iterator[Packet[Stream]]":
    """Packet by packet, up to the end or to where the file is broken."""
    import av

    try:
        yield from container.demux(*streams)
    except av.error.InvalidDataError:
        return


def decode_sound(packet: "Packet[Stream]") -> "list[AudioFrame] | None":
    """The sound a packet holds, or None where it is damaged: one bad moment does not spoil a recording."""
    import av

    try:
        return [frame for frame in packet.decode() if isinstance(frame, av.AudioFrame)]
    except av.error.InvalidDataError:
        return None


def decode_pictures(packet: "Packet[Stream]") -> "list[VideoFrame]":
    """The pictures a packet holds, none where it is damaged."""
    import av

    try:
        return [frame for frame in packet.decode() if isinstance(frame, av.VideoFrame)]
    except av.error.InvalidDataError:
        return []


def _packet_end(packet: "Packet[Stream]") -> float:
    return float(((packet.pts or 0) + (packet.duration or 0)) * packet.time_base) if packet.time_base else 0.0


class Resampler:
    """A resampler of PyAV takes one shape of sound; a recording may change its shape, which needs another one."""

    def __init__(self, sample_format: str, rate: int | None = None, layout: str | None = None) -> None:
        self.sample_format, self.rate, self.layout = sample_format, rate, layout  # None leaves it as it comes
        self._source_shape: tuple[str, str, int] | None = None
        self._resampler: AudioResampler | None = None

    def resample(self, frame: "AudioFrame") -> "Iterator[AudioFrame]":
        import av

        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._resampler is None or shape != self._source_shape:
            yield from self.flush()
            layout, rate = self.layout or frame.layout, self.rate or frame.sample_rate
            self._source_shape = shape
            self._resampler = av.AudioResampler(format=self.sample_format, layout=layout, rate=rate)
        yield from self._resampler.resample(frame)

    def flush(self) -> "Iterator[AudioFrame]":
        if self._resampler is not None:
            yield from self._resampler.resample(None)
