"""How a voice speaks: each provider has its own way to be told."""

from bot.errors import Refused

PROVIDER_TITLES = {
    "microsoft": "Microsoft",
    "azure-openai": "OpenAI",
    "elevenlabs": "ElevenLabs",
    "amazon": "Amazon",
    "google": "Google",
}
_RATE_WORDS = {"x-slow": 0.7, "slow": 0.85, "medium": 1.0, "default": 1.0, "fast": 1.1, "x-fast": 1.2}


def voice_style(value: str, provider: str) -> str:
    """A named style; for ElevenLabs its strength, from 0 to 1."""
    _require_support(provider, "style")
    if provider == "elevenlabs" and not _is_between(value, 0, 1):
        raise Refused(f"With ElevenLabs voices --style is a number from 0 to 1; “{value}” is not.", "style")
    return value


def voice_rate(value: str, provider: str) -> str:
    """As typed; ElevenLabs accepts only factors."""
    _require_support(provider, "rate")
    if provider != "elevenlabs":
        return value
    factor = _rate_factor(value)
    if factor is None or not 0.7 <= factor <= 1.2:
        raise Refused(f"ElevenLabs voices speak from 0.7 to 1.2 times as fast; --rate cannot be “{value}”.", "rate")
    return f"{factor:.4g}"


def voice_pitch(value: str, provider: str) -> str:
    _require_support(provider, "pitch")
    if provider == "elevenlabs":
        raise Refused("ElevenLabs voices have no --pitch; take a Microsoft voice for that.", "pitch")
    return value


def _require_support(provider: str, option: str) -> None:
    if provider in ("amazon", "google"):
        raise Refused(
            f"{PROVIDER_TITLES[provider]} voices have no --{option}; take a Microsoft voice for that.", option
        )


def _rate_factor(value: str) -> float | None:
    if value in _RATE_WORDS:
        return _RATE_WORDS[value]
    try:
        number = float(value.rstrip("%"))
    except ValueError:
        return None
    if value.endswith("%"):
        return 1 + number / 100 if value[0] in "+-" else number / 100
    return 1 + number if value[0] in "+-" else number


def _is_between(value: str, low: float, high: float) -> bool:
    try:
        return low <= float(value) <= high
    except ValueError:
        return False
