"""Translations: the same pictures with another voice, and captions in the new language."""

from pathlib import Path

import numpy as np
import pytest

from adapters.sandbox.render import captions
from adapters.sandbox.render.audio.speech import library_voice, speak_text
from adapters.sandbox.render.order import RenderFailed, RenderOrder, SpeechVoice
from adapters.sandbox.render.render import render_video
from adapters.sandbox.render.translate import load_phrases
from tests.adapters.sandbox.render.decoded_video import decode_video


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film to translate."""
    out = tmp_path_factory.mktemp("source") / "talk.mp4"
    render_video(
        RenderOrder("talk", out, text="Good morning everybody, this is the film to translate.", size=(320, 320))
    )
    return out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "word"), [("French", "exemple de traduction"), ("Tamil", "தமிழ்"), ("Chinese", "中文")]
)
def test_a_translation_keeps_the_film_and_changes_the_voice(
    source: Path, tmp_path: Path, language: str, word: str
) -> None:
    """Length, size and pace stay; there is other sound; the .srt is in the language."""
    before = decode_video(source)
    film = render_video(RenderOrder("translation", tmp_path / "t.mp4", video=source, language=language))
    after = decode_video(film.path)
    assert (after.size, after.fps, len(after.frames)) == (before.size, before.fps, len(before.frames))
    assert np.abs(after.frames[:, :200] - before.frames[:, :200]).mean() < 3
    assert after.loudness(0.1, after.seconds - 0.1) > 500
    assert not np.array_equal(after.sound[:9600], before.sound[:9600])
    assert film.captions is not None
    assert word in film.captions.read_text(encoding="utf-8")


def test_captions_are_burnt_in_only_where_a_font_can(source: Path, tmp_path: Path) -> None:
    """Latin captions appear in the picture; a script whose letters join is never drawn as boxes."""
    assert captions.draw_caption("Grüße an alle", (640, 360)) is not None
    assert captions.draw_caption("مرحبا", (640, 360)) is None
    assert captions.draw_caption("\U0001f9ff\u0bb5", (640, 360)) is None


@pytest.mark.parametrize("language", load_phrases())
def test_every_language_is_spoken(language: str) -> None:
    """Each of the vendor's 29 languages has sentences and a voice that speaks them in earnest."""
    speech = speak_text(load_phrases()[language][0], SpeechVoice(language=language))
    letters = [phoneme for _, phoneme in speech.phonemes if phoneme and not phoneme.startswith("(")]
    assert speech.seconds > 1
    assert len(letters) > 8
    assert language == "English" or not library_voice(language).lower().startswith("en")


def test_a_text_is_no_video(tmp_path: Path) -> None:
    """What is no video is refused."""
    (tmp_path / "t.mp4").write_text("hello")
    with pytest.raises(RenderFailed, match="video"):
        render_video(RenderOrder("translation", tmp_path / "o.mp4", video=tmp_path / "t.mp4", language="French"))
