"""Draws the two portraits the sandbox ships: `python -m adapters.sandbox.portraits.draw`.

Nobody sat for them. Everything is a smooth outline filled, shaded by blurred shapes clipped to what lies beneath, drawn
at three times the size and made smaller for clean edges. Places are in the finished picture's pixels.
"""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from adapters.sandbox.render.landmarks import Landmarks, Point

SIDE, FINE = 720, 3
Colour = tuple[int, int, int]
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Look:
    """What tells one portrait from the other."""

    name: str
    skin: Colour
    shadow: Colour
    blush: Colour
    lips: Colour
    iris: Colour
    hair: Colour
    hair_light: Colour
    hair_dark: Colour
    cloth: Colour
    cloth_dark: Colour
    back: tuple[Colour, Colour]
    jaw: float
    lashes: float
    brow: float


ADA = Look(
    "ada",
    (226, 172, 138),
    (164, 100, 76),
    (220, 112, 92),
    (188, 84, 80),
    (92, 60, 38),
    (58, 36, 30),
    (122, 78, 56),
    (30, 18, 18),
    (38, 128, 128),
    (20, 84, 90),
    ((250, 226, 196), (232, 178, 150)),
    0.0,
    1.0,
    0.85,
)
BEN = Look(
    "ben",
    (240, 198, 170),
    (184, 122, 96),
    (226, 130, 108),
    (192, 112, 100),
    (70, 112, 128),
    (112, 70, 42),
    (172, 116, 72),
    (66, 40, 26),
    (52, 72, 118),
    (30, 44, 82),
    ((206, 226, 236), (140, 176, 200)),
    1.0,
    0.35,
    1.2,
)


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


def head_outline(look: Look) -> list[Point]:
    """The head without hair; a stronger jaw is wider low down."""
    jaw = look.jaw
    return mirrored(
        [
            (360, 150),
            (428, 166),
            (470, 222),
            (480, 292),
            (474 + jaw * 4, 352),
            (456 + jaw * 10, 412),
            (422 + jaw * 13, 458 + jaw * 4),
            (386 + jaw * 10, 486 + jaw * 6),
            (360, 491 + jaw * 8),
        ]
    )


def paint_body(sheet: Sheet, look: Look) -> None:
    """Neck and chest with the head's shadow on them, and the clothes over them."""
    wide = look.jaw * 10
    neck = area(
        mirrored(
            [
                (360, 400),
                (414 + wide, 430),
                (416 + wide, 500),
                (428 + wide, 536),
                (480, 562),
                (500, 640),
                (360, 700),
            ]
        )
    )
    sheet.fill(neck, look.skin)
    sheet.shade(neck, oval(372, 474, 96, 58), look.shadow, 0.85, 16)
    sheet.shade(neck, area([(402, 460), (462, 470), (490, 620), (424, 580)]), look.shadow, 0.5, 14)
    for side in (-1, 1):
        bone = [(360 + side * 66, 566), (360 + side * 36, 574), (360 + side * 12, 592)]
        sheet.shade(neck, stroke(bone, (3, 6, 3)), look.shadow, 0.32, 4)
    if look.jaw:
        _paint_shirt(sheet)
    _paint_cloth(sheet, look, [(386, 622), (420, 584)] if look.jaw else [(392, 612), (430, 582)])


