"""A face that can be posed: the still picture, its landmarks, and one frame for each pose."""

import numpy as np
from PIL import Image

from adapters.sandbox.render.face import features
from adapters.sandbox.render.face.landmarks import Landmarks, Point
from adapters.sandbox.render.face.pose import Pose
from adapters.sandbox.render.face.texture import ShiftField, Texture, head_field, pixel_map
from adapters.sandbox.render.yuv_planes import BLACK_YUV, Bytes, Floats, YuvPlanes, blend_overlay, rgb_to_yuv

Box = tuple[int, int, int, int]


class Actor:
    """One face in a picture with even sides."""

    def __init__(self, picture: Image.Image, face: Landmarks) -> None:
        self._texture, self._face, self._size = Texture(picture), face, picture.size
        self._head = head_field(face, picture.width, picture.height)
        self._eyes, self._mouth = _moving_boxes(face, picture.size)
        self._tone = _skin_tone(picture, self._mouth)

    def render_pose(self, pose: Pose) -> tuple[YuvPlanes, Bytes | None]:
        """The picture with the face in this pose, and how opaque it is when it was cut out."""
        shift = self._head.shift_for(pose)
        eyes = pixel_map(shift, _follow_head(self._eyes, shift, self._face.eye_middle, self._size))
        mouth = pixel_map(shift, _follow_head(self._mouth, shift, self._face.mouth, self._size))
        features.move_brows(eyes, self._face, pose)
        paints = features.close_lids(eyes, self._face, pose)
        inside = features.shape_mouth(mouth, self._face, pose)
        for view in (eyes, mouth):
            np.clip(view.across, 0, self._size[0] - 1, out=view.across)
            np.clip(view.down, 0, self._size[1] - 1, out=view.down)
        planes, alpha = self._texture.sample(shift, [eyes, mouth])
        for paint in [*paints, *([inside] if inside else [])]:
            blend_overlay(planes, paint.top, paint.left, paint.cover, (paint.yuv - BLACK_YUV) * self._tone + BLACK_YUV)
        return planes, alpha


def _skin_tone(picture: Image.Image, box: Box) -> Floats:
    """How bright and how colourful what we paint must be beside the skin of this picture."""
    skin = rgb_to_yuv(np.asarray(picture.convert("RGB").crop(box).resize((16, 16)))) - BLACK_YUV
    bright, colour = float(np.percentile(skin[..., 0], 70)), float(np.abs(skin[..., 1:]).mean())
    share = min(colour / 10, 1.0)
    return np.array([min(max(bright / 130, 0.25), 1.0), share, share], np.float32)


def _follow_head(box: Box, shift: ShiftField, centre: Point, size: tuple[int, int]) -> Box:
    """A box that has gone along with the head."""
    row = min(max(int(centre[1] / 2), 0), shift.down.shape[0] - 1)
    column = min(max(int(centre[0] / 2), 0), shift.down.shape[1] - 1)
    right, down = -float(shift.across[row, column]), -float(shift.down[row, column])
    return _even_box(box[0] + right, box[1] + down, box[2] + right, box[3] + down, size)


def _moving_boxes(face: Landmarks, size: tuple[int, int]) -> tuple[Box, Box]:
    """The even-edged boxes in which brows and eyes, and mouth and jaw move, with room for the head's own moves."""
    (x, y), (mx, my) = face.eye_middle, face.mouth
    tall, unit, room = face.chin[1] - y, 2.4 * face.eye_distance, 0.22 * face.eye_distance
    between = round((y + face.eye_half + my) / 2)
    eyes = _even_box(x - 0.56 * unit, y - 0.6 * tall - room, x + 0.56 * unit, between, size)
    wide = 2.4 * face.mouth_half + room
    return eyes, _even_box(mx - wide, between, mx + wide, face.chin[1] + 1.35 * face.mouth_half + room, size)


def _even_box(left: float, top: float, right: float, bottom: float, size: tuple[int, int]) -> Box:
    """A box with even edges inside the picture, and not empty."""
    x, y = _clamp_even(left, size[0] - 2), _clamp_even(top, size[1] - 2)
    return x, y, max(_clamp_even(right, size[0]), x + 2), max(_clamp_even(bottom, size[1]), y + 2)


def _clamp_even(value: float, limit: int) -> int:
    """The even number below, inside the picture."""
    return min(max(int(value) // 2 * 2, 0), limit)
