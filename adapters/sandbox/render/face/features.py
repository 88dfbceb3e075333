"""The moving parts of a face: brows, eyelids and the mouth, each bending the map of the still picture.

Every function here takes the map (where each pixel comes from) and bends a small part of it, in units of the feature's
own half width: `u` runs along it to the right, `v` down.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from adapters.sandbox.render.face.landmarks import Landmarks, Point
from adapters.sandbox.render.face.pose import Pose, smoothstep
from adapters.sandbox.render.face.texture import PixelMap
from adapters.sandbox.render.yuv_planes import Floats, Overlay, even_edge, rgb_to_yuv

_THROAT, _TEETH, _TONGUE = (52, 14, 18), (243, 238, 228), (176, 84, 84)


@dataclass
class FeaturePatch:
    """A part of the map in a feature's own coordinates."""

    across: Floats
    down: Floats
    top: int
    left: int
    centre: Point
    axis: Point
    unit: float

    def to_uv(self) -> tuple[Floats, Floats]:
        """The map here in the feature's coordinates."""
        x, y = (self.across - self.centre[0]) / self.unit, (self.down - self.centre[1]) / self.unit
        return x * self.axis[0] + y * self.axis[1], y * self.axis[0] - x * self.axis[1]

    def set_uv(self, u: Floats, v: Floats) -> None:
        self.across[:] = self.centre[0] + (u * self.axis[0] - v * self.axis[1]) * self.unit
        self.down[:] = self.centre[1] + (u * self.axis[1] + v * self.axis[0]) * self.unit


def feature_patch(
    view: PixelMap, centre: Point, axis: Point, unit: float, reach: tuple[float, float, float]
) -> FeaturePatch:
    """The part of a view that shows a feature now, reaching so far sideways, up and down in its units."""
    height, width = view.across.shape
    row, column = _clamp_index(centre[1] - view.rows.start, height), _clamp_index(centre[0] - view.columns.start, width)
    # The head has moved the feature by about as much as the map differs from the plain grid at its centre.
    x = column + centre[0] - view.across[row, column]
    y = row + centre[1] - view.down[row, column]
    side, up, below = (step * unit for step in reach)
    left, right = even_edge(x - side, width), even_edge(x + side + 2, width)
    top, bottom = even_edge(y - up, height), even_edge(y + below + 2, height)
    part = (slice(top, bottom), slice(left, right))
    place = view.rows.start + top, view.columns.start + left
    return FeaturePatch(view.across[part], view.down[part], *place, centre, axis, unit)


def _clamp_index(value: float, limit: int) -> int:
    return min(max(int(value), 0), limit - 1)


def move_brows(view: PixelMap, face: Landmarks, pose: Pose) -> None:
    if abs(pose.brow) + abs(pose.frown) < 0.01:
        return
    for eye, side in ((face.left_eye, -1), (face.right_eye, 1)):
        centre = eye[0] + face.eye_axis[1] * face.brow, eye[1] - face.eye_axis[0] * face.brow
        part = feature_patch(view, centre, face.eye_axis, face.eye_half, (2.6, 1.6, 1.3))
        u, v = part.to_uv()
        bump = np.exp(-((u / 1.35) ** 2) - (v / 0.62) ** 2)
        inner = np.exp(-(((u + side * 0.8) / 0.75) ** 2) - (v / 0.6) ** 2)
        v += bump * (0.4 * pose.brow - 0.1 * pose.frown) - inner * 0.34 * pose.frown
        u += inner * 0.2 * side * pose.frown
        part.set_uv(u, v)


def close_lids(view: PixelMap, face: Landmarks, pose: Pose) -> list[Overlay]:
    closed = min(max(pose.blink, 0.0), 1.0)
    if closed < 0.02:
        return []
    return [_close_lid(view, face, eye, closed) for eye in (face.left_eye, face.right_eye)]


def _close_lid(view: PixelMap, face: Landmarks, eye: Point, closed: float) -> Overlay:
    part = feature_patch(view, eye, face.eye_axis, face.eye_half, (1.35, 1.2, 0.8))
    u, v = part.to_uv()
    arch = np.clip(1 - (u / 1.06) ** 2, 0, 1)
    rest, low = -face.lid[0] * np.sqrt(arch), face.lid[1] * arch * 0.8
    edge = rest + (low - rest) * closed
    room = min(face.brow / face.eye_half * 0.6, 0.75)
    top = rest - room
    # What lay between the crease and the rim of the lid is stretched down to the new rim.
    way = np.clip((v - top) / np.maximum(edge - top, 1e-3), 0, 1)
    moved = np.where((v > top) & (v < edge), top + way * (room - 0.03), v)
    part.set_uv(u, moved)
    rim = np.exp(-(((v - edge) / 0.075) ** 2)) * np.clip(arch * 3, 0, 1) * 0.75 * closed
    shade = np.broadcast_to(rgb_to_yuv(np.array((54, 34, 30))), (*rim.shape, 3))
    return Overlay(part.top, part.left, rim.astype(np.float32), shade)


