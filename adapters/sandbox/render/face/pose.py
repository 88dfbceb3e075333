"""How a head stands at one moment, and over a film."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Curve = npt.NDArray[np.float32]


def smoothstep(way: npt.NDArray[np.floating]) -> Curve:
    """A smooth step from 0 to 1."""
    held = np.clip(way, 0, 1)
    return np.asarray(held * held * (3 - 2 * held), np.float32)


@dataclass(frozen=True)
class Pose:
    """One moment. Moves are in face widths, the turn of `roll` in radians, the rest -1 to 1 or 0 to 1."""

    right: float = 0.0
    down: float = 0.0
    roll: float = 0.0
    zoom: float = 0.0
    yaw: float = 0.0
    pitch: float = 0.0
    blink: float = 0.0
    brow: float = 0.0
    frown: float = 0.0
    smile: float = 0.0
    open: float = 0.0
    wide: float = 0.0
    teeth: float = 0.0


@dataclass(frozen=True)
class HeadMotion:
    """A film's poses, each measure as one curve over the frames."""

    curves: dict[str, Curve]
    frames: int

    def pose_at(self, index: int) -> Pose:
        return Pose(**{name: float(curve[index]) for name, curve in self.curves.items()})

    def with_added(self, **more: Curve) -> "HeadMotion":
        """These moves with curves added to those of the same measures."""
        both = dict(self.curves)
        for name, curve in more.items():
            both[name] = both[name] + curve if name in both else curve
        return HeadMotion(both, self.frames)

    def scaled_by(self, weight: Curve) -> "HeadMotion":
        """These moves, made larger or smaller over time."""
        return HeadMotion({name: curve * weight for name, curve in self.curves.items()}, self.frames)
