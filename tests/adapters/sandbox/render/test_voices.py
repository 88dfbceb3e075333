"""Voices: languages looked up, timbres told apart, previews written."""

import wave
from pathlib import Path

import pytest

from adapters.sandbox.render.audio.speech import library_voice, speak_text, write_sample
from adapters.sandbox.render.face.mouths import CLOSED, REST, shapes_of
from adapters.sandbox.render.order import SpeechVoice


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("de", "de"),
        ("de-DE", "de"),
        ("German", "de"),
        ("fr-FR", "fr"),
        ("zh-CN", "cmn"),
        ("pt-BR", "pt-BR"),
        ("Malay", "ms"),
        ("en-GB", "en"),
        ("es-MX", "es-419"),
        ("Welsh", "cy"),
        ("Klingonese", "en-us"),
        ("", "en-us"),
    ],
)
def test_voices_are_found_by_tag_or_name(language: str, name: str) -> None:
    """Tags and English names find the language's voice; what is unknown is read in English."""
    assert library_voice(language) == name


def test_voices_of_a_catalogue_sound_different() -> None:
    """Gender and variant change the sound, rate its length."""
    sounds = {
        speak_text("Hello", SpeechVoice(gender=gender, variant=n)).samples.tobytes()
        for gender in ("female", "male")
        for n in range(8)
    }
    assert len(sounds) == 16
    assert (
        speak_text("Hello dear friends", SpeechVoice(rate=1.6)).seconds
        < 0.8 * speak_text("Hello dear friends", SpeechVoice()).seconds
    )


def test_a_preview_is_a_wav(tmp_path: Path) -> None:
    """A voice's preview is a short sound file."""
    write_sample(SpeechVoice("Italian", "male"), "Buongiorno a tutti", tmp_path / "v.wav")
    with wave.open(str(tmp_path / "v.wav")) as file:
        assert file.getnframes() / file.getframerate() > 0.7


def test_phonemes_become_shapes() -> None:
    """Lips meet for p, b and m; diphthongs are two shapes; pauses rest; a change of language is no sound."""
    assert shapes_of("m") == shapes_of("p") == shapes_of("b") == [CLOSED]
    assert len(shapes_of("ˈaʊ")) == 2
    assert shapes_of("") == [REST]
    assert shapes_of("(en)") == []
    assert shapes_of("ˈɑː")[0].open > 0.8 > shapes_of("s")[0].open
