"""Neck, shoulders and clothes."""

from collections.abc import Sequence

from adapters.sandbox.portraits.brush import SIDE, Sheet, area, mirrored, oval, stroke
from adapters.sandbox.portraits.looks import Look
from adapters.sandbox.render.landmarks import Point


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
