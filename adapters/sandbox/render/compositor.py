"""A still frame with faces that move in it, painted frame by frame."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from adapters.sandbox.render.audio.sound import Samples
from adapters.sandbox.render.captions import TimedCaption
from adapters.sandbox.render.encode import Film
from adapters.sandbox.render.face import features
from adapters.sandbox.render.face.landmarks import Landmarks, Point
from adapters.sandbox.render.face.pose import HeadMotion, Pose
from adapters.sandbox.render.face.texture import HeadField, ShiftField, Texture, pixel_map
from adapters.sandbox.render.yuv_planes import (
    BLACK_YUV,
    Box,
    Bytes,
    Floats,
    Overlay,
    Size,
    YuvPlanes,
    blend_alpha,
    blend_overlays,
    even_edge,
    picture_to_planes,
    rgb_to_yuv,
)


class Actor:
    """One face that can be posed, in a picture with even sides."""

    def __init__(self, picture: Image.Image, face: Landmarks) -> None:
        self._texture, self._face, self._size = Texture(picture), face, picture.size
        self._head = HeadField(face, picture.width, picture.height)
        self._eyes, self._mouth = _moving_boxes(face, picture.size)
        self._tone = _skin_tone(picture, self._mouth)

    def render_pose(self, pose: Pose) -> tuple[YuvPlanes, Bytes | None]:
        """The picture with the face in this pose, and how opaque it is when it was cut out."""
        shift = self._head.shift_for(pose)
        eyes = pixel_map(shift, _follow_head(self._eyes, shift, self._face.eye_middle, self._size))
        mouth = pixel_map(shift, _follow_head(self._mouth, shift, self._face.mouth, self._size))
        features.move_brows(eyes, self._face, pose)
        overlays = features.close_lids(eyes, self._face, pose)
        if inside := features.shape_mouth(mouth, self._face, pose):
            overlays.append(inside)
        for view in (eyes, mouth):
            np.clip(view.across, 0, self._size[0] - 1, out=view.across)
            np.clip(view.down, 0, self._size[1] - 1, out=view.down)
        planes, alpha = self._texture.sample(shift, [eyes, mouth])
        blend_overlays(planes, (replace(o, yuv=(o.yuv - BLACK_YUV) * self._tone + BLACK_YUV) for o in overlays))
        return planes, alpha


def _skin_tone(picture: Image.Image, box: Box) -> Floats:
    """How bright and how colourful what we paint must be beside the skin of this picture."""
    skin = rgb_to_yuv(np.asarray(picture.convert("RGB").crop(box).resize((16, 16)))) - BLACK_YUV
    bright, colour = float(np.percentile(skin[..., 0], 70)), float(np.abs(skin[..., 1:]).mean())
    share = min(colour / 10, 1.0)
    return np.array([min(max(bright / 130, 0.25), 1.0), share, share], np.float32)


def _follow_head(box: Box, shift: ShiftField, centre: Point, size: Size) -> Box:
    """A box that has gone along with the head."""
    row = min(max(int(centre[1] / 2), 0), shift.down.shape[0] - 1)
    column = min(max(int(centre[0] / 2), 0), shift.down.shape[1] - 1)
    right, down = -float(shift.across[row, column]), -float(shift.down[row, column])
    return _even_box(box[0] + right, box[1] + down, box[2] + right, box[3] + down, size)


def _moving_boxes(face: Landmarks, size: Size) -> tuple[Box, Box]:
    """The even-edged boxes in which brows and eyes, and mouth and jaw move, with room for the head's own moves."""
    (x, y), (mx, my) = face.eye_middle, face.mouth
    tall, unit, room = face.chin[1] - y, 2.4 * face.eye_distance, 0.22 * face.eye_distance
    between = round((y + face.eye_half + my) / 2)
    eyes = _even_box(x - 0.56 * unit, y - 0.6 * tall - room, x + 0.56 * unit, between, size)
    wide = 2.4 * face.mouth_half + room
    return eyes, _even_box(mx - wide, between, mx + wide, face.chin[1] + 1.35 * face.mouth_half + room, size)


def _even_box(left: float, top: float, right: float, bottom: float, size: Size) -> Box:
    """A box with even edges inside the picture, and not empty."""
    x, y = even_edge(left, size[0] - 2), even_edge(top, size[1] - 2)
    return x, y, max(even_edge(right, size[0]), x + 2), max(even_edge(bottom, size[1]), y + 2)


