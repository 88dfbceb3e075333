"""Speech with the times of its sounds: what is said, in which voice, and how the mouth goes with it."""

import re
import wave
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from adapters.sandbox.render.audio import espeak
from adapters.sandbox.render.order import LONGEST_FILM, Spoilt, Voice

Samples = npt.NDArray[np.int16]

# The vendors' names and tags where the speech library has another word; Filipino has no voice of its own there, and
# Indonesian reads its spelling most nearly right.
_ALIASES = {
    "chinese": "cmn", "mandarin": "cmn", "zh": "cmn", "cantonese": "yue", "zh-hk": "yue",
    "filipino": "id", "tagalog": "id", "fil": "id", "tl": "id", "english": "en-us", "en": "en-us",
    "norwegian": "nb", "no": "nb", "french": "fr-fr", "fr": "fr-fr", "portuguese": "pt-br", "iw": "he",
    "spanish": "es", "malay": "ms", "english (uk)": "en-gb",
    "vietnamese": "vi", "persian": "fa", "armenian": "hy", "brazilian": "pt-br",
    "es-mx": "es-419", "es-us": "es-419", "es-ar": "es-419", "es-co": "es-419",
}  # fmt: skip
_VARIANTS = {"female": ("f2", "f3", "f4", "f1", "f5"), "male": ("m3", "m1", "m7", "m2", "m4", "m8")}
_WORDS_A_MINUTE = 165
_SLOWEST, _FASTEST = 80, 450


@dataclass(frozen=True)
class Speech:
    """Sound and, in seconds, its phonemes and words; a word is (start, first character, length)."""

    samples: Samples
    rate: int
    mouths: list[tuple[float, str]]
    words: list[tuple[float, int, int]] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """How long it sounds."""
        return len(self.samples) / self.rate


def speak(text: str, voice: Voice, ssml: bool = False, longest: float = LONGEST_FILM) -> Speech:
    """Speak a text in a voice."""
    if not plain(text, ssml).strip():
        raise Spoilt("UnknownError", "there are no words to speak")
    rate = round(min(max(_WORDS_A_MINUTE * voice.rate, _SLOWEST), _FASTEST))
    # Voices beyond the library's handful of timbres are told apart by a few steps of pitch.
    step = ((voice.variant // len(_timbres(voice))) % 5 - 2) * 4 if voice.variant >= len(_timbres(voice)) else 0
    pitch = round(min(max(50 * voice.pitch + step, 0), 99))
    sound, events = espeak.say(text, _name(voice), rate, pitch, longest, ssml)
    return Speech(
        np.frombuffer(sound, np.int16),
        espeak.library().rate,
        [(event.second, event.phoneme) for event in events if event.kind == "phoneme"],
        [(event.second, event.position, event.length) for event in events if event.kind == "word"],
    )


def plain(text: str, ssml: bool) -> str:
    """The words of a text without its markup."""
    return re.sub(r"<[^>]*>", " ", text) if ssml else text


def voices_for(language: str) -> str:
    """The speech library's voice for a language given as a tag or an English name; English when it has none."""
    wanted = language.strip().lower().replace("_", "-")
    for tag in (wanted, _ALIASES.get(wanted, ""), wanted.partition("-")[0]):
        if found := _by_tag(_ALIASES.get(tag, tag)):
            return found
    first_word = re.split(r"[\s(]", wanted)[0]
    titled = (each.name for each in espeak.known() if each.title.lower().startswith(first_word))
    return _by_tag(_ALIASES.get(first_word, "")) or (next(titled, "") if first_word else "") or "en-us"


def sample(voice: Voice, text: str, out: Path) -> None:
    """Write a short WAV of a voice, for its preview."""
    speech = speak(text, voice)
    with wave.open(str(out), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(speech.rate)
        file.writeframes(speech.samples.tobytes())


def _timbres(voice: Voice) -> tuple[str, ...]:
    """The timbres of a voice's gender."""
    return _VARIANTS["male" if voice.gender.lower().startswith("m") else "female"]


def _name(voice: Voice) -> str:
    """The full name the library knows language and timbre by."""
    timbres = _timbres(voice)
    return f"{voices_for(voice.language)}+{timbres[voice.variant % len(timbres)]}"


def _by_tag(tag: str) -> str:
    """The voice of exactly this tag, or the first of the tag's language."""
    exact = (each.name for each in espeak.known() if tag in (each.tag.lower(), each.name.lower()))
    wider = (each.name for each in espeak.known() if tag and each.tag.lower().partition("-")[0] == tag)
    return next(exact, "") or next(wider, "")
