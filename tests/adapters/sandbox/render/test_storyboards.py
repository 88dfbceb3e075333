"""Storyboards as people see them: scene after scene, at the asked size, with what was asked for in each."""

from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from adapters.sandbox import portraits
from adapters.sandbox.render.order import RenderFailed, RenderOrder, RenderScene
from adapters.sandbox.render.render import render_video

FRAME_SIZE = (320, 180)
RED, BLUE = "#cc2020", "#2020cc"


def render_storyboard(path: Path) -> npt.NDArray[np.uint8]:
    """Every picture of a film."""
    with av.open(str(path)) as file:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)])


def is_near(pixel: npt.NDArray[np.uint8], colour: tuple[int, int, int]) -> bool:
    return bool(np.abs(pixel.astype(int) - colour).max() < 24)


def test_scenes_follow_each_other_with_their_own_backgrounds(tmp_path: Path) -> None:
    """A red second of silence, then a blue one."""
    scenes = (
        RenderScene(silence=1.0, background=RED),
        RenderScene(portraits.portrait_path("ben"), silence=1.0, background=BLUE),
    )
    made = render_video(RenderOrder("storyboard", tmp_path / "a.mp4", scenes=scenes, size=FRAME_SIZE))
    frames = render_storyboard(made.path)
    assert (made.width, made.height, made.frames) == (*FRAME_SIZE, 50)
    assert is_near(frames[5, 6, 6], (204, 32, 32))
    assert is_near(frames[40, 6, 6], (32, 32, 204))


@pytest.mark.parametrize("shape", ["normal", "circle", "square", "closeUp"])
def test_whoever_is_framed_is_seen_where_they_were_put(tmp_path: Path, shape: str) -> None:
    """Moved to the left, they are left; the right is background."""
    scene = RenderScene(
        portraits.portrait_path("ada"),
        silence=1.0,
        background=BLUE,
        shape=shape,  # type: ignore[arg-type]
        scale=0.5,
        offset=(-0.25, 0),
    )
    frames = render_storyboard(
        render_video(RenderOrder("storyboard", tmp_path / "a.mp4", scenes=(scene,), size=FRAME_SIZE)).path
    )
    left, right = frames[10, :, :160].astype(int), frames[10, :, 170:].astype(int)
    assert np.abs(right - (32, 32, 204)).max() < 40
    assert np.abs(left - (32, 32, 204)).max() > 100


def test_a_background_film_moves_and_is_looped(tmp_path: Path) -> None:
    """It goes on for as long as somebody is seen."""
    back = render_video(RenderOrder("storyboard", tmp_path / "b.mp4", scenes=(
        RenderScene(silence=1.0, background=RED, scale=0.1), RenderScene(silence=1.0, background=BLUE, scale=0.1)
    ), size=FRAME_SIZE)).path  # fmt: skip
    scene = RenderScene(silence=4.0, background_video=back, play="loop", scale=0.3)
    frames = render_storyboard(
        render_video(RenderOrder("storyboard", tmp_path / "a.mp4", scenes=(scene,), size=FRAME_SIZE)).path
    )
    assert [is_near(frames[at, 6, 6], (204, 32, 32)) for at in (10, 35, 60, 85)] == [True, False, True, False]


@pytest.mark.parametrize(("fit", "corner"), [("cover", (200, 60, 30)), ("contain", (246, 246, 252))])
def test_a_picture_fills_the_background_or_is_whole_in_it(
    tmp_path: Path, fit: str, corner: tuple[int, int, int]
) -> None:
    """A tall picture in a wide frame."""
    Image.new("RGB", (90, 180), (200, 60, 30)).save(tmp_path / "p.png")
    scene = RenderScene(silence=1.0, background_picture=tmp_path / "p.png", fit=fit, scale=0.2)
    frames = render_storyboard(
        render_video(RenderOrder("storyboard", tmp_path / "a.mp4", scenes=(scene,), size=FRAME_SIZE)).path
    )
    assert is_near(frames[10, 6, 6], corner)


def test_captions_are_burnt_in_and_written_beside(tmp_path: Path) -> None:
    """At the times of the whole film, with the silence between."""
    scenes = (
        RenderScene(text="First.", background=BLUE),
        RenderScene(silence=1.0),
        RenderScene(text="Second.", background=BLUE),
    )
    order = RenderOrder(
        "storyboard", tmp_path / "a.mp4", scenes=scenes, size=FRAME_SIZE, subtitles=True, burn_captions=True
    )
    made = render_video(order)
    assert made.captions is not None
    lines = made.captions.read_text()
    assert "First." in lines
    assert "Second." in lines
    assert render_storyboard(made.path)[5, 150:172, 100:220].max() > 200


def test_a_board_without_scenes_is_spoilt(tmp_path: Path) -> None:
    """There is nothing to show."""
    with pytest.raises(RenderFailed):
        render_video(RenderOrder("storyboard", tmp_path / "a.mp4"))
