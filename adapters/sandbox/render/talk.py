"""Films of one face that speaks: cut round the face, or in its whole picture."""

from PIL import Image

from adapters.sandbox import portraits
from adapters.sandbox.render import pictures
from adapters.sandbox.render.compositor import Composition, MovingFace, compose_faces
from adapters.sandbox.render.face import faces
from adapters.sandbox.render.face.actor import Actor
from adapters.sandbox.render.face.features import Overlay
from adapters.sandbox.render.face.pose import HeadMotion
from adapters.sandbox.render.order import RenderOrder
from adapters.sandbox.render.yuv_planes import even_size, picture_to_planes

_DEFAULT_SIDE_PIXELS = 512
_MAX_SIDE_PIXELS = 1280
"""A stitched film keeps its picture's size up to this side: a larger one is no better rehearsal, only slower."""


def compose_talk(order: RenderOrder, motion: HeadMotion) -> Composition:
    """The face of an order, speaking."""
    image = load_source(order)
    face = faces.find_face(image, order.face)
    if order.stitch:
        image, face = pictures.scale_whole(image, face, whole_size(order, image))
        return compose_faces(image, [face], [motion], order_overlays(order, image.size))
    image, face = pictures.crop_to_face(image, face, square_size(order))
    return compose_full_frame(image, Actor(image, face), motion, order_overlays(order, image.size))


def compose_full_frame(image: Image.Image, actor: Actor, motion: HeadMotion, overlays: list[Overlay]) -> Composition:
    """A face that fills the whole frame."""
    return Composition(picture_to_planes(image), [MovingFace(actor, 0, 0, motion)], overlays)


def load_source(order: RenderOrder) -> Image.Image:
    """The picture of an order, or a portrait of ours where none was given."""
    return pictures.on_white(pictures.load_picture(order.picture or portraits.portrait_path("ada")))


def square_size(order: RenderOrder) -> tuple[int, int]:
    """The size of a film cut round a face."""
    if order.size:
        return even_size(order.size[0]), even_size(order.size[1])
    return even_size(order.max_side or _DEFAULT_SIDE_PIXELS), even_size(order.max_side or _DEFAULT_SIDE_PIXELS)


def whole_size(order: RenderOrder, image: Image.Image) -> tuple[int, int]:
    """The size of a film that shows its whole picture, in the picture's own shape."""
    if order.size:
        scale = min(order.size[0] / image.width, order.size[1] / image.height)
        return even_size(image.width * scale), even_size(image.height * scale)
    return pictures.own_size(image, min(order.max_side or _MAX_SIDE_PIXELS, _MAX_SIDE_PIXELS))


def order_overlays(order: RenderOrder, size: tuple[int, int]) -> list[Overlay]:
    """What is laid over every frame: the label and the logo."""
    found = [pictures.label_overlay(order.label, size)] if order.label else []
    return [*found, *([pictures.logo_overlay(order.logo, order.logo_position, size)] if order.logo else [])]
