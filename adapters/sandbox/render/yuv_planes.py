"""Pictures as the encoder likes them: full-size brightness, half-size colour.

Painting straight in this form halves the work of a frame, since no frame is ever converted from RGB.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

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
        """The same picture in memory of its own."""
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


def even_size(value: float) -> int:
    """The nearest even number, at least 2, since colour has half the size."""
    return max(2, round(value / 2) * 2)


def blend_overlay(planes: YuvPlanes, top: int, left: int, cover: Floats, yuv: Floats) -> None:
    """Lay colours (h, w, 3) over a part of the picture as far as `cover` (h, w) says; all four edges must be even."""
    height, width = cover.shape
    bright = planes.y[top : top + height, left : left + width]
    bright[:] = _to_bytes(bright.astype(np.float32) + cover * (yuv[..., 0] - bright))
    half = cover.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))[..., None]
    colour = planes.uv[top // 2 : (top + height) // 2, left // 2 : (left + width) // 2]
    colour[:] = _to_bytes(colour + half * (yuv[::2, ::2, 1:] - colour))


def _to_bytes(values: npt.NDArray[np.floating]) -> Bytes:
    """Rounded to what a byte holds."""
    return np.asarray(np.clip(values + 0.5, 0, 255), np.uint8)
