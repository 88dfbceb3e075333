"""The catalogue of voices. Few of the hundreds there are, but every provider and every language of translation."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from adapters.sandbox.render.order import SpeechVoice

# provider | id | name | gender | locale | language | accent | styles
_VOICE_TABLE = """
microsoft|en-US-SaraNeural|Sara|female|en-US|English|American|Angry,Cheerful,Excited,Friendly,Hopeful,Sad,Whispering
microsoft|en-US-JennyNeural|Jenny|female|en-US|English|American|Assistant,Chat,Cheerful,Customerservice,Newscast,Sad
microsoft|en-US-GuyNeural|Guy|male|en-US|English|American|Angry,Cheerful,Excited,Friendly,Newscast,Sad
microsoft|en-US-AriaNeural|Aria|female|en-US|English|American|Chat,Cheerful,Empathetic,Narration-professional
microsoft|en-US-DavisNeural|Davis|male|en-US|English|American|Chat,Cheerful,Friendly
microsoft|en-GB-SoniaNeural|Sonia|female|en-GB|English|British|Cheerful,Sad
microsoft|en-GB-RyanNeural|Ryan|male|en-GB|English|British|Chat,Cheerful
microsoft|en-AU-NatashaNeural|Natasha|female|en-AU|English|Australian|
microsoft|en-IN-NeerjaNeural|Neerja|female|en-IN|English|Indian|
microsoft|ar-EG-SalmaNeural|Salma|female|ar-EG|Arabic|Egyptian|
microsoft|bg-BG-KalinaNeural|Kalina|female|bg-BG|Bulgarian|Bulgarian|
microsoft|zh-CN-XiaoxiaoNeural|Xiaoxiao|female|zh-CN|Chinese|Mandarin|Affectionate,Cheerful,Gentle,Newscast
microsoft|hr-HR-GabrijelaNeural|Gabrijela|female|hr-HR|Croatian|Croatian|
microsoft|cs-CZ-VlastaNeural|Vlasta|female|cs-CZ|Czech|Czech|
microsoft|da-DK-ChristelNeural|Christel|female|da-DK|Danish|Danish|
microsoft|nl-NL-MaartenNeural|Maarten|male|nl-NL|Dutch|Dutch|
microsoft|fil-PH-BlessicaNeural|Blessica|female|fil-PH|Filipino|Filipino|
microsoft|fi-FI-HarriNeural|Harri|male|fi-FI|Finnish|Finnish|
microsoft|fr-FR-DeniseNeural|Denise|female|fr-FR|French|French|Cheerful,Sad
microsoft|fr-FR-HenriNeural|Henri|male|fr-FR|French|French|Cheerful,Sad
microsoft|fr-CA-SylvieNeural|Sylvie|female|fr-CA|French|Canadian|
microsoft|de-DE-KatjaNeural|Katja|female|de-DE|German|German|
microsoft|de-DE-ConradNeural|Conrad|male|de-DE|German|German|Cheerful
microsoft|el-GR-AthinaNeural|Athina|female|el-GR|Greek|Greek|
microsoft|he-IL-HilaNeural|Hila|female|he-IL|Hebrew|Israeli|
microsoft|hi-IN-SwaraNeural|Swara|female|hi-IN|Hindi|Indian|Cheerful,Empathetic
microsoft|id-ID-GadisNeural|Gadis|female|id-ID|Indonesian|Indonesian|
microsoft|it-IT-ElsaNeural|Elsa|female|it-IT|Italian|Italian|
microsoft|it-IT-DiegoNeural|Diego|male|it-IT|Italian|Italian|
microsoft|ja-JP-NanamiNeural|Nanami|female|ja-JP|Japanese|Japanese|Chat,Cheerful
microsoft|ko-KR-SunHiNeural|SunHi|female|ko-KR|Korean|Korean|
microsoft|ms-MY-YasminNeural|Yasmin|female|ms-MY|Malay|Malaysian|
microsoft|pl-PL-MarekNeural|Marek|male|pl-PL|Polish|Polish|
microsoft|pt-BR-FranciscaNeural|Francisca|female|pt-BR|Portuguese|Brazilian|Calm
microsoft|pt-PT-DuarteNeural|Duarte|male|pt-PT|Portuguese|European|
microsoft|ro-RO-AlinaNeural|Alina|female|ro-RO|Romanian|Romanian|
microsoft|ru-RU-SvetlanaNeural|Svetlana|female|ru-RU|Russian|Russian|
microsoft|sk-SK-LukasNeural|Lukas|male|sk-SK|Slovak|Slovak|
microsoft|es-ES-ElviraNeural|Elvira|female|es-ES|Spanish|Castilian|
microsoft|es-MX-JorgeNeural|Jorge|male|es-MX|Spanish|Mexican|Chat,Cheerful
microsoft|sv-SE-SofieNeural|Sofie|female|sv-SE|Swedish|Swedish|
microsoft|ta-IN-PallaviNeural|Pallavi|female|ta-IN|Tamil|Indian|
microsoft|tr-TR-EmelNeural|Emel|female|tr-TR|Turkish|Turkish|
microsoft|uk-UA-PolinaNeural|Polina|female|uk-UA|Ukrainian|Ukrainian|
elevenlabs|21m00Tcm4TlvDq8ikWAM|Rachel|female|en-US|English|American|
elevenlabs|SandboxElevenAnton001|Anton|male|en-US|English|American|
elevenlabs|SandboxElevenBeryl002|Beryl|female|en-GB|English|British|
elevenlabs|SandboxElevenClaude03|Claude|male|fr-FR|French|French|
elevenlabs|SandboxElevenDunja004|Dunja|female|de-DE|German|German|
amazon|Amy|Amy|female|en-GB|English|British|
amazon|Aria|Aria|female|en-NZ|English|New Zealand|
amazon|Ayanda|Ayanda|female|en-ZA|English|South African|
amazon|Bianca|Bianca|female|it-IT|Italian|Italian|
amazon|Brian|Brian|male|en-GB|English|British|
amazon|Camila|Camila|female|pt-BR|Portuguese|Brazilian|
amazon|Emma|Emma|female|en-GB|English|British|
amazon|Gabrielle|Gabrielle|female|fr-CA|French|Canadian|
amazon|Ivy|Ivy|female|en-US|English|American|
amazon|Joanna|Joanna|female|en-US|English|American|
amazon|Joey|Joey|male|en-US|English|American|
amazon|Justin|Justin|male|en-US|English|American|
amazon|Kendra|Kendra|female|en-US|English|American|
amazon|Kevin|Kevin|male|en-US|English|American|
amazon|Kimberly|Kimberly|female|en-US|English|American|
amazon|Léa|Léa|female|fr-FR|French|French|
amazon|Lucia|Lucia|female|es-ES|Spanish|Castilian|
amazon|Lupe|Lupe|female|es-US|Spanish|American|
amazon|Matthew|Matthew|male|en-US|English|American|
amazon|Olivia|Olivia|female|en-AU|English|Australian|
amazon|Salli|Salli|female|en-US|English|American|
amazon|Seoyeon|Seoyeon|female|ko-KR|Korean|Korean|
amazon|Takumi|Takumi|male|ja-JP|Japanese|Japanese|
amazon|Vicki|Vicki|female|de-DE|German|German|
google|he-IL-Wavenet-A|Wavenet A|female|he-IL|Hebrew|Israeli|
google|en-US-Wavenet-D|Wavenet D|male|en-US|English|American|
google|fr-FR-Wavenet-C|Wavenet C|female|fr-FR|French|French|
google|ru-RU-Wavenet-B|Wavenet B|male|ru-RU|Russian|Russian|
azure-openai|alloy|Alloy|female|en-US|English|American|
azure-openai|echo|Echo|male|en-US|English|American|
azure-openai|nova|Nova|female|en-US|English|American|
azure-openai|onyx|Onyx|male|en-US|English|American|
"""

PROVIDERS = ("microsoft", "elevenlabs", "amazon", "google", "azure-openai")


@dataclass(frozen=True)
class ProviderVoice:
    """One voice of one provider."""

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
        """The voice as the catalogue shows it."""
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


def _parse_table(table: str) -> tuple[ProviderVoice, ...]:
    rows = (line.split("|") for line in table.strip().splitlines())
    return tuple(
        ProviderVoice(a, b, c, d, e, f, g, tuple(filter(None, h.split(",")))) for a, b, c, d, e, f, g, h in rows
    )


VOICES = _parse_table(_VOICE_TABLE)


def find_voice(provider: str, voice_id: str) -> ProviderVoice | None:
    """A voice by its id, or Microsoft's by its short name."""
    return next((one for one in VOICES if one.provider == provider and voice_id in (one.id, one.short_name)), None)


