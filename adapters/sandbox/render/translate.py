"""Translations: the given film with another voice and captions."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import av
import numpy as np

from adapters.sandbox.render import captions, pictures
from adapters.sandbox.render.audio import sound, speech
from adapters.sandbox.render.audio.sound import SAMPLE_RATE, Samples
from adapters.sandbox.render.captions import TimedCaption
from adapters.sandbox.render.encode import Film
from adapters.sandbox.render.order import MAX_VIDEO_SECONDS, RenderFailed, RenderOrder, SpeechVoice
from adapters.sandbox.render.yuv_planes import Size, YuvPlanes, blend_overlays, decoded_planes, even_size
from adapters.sandbox.safe_open import open_media

_MAX_SIDE_PIXELS = 1280
_PAUSE_SECONDS = 0.5
_MAX_FPS = 30


@dataclass(frozen=True)
class SourceVideo:
    path: Path
    size: Size
    fps: int
    seconds: float
    quarter_turns: int


def translation_film(order: RenderOrder) -> Film:
    source = _inspect_video(order.video)
    language = order.language or "English"
    samples, spoken = _speak_until_end(language, order.voice, source.seconds)
    frames = captions.burn_captions(_marked_frames(source, order), source.size, source.fps, spoken)
    return Film(source.size, source.fps, frames, samples, spoken)


def _inspect_video(path: Path | None) -> SourceVideo:
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
    wide, tall = source.size if source.quarter_turns % 2 == 0 else source.size[::-1]
    planes = decoded_planes(frame, wide, tall)
    return YuvPlanes(np.rot90(planes.y, source.quarter_turns), np.rot90(planes.uv, source.quarter_turns))


def _marked_frames(source: SourceVideo, order: RenderOrder) -> Iterator[YuvPlanes]:
    overlays = pictures.order_overlays(order, source.size)
    for planes in _source_frames(source):
        blend_overlays(planes, overlays)
        yield planes


def _speak_until_end(language: str, voice: SpeechVoice, seconds: float) -> tuple[Samples, list[TimedCaption]]:
    """The language's sentences again and again until the film ends."""
    own = replace(voice, language=language)
    lines = [(text, _speak_line(text, own)) for text in _phrases_for(language)]
    parts, spoken, at = list[Samples](), list[TimedCaption](), 0.0
    while at < seconds:
        text, samples = lines[len(spoken) % len(lines)]
        length = len(samples) / SAMPLE_RATE
        spoken.append(TimedCaption(at, min(at + length, seconds), text))
        parts += [samples, sound.silence(_PAUSE_SECONDS)]
        at = sum(len(part) for part in parts) / SAMPLE_RATE
    return sound.fit_length(np.concatenate(parts), seconds), spoken


def _phrases_for(language: str) -> list[str]:
    """The sentences of a language, English ones where we have none of its own."""
    wanted, phrases = language.strip().lower(), load_phrases()
    return next((lines for name, lines in phrases.items() if wanted.startswith(name.lower())), phrases["English"])


@cache
def load_phrases() -> dict[str, list[str]]:
    """What the sandbox says in each of the vendor's languages: that this is only a test of a translation, and that with
    a vendor's key the speaker's own words are heard. Japanese is written in kana, since the voice reads no kanji."""
    phrases: dict[str, list[str]] = json.loads(Path(__file__).with_name("phrases.json").read_text("utf-8"))
    return phrases


def _speak_line(text: str, voice: SpeechVoice) -> Samples:
    speech_made = speech.speak_text(text, voice)
    return sound.resample(speech_made.samples, speech_made.rate)