@dataclass(frozen=True)
class MovingFace:
    """One moving face: where it stands in the frame and how it moves."""

    actor: Actor
    left: int
    top: int
    motion: HeadMotion
    background: YuvPlanes | None = None
    """What is seen past a face that was cut out, over the whole frame."""

    def render_frame(self, index: int) -> tuple[YuvPlanes, Bytes | None]:
        return self.actor.render_pose(self.motion.pose_at(min(index, self.motion.frames - 1)))

    def paste_onto(self, whole: YuvPlanes, planes: YuvPlanes, alpha: Bytes | None) -> None:
        height, width = planes.y.shape
        here = slice(self.top, self.top + height), slice(self.left, self.left + width)
        half = slice(self.top // 2, (self.top + height) // 2), slice(self.left // 2, (self.left + width) // 2)
        if alpha is None or self.background is None:
            whole.y[here], whole.uv[half] = planes.y, planes.uv
            return
        whole.y[here] = blend_alpha(self.background.y[here], planes.y, alpha)
        whole.uv[half] = blend_alpha(self.background.uv[half], planes.uv, alpha[::2, ::2])


@dataclass(frozen=True)
class Composition:
    """Everything a film shows."""

    base: YuvPlanes
    faces: list[MovingFace]
    overlays: list[Overlay]
    crop: Box | None = None
    """The part of the frame that the film shows, when it is not the whole; overlays lie in the film."""

    @property
    def size(self) -> Size:
        left, top, right, bottom = self.crop or (0, 0, self.base.y.shape[1], self.base.y.shape[0])
        return right - left, bottom - top

    def film(self, fps: int, samples: Samples, captions: list[TimedCaption]) -> Film:
        return Film(self.size, fps, self._frames(), samples, captions)

    def _frames(self) -> Iterator[YuvPlanes]:
        for index in range(max(face.motion.frames for face in self.faces)):
            yield self.frame_at(index)

    def frame_at(self, index: int) -> YuvPlanes:
        """One picture of the film, the last one for any later moment."""
        whole: YuvPlanes | None = None
        for face in self.faces:
            planes, alpha = face.render_frame(index)
            if alpha is None and planes.y.shape == self.base.y.shape:
                whole = planes
                continue
            whole = whole or self.base.copy()
            face.paste_onto(whole, planes, alpha)
        whole = whole or self.base.copy()
        if self.crop:
            left, top, right, bottom = self.crop
            half = whole.uv[top // 2 : bottom // 2, left // 2 : right // 2]
            whole = YuvPlanes(whole.y[top:bottom, left:right], half)
        blend_overlays(whole, self.overlays)
        return whole


def head_box(face: Landmarks, size: Size, others: list[Landmarks]) -> Box:
    """The even-sided part of a picture that a moving head can touch, sharing the room between neighbours."""
    (x, y), tall, unit = face.eye_middle, face.chin[1] - face.eye_middle[1], 2.4 * face.eye_distance
    left, right = x - 1.04 * unit, x + 1.04 * unit
    for other in others:
        between = (other.eye_middle[0] + x) / 2
        if other.eye_middle[0] < x - 0.5 * unit:
            left = max(left, between)
        elif other.eye_middle[0] > x + 0.5 * unit:
            right = min(right, between)
    top, bottom = even_edge(y - 2.1 * tall, size[1]), even_edge(y + 1.87 * tall + 1, size[1])
    return even_edge(left, size[0]), top, even_edge(right + 1, size[0]), bottom


def moving_head(image: Image.Image, face: Landmarks, box: Box, motion: HeadMotion) -> MovingFace:
    """The head within a box of a picture."""
    return MovingFace(Actor(image.crop(box), face.transformed(1, -box[0], -box[1])), box[0], box[1], motion)


def compose_faces(
    image: Image.Image, faces: list[Landmarks], motions: list[HeadMotion], overlays: list[Overlay]
) -> Composition:
    """A whole picture in which only the heads move."""
    heads = []
    for index, (face, motion) in enumerate(zip(faces, motions, strict=True)):
        others = faces[:index] + faces[index + 1 :]
        heads.append(moving_head(image, face, head_box(face, image.size, others), motion))
    return Composition(picture_to_planes(image), heads, overlays)
