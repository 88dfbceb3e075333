"""A still frame with faces that move in it, painted frame by frame."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from adapters.sandbox.render.face.actor import Actor
from adapters.sandbox.render.face.features import Overlay
from adapters.sandbox.render.face.landmarks import Landmarks
from adapters.sandbox.render.face.pose import HeadMotion
from adapters.sandbox.render.yuv_planes import Bytes, YuvPlanes, blend_overlay, picture_to_planes

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class MovingFace:
    """One moving face: where it stands in the frame and how it moves."""

    actor: Actor
    left: int
    top: int
    motion: HeadMotion
    background: YuvPlanes | None = None
    """What is seen past a face that was cut out, over the whole frame."""


@dataclass(frozen=True)
class Composition:
    """Everything a film shows."""

    base: YuvPlanes
    faces: list[MovingFace]
    overlays: list[Overlay]
    crop: Box | None = None
    """The part of the frame that the film shows, when it is not the whole; marks lie in the film."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the film."""
        left, top, right, bottom = self.crop or (0, 0, self.base.y.shape[1], self.base.y.shape[0])
        return right - left, bottom - top

    def frames(self) -> Iterator[YuvPlanes]:
        """The film, picture after picture."""
        for index in range(max(part.motion.frames for part in self.faces)):
            yield self._render_frame(index)

    def frame_at(self, index: int) -> YuvPlanes:
        """One picture of the film, the last one for any later moment."""
        return self._render_frame(index)

    def paint_faces(self, whole: YuvPlanes, index: int) -> None:
        """Only the faces of one moment, into a picture that has the rest."""
        for part in self.faces:
            planes, alpha = part.actor.render_pose(part.motion.pose_at(min(index, part.motion.frames - 1)))
            _paste_face(whole, planes, alpha, part)

    def _render_frame(self, index: int) -> YuvPlanes:
        """One picture of the film."""
        whole: YuvPlanes | None = None
        for part in self.faces:
            planes, alpha = part.actor.render_pose(part.motion.pose_at(min(index, part.motion.frames - 1)))
            if alpha is None and planes.y.shape == self.base.y.shape:
                whole = planes
                continue
            whole = whole or self.base.copy()
            _paste_face(whole, planes, alpha, part)
        whole = _crop_planes(whole or self.base.copy(), self.crop)
        for mark in self.overlays:
            blend_overlay(whole, mark.top, mark.left, mark.cover, mark.yuv)
        return whole


def _crop_planes(whole: YuvPlanes, window: Box | None) -> YuvPlanes:
    """The part of a picture that a window shows."""
    if window is None:
        return whole
    left, top, right, bottom = window
    return YuvPlanes(whole.y[top:bottom, left:right], whole.uv[top // 2 : bottom // 2, left // 2 : right // 2])


def _paste_face(whole: YuvPlanes, planes: YuvPlanes, alpha: Bytes | None, part: MovingFace) -> None:
    """Put a face's part of the frame into it."""
    height, width = planes.y.shape
    here = slice(part.top, part.top + height), slice(part.left, part.left + width)
    half = slice(part.top // 2, (part.top + height) // 2), slice(part.left // 2, (part.left + width) // 2)
    if alpha is None or part.background is None:
        whole.y[here], whole.uv[half] = planes.y, planes.uv
        return
    whole.y[here] = _blend_alpha(part.background.y[here], planes.y, alpha)
    whole.uv[half] = _blend_alpha(part.background.uv[half], planes.uv, alpha[::2, ::2])


def _blend_alpha(under: Bytes, over: Bytes, alpha: Bytes) -> Bytes:
    """One plane over another: chosen where that is enough, worked out only along the edges."""
    mixed = under.copy()
    edge = (alpha > 0) & (alpha < 255)
    cover = (alpha[edge].astype(np.float32) / 255).reshape(-1, *[1] * (under.ndim - 2))
    solid = (alpha == 255).reshape(*alpha.shape, *[1] * (under.ndim - 2))
    np.copyto(mixed, over, where=solid)
    mixed[edge] = (under[edge] + (over[edge].astype(np.float32) - under[edge]) * cover).astype(np.uint8)
    return mixed


def head_box(face: Landmarks, size: tuple[int, int], others: list[Landmarks]) -> Box:
    """The even-sided part of a picture that a moving head can touch, sharing the room between neighbours."""
    (x, y), tall, unit = face.eye_middle, face.chin[1] - face.eye_middle[1], 2.4 * face.eye_distance
    left, right = x - 1.04 * unit, x + 1.04 * unit
    for other in others:
        between = (other.eye_middle[0] + x) / 2
        if other.eye_middle[0] < x - 0.5 * unit:
            left = max(left, between)
        elif other.eye_middle[0] > x + 0.5 * unit:
            right = min(right, between)
    top, bottom = y - 2.1 * tall, y + 1.87 * tall
    return (
        _clamp_even(left, size[0]),
        _clamp_even(top, size[1]),
        _clamp_even(right + 1, size[0]),
        _clamp_even(bottom + 1, size[1]),
    )


def _clamp_even(value: float, limit: int) -> int:
    """The even number below, inside the picture."""
    return min(max(int(value) // 2 * 2, 0), limit)


def compose_faces(
    image: Image.Image, faces: list[Landmarks], motions: list[HeadMotion], overlays: list[Overlay]
) -> Composition:
    """A whole picture in which only the heads move."""
    moving_faces = []
    for index, (face, motion) in enumerate(zip(faces, motions, strict=True)):
        box = head_box(face, image.size, faces[:index] + faces[index + 1 :])
        part = image.crop(box)
        moving_faces.append(MovingFace(Actor(part, face.transformed(1, -box[0], -box[1])), box[0], box[1], motion))
    return Composition(picture_to_planes(image), moving_faces, overlays)
