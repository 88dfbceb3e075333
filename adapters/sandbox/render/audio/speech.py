"""Speech with the times of its sounds: what is said, in which voice, and how the mouth goes with it."""

import re
import wave
from pathlib import Path

from adapters.sandbox.render.audio import espeak
from adapters.sandbox.render.order import MAX_VIDEO_SECONDS, RenderFailed, SpeechVoice

# The vendors' names and tags where the speech library has another word; Filipino has no voice of its own there, and
# Indonesian reads its spelling most nearly right.
_LANGUAGE_ALIASES = {
    "chinese": "cmn", "mandarin": "cmn", "zh": "cmn", "cantonese": "yue", "zh-hk": "yue",
    "filipino": "id", "tagalog": "id", "fil": "id", "tl": "id", "english": "en-us", "en": "en-us",
    "norwegian": "nb", "no": "nb", "french": "fr-fr", "fr": "fr-fr", "portuguese": "pt-br", "iw": "he",
    "spanish": "es", "malay": "ms", "english (uk)": "en-gb",
    "vietnamese": "vi", "persian": "fa", "armenian": "hy", "brazilian": "pt-br",
    "es-mx": "es-419", "es-us": "es-419", "es-ar": "es-419", "es-co": "es-419",
}  # fmt: skip
_TIMBRES = {"female": ("f2", "f3", "f4", "f1", "f5"), "male": ("m3", "m1", "m7", "m2", "m4", "m8")}
_WORDS_PER_MINUTE = 165
_MIN_WORDS_PER_MINUTE, _MAX_WORDS_PER_MINUTE = 80, 450


def speak_text(text: str, voice: SpeechVoice, ssml: bool = False) -> espeak.Speech:
    if not strip_markup(text, ssml).strip():
        raise RenderFailed("UnknownError", "there are no words to speak")
    rate = round(min(max(_WORDS_PER_MINUTE * voice.rate, _MIN_WORDS_PER_MINUTE), _MAX_WORDS_PER_MINUTE))
    # Voices beyond the library's few timbres differ by some steps of pitch.
    cycle = voice.variant // len(_timbres_of(voice))
    step = (cycle % 5 - 2) * 4 if cycle else 0
    pitch = round(min(max(50 * voice.pitch + step, 0), 99))
    return espeak.synthesize(text, _library_name(voice), rate, pitch, MAX_VIDEO_SECONDS, ssml)


def strip_markup(text: str, ssml: bool) -> str:
    return re.sub(r"<[^>]*>", " ", text) if ssml else text


def library_voice(language: str) -> str:
    """The speech library's voice for a language given as a tag or an English name; English when it has none."""
    wanted = language.strip().lower().replace("_", "-")
    for tag in (wanted, _LANGUAGE_ALIASES.get(wanted, ""), wanted.partition("-")[0]):
        if found := _voice_by_tag(_LANGUAGE_ALIASES.get(tag, tag)):
            return found
    first_word = re.split(r"[\s(]", wanted)[0]
    titled = (each.name for each in espeak.installed_voices() if each.title.lower().startswith(first_word))
    return _voice_by_tag(_LANGUAGE_ALIASES.get(first_word, "")) or (next(titled, "") if first_word else "") or "en-us"


def write_sample(voice: SpeechVoice, text: str, out: Path) -> None:
    """Write a short WAV of a voice, for its preview."""
    speech = speak_text(text, voice)
    with wave.open(str(out), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(speech.rate)
        file.writeframes(speech.sound)


def _timbres_of(voice: SpeechVoice) -> tuple[str, ...]:
    return _TIMBRES["male" if voice.gender.lower().startswith("m") else "female"]


def _library_name(voice: SpeechVoice) -> str:
    timbres = _timbres_of(voice)
    return f"{library_voice(voice.language)}+{timbres[voice.variant % len(timbres)]}"


def _voice_by_tag(tag: str) -> str:
    """The voice of exactly this tag, or the first of the tag's language."""
    exact = (each.name for each in espeak.installed_voices() if tag in (each.tag.lower(), each.name.lower()))
    wider = (each.name for each in espeak.installed_voices() if tag and each.tag.lower().partition("-")[0] == tag)
    return next(exact, "") or next(wider, "")
