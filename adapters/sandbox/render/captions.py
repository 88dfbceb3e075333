"""Captions beside and in a film: sentences with the times at which they are heard."""

import textwrap
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from adapters.sandbox.render.pictures import make_overlay
from adapters.sandbox.render.yuv_planes import Overlay, Size, YuvPlanes, blend_overlays

_SENTENCE_ENDS = ".!?…。！？।؟"
_LINE_CHARACTERS = 42
"""Characters in a line of captions; a caption has two."""
_SHAPED_SCRIPTS = ("ARABIC", "DEVANAGARI", "TAMIL", "HEBREW", "BENGALI", "THAI")
"""Scripts whose letters change with their neighbours: Pillow's plain layout would draw them wrongly."""

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True)
class TimedCaption:
    """What is read from one second to another."""

    start: float
    end: float
    text: str


def captions_of_words(
    text: str, words: list[tuple[float, int, int]], seconds: float, clean: Callable[[str], str] = str
) -> list[TimedCaption]:
    """The captions of a text whose words were heard at these seconds and begin at these characters."""
    found: list[TimedCaption] = []
    groups = _group_words(text, words)
    for index, (start, first) in enumerate(groups):
        end, stop = groups[index + 1] if index + 1 < len(groups) else (seconds, len(text))
        if said := " ".join(clean(text[first:stop]).split()):
            found.append(TimedCaption(start, max(end - 0.04, start + 0.2), said))
    return found


def _group_words(text: str, words: list[tuple[float, int, int]]) -> list[tuple[float, int]]:
    """Where each caption starts: at a new sentence, or where a caption would be too long."""
    groups: list[tuple[float, int]] = []
    for index, (second, position, _) in enumerate(words):
        before = text[words[index - 1][1] : position] if index else ""
        full = bool(groups) and _text_width(text[groups[-1][1] : position]) > 1.6 * _LINE_CHARACTERS
        if not groups or full or any(end in before for end in _SENTENCE_ENDS):
            groups.append((second, position))
    return groups


def _text_width(text: str) -> int:
    """How wide a text is in letters; the signs of East Asia count double."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def write_srt(path: Path, captions: list[TimedCaption]) -> Path:
    blocks = (
        f"{number}\n{_srt_time(each.start)} --> {_srt_time(each.end)}\n{wrap_caption(each.text)}\n"
        for number, each in enumerate(captions, start=1)
    )
    path.write_text("\n".join(blocks), encoding="utf-8")
    return path


def wrap_caption(text: str) -> str:
    """A text in lines short enough to read at a glance."""
    width = _LINE_CHARACTERS if _text_width(text) < 1.4 * len(text) else _LINE_CHARACTERS // 2
    return textwrap.fill(text, width)


def _srt_time(seconds: float) -> str:
    whole = round(seconds * 1000)
    return f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02},{whole % 1000:03}"


def burn_captions(
    frames: Iterable[YuvPlanes], size: Size, fps: int, captions: list[TimedCaption]
) -> Iterator[YuvPlanes]:
    """The frames with the caption of their moment."""
    drawn = {text: draw_caption(text, size) for text in {each.text for each in captions}}
    for index, planes in enumerate(frames):
        current = (drawn[each.text] for each in captions if each.start <= index / fps < each.end)
        blend_overlays(planes, (overlay for overlay in current if overlay))
        yield planes


def draw_caption(text: str, size: Size) -> Overlay | None:
    """A caption to lay over frames, or nothing where no installed font can write it."""
    font = _find_font(text, max(size[1] / 22, 12))
    if font is None:
        return None
    said = wrap_caption(text)
    pen = ImageDraw.Draw(Image.new("L", (1, 1)))
    box = pen.multiline_textbbox((0, 0), said, font=font, align="center", spacing=4)
    image = Image.new("RGBA", (min(round(box[2]) + 28, size[0]), min(round(box[3]) + 18, size[1])), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((0, 0, image.width - 1, image.height - 1), 8, fill=(10, 12, 16, 150))
    place = (image.width / 2, image.height / 2 - box[1] / 2)
    pen.multiline_text(place, said, font=font, fill=(255, 255, 255, 255), anchor="mm", align="center", spacing=4)
    left, top = (size[0] - image.width) // 2, max(size[1] - image.height - size[1] // 16, 0)
    return make_overlay(image, left, top, size)


def _find_font(text: str, height: float) -> Font | None:
    """The first installed font that has every letter."""
    letters = "".join(sorted({letter for letter in text if not letter.isspace()}))
    if any(unicodedata.name(letter, "").startswith(_SHAPED_SCRIPTS) for letter in letters):
        return None
    return next((font for font in _available_fonts(round(height)) if _has_letters(font, letters)), None)


@cache
def _available_fonts(height: int) -> tuple[Font, ...]:
    """The installed fonts: the system's widest ones where it has them, and the one Pillow brings."""
    found: list[Font] = []
    for name in ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "Arial Unicode.ttf", "NotoSansCJK-Regular.ttc"):
        try:
            found.append(ImageFont.truetype(name, height))
        except OSError:
            continue
    return (*found, ImageFont.load_default(height))


def _has_letters(font: Font, letters: str) -> bool:
    """Whether a font draws none of these letters as its box for unknown ones."""
    unknown = bytes(font.getmask("\U0010fffe"))
    return all(bytes(font.getmask(letter)) != unknown for letter in letters)
