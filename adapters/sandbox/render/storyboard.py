"""Films of many scenes, one after another: each with its background, its speaker and what is heard."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from adapters.sandbox.render import backdrops, captions
from adapters.sandbox.render.audio.sound import Samples
from adapters.sandbox.render.audio.speech_track import FPS, Voiced, quiet, voiced
from adapters.sandbox.render.captions import Caption
from adapters.sandbox.render.face.features import Paint
from adapters.sandbox.render.face.pose import Moves
from adapters.sandbox.render.order import LONGEST_FILM, Order, Scene, Spoilt
from adapters.sandbox.render.speaker_layer import figure
from adapters.sandbox.render.talk import marks
from adapters.sandbox.render.yuv_planes import Planes, blend, even

_USUAL = (1280, 720)
_LONGEST_SIDE = 1920


@dataclass(frozen=True)
class Played:
    """A storyboard before it is written down."""

    size: tuple[int, int]
    frames: Iterator[Planes]
    samples: Samples
    lines: list[Caption]


def play(order: Order) -> Played:
    """The film of an order, scene after scene."""
    if not order.scenes:
        raise Spoilt("UnknownError", "there are no scenes")
    width, height = order.size or _USUAL
    scale = min(1.0, _LONGEST_SIDE / max(width, height))
    size = even(width * scale), even(height * scale)
    heard = _until_cut([(scene, _heard(scene, order)) for scene in order.scenes])
    samples = np.concatenate([said.samples for _, said in heard])
    lines = _lines([said for _, said in heard])
    frames = _frames(order, size, heard)
    return Played(size, _captioned(frames, size, lines) if order.burnt else frames, samples, lines)


def _heard(scene: Scene, order: Order) -> Voiced:
    """What a scene sounds like, and how its speaker moves with it."""
    moods = ((0, "happy", 1.0),) if scene.happy else ()
    alone = Order(
        "talk", order.out, text=scene.text, sound=scene.sound, voice=scene.voice, family=scene.family, expressions=moods
    )
    return quiet(alone, scene.silence) if scene.silence else voiced(alone)


def _until_cut(heard: list[tuple[Scene, Voiced]]) -> list[tuple[Scene, Voiced]]:
    """As many scenes as a rehearsal may last; what is cut is the end."""
    kept: list[tuple[Scene, Voiced]] = []
    left = round(LONGEST_FILM * FPS)
    for scene, said in heard:
        if left <= 0:
            break
        kept.append((scene, _cut(said, left)))
        left -= said.moves.frames
    return kept


def _cut(said: Voiced, most: int) -> Voiced:
    frames = said.moves.frames
    if frames <= most:
        return said
    return replace(
        said, samples=said.samples[: most * len(said.samples) // frames], moves=Moves(said.moves.curves, most)
    )


def _lines(heard: list[Voiced]) -> list[Caption]:
    """The captions of all scenes, at the times of the whole."""
    found: list[Caption] = []
    at = 0.0
    for said in heard:
        found += [Caption(each.start + at, each.end + at, each.text) for each in said.captions]
        at += said.moves.frames / FPS
    return found


def _frames(order: Order, size: tuple[int, int], heard: list[tuple[Scene, Voiced]]) -> Iterator[Planes]:
    over = marks(order, size)
    for scene, said in heard:
        draw = figure(scene, size, said.moves)
        behind = backdrops.moving(scene, size, said.moves.frames)
        for index in range(said.moves.frames):
            whole = next(behind).copy()
            draw(whole, index)
            _mark(whole, over)
            yield whole


def _captioned(frames: Iterator[Planes], size: tuple[int, int], lines: list[Caption]) -> Iterator[Planes]:
    """The pictures with the caption of their moment."""
    drawn = {text: captions.burnt(text, size) for text in {each.text for each in lines}}
    for index, planes in enumerate(frames):
        now = index / FPS
        current = (drawn[each.text] for each in lines if each.start <= now < each.end)
        _mark(planes, [paint for paint in current if paint])
        yield planes


def _mark(planes: Planes, over: list[Paint]) -> None:
    for mark in over:
        blend(planes, mark.top, mark.left, mark.cover, mark.yuv)
