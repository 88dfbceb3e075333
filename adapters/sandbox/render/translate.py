"""Translations: the given film with another voice and captions."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from adapters.sandbox.render import captions
from adapters.sandbox.render.audio import sound, speech
from adapters.sandbox.render.audio.phrases import phrases_for
from adapters.sandbox.render.audio.sound import SAMPLE_RATE, Samples
from adapters.sandbox.render.captions import TimedCaption
from adapters.sandbox.render.encode import plane_bytes
from adapters.sandbox.render.face.features import Overlay
from adapters.sandbox.render.order import MAX_VIDEO_SECONDS, RenderFailed, RenderOrder, SpeechVoice
from adapters.sandbox.render.talk import order_overlays
from adapters.sandbox.render.yuv_planes import YuvPlanes, blend_overlay, even_size
from adapters.sandbox.safe_open import open_media

_MAX_SIDE_PIXELS = 1280
_PAUSE_SECONDS = 0.5
_MAX_FPS = 30


@dataclass(frozen=True)
class SourceVideo:
    """What the given film is like."""

    path: Path
    size: tuple[int, int]
    fps: int
    seconds: float
    quarter_turns: int


@dataclass(frozen=True)
class RenderedTranslation:
    """A translation before it is written down."""

    source: SourceVideo
    frames: Iterator[YuvPlanes]
    samples: Samples
    captions: list[TimedCaption]


def render_translation(order: RenderOrder) -> RenderedTranslation:
    """The film of an order, in another language."""
    source = _inspect_video(order.video)
    language = order.language or "English"
    samples, spoken = _speak_until_end(language, order.voice, source.seconds)
    overlays = order_overlays(order, source.size)
    return RenderedTranslation(source, _add_captions(source, spoken, overlays), samples, spoken)


def _inspect_video(path: Path | None) -> SourceVideo:
    """The measures of a film, or a refusal."""
    try:
        with open_media(path) as file:
            stream = file.streams.video[0]
            first = next(file.decode(stream))
            seconds = float(file.duration or 0) / av.time_base
            # A phone films on its side and notes by how much the player must turn it.
            turned = round(first.rotation / 90) % 4
            width, height = (first.height, first.width) if turned % 2 else (first.width, first.height)
            scale = min(1.0, _MAX_SIDE_PIXELS / max(width, height))
            rate = float(stream.average_rate or 25)
    except (av.FFmpegError, IndexError, StopIteration, OSError, TypeError) as fault:
        raise RenderFailed("SourceError", "the video cannot be read") from fault
    fps = min(max(round(rate), 1), _MAX_FPS)
    size = even_size(width * scale), even_size(height * scale)
    return SourceVideo(Path(str(path)), size, fps, min(max(seconds, 1 / fps), MAX_VIDEO_SECONDS), turned)


def _source_frames(source: SourceVideo) -> Iterator[YuvPlanes]:
    """The pictures of a film at an even pace: each moment shows the last picture that had come by then."""
    count, made, shown = round(source.seconds * source.fps), 0, YuvPlanes(np.zeros(0, np.uint8), np.zeros(0, np.uint8))
    with open_media(source.path) as file:
        start: float | None = None
        for frame in file.decode(file.streams.video[0]):
            start = (frame.time or 0.0) if start is None else start
            until = round(((frame.time or 0.0) - start) * source.fps)
            while made < min(until, count):
                yield shown.copy()
                made += 1
            if made >= count:
                return
            shown = _upright_planes(frame, source)
    for _ in range(made, count):
        yield shown.copy()


def _upright_planes(frame: av.VideoFrame, source: SourceVideo) -> YuvPlanes:
    """A decoded picture, upright and at the film's size."""
    wide, tall = source.size if source.quarter_turns % 2 == 0 else source.size[::-1]
    scaled = frame.reformat(wide, tall, "yuv420p", dst_colorspace=1, dst_color_range=1)
    y, u, v = (plane_bytes(plane) for plane in scaled.planes)
    return YuvPlanes(np.rot90(y, source.quarter_turns), np.rot90(np.stack([u, v], axis=-1), source.quarter_turns))


def _add_captions(source: SourceVideo, spoken: list[TimedCaption], overlays: list[Overlay]) -> Iterator[YuvPlanes]:
    """The pictures with the captions of their moment and the marks of the film."""
    drawn = {text: captions.draw_caption(text, source.size) for text in {each.text for each in spoken}}
    for index, planes in enumerate(_source_frames(source)):
        now = index / source.fps
        current = (drawn[each.text] for each in spoken if each.start <= now < each.end)
        for mark in [*overlays, *(paint for paint in current if paint)]:
            blend_overlay(planes, mark.top, mark.left, mark.cover, mark.yuv)
        yield planes


def _speak_until_end(language: str, voice: SpeechVoice, seconds: float) -> tuple[Samples, list[TimedCaption]]:
    """The language's sentences again and again until the film ends."""
    own = SpeechVoice(language, voice.gender, voice.rate, voice.pitch, voice.variant)
    lines = [(text, _speak_line(text, own)) for text in phrases_for(language)]
    parts, spoken, at = list[Samples](), list[TimedCaption](), 0.0
    while at < seconds:
        text, samples = lines[len(spoken) % len(lines)]
        length = len(samples) / SAMPLE_RATE
        spoken.append(TimedCaption(at, min(at + length, seconds), text))
        parts += [samples, sound.silence(_PAUSE_SECONDS)]
        at = sum(len(part) for part in parts) / SAMPLE_RATE
    return sound.fit_length(np.concatenate(parts), seconds), spoken


def _speak_line(text: str, voice: SpeechVoice) -> Samples:
    """One sentence as sound."""
    speech_made = speech.speak_text(text, voice)
    return sound.resample(speech_made.samples, speech_made.rate)