def shape_mouth(view: PixelMap, face: Landmarks, pose: Pose) -> Overlay | None:
    """Open, purse, spread and bend the mouth, and give what is seen inside it."""
    way_down = (face.chin[1] - face.mouth[1]) / face.mouth_half
    part = feature_patch(view, face.mouth, face.eye_axis, face.mouth_half, (2.4, 1.5, way_down + 1.3))
    u, v = part.to_uv()
    if not u.size:
        return None
    u, v = _apply_smile(u, v, pose.smile)
    u, v = _apply_width(u, v, pose.wide)
    line = -face.smile * np.minimum(u * u, 1.2)
    # Roots instead of powers: a power of a fraction takes ten times as long.
    arch = np.sqrt(np.clip(1 - (u / 0.93) ** 2, 0, 1))
    arch = arch if pose.wide < -0.2 else arch * np.sqrt(arch)
    upper, lower = arch * (0.13 * pose.open + 0.05 * pose.teeth), arch * max(0.6 * pose.open - 0.03 * pose.teeth, 0.0)
    part.set_uv(u, _open_lips(u, v - line, upper, lower, pose.open, way_down) + line)
    return _mouth_interior(part, u, v - line, arch, upper, lower) if pose.open >= 0.02 else None


def _apply_smile(u: Floats, v: Floats, smile: float) -> tuple[Floats, Floats]:
    """The corners of the mouth drawn up and out, or down."""
    if abs(smile) < 0.01:
        return u, v
    corners = np.exp(-(((np.abs(u) - 1.05) / 0.6) ** 2) - (v / 0.75) ** 2)
    middle = np.exp(-((u / 0.6) ** 2) - (v / 0.5) ** 2)
    across = u - np.sign(u) * corners * (0.13 * smile)
    return _as_floats(across), _as_floats(v + corners * (0.26 * smile) - middle * (0.05 * smile))


def _apply_width(u: Floats, v: Floats, wide: float) -> tuple[Floats, Floats]:
    """The mouth drawn wide, or pursed."""
    near = np.exp(-(((u / 1.45) ** 2) ** 2) - (v / 0.64) ** 2)
    amount = 0.13 * wide if wide > 0 else 0.36 * wide
    swell = 0.0 if wide > 0 else -0.2 * wide
    return _as_floats(u / (1 + amount * near)), _as_floats(v / (1 + swell * near))


def _open_lips(u: Floats, v: Floats, upper: Floats, lower: Floats, opened: float, chin: float) -> Floats:
    """Where the skin round the opening comes from: the upper lip a little up, the lower lip and the jaw down."""
    above = np.clip(1 + (v + upper) / 0.75, 0, 1) ** 2
    lip = np.clip(1 - (v - lower) / 0.95, 0, 1) ** 2
    # The jaw falls with the lip but over the whole chin, and dies out in the neck.
    broad = np.exp(-(((u / 1.75) ** 2) ** 2)) * (0.3 * opened)
    jaw = smoothstep(v / max(chin * 0.8, 0.4)) * (1 - smoothstep((v - chin * 0.95) / 1.1))
    return _as_floats(np.where(v < (lower - upper) / 2, v + upper * above, v - lower * lip - broad * jaw * (1 - lip)))


def _as_floats(values: npt.NDArray[np.floating]) -> Floats:
    return np.asarray(values, np.float32)


def _mouth_interior(
    part: FeaturePatch, u: Floats, v: Floats, arch: Floats, upper: Floats, lower: Floats
) -> Overlay | None:
    """The dark of the mouth with the upper teeth and the tongue."""
    hole = (v > -upper - 0.05) & (v < lower + 0.05) & (arch > 0)
    rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
    if not len(rows):
        return None
    top, left = rows[0] // 2 * 2, columns[0] // 2 * 2
    box = (slice(top, rows[-1] // 2 * 2 + 2), slice(left, columns[-1] // 2 * 2 + 2))
    u, v, upper, lower = u[box], v[box], upper[box], lower[box]
    gap = np.maximum(upper + lower, 1e-3)
    edge = np.minimum(v + upper, lower - v) * part.unit
    cover = np.clip(edge * 0.8 + 0.4, 0, 1) * np.clip(gap * part.unit * 0.6, 0, 1) * hole[box]
    rgb = _mouth_colours(u, v, upper, lower, gap, part.unit)
    return Overlay(part.top + int(top), part.left + int(left), cover.astype(np.float32), rgb_to_yuv(rgb))


def _mouth_colours(u: Floats, v: Floats, upper: Floats, lower: Floats, gap: Floats, unit: float) -> Floats:
    depth = np.clip((v + upper) / gap, 0, 1)
    rgb = np.asarray(_THROAT, np.float32) * (0.75 + 0.5 * depth)[..., None]
    tongue = np.clip(1.6 - 1.6 * np.hypot(u / 0.62, (v - lower * 0.98) / 0.26), 0, 1) * np.clip(lower * 3.4 - 0.5, 0, 1)
    rgb += tongue[..., None] * (np.asarray(_TONGUE, np.float32) - rgb)
    rim = 0.085 + 0.07 * (1 - (u / 0.9) ** 2)
    teeth = np.clip((rim - v) * unit * 0.55 + 0.5, 0, 1) * np.sqrt(np.clip(1.25 - np.abs(u) * 1.35, 0, 1))
    shade = np.clip(0.62 + (v + upper) * 4.5, 0.55, 1) * (0.72 + 0.28 * np.clip(gap * 4, 0, 1))
    rgb += teeth[..., None] * (np.asarray(_TEETH, np.float32) * shade[..., None] - rgb)
    return _as_floats(rgb)