def _paint_cloth(sheet: Sheet, look: Look, neckline: Sequence[Point]) -> None:
    """The jumper or blouse, lit from the upper left, with a hem along its neckline."""
    wide, low = look.jaw * 14, (360, 668) if look.jaw else (360, 622)
    hem = [low, *neckline, (452 + look.jaw * 6, 546)]
    cloth = area(
        mirrored(
            [
                *hem,
                (486 + wide, 554),
                (560 + wide, 578),
                (626 + wide * 2, 618),
                (664 + wide * 2, 690),
                (676 + wide * 2, 800),
                (360, 820),
            ]
        )
    )
    sheet.shade(sheet.image.getchannel("A"), cloth, look.shadow, 0.35, 9)
    sheet.fill(cloth, look.cloth)
    sheet.shade(cloth, oval(214, 606, 110, 36), (255, 255, 255), 0.2, 26)
    sheet.shade(cloth, area([(520, 540), (760, 600), (760, 800), (600, 800), (560, 650)]), look.cloth_dark, 0.8, 36)
    sheet.shade(cloth, oval(372, 760, 250, 70), look.cloth_dark, 0.6, 34)
    for side in (-1, 1):
        fold = [(360 + side * 196, 640), (360 + side * 206, 690), (360 + side * 200, 740)]
        sheet.shade(cloth, stroke(fold, (4, 12, 10)), look.cloth_dark, 0.55, 7)
    edge = [(SIDE - x, y) for x, y in reversed(hem)] + hem[1:]
    sheet.shade(cloth, stroke(edge, (30, 30, 30)), look.cloth_dark, 0.6, 6)
    sheet.shade(cloth, stroke([(x, y + 5) for x, y in edge], (9, 9, 9)), look.cloth, 0.9, 1.2)


def _paint_shirt(sheet: Sheet) -> None:
    """The collar that shows above a jumper."""
    for side in (-1, 1):
        wing = area(
            [
                (360 + side * 3, 640),
                (360 + side * 30, 596),
                (360 + side * 64, 536),
                (360 + side * 96, 536),
                (360 + side * 98, 580),
                (360 + side * 60, 660),
                (360 + side * 20, 668),
            ]
        )
        sheet.shade(sheet.image.getchannel("A"), wing, (90, 60, 60), 0.3, 6)
        sheet.fill(wing, (244, 246, 250) if side < 0 else (228, 233, 242))
        fold = [(360 + side * 6, 640), (360 + side * 34, 596), (360 + side * 66, 538)]
        sheet.shade(wing, stroke(fold, (7, 7, 7)), (120, 132, 156), 0.55, 4)


def paint_head(sheet: Sheet, look: Look) -> Image.Image:
    """The face's skin with light from the upper left; gives its mask."""
    if look.jaw:
        both(sheet, _paint_ear, look)
    head = area(head_outline(look))
    sheet.fill(head, look.skin)
    sheet.shade(
        head, area([(452, 160), (520, 160), (520, 520), (380, 520), (440, 440), (464, 300)]), look.shadow, 0.62, 22
    )
    sheet.shade(
        head, area([(240, 200), (252, 330), (282, 440), (330, 490), (220, 500), (210, 300)]), look.shadow, 0.3, 16
    )
    sheet.shade(head, oval(360, 506, 92, 24), look.shadow, 0.5, 14)
    sheet.shade(head, oval(330, 226, 74, 36), (255, 246, 232), 0.34, 24)
    both(sheet, lambda on, side: on.shade(head, oval(360 + side * 72, 372, 36, 24), look.blush, 0.4, 18))
    sheet.shade(head, oval(288, 350, 24, 15), (255, 244, 230), 0.34, 12)
    sheet.shade(head, oval(432, 350, 18, 13), (255, 244, 230), 0.18, 12)
    sheet.shade(head, oval(358, 472, 26, 13), (255, 244, 230), 0.26, 10)
    if look.jaw:
        beard = area(
            [(252, 372), (286, 412), (318, 402), (360, 394), (402, 402), (434, 412), (468, 372), (460, 520), (260, 520)]
        )
        sheet.shade(head, beard, look.hair_dark, 0.2, 14)
    return head


def _paint_ear(sheet: Sheet, side: int, look: Look) -> None:
    """One ear."""
    ear = area(
        [
            (360 + side * 112, 296),
            (360 + side * 132, 282),
            (360 + side * 143, 300),
            (360 + side * 136, 336),
            (360 + side * 122, 362),
            (360 + side * 110, 356),
        ]
    )
    sheet.fill(ear, look.skin)
    sheet.shade(ear, oval(360 + side * 122, 326, 9, 22), look.shadow, 0.7, 6)
    sheet.shade(ear, ear, look.blush, 0.22, 4)


