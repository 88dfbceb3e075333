"""Captions beside and in a film: sentences with the times at which they are heard."""

import textwrap
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from adapters.sandbox.render.face.features import Paint
from adapters.sandbox.render.pictures import Size, sticker

_ENDS = ".!?…。！？।؟"
_LINE = 42
"""Characters in a line of captions; a caption has two."""
_SHAPED = ("ARABIC", "DEVANAGARI", "TAMIL", "HEBREW", "BENGALI", "THAI")
"""Scripts whose letters change with their neighbours: Pillow's plain layout would draw them wrongly."""

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True)
class Caption:
    """What is read from one second to another."""

    start: float
    end: float
    text: str


def of_words(
    text: str, words: list[tuple[float, int, int]], seconds: float, clean: Callable[[str], str] = str
) -> list[Caption]:
    """The captions of a text whose words were heard at these seconds and begin at these characters."""
    found: list[Caption] = []
    groups = _groups(text, words)
    for index, (start, first) in enumerate(groups):
        end, stop = groups[index + 1] if index + 1 < len(groups) else (seconds, len(text))
        if said := " ".join(clean(text[first:stop]).split()):
            found.append(Caption(start, max(end - 0.04, start + 0.2), said))
    return found


def _groups(text: str, words: list[tuple[float, int, int]]) -> list[tuple[float, int]]:
    """Where each caption starts: at a new sentence, or where a caption would be too long."""
    groups: list[tuple[float, int]] = []
    for index, (second, position, _) in enumerate(words):
        before = text[words[index - 1][1] : position] if index else ""
        full = bool(groups) and _width(text[groups[-1][1] : position]) > 1.6 * _LINE
        if not groups or full or any(end in before for end in _ENDS):
            groups.append((second, position))
    return groups


def _width(text: str) -> int:
    """How wide a text is in letters; the signs of East Asia count double."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def write(path: Path, captions: list[Caption]) -> Path:
    """Write captions as an .srt file."""
    blocks = (
        f"{number}\n{_time(each.start)} --> {_time(each.end)}\n{wrapped(each.text)}\n"
        for number, each in enumerate(captions, start=1)
    )
    path.write_text("\n".join(blocks), encoding="utf-8")
    return path


def wrapped(text: str) -> str:
    """A text in lines short enough to read at a glance."""
    lines = textwrap.wrap(text, _LINE if _width(text) < 1.4 * len(text) else _LINE // 2)
    return "\n".join(lines)


def _time(seconds: float) -> str:
    """A moment as .srt writes it."""
    whole = round(seconds * 1000)
    return f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02},{whole % 1000:03}"


def burnt(text: str, size: Size) -> Paint | None:
    """A caption to lay over frames, or nothing where no font at hand can write it."""
    font = _font(text, max(size[1] / 22, 12))
    if font is None:
        return None
    said = wrapped(text)
    pen = ImageDraw.Draw(Image.new("L", (1, 1)))
    box = pen.multiline_textbbox((0, 0), said, font=font, align="center", spacing=4)
    image = Image.new("RGBA", (min(round(box[2]) + 28, size[0]), min(round(box[3]) + 18, size[1])), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((0, 0, image.width - 1, image.height - 1), 8, fill=(10, 12, 16, 150))
    place = (image.width / 2, image.height / 2 - box[1] / 2)
    pen.multiline_text(place, said, font=font, fill=(255, 255, 255, 255), anchor="mm", align="center", spacing=4)
    left, top = (size[0] - image.width) // 2, max(size[1] - image.height - size[1] // 16, 0)
    return sticker(image, left, top, size)


def _font(text: str, height: float) -> Font | None:
    """The first font at hand that has every letter."""
    letters = "".join(sorted({letter for letter in text if not letter.isspace()}))
    if any(unicodedata.name(letter, "").startswith(_SHAPED) for letter in letters):
        return None
    return next((font for font in _fonts(round(height)) if _writes(font, letters)), None)


@cache
def _fonts(height: int) -> tuple[Font, ...]:
    """The fonts at hand: the system's widest ones where it has them, and the one Pillow brings."""
    found: list[Font] = []
    for name in ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "Arial Unicode.ttf", "NotoSansCJK-Regular.ttc"):
        try:
            found.append(ImageFont.truetype(name, height))
        except OSError:
            continue
    return (*found, ImageFont.load_default(height))


def _writes(font: Font, letters: str) -> bool:
    """Whether a font draws none of these letters as its box for unknown ones."""
    unknown = _drawn(font, "\U0010fffe")
    return all(_drawn(font, letter) != unknown for letter in letters)


def _drawn(font: Font, letter: str) -> bytes:
    """What a font makes of a letter."""
    return bytes(font.getmask(letter))
