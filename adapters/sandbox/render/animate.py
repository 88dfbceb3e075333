"""Films of faces that move and do not speak; one family sings."""

from dataclasses import dataclass

import numpy as np

from adapters.sandbox.render import pictures
from adapters.sandbox.render.audio import melody, sound
from adapters.sandbox.render.audio.sound import Samples
from adapters.sandbox.render.compositor import Stage, stitched
from adapters.sandbox.render.face import faces, head_motion, mouths
from adapters.sandbox.render.face.actor import Actor
from adapters.sandbox.render.face.pose import Moves
from adapters.sandbox.render.order import Order
from adapters.sandbox.render.talk import alone, marks, source, square_size, whole_size

FPS = 20
_SECONDS = {"nostalgia": 8.0, "fun": 6.0, "dance": 7.0, "subtle": 6.0, "stitch": 6.0}


@dataclass(frozen=True)
class Animated:
    """An animation before it is written down."""

    stage: Stage
    samples: Samples


def animate(order: Order) -> Animated:
    """The face or faces of an order, moved by its driver."""
    samples, movement = _moves(order, order.driver)
    image = source(order)
    if not order.stitch:
        image, face = pictures.round_face(image, faces.find(image, order.face), square_size(order))
        return Animated(alone(image, Actor(image, face), movement, marks(order, image.size)), samples)
    found, size = faces.find_all(image, max(order.faces, 1), order.face), whole_size(order, image)
    placed = [pictures.whole(image, face, size)[1] for face in found]
    image = image.resize(size)
    # Each further face moves by a variant of the driver: people in a picture do not nod in step.
    each = [movement, *(_moves(order, f"{order.driver}/{index}")[1] for index in range(1, len(placed)))]
    return Animated(stitched(image, placed, [_calmed(one) for one in each], marks(order, size)), samples)


def _moves(order: Order, driver: str) -> tuple[Samples, Moves]:
    """The moves of a driver and the sound they go with."""
    if order.family != "classics":
        seconds = _SECONDS.get(order.family, _SECONDS["subtle"])
        return sound.silence(seconds), head_motion.animation(order.family, driver, seconds, FPS)
    song, keys, seconds = melody.sing(order.driver)
    movement = head_motion.animation("classics", driver, seconds, FPS)
    mouth = mouths.follow(keys, movement.frames, FPS)
    samples = sound.silence(seconds) if order.mute else sound.fitted(song, seconds)
    return samples, movement.plus(open=mouth.open, wide=mouth.wide, teeth=mouth.teeth)


def _calmed(movement: Moves) -> Moves:
    """Moves small enough for a head that must stay on its shoulders in a whole picture."""
    calm = {"right": 0.6, "down": 0.6, "roll": 0.6, "zoom": 0.5, "yaw": 0.8, "pitch": 0.8}
    curves = {name: (curve * calm.get(name, 1.0)).astype(np.float32) for name, curve in movement.curves.items()}
    return Moves(curves, movement.frames)