def paint_nose(sheet: Sheet, look: Look, head: Image.Image) -> None:
    """The nose: light on the bridge, shade beside and below it, two nostrils."""
    sheet.shade(head, area([(372, 296), (384, 340), (390, 372), (376, 378), (370, 340)]), look.shadow, 0.42, 7)
    sheet.shade(head, area([(344, 290), (352, 290), (350, 340), (342, 352)]), look.shadow, 0.12, 6)
    sheet.shade(head, stroke([(358, 280), (359, 320), (359, 352)], (6, 9, 12)), (255, 248, 238), 0.42, 6)
    sheet.shade(head, oval(358, 361, 11, 8), (255, 250, 242), 0.4, 6)
    sheet.shade(head, oval(362, 386, 26, 6), look.shadow, 0.55, 6)
    for side in (-1, 1):
        wing = [(360 + side * 20, 362), (360 + side * 25, 371), (360 + side * 20, 379)]
        sheet.shade(head, stroke(wing, (2, 4, 2)), look.shadow, 0.75, 2)
        hole = [(360 + side * 7, 381), (360 + side * 12, 378), (360 + side * 17, 381)]
        sheet.shade(head, stroke(hole, (2, 5, 2)), (96, 48, 40), 0.75, 1.2)


EYE_Y, EYE_X, EYE_HALF = 303, 59, 29


def paint_eye(sheet: Sheet, side: int, look: Look) -> None:
    """One eye with its lids, lashes and crease."""
    x, y = 360 + side * EYE_X, EYE_Y

    def at(outward: float, down: float) -> Point:
        return x + side * outward, y + down

    upper = [at(-29, 4), at(-20, -6), at(-4, -13), at(12, -11), at(29, -2)]
    lower = [at(22, 6), at(6, 11), at(-12, 10), at(-24, 7)]
    ball = area(upper + lower)
    sheet.shade(ball, area(upper + lower), look.shadow, 0.35, 9)
    sheet.fill(ball, (250, 247, 243))
    sheet.shade(ball, stroke(upper, (12, 14, 12)), (120, 110, 116), 0.5, 4)
    sheet.shade(ball, oval(*at(-28, 5), 6, 5), (226, 150, 140), 0.6, 2)
    sheet.fill(ImageChops.multiply(ball, oval(x, y - 1, 14.5, 14.5)), tuple(round(c * 0.5) for c in look.iris))  # type: ignore[arg-type]
    sheet.fill(ImageChops.multiply(ball, oval(x, y - 1, 13, 13)), look.iris)
    sheet.shade(ball, oval(x, y + 6, 9, 6), tuple(min(255, c + 70) for c in look.iris), 0.75, 2.5)  # type: ignore[arg-type]
    sheet.fill(ImageChops.multiply(ball, oval(x, y - 1, 6.4, 6.4)), (18, 12, 12))
    sheet.shade(ball, stroke(upper, (9, 10, 9)), (30, 18, 18), 0.5, 2.5)
    sheet.fill(oval(x - 4.5, y - 6, 3.4, 3.4), (255, 255, 255))
    sheet.fill(oval(x + 5, y + 4, 1.8, 1.8), (255, 255, 255), 0.7)
    thick = 3.0 + 2.2 * look.lashes
    sheet.fill(stroke(upper, (1.5, thick, thick * 0.8)), (40, 24, 22))
    if look.lashes > 0.5:
        for start, end in (((27, -2), (37, -9)), ((21, -7), (29, -15)), ((13, -11), (18, -19))):
            sheet.fill(
                stroke(
                    [at(*start), at((start[0] + end[0]) / 2 + 1, (start[1] + end[1]) / 2 + 1), at(*end)], (3, 2, 0.8)
                ),
                (40, 24, 22),
            )
    sheet.fill(stroke([at(26, 3), *lower], (1, 1.4, 1)), look.shadow, 0.75)
    sheet.fill(stroke([at(-27, -8), at(-8, -22), at(14, -21), at(32, -10)], (1, 2.4, 1)), look.shadow, 0.7)


