"""Faces: the shipped portraits exactly, others nearly, and the caller's box obeyed."""

from math import dist
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from adapters.sandbox import portraits
from adapters.sandbox.render.face import faces
from adapters.sandbox.render.face.landmarks import Landmarks


def draw_scene(name: str, size: tuple[int, int], side: int, left: int, top: int) -> tuple[Image.Image, Landmarks]:
    """A portrait somewhere in a cluttered picture, and where its features are."""
    noise = np.random.default_rng(3).normal(128, 45, (size[1] // 8, size[0] // 8)).clip(0, 255)
    image = Image.fromarray(noise.astype(np.uint8)).resize(size).convert("RGB")
    pen = ImageDraw.Draw(image)
    for step in range(6):
        pen.rectangle(
            (step * 97, step * 61, step * 97 + 90, step * 61 + 130), fill=(40 + 30 * step, 160 - 20 * step, 90)
        )
    person = Image.open(portraits.cutout_path(name)).resize((side, side))
    image.paste(person, (left, top), person)
    return image, portraits.load_landmarks(name).transformed(side / portraits.SIDE_PIXELS, left, top)


@pytest.mark.parametrize("name", portraits.PORTRAIT_NAMES)
def test_copies_of_our_portraits_are_recognised(name: str, tmp_path: Path) -> None:
    """Scaled and compressed copies are known and have exact landmarks; a cut or mirrored one is another picture."""
    original = Image.open(portraits.portrait_path(name))
    original.resize((400, 400)).save(tmp_path / "copy.jpg", quality=60)
    copy = Image.open(tmp_path / "copy.jpg")
    assert portraits.match_portrait(copy) == name
    assert faces.find_face(copy) == portraits.load_landmarks(name).transformed(400 / portraits.SIDE_PIXELS)
    assert portraits.match_portrait(original.crop((0, 0, 560, 560))) is None
    assert portraits.match_portrait(ImageOps.mirror(original)) is None


@pytest.mark.parametrize(
    ("name", "size", "side", "left", "top"),
    [("ada", (600, 800), 500, 40, 120), ("ben", (900, 600), 400, 300, 150), ("ada", (1200, 800), 300, 700, 200)],
)
@pytest.mark.parametrize("grey", [False, True])
def test_a_face_is_found_in_clutter(
    name: str, size: tuple[int, int], side: int, left: int, top: int, grey: bool
) -> None:
    """In any other picture eyes and mouth are found to within a fifth of the distance between the eyes."""
    image, true = draw_scene(name, size, side, left, top)
    found = faces.find_face(ImageOps.grayscale(image).convert("RGB") if grey else image)
    for one, other in ((found.left_eye, true.left_eye), (found.right_eye, true.right_eye), (found.mouth, true.mouth)):
        assert dist(one, other) < 0.2 * true.eye_distance


def test_the_callers_box_decides(tmp_path: Path) -> None:
    """With two people in the picture the face in the given box is taken."""
    image, _ = draw_scene("ada", (1000, 500), 460, 0, 20)
    person = Image.open(portraits.cutout_path("ben")).resize((460, 460))
    image.paste(person, (520, 20), person)
    true = portraits.load_landmarks("ben").transformed(460 / portraits.SIDE_PIXELS, 520, 20)
    found = faces.find_face(image, (670, 120, 160, 220))
    assert dist(found.eye_middle, true.eye_middle) < 0.25 * true.eye_distance
