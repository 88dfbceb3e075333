"""Films of one face that speaks: cut round the face, or in its whole picture."""

from PIL import Image

from adapters.sandbox import portraits
from adapters.sandbox.render import pictures
from adapters.sandbox.render.compositor import Part, Stage, stitched
from adapters.sandbox.render.face import faces
from adapters.sandbox.render.face.actor import Actor
from adapters.sandbox.render.face.features import Paint
from adapters.sandbox.render.face.pose import Moves
from adapters.sandbox.render.order import Order
from adapters.sandbox.render.yuv_planes import even, of_picture

_SQUARE = 512
_LONGEST_SIDE = 1280
"""A stitched film keeps its picture's size up to this side: a larger one is no better rehearsal, only slower."""


def talk(order: Order, moves: Moves) -> Stage:
    """The face of an order, speaking."""
    image = source(order)
    face = faces.find(image, order.face)
    if order.stitch:
        image, face = pictures.whole(image, face, whole_size(order, image))
        return stitched(image, [face], [moves], marks(order, image.size))
    image, face = pictures.round_face(image, face, square_size(order))
    return alone(image, Actor(image, face), moves, marks(order, image.size))


def alone(image: Image.Image, actor: Actor, moves: Moves, over: list[Paint]) -> Stage:
    """A face that fills the whole frame."""
    return Stage(of_picture(image), [Part(actor, 0, 0, moves)], over)


def source(order: Order) -> Image.Image:
    """The picture of an order, or a portrait of ours where none was given."""
    return pictures.opaque(pictures.load(order.picture or portraits.picture("ada")))


def square_size(order: Order) -> tuple[int, int]:
    """The size of a film cut round a face."""
    if order.size:
        return even(order.size[0]), even(order.size[1])
    return even(order.longest or _SQUARE), even(order.longest or _SQUARE)


def whole_size(order: Order, image: Image.Image) -> tuple[int, int]:
    """The size of a film that shows its whole picture, in the picture's own shape."""
    if order.size:
        scale = min(order.size[0] / image.width, order.size[1] / image.height)
        return even(image.width * scale), even(image.height * scale)
    return pictures.own_size(image, min(order.longest or _LONGEST_SIDE, _LONGEST_SIDE))


def marks(order: Order, size: tuple[int, int]) -> list[Paint]:
    """What is laid over every frame: the label and the logo."""
    found = [pictures.label(order.label, size)] if order.label else []
    return [*found, *([pictures.logo(order.logo, order.logo_position, size)] if order.logo else [])]