def paint_brow(sheet: Sheet, side: int, look: Look) -> None:
    """One brow, hair by hair over a soft ground."""
    x, y, dice = 360 + side * EYE_X, 258, random.Random(side)  # noqa: S311 - the same brows every time
    spine = [(x - side * 30, y + 1), (x - side * 8, y - 4), (x + side * 16, y - 6), (x + side * 38, y + 5)]
    ground = stroke(spine, (6 * look.brow, 9 * look.brow, 3))
    sheet.fill(ground.filter(ImageFilter.GaussianBlur(2.2 * FINE)), look.hair_dark, 0.6)
    line = smooth(spine, closed=False)
    for index in range(2, len(line) - 4):
        px, py = line[index]
        way = index / len(line)
        reach = 5.5 * look.brow * (1 - 0.6 * way) * min(1, 0.5 + way * 3)
        start = (px + dice.uniform(-1, 1), py + reach * dice.uniform(0.2, 0.9))
        end = (px + side * dice.uniform(5, 8), py - reach * dice.uniform(0.3, 0.9))
        sheet.fill(stroke([start, end], (1.8, 1.6, 0.6)), look.hair_dark, 0.7)


MOUTH_Y, MOUTH_HALF = 422, 47


def paint_mouth(sheet: Sheet, look: Look, head: Image.Image) -> None:
    """Closed lips with a hint of a smile."""
    x, y, w = 360, MOUTH_Y, MOUTH_HALF
    line = [
        (x - w, y - 8),
        (x - w * 0.55, y - 2),
        (x - 10, y + 1),
        (x, y + 2.5),
        (x + 10, y + 1),
        (x + w * 0.55, y - 2),
        (x + w, y - 8),
    ]
    full = 1.0 - 0.3 * look.jaw
    top = [
        (x + w * 0.84, y - 8.5),
        (x + w * 0.5, y - 9 * full - 4),
        (x + 12, y - 15 * full),
        (x, y - 11 * full),
        (x - 12, y - 15 * full),
        (x - w * 0.5, y - 9 * full - 4),
        (x - w * 0.84, y - 8.5),
    ]
    low = [
        (x + w * 0.86, y - 1),
        (x + w * 0.6, y + 8 * full),
        (x + 18, y + 17 * full),
        (x, y + 19 * full),
        (x - 18, y + 17 * full),
        (x - w * 0.6, y + 8 * full),
        (x - w * 0.86, y - 1),
    ]
    upper, lower = area(line + top), area(line + low)
    sheet.shade(head, oval(x, y + 29, 30, 7), look.shadow, 0.42, 6)
    sheet.shade(head, stroke([(x, 394), (x, 404)], (7, 8, 8)), look.shadow, 0.2, 4)
    dark = tuple(round(c * 0.82) for c in look.lips)
    sheet.fill(upper.filter(ImageFilter.GaussianBlur(FINE)), dark, 0.95)  # type: ignore[arg-type]
    sheet.fill(lower.filter(ImageFilter.GaussianBlur(FINE)), look.lips, 0.95)
    sheet.shade(lower, oval(x - 5, y + 10, 17, 4.5), (255, 232, 224), 0.42, 4)
    sheet.shade(lower, stroke([(x - 36, y + 12), (x, y + 20), (x + 36, y + 12)], (3, 8, 3)), look.shadow, 0.35, 3)
    sheet.fill(stroke(line, (2.2, 3.2, 2.2)), (84, 34, 34), 0.9)
    for side in (-1, 1):
        corner = [(x + side * (w + 1), y - 14), (x + side * (w + 5), y - 8), (x + side * (w + 3), y - 3)]
        sheet.shade(head, stroke(corner, (3, 6, 3)), look.shadow, 0.6, 3)
        fold = [(x + side * 36, 376), (x + side * 56, 396), (x + side * 64, 416)]
        sheet.shade(head, stroke(fold, (2, 5, 2)), look.shadow, 0.26, 4)


