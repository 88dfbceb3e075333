"""How heads move: the natural sway of speakers and the six families of animations.

A driver's name chooses phase and pace, the same ones every time.
"""

import random
import zlib
from collections.abc import Callable

import numpy as np

from adapters.sandbox.render.face.mouths import MouthCurves
from adapters.sandbox.render.face.pose import Curve, HeadMotion, smoothstep

SPEAKING_AMOUNT = {"subtle": 0.45, "natural": 1.0, "lively": 1.75}
"""How much speakers of each family move."""

_EXPRESSIONS: dict[str, dict[str, float]] = {
    "neutral": {},
    "happy": {"smile": 1.0, "brow": 0.22, "pitch": -0.006},
    "serious": {"smile": -0.45, "frown": 0.95, "pitch": 0.01},
    "surprise": {"brow": 1.0, "open": 0.16, "pitch": -0.012},
}
_TRANSITION_FRAMES = 10
"""Frames from one expression to the next."""


def seeded_random(*words: object) -> random.Random:
    """Random numbers that are the same for the same words."""
    return random.Random(zlib.crc32(repr(words).encode()))  # noqa: S311 - varies a picture, guards nothing


def speaker_motion(family: str, driver: str, mouth: MouthCurves, loud: Curve, fps: float, fluent: bool) -> HeadMotion:
    """A head that speaks: it sways, nods on what is loud, raises its brows and blinks."""
    frames, chance = len(loud), seeded_random(family, driver)
    amount, t = SPEAKING_AMOUNT.get(family, 1.0), np.arange(frames) / fps
    stress, voiced = _low_pass(loud, fps, 0.22), _low_pass((loud > 0.06).astype(np.float32), fps, 0.5)
    # Someone who has finished speaking holds still.
    sway = amount * (0.3 + 0.7 * voiced)
    curves = {
        "right": sway * _random_sway(t, chance, 0.012),
        "down": sway * _random_sway(t, chance, 0.005) + amount * 0.008 * stress,
        "roll": sway * _random_sway(t, chance, 0.022),
        "yaw": sway * _random_sway(t, chance, 0.03),
        "pitch": sway * _random_sway(t, chance, 0.012) + amount * 0.022 * stress,
        "zoom": sway * _random_sway(t, chance, 0.006),
        "brow": amount * (0.3 * _random_sway(t, chance, 1.0) * voiced + 0.25 * np.clip(stress - 0.45, 0, 1)),
    }
    motion = HeadMotion({name: curve.astype(np.float32) for name, curve in curves.items()}, frames)
    motion = motion.scaled_by(_fade_at_ends(frames, fps)) if fluent else motion
    return motion.with_added(**mouth, blink=blink_curve(frames, fps, chance))


def add_expressions(motion: HeadMotion, expressions: tuple[tuple[int, str, float], ...]) -> HeadMotion:
    """The moves with a face's expressions put on from their frames on."""
    if not expressions:
        return motion
    ordered = sorted(expressions)
    for measure in ("smile", "brow", "frown", "open", "pitch"):
        curve = np.zeros(motion.frames, np.float32)
        for start, name, intensity in ordered:
            goal = _EXPRESSIONS.get(name, {}).get(measure, 0.0) * intensity
            way = (np.arange(motion.frames) - start) / _TRANSITION_FRAMES if start > 0 else np.ones(1)
            curve = (curve + (goal - curve) * smoothstep(way)).astype(np.float32)
        motion = motion.with_added(**{measure: curve})
    return motion


def blink_curve(frames: int, fps: float, chance: random.Random) -> Curve:
    """Lids that close now and then, faster than they open."""
    curve, at = np.zeros(frames, np.float32), chance.uniform(0.9, 2.0)
    t = np.arange(frames) / fps
    while at * fps < frames:
        curve = np.maximum(curve, np.clip(1.25 - np.where(t < at, (at - t) / 0.085, (t - at) / 0.15), 0, 1))
        at += 0.34 if chance.random() < 0.12 else chance.uniform(2.1, 4.6)
    return curve.astype(np.float32)


def dance_tempo(driver: str) -> float:
    """Beats a second of a dance; the head and the music keep the same."""
    return seeded_random("tempo", driver).uniform(1.75, 2.3)


def animation_motion(family: str, driver: str, seconds: float, fps: float, variant: int = 0) -> HeadMotion:
    """The moves of a driver, or of one of its variants, which differ but keep its tempo."""
    chance, frames = seeded_random(family, driver, variant), round(seconds * fps)
    pace, phase, t = chance.uniform(0.85, 1.18), chance.uniform(0, 1), np.arange(frames) / fps
    pace = dance_tempo(driver) if family == "dance" else pace
    curves = _FAMILIES.get(family, _subtle)(t * pace, phase * 2 * np.pi, chance)
    motion = HeadMotion({name: np.asarray(curve, np.float32) for name, curve in curves.items()}, frames)
    return motion.scaled_by(_fade_at_ends(frames, fps)).with_added(blink=blink_curve(frames, fps, chance))


Curves = dict[str, "np.ndarray"]


