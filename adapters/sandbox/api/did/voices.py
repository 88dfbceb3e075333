"""The catalogue of voices. Few of the hundreds there are, but every provider and every language of translation."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.sandbox.render.order import SpeechVoice

PROVIDERS = ("microsoft", "elevenlabs", "amazon", "google", "azure-openai")


@dataclass(frozen=True)
class ProviderVoice:
    provider: str
    id: str
    name: str
    gender: str
    locale: str
    language: str
    accent: str
    styles: tuple[str, ...]

    @property
    def short_name(self) -> str:
        """The name by which Microsoft's voices may be called: Sara for en-US-SaraNeural."""
        return self.id.rpartition("-")[2].removesuffix("Neural") if self.provider == "microsoft" else self.id

    def catalogue_view(self, base_url: str) -> dict[str, Any]:
        spoken = {"language": self.language, "locale": self.locale, "accent": self.accent, "config": {}}
        spoken["previewUrl"] = f"{base_url}/sandbox/voices/{self.id}.wav"
        return {
            "id": self.id,
            "name": self.name,
            "gender": self.gender,
            "access": "premium" if self.provider == "elevenlabs" else "public",
            "provider": self.provider,
            "languages": [spoken],
            "styles": list(self.styles),
        }


def _load_voices() -> tuple[ProviderVoice, ...]:
    rows: list[dict[str, Any]] = json.loads(Path(__file__).with_name("voices.json").read_text("utf-8"))
    return tuple(ProviderVoice(**row | {"styles": tuple(row["styles"])}) for row in rows)


VOICES = _load_voices()


def find_voice(provider: str, voice_id: str) -> ProviderVoice | None:
    """A voice by its id, or Microsoft's by its short name."""
    return next((one for one in VOICES if one.provider == provider and voice_id in (one.id, one.short_name)), None)


_RATE_WORDS = {"x-slow": 0.6, "slow": 0.8, "medium": 1.0, "default": 1.0, "fast": 1.25, "x-fast": 1.6}
_PITCH_WORDS = {"x-low": 0.7, "low": 0.85, "medium": 1.0, "default": 1.0, "high": 1.15, "x-high": 1.3}


def to_speech_voice(provider: dict[str, Any]) -> SpeechVoice:
    one = find_voice(str(provider["type"]), str(provider["voice_id"])) or VOICES[0]
    config = provider.get("voice_config") or {}
    spoken = str(provider.get("language") or "").partition(" (")[0] or one.locale
    pace, pitch = _parse_factor(config.get("rate"), _RATE_WORDS), _parse_factor(config.get("pitch"), _PITCH_WORDS)
    return SpeechVoice(spoken, one.gender, pace, pitch, VOICES.index(one) % 8)


def _parse_factor(given: object, words: dict[str, float]) -> float:
    text = str(given if given is not None else "medium")
    try:
        return words[text] if text in words else min(2.0, max(0.5, _parse_number(text)))
    except ValueError:
        return 1.0


def _parse_number(text: str) -> float:
    if text.endswith("st"):  # semitones
        return math.pow(2.0, float(text[:-2]) / 12)
    if text.endswith("%"):
        return 1 + float(text[:-1]) / 100
    if text.lower().endswith("hz"):
        return 1 + float(text[:-2]) / 200 if text[0] in "+-" else 1.0
    return float(text)
