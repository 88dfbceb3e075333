"""Animations: families that really differ, and sound only where it was asked for."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from adapters.sandbox import portraits
from adapters.sandbox.render.face import head_motion
from adapters.sandbox.render.order import RenderOrder
from adapters.sandbox.render.render import render_video
from tests.adapters.sandbox.render.decoded_video import decode_video

FAMILIES = ("nostalgia", "fun", "dance", "classics", "subtle", "stitch")


def test_families_move_differently() -> None:
    """Each family has its own character: fun and dance move much, subtle hardly at all, nostalgia slowly."""
    amounts, paces = {}, {}
    for family in FAMILIES:
        curves = head_motion.animation_motion(family, "driver-04", 6.0, 20).curves
        head = np.stack([curves.get(name, np.zeros(120)) for name in ("right", "down", "roll", "yaw", "pitch")])
        amounts[family], paces[family] = float(np.ptp(head, axis=1).sum()), float(np.abs(np.diff(head)).sum())
    assert amounts["subtle"] < amounts["stitch"] < amounts["dance"]
    assert paces["nostalgia"] < 0.6 * min(paces["dance"], paces["fun"])
    assert len({round(pace, 4) for pace in paces.values()}) == len(FAMILIES)


def test_a_driver_is_always_the_same_and_unlike_the_next() -> None:
    """The same driver gives the same film every time, another one another film."""
    one, again, other = (
        head_motion.animation_motion("dance", name, 4.0, 20).curves["right"] for name in ("d-01", "d-01", "d-02")
    )
    assert np.array_equal(one, again)
    assert not np.allclose(one, other, atol=0.01)


def test_an_animation_is_silent_and_moves(tmp_path: Path) -> None:
    """An animation runs at 20 pictures a second, moves the face and makes no sound."""
    render_video(
        RenderOrder(
            "animation", tmp_path / "a.mp4", picture=portraits.portrait_path("ben"), family="dance", size=(256, 256)
        )
    )
    seen = decode_video(tmp_path / "a.mp4")
    assert (seen.video, seen.fps, seen.size) == ("h264", 20, (256, 256))
    assert seen.mean_change((60, 40, 200, 200)).mean() > 1
    assert seen.loudness(0, seen.seconds) < 1


@pytest.mark.parametrize("mute", [True, False])
def test_classics_sing_unless_mute(tmp_path: Path, mute: bool) -> None:
    """The singing family is heard when it is not mute, and its mouth moves either way."""
    render_video(
        RenderOrder(
            "animation", tmp_path / "a.mp4", family="classics", driver="driver-amazing", mute=mute, size=(256, 256)
        )
    )
    seen = decode_video(tmp_path / "a.mp4")
    assert (seen.loudness(0.2, seen.seconds - 0.6) > 800) is not mute
    assert seen.mean_change((100, 140, 156, 195)).mean() > 0.5


@pytest.mark.slow
def test_every_face_of_a_group_moves(tmp_path: Path) -> None:
    """A stitched animation of two people moves both, not in step."""
    scene = Image.new("RGB", (750, 420), (90, 110, 120))
    for name, left in (("ada", 0), ("ben", 330)):
        person = Image.open(portraits.cutout_path(name)).resize((420, 420))
        scene.paste(person, (left, 0), person)
    scene.save(tmp_path / "two.png")
    order = RenderOrder(
        "animation", tmp_path / "a.mp4", picture=tmp_path / "two.png", family="subtle", stitch=True, faces=5
    )
    render_video(order)
    seen = decode_video(order.out)
    one, other = seen.mean_change((135, 135, 285, 300)), seen.mean_change((465, 135, 615, 300))
    assert min(one.mean(), other.mean()) > 0.1
    assert float(np.corrcoef(one, other)[0, 1]) < 0.95
