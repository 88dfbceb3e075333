"""The speech of a video: its sound, its captions and the speaker's movements."""

from dataclasses import dataclass

from adapters.sandbox.render.audio import sound, speech
from adapters.sandbox.render.audio.sound import SAMPLE_RATE, Samples
from adapters.sandbox.render.captions import TimedCaption, captions_of_words
from adapters.sandbox.render.face import head_motion, mouths
from adapters.sandbox.render.face.pose import HeadMotion
from adapters.sandbox.render.order import MAX_VIDEO_SECONDS, RenderOrder

SPEECH_FPS = 25
_TAIL_SECONDS = 0.12
"""Seconds a film always goes on after the last sound, so that the mouth is seen to close."""


@dataclass(frozen=True)
class SpeechTrack:
    """Sound of a film's exact length, captions if there are words, and the speaker's moves."""

    samples: Samples
    captions: list[TimedCaption]
    motion: HeadMotion


def speech_track(order: RenderOrder) -> SpeechTrack:
    """The speech of an order, given as text or as sound."""
    return _track_of_sound(order, sound.read_sound(order.sound)) if order.sound else _track_of_text(order)


def _track_of_sound(order: RenderOrder, samples: Samples) -> SpeechTrack:
    frames = _frame_count(len(samples) / SAMPLE_RATE, order.pad)
    mouth = mouths.from_loudness(samples, SAMPLE_RATE, frames, SPEECH_FPS)
    return _build_track(order, samples, mouth, frames, [])


def _track_of_text(order: RenderOrder) -> SpeechTrack:
    speech_made = speech.speak_text(order.text or "", order.voice, order.ssml)
    frames = _frame_count(speech_made.seconds, order.pad)
    keys = mouths.key_shapes(speech_made.phonemes, speech_made.seconds)
    mouth = mouths.interpolate_keys(keys, frames, SPEECH_FPS)
    lines = captions_of_words(
        order.text or "", speech_made.words, speech_made.seconds, lambda text: speech.strip_markup(text, order.ssml)
    )
    return _build_track(order, sound.resample(speech_made.samples, speech_made.rate), mouth, frames, lines)


def silent_track(order: RenderOrder, seconds: float) -> SpeechTrack:
    """A speaker who is silent for a while but moves."""
    frames = max(round(seconds * SPEECH_FPS), 1)
    samples = sound.silence(frames / SPEECH_FPS)
    return _build_track(order, samples, mouths.from_loudness(samples, SAMPLE_RATE, frames, SPEECH_FPS), frames, [])


def _build_track(
    order: RenderOrder, samples: Samples, mouth: mouths.MouthCurves, frames: int, lines: list[TimedCaption]
) -> SpeechTrack:
    """Sound and moves of the same length."""
    loud = mouths.frame_loudness(samples, SAMPLE_RATE, frames, SPEECH_FPS)
    motion = head_motion.speaker_motion(order.family, order.driver, mouth, loud, SPEECH_FPS, order.fluent)
    return SpeechTrack(
        sound.fit_length(samples, frames / SPEECH_FPS), lines, head_motion.add_expressions(motion, order.expressions)
    )


def _frame_count(seconds: float, pad: float) -> int:
    return max(round(min(seconds + max(pad, _TAIL_SECONDS), MAX_VIDEO_SECONDS) * SPEECH_FPS), 1)
