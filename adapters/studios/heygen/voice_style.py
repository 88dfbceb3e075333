"""How a voice speaks: the words people type as the numbers HeyGen takes."""

import re

from bot.errors import Refused

SLOWEST, FASTEST = 0.5, 1.5
LOWEST, HIGHEST = -50, 50
_PACES = {"x-slow": 0.6, "slow": 0.8, "medium": 1.0, "default": 1.0, "fast": 1.2, "x-fast": 1.4}
_HEIGHTS = {"x-low": -30, "low": -15, "medium": 0, "default": 0, "high": 15, "x-high": 30}


def speed(given: str) -> float:
    """A factor, or a word for one."""
    factor = _PACES[given] if given in _PACES else _factor(given)
    if not SLOWEST <= factor <= FASTEST:
        raise Refused(f"HeyGen's voices speak from {SLOWEST} to {FASTEST} times as fast; --rate is {given}.", "rate")
    return round(factor, 3)


def pitch(given: str) -> int:
    """A whole number from -50 to 50, or a word for one."""
    if given in _HEIGHTS:
        return _HEIGHTS[given]
    match = re.fullmatch(r"([+-]?\d{1,3})%?", given)
    if match and LOWEST <= int(match[1]) <= HIGHEST:
        return int(match[1])
    raise Refused(
        f"HeyGen's voices take --pitch as a whole number from {LOWEST} to {HIGHEST}; “{given}” is not.", "pitch"
    )


def _factor(given: str) -> float:
    number = float(given.rstrip("%"))
    if given.endswith("%"):
        return 1 + number / 100 if given[0] in "+-" else number / 100
    return 1 + number if given[0] in "+-" else number
