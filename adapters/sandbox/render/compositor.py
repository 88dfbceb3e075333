"""A still frame with faces that move in it, painted frame by frame."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from adapters.sandbox.render.face.actor import Actor
from adapters.sandbox.render.face.features import Paint
from adapters.sandbox.render.face.landmarks import Landmarks
from adapters.sandbox.render.face.pose import Moves
from adapters.sandbox.render.yuv_planes import Bytes, Planes, blend, of_picture

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Part:
    """One moving face: where it stands in the frame and how it moves."""

    actor: Actor
    left: int
    top: int
    moves: Moves
    behind: Planes | None = None
    """What is seen past a face that was cut out, over the whole frame."""


@dataclass(frozen=True)
class Stage:
    """Everything a film shows."""

    base: Planes
    parts: list[Part]
    marks: list[Paint]
    window: Box | None = None
    """The part of the frame that the film shows, when it is not the whole; marks lie in the film."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the film."""
        left, top, right, bottom = self.window or (0, 0, self.base.y.shape[1], self.base.y.shape[0])
        return right - left, bottom - top

    def frames(self) -> Iterator[Planes]:
        """The film, picture after picture."""
        for index in range(max(part.moves.frames for part in self.parts)):
            yield self._frame(index)

    def at(self, index: int) -> Planes:
        """One picture of the film, the last one for any later moment."""
        return self._frame(index)

    def paint(self, whole: Planes, index: int) -> None:
        """Only the faces of one moment, into a picture that has the rest."""
        for part in self.parts:
            planes, alpha = part.actor.pose(part.moves.at(min(index, part.moves.frames - 1)))
            _lay(whole, planes, alpha, part)

    def _frame(self, index: int) -> Planes:
        """One picture of the film."""
        whole: Planes | None = None
        for part in self.parts:
            planes, alpha = part.actor.pose(part.moves.at(min(index, part.moves.frames - 1)))
            if alpha is None and planes.y.shape == self.base.y.shape:
                whole = planes
                continue
            whole = whole or self.base.copy()
            _lay(whole, planes, alpha, part)
        whole = _seen(whole or self.base.copy(), self.window)
        for mark in self.marks:
            blend(whole, mark.top, mark.left, mark.cover, mark.yuv)
        return whole


def _seen(whole: Planes, window: Box | None) -> Planes:
    """The part of a picture that a window shows."""
    if window is None:
        return whole
    left, top, right, bottom = window
    return Planes(whole.y[top:bottom, left:right], whole.uv[top // 2 : bottom // 2, left // 2 : right // 2])


def _lay(whole: Planes, planes: Planes, alpha: Bytes | None, part: Part) -> None:
    """Put a face's part of the frame into it."""
    height, width = planes.y.shape
    here = slice(part.top, part.top + height), slice(part.left, part.left + width)
    half = slice(part.top // 2, (part.top + height) // 2), slice(part.left // 2, (part.left + width) // 2)
    if alpha is None or part.behind is None:
        whole.y[here], whole.uv[half] = planes.y, planes.uv
        return
    whole.y[here] = _mixed(part.behind.y[here], planes.y, alpha)
    whole.uv[half] = _mixed(part.behind.uv[half], planes.uv, alpha[::2, ::2])


def _mixed(under: Bytes, over: Bytes, alpha: Bytes) -> Bytes:
    """One plane over another: chosen where that is enough, worked out only along the edges."""
    mixed = under.copy()
    edge = (alpha > 0) & (alpha < 255)
    cover = (alpha[edge].astype(np.float32) / 255).reshape(-1, *[1] * (under.ndim - 2))
    solid = (alpha == 255).reshape(*alpha.shape, *[1] * (under.ndim - 2))
    np.copyto(mixed, over, where=solid)
    mixed[edge] = (under[edge] + (over[edge].astype(np.float32) - under[edge]) * cover).astype(np.uint8)
    return mixed


def box_of(face: Landmarks, size: tuple[int, int], others: list[Landmarks]) -> Box:
    """The even-sided part of a picture that a moving head can touch, sharing the room between neighbours."""
    (x, y), tall, unit = face.middle, face.chin[1] - face.middle[1], 2.4 * face.apart
    left, right = x - 1.04 * unit, x + 1.04 * unit
    for other in others:
        between = (other.middle[0] + x) / 2
        if other.middle[0] < x - 0.5 * unit:
            left = max(left, between)
        elif other.middle[0] > x + 0.5 * unit:
            right = min(right, between)
    top, bottom = y - 2.1 * tall, y + 1.87 * tall
    return _floor(left, size[0]), _floor(top, size[1]), _floor(right + 1, size[0]), _floor(bottom + 1, size[1])


def _floor(value: float, limit: int) -> int:
    """The even number below, inside the picture."""
    return min(max(int(value) // 2 * 2, 0), limit)


def stitched(image: Image.Image, faces: list[Landmarks], moves: list[Moves], marks: list[Paint]) -> Stage:
    """A whole picture in which only the heads move."""
    parts = []
    for index, (face, movement) in enumerate(zip(faces, moves, strict=True)):
        box = box_of(face, image.size, faces[:index] + faces[index + 1 :])
        part = image.crop(box)
        parts.append(Part(Actor(part, face.moved(1, -box[0], -box[1])), box[0], box[1], movement))
    return Stage(of_picture(image), parts, marks)
