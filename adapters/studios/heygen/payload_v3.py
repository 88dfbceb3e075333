"""The v3 dialect: one speaker and one script in a body."""

from typing import Any

from adapters.studios.heygen.payload_source import SETS, Draft, Lacks, at
from adapters.studios.heygen.schemas import VideoV3
from adapters.studios.heygen.video_spec import SAY_MOST, Film, Shot
from bot.requests.storyboard.scenes import Scene

# What a scene may say and v3 has no field for, by the word people use.
LACKING = {
    "silence": "silences",
    "emotion": "emotions",
    "scale": "scale",
    "offset": "offset",
    "style": "frames",
    "circle_background": "circles",
    "talking_style": "talking-style",
    "expression": "expression",
    "super_resolution": "super-resolution",
    "fit": "fit for backgrounds",
    "play": "background videos",
}
SIZES = {
    (1280, 720): ("16:9", "720p"),
    (1920, 1080): ("16:9", "1080p"),
    (3840, 2160): ("16:9", "4k"),
    (720, 1280): ("9:16", "720p"),
    (1080, 1920): ("9:16", "1080p"),
    (2160, 3840): ("9:16", "4k"),
    (720, 720): ("1:1", "720p"),
    (1080, 1080): ("1:1", "1080p"),
    (720, 900): ("4:5", "720p"),
    (1080, 1350): ("4:5", "1080p"),
    (900, 720): ("5:4", "720p"),
    (1350, 1080): ("5:4", "1080p"),
}


def write(draft: Draft) -> dict[str, Any]:
    """The body of POST /v3/videos, whole and valid."""
    film = draft.film
    if len(film.shots) > 1:
        raise Lacks(f"HeyGen's v3 makes one scene, this has {len(film.shots)}; several need its v2.", "script")
    shot = film.shots[0]
    _fits(shot.scene, film)
    scene = shot.scene
    values: dict[str, Any] = _speaker(draft, shot) | _voice(draft, shot) | _shape(film)
    values |= {
        "background": _background(draft, shot),
        "remove_background": (True if scene.matting else None) if not film.clear else None,
        "output_format": "webm" if film.clear else None,
        "caption": _caption(film),
        "title": f"{film.title} · {draft.marker}" if film.title else draft.marker,
        "folder_id": film.folder,
        "callback_id": draft.marker,
        "callback_url": draft.callback,
    }
    body = {name: value for name, value in values.items() if value is not None}
    SETS.apply(body, VideoV3, film.sets)
    return SETS.checked(VideoV3, body)


def _fits(scene: Scene, film: Film) -> None:
    """Refuse what only v2 can write."""
    for name, called in LACKING.items():
        value = getattr(scene, name)
        if value is not None and (name, value) not in (("style", "normal"), ("expression", "default")):
            raise Lacks(at(scene, f"HeyGen's v3 has no {called}; its v2 has."), "script")
    if film.test:
        raise Lacks("HeyGen's v3 has no free tries; its v2 has.", "test")
    if film.size and film.size not in SIZES:
        raise Lacks(f"HeyGen's v3 has no size {film.size[0]}x{film.size[1]}; its v2 has.", "size")
    if scene.say and len(scene.say) > SAY_MOST:
        raise Lacks(f"HeyGen's v3 takes {SAY_MOST:,} characters, this has {len(scene.say):,}.", "script")


def _speaker(draft: Draft, shot: Shot) -> dict[str, Any]:
    if shot.photo:
        return {"type": "image", "image": {"type": "asset_id", "asset_id": draft.uploads.get(shot.photo)}}
    who = draft.who(shot.scene)
    return {"type": "avatar", "avatar_id": who.id if who else shot.scene.who}


def _voice(draft: Draft, shot: Shot) -> dict[str, Any]:
    scene = shot.scene
    if shot.audio:
        return {"audio_asset_id": draft.uploads.get(shot.audio)}
    voice = draft.voice(scene, draft.who(scene))
    settings = {"speed": scene.speed, "pitch": scene.pitch, "locale": scene.locale, "engine_settings": _eleven(scene)}
    kept = {name: value for name, value in settings.items() if value is not None}
    return {"script": scene.say, "voice_id": voice or None, "voice_settings": kept or None}


def _eleven(scene: Scene) -> dict[str, Any] | None:
    settings = {
        "model": scene.model,
        "stability": scene.stability,
        "similarity_boost": scene.similarity,
        "style": scene.exaggeration,
    }
    kept = {name: value for name, value in settings.items() if value is not None}
    return {"engine_type": "elevenlabs", **kept} if kept else None


def _shape(film: Film) -> dict[str, Any]:
    if film.size:
        ratio, resolution = SIZES[film.size]
        return {"aspect_ratio": ratio, "resolution": resolution}
    return {"aspect_ratio": "auto"} if film.natural else {}


def _background(draft: Draft, shot: Shot) -> dict[str, Any] | None:
    if draft.film.clear:
        return None
    if shot.moving:
        raise Lacks(at(shot.scene, "HeyGen's v3 has no background videos; its v2 has."), "script")
    if shot.link:
        return {"type": "image", "url": shot.link}
    if shot.backdrop:
        return {"type": "image", "asset_id": draft.uploads.get(shot.backdrop)}
    return {"type": "color", "value": shot.scene.background} if shot.scene.background else None


def _caption(film: Film) -> dict[str, Any] | None:
    if film.captions:
        return {"file_format": "srt", "style": "default"}
    return {"file_format": "srt"} if film.beside else None
