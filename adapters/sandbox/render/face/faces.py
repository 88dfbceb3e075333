"""Finds the face in a picture: exactly for the shipped portraits, by a light search in any other.

The search wants no model: on a small copy it tries faces of several sizes everywhere and keeps the one whose eyes and
mouth are darker than cheeks and forehead, alike on both sides, and lie in skin. Where it finds nothing it assumes the
middle of the picture, which is enough for a sandbox.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from adapters.sandbox import portraits
from adapters.sandbox.render.face.landmarks import Landmarks, average_landmarks
from adapters.sandbox.render.order import RenderFailed
from adapters.sandbox.render.yuv_planes import Floats

_SEARCH_SIDE_PIXELS = 184
_MIN_CONTRAST = 2.5
_MIN_SCORE, _MIN_FURTHER_SCORE = 3.0, 14.0
"""How much of a likeness one face needs, and every further one."""


@dataclass(frozen=True, order=True)
class _FaceGuess:
    """A face that may be there: its score, its eye distance and the point between its eyes."""

    score: float
    eye_distance: float
    x: float
    y: float


def find_face(image: Image.Image, given: tuple[int, int, int, int] | None = None) -> Landmarks:
    """The landmarks of the face in a picture, inside the box the caller gave if one was given."""
    return find_faces(image, 1, given)[0]


def find_faces(image: Image.Image, max_faces: int, given: tuple[int, int, int, int] | None = None) -> list[Landmarks]:
    """The faces in a picture, the likeliest first: at least one, or the picture is refused."""
    if float(np.asarray(image.convert("L").resize((64, 64))).std()) < _MIN_CONTRAST:
        raise RenderFailed("FaceError", "face not detected")
    if given is None and (name := portraits.match_portrait(image)):
        return [portraits.load_landmarks(name).transformed(image.width / portraits.SIDE_PIXELS)]
    scale = _SEARCH_SIDE_PIXELS / max(image.size)
    small = image.convert("RGB").resize((max(round(image.width * scale), 24), max(round(image.height * scale), 24)))
    maps, guesses = _build_maps(small), list[_FaceGuess]()
    small_box = (given[0] * scale, given[1] * scale, given[2] * scale, given[3] * scale) if given else None
    for _ in range(max_faces):
        guess = _search_face(maps, small.size, small_box, guesses)
        if guesses and guess.score < max(_MIN_FURTHER_SCORE, 0.55 * guesses[0].score):
            break
        guesses.append(guess)
    return [_refine_landmarks(maps, guess.eye_distance, guess.x, guess.y).transformed(1 / scale) for guess in guesses]


@dataclass(frozen=True)
class _SearchMaps:
    """A small picture as sums over corners: of brightness and of skin; and the brightness itself."""

    light: Floats
    skin: Floats
    raw: Floats


def _build_maps(small: Image.Image) -> _SearchMaps:
    yuv = np.asarray(small.convert("YCbCr"), np.float32)
    light = yuv[..., 0]
    skin = np.exp(-(((yuv[..., 2] - 152) / 16) ** 2) - ((yuv[..., 1] - 108) / 18) ** 2) * (light > 40)
    return _SearchMaps(_integral_image(light), _integral_image(skin.astype(np.float32)), light)


def _integral_image(values: Floats) -> Floats:
    """Sums from the corner, with which any box's mean costs four look-ups."""
    return np.pad(values.cumsum(0).cumsum(1), ((1, 0), (1, 0))).astype(np.float32)


def _box_mean(sums: Floats, x: Floats, y: Floats, wide: float, tall: float) -> Floats:
    height, width = sums.shape
    left, right = (np.clip(np.rint(x + side * wide).astype(int), 0, width - 1) for side in (-1, 1))
    top, bottom = (np.clip(np.rint(y + side * tall).astype(int), 0, height - 1) for side in (-1, 1))
    count = np.maximum((right - left) * (bottom - top), 1)
    total = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
    return np.asarray(total / count, np.float32)


def _search_face(
    maps: _SearchMaps, size: tuple[int, int], given: tuple[float, float, float, float] | None, taken: list[_FaceGuess]
) -> _FaceGuess:
    """The place that looks most like a face, apart from those already taken."""
    width, height = size
    if given:
        x, y, wide, tall = given
        sizes = [wide * share for share in (0.36, 0.42, 0.48)]
        area = (x + wide * 0.35, x + wide * 0.65, y + tall * 0.25, y + tall * 0.55)
        middle = (x + wide / 2, y + tall * 0.4)
    else:
        sizes = [min(size) * share for share in (0.062, 0.08, 0.1, 0.13, 0.16, 0.2, 0.25, 0.31)]
        area = (width * 0.12, width * 0.88, height * 0.08, height * 0.75)
        middle = (width / 2, height * 0.42)
    best = max(_best_guess(maps, apart, area, middle, taken) for apart in sizes)
    if best.score < _MIN_SCORE:
        return _FaceGuess(best.score, given[2] * 0.42 if given else min(size) * 0.2, *middle)
    return best


