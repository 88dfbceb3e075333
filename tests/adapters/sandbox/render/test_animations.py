"""Animations: families that really differ, and sound only where it was asked for."""

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from adapters.sandbox import portraits
from adapters.sandbox.render.face import head_motion
from adapters.sandbox.render.order import RenderOrder
from adapters.sandbox.render.render import render_video
from tests.adapters.sandbox.render.decoded_video import DecodedVideo, decode_video

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


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, DecodedVideo]:
    """The same portrait moved by three families, as small films with their sound."""
    seen, folder = {}, tmp_path_factory.mktemp("families")
    for family in ("nostalgia", "fun", "dance"):
        order = RenderOrder("animation", folder / f"{family}.mp4", family=family, driver="driver-01", mute=False)
        seen[family] = decode_video(render_video(replace(order, size=(192, 192))).path)
    return seen


def test_dance_fun_and_nostalgia_look_different(films: dict[str, DecodedVideo]) -> None:
    """No two families show the same moves: and nostalgia takes its time."""
    pace = {family: float(film.mean_change((50, 30, 142, 150)).mean()) for family, film in films.items()}
    assert pace["nostalgia"] < 0.5 * min(pace["dance"], pace["fun"])
    for one, other in combinations(films.values(), 2):
        assert np.abs(one.frames[20:100] - other.frames[20:100]).mean() > 3


def test_fun_pulls_faces_and_a_dance_swings() -> None:
    """The mouth and the brows go to extremes in fun, the whole head in a dance, nothing in nostalgia."""
    fun, dance, calm = (
        head_motion.animation_motion(family, "d", 8, 20).curves for family in ("fun", "dance", "nostalgia")
    )
    assert fun["open"].max() > 0.8
    assert np.ptp(fun["brow"]) > 2 * max(np.ptp(dance["brow"]), np.ptp(calm["brow"]))
    assert np.ptp(dance["right"]) > 1.5 * np.ptp(fun["right"]) > 1.5 * np.ptp(calm["right"])


def test_a_dance_has_music_and_nods_to_it(films: dict[str, DecodedVideo]) -> None:
    """The music of a dance is loud on every beat, where the head is lowest; the other two are silent."""
    beat = 1 / head_motion.dance_tempo("driver-01")
    down = head_motion.animation_motion("dance", "driver-01", 8.0, 20).curves["down"]
    for count in range(2, 14):
        at = count * beat
        assert films["dance"].loudness(at, at + 0.08) > 1.5 * films["dance"].loudness(at - 0.1, at - 0.02) > 300
        assert down[round(at * 20)] > 0.5 * down.max() > down[round((at + beat / 2) * 20)]
    assert max(films[family].loudness(0, 6) for family in ("nostalgia", "fun")) < 1


def test_an_animation_is_silent_and_moves(tmp_path: Path) -> None:
    """An animation runs at 20 pictures a second, moves the face and makes no sound unless asked."""
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
