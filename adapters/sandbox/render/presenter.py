"""Films of a stock presenter before a background."""

from PIL import Image, ImageColor, ImageDraw

from adapters.sandbox import portraits
from adapters.sandbox.render import pictures
from adapters.sandbox.render.compositor import Composition, MovingFace, compose_faces, head_box
from adapters.sandbox.render.face import faces
from adapters.sandbox.render.face.actor import Actor
from adapters.sandbox.render.face.landmarks import Landmarks
from adapters.sandbox.render.face.pose import HeadMotion
from adapters.sandbox.render.order import RenderOrder
from adapters.sandbox.render.talk import load_source, order_overlays
from adapters.sandbox.render.yuv_planes import even_size, picture_to_planes

_DEFAULT_FRAME_SIZE = (1280, 720)
_MAX_SIDE_PIXELS = 1920
_STANDING_ROWS = 680
"""How many rows of a portrait, from the bottom, fill the height of a frame."""

Crop = tuple[float, float, float, float]


def compose_presenter(order: RenderOrder, motion: HeadMotion) -> Composition:
    """The presenter of an order, speaking."""
    image, size = load_source(order), _scene_size(order)
    name = portraits.match_portrait(image)
    composition = _compose_standing(order, name, size, motion) if name else _compose_framed(order, image, size, motion)
    cut = _crop_composition(composition, order.crop) if order.crop else composition
    return Composition(cut.base, cut.faces, order_overlays(order, cut.size), cut.crop)


def _scene_size(order: RenderOrder) -> tuple[int, int]:
    """The size of the scene before it is cropped."""
    width, height = order.size or _DEFAULT_FRAME_SIZE
    if order.max_side:
        top, left, bottom, right = order.crop or (0.0, 0.0, 1.0, 1.0)
        longest = max(width * max(right - left, 0.1), height * max(bottom - top, 0.1))
        scale = min(order.max_side, _MAX_SIDE_PIXELS) / longest
        width, height = round(width * scale), round(height * scale)
    scale = min(1.0, 2 * _MAX_SIDE_PIXELS / max(width, height))
    return even_size(width * scale), even_size(height * scale)


def _background_image(order: RenderOrder, size: tuple[int, int], instead: Image.Image) -> Image.Image:
    """What is seen behind the presenter."""
    if order.background_picture:
        return pictures.fill_size(pictures.load_picture(order.background_picture, what="background"), size)
    if order.background:
        return Image.new("RGB", size, _parse_colour(order.background))
    return instead


def _parse_colour(name: str) -> tuple[int, int, int]:
    """A colour by its name or its digits; grey where it is neither."""
    try:
        return ImageColor.getrgb(name)[:3]
    except ValueError:
        return (128, 128, 128)


def _compose_standing(order: RenderOrder, name: str, size: tuple[int, int], motion: HeadMotion) -> Composition:
    """One of our portraits, standing free before the background."""
    back = _background_image(order, size, pictures.studio_background(size))
    side = even_size(min(size[1] * portraits.SIDE_PIXELS / _STANDING_ROWS, size[0] * 1.6))
    person = pictures.load_picture(portraits.cutout_path(name)).resize((side, side), Image.Resampling.LANCZOS)
    left, top = (size[0] - side) // 4 * 2, (size[1] - side) // 2 * 2
    scene = Image.new("RGBA", size, (0, 0, 0, 0))
    scene.paste(person, (left, top))
    face = portraits.load_landmarks(name).transformed(side / portraits.SIDE_PIXELS, left, top)
    # Only the head moves: the rest of the person is part of the still scene.
    box = head_box(face, size, [])
    actor = Actor(scene.crop(box), face.transformed(1, -box[0], -box[1]))
    still = Image.alpha_composite(back.convert("RGBA"), scene)
    return Composition(
        picture_to_planes(still), [MovingFace(actor, box[0], box[1], motion, picture_to_planes(back))], []
    )


def _compose_framed(order: RenderOrder, image: Image.Image, size: tuple[int, int], motion: HeadMotion) -> Composition:
    """Any other picture, whole and as high as the frame, before a background."""
    scene = _background_image(order, size, pictures.blurred_background(image, size))
    edge = round(0.06 * size[1]) if order.background or order.background_picture else 0
    scale = min((size[1] - 2 * edge) / image.height, (size[0] - 2 * edge) / image.width)
    inner = image.resize((max(round(image.width * scale), 2), max(round(image.height * scale), 2)))
    left, top = (size[0] - inner.width) // 2, (size[1] - inner.height) // 2
    scene.paste(inner, (left, top), _rounded_mask(inner.size, edge // 2))
    face: Landmarks = faces.find_face(image, order.face).transformed(scale, left, top)
    return compose_faces(scene, [face], [motion], [])


def _rounded_mask(size: tuple[int, int], radius: int) -> Image.Image:
    """A mask with round corners."""
    mask = Image.new("L", size, 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, size[0] - 1, size[1] - 1), radius, fill=255)
    return mask


def _crop_composition(composition: Composition, crop: Crop) -> Composition:
    """Only a part of a scene; the scene was made larger for it, so nothing is scaled here."""
    width, height = composition.size
    top, left = (int(share * side) // 2 * 2 for share, side in zip(crop[:2], (height, width), strict=True))
    bottom, right = (int(share * side) // 2 * 2 for share, side in zip(crop[2:], (height, width), strict=True))
    window = (left, top, max(right, left + 16), max(bottom, top + 16))
    return Composition(composition.base, composition.faces, composition.overlays, window)
