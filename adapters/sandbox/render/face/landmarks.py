"""Where the parts of a face lie in a picture."""

from dataclasses import dataclass, replace
from math import hypot

Point = tuple[float, float]


@dataclass(frozen=True)
class Landmarks:
    """A face in pixels; "left" is the left of the picture. Half sizes, where one says how far a part reaches."""

    left_eye: Point
    right_eye: Point
    mouth: Point
    chin: Point
    mouth_half: float
    eye_half: float
    brow: float
    """From the middle of an eye up to its brow."""
    lid: Point = (0.42, 0.34)
    """How far the open lids stand above and below the middle of the eye, in half eye widths."""
    smile: float = 0.0
    """How far the corners of the closed mouth stand above its middle, in half mouth widths."""
    hair: float = 1.0
    """How far the head reaches above the eyes, compared with the distance from eyes to chin."""

    @property
    def eye_middle(self) -> Point:
        return (self.left_eye[0] + self.right_eye[0]) / 2, (self.left_eye[1] + self.right_eye[1]) / 2

    @property
    def eye_distance(self) -> float:
        return hypot(self.right_eye[0] - self.left_eye[0], self.right_eye[1] - self.left_eye[1])

    @property
    def eye_axis(self) -> Point:
        """The direction from the left eye to the right one: a head may be tilted."""
        width = max(self.eye_distance, 1e-3)
        return (self.right_eye[0] - self.left_eye[0]) / width, (self.right_eye[1] - self.left_eye[1]) / width

    def transformed(self, scale: float, right: float = 0.0, down: float = 0.0) -> "Landmarks":
        """The same face after the picture was scaled and then shifted."""

        def to(point: Point) -> Point:
            return point[0] * scale + right, point[1] * scale + down

        return replace(
            self,
            left_eye=to(self.left_eye),
            right_eye=to(self.right_eye),
            mouth=to(self.mouth),
            chin=to(self.chin),
            mouth_half=self.mouth_half * scale,
            eye_half=self.eye_half * scale,
            brow=self.brow * scale,
        )


def average_landmarks(left_eye: Point, right_eye: Point, down: float = 1.12) -> Landmarks:
    """An average face with its eyes here; `down` is the way to the mouth in eye distances."""
    rough = Landmarks(left_eye, right_eye, left_eye, left_eye, 1, 1, 1)
    apart, (x, y), (right, fall) = rough.eye_distance, rough.eye_middle, rough.eye_axis

    def below(distance: float) -> Point:
        return x - fall * distance * apart, y + right * distance * apart

    return replace(
        rough,
        mouth=below(down),
        chin=below(down + 0.72),
        mouth_half=0.42 * apart,
        eye_half=0.24 * apart,
        brow=0.38 * apart,
    )
