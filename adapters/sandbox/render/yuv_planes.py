"""Pictures as the encoder likes them: full-size brightness, half-size colour.

Painting straight in this form halves the work of a frame, since no frame is ever converted from RGB.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import av
import numpy as np
import numpy.typing as npt
from PIL import Image

Size = tuple[int, int]
Box = tuple[int, int, int, int]
"""Left, top, right, bottom."""
Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

# BT.709, limited range: the matrix from 0-255 RGB, and what is added to it.
_RGB_TO_YUV = np.array(
    [[0.1826, 0.6142, 0.0620], [-0.1006, -0.3386, 0.4392], [0.4392, -0.3989, -0.0403]],
    np.float32,
)
BLACK_YUV = np.array([16, 128, 128], np.float32)
"""Black, which has no colour: all brightness and colour is a distance from it."""


@dataclass(frozen=True)
class YuvPlanes:
    """A picture: brightness (height, width) and colour (height/2, width/2, 2)."""

    y: Bytes
    uv: Bytes

    def copy(self) -> "YuvPlanes":
        return YuvPlanes(self.y.copy(), self.uv.copy())


def rgb_to_yuv(rgb: npt.NDArray[np.generic]) -> Floats:
    """Colours (…, 3) from RGB."""
    return np.asarray(rgb, np.float32) @ _RGB_TO_YUV.T + BLACK_YUV


def picture_to_planes(picture: Image.Image) -> YuvPlanes:
    """The planes of a picture with even sides."""
    yuv = rgb_to_yuv(np.asarray(picture.convert("RGB")))
    height, width = yuv.shape[:2]
    colour = yuv[..., 1:].reshape(height // 2, 2, width // 2, 2, 2).mean(axis=(1, 3))
    return YuvPlanes(_to_bytes(yuv[..., 0]), _to_bytes(colour))


def decoded_planes(frame: av.VideoFrame, width: int, height: int) -> YuvPlanes:
    """The planes of a frame from a decoder, at this size."""
    scaled = frame.reformat(width, height, "yuv420p", dst_colorspace=1, dst_color_range=1)
    y, u, v = (plane_bytes(plane) for plane in scaled.planes)
    return YuvPlanes(y, np.stack([u, v], axis=-1))


def plane_bytes(plane: av.video.plane.VideoPlane) -> Bytes:
    """The bytes of one plane of a picture, where the codec has them."""
    lines = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
    return lines[:, : plane.width]


def even_size(value: float) -> int:
    """The nearest even number, at least 2, since colour has half the size."""
    return max(2, round(value / 2) * 2)


def even_edge(value: float, limit: int) -> int:
    """The even number below, inside a picture that is so large."""
    return min(max(int(value) // 2 * 2, 0), limit)


@dataclass(frozen=True)
class Overlay:
    """Colours (h, w, 3) to lay over a part of the frame, as far as `cover` (h, w) says; all four edges are even."""

    top: int
    left: int
    cover: Floats
    yuv: Floats


def blend_overlays(planes: YuvPlanes, overlays: Iterable[Overlay]) -> None:
    for over in overlays:
        height, width = over.cover.shape
        bright = planes.y[over.top : over.top + height, over.left : over.left + width]
        bright[:] = _to_bytes(bright.astype(np.float32) + over.cover * (over.yuv[..., 0] - bright))
        half = over.cover.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))[..., None]
        colour = planes.uv[over.top // 2 : (over.top + height) // 2, over.left // 2 : (over.left + width) // 2]
        colour[:] = _to_bytes(colour + half * (over.yuv[::2, ::2, 1:] - colour))


def blend_alpha(under: Bytes, over: Bytes, alpha: Bytes) -> Bytes:
    """One plane over another: chosen where that is enough, calculated only along the edges."""
    mixed = under.copy()
    edge = (alpha > 0) & (alpha < 255)
    cover = (alpha[edge].astype(np.float32) / 255).reshape(-1, *[1] * (under.ndim - 2))
    solid = (alpha == 255).reshape(*alpha.shape, *[1] * (under.ndim - 2))
    np.copyto(mixed, over, where=solid)
    mixed[edge] = _to_bytes(under[edge] + (over[edge].astype(np.float32) - under[edge]) * cover)
    return mixed


def _to_bytes(values: npt.NDArray[np.floating]) -> Bytes:
    return np.asarray(np.clip(values + 0.5, 0, 255), np.uint8)
