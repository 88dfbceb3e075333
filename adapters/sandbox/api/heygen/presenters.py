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


_STOCK = json.loads(Path(__file__).with_name("stock.json").read_text("utf-8"))
VOICES = tuple(
    StockVoice(hashlib.md5(one["name"].encode()).hexdigest(), **one)  # noqa: S324 - an id, no secret
    for one in _STOCK["voices"]
)
AVATARS = tuple(StockAvatar(**one) for one in _STOCK["avatars"])
PHOTOS = tuple(StockAvatar(**one) for one in _STOCK["photos"])
LANGUAGES: tuple[str, ...] = tuple(_STOCK["languages"])


def to_speech_voice(ident: str, speed: float = 1.0, pitch: int = 0, locale: str | None = None) -> SpeechVoice:
    one = find_by_id(VOICES, ident) or VOICES[0]
    return SpeechVoice(locale or one.locale, one.gender, speed, 1 + pitch / 100, VOICES.index(one) % 8)