def voice_by_id(voice_id: str) -> ProviderVoice | None:
    """A voice by its id alone."""
    return next((one for one in VOICES if one.id == voice_id), None)


def filter_voices(provider: str | None, voice_id: str | None) -> Iterable[ProviderVoice]:
    """The catalogue, narrowed."""
    return (s for s in VOICES if provider in (None, s.provider) and voice_id in (None, s.id))


_RATE_WORDS = {"x-slow": 0.6, "slow": 0.8, "medium": 1.0, "default": 1.0, "fast": 1.25, "x-fast": 1.6}
_PITCH_WORDS = {"x-low": 0.7, "low": 0.85, "medium": 1.0, "default": 1.0, "high": 1.15, "x-high": 1.3}


def to_speech_voice(provider: dict[str, Any]) -> SpeechVoice:
    """How the renderer is to speak for a provider's settings."""
    one = find_voice(str(provider["type"]), str(provider["voice_id"])) or VOICES[0]
    config = provider.get("voice_config") or {}
    spoken = str(provider.get("language") or "").partition(" (")[0] or one.locale
    pace, pitch = _parse_factor(config.get("rate"), _RATE_WORDS), _parse_factor(config.get("pitch"), _PITCH_WORDS)
    return SpeechVoice(spoken, one.gender, pace, pitch, VOICES.index(one) % 8)


def _parse_factor(given: object, words: dict[str, float]) -> float:
    text = str(given if given is not None else "medium")
    if text in words:
        return words[text]
    try:
        return _parse_number(text)
    except ValueError:
        return 1.0


def _parse_number(text: str) -> float:
    if text.endswith("st"):  # semitones
        return min(2.0, max(0.5, math.pow(2.0, float(text[:-2]) / 12)))
    if text.endswith("%"):
        return min(2.0, max(0.5, 1 + float(text[:-1]) / 100))
    if text.lower().endswith("hz"):
        return min(2.0, max(0.5, 1 + float(text[:-2]) / 200)) if text[0] in "+-" else 1.0
    return min(2.0, max(0.5, float(text)))
