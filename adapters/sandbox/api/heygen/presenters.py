"""Whom HeyGen has in stock here: avatars and photos that share the drawn portraits, and voices for them."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.sandbox.context import PORTRAITS
from adapters.sandbox.render.order import Voice


@dataclass(frozen=True)
class Person:
    """An avatar, or a photo that was taken in."""

    id: str
    name: str
    gender: str
    portrait: str
    voice: str = ""
    photo: bool = False

    @property
    def picture(self) -> Path:
        """Their face."""
        return PORTRAITS / f"{self.portrait}.png"

    def seen(self, base: str) -> str:
        """Where it can be looked at."""
        return f"{base}/sandbox/portraits/{self.portrait}.png"


@dataclass(frozen=True)
class Speaker:
    """A voice."""

    id: str
    name: str
    gender: str
    language: str
    tag: str
    emotions: bool

    def listed(self, base: str) -> dict[str, Any]:
        """As the catalogues show it."""
        card = {"voice_id": self.id, "name": self.name, "gender": self.gender, "language": self.language}
        sample = f"{base}/sandbox/heygen/voices/{self.id}.wav"
        more = {"support_pause": True, "support_locale": self.tag.startswith("en")}
        return card | more | {"preview_audio": sample, "emotion_support": self.emotions}


# name | gender | language | tag | speaks with emotions
_TABLE = """
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


def _speaker(row: str) -> Speaker:
    name, gender, language, tag, emotions = row.split("|")
    return Speaker(hashlib.md5(name.encode()).hexdigest(), name, gender, language, tag, bool(emotions))  # noqa: S324


SPEAKERS = tuple(_speaker(row) for row in _TABLE.strip().splitlines())
_HARRIET, _MARLOW, _IMOGEN = SPEAKERS[0].id, SPEAKERS[1].id, SPEAKERS[2].id

AVATARS = (
    Person("Anna_sandbox_front", "Anna", "female", "ada", _HARRIET),
    Person("Viktor_sandbox_front", "Viktor", "male", "ben", _MARLOW),
    Person("Petra_sandbox_desk", "Petra at the desk", "female", "ada", _IMOGEN),
)
PHOTOS = (
    Person("5a9d0b0e0f0a4c0fa0aad0a0a0a0ada0", "Ada's photo", "female", "ada", photo=True),
    Person("5b9d0b0e0f0a4c0fa0aad0a0a0a0be90", "Ben's photo", "male", "ben", photo=True),
)
LANGUAGES = (
    "Arabic", "Bulgarian", "Chinese", "Croatian", "Czech", "Danish", "Dutch", "English", "Filipino", "Finnish",
    "French (France)", "French (Canada)", "German (Germany)", "Greek", "Hindi", "Indonesian", "Italian", "Japanese",
    "Korean", "Malay", "Polish", "Portuguese (Brazil)", "Romanian", "Russian", "Slovak", "Spanish (Spain)",
    "Spanish (Mexico)", "Swedish", "Tamil", "Turkish", "Ukrainian",
)  # fmt: skip


def avatar(ident: str) -> Person | None:
    """An avatar by its id."""
    return next((one for one in AVATARS if one.id == ident), None)


def photo(ident: str) -> Person | None:
    """A stock photo by its id."""
    return next((one for one in PHOTOS if one.id == ident), None)


def speaker(ident: str) -> Speaker | None:
    """A voice by its id."""
    return next((one for one in SPEAKERS if one.id == ident), None)


def sounding(ident: str, speed: float = 1.0, pitch: int = 0, locale: str | None = None) -> Voice:
    """How the renderer is to speak."""
    one = speaker(ident) or SPEAKERS[0]
    return Voice(locale or one.tag, one.gender, speed, 1 + pitch / 100, SPEAKERS.index(one) % 8)
