"""A face that can be posed: the still picture, its landmarks, and one frame for each pose."""

import numpy as np
from PIL import Image

from adapters.sandbox.render.face import features
from adapters.sandbox.render.face.landmarks import Landmarks, Point
from adapters.sandbox.render.face.pose import Pose
from adapters.sandbox.render.face.texture import Shift, Texture, head_of, view_of
from adapters.sandbox.render.yuv_planes import GREY, Bytes, Floats, Planes, blend, to_yuv

Box = tuple[int, int, int, int]


class Actor:
    """One face in a picture with even sides."""

    def __init__(self, picture: Image.Image, face: Landmarks) -> None:
        self._texture, self._face, self._size = Texture(picture), face, picture.size
        self._head = head_of(face, picture.width, picture.height)
        self._eyes, self._mouth = _boxes(face, picture.size)
        self._tone = _tone(picture, self._mouth)

    def pose(self, pose: Pose) -> tuple[Planes, Bytes | None]:
        """The picture with the face in this pose, and how opaque it is when it was cut out."""
        shift = self._head.shift(pose)
        eyes = view_of(shift, _followed(self._eyes, shift, self._face.middle, self._size))
        mouth = view_of(shift, _followed(self._mouth, shift, self._face.mouth, self._size))
        features.brows(eyes, self._face, pose)
        paints = features.lids(eyes, self._face, pose)
        inside = features.mouth(mouth, self._face, pose)
        for view in (eyes, mouth):
            np.clip(view.across, 0, self._size[0] - 1, out=view.across)
            np.clip(view.down, 0, self._size[1] - 1, out=view.down)
        planes, alpha = self._texture.sample(shift, [eyes, mouth])
        for paint in [*paints, *([inside] if inside else [])]:
            blend(planes, paint.top, paint.left, paint.cover, (paint.yuv - GREY) * self._tone + GREY)
        return planes, alpha


def _tone(picture: Image.Image, box: Box) -> Floats:
    """How bright and how colourful what we paint must be beside the skin of this picture."""
    skin = to_yuv(np.asarray(picture.convert("RGB").crop(box).resize((16, 16)))) - GREY
    bright, colour = float(np.percentile(skin[..., 0], 70)), float(np.abs(skin[..., 1:]).mean())
    share = min(colour / 10, 1.0)
    return np.array([min(max(bright / 130, 0.25), 1.0), share, share], np.float32)


def _followed(box: Box, shift: Shift, centre: Point, size: tuple[int, int]) -> Box:
    """A box that has gone along with the head."""
    row = min(max(int(centre[1] / 2), 0), shift.down.shape[0] - 1)
    column = min(max(int(centre[0] / 2), 0), shift.down.shape[1] - 1)
    right, down = -float(shift.across[row, column]), -float(shift.down[row, column])
    return _even(box[0] + right, box[1] + down, box[2] + right, box[3] + down, size)


def _boxes(face: Landmarks, size: tuple[int, int]) -> tuple[Box, Box]:
    """The even-edged boxes in which brows and eyes, and mouth and jaw move, with room for the head's own moves."""
    (x, y), (mx, my) = face.middle, face.mouth
    tall, unit, room = face.chin[1] - y, 2.4 * face.apart, 0.22 * face.apart
    between = round((y + face.eye_half + my) / 2)
    eyes = _even(x - 0.56 * unit, y - 0.6 * tall - room, x + 0.56 * unit, between, size)
    wide = 2.4 * face.mouth_half + room
    return eyes, _even(mx - wide, between, mx + wide, face.chin[1] + 1.35 * face.mouth_half + room, size)


def _even(left: float, top: float, right: float, bottom: float, size: tuple[int, int]) -> Box:
    """A box with even edges inside the picture, and not empty."""
    x, y = _held(left, size[0] - 2), _held(top, size[1] - 2)
    return x, y, max(_held(right, size[0]), x + 2), max(_held(bottom, size[1]), y + 2)


def _held(value: float, limit: int) -> int:
    """The even number below, inside the picture."""
    return min(max(int(value) // 2 * 2, 0), limit)
