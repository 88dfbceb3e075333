"""What a film's speech amounts to: its sound, its captions and the moves of whoever speaks it."""

from dataclasses import dataclass

from adapters.sandbox.render.audio import sound, speech
from adapters.sandbox.render.audio.sound import RATE, Samples
from adapters.sandbox.render.captions import Caption, of_words
from adapters.sandbox.render.face import head_motion, mouths
from adapters.sandbox.render.face.pose import Moves
from adapters.sandbox.render.order import LONGEST_FILM, Order

FPS = 25
_BREATH = 0.12
"""Seconds a film always goes on after the last sound, so that the mouth is seen to close."""


@dataclass(frozen=True)
class Voiced:
    """Sound of a film's exact length, captions if there are words, and the speaker's moves."""

    samples: Samples
    captions: list[Caption]
    moves: Moves


def voiced(order: Order) -> Voiced:
    """The speech of an order, given as text or as sound."""
    return _given(order) if order.sound else _spoken(order)


def _given(order: Order) -> Voiced:
    """Speech that came as sound."""
    assert order.sound is not None  # noqa: S101 - for the type checker; `voiced` looked
    samples = sound.read(order.sound)
    frames = _frames(len(samples) / RATE, order.pad)
    mouth = mouths.from_loudness(samples, RATE, frames, FPS)
    return _film(order, samples, mouth, frames, [])


def _spoken(order: Order) -> Voiced:
    """Speech made from text."""
    said = speech.speak(order.text or "", order.voice, order.ssml)
    frames = _frames(said.seconds, order.pad)
    mouth = mouths.from_phonemes(said.mouths, said.seconds, frames, FPS)
    lines = of_words(order.text or "", said.words, said.seconds, lambda text: speech.plain(text, order.ssml))
    return _film(order, sound.resample(said.samples, said.rate), mouth, frames, lines)


def quiet(order: Order, seconds: float) -> Voiced:
    """Somebody who is silent for a while, and alive."""
    frames = max(round(seconds * FPS), 1)
    samples = sound.silence(frames / FPS)
    return _film(order, samples, mouths.from_loudness(samples, RATE, frames, FPS), frames, [])


def _film(order: Order, samples: Samples, mouth: mouths.Mouth, frames: int, lines: list[Caption]) -> Voiced:
    """Sound and moves of the same length."""
    loud = mouths.loudness(samples, RATE, frames, FPS)
    movement = head_motion.speaker(order.family, order.driver, mouth, loud, FPS, order.fluent)
    return Voiced(sound.fitted(samples, frames / FPS), lines, head_motion.expressed(movement, order.expressions))


def _frames(seconds: float, pad: float) -> int:
    """How many frames speech and the silence after it take."""
    return max(round(min(seconds + max(pad, _BREATH), LONGEST_FILM) * FPS), 1)
