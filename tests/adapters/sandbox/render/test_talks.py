"""Talks: what a chat needs of the file, and what a person sees in it."""

import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from adapters.sandbox import portraits
from adapters.sandbox.render.audio.speech_track import speech_track
from adapters.sandbox.render.order import RenderFailed, RenderOrder, SpeechVoice
from adapters.sandbox.render.render import render_video
from tests.adapters.sandbox.render.decoded_video import DecodedVideo, decode_video, has_fast_start

TEXT = "Welcome aboard! We are so happy to have you. My mother made five more muffins for everybody."
MOUTH_BOX = (200, 280, 312, 390)
"""Where both portraits have their mouth in a square film of 512 pixels."""


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A talk with captions and a silent end."""
    out = tmp_path_factory.mktemp("talk") / "ada.mp4"
    render_video(
        RenderOrder(
            "talk", out, picture=portraits.portrait_path("ada"), text=TEXT, pad=2.0, subtitles=True, label="rehearsal"
        )
    )
    return out


@pytest.fixture(scope="module")
def seen(spoken: Path) -> DecodedVideo:
    """The same talk, played."""
    return decode_video(spoken)


@pytest.mark.slow
def test_a_talk_plays_everywhere(spoken: Path, seen: DecodedVideo) -> None:
    """H.264 High in 4:2:0 with AAC, 512 pixels square, 25 pictures a second, playable while it loads."""
    assert (seen.video, seen.audio, seen.pixels, seen.profile) == ("h264", "aac", "yuv420p", "High")
    assert (seen.size, seen.fps) == ((512, 512), 25)
    assert has_fast_start(spoken)


def test_a_talk_is_heard_and_then_silent(seen: DecodedVideo) -> None:
    """The speech is audible, and the asked-for silence at the end is silence."""
    assert seen.loudness(0.2, seen.seconds - 2.2) > 1000
    assert seen.loudness(seen.seconds - 1.8, seen.seconds) < 20


def test_the_mouth_moves_with_the_speech(seen: DecodedVideo) -> None:
    """While there is speech the mouth moves; in the silence after it, it rests."""
    change, end = seen.mean_change(MOUTH_BOX), round((seen.seconds - 1.7) * seen.fps)
    assert change[: end - 10].mean() > 6 * change[end:].mean()


@pytest.mark.slow
def test_the_mouth_closes_for_an_m(tmp_path: Path) -> None:
    """Lips meet where the speech has them meet, so a word full of m has them shut for longer than one full of a."""
    words = {"m": "mm mum mum mum mum", "a": "ah ah ah ah ah ah"}
    darks = {}
    for name, text in words.items():
        render_video(RenderOrder("talk", tmp_path / f"{name}.mp4", picture=portraits.portrait_path("ben"), text=text))
        box = decode_video(tmp_path / f"{name}.mp4").frames[:, 300:360, 220:292]
        darks[name] = float((box < 60).mean())
    assert darks["a"] > 1.5 * darks["m"]


def test_captions_carry_the_words_and_their_times(spoken: Path) -> None:
    """The .srt beside the film has every sentence, in order, within the speech."""
    lines = spoken.with_suffix(".srt").read_text().split("\n\n")
    assert [block.splitlines()[2] for block in lines[:2]] == ["Welcome aboard!", "We are so happy to have you."]
    assert lines[0].startswith("1\n00:00:00,000 --> 00:00:0")


def test_given_sound_moves_the_mouth(tmp_path: Path) -> None:
    """With sound instead of text the mouth follows its loudness: still in a pause, moving in a tone."""
    t = np.arange(48_000) / 24_000
    tone = np.where((t * 2.5) % 1 < 0.6, np.sin(2 * np.pi * 190 * t), 0) * 12_000 * (t < 1.2)
    with wave.open(str(tmp_path / "tone.wav"), "wb") as file:
        file.setparams((1, 2, 24_000, 0, "NONE", ""))
        file.writeframes(tone.astype(np.int16).tobytes())
    render_video(
        RenderOrder("talk", tmp_path / "t.mp4", picture=portraits.portrait_path("ada"), sound=tmp_path / "tone.wav")
    )
    change = decode_video(tmp_path / "t.mp4").mean_change(MOUTH_BOX)
    assert change[:28].mean() > 4 * change[36:48].mean()


def test_a_stitched_talk_keeps_the_picture(tmp_path: Path) -> None:
    """With stitch the whole picture is there in its own shape, and nothing far from the face changes."""
    scene = Image.linear_gradient("L").convert("RGB").resize((901, 601))
    person = Image.open(portraits.cutout_path("ben")).resize((480, 480))
    scene.paste(person, (380, 120), person)
    scene.save(tmp_path / "scene.jpg")
    film = render_video(
        RenderOrder("talk", tmp_path / "s.mp4", picture=tmp_path / "scene.jpg", text="Hello there!", stitch=True)
    )
    seen = decode_video(film.path)
    assert seen.size == (film.width, film.height) == (900, 600)
    assert seen.mean_change((0, 0, 300, 600)).mean() < 0.1 < seen.mean_change((520, 300, 720, 480)).mean()


@pytest.mark.slow
def test_expressions_change_the_face(tmp_path: Path) -> None:
    """Happy, serious and surprise differ from neutral and from each other in brows and mouth."""
    faces = {}
    for name in ("neutral", "happy", "serious", "surprise"):
        order = RenderOrder(
            "talk", tmp_path / f"{name}.mp4", picture=portraits.portrait_path("ada"), text="Mm.", pad=0.4
        )
        render_video(replace(order, expressions=((0, name, 1.0),)))
        faces[name] = decode_video(order.out).frames[-1][120:400, 140:372]
    names = list(faces)
    for index, one in enumerate(names):
        for other in names[index + 1 :]:
            assert np.abs(faces[one] - faces[other]).mean() > 0.6, (one, other)


@pytest.mark.parametrize(("kind", "video", "audio"), [("mov", "h264", "aac"), ("webm", "vp9", "opus")])
def test_other_formats(tmp_path: Path, kind: str, video: str, audio: str) -> None:
    """A film can be asked for as mov and webm."""
    render_video(RenderOrder("talk", tmp_path / f"f.{kind}", text="Hello you.", format=kind))
    seen = decode_video(tmp_path / f"f.{kind}")
    assert seen.video.startswith(video) or seen.video == f"lib{video}"
    assert audio in seen.audio


@pytest.mark.parametrize("text", ["Привет, как дела?", "你好，世界。", "👋 hello", 'a <b> & "c"', "\0x", "…"])
def test_any_letters_make_a_film(tmp_path: Path, text: str) -> None:
    """No alphabet, sign or stray markup breaks a render."""
    small = RenderOrder("talk", tmp_path / "f.mp4", text=text, ssml="<" in text, subtitles=True, size=(96, 96))
    assert render_video(small).frames > 0


def test_markup_is_obeyed_and_not_spoken(tmp_path: Path) -> None:
    """A break in SSML lengthens the film, and no tag gets into the captions."""
    text = '<speak>Hello <break time="1500ms"/> there, <prosody rate="slow">dear</prosody> friend.</speak>'
    order = RenderOrder("talk", tmp_path / "f.mp4", text=text, ssml=True, subtitles=True, size=(96, 96))
    marked, plain = render_video(order), render_video(replace(order, text="Hello there, dear friend.", ssml=False))
    assert marked.seconds > plain.seconds + 1.2
    assert "<" not in order.out.with_suffix(".srt").read_text()


def test_a_book_becomes_a_film_of_two_minutes(tmp_path: Path) -> None:
    """40,000 characters are cut, since this is a rehearsal."""
    said = speech_track(RenderOrder("talk", tmp_path / "f.mp4", text="A long tale indeed. " * 2000, pad=9))
    assert said.motion.frames == 120 * 25
    assert len(said.samples) == 120 * 48_000


@pytest.mark.parametrize("text", ["", "   \n", None])
def test_no_words_no_film(tmp_path: Path, text: str | None) -> None:
    """Without words there is a reason instead of a film."""
    with pytest.raises(RenderFailed, match="no words"):
        render_video(RenderOrder("talk", tmp_path / "f.mp4", text=text))


def test_a_flat_picture_has_no_face(tmp_path: Path) -> None:
    """A picture of one colour is refused as the vendor does it."""
    Image.new("RGB", (300, 300), (200, 150, 120)).save(tmp_path / "flat.png")
    with pytest.raises(RenderFailed, match="face not detected") as refusal:
        render_video(RenderOrder("talk", tmp_path / "f.mp4", picture=tmp_path / "flat.png", text="Hello"))
    assert refusal.value.kind == "FaceError"


def test_broken_material_is_named(tmp_path: Path) -> None:
    """A picture, logo or sound that is none is refused by its kind, and no half film is left."""
    (tmp_path / "no").write_bytes(b"not a picture")
    for changes, kind in (({"picture": tmp_path / "no"}, "SourceError"), ({"logo": tmp_path / "no"}, "LogoError")):
        with pytest.raises(RenderFailed) as refusal:
            render_video(replace(RenderOrder("talk", tmp_path / "f.mp4", text="Hello"), **changes))  # type: ignore[arg-type]
        assert refusal.value.kind == kind
    assert [path.name for path in tmp_path.iterdir()] == ["no"]


def test_a_fluent_talk_loops(tmp_path: Path) -> None:
    """A fluent film with silence at its end finishes as it began."""
    order = RenderOrder(
        "talk", tmp_path / "f.mp4", text="Hello, how are you?", pad=0.6, family="lively", size=(256, 256)
    )
    render_video(replace(order, fluent=True))
    frames = decode_video(order.out).frames
    assert np.abs(frames[0] - frames[-1])[40:110].mean() < 1.2


def test_a_presenter_stands_before_the_background(tmp_path: Path) -> None:
    """A presenter film is 1280 by 720 with the asked-for colour behind; a crop shows only its part of it."""
    order = RenderOrder(
        "presenter", tmp_path / "p.mp4", picture=portraits.portrait_path("ben"), text="Hi.", background="#204060"
    )
    film = render_video(order)
    corner = decode_video(film.path).frames[0][:80, :200]
    assert (film.width, film.height) == (1280, 720)
    assert float(corner.std()) < 2
    cut = render_video(replace(order, crop=(0.0, 0.25, 1.0, 0.75), max_side=360, voice=SpeechVoice(gender="male")))
    assert (cut.width, cut.height) == (320, 360)
