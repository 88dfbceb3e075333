"""How a voice speaks: the words people type as the numbers HeyGen takes."""

import re

from bot.errors import Refused

MIN_SPEED, MAX_SPEED = 0.5, 1.5
MIN_PITCH, MAX_PITCH = -50, 50
_SPEED_WORDS = {"x-slow": 0.6, "slow": 0.8, "medium": 1.0, "default": 1.0, "fast": 1.2, "x-fast": 1.4}
_PITCH_WORDS = {"x-low": -30, "low": -15, "medium": 0, "default": 0, "high": 15, "x-high": 30}


def voice_speed(given: str) -> float:
    """A factor, or a word for one."""
    factor = _SPEED_WORDS[given] if given in _SPEED_WORDS else _speed_factor(given)
    if not MIN_SPEED <= factor <= MAX_SPEED:
        raise Refused(
            f"HeyGen's voices speak from {MIN_SPEED} to {MAX_SPEED} times as fast; --rate is {given}.", "rate"
        )
    return round(factor, 3)


def voice_pitch(given: str) -> int:
    """A whole number from -50 to 50, or a word for one."""
    if given in _PITCH_WORDS:
        return _PITCH_WORDS[given]
    match = re.fullmatch(r"([+-]?\d{1,3})%?", given)
    if match and MIN_PITCH <= int(match[1]) <= MAX_PITCH:
        return int(match[1])
    raise Refused(
        f"HeyGen's voices take --pitch as a whole number from {MIN_PITCH} to {MAX_PITCH}; “{given}” is not.", "pitch"
    )


def _speed_factor(given: str) -> float:
    number = float(given.rstrip("%"))
    if given.endswith("%"):
        return 1 + number / 100 if given[0] in "+-" else number / 100
    return 1 + number if given[0] in "+-" else number
