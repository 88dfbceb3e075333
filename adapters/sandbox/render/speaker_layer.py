"""The speaker of a scene: cut out before the background, or a picture in a frame of some shape."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PIL import Image, ImageDraw

from adapters.sandbox import portraits
from adapters.sandbox.render import pictures
from adapters.sandbox.render.compositor import compose_faces, head_box, moving_head
from adapters.sandbox.render.face import faces
from adapters.sandbox.render.face.landmarks import Landmarks
from adapters.sandbox.render.face.pose import HeadMotion
from adapters.sandbox.render.order import RenderScene
from adapters.sandbox.render.yuv_planes import Box, Bytes, Size, YuvPlanes, blend_alpha, even_size, picture_to_planes

DrawFrame = Callable[[YuvPlanes, int], None]
"""Draws a figure at a frame into a background that may be painted over."""

_STANDING_ROWS = 640
"""How many rows of a portrait, from the bottom, fill the height of a frame."""
_CLOSE_UP_SCALE = 1.55
_SHAPE_FILL = 0.82
"""How much of the frame's height a circle or square takes at scale 1."""
_MIN_SIDE_PIXELS = 48


def speaker_layer(scene: RenderScene, size: Size, motion: HeadMotion) -> DrawFrame:
    image = pictures.load_source(scene.picture)
    name = portraits.match_portrait(image)
    if scene.shape in ("circle", "square"):
        return _framed_layer(scene, size, _crop_bust(scene, image, name), motion)
    if name and not scene.photo:
        return _standing_layer(scene, size, name, motion)
    return _framed_layer(scene, size, (image, faces.find_face(image)), motion)


def _standing_layer(scene: RenderScene, size: Size, name: str, motion: HeadMotion) -> DrawFrame:
    """One of our people, standing on the lower edge."""
    scale = scene.scale * (_CLOSE_UP_SCALE if scene.shape == "closeUp" else 1.0)
    side = max(
        even_size(min(size[1] * portraits.SIDE_PIXELS / _STANDING_ROWS, size[0] * 1.6) * scale), _MIN_SIDE_PIXELS
    )
    lift = round(0.72 * (side - size[1])) if scene.shape == "closeUp" else 0
    left = round((size[0] - side) / 2 + scene.offset[0] * size[0])
    top = round(size[1] - side + lift + scene.offset[1] * size[1])
    person, face, box = cut_out_person(name, size, side, left, top)
    seen = box[2] - box[0] >= _MIN_SIDE_PIXELS and box[3] - box[1] >= _MIN_SIDE_PIXELS
    head = moving_head(person, face, box, motion) if seen else None
    layer = _still_layer(person)

    def draw(whole: YuvPlanes, index: int) -> None:
        behind = whole.copy() if head else whole
        _paste_masked(whole, *layer)
        if head:
            replace(head, background=behind).paste_onto(whole, *head.render_frame(index))

    return draw


def cut_out_person(name: str, size: Size, side: int, left: int, top: int) -> tuple[Image.Image, Landmarks, Box]:
    """One of our people on a transparent sheet, with the face and the box in which the head moves."""
    person = pictures.load_picture(portraits.cutout_path(name)).resize((side, side), Image.Resampling.LANCZOS)
    sheet = Image.new("RGBA", size, (0, 0, 0, 0))
    sheet.paste(person, (left, top))
    face = portraits.load_landmarks(name).transformed(side / portraits.SIDE_PIXELS, left, top)
    return sheet, face, head_box(face, size, [])


def _crop_bust(scene: RenderScene, image: Image.Image, name: str | None) -> tuple[Image.Image, Landmarks]:
    """Head and shoulders in a square, on a colour of its own where they can be cut out."""
    if name and (scene.circle_colour or not scene.photo):
        side = portraits.SIDE_PIXELS
        ground = Image.new("RGBA", (side, side), (*pictures.parse_colour(scene.circle_colour or "#dfe6ee"), 255))
        cut = pictures.load_picture(portraits.cutout_path(name)).resize((side, side))
        return Image.alpha_composite(ground, cut).convert("RGB"), portraits.load_landmarks(name)
    face = faces.find_face(image)
    side = min(image.size)
    left = min(max(face.eye_middle[0] - side / 2, 0), image.width - side)
    top = min(max(face.eye_middle[1] - side / 2, 0), image.height - side)
    box = (round(left), round(top), round(left) + side, round(top) + side)
    return image.crop(box), face.transformed(1, -box[0], -box[1])


def _framed_layer(
    scene: RenderScene, size: Size, given: tuple[Image.Image, Landmarks], motion: HeadMotion
) -> DrawFrame:
    """A picture in a frame, whole within the film unless it is scaled beyond it."""
    image, face = given
    fill = _SHAPE_FILL if scene.shape in ("circle", "square") else 1.0
    scale = min(size[0] * fill / image.width, size[1] * fill / image.height) * scene.scale
    wide, tall = (max(even_size(side * scale), _MIN_SIDE_PIXELS) for side in image.size)
    scaled = image.resize((wide, tall), Image.Resampling.LANCZOS)
    composition = compose_faces(scaled, [face.transformed(wide / image.width)], [motion], [])
    left = round(((size[0] - wide) / 2 + scene.offset[0] * size[0]) / 2) * 2
    top = round(((size[1] - tall) / 2 + scene.offset[1] * size[1]) / 2) * 2
    mask = _shape_mask((wide, tall), scene.shape)

    def draw(whole: YuvPlanes, index: int) -> None:
        _paste_masked(whole, composition.frame_at(index), mask, left, top)

    return draw


def _shape_mask(size: Size, shape: str) -> Bytes:
    """Where a frame is filled: soft along its edge."""
    big = Image.new("L", (size[0] * 2, size[1] * 2), 0)
    pen, edge = ImageDraw.Draw(big), (0, 0, size[0] * 2 - 1, size[1] * 2 - 1)
    if shape == "circle":
        pen.ellipse(edge, 255)
    elif shape == "square":
        pen.rounded_rectangle(edge, min(size) // 8, 255)
    else:
        pen.rectangle(edge, 255)
    return np.asarray(big.resize(size, Image.Resampling.BOX))


def _paste_masked(whole: YuvPlanes, film: YuvPlanes, mask: Bytes, left: int, top: int) -> None:
    """One picture over another where its mask says, as far as it is within."""
    tall, wide = whole.y.shape
    high, broad = film.y.shape
    x, y = max(left, 0), max(top, 0)
    right, bottom = min(left + broad, wide), min(top + high, tall)
    if right - x < 2 or bottom - y < 2:
        return
    inner = np.s_[y - top : bottom - top, x - left : right - left]
    half = np.s_[(y - top) // 2 : (bottom - top) // 2, (x - left) // 2 : (right - left) // 2]
    cover = mask[inner]
    under = whole.y[y:bottom, x:right]
    under[:] = blend_alpha(under, film.y[inner], cover)
    colours = whole.uv[y // 2 : bottom // 2, x // 2 : right // 2]
    colours[:] = blend_alpha(colours, film.uv[half], cover[::2, ::2][: colours.shape[0], : colours.shape[1]])


def _still_layer(sheet: Image.Image) -> tuple[YuvPlanes, Bytes, int, int]:
    """The part of a transparent sheet that has anything on it: its planes, mask, left and top."""
    left, top, right, bottom = sheet.getbbox() or (0, 0, 2, 2)
    left, top = left // 2 * 2, top // 2 * 2
    part = sheet.crop((left, top, min(even_size(right + 1), sheet.width), min(even_size(bottom + 1), sheet.height)))
    return picture_to_planes(part), np.asarray(part.getchannel("A")), left, top
