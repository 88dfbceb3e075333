"""`didtalk ask` from line to file: every kind of request, with the sandbox inside, and no key anywhere."""

import asyncio
import wave
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.end_to_end.cli import CommandLine
from tests.end_to_end.video_probe import probe_video

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path, {})


def write_speech(path: Path, seconds: float = 3.0, loud: float = 0.4) -> Path:
    """A sound that swells and fades like speech."""
    time = np.arange(int(16000 * seconds)) / 16000
    swell = np.abs(np.sin(2 * np.pi * 1.5 * time))
    wave_ = (np.sin(2 * np.pi * 180 * time) * swell * loud * 32767).astype(np.int16)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(wave_.tobytes())
    return path


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Hello there, this is a talk. --voice Sara", "talk"),
        ("Hello with the whole picture. --stitch --subtitles --expression happy", "talk"),
        ("/did video Good morning from V4. --model v4 --background #223344", "video"),
        ("/did video Good morning from a clip. --model clip", "video"),
        ("/did video Good morning from a scene. --model scene", "video"),
    ],
)
async def test_words_become_a_video_that_speaks(cli: CommandLine, tmp_path: Path, text: str, kind: str) -> None:
    """H.264 and AAC, audible, moving."""
    out = tmp_path / "out.mp4"
    ran = await cli.ask(text, "--out", str(out))
    assert ran.exit_code == 0, ran.stderr + ran.stdout
    (result,) = ran.results
    assert (result["request"], result["made_at"], result["file"]) == (kind, "sandbox", str(out))
    film = probe_video(out)
    assert (film.video, film.audio) == ("h264", "aac")
    assert film.peak_loudness > 0.05
    assert film.mean_motion > 0.05
    assert abs(film.seconds - result["seconds"]) < 1.0
    assert out.with_suffix(".srt").exists() is ("--subtitles" in text)


@pytest.mark.slow
async def test_a_sound_becomes_lips(cli: CommandLine, tmp_path: Path) -> None:
    """Speech given as a file is what is heard."""
    out = tmp_path / "out.mp4"
    ran = await cli.ask("", "--audio", str(write_speech(tmp_path / "s.wav")), "--out", str(out))
    assert ran.exit_code == 0, ran.stderr + ran.stdout
    film = probe_video(out)
    assert 2.5 < film.seconds < 4.5
    assert film.peak_loudness > 0.05


@pytest.mark.slow
@pytest.mark.parametrize("family", ["nostalgia", "fun", "dance", "classics", "subtle", "stitch"])
async def test_each_family_animates(cli: CommandLine, tmp_path: Path, family: str) -> None:
    """A still face moves; only classics and dances are heard."""
    out = tmp_path / "out.mp4"
    ran = await cli.ask(f"/did animate {family} --image ben", "--out", str(out))
    assert ran.exit_code == 0, ran.stderr + ran.stdout
    film = probe_video(out)
    assert film.mean_motion > 0.02
    assert (film.peak_loudness > 0.01) is (family in ("classics", "dance"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("studio", "sentence"),
    [("did", "No face was found in “office.png”."), ("heygen", "HeyGen found no face in the picture.")],
)
async def test_a_picture_without_a_face_is_refused(cli: CommandLine, studio: str, sentence: str) -> None:
    """An office gets no mouth; each provider's own refusal says why there is no video."""
    ran = await cli.ask(f"Hello there --studio {studio}", "--image", str(EXAMPLES / "office.png"))
    assert ran.exit_code == 1
    assert sentence in ran.stdout + ran.stderr


@pytest.mark.slow
async def test_a_video_is_translated_into_two_languages(cli: CommandLine, tmp_path: Path) -> None:
    """Two jobs, two files, told apart by their names."""
    words = "This is a film of more than ten seconds. " * 5
    made = await cli.ask(words, "--out", str(tmp_path / "film.mp4"))
    assert made.exit_code == 0, made.stderr + made.stdout
    ran = await cli.ask("/did translate es fr", "--video", str(tmp_path / "film.mp4"), "--out", str(tmp_path / "t.mp4"))
    assert ran.exit_code == 0, ran.stderr + ran.stdout
    assert sorted(Path(each["file"]).name for each in ran.results) == ["t-french.mp4", "t-spanish.mp4"]
    for each in ran.results:
        film = probe_video(Path(each["file"]))
        assert film.seconds > 9
        assert film.peak_loudness > 0.05


@pytest.mark.slow
async def test_words_about_a_command_are_only_words(cli: CommandLine, tmp_path: Path) -> None:
    """A line that speaks of cancelling is spoken like any other; to cancel what is finished names another way."""
    out = tmp_path / "out.mp4"
    ran = await cli.ask("Type /did cancel to stop a job.", "--out", str(out))
    assert ran.exit_code == 0, ran.stderr + ran.stdout
    assert out.exists()
    said = await cli.ask("/did cancel")
    assert said.exit_code == 1
    assert "/did delete" in said.stdout


@pytest.mark.slow
async def test_scenes_take_their_files_by_name(cli: CommandLine, tmp_path: Path) -> None:
    """Each with `--file`; what no scene names would be refused."""
    for name, colour in (("office.png", "#336699"), ("beach.png", "#ddcc88")):
        Image.new("RGB", (640, 360), colour).save(tmp_path / name)
    scenes = tmp_path / "scenes.yml"
    scenes.write_text(
        "scenes:\n  - who: Anna\n    say: Hello\n    background: office.png\n"
        "  - photo: ada\n    say: Bye\n    background: beach.png\n"
    )
    files = [word for name in ("scenes.yml", "office.png", "beach.png") for word in ("--file", str(tmp_path / name))]
    out = tmp_path / "out.mp4"
    ran = await cli.ask("/did storyboard", *files, "--out", str(out))
    assert ran.exit_code == 0, ran.stderr + ran.stdout
    assert probe_video(out).seconds > 1


@pytest.mark.slow
async def test_a_line_may_begin_with_an_option_and_its_files_are_printed(cli: CommandLine, tmp_path: Path) -> None:
    """Scripts read the paths from standard output; a folder gets the file into it."""
    folder = tmp_path / "videos"
    folder.mkdir()
    ran = await cli.run_command("ask", "--voice Jenny Hello there --subtitles", "--out", str(folder))
    assert ran.exit_code == 0, ran.stderr + ran.stdout
    video, captions = (line.partition(" (")[0] for line in ran.stdout.splitlines()[:2])
    assert [Path(video), Path(captions)] == sorted(folder.iterdir())
    assert "Hello there" in await asyncio.to_thread(Path(captions).read_text)


@pytest.mark.slow
async def test_the_same_key_with_another_target_copies_the_video(cli: CommandLine, tmp_path: Path) -> None:
    """It is made once, and lies where the last call wanted it; a copy that is gone is told."""
    first, second = tmp_path / "first.mp4", tmp_path / "second.mp4"
    made = (await cli.ask("Hello", "--once", "order-17", "--out", str(first))).results[0]
    copied = (await cli.ask("Hello", "--once", "order-17", "--out", str(second))).results[0]
    assert (copied["job"], copied["file"]) == (made["job"], str(second))
    assert second.read_bytes() == first.read_bytes()
    assert f"Made before, as {first}; copied." in copied["notes"]
    first.unlink()
    gone = await cli.ask("Hello", "--once", "order-17", "--out", str(tmp_path / "third.mp4"))
    assert (gone.exit_code, "no longer there" in gone.stdout) == (1, True)
