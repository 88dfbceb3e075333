"""`didtalk ask` with HeyGen, without any key: storyboards, photos, presenters and translations as real videos."""

import json
from pathlib import Path

import pytest
from PIL import Image

from tests.end_to_end.cli import CommandLine
from tests.end_to_end.video_probe import probe_video

SCENES_YAML = """
title: Welcome
size: 640x360
captions: true
scenes:
  - who: Anna
    say: Hello, I stand before a picture.
    background: office.png
  - who: Anna
    silence: 1
  - photo: ben
    say: I am a talking photo.
    style: circle
    voice: Marlow
    background: "#223344"
"""


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path, {})


@pytest.mark.slow
async def test_a_storyboard_in_a_file_becomes_a_film(cli: CommandLine, tmp_path: Path) -> None:
    """An avatar, a talking photo, an image background, a silence and captions, at the asked size."""
    (tmp_path / "scenes.yml").write_text(SCENES_YAML)
    Image.new("RGB", (400, 300), (90, 160, 90)).save(tmp_path / "office.png")
    out = tmp_path / "out.mp4"
    files = ("--file", str(tmp_path / "scenes.yml"), "--image", str(tmp_path / "office.png"))
    ran = await cli.ask("/did storyboard", *files, "--out", str(out))
    assert ran.exit_code == 0, ran.stderr + ran.stdout
    (result,) = ran.results
    assert (result["studio"], result["request"]) == ("heygen", "storyboard")
    assert result["notes"][0].startswith("Plan: 3 scenes · Anna, ben")
    film = probe_video(out)
    assert (film.width, film.height, film.video, film.audio) == (640, 360, "h264", "aac")
    assert film.seconds > 4
    assert film.peak_loudness > 0.05
    assert "talking photo" in out.with_suffix(".srt").read_text()


@pytest.mark.slow
async def test_a_plan_is_shown_and_nothing_sent(cli: CommandLine, tmp_path: Path) -> None:
    """A dry run, with a line for each scene."""
    ran = await cli.ask("/did storyboard --plan @Anna: Hello there. [silence 2]")
    assert ran.exit_code == 0
    (told,) = ran.results
    assert told["lines"][:2] == [
        "Plan: 2 scenes · Anna · about 3 seconds",
        "1. Anna says “Hello there.”, about 1 s",
    ]
    assert not list(tmp_path.rglob("*.mp4"))  # noqa: ASYNC240 - a test may wait


@pytest.mark.slow
async def test_a_slip_in_a_file_is_told_with_its_line(cli: CommandLine, tmp_path: Path) -> None:
    """Nothing is recorded and nothing spent."""
    (tmp_path / "scenes.yml").write_text("scenes:\n  - who: Anna\n    say: Hi\n    speed: 1.6\n")
    ran = await cli.ask("/did storyboard", "--file", str(tmp_path / "scenes.yml"))
    assert ran.exit_code == 1
    assert json.loads(ran.stdout)["error"] == "Line 4: speed is a number from 0.5 to 1.5; this is 1.6."


@pytest.mark.slow
async def test_a_photo_speaks_by_v3_and_is_translated_into_two_languages(cli: CommandLine, tmp_path: Path) -> None:
    """A v3 image video, then two translations of it."""
    film = tmp_path / "film.mp4"
    words = "A photo that speaks for some seconds, so that there is something to translate. --studio heygen --subtitles"
    made = await cli.ask(words, "--out", str(film))
    assert made.exit_code == 0, made.stderr + made.stdout
    assert made.results[0]["ticket"].startswith("v3/video/")
    assert film.with_suffix(".srt").exists()
    line = "/did translate es fr --studio heygen"
    ran = await cli.ask(line, "--video", str(film), "--out", str(tmp_path / "t.mp4"))
    assert ran.exit_code == 0, ran.stderr + ran.stdout
    assert sorted(Path(each["file"]).name for each in ran.results) == ["t-french.mp4", "t-spanish.mp4"]
    assert all(probe_video(Path(each["file"])).peak_loudness > 0.05 for each in ran.results)


@pytest.mark.slow
async def test_a_presenter_brings_its_studio(cli: CommandLine, tmp_path: Path) -> None:
    """Whose avatar is named makes the video; nobody has to say which studio that is."""
    ran = await cli.ask(
        "/did video Good morning --presenter Viktor --background #223344", "--out", str(tmp_path / "v.mp4")
    )
    assert ran.exit_code == 0, ran.stderr + ran.stdout
    assert ran.results[0]["studio"] == "heygen"


@pytest.mark.slow
async def test_a_template_is_filled(cli: CommandLine, tmp_path: Path) -> None:
    """Its blanks by name; what was not given stays as the template has it."""
    line = '/did template Welcome --fill first_name=Ana --fill "closing=See you soon." --fill speaker=Viktor'
    ran = await cli.ask(line, "--out", str(tmp_path / "w.mp4"))
    assert ran.exit_code == 0, ran.stderr + ran.stdout
    assert probe_video(tmp_path / "w.mp4").peak_loudness > 0.05
    empty = await cli.ask("/did template Welcome")
    assert "needs text for first_name" in json.loads(empty.stdout)["error"]
