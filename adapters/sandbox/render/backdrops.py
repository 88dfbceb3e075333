"""What is seen behind a scene: a colour, a picture, or a video that plays behind the speaker."""

from collections.abc import Iterator
from itertools import repeat
from pathlib import Path

import av
import numpy as np
from PIL import Image

from adapters.sandbox.render import pictures
from adapters.sandbox.render.audio.speech_track import SPEECH_FPS
from adapters.sandbox.render.order import RenderFailed, RenderScene
from adapters.sandbox.render.pictures import parse_colour
from adapters.sandbox.render.yuv_planes import Size, YuvPlanes, decoded_planes, even_size, picture_to_planes
from adapters.sandbox.safe_open import open_media

DEFAULT_COLOUR = "#f6f6fc"


def _still_background(scene: RenderScene, size: Size) -> Image.Image:
    if scene.background_picture:
        return _fit_picture(pictures.load_picture(scene.background_picture, what="background"), size, scene.fit)
    return Image.new("RGB", size, parse_colour(scene.background or DEFAULT_COLOUR))


def moving_background(scene: RenderScene, size: Size, frames: int) -> Iterator[YuvPlanes]:
    if scene.background_video is None:
        return repeat(picture_to_planes(_still_background(scene, size)))
    return _video_frames(scene.background_video, size, frames, scene.play, scene.fit)


def _fit_picture(image: Image.Image, size: Size, fit: str) -> Image.Image:
    """A picture in a frame: filling it, whole within it, or in its own size in the middle."""
    if fit in ("cover", "crop"):
        return pictures.fill_size(image, size)
    picture = pictures.on_white(image)
    if fit == "contain":
        scale = min(size[0] / picture.width, size[1] / picture.height)
        wide, tall = max(round(picture.width * scale), 1), max(round(picture.height * scale), 1)
        picture = picture.resize((wide, tall), Image.Resampling.LANCZOS)
    frame = Image.new("RGB", size, parse_colour(DEFAULT_COLOUR))
    frame.paste(picture, ((size[0] - picture.width) // 2, (size[1] - picture.height) // 2))
    return frame


def _video_frames(path: Path, size: Size, frames: int, play: str, fit: str) -> Iterator[YuvPlanes]:
    """A film as long as the scene: fitted to it, looped, held at its end, or gone after it."""
    length = _video_seconds(path)
    pace = length * SPEECH_FPS / max(frames, 1) if play == "fit_to_scene" else 1.0
    shown = picture_to_planes(Image.new("RGB", size, parse_colour(DEFAULT_COLOUR)))
    after = shown
    pictures_ = _decode_frames(path, size, fit)
    time, until = 0.0, -1.0
    for _ in range(frames):
        while until < time:
            following = next(pictures_, None)
            if following is None and play == "loop" and until > 0:
                pictures_, time, until = _decode_frames(path, size, fit), 0.0, -1.0
                continue
            if following is None:
                shown = after if play == "once" else shown
                break
            until, shown = following
        yield shown
        time += pace / SPEECH_FPS


def _video_seconds(path: Path) -> float:
    try:
        with open_media(path) as file:
            return float(file.duration or 0) / 1_000_000
    except (av.FFmpegError, OSError) as fault:
        raise RenderFailed("SourceError", "the background video cannot be read") from fault


def _decode_frames(path: Path, size: Size, fit: str) -> Iterator[tuple[float, YuvPlanes]]:
    """Each picture of a film with the second at which it ends, as large as the frame."""
    try:
        with open_media(path) as file:
            stream = file.streams.video[0]
            rate = float(stream.average_rate or SPEECH_FPS)
            for index, frame in enumerate(file.decode(stream)):
                yield (index + 1) / rate, _scaled_planes(frame, size, fit)
    except (av.FFmpegError, IndexError, OSError) as fault:
        raise RenderFailed("SourceError", "the background video cannot be read") from fault


def _scaled_planes(frame: av.VideoFrame, size: Size, fit: str) -> YuvPlanes:
    across, down = size[0] / frame.width, size[1] / frame.height
    scale = min(across, down) if fit == "contain" else max(across, down)
    planes = decoded_planes(frame, even_size(frame.width * scale), even_size(frame.height * scale))
    return _centre_planes(planes, size)


def _centre_planes(planes: YuvPlanes, size: Size) -> YuvPlanes:
    """The middle of a picture, on black where it is smaller."""
    tall, wide = planes.y.shape
    whole = YuvPlanes(
        np.full((size[1], size[0]), 16, np.uint8), np.full((size[1] // 2, size[0] // 2, 2), 128, np.uint8)
    )
    (left, skip_x, across), (top, skip_y, down) = _centre_span(wide, size[0]), _centre_span(tall, size[1])
    whole.y[top : top + down, left : left + across] = planes.y[skip_y : skip_y + down, skip_x : skip_x + across]
    half = planes.uv[skip_y // 2 : (skip_y + down) // 2, skip_x // 2 : (skip_x + across) // 2]
    whole.uv[top // 2 : (top + down) // 2, left // 2 : (left + across) // 2] = half
    return whole


def _centre_span(has: int, wants: int) -> tuple[int, int, int]:
    """Where it goes, what is skipped and how much is taken, all even."""
    if has >= wants:
        return 0, (has - wants) // 4 * 2, wants
    return (wants - has) // 4 * 2, 0, has
