"""Films of a stock presenter before a background."""

from dataclasses import replace

from PIL import Image, ImageDraw

from adapters.sandbox import portraits
from adapters.sandbox.render import pictures
from adapters.sandbox.render.compositor import Composition, compose_faces, moving_head
from adapters.sandbox.render.face import faces
from adapters.sandbox.render.face.pose import HeadMotion
from adapters.sandbox.render.order import RenderOrder
from adapters.sandbox.render.speaker_layer import cut_out_person
from adapters.sandbox.render.yuv_planes import Box, Size, even_size, picture_to_planes

_DEFAULT_FRAME_SIZE = (1280, 720)
_MAX_SIDE_PIXELS = 1920
_STANDING_ROWS = 680
"""How many rows of a portrait, from the bottom, fill the height of a frame."""


def compose_presenter(order: RenderOrder, motion: HeadMotion) -> Composition:
    image, size = pictures.load_source(order.picture), _scene_size(order)
    name = portraits.match_portrait(image)
    composition = _compose_standing(order, name, size, motion) if name else _compose_framed(order, image, size, motion)
    cut = replace(composition, crop=_crop_box(order.crop, size)) if order.crop else composition
    return replace(cut, overlays=pictures.order_overlays(order, cut.size))


def _scene_size(order: RenderOrder) -> Size:
    """The size of the scene before it is cropped."""
    width, height = order.size or _DEFAULT_FRAME_SIZE
    if order.max_side:
        top, left, bottom, right = order.crop or (0.0, 0.0, 1.0, 1.0)
        longest = max(width * max(right - left, 0.1), height * max(bottom - top, 0.1))
        scale = min(order.max_side, _MAX_SIDE_PIXELS) / longest
        width, height = round(width * scale), round(height * scale)
    scale = min(1.0, 2 * _MAX_SIDE_PIXELS / max(width, height))
    return even_size(width * scale), even_size(height * scale)


def _background_image(order: RenderOrder, size: Size, instead: Image.Image) -> Image.Image:
    if order.background_picture:
        return pictures.fill_size(pictures.load_picture(order.background_picture, what="background"), size)
    if order.background:
        return Image.new("RGB", size, pictures.parse_colour(order.background))
    return instead


def _compose_standing(order: RenderOrder, name: str, size: Size, motion: HeadMotion) -> Composition:
    """One of our portraits, standing free before the background."""
    back = _background_image(order, size, pictures.studio_background(size))
    side = even_size(min(size[1] * portraits.SIDE_PIXELS / _STANDING_ROWS, size[0] * 1.6))
    left, top = (size[0] - side) // 4 * 2, (size[1] - side) // 2 * 2
    # Only the head moves: the rest of the person is part of the still scene.
    person, face, box = cut_out_person(name, size, side, left, top)
    head = replace(moving_head(person, face, box, motion), background=picture_to_planes(back))
    still = Image.alpha_composite(back.convert("RGBA"), person)
    return Composition(picture_to_planes(still), [head], [])


def _compose_framed(order: RenderOrder, image: Image.Image, size: Size, motion: HeadMotion) -> Composition:
    """Any other picture, whole and as high as the frame, before a background."""
    scene = _background_image(order, size, pictures.blurred_background(image, size))
    edge = round(0.06 * size[1]) if order.background or order.background_picture else 0
    scale = min((size[1] - 2 * edge) / image.height, (size[0] - 2 * edge) / image.width)
    inner = image.resize((max(round(image.width * scale), 2), max(round(image.height * scale), 2)))
    left, top = (size[0] - inner.width) // 2, (size[1] - inner.height) // 2
    mask = Image.new("L", inner.size, 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, inner.width - 1, inner.height - 1), edge // 2, fill=255)
    scene.paste(inner, (left, top), mask)
    face = faces.find_face(image, order.face).transformed(scale, left, top)
    return compose_faces(scene, [face], [motion], [])


def _crop_box(crop: tuple[float, float, float, float], size: Size) -> Box:
    """A part of a scene; the scene was made larger for it, so nothing is scaled here."""
    width, height = size
    top, left, bottom, right = (
        int(share * side) // 2 * 2 for share, side in zip(crop, (height, width, height, width), strict=True)
    )
    return left, top, max(right, left + 16), max(bottom, top + 16)
