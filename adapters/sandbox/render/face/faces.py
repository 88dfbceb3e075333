"""Finds the faces in a picture: exactly for the shipped portraits, with a detector in any other."""

from dataclasses import replace
from math import hypot
from pathlib import Path

import numpy as np
from PIL import Image

from adapters.sandbox import portraits
from adapters.sandbox.render import pictures
from adapters.sandbox.render.face.detector import DetectedFace, detect_faces
from adapters.sandbox.render.face.landmarks import Landmarks, average_landmarks
from adapters.sandbox.render.order import FaceBox, RenderFailed

GivenBox = tuple[int, int, int, int]
"""Left, top, width and height of the place where the caller says that a face is."""

_GIVEN_BOX_MARGIN = 0.4
"""A caller's box often ends at the chin and the brows; the detector wants the whole head."""


def find_face(image: Image.Image, given: GivenBox | None = None) -> Landmarks:
    """The landmarks of the largest face in a picture, inside the box the caller gave if one was given."""
    return find_faces(image, 1, given)[0]


def find_faces(image: Image.Image, max_faces: int, given: GivenBox | None = None) -> list[Landmarks]:
    """The faces in a picture, the largest first: at least one, or the picture is refused as the vendor does it."""
    if given is None and (name := portraits.match_portrait(image)):
        return [portraits.load_landmarks(name).transformed(image.width / portraits.SIDE_PIXELS)]
    found = _find_inside(image, given) if given else [_to_landmarks(image, face) for face in detect_faces(image)]
    if not found:
        raise RenderFailed("FaceError", "face not detected")
    return found[:max_faces]


def face_boxes(picture: Path) -> list[FaceBox]:
    """Where the faces in a picture are, the largest first; none is no fault."""
    return [_to_box(face) for face in detect_faces(pictures.load_source(picture))]


def _to_box(face: DetectedFace) -> FaceBox:
    left, top, right, bottom = (round(edge) for edge in face.box)
    return FaceBox(left, top, right, bottom, face.confidence)


def _find_inside(image: Image.Image, given: GivenBox) -> list[Landmarks]:
    left, top, width, height = given
    aside, above = round(width * _GIVEN_BOX_MARGIN), round(height * _GIVEN_BOX_MARGIN)
    x, y = left - aside, top - above
    part = image.crop((x, y, left + width + aside, top + height + above))
    found = [_to_landmarks(part, face).transformed(1, x, y) for face in detect_faces(part)]
    return [face for face in found if _contains(given, face)]


def _contains(given: GivenBox, face: Landmarks) -> bool:
    (x, y), (left, top, width, height) = face.eye_middle, given
    return left <= x <= left + width and top <= y <= top + height


def _to_landmarks(image: Image.Image, face: DetectedFace) -> Landmarks:
    """An average face with eyes and mouth where the detector saw them."""
    (x1, y1), (x2, y2) = face.left_mouth_corner, face.right_mouth_corner
    rough, half = average_landmarks(face.left_eye, face.right_eye), max(hypot(x2 - x1, y2 - y1) / 2, 1.0)
    across, corners = ((x2 - x1) / (2 * half), (y2 - y1) / (2 * half)), ((x1 + x2) / 2, (y1 + y2) / 2)
    smile = _mouth_line(image, corners, across, half)
    mouth = corners[0] - across[1] * smile * half, corners[1] + across[0] * smile * half
    (x, y), reach = rough.eye_middle, 0.62
    chin = mouth[0] + (mouth[0] - x) * reach, mouth[1] + (mouth[1] - y) * reach
    return replace(rough, mouth=mouth, mouth_half=half, chin=chin, smile=smile)


def _mouth_line(image: Image.Image, corners: tuple[float, float], across: tuple[float, float], half: float) -> float:
    """How far below its corners the lips of a mouth meet, in half mouth widths: the darkest line nearby."""
    light, down = np.asarray(image.convert("L"), np.float32), np.linspace(-0.1, 0.35, 19)[:, None] * half
    along = np.linspace(-0.4, 0.4, 15) * half
    columns = np.clip(corners[0] + along * across[0] - down * across[1], 0, light.shape[1] - 1).astype(int)
    rows = np.clip(corners[1] + along * across[1] + down * across[0], 0, light.shape[0] - 1).astype(int)
    dark = light[rows, columns].mean(axis=1)
    return float(down[int(dark.argmin()), 0] / half)