def _nostalgia(t: np.ndarray, phase: float, chance: random.Random) -> Curves:
    """A slow look to one side and back, a nod, and a smile that grows."""
    side = 1 if chance.random() < 0.5 else -1
    look = np.sin(t * 0.95 + phase * 0.2)
    return {
        "yaw": 0.075 * side * look,
        "right": 0.022 * side * look,
        "roll": 0.05 * np.sin(t * 0.7 + phase),
        "pitch": 0.045 * np.sin(t * 1.25 + phase),
        "down": 0.012 * np.sin(t * 1.25 + phase),
        "smile": 0.95 * smoothstep((t - 1.0) / 2.4),
        "brow": 0.3 * np.sin(t * 0.8 + phase),
        "zoom": 0.018 * np.sin(t * 0.5 + phase),
    }


def _fun(t: np.ndarray, phase: float, chance: random.Random) -> Curves:
    """A row of funny faces, each held for a moment: pursed, wide open, grinning; the head tilts and pops forward."""
    tilt = np.tanh(4 * np.sin(t * 3.3 + phase))
    face = np.tanh(5 * np.sin(t * 2.4 + phase * 0.6))
    pop = np.clip(np.sin(t * 4.8 + phase * 1.7), 0, 1)
    return {
        "roll": 0.17 * tilt,
        "right": 0.05 * tilt,
        "yaw": 0.06 * np.tanh(3 * np.sin(t * 2.1 + phase)),
        "brow": 1.3 * face,
        "smile": 0.4 - 0.6 * face,
        "open": 0.45 + 0.45 * face,
        "wide": -0.9 * np.sin(t * 1.2 + phase),
        "zoom": 0.07 * pop,
    }


def _dance(beats: np.ndarray, phase: float, chance: random.Random) -> Curves:
    """A nod on every beat and a swing from side to side on every other one."""
    nod = np.abs(np.cos(np.pi * beats)) ** 1.3
    swing = np.sin(np.pi * beats / 2 + phase) * chance.uniform(0.75, 1.15)
    return {
        "down": 0.09 * (nod - 0.5),
        "pitch": 0.06 * (nod - 0.5),
        "right": 0.12 * swing,
        "roll": 0.16 * swing * chance.choice((-1, 1)),
        "yaw": 0.06 * swing,
        "smile": 0.7 + 0.2 * swing,
        "brow": 0.45 * nod,
        "zoom": 0.03 * nod,
    }


def _subtle(t: np.ndarray, phase: float, chance: random.Random) -> Curves:
    """Hardly more than breathing."""
    return {
        "yaw": 0.018 * np.sin(t * 0.9 + phase),
        "roll": 0.011 * np.sin(t * 0.63 + phase * 1.4),
        "down": 0.005 * np.sin(t * 1.5 + phase),
        "smile": 0.16 + 0.16 * np.sin(t * 0.55 + phase),
        "brow": 0.12 * np.sin(t * 0.7 + phase),
    }


def _stitch(t: np.ndarray, phase: float, chance: random.Random) -> Curves:
    """A look round that stays within its place in the picture."""
    return {
        "yaw": 0.045 * np.sin(t * 1.05 + phase),
        "pitch": 0.024 * np.sin(t * 1.5 + phase),
        "roll": 0.022 * np.sin(t * 0.8 + phase),
        "smile": 0.5 * smoothstep((t - 0.6) / 1.5),
        "brow": 0.35 * np.sin(t * 1.1 + phase),
    }


def _classics(t: np.ndarray, phase: float, chance: random.Random) -> Curves:
    """The swing of someone singing; the mouth comes from the song."""
    return {
        "roll": 0.055 * np.sin(t * 1.9 + phase),
        "right": 0.022 * np.sin(t * 1.9 + phase),
        "yaw": 0.03 * np.sin(t * 1.1 + phase),
        "smile": 0.25 + 0.2 * np.sin(t * 0.9 + phase),
        "brow": 0.35 + 0.35 * np.sin(t * 1.4 + phase),
    }


_FAMILIES: dict[str, Callable[[np.ndarray, float, random.Random], Curves]] = {
    "nostalgia": _nostalgia,
    "fun": _fun,
    "dance": _dance,
    "classics": _classics,
    "subtle": _subtle,
    "stitch": _stitch,
}


def _random_sway(t: np.ndarray, chance: random.Random, amount: float) -> np.ndarray:
    """Aimless movement within bounds: three slow waves that never meet again."""
    total = np.zeros_like(t)
    for pitch, share in ((0.13, 0.45), (0.29, 0.35), (0.53, 0.2)):
        total += share * np.sin(2 * np.pi * (pitch * chance.uniform(0.8, 1.25) * t + chance.random()))
    return total * amount


def _low_pass(curve: Curve, fps: float, seconds: float) -> np.ndarray:
    """A curve with everything faster than this taken out."""
    reach = max(round(seconds * fps), 1)
    window = np.hanning(2 * reach + 1)
    if not len(curve):
        return np.zeros(0)
    return np.convolve(np.pad(curve, reach, mode="edge"), window / window.sum(), "valid")


def _fade_at_ends(frames: int, fps: float) -> Curve:
    """1 except near both ends of the film, which are still: so the film can be looped."""
    place = np.arange(frames)
    return smoothstep(np.minimum(place, frames - 1 - place) / (0.7 * fps))