def paint_strands(
    sheet: Sheet, look: Look, mask: Image.Image, paths: Sequence[Sequence[Point]], seed: int, spread: float
) -> None:
    """Light and dark strands along a few paths, inside the hair."""
    dice = random.Random(seed)  # noqa: S311 - the same hair every time
    light, dark = (Image.new("L", mask.size, 0) for _ in range(2))
    for path in paths:
        for _ in range(13):
            right, down = dice.uniform(-spread, spread), dice.uniform(-spread, spread) * 0.5
            bent = [(x + right * dice.uniform(0.8, 1.2), y + down) for x, y in path]
            target = light if dice.random() < 0.5 else dark
            target.paste(255, mask=stroke(bent, (0.6, dice.uniform(1.2, 3.0), 0.6)))
    sheet.shade(mask, light, look.hair_light, 0.34, 1.1)
    sheet.shade(mask, dark, look.hair_dark, 0.5, 1.1)


def paint_long_hair(sheet: Sheet, look: Look) -> None:
    """What of Ada's hair lies behind the head."""
    back = area(
        mirrored(
            [
                (360, 112),
                (444, 122),
                (508, 178),
                (530, 270),
                (534, 370),
                (544, 450),
                (528, 528),
                (482, 556),
                (430, 540),
                (400, 470),
                (360, 440),
            ]
        )
    )
    sheet.fill(back, look.hair)
    sheet.shade(
        back, area([(250, 430), (300, 400), (420, 400), (480, 430), (470, 570), (250, 570)]), look.hair_dark, 0.85, 22
    )
    sides = [[(360 + s * 128, 240), (360 + s * 150, 340), (360 + s * 156, 440), (360 + s * 132, 540)] for s in (-1, 1)]
    paint_strands(sheet, look, back, sides, 3, 26)


def paint_fringe(sheet: Sheet, look: Look, head: Image.Image) -> None:
    """The front of Ada's hair, parted on one side."""
    outline = [
        (318, 128),
        (368, 108),
        (446, 122),
        (508, 182),
        (528, 270),
        (530, 380),
        (512, 450),
        (492, 400),
        (482, 330),
        (470, 268),
        (440, 224),
        (392, 196),
        (338, 168),
        (312, 196),
        (274, 232),
        (250, 290),
        (240, 350),
        (228, 420),
        (206, 446),
        (190, 380),
        (192, 270),
        (212, 186),
        (262, 138),
    ]
    fringe = area(outline)
    sheet.shade(
        head, fringe.transform(fringe.size, Image.Transform.AFFINE, (1, 0, 0, 0, 1, -9 * FINE)), look.shadow, 0.6, 8
    )
    sheet.fill(fringe, look.hair)
    swept = [
        [(330, 134), (400, 148), (466, 206), (498, 290), (508, 400)],
        [(330, 146), (390, 172), (450, 220), (484, 300), (498, 390)],
        [(338, 120), (430, 130), (500, 200), (522, 300), (520, 420)],
        [(318, 140), (268, 170), (226, 250), (214, 340), (208, 420)],
        [(322, 150), (286, 190), (246, 260), (230, 340), (216, 430)],
    ]
    paint_strands(sheet, look, fringe, swept, 5, 12)
    sheet.shade(fringe, stroke([(376, 136), (446, 168), (492, 238)], (6, 22, 6)), look.hair_light, 0.6, 11)
    sheet.shade(fringe, stroke([(280, 158), (236, 214), (214, 290)], (4, 16, 4)), look.hair_light, 0.45, 10)
    sheet.fill(stroke([(322, 132), (330, 150), (338, 168)], (1.4, 1.8, 1)), look.hair_dark, 0.7)