def _best_guess(
    maps: _SearchMaps,
    apart: float,
    area: tuple[float, float, float, float],
    middle: tuple[float, float],
    taken: list[_FaceGuess],
) -> _FaceGuess:
    xs, ys = np.meshgrid(np.arange(area[0], area[1] + 1), np.arange(area[2], area[3] + 1))
    score = _face_score(maps, apart, xs.astype(np.float32), ys.astype(np.float32))
    score = score - 22 * (np.hypot((xs - middle[0]), (ys - middle[1])) / max(maps.raw.shape)) ** 2
    for other in taken:
        score = np.where(np.hypot(xs - other.x, ys - other.y) < 2.2 * max(other.eye_distance, apart), -1e3, score)
    index = int(score.argmax())
    return _FaceGuess(float(score.flat[index]), apart, float(xs.flat[index]), float(ys.flat[index]))


def _face_score(maps: _SearchMaps, apart: float, x: Floats, y: Floats) -> Floats:
    """How much the surroundings of many points look like a face whose eyes are so far apart."""

    def light(right: float, down: float, wide: float, tall: float) -> Floats:
        return _box_mean(maps.light, x + right * apart, y + down * apart, wide * apart, tall * apart)

    left, right = light(-0.5, 0.0, 0.22, 0.12), light(0.5, 0.0, 0.22, 0.12)
    cheeks = [light(side * 0.5, 0.5, 0.2, 0.14) for side in (-1, 1)]
    bridge, brow = light(0, 0.05, 0.1, 0.16), light(0, -0.75, 0.4, 0.12)
    lips, chin = light(0, 1.12, 0.3, 0.1), light(0, 1.5, 0.25, 0.12)
    eyes = np.minimum(cheeks[0] - left, cheeks[1] - right)
    skin = _box_mean(maps.skin, x, y + 0.45 * apart, 0.8 * apart, 0.9 * apart)
    round_it = [
        _box_mean(maps.skin, x + side * 1.9 * apart, y + 0.3 * apart, 0.35 * apart, 0.9 * apart) for side in (-1, 1)
    ]
    even = np.abs(left - right) + 0.6 * np.abs(cheeks[0] - cheeks[1])
    dark = np.clip(eyes, -30, 45) * 0.5 + np.clip(bridge - np.minimum(left, right), -20, 40) * 0.2
    lower = np.clip((cheeks[0] + cheeks[1]) / 2 - lips, -15, 30) * 0.25 + np.clip(chin - lips, -15, 25) * 0.2
    upper = np.clip(brow - np.maximum(left, right), -25, 30) * 0.15
    grey = 0.25 * apart / max(maps.raw.shape) * 40  # a larger face is the likelier one, all else alike
    both = dark + lower + upper - 0.2 * even + grey
    return np.asarray(both + 16 * (skin - 0.4 * np.maximum(*round_it)), np.float32)


def _refine_landmarks(maps: _SearchMaps, apart: float, x: float, y: float) -> Landmarks:
    """The eyes where they are darkest nearby, and the mouth at its darkest line."""
    left, right = (_darkest_point(maps, x + side * apart / 2, y, 0.2 * apart, 0.16 * apart) for side in (-1, 1))
    if abs(left[1] - right[1]) > 0.25 * apart:
        left, right = (x - apart / 2, y), (x + apart / 2, y)
    down = np.arange(0.92, 1.36, 0.02, dtype=np.float32)
    face = average_landmarks(left, right)
    (mx, my), (across, fall) = face.eye_middle, face.eye_axis
    steps = down * face.eye_distance
    rows = _box_mean(maps.light, mx - fall * steps, my + across * steps, 0.3 * apart, max(0.05 * apart, 0.6))
    line = float(down[int((rows + 60 * (down - 1.12) ** 2).argmin())])
    return average_landmarks(left, right, line)


def _darkest_point(maps: _SearchMaps, x: float, y: float, wide: float, tall: float) -> tuple[float, float]:
    xs, ys = np.meshgrid(np.arange(x - wide, x + wide + 0.5, 0.5), np.arange(y - tall, y + tall + 0.5, 0.5))
    small = max(wide * 0.45, 1.0)
    light = _box_mean(maps.light, xs.astype(np.float32), ys.astype(np.float32), small, small)
    weight = np.exp(-(light - light.min()) / 6)
    return float((xs * weight).sum() / weight.sum()), float((ys * weight).sum() / weight.sum())
