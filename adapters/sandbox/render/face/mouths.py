"""How a mouth goes with speech: phonemes to a few shapes, eased from one to the next."""

import unicodedata
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from adapters.sandbox.render.face.pose import Curve, smoothstep


@dataclass(frozen=True)
class MouthShape:
    """One position of the mouth: how open (0 to 1), how wide (-1 to 1), how much the lip is on the teeth (0 to 1)."""

    open: float
    wide: float = 0.0
    teeth: float = 0.0


REST = MouthShape(0.0)
CLOSED = MouthShape(0.0, -0.05)
_NARROW = MouthShape(0.24, 0.2)
_LETTERS_BY_SHAPE = {
    CLOSED: "mbpɓʙɱ",
    MouthShape(0.16, 0.1, 1.0): "fvʋɸβ",  # the lip bitten
    MouthShape(0.3, 0.85): "iɪyj",  # spread
    MouthShape(0.16, 0.45): "szcɕʑ",  # a hiss
    MouthShape(0.22, -0.65): "ʃʒʂʐɹɻʁr",  # a hush
    MouthShape(0.3, 0.1): "θðtdnlɾɳʈɖɭɫɬɲʎ",  # the tongue at the teeth
    _NARROW: "kɡgŋxɣqχhɦħʔʕɟç",
    MouthShape(0.46, 0.25): "eəɘɨɯɚɤ",  # less than half open
    MouthShape(0.62, 0.3): "ɛæɜʌɐɝ",  # half open
    MouthShape(0.95, 0.05): "aɑäɶ",  # open
    MouthShape(0.6, -0.6): "oɔɒøœɵɞ",  # round
    MouthShape(0.26, -1.0): "uʊwʉʏɥʍ",  # pursed
}
_SHAPE_BY_LETTER = {letter: shape for shape, letters in _LETTERS_BY_SHAPE.items() for letter in letters}
_EASE_SECONDS = 0.09
_LONG_SHAPE_SECONDS = 0.16


def shapes_of(phoneme: str) -> list[MouthShape]:
    """The shapes of a phoneme in order: one for most, two for a diphthong, rest for a pause, none for a mere mark."""
    if not phoneme:
        return [REST]
    if phoneme.startswith("("):  # a change of language, such as "(en)"
        return []
    letters = unicodedata.normalize("NFD", phoneme)
    return [_SHAPE_BY_LETTER[letter] for letter in letters if letter in _SHAPE_BY_LETTER][:2] or [_NARROW]


def key_shapes(phonemes: list[tuple[float, str]], seconds: float) -> list[tuple[float, MouthShape]]:
    """The moments at which the mouth has reached a shape."""
    found: list[tuple[float, MouthShape]] = [(0.0, REST)]
    ends = [second for second, _ in phonemes[1:]] + [seconds]
    for (start, phoneme), end in zip(phonemes, ends, strict=True):
        shapes = shapes_of(phoneme)
        step = (end - start) / max(len(shapes), 1)
        for index, shape in enumerate(shapes):
            found += _shape_keys(shape, start + index * step, start + (index + 1) * step)
    return [*found, (seconds + _EASE_SECONDS, REST)]


def _shape_keys(shape: MouthShape, start: float, end: float) -> list[tuple[float, MouthShape]]:
    """The keys of one shape: its middle, or for a long one the stretch between easing in and easing out."""
    if end - start < _LONG_SHAPE_SECONDS:
        return [((start + end) / 2, shape)]
    return [(start + _EASE_SECONDS, shape), (end - min(_EASE_SECONDS, (end - start) / 3), shape)]


MouthCurves = dict[str, Curve]
"""The measures of a MouthShape, frame by frame."""


def interpolate_keys(keyed: list[tuple[float, MouthShape]], frames: int, fps: float) -> MouthCurves:
    """The mouth at every frame, gliding from key to key without corners."""
    seconds = np.array([second for second, _ in keyed])
    order = np.argsort(seconds, kind="stable")
    times = np.arange(frames) / fps + 0.02  # the eye wants the lips a breath before the sound
    after = np.clip(np.searchsorted(seconds[order], times), 1, len(keyed) - 1)
    before = after - 1
    span = np.maximum(seconds[order][after] - seconds[order][before], 1e-4)
    way = smoothstep((times - seconds[order][before]) / span)

    def curve(values: list[float]) -> Curve:
        listed = np.array(values)[order]
        return np.asarray(listed[before] + (listed[after] - listed[before]) * way, np.float32)

    return {name: curve([getattr(shape, name) for _, shape in keyed]) for name in ("open", "wide", "teeth")}


def from_loudness(samples: npt.NDArray[np.int16], rate: int, frames: int, fps: float) -> MouthCurves:
    """The mouth for a sound without a script: open with loudness, wide with bright sounds, pursed with dark ones."""
    loud, bright = _loudness_and_crossings(samples, rate, frames, fps)
    strong = max(float(np.percentile(loud, 95)) if frames else 0.0, 200.0)
    level = np.clip((loud / strong - 0.06) / 0.94, 0, 1)
    opened = np.where(bright > 0.25, level * 0.35, level**0.7 * 0.9)
    wide = np.clip((bright - 0.1) * 5, -0.8, 0.8) * (level > 0)
    return {"open": _smooth_curve(opened), "wide": _smooth_curve(wide), "teeth": np.zeros(frames, np.float32)}


def frame_loudness(samples: npt.NDArray[np.int16], rate: int, frames: int, fps: float) -> Curve:
    """How loud each frame is, 0 to about 1."""
    loud, _ = _loudness_and_crossings(samples, rate, frames, fps)
    return (loud / max(float(loud.max(initial=0)), 200.0)).astype(np.float32)


def _loudness_and_crossings(samples: npt.NDArray[np.int16], rate: int, frames: int, fps: float) -> tuple[Curve, Curve]:
    """Root mean square and share of sign changes, frame by frame."""
    window = max(int(rate / fps), 1)
    padded = np.zeros(frames * window, np.float32)
    padded[: min(len(samples), len(padded))] = samples[: len(padded)]
    blocks = padded.reshape(frames, window)
    loud = np.sqrt((blocks**2).mean(axis=1)) if frames else np.zeros(0)
    crossings = (np.diff(np.signbit(blocks), axis=1)).mean(axis=1) if frames else np.zeros(0)
    return loud.astype(np.float32), crossings.astype(np.float32)


def _smooth_curve(curve: npt.NDArray[np.floating]) -> Curve:
    wide = np.pad(curve, 1, mode="edge") if len(curve) else np.zeros(2)
    return (wide[:-2] * 0.2 + wide[1:-1] * 0.6 + wide[2:] * 0.2).astype(np.float32)
