"""Faces: the shipped portraits exactly, others nearly, none where there is none, and the caller's box obeyed."""

from math import cos, dist, radians, sin
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from adapters.sandbox import portraits
from adapters.sandbox.render.face import faces
from adapters.sandbox.render.face.landmarks import Landmarks
from adapters.sandbox.render.order import RenderFailed

ROOT = Path(__file__).parents[4]


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
    """In any other picture eyes and mouth are found to within a tenth of the distance between the eyes."""
    image, true = draw_scene(name, size, side, left, top)
    found = faces.find_face(ImageOps.grayscale(image).convert("RGB") if grey else image)
    for one, other in ((found.left_eye, true.left_eye), (found.right_eye, true.right_eye), (found.mouth, true.mouth)):
        assert dist(one, other) < 0.1 * true.eye_distance


def test_the_callers_box_decides(tmp_path: Path) -> None:
    """With two people in the picture the face in the given box is taken."""
    image, ben = draw_two_people()
    found = faces.find_face(image, (670, 120, 160, 220))
    assert dist(found.eye_middle, ben.eye_middle) < 0.1 * ben.eye_distance
    with pytest.raises(RenderFailed, match="face not detected"):
        faces.find_face(image, (430, 300, 120, 160))


def draw_two_people() -> tuple[Image.Image, Landmarks]:
    """Ada, and Ben on her left, a little smaller; and where his features are."""
    image, _ = draw_scene("ada", (1000, 500), 480, 0, 20)
    person = Image.open(portraits.cutout_path("ben")).resize((400, 400))
    image.paste(person, (550, 50), person)
    return image, portraits.load_landmarks("ben").transformed(400 / portraits.SIDE_PIXELS, 550, 50)


def test_of_two_people_the_larger_one_speaks() -> None:
    """One mouth moves, in the larger face; when several may move, both have their own."""
    image, ben = draw_two_people()
    ada = portraits.load_landmarks("ada").transformed(480 / portraits.SIDE_PIXELS, 0, 20)
    found = faces.find_faces(image, 5)
    assert len(found) == 2
    for one, true in zip(found, (ada, ben), strict=True):
        assert dist(one.mouth, true.mouth) < 0.1 * true.eye_distance
    assert faces.find_face(image) == found[0]


@pytest.mark.parametrize("degrees", [-25, 12])
@pytest.mark.parametrize(
    ("name", "across", "down"),
    [
        ("examples/photo.jpg", 0.5, 0.588),
        ("docs/images/talk.jpg", 0.498, 0.612),
        ("docs/images/translate.jpg", 0.497, 0.625),
        ("docs/images/animate.jpg", 0.494, 0.625),
    ],
)
def test_pictures_of_this_project_get_their_mouth_where_it_is(
    name: str, across: float, down: float, degrees: int
) -> None:
    """The example and scenes of films, turned so that nobody knows the portrait; where the mouth is was seen by eye."""
    image = Image.open(ROOT / name).convert("RGB")
    true = turn((across * image.width, down * image.height), degrees, image.width / 2)
    found = faces.find_face(image.rotate(degrees, fillcolor=(150, 170, 190)))
    assert dist(found.mouth, true) < 0.03 * image.width


def turn(point: tuple[float, float], degrees: float, middle: float) -> tuple[float, float]:
    """Where a point goes when its picture is turned, as Pillow turns it."""
    angle, x, y = radians(degrees), point[0] - middle, point[1] - middle
    return middle + x * cos(angle) + y * sin(angle), middle - x * sin(angle) + y * cos(angle)


def draw_cartoon() -> Image.Image:
    """A face of ellipses with the middle of its lips at (256, 345)."""
    image = Image.new("RGB", (512, 512), (120, 180, 220))
    pen = ImageDraw.Draw(image)
    pen.ellipse((130, 90, 382, 430), fill=(235, 190, 160))
    pen.pieslice((120, 60, 392, 330), 180, 360, fill=(80, 50, 30))
    for x in (205, 307):
        pen.ellipse((x - 32, 215, x + 32, 255), fill="white")
        pen.ellipse((x - 14, 220, x + 14, 250), fill=(60, 90, 140))
        pen.ellipse((x - 6, 228, x + 6, 242), fill="black")
    pen.line((256, 250, 246, 300, 262, 304), fill=(190, 140, 110), width=5)
    pen.chord((206, 310, 306, 380), 0, 180, fill=(170, 60, 60))
    return image


def test_a_drawn_face_speaks_with_its_own_mouth() -> None:
    """A drawing that the detector takes for a face gets its moving mouth in its painted one."""
    found = faces.find_face(draw_cartoon())
    assert 226 < found.mouth[0] < 286
    assert 325 < found.mouth[1] < 375


def draw_smiley(skin: str) -> Image.Image:
    image = Image.new("RGB", (400, 400), "lightblue")
    pen = ImageDraw.Draw(image)
    pen.ellipse((60, 60, 340, 340), fill=skin, outline="black", width=6)
    for x in (150, 250):
        pen.ellipse((x - 12, 148, x + 12, 172), fill="black")
    pen.arc((130, 170, 270, 280), 20, 160, fill="black", width=8)
    return image


def draw_text() -> Image.Image:
    image = Image.new("RGB", (600, 400), "white")
    ImageDraw.Draw(image).text((20, 20), "The quick brown fox jumps over\nthe lazy dog. " * 9, fill="black")
    return image


def draw_noise() -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 255, (25, 25, 3), np.uint8)).resize((500, 500))


def draw_upside_down() -> Image.Image:
    return Image.open(portraits.portrait_path("ben")).rotate(180)


@pytest.mark.parametrize(
    "image",
    [
        draw_smiley("gold"), draw_smiley("white"), draw_text(), draw_noise(), draw_upside_down(),
        Image.open(ROOT / "examples/office.png"), Image.new("RGB", (3000, 40), "tan"), Image.new("RGB", (1, 1)),
    ],
    ids=["smiley", "line drawing", "text", "noise", "upside down", "office", "strip", "point"],
)  # fmt: skip
def test_what_is_no_face_is_refused(image: Image.Image) -> None:
    """Where the detector is not sure, the picture is refused in D-ID's words rather than given a mouth somewhere."""
    with pytest.raises(RenderFailed, match=r"^face not detected$") as refusal:
        faces.find_face(image)
    assert refusal.value.kind == "FaceError"
