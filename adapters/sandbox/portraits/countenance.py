"""Skin, nose, eyes, brows and mouth."""

import random

from PIL import Image, ImageChops, ImageFilter

from adapters.sandbox.portraits.brush import FINE, Sheet, area, both, mirrored, oval, smooth, stroke
from adapters.sandbox.portraits.looks import Look
from adapters.sandbox.render.landmarks import Point


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
