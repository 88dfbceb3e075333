"""How a voice speaks: each provider has its own way to be told."""

from bot.errors import Refused

TITLES = {
    "microsoft": "Microsoft",
    "azure-openai": "OpenAI",
    "elevenlabs": "ElevenLabs",
    "amazon": "Amazon",
    "google": "Google",
}
_PACES = {"x-slow": 0.7, "slow": 0.85, "medium": 1.0, "default": 1.0, "fast": 1.1, "x-fast": 1.2}


def style(value: str, provider: str) -> str:
    """A named style, or for ElevenLabs how much of it, from 0 to 1."""
    _can(provider, "style")
    if provider == "elevenlabs" and not _between(value, 0, 1):
        raise Refused(f"With ElevenLabs voices --style is a number from 0 to 1; “{value}” is not.", "style")
    return value


def rate(value: str, provider: str) -> str:
    """A pace as it was typed; ElevenLabs knows only factors."""
    _can(provider, "rate")
    if provider != "elevenlabs":
        return value
    factor = _factor(value)
    if factor is None or not 0.7 <= factor <= 1.2:
        raise Refused(f"ElevenLabs voices speak from 0.7 to 1.2 times as fast; --rate cannot be “{value}”.", "rate")
    return f"{factor:.4g}"


def pitch(value: str, provider: str) -> str:
    """A pitch as it was typed."""
    _can(provider, "pitch")
    if provider == "elevenlabs":
        raise Refused("ElevenLabs voices have no --pitch; take a Microsoft voice for that.", "pitch")
    return value


def _can(provider: str, word: str) -> None:
    if provider in ("amazon", "google"):
        raise Refused(f"{TITLES[provider]} voices have no --{word}; take a Microsoft voice for that.", word)


def _factor(value: str) -> float | None:
    if value in _PACES:
        return _PACES[value]
    try:
        number = float(value.rstrip("%"))
    except ValueError:
        return None
    if value.endswith("%"):
        return 1 + number / 100 if value[0] in "+-" else number / 100
    return 1 + number if value[0] in "+-" else number


def _between(value: str, low: float, high: float) -> bool:
    try:
        return low <= float(value) <= high
    except ValueError:
        return False
