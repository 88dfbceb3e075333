"""Makes the film of an order; blocking, and meant to run in a worker of the pool."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from adapters.sandbox.render import animate, captions, encode, presenter, storyboard, talk, translate
from adapters.sandbox.render.audio import sound
from adapters.sandbox.render.audio.sound import Samples
from adapters.sandbox.render.audio.speech_track import FPS, voiced
from adapters.sandbox.render.captions import Caption
from adapters.sandbox.render.compositor import Stage
from adapters.sandbox.render.order import Film, Order
from adapters.sandbox.render.yuv_planes import Planes

_INSTANT_SIDE, _INSTANT_FRAMES = 64, 5


def make(order: Order) -> Film:
    """The film of an order, or `Spoilt` with the reason why there is none."""
    if order.instant:
        return _instant(order)
    if order.kind == "translation":
        translated = translate.translate(order)
        source = translated.source
        return _written(order, translated.frames, source.size, source.fps, translated.samples, translated.captions)
    if order.kind == "animation":
        animated = animate.animate(order)
        return _staged(order, animated.stage, animate.FPS, animated.samples, [])
    if order.kind == "storyboard":
        board = storyboard.play(order)
        return _written(order, board.frames, board.size, FPS, board.samples, board.lines if order.subtitles else [])
    said = voiced(order)
    stage = (presenter.present if order.kind == "presenter" else talk.talk)(order, said.moves)
    return _staged(order, stage, FPS, said.samples, said.captions if order.subtitles else [])


def _staged(order: Order, stage: Stage, fps: int, samples: Samples, lines: list[Caption]) -> Film:
    """Write what a stage shows."""
    return _written(order, stage.frames(), stage.size, fps, samples, lines)


def _written(
    order: Order, frames: Iterable[Planes], size: tuple[int, int], fps: int, samples: Samples, lines: list[Caption]
) -> Film:
    """Write a film and its captions; the file appears under its name only when it is whole."""
    part = order.out.with_name(f".{order.out.name}.part")
    try:
        count = encode.write(part, order.format, frames, size, fps, samples)
        part.replace(order.out)
    finally:
        part.unlink(missing_ok=True)
    beside = captions.write(order.out.with_suffix(".srt"), lines) if lines else None
    return Film(order.out, beside, count / fps, size[0], size[1], count, float(fps))


def _instant(order: Order) -> Film:
    """A tiny film from memory, for trying how many jobs a bot can carry."""
    order.out.write_bytes(tiny(order.format))
    wanted = order.subtitles or order.kind == "translation"
    seconds = _INSTANT_FRAMES / FPS
    lines = [Caption(0.0, seconds, (order.text or order.language or "…")[:80])] if wanted else []
    beside = captions.write(order.out.with_suffix(".srt"), lines) if lines else None
    return Film(order.out, beside, seconds, _INSTANT_SIDE, _INSTANT_SIDE, _INSTANT_FRAMES, float(FPS))


@cache
def tiny(kind: str) -> bytes:
    """The bytes of a tiny grey film."""
    half = _INSTANT_SIDE // 2
    grey = Planes(np.full((half * 2, half * 2), 126, np.uint8), np.full((half, half, 2), 128, np.uint8))
    with TemporaryDirectory() as folder:
        path, quiet = Path(folder) / "tiny", sound.silence(_INSTANT_FRAMES / FPS)
        encode.write(path, kind, [grey] * _INSTANT_FRAMES, (half * 2, half * 2), FPS, quiet)
        return path.read_bytes()