def paint_short_hair(sheet: Sheet, look: Look, head: Image.Image) -> None:
    """Ben's hair: short at the sides, brushed up and to the side in front."""
    outline = [
        (236, 296),
        (228, 240),
        (232, 184),
        (258, 138),
        (304, 110),
        (352, 96),
        (408, 98),
        (456, 122),
        (484, 166),
        (494, 226),
        (486, 298),
        (476, 262),
        (470, 226),
        (452, 204),
        (420, 196),
        (378, 190),
        (330, 198),
        (290, 196),
        (262, 212),
        (250, 250),
        (246, 286),
    ]
    hair = area(outline)
    sheet.shade(
        head, hair.transform(hair.size, Image.Transform.AFFINE, (1, 0, 0, 0, 1, -8 * FINE)), look.shadow, 0.55, 8
    )
    sheet.fill(hair, look.hair)
    swept = [
        [(276, 200), (276, 160), (318, 124), (380, 112)],
        [(310, 196), (316, 158), (360, 128), (420, 122)],
        [(352, 192), (366, 156), (410, 136), (456, 152)],
        [(396, 192), (414, 164), (446, 160), (474, 196)],
        [(244, 280), (238, 230), (246, 180), (280, 140)],
        [(484, 280), (484, 230), (474, 190), (450, 150)],
        [(330, 194), (340, 156), (386, 130), (438, 132)],
        [(286, 200), (292, 158), (340, 120), (400, 110)],
    ]
    paint_strands(sheet, look, hair, swept, 9, 13)
    sheet.shade(hair, stroke([(276, 168), (318, 130), (380, 116)], (6, 20, 6)), look.hair_light, 0.6, 10)
    sheet.shade(hair, area([(470, 150), (510, 180), (500, 310), (470, 300)]), look.hair_dark, 0.6, 12)


def person(look: Look) -> Image.Image:
    """A whole portrait, cut out."""
    sheet = Sheet()
    if not look.jaw:
        paint_long_hair(sheet, look)
    paint_body(sheet, look)
    head = paint_head(sheet, look)
    paint_nose(sheet, look, head)
    both(sheet, paint_eye, look)
    both(sheet, paint_brow, look)
    paint_mouth(sheet, look, head)
    (paint_short_hair if look.jaw else paint_fringe)(sheet, look, head)
    if not look.jaw:
        both(sheet, lambda on, side: on.fill(oval(360 + side * 126, 408, 5, 5), (238, 204, 128)))
    return sheet.image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def backdrop(look: Look) -> Image.Image:
    """A wall with light falling on it from the upper left."""
    ys, xs = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    way = np.clip(np.hypot(xs - 0.34, ys - 0.26) / 0.95, 0, 1)[..., None]
    near, far = (np.array(colour, float) for colour in look.back)
    # A little noise keeps the encoder from drawing rings into the gradient.
    grain = np.random.default_rng(1).normal(0, 0.6, (SIDE, SIDE, 1))
    return Image.fromarray(np.clip(near + (far - near) * way + grain, 0, 255).astype(np.uint8), "RGB").convert("RGBA")


def landmarks(look: Look) -> Landmarks:
    """Where the drawing has its eyes, mouth and chin."""
    return Landmarks(
        left_eye=(360 - EYE_X, EYE_Y),
        right_eye=(360 + EYE_X, EYE_Y),
        mouth=(360, MOUTH_Y + 1.5),
        chin=(360, 491 + look.jaw * 8),
        mouth_half=MOUTH_HALF,
        eye_half=EYE_HALF,
        brow=EYE_Y - 257,
        lid=(0.45, 0.4),
        smile=0.2,
    )


def main() -> None:
    """Draw both portraits and write down their landmarks."""
    notes: dict[str, object] = {}
    for look in (ADA, BEN):
        cut = person(look)
        whole = Image.alpha_composite(backdrop(look), cut).convert("RGB")
        whole.save(HERE / f"{look.name}.png", optimize=True)
        cut.save(HERE / f"{look.name}-cutout.png", optimize=True)
        notes[look.name] = asdict(landmarks(look))
    (HERE / "landmarks.json").write_text(json.dumps(notes, indent=1) + "\n")


if __name__ == "__main__":
    main()
