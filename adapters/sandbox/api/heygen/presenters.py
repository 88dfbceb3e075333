"""The stock avatars and photos, which share the drawn portraits, and their voices."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.sandbox.api.common import find_by_id
from adapters.sandbox.context import PORTRAITS_FOLDER
from adapters.sandbox.render.order import SpeechVoice


@dataclass(frozen=True)
class StockAvatar:
    """An avatar, or a photo that was taken in."""

    id: str
    name: str
    gender: str
    portrait_name: str
    voice: str = ""
    is_photo: bool = False

    @property
    def picture_path(self) -> Path:
        return PORTRAITS_FOLDER / f"{self.portrait_name}.png"

    def picture_url(self, base_url: str) -> str:
        return f"{base_url}/sandbox/portraits/{self.portrait_name}.png"


@dataclass(frozen=True)
class StockVoice:
    id: str
    name: str
    gender: str
    language: str
    locale: str
    has_emotions: bool

    def catalogue_view(self, base_url: str) -> dict[str, Any]:
        card = {"voice_id": self.id, "name": self.name, "gender": self.gender, "language": self.language}
        sample = f"{base_url}/sandbox/heygen/voices/{self.id}.wav"
        more = {"support_pause": True, "support_locale": self.locale.startswith("en")}
        return card | more | {"preview_audio": sample, "emotion_support": self.has_emotions}


def _load_voices() -> tuple[StockVoice, ...]:
    rows: list[dict[str, Any]] = json.loads(Path(__file__).with_name("voices.json").read_text("utf-8"))
    return tuple(StockVoice(hashlib.md5(row["name"].encode()).hexdigest(), **row) for row in rows)  # noqa: S324


VOICES = _load_voices()
_HARRIET, _MARLOW, _IMOGEN = VOICES[0].id, VOICES[1].id, VOICES[2].id

AVATARS = (
    StockAvatar("Anna_sandbox_front", "Anna", "female", "ada", _HARRIET),
    StockAvatar("Viktor_sandbox_front", "Viktor", "male", "ben", _MARLOW),
    StockAvatar("Petra_sandbox_desk", "Petra at the desk", "female", "ada", _IMOGEN),
)
PHOTOS = (
    StockAvatar("5a9d0b0e0f0a4c0fa0aad0a0a0a0ada0", "Ada's photo", "female", "ada", is_photo=True),
    StockAvatar("5b9d0b0e0f0a4c0fa0aad0a0a0a0be90", "Ben's photo", "male", "ben", is_photo=True),
)
LANGUAGES = (
    "Arabic", "Bulgarian", "Chinese", "Croatian", "Czech", "Danish", "Dutch", "English", "Filipino", "Finnish",
    "French (France)", "French (Canada)", "German (Germany)", "Greek", "Hindi", "Indonesian", "Italian", "Japanese",
    "Korean", "Malay", "Polish", "Portuguese (Brazil)", "Romanian", "Russian", "Slovak", "Spanish (Spain)",
    "Spanish (Mexico)", "Swedish", "Tamil", "Turkish", "Ukrainian",
)  # fmt: skip


def to_speech_voice(ident: str, speed: float = 1.0, pitch: int = 0, locale: str | None = None) -> SpeechVoice:
    one = find_by_id(VOICES, ident) or VOICES[0]
    return SpeechVoice(locale or one.locale, one.gender, speed, 1 + pitch / 100, VOICES.index(one) % 8)
