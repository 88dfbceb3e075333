"""Makes the film of an order; blocking, and meant to run in a worker of the pool."""

from adapters.sandbox.render import captions, photo, presenter, storyboard, translate
from adapters.sandbox.render.audio.speech_track import SPEECH_FPS, speech_track
from adapters.sandbox.render.encode import Film, write_video
from adapters.sandbox.render.order import RenderedVideo, RenderOrder


def render_video(order: RenderOrder) -> RenderedVideo:
    """The video of an order, or RenderFailed; the file appears under its name only when it is whole."""
    film = _compose_film(order)
    part = order.out.with_name(f".{order.out.name}.part")
    try:
        count = write_video(part, order.format, film)
        part.replace(order.out)
    finally:
        part.unlink(missing_ok=True)
    beside = captions.write_srt(order.out.with_suffix(".srt"), film.captions) if film.captions else None
    return RenderedVideo(order.out, beside, count / film.fps, *film.size, count, float(film.fps))


def _compose_film(order: RenderOrder) -> Film:
    match order.kind:
        case "translation":
            return translate.translation_film(order)
        case "animation":
            return photo.animation_film(order)
        case "storyboard":
            return storyboard.storyboard_film(order)
    track = speech_track(order)
    compose = presenter.compose_presenter if order.kind == "presenter" else photo.compose_talk
    return compose(order, track.motion).film(SPEECH_FPS, track.samples, track.captions if order.subtitles else [])
