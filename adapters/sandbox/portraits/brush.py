"""Smooth outlines, brush strokes and the sheet they are laid on; places are in the finished picture's pixels."""

from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from adapters.sandbox.portraits.looks import Colour, Look
from adapters.sandbox.render.landmarks import Point

SIDE, FINE = 720, 3
"""The finished side, and how many times larger everything is drawn to have clean edges."""


class Sheet:
    """A transparent sheet one draws on, at three times the finished size."""

    def __init__(self) -> None:
        self.image = Image.new("RGBA", (SIDE * FINE, SIDE * FINE), (0, 0, 0, 0))

    def fill(self, mask: Image.Image, colour: Colour, strength: float = 1.0) -> None:
        """Lay a colour on wherever the mask is, as strongly as told."""
        layer = Image.new("RGBA", self.image.size, (*colour, 0))
        layer.putalpha(mask.point([round(value * strength) for value in range(256)]))
        self.image.alpha_composite(layer)

    def shade(self, clip: Image.Image, mask: Image.Image, colour: Colour, strength: float, blur: float) -> None:
        """Lay a soft-edged colour on, inside the clip only."""
        soft = mask.filter(ImageFilter.GaussianBlur(blur * FINE))
        self.fill(ImageChops.multiply(clip, soft), colour, strength)


def smooth(points: Sequence[Point], closed: bool = True) -> list[Point]:
    """A curve through points (Catmull-Rom)."""
    ring = [points[-1], *points, points[0], points[1]] if closed else [points[0], *points, points[-1]]
    curve: list[Point] = []
    for a, b, c, d in zip(ring, ring[1:], ring[2:], ring[3:], strict=False):
        steps = np.linspace(0, 1, 16, endpoint=False).tolist()
        curve += [(_between(a[0], b[0], c[0], d[0], t), _between(a[1], b[1], c[1], d[1], t)) for t in steps]
    return curve if closed else [*curve, points[-1]]


def _between(a: float, b: float, c: float, d: float, t: float) -> float:
    """One coordinate of the curve from b to c."""
    return float(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))


def area(points: Sequence[Point]) -> Image.Image:
    """The mask of a smooth outline."""
    mask = Image.new("L", (SIDE * FINE, SIDE * FINE), 0)
    ImageDraw.Draw(mask).polygon([(x * FINE, y * FINE) for x, y in smooth(points)], fill=255)
    return mask


def oval(x: float, y: float, wide: float, tall: float) -> Image.Image:
    """The mask of an ellipse with these half sizes."""
    mask = Image.new("L", (SIDE * FINE, SIDE * FINE), 0)
    box = [value * FINE for value in (x - wide, y - tall, x + wide, y + tall)]
    ImageDraw.Draw(mask).ellipse(box, fill=255)
    return mask


def stroke(points: Sequence[Point], widths: tuple[float, float, float]) -> Image.Image:
    """The mask of a brush stroke that is so wide at its start, middle and end."""
    mask = Image.new("L", (SIDE * FINE, SIDE * FINE), 0)
    pen, curve = ImageDraw.Draw(mask), smooth(points, closed=False)
    for index, (x, y) in enumerate(_dense(curve)):
        way = index / max(len(curve) * 4 - 5, 1)
        radius = float(np.interp(way, (0, 0.5, 1), widths)) * FINE / 2
        pen.ellipse([x * FINE - radius, y * FINE - radius, x * FINE + radius, y * FINE + radius], fill=255)
    return mask


def _dense(curve: Sequence[Point]) -> list[Point]:
    """The curve with more points, so that a stroke shows no beads."""
    places = np.arange(0, len(curve) - 1, 0.25)
    xs, ys = (np.interp(places, range(len(curve)), [point[axis] for point in curve]) for axis in (0, 1))
    return list(zip(xs.tolist(), ys.tolist(), strict=True))


def mirrored(right: Sequence[Point]) -> list[Point]:
    """A closed outline from its right half, top to bottom."""
    return [*right] + [(SIDE - x, y) for x, y in reversed(right) if x != SIDE / 2]


def both(sheet: Sheet, draw: Callable[..., None], *more: Look) -> None:
    """Draw something on both sides of the face."""
    for side in (-1, 1):
        draw(sheet, side, *more)
