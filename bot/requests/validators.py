"""What one option's text must look like, and the sentence for it when it does not."""

import re

from bot.errors import Refused

MAX_SPOKEN_CHARACTERS = 10_000  # D-ID counts characters outside tags; with tags a script may reach SCRIPT_MOST
MAX_SCRIPT_CHARACTERS = 40_000

_RATE = re.compile(r"x-slow|slow|medium|fast|x-fast|default|[+-]?\d+(\.\d+)?%?")
_PITCH = re.compile(r"x-low|low|medium|high|x-high|default|[+-]?\d+(\.\d+)?(Hz|st|%)?")
_POSITION = re.compile(r"-?\d{1,4},-?\d{1,4}")
_FACE_POSITION = re.compile(r"-?\d{1,4},-?\d{1,4},\d{1,4}")
_CROP = re.compile(r"wide|[\d.]+,[\d.]+,[\d.]+,[\d.]+")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}|transparent|https://\S+")
_EXPRESSION = re.compile(r"(?:(\d+):)?(neutral|happy|serious|surprise)(?::([\d.]+))?")


def _require_match(value: str | None, pattern: re.Pattern[str], word: str, expected: str) -> str | None:
    if value is None or pattern.fullmatch(value):
        return value
    raise Refused(f"--{word} must be {expected}, not “{value}”.", word)


def check_position(position: str | None) -> str | None:
    """Where something lies: two whole numbers."""
    return _require_match(position and position.replace(" ", ""), _POSITION, "logo-at", "two whole numbers: x,y")


def check_face(position: str | None) -> str | None:
    """Where a face lies: three whole numbers."""
    return _require_match(
        position and position.replace(" ", ""), _FACE_POSITION, "face", "three whole numbers: x,y,size"
    )


def check_rate(rate: str | None) -> str | None:
    """How fast somebody speaks."""
    return _require_match(rate, _RATE, "rate", "a factor such as 1.2, or x-slow, slow, medium, fast, x-fast")


def check_pitch(value: str | None) -> str | None:
    """How high somebody speaks."""
    return _require_match(value, _PITCH, "pitch", "a change such as +2st or 10Hz, or x-low, low, medium, high, x-high")


def check_background(value: str | None) -> str | None:
    """What is behind a presenter."""
    return _require_match(value, _COLOUR, "background", "a colour such as #223344, transparent, or an https link")


def check_crop(value: str | None) -> str | None:
    """Which part of the picture is shown."""
    value = _require_match(value, _CROP, "crop", "wide, or top,left,bottom,right with numbers from 0 to 1")
    if value and value != "wide":
        _check_rectangle(value)
    return value


def check_spoken_length(noun: str, script: str, ssml: bool) -> None:
    """Refuse a script with more spoken characters than a studio takes."""
    spoken = re.sub(r"<[^>]*>", "", script) if ssml else script
    if len(spoken) > MAX_SPOKEN_CHARACTERS:
        raise Refused(
            f"{noun.capitalize()} must have 3 to {MAX_SPOKEN_CHARACTERS:,} spoken characters "
            f"({MAX_SCRIPT_CHARACTERS:,} with SSML tags); this has {len(spoken):,}.",
            "script",
        )


def _check_rectangle(crop: str) -> None:
    try:
        top, left, bottom, right = (float(edge) for edge in crop.split(","))
    except ValueError:
        raise Refused(f"--crop takes wide, or four numbers from 0 to 1; “{crop}” is not that.", "crop") from None
    if not (0 <= top < bottom <= 1 and 0 <= left < right <= 1):
        raise Refused(
            "--crop goes top,left,bottom,right: each from 0 to 1, top above bottom, left before right.", "crop"
        )


def normalise_expressions(typed: tuple[str, ...]) -> tuple[str, ...]:
    """Each mood as frame:mood:strength, with what was left out filled in."""
    return tuple(moment for each in typed for moment in _split_expressions(each))


def _split_expressions(typed: str) -> list[str]:
    expressions = []
    for moment in re.split(r"[\s,]+", typed.strip()):
        match = _EXPRESSION.fullmatch(moment.casefold())
        if not match or not 0 <= float(match[3] or 1) <= 1:
            raise Refused(
                f"--expression is neutral, happy, serious or surprise, or frame:mood:strength with a strength "
                f"from 0 to 1, such as 0:happy:0.8; “{moment}” is not.",
                "expression",
            )
        expressions.append(f"{int(match[1] or 0)}:{match[2]}:{float(match[3] or 1):g}")
    return expressions
