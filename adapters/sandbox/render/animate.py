"""Films of faces that move and do not speak; one family sings."""

from dataclasses import dataclass

import numpy as np

from adapters.sandbox.render import pictures
from adapters.sandbox.render.audio import melody, sound
from adapters.sandbox.render.audio.sound import Samples
from adapters.sandbox.render.compositor import Composition, compose_faces
from adapters.sandbox.render.face import faces, head_motion, mouths
from adapters.sandbox.render.face.actor import Actor
from adapters.sandbox.render.face.pose import HeadMotion
from adapters.sandbox.render.order import RenderOrder
from adapters.sandbox.render.talk import compose_full_frame, load_source, order_overlays, square_size, whole_size

ANIMATION_FPS = 20
_SECONDS_BY_FAMILY = {"nostalgia": 8.0, "fun": 6.0, "dance": 7.0, "subtle": 6.0, "stitch": 6.0}


@dataclass(frozen=True)
class RenderedAnimation:
    """An animation before it is written down."""

    composition: Composition
    samples: Samples


def render_animation(order: RenderOrder) -> RenderedAnimation:
    """The face or faces of an order, moved by its driver."""
    samples, motion = _driver_motion(order, order.driver)
    image = load_source(order)
    if not order.stitch:
        image, face = pictures.crop_to_face(image, faces.find_face(image, order.face), square_size(order))
        return RenderedAnimation(
            compose_full_frame(image, Actor(image, face), motion, order_overlays(order, image.size)), samples
        )
    landmarks, size = faces.find_faces(image, max(order.faces, 1), order.face), whole_size(order, image)
    placed = [pictures.scale_whole(image, face, size)[1] for face in landmarks]
    image = image.resize(size)
    # Each further face moves by a variant of the driver: people in a picture do not nod in step.
    motions = [motion, *(_driver_motion(order, f"{order.driver}/{index}")[1] for index in range(1, len(placed)))]
    return RenderedAnimation(
        compose_faces(image, placed, [_calm_motion(one) for one in motions], order_overlays(order, size)), samples
    )


def _driver_motion(order: RenderOrder, driver: str) -> tuple[Samples, HeadMotion]:
    """The moves of a driver and the sound they go with."""
    if order.family != "classics":
        seconds = _SECONDS_BY_FAMILY.get(order.family, _SECONDS_BY_FAMILY["subtle"])
        return sound.silence(seconds), head_motion.animation_motion(order.family, driver, seconds, ANIMATION_FPS)
    song, keys, seconds = melody.sing_tune(order.driver)
    motion = head_motion.animation_motion("classics", driver, seconds, ANIMATION_FPS)
    mouth = mouths.interpolate_keys(keys, motion.frames, ANIMATION_FPS)
    samples = sound.silence(seconds) if order.mute else sound.fit_length(song, seconds)
    return samples, motion.with_added(open=mouth.open, wide=mouth.wide, teeth=mouth.teeth)


def _calm_motion(motion: HeadMotion) -> HeadMotion:
    """Moves small enough for a head that must stay on its shoulders in a whole picture."""
    calm = {"right": 0.6, "down": 0.6, "roll": 0.6, "zoom": 0.5, "yaw": 0.8, "pitch": 0.8}
    curves = {name: (curve * calm.get(name, 1.0)).astype(np.float32) for name, curve in motion.curves.items()}
    return HeadMotion(curves, motion.frames)
