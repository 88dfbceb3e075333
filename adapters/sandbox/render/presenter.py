"""Films of a stock presenter before a background."""

from PIL import Image, ImageColor, ImageDraw

from adapters.sandbox import portraits
from adapters.sandbox.render import pictures
from adapters.sandbox.render.compositor import Part, Stage, box_of, stitched
from adapters.sandbox.render.face import faces
from adapters.sandbox.render.face.actor import Actor
from adapters.sandbox.render.face.landmarks import Landmarks
from adapters.sandbox.render.face.pose import Moves
from adapters.sandbox.render.order import Order
from adapters.sandbox.render.talk import marks, source
from adapters.sandbox.render.yuv_planes import even, of_picture

_WIDE = (1280, 720)
_LONGEST_SIDE = 1920
_STANDING = 680
"""How many rows of a portrait, from the bottom, fill the height of a frame."""

Crop = tuple[float, float, float, float]


def present(order: Order, moves: Moves) -> Stage:
    """The presenter of an order, speaking."""
    image, size = source(order), _scene_size(order)
    name = portraits.recognise(image)
    stage = _cut_out(order, name, size, moves) if name else _framed(order, image, size, moves)
    cut = _cropped(stage, order.crop) if order.crop else stage
    return Stage(cut.base, cut.parts, marks(order, cut.size), cut.window)


def _scene_size(order: Order) -> tuple[int, int]:
    """The size of the scene before it is cropped."""
    width, height = order.size or _WIDE
    if order.longest:
        top, left, bottom, right = order.crop or (0.0, 0.0, 1.0, 1.0)
        longest = max(width * max(right - left, 0.1), height * max(bottom - top, 0.1))
        scale = min(order.longest, _LONGEST_SIDE) / longest
        width, height = round(width * scale), round(height * scale)
    scale = min(1.0, 2 * _LONGEST_SIDE / max(width, height))
    return even(width * scale), even(height * scale)


def _backdrop(order: Order, size: tuple[int, int], instead: Image.Image) -> Image.Image:
    """What is seen behind the presenter."""
    if order.background_picture:
        return pictures.covering(pictures.load(order.background_picture, what="background"), size)
    if order.background:
        return Image.new("RGB", size, _colour(order.background))
    return instead


def _colour(name: str) -> tuple[int, int, int]:
    """A colour by its name or its digits; grey where it is neither."""
    try:
        return ImageColor.getrgb(name)[:3]
    except ValueError:
        return (128, 128, 128)


def _cut_out(order: Order, name: str, size: tuple[int, int], moves: Moves) -> Stage:
    """One of our portraits, standing free before the background."""
    back = _backdrop(order, size, pictures.studio(size))
    side = even(min(size[1] * portraits.SIDE / _STANDING, size[0] * 1.6))
    person = pictures.load(portraits.cutout(name)).resize((side, side), Image.Resampling.LANCZOS)
    left, top = (size[0] - side) // 4 * 2, (size[1] - side) // 2 * 2
    scene = Image.new("RGBA", size, (0, 0, 0, 0))
    scene.paste(person, (left, top))
    face = portraits.landmarks(name).moved(side / portraits.SIDE, left, top)
    # Only the head moves: the rest of the person is part of the still scene.
    box = box_of(face, size, [])
    actor = Actor(scene.crop(box), face.moved(1, -box[0], -box[1]))
    still = Image.alpha_composite(back.convert("RGBA"), scene)
    return Stage(of_picture(still), [Part(actor, box[0], box[1], moves, of_picture(back))], [])


def _framed(order: Order, image: Image.Image, size: tuple[int, int], moves: Moves) -> Stage:
    """Any other picture, whole and as high as the frame, before a background."""
    scene = _backdrop(order, size, pictures.blurred(image, size))
    edge = round(0.06 * size[1]) if order.background or order.background_picture else 0
    scale = min((size[1] - 2 * edge) / image.height, (size[0] - 2 * edge) / image.width)
    inner = image.resize((max(round(image.width * scale), 2), max(round(image.height * scale), 2)))
    left, top = (size[0] - inner.width) // 2, (size[1] - inner.height) // 2
    scene.paste(inner, (left, top), _rounded(inner.size, edge // 2))
    face: Landmarks = faces.find(image, order.face).moved(scale, left, top)
    return stitched(scene, [face], [moves], [])


def _rounded(size: tuple[int, int], radius: int) -> Image.Image:
    """A mask with round corners."""
    mask = Image.new("L", size, 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, size[0] - 1, size[1] - 1), radius, fill=255)
    return mask


def _cropped(stage: Stage, crop: Crop) -> Stage:
    """Only a part of a scene; the scene was made larger for it, so nothing is scaled here."""
    width, height = stage.size
    top, left = (int(share * side) // 2 * 2 for share, side in zip(crop[:2], (height, width), strict=True))
    bottom, right = (int(share * side) // 2 * 2 for share, side in zip(crop[2:], (height, width), strict=True))
    window = (left, top, max(right, left + 16), max(bottom, top + 16))
    return Stage(stage.base, stage.parts, stage.marks, window)
