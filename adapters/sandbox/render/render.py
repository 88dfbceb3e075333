"""Makes the film of an order; blocking, and meant to run in a worker of the pool."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from adapters.sandbox.render import animate, captions, encode, presenter, storyboard, talk, translate
from adapters.sandbox.render.audio import sound
from adapters.sandbox.render.audio.sound import Samples
from adapters.sandbox.render.audio.speech_track import SPEECH_FPS, speech_track
from adapters.sandbox.render.captions import TimedCaption
from adapters.sandbox.render.compositor import Composition
from adapters.sandbox.render.order import RenderedVideo, RenderOrder
from adapters.sandbox.render.yuv_planes import YuvPlanes

_INSTANT_SIDE_PIXELS, _INSTANT_FRAME_COUNT = 64, 5


def render_video(order: RenderOrder) -> RenderedVideo:
    """The video of an order, or RenderFailed with the reason."""
    if order.instant:
        return _write_instant(order)
    if order.kind == "translation":
        translated = translate.render_translation(order)
        source = translated.source
        return _write_files(order, translated.frames, source.size, source.fps, translated.samples, translated.captions)
    if order.kind == "animation":
        animated = animate.render_animation(order)
        return _write_composition(order, animated.composition, animate.ANIMATION_FPS, animated.samples, [])
    if order.kind == "storyboard":
        board_video = storyboard.render_storyboard(order)
        return _write_files(
            order,
            board_video.frames,
            board_video.size,
            SPEECH_FPS,
            board_video.samples,
            board_video.captions if order.subtitles else [],
        )
    track = speech_track(order)
    composition = (presenter.compose_presenter if order.kind == "presenter" else talk.compose_talk)(order, track.motion)
    return _write_composition(order, composition, SPEECH_FPS, track.samples, track.captions if order.subtitles else [])


def _write_composition(
    order: RenderOrder, composition: Composition, fps: int, samples: Samples, timed_captions: list[TimedCaption]
) -> RenderedVideo:
    """Write what a stage shows."""
    return _write_files(order, composition.frames(), composition.size, fps, samples, timed_captions)


def _write_files(
    order: RenderOrder,
    frames: Iterable[YuvPlanes],
    size: tuple[int, int],
    fps: int,
    samples: Samples,
    lines: list[TimedCaption],
) -> RenderedVideo:
    """Write a film and its captions; the file appears under its name only when it is whole."""
    part = order.out.with_name(f".{order.out.name}.part")
    try:
        count = encode.write_video(part, order.format, frames, size, fps, samples)
        part.replace(order.out)
    finally:
        part.unlink(missing_ok=True)
    beside = captions.write_srt(order.out.with_suffix(".srt"), lines) if lines else None
    return RenderedVideo(order.out, beside, count / fps, size[0], size[1], count, float(fps))


def _write_instant(order: RenderOrder) -> RenderedVideo:
    """A tiny film from memory, for trying how many jobs a bot can carry."""
    order.out.write_bytes(tiny_video(order.format))
    wanted = order.subtitles or order.kind == "translation"
    seconds = _INSTANT_FRAME_COUNT / SPEECH_FPS
    lines = [TimedCaption(0.0, seconds, (order.text or order.language or "…")[:80])] if wanted else []
    beside = captions.write_srt(order.out.with_suffix(".srt"), lines) if lines else None
    return RenderedVideo(
        order.out, beside, seconds, _INSTANT_SIDE_PIXELS, _INSTANT_SIDE_PIXELS, _INSTANT_FRAME_COUNT, float(SPEECH_FPS)
    )


@cache
def tiny_video(kind: str) -> bytes:
    """The bytes of a tiny grey film."""
    half = _INSTANT_SIDE_PIXELS // 2
    grey = YuvPlanes(np.full((half * 2, half * 2), 126, np.uint8), np.full((half, half, 2), 128, np.uint8))
    with TemporaryDirectory() as folder:
        path, quiet = Path(folder) / "tiny", sound.silence(_INSTANT_FRAME_COUNT / SPEECH_FPS)
        encode.write_video(path, kind, [grey] * _INSTANT_FRAME_COUNT, (half * 2, half * 2), SPEECH_FPS, quiet)
        return path.read_bytes()
