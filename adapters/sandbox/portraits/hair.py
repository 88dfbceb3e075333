"""Hair: masses first, then strands of light and dark."""

import random
from collections.abc import Sequence

from PIL import Image

from adapters.sandbox.portraits.brush import FINE, Sheet, area, mirrored, stroke
from adapters.sandbox.portraits.looks import Look
from adapters.sandbox.render.landmarks import Point


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
