"""Translations: the given film with another voice and captions."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from adapters.sandbox.render import captions
from adapters.sandbox.render.audio import sound, speech
from adapters.sandbox.render.audio.phrases import phrases_for
from adapters.sandbox.render.audio.sound import RATE, Samples
from adapters.sandbox.render.captions import Caption
from adapters.sandbox.render.encode import memory
from adapters.sandbox.render.face.features import Paint
from adapters.sandbox.render.order import LONGEST_FILM, Order, Spoilt, Voice
from adapters.sandbox.render.talk import marks
from adapters.sandbox.render.yuv_planes import Planes, blend, even
from adapters.sandbox.safe_open import opened_film

_LONGEST_SIDE = 1280
_PAUSE = 0.5
_MOST_FPS = 30


@dataclass(frozen=True)
class Source:
    """What the given film is like."""

    path: Path
    size: tuple[int, int]
    fps: int
    seconds: float
    turned: int


@dataclass(frozen=True)
class Translated:
    """A translation before it is written down."""

    source: Source
    frames: Iterator[Planes]
    samples: Samples
    captions: list[Caption]


def translate(order: Order) -> Translated:
    """The film of an order, in another language."""
    source = _look(order.video)
    language = order.language or "English"
    samples, said = _spoken(language, order.voice, source.seconds)
    over = marks(order, source.size)
    return Translated(source, _captioned(source, said, over), samples, said)


def _look(path: Path | None) -> Source:
    """The measures of a film, or a refusal."""
    try:
        with opened_film(path) as file:
            stream = file.streams.video[0]
            first = next(file.decode(stream))
            seconds = float(file.duration or 0) / av.time_base
            # A phone films on its side and notes by how much the player must turn it.
            turned = round(first.rotation / 90) % 4
            width, height = (first.height, first.width) if turned % 2 else (first.width, first.height)
            scale = min(1.0, _LONGEST_SIDE / max(width, height))
            rate = float(stream.average_rate or 25)
    except (av.FFmpegError, IndexError, StopIteration, OSError, TypeError) as fault:
        raise Spoilt("SourceError", "the video cannot be read") from fault
    fps = min(max(round(rate), 1), _MOST_FPS)
    size = even(width * scale), even(height * scale)
    return Source(Path(str(path)), size, fps, min(max(seconds, 1 / fps), LONGEST_FILM), turned)


def _frames(source: Source) -> Iterator[Planes]:
    """The pictures of a film at an even pace: each moment shows the last picture that had come by then."""
    count, made, shown = round(source.seconds * source.fps), 0, Planes(np.zeros(0, np.uint8), np.zeros(0, np.uint8))
    with opened_film(source.path) as file:
        start: float | None = None
        for frame in file.decode(file.streams.video[0]):
            start = (frame.time or 0.0) if start is None else start
            until = round(((frame.time or 0.0) - start) * source.fps)
            while made < min(until, count):
                yield shown.copy()
                made += 1
            if made >= count:
                return
            shown = _planes(frame, source)
    for _ in range(made, count):
        yield shown.copy()


def _planes(frame: av.VideoFrame, source: Source) -> Planes:
    """A decoded picture, upright and at the film's size."""
    wide, tall = source.size if source.turned % 2 == 0 else source.size[::-1]
    scaled = frame.reformat(wide, tall, "yuv420p", dst_colorspace=1, dst_color_range=1)
    y, u, v = (memory(plane) for plane in scaled.planes)
    return Planes(np.rot90(y, source.turned), np.rot90(np.stack([u, v], axis=-1), source.turned))


def _captioned(source: Source, said: list[Caption], over: list[Paint]) -> Iterator[Planes]:
    """The pictures with the captions of their moment and the marks of the film."""
    drawn = {text: captions.burnt(text, source.size) for text in {each.text for each in said}}
    for index, planes in enumerate(_frames(source)):
        now = index / source.fps
        current = (drawn[each.text] for each in said if each.start <= now < each.end)
        for mark in [*over, *(paint for paint in current if paint)]:
            blend(planes, mark.top, mark.left, mark.cover, mark.yuv)
        yield planes


def _spoken(language: str, voice: Voice, seconds: float) -> tuple[Samples, list[Caption]]:
    """The language's sentences again and again until the film ends."""
    own = Voice(language, voice.gender, voice.rate, voice.pitch, voice.variant)
    lines = [(text, _said(text, own)) for text in phrases_for(language)]
    parts, said, at = list[Samples](), list[Caption](), 0.0
    while at < seconds:
        text, samples = lines[len(said) % len(lines)]
        length = len(samples) / RATE
        said.append(Caption(at, min(at + length, seconds), text))
        parts += [samples, sound.silence(_PAUSE)]
        at = sum(len(part) for part in parts) / RATE
    return sound.fitted(np.concatenate(parts), seconds), said


def _said(text: str, voice: Voice) -> Samples:
    """One sentence as sound."""
    speech_made = speech.speak(text, voice)
    return sound.resample(speech_made.samples, speech_made.rate)
