"""Writes pictures and sound into a video file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np

from adapters.sandbox.render.audio.sound import SAMPLE_RATE, Samples
from adapters.sandbox.render.captions import TimedCaption
from adapters.sandbox.render.yuv_planes import Size, YuvPlanes, plane_bytes

_AUDIO_FRAME_SAMPLES = 960  # Opus takes 20 ms at a time; AAC takes what comes
_BT709, _LIMITED = 1, 1


@dataclass(frozen=True)
class Film:
    """A film before it is written."""

    size: Size
    fps: int
    frames: Iterable[YuvPlanes]
    samples: Samples
    captions: list[TimedCaption]


def write_video(path: Path, kind: str, film: Film) -> int:
    """Write a film as mp4, mov or webm; returns the number of its frames."""
    webm = kind == "webm"
    options = {} if webm else {"movflags": "+faststart"}
    with av.open(str(path), "w", format=kind, options=options) as file:
        video = _add_video_stream(file, film.size, film.fps, webm)
        audio: Any = file.add_stream("libopus" if webm else "aac", rate=SAMPLE_RATE, layout="mono")
        if not webm:
            audio.bit_rate = 96_000
            audio.options = {"aac_coder": "fast"}
        pieces, count = _audio_frames(film.samples), 0
        for count, planes in enumerate(film.frames, start=1):
            file.mux(video.encode(_to_frame(planes, count - 1)))
            # Sound goes in beside its picture, so that a player need not seek to and fro.
            _write_audio(file, audio, pieces, count * SAMPLE_RATE // film.fps)
        _write_audio(file, audio, pieces, len(film.samples) + _AUDIO_FRAME_SAMPLES)
        for stream in (video, audio):
            file.mux(stream.encode(None))
    return count


def _add_video_stream(file: Any, size: Size, fps: int, webm: bool) -> Any:
    """The picture stream, with colours declared so that every player shows the same ones."""
    # On one thread each: several workers share the machine, and frame threads would only delay the first frame.
    fast = {"deadline": "realtime", "cpu-used": "8", "crf": "30", "b": "1500k"}
    # The quickest preset with its two dearest savings taken back: half the time of the next one at nearly its size.
    quick = {"preset": "ultrafast", "crf": "22", "x264-params": "cabac=1:8x8dct=1:deblock=0,0"}
    options = fast if webm else quick
    stream = file.add_stream("libvpx-vp9" if webm else "libx264", rate=fps, options=options)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.thread_count = 1
    context.color_range = _LIMITED
    context.colorspace = context.color_primaries = context.color_trc = _BT709
    return stream


def _to_frame(planes: YuvPlanes, index: int) -> av.VideoFrame:
    height, width = planes.y.shape
    frame = av.VideoFrame(width, height, "yuv420p")
    for plane, values in zip(frame.planes, (planes.y, planes.uv[..., 0], planes.uv[..., 1]), strict=True):
        plane_bytes(plane)[:] = values
    frame.pts = index
    frame.color_range, frame.colorspace = _LIMITED, _BT709
    return frame


def _audio_frames(sound: Samples) -> Iterator[av.AudioFrame]:
    """The sound in equal pieces, each with its place in time."""
    for start in range(0, len(sound), _AUDIO_FRAME_SAMPLES):
        part = np.zeros((1, _AUDIO_FRAME_SAMPLES), np.int16)
        part[0, : len(sound[start : start + _AUDIO_FRAME_SAMPLES])] = sound[start : start + _AUDIO_FRAME_SAMPLES]
        frame = av.AudioFrame.from_ndarray(part, format="s16", layout="mono")
        frame.sample_rate, frame.pts = SAMPLE_RATE, start
        yield frame


def _write_audio(file: Any, stream: Any, pieces: Iterator[av.AudioFrame], until: int) -> None:
    for piece in pieces:
        file.mux(stream.encode(piece))
        if piece.pts is not None and piece.pts >= until:
            return
