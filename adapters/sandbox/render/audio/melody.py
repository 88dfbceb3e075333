"""Music for animations: small tunes written for this project, sung by a few overtones or played for a dance."""

import numpy as np
import numpy.typing as npt

from adapters.sandbox.render.audio.sound import SAMPLE_RATE, Samples
from adapters.sandbox.render.face.head_motion import seeded_random
from adapters.sandbox.render.face.mouths import REST, MouthShape

# Each tune: steps above its key note with lengths in beats; None is a breath.
_TUNES: tuple[tuple[tuple[int | None, float], ...], ...] = (
    ((0, 1), (4, 1), (7, 1.5), (5, 0.5), (4, 1), (2, 1), (4, 2), (None, 0.5), (5, 1), (7, 1), (9, 1.5), (7, 0.5),
     (5, 1), (4, 1), (2, 1), (0, 2.5)),
    ((7, 0.5), (7, 0.5), (9, 1), (12, 1.5), (11, 0.5), (9, 1), (7, 2), (None, 0.5), (5, 0.5), (5, 0.5), (7, 1),
     (9, 1), (7, 0.5), (5, 0.5), (4, 1), (0, 3)),
    ((0, 1.5), (2, 0.5), (3, 1), (7, 2), (8, 0.5), (7, 0.5), (5, 1), (3, 2), (None, 0.5), (2, 0.5), (3, 0.5), (5, 1.5),
     (2, 0.5), (3, 1), (-1, 1), (0, 3)),
)  # fmt: skip
_VOWELS: tuple[tuple[MouthShape, tuple[int, int, int]], ...] = (
    (MouthShape(0.95, 0.0), (800, 1200, 2600)),
    (MouthShape(0.62, -0.6), (450, 850, 2500)),
    (MouthShape(0.55, 0.4), (520, 1850, 2550)),
    (MouthShape(0.34, -0.95), (330, 750, 2400)),
)


def sing_tune(driver: str) -> tuple[Samples, list[tuple[float, MouthShape]], float]:
    """A driver's song: its sound, the mouth's keys and how many seconds it takes."""
    chance = seeded_random("song", driver)
    tune, beat, key = chance.choice(_TUNES), chance.uniform(0.42, 0.52), chance.choice((196.0, 220.0, 247.0, 294.0))
    keys, parts, at = [(0.0, REST)], list[npt.NDArray[np.float32]](), 0.0
    for step, beats in tune:
        length = beats * beat
        vowel, formants = chance.choice(_VOWELS)
        parts.append(_synthesize_note(None if step is None else key * 2 ** (step / 12), length, formants))
        shape = REST if step is None else vowel
        # The tongue comes up between notes: la, la, la.
        keys += [(at + 0.02, MouthShape(shape.open * 0.35, 0.1)), (at + 0.13, shape), (at + length * 0.8, shape)]
        at += length
    sound = np.concatenate(parts) + _synthesize_chords(tune, key, beat)
    return (np.clip(sound, -1, 1) * 30_000).astype(np.int16), [*keys, (at, REST)], at + 0.4


def _synthesize_note(pitch: float | None, seconds: float, formants: tuple[int, int, int]) -> npt.NDArray[np.float32]:
    """One sung note: overtones as loud as the vowel lets them, with a little vibrato."""
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    if pitch is None:
        return np.zeros(len(t), np.float32)
    vibrato = 0.055 * np.sin(2 * np.pi * 5.4 * t) * np.clip(t / 0.35, 0, 1)
    turn = 2 * np.pi * pitch * t + vibrato * pitch / 5.4 / 6
    sound = np.zeros_like(t)
    for overtone in range(1, min(int(4500 / pitch), 18)):
        far = [(overtone * pitch - formant) / (90 + 0.09 * formant) for formant in formants]
        loud = sum(share * np.exp(-(way**2)) for share, way in zip((1, 0.6, 0.25), far, strict=True))
        sound += (0.05 / overtone + float(loud)) * np.sin(overtone * turn)
    shape = np.minimum(np.clip(t / 0.07, 0, 1), np.clip((seconds - t) / 0.09, 0, 1))
    strongest = max(float(np.abs(sound).max()), 1e-3)
    return (sound / strongest * shape * 0.42).astype(np.float32)


def _synthesize_chords(tune: tuple[tuple[int | None, float], ...], key: float, beat: float) -> npt.NDArray[np.float32]:
    """Plucked notes under the song, one on each second beat."""
    beats = sum(length for _, length in tune)
    sound = np.zeros(sum(round(length * beat * SAMPLE_RATE) for _, length in tune), np.float32)
    for index in range(int(beats // 2) + 1):
        start = round(index * 2 * beat * SAMPLE_RATE)
        for step in ((-12, 0, 4, 7), (-12, -3, 0, 5), (-7, -5, 2, 7), (-12, 0, 4, 7))[index % 4]:
            t = np.arange(min(round(1.2 * SAMPLE_RATE), len(sound) - start)) / SAMPLE_RATE
            pluck = np.sin(2 * np.pi * key * 2 ** (step / 12) * t) * np.exp(-t * 3.2) * np.clip(t / 0.006, 0, 1)
            sound[start : start + len(t)] += (0.055 * pluck).astype(np.float32)
    return sound


_DANCE_BARS = ((0, 4, 7, 12), (9, 5, 4, 0), (5, 9, 12, 9), (7, 11, 14, 11))
"""Steps above the key note that the melody plays in each bar of four beats, over the bass of its first."""


def dance_tune(driver: str, beats_per_second: float, seconds: float) -> Samples:
    """A driver's dance: a drum on every beat, a bass between, and a plucked melody in quavers."""
    chance, beat = seeded_random("tune", driver), 1 / beats_per_second
    key, track = chance.choice((110.0, 123.5, 130.8)), np.zeros(round(seconds * SAMPLE_RATE), np.float32)
    for count in range(int(seconds / beat)):
        bar = _DANCE_BARS[count // 4 % 4]
        _add_note(track, count * beat, 55.0, 0.5, fade=16)
        _add_note(track, (count + 0.5) * beat, key / 2 * 2 ** (bar[0] % 12 / 12), 0.22, fade=7)
        for half in (0, 0.5):
            if chance.random() < 0.8:
                _add_note(track, (count + half) * beat, 4 * key * 2 ** (chance.choice(bar) / 12), 0.2, fade=9)
    return (np.clip(track, -1, 1) * 30_000).astype(np.int16)


def _add_note(track: npt.NDArray[np.float32], start: float, pitch: float, loud: float, fade: float) -> None:
    """A struck note with two overtones that dies away."""
    first = round(start * SAMPLE_RATE)
    t = np.arange(min(round(4 / fade * SAMPLE_RATE), len(track) - first)) / SAMPLE_RATE
    wave = sum(np.sin(2 * np.pi * pitch * times * t) / times**2 for times in (1, 2, 3))
    track[first : first + len(t)] += (loud * wave * np.exp(-fade * t) * np.clip(t / 0.004, 0, 1)).astype(np.float32)
