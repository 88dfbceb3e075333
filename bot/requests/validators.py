"""What one option's text must look like, and the sentence for it when it does not."""

import re

from bot.errors import Refused

PLAIN_MOST = 10_000  # D-ID counts characters outside tags; with tags a script may reach SCRIPT_MOST
SCRIPT_MOST = 40_000

_PACE = re.compile(r"x-slow|slow|medium|fast|x-fast|default|[+-]?\d+(\.\d+)?%?")
_PITCH = re.compile(r"x-low|low|medium|high|x-high|default|[+-]?\d+(\.\d+)?(Hz|st|%)?")
_PAIR = re.compile(r"-?\d{1,4},-?\d{1,4}")
_FACE = re.compile(r"-?\d{1,4},-?\d{1,4},\d{1,4}")
_CROP = re.compile(r"wide|[\d.]+,[\d.]+,[\d.]+,[\d.]+")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}|transparent|https://\S+")
_MOMENT = re.compile(r"(?:(\d+):)?(neutral|happy|serious|surprise)(?::([\d.]+))?")


def _matching(value: str | None, pattern: re.Pattern[str], word: str, expected: str) -> str | None:
    if value is None or pattern.fullmatch(value):
        return value
    raise Refused(f"--{word} takes {expected}; “{value}” is not that.", word)


def pair(at: str | None) -> str | None:
    """Where something lies: two whole numbers."""
    return _matching(at and at.replace(" ", ""), _PAIR, "logo-at", "two whole numbers: x,y")


def face(at: str | None) -> str | None:
    """Where a face lies: three whole numbers."""
    return _matching(at and at.replace(" ", ""), _FACE, "face", "three whole numbers: x,y,size")


def pace(rate: str | None) -> str | None:
    """How fast somebody speaks."""
    return _matching(rate, _PACE, "rate", "a factor such as 1.2, or x-slow, slow, medium, fast, x-fast")


def pitch(height: str | None) -> str | None:
    """How high somebody speaks."""
    return _matching(height, _PITCH, "pitch", "a change such as +2st or 10Hz, or x-low, low, medium, high, x-high")


def background(behind: str | None) -> str | None:
    """What is behind a presenter."""
    return _matching(behind, _COLOUR, "background", "a colour such as #223344, transparent, or an https link")


def crop(part: str | None) -> str | None:
    """Which part of the picture is shown."""
    part = _matching(part, _CROP, "crop", "wide, or top,left,bottom,right with numbers from 0 to 1")
    if part and part != "wide":
        _rectangle(part)
    return part


def plain_length(noun: str, script: str, ssml: bool) -> None:
    """Refuse a script with more spoken characters than a studio takes."""
    plain = re.sub(r"<[^>]*>", "", script) if ssml else script
    if len(plain) > PLAIN_MOST:
        raise Refused(
            f"{noun.capitalize()} takes 3 to {PLAIN_MOST:,} spoken characters "
            f"({SCRIPT_MOST:,} with SSML tags counted), this has {len(plain):,}.",
            "script",
        )


def _rectangle(crop: str) -> None:
    try:
        top, left, bottom, right = (float(edge) for edge in crop.split(","))
    except ValueError:
        raise Refused(f"--crop takes wide, or four numbers from 0 to 1; “{crop}” is not that.", "crop") from None
    if not (0 <= top < bottom <= 1 and 0 <= left < right <= 1):
        raise Refused(
            "--crop goes top,left,bottom,right: each from 0 to 1, top above bottom, left before right.", "crop"
        )


def moments(typed: tuple[str, ...]) -> tuple[str, ...]:
    """Each mood as frame:mood:strength, with what was left out filled in."""
    return tuple(moment for each in typed for moment in _moments(each))


def _moments(typed: str) -> list[str]:
    found = []
    for moment in re.split(r"[\s,]+", typed.strip()):
        match = _MOMENT.fullmatch(moment.casefold())
        if not match or not 0 <= float(match[3] or 1) <= 1:
            raise Refused(
                f"--expression is neutral, happy, serious or surprise, or frame:mood:strength with a strength "
                f"from 0 to 1, such as 0:happy:0.8; “{moment}” is not.",
                "expression",
            )
        found.append(f"{int(match[1] or 0)}:{match[2]}:{float(match[3] or 1):g}")
    return found
