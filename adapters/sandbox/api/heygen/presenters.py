"""The stock avatars and photos, which share the drawn portraits, and their voices."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
        """Their face."""
        return PORTRAITS_FOLDER / f"{self.portrait_name}.png"

    def picture_url(self, base_url: str) -> str:
        """Where it can be looked at."""
        return f"{base_url}/sandbox/portraits/{self.portrait_name}.png"


@dataclass(frozen=True)
class StockVoice:
    """A voice."""

    id: str
    name: str
    gender: str
    language: str
    locale: str
    has_emotions: bool

    def catalogue_view(self, base_url: str) -> dict[str, Any]:
        """As the catalogues show it."""
        card = {"voice_id": self.id, "name": self.name, "gender": self.gender, "language": self.language}
        sample = f"{base_url}/sandbox/heygen/voices/{self.id}.wav"
        more = {"support_pause": True, "support_locale": self.locale.startswith("en")}
        return card | more | {"preview_audio": sample, "emotion_support": self.has_emotions}


# name | gender | language | tag | speaks with emotions
_VOICE_TABLE = """
Harriet|female|English|en-US|yes
Marlow|male|English|en-US|yes
Imogen|female|English|en-GB|
Rufus|male|English|en-GB|
Odile|female|French|fr-FR|yes
Bastien|male|French|fr-FR|
Pilar|female|Spanish|es-ES|yes
Anselmo|male|Spanish|es-MX|
Gesine|female|German|de-DE|yes
Lorenz|male|German|de-DE|
Ornella|female|Italian|it-IT|
Benedita|female|Portuguese|pt-BR|
Joost|male|Dutch|nl-NL|
Wanda|female|Polish|pl-PL|
Kaisa|female|Finnish|fi-FI|
Astrid|female|Swedish|sv-SE|
Mirela|female|Romanian|ro-RO|
Defne|female|Turkish|tr-TR|
Lakshmi|female|Hindi|hi-IN|
Yuzuki|female|Japanese|ja-JP|
Seo|female|Korean|ko-KR|
Lihua|female|Chinese|zh-CN|
Oksana|female|Ukrainian|uk-UA|
Nadia|female|Arabic|ar-EG|
"""


def _parse_voice(row: str) -> StockVoice:
    name, gender, language, tag, emotions = row.split("|")
    return StockVoice(hashlib.md5(name.encode()).hexdigest(), name, gender, language, tag, bool(emotions))  # noqa: S324


VOICES = tuple(_parse_voice(row) for row in _VOICE_TABLE.strip().splitlines())
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


def find_avatar(ident: str) -> StockAvatar | None:
    """An avatar by its id."""
    return next((one for one in AVATARS if one.id == ident), None)


def find_photo(ident: str) -> StockAvatar | None:
    """A stock photo by its id."""
    return next((one for one in PHOTOS if one.id == ident), None)


def find_voice(ident: str) -> StockVoice | None:
    """A voice by its id."""
    return next((one for one in VOICES if one.id == ident), None)


def to_speech_voice(ident: str, speed: float = 1.0, pitch: int = 0, locale: str | None = None) -> SpeechVoice:
    """How the renderer is to speak."""
    one = find_voice(ident) or VOICES[0]
    return SpeechVoice(locale or one.locale, one.gender, speed, 1 + pitch / 100, VOICES.index(one) % 8)
