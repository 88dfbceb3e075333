"""Films of a photo: its face speaks, or its faces move, to a song or a dance tune where the driver has one."""

import numpy as np
from PIL import Image

from adapters.sandbox.render import pictures
from adapters.sandbox.render.audio import melody, sound
from adapters.sandbox.render.audio.sound import Samples
from adapters.sandbox.render.compositor import Actor, Composition, MovingFace, compose_faces
from adapters.sandbox.render.encode import Film
from adapters.sandbox.render.face import faces, head_motion, mouths
from adapters.sandbox.render.face.mouths import MouthShape
from adapters.sandbox.render.face.pose import HeadMotion
from adapters.sandbox.render.order import RenderOrder
from adapters.sandbox.render.yuv_planes import Size, even_size, picture_to_planes

ANIMATION_FPS = 20
_SECONDS_BY_FAMILY = {"nostalgia": 8.0, "fun": 6.0, "dance": 8.0, "subtle": 6.0, "stitch": 6.0}
_CALMED_MEASURES = {"right": 0.6, "down": 0.6, "roll": 0.6, "zoom": 0.5, "yaw": 0.8, "pitch": 0.8}
_DEFAULT_SIDE_PIXELS = 512
_MAX_SIDE_PIXELS = 1280
"""A stitched film keeps its picture's size up to this side: a larger one would only be slower."""


def compose_talk(order: RenderOrder, motion: HeadMotion) -> Composition:
    image = pictures.load_source(order.picture)
    if not order.stitch:
        return _compose_cropped(order, image, motion)
    image, face = pictures.scale_whole(image, faces.find_face(image, order.face), _whole_size(order, image))
    return compose_faces(image, [face], [motion], pictures.order_overlays(order, image.size))


def animation_film(order: RenderOrder) -> Film:
    """The face or faces of an order, moved by its driver."""
    samples, motion = _driver_motion(order)
    image = pictures.load_source(order.picture)
    if not order.stitch:
        return _compose_cropped(order, image, motion).film(ANIMATION_FPS, samples, [])
    landmarks, size = faces.find_faces(image, max(order.faces, 1), order.face), _whole_size(order, image)
    placed = [pictures.scale_whole(image, face, size)[1] for face in landmarks]
    # Each further face moves by a variant of the driver: people in a picture do not nod in step.
    motions = [motion, *(_driver_motion(order, index)[1] for index in range(1, len(placed)))]
    overlays = pictures.order_overlays(order, size)
    composition = compose_faces(image.resize(size), placed, [_calm_motion(one) for one in motions], overlays)
    return composition.film(ANIMATION_FPS, samples, [])


def _compose_cropped(order: RenderOrder, image: Image.Image, motion: HeadMotion) -> Composition:
    """A square, or what else was ordered, cut round a face that fills it."""
    width, height = order.size or [order.max_side or _DEFAULT_SIDE_PIXELS] * 2
    size = even_size(width), even_size(height)
    image, face = pictures.crop_to_face(image, faces.find_face(image, order.face), size)
    whole = MovingFace(Actor(image, face), 0, 0, motion)
    return Composition(picture_to_planes(image), [whole], pictures.order_overlays(order, size))


def _whole_size(order: RenderOrder, image: Image.Image) -> Size:
    """The size of a film that shows its whole picture, in the picture's own shape."""
    if order.size:
        scale = min(order.size[0] / image.width, order.size[1] / image.height)
    else:
        scale = min(1.0, min(order.max_side or _MAX_SIDE_PIXELS, _MAX_SIDE_PIXELS) / max(image.size))
    return even_size(image.width * scale), even_size(image.height * scale)


def _driver_motion(order: RenderOrder, variant: int = 0) -> tuple[Samples, HeadMotion]:
    song, keys, seconds = _driver_song(order)
    motion = head_motion.animation_motion(order.family, order.driver, seconds, ANIMATION_FPS, variant)
    if keys:
        motion = motion.with_added(**mouths.interpolate_keys(keys, motion.frames, ANIMATION_FPS))
    return sound.silence(seconds) if order.mute else sound.fit_length(song, seconds), motion


def _driver_song(order: RenderOrder) -> tuple[Samples, list[tuple[float, MouthShape]], float]:
    """What is heard of a driver, the mouth's keys if it sings, and how many seconds it takes."""
    if order.family == "classics":
        return melody.sing_tune(order.driver)
    seconds = _SECONDS_BY_FAMILY.get(order.family, _SECONDS_BY_FAMILY["subtle"])
    if order.family == "dance":
        return melody.dance_tune(order.driver, head_motion.dance_tempo(order.driver), seconds), [], seconds
    return sound.silence(seconds), [], seconds


def _calm_motion(motion: HeadMotion) -> HeadMotion:
    """Moves small enough for a head that must stay on its shoulders in a whole picture."""
    factors = {name: np.float32(_CALMED_MEASURES.get(name, 1.0)) for name in motion.curves}
    return HeadMotion({name: curve * factors[name] for name, curve in motion.curves.items()}, motion.frames)
