"""A picture one can sample between its pixels, and the head that turns in it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from adapters.sandbox.render.landmarks import Landmarks
from adapters.sandbox.render.planes import Bytes, Floats, Planes, of_picture
from adapters.sandbox.render.pose import Pose

_LARGE = 700_000
"""Pixels beyond which a picture is enlarged less, to bound memory; half a pixel shows less in it anyway."""


def _fineness(picture: Image.Image) -> int:
    """How many texture points a pixel gets on each side: with four, the nearest one is as good as interpolation."""
    pixels = picture.width * picture.height
    return 4 if pixels <= _LARGE else 2


def _enlarged(plane: Bytes, width: int, height: int) -> Bytes:
    """A plane with more points between its own."""
    return np.asarray(Image.fromarray(plane).resize((width, height), Image.Resampling.BICUBIC))


class Texture:
    """A picture enlarged once, so that every frame is a plain gather of its nearest points."""

    def __init__(self, picture: Image.Image) -> None:
        planes, fine = of_picture(picture), _fineness(picture)
        width, height = picture.width * fine, picture.height * fine
        self.fine, self.size = fine, (picture.width, picture.height)
        self._width = width
        self._y = _enlarged(planes.y, width, height).reshape(-1)
        halves = [_enlarged(np.ascontiguousarray(planes.uv[..., i]), width // 2, height // 2) for i in (0, 1)]
        # Both colours in one 16-bit word: one gather instead of two.
        self._uv = np.ascontiguousarray(np.stack(halves, axis=-1)).view(np.uint16).reshape(-1)
        alpha = picture.getchannel("A") if picture.mode == "RGBA" else None
        self._alpha = None if alpha is None else np.asarray(alpha.resize((width, height))).reshape(-1)

    def sample(self, across: Floats, down: Floats) -> tuple[Planes, Bytes | None]:
        """The picture seen through a map of pixel positions, and how opaque it is there."""
        column, row = (across * self.fine).astype(np.int32), (down * self.fine).astype(np.int32)
        index = row * self._width + column
        # The middle of a 2x2 block is half a pixel away from its first point.
        half = self.fine // 2
        colour = ((row[::2, ::2] + half) >> 1) * (self._width // 2) + ((column[::2, ::2] + half) >> 1)
        y = np.take(self._y, index, mode="clip")
        uv = np.take(self._uv, colour, mode="clip")[..., None].view(np.uint8)
        alpha = None if self._alpha is None else np.take(self._alpha, index, mode="clip")
        return Planes(y, uv), alpha


@dataclass(frozen=True)
class Head:
    """Which part of a picture moves with the head, as fields that a pose mixes."""

    base: tuple[Floats, Floats]
    fields: tuple[Floats, Floats]
    shape: tuple[int, int]
    unit: float

    def map(self, pose: Pose) -> tuple[Floats, Floats]:
        """Where every pixel of the frame comes from in the still picture."""
        mix = np.array([pose.right, pose.down, pose.roll, pose.zoom, pose.yaw, pose.pitch], np.float32)
        # A turned head narrows a little as well, which the eye takes for depth.
        across = self.base[0] - (mix[[0, 2, 3, 4]] @ self.fields[0]).reshape(self.shape)
        down = self.base[1] - (mix[[1, 2, 3, 5]] @ self.fields[1]).reshape(self.shape)
        return across, down


def head_of(landmarks: Landmarks, width: int, height: int) -> Head:
    """The fields of a head in a picture of this size."""
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    (cx, cy), tall = landmarks.middle, max(landmarks.chin[1] - landmarks.middle[1], 8.0)
    unit = 2.4 * landmarks.apart
    # The pivot is the neck: heads nod about it, not about the nose.
    neck = cy + tall * 1.15
    ellipse = np.hypot((xs - cx) / (unit * 0.62), np.where(ys < cy, (cy - ys) / (tall * 1.25), (ys - cy) / (tall * 1.12)))
    weight = 1 - _step((ellipse - 0.95) / 0.95)
    weight = weight * _margin(xs, width) * _margin(ys, height)
    depth = np.clip(1 - ((xs - cx) / (unit * 0.56)) ** 2, 0, 1) * np.clip(
        1 - ((ys - cy - 0.35 * tall) / (tall * 1.15)) ** 2, 0, 1
    )
    depth = depth * weight
    across = [weight * unit, -weight * (ys - neck), weight * (xs - cx), depth * unit]
    down = [weight * unit, weight * (xs - cx), weight * (ys - neck), depth * unit]
    return Head((xs, ys), (_stack(across), _stack(down)), (height, width), unit)


def _stack(fields: list[Floats]) -> Floats:
    """Fields as rows of one matrix."""
    return np.stack([field.reshape(-1) for field in fields]).astype(np.float32)


def _step(way: npt.NDArray[np.floating]) -> Floats:
    """A smooth step from 0 to 1."""
    held = np.clip(way, 0, 1)
    return (held * held * (3 - 2 * held)).astype(np.float32)


def _margin(places: Floats, size: int) -> Floats:
    """0 at the picture's edges: nothing may be pulled in from outside."""
    return _step(np.minimum(places, size - 1 - places) / (0.13 * size))
