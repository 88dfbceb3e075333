"""A picture one can sample between its pixels, and the head that turns in it."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from adapters.sandbox.render.face.landmarks import Landmarks
from adapters.sandbox.render.face.pose import Pose, smoothstep
from adapters.sandbox.render.yuv_planes import Box, Bytes, Floats, YuvPlanes, picture_to_planes

_LARGE_PIXELS = 700_000
"""Pixels beyond which a picture is enlarged less, to bound memory; half a pixel shows less in it anyway."""


@dataclass(frozen=True)
class ShiftField:
    """How far each block of four pixels has moved."""

    across: Floats
    down: Floats


@dataclass(frozen=True)
class PixelMap:
    """The part of a frame whose pixels are mapped one by one, and where each comes from in the still picture."""

    across: Floats
    down: Floats
    rows: slice
    columns: slice


def pixel_map(shift: ShiftField, box: Box) -> PixelMap:
    """The exact map of an even-edged box of the frame, as far as the head's shift goes."""
    left, top, right, bottom = box
    half = (slice(top // 2, bottom // 2), slice(left // 2, right // 2))
    rows, columns = np.arange(top, bottom, dtype=np.float32), np.arange(left, right, dtype=np.float32)
    across = np.repeat(np.repeat(shift.across[half], 2, axis=1), 2, axis=0) + columns
    down = np.repeat(np.repeat(shift.down[half], 2, axis=1), 2, axis=0) + rows[:, None]
    return PixelMap(across, down, slice(top, bottom), slice(left, right))


class Texture:
    """A picture enlarged once, so that every frame is a plain gather of its nearest points."""

    def __init__(self, picture: Image.Image) -> None:
        # With four texture points on each side of a pixel, the nearest one is as good as interpolation.
        planes, fine = picture_to_planes(picture), 4 if picture.width * picture.height <= _LARGE_PIXELS else 2
        width, height = picture.width * fine, picture.height * fine
        self._points_per_pixel, self._width = fine, width
        self._y = _enlarge_plane(planes.y, width, height).reshape(-1)
        halves = [_enlarge_plane(np.ascontiguousarray(planes.uv[..., i]), width // 2, height // 2) for i in (0, 1)]
        # Both colours in one 16-bit word: one gather instead of two.
        self._uv = np.ascontiguousarray(np.stack(halves, axis=-1)).view(np.uint16).reshape(-1)
        alpha = picture.getchannel("A") if picture.mode == "RGBA" else None
        self._alpha = None if alpha is None else np.asarray(alpha.resize((width, height))).reshape(-1)
        # Every frame reuses the same memory: allocating arrays of this size costs more than the work done in them.
        self._still = (np.arange(picture.height) * fine)[:, None] * width + np.arange(picture.width) * fine
        self._index = np.empty((picture.height, picture.width), np.intp)
        self._sampled = np.empty(self._index.shape, np.uint8), np.empty(self._index.shape, np.uint8)
        self._colour_index = np.empty((picture.height // 2, picture.width // 2), np.intp)
        self._sampled_colour = np.empty(self._colour_index.shape, np.uint16)

    def sample(self, shift: ShiftField, views: list[PixelMap]) -> tuple[YuvPlanes, Bytes | None]:
        """The picture with its parts shifted, and how opaque it is there, until the next call."""
        self._aim_blocks(shift)
        for view in views:
            self._aim_exactly(view)
        y, opaque = self._sampled
        np.take(self._y, self._index, mode="clip", out=y)
        np.take(self._uv, self._colour_index, mode="clip", out=self._sampled_colour)
        if self._alpha is not None:
            np.take(self._alpha, self._index, mode="clip", out=opaque)
        planes = YuvPlanes(y, self._sampled_colour[..., None].view(np.uint8))
        return planes, None if self._alpha is None else opaque

    def _aim_blocks(self, shift: ShiftField) -> None:
        height, width = self._colour_index.shape
        row, column = (np.rint(each * self._points_per_pixel).astype(np.intp) for each in (shift.down, shift.across))
        # Four neighbours share one shift: it changes by far less than a quarter of a pixel between them.
        both = np.repeat(row * self._width + column, 2, axis=1)[:, None]
        pairs = (height, 2, width * 2)
        np.add(self._still.reshape(pairs), both, out=self._index.reshape(pairs))
        # The middle of a block, where its colour belongs, is half a pixel from its first one.
        half, step = self._points_per_pixel // 2, self._points_per_pixel
        row += (np.arange(height) * 2 * step + half)[:, None]
        column += np.arange(width) * 2 * step + half
        self._colour_index[:] = (row >> 1) * (self._width // 2) + (column >> 1)

    def _aim_exactly(self, view: PixelMap) -> None:
        half, step = self._points_per_pixel // 2, self._points_per_pixel
        row, column = ((each * step + 0.5).astype(np.int32) for each in (view.down, view.across))
        self._index[view.rows, view.columns] = row * self._width + column
        part = slice(view.rows.start // 2, view.rows.stop // 2), slice(view.columns.start // 2, view.columns.stop // 2)
        row, column = (row[::2, ::2] + half) >> 1, (column[::2, ::2] + half) >> 1
        self._colour_index[part] = row * (self._width // 2) + column


class HeadField:
    """Which part of a picture moves with the head, as fields that a pose mixes, for each block of four pixels."""

    def __init__(self, face: Landmarks, width: int, height: int) -> None:
        ys, xs = np.mgrid[0.5:height:2, 0.5:width:2].astype(np.float32)
        (cx, cy), tall = face.eye_middle, max(face.chin[1] - face.eye_middle[1], 8.0)
        unit, neck = 2.4 * face.eye_distance, cy + tall * 1.15
        far = np.where(ys < cy, (cy - ys) / (tall * 1.25), (ys - cy) / (tall * 1.12))
        weight = 1 - smoothstep((np.hypot((xs - cx) / (unit * 0.62), far) - 0.95) / 0.7)
        weight = weight * _edge_margin(xs, width) * _edge_margin(ys, height)
        # What is nearer to the onlooker moves more when a head turns: that is what makes it look round.
        near = np.clip(1 - ((xs - cx) / (unit * 0.56)) ** 2, 0, 1)
        near = near * np.clip(1 - ((ys - cy - 0.35 * tall) / (tall * 1.15)) ** 2, 0, 1) * weight
        # Heads nod about the neck, not about the nose.
        across = [weight * unit, -weight * (ys - neck), weight * (xs - cx), near * unit]
        down = [weight * unit, weight * (xs - cx), weight * (ys - neck), near * unit]
        self._across, self._down, self._shape = _stack_fields(across), _stack_fields(down), (height // 2, width // 2)

    def shift_for(self, pose: Pose) -> ShiftField:
        """How far from itself each block is seen in the still picture."""
        mix = -np.array([pose.right, pose.down, pose.roll, pose.zoom, pose.yaw, pose.pitch], np.float32)
        across, down = mix[[0, 2, 3, 4]] @ self._across, mix[[1, 2, 3, 5]] @ self._down
        return ShiftField(across.reshape(self._shape), down.reshape(self._shape))


def _enlarge_plane(plane: Bytes, width: int, height: int) -> Bytes:
    return np.asarray(Image.fromarray(plane).resize((width, height), Image.Resampling.BICUBIC))


def _stack_fields(fields: list[Floats]) -> Floats:
    return np.stack([field.reshape(-1) for field in fields]).astype(np.float32)


def _edge_margin(places: Floats, size: int) -> Floats:
    """0 at the picture's edges: nothing may be pulled in from outside."""
    return smoothstep(np.minimum(places, size - 1 - places) / (0.1 * size))
