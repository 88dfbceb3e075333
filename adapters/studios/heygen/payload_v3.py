"""The v3 dialect: one speaker and one script in a body."""

from typing import Any

from adapters.contracts import BodySchema
from adapters.studios.heygen.video_spec import (
    EXTRA_FIELDS,
    MAX_SCENE_CHARACTERS,
    HeygenPayloadSource,
    NotInThisVersion,
    Shot,
    VideoSpec,
    with_line,
)
from bot.requests.storyboard.scenes import Scene

VIDEO_V3 = BodySchema("heygen-v3", "/v3/videos")
# What a scene may say and v3 has no field for, by the word people use.
NOT_IN_V3 = {
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
V3_SIZES = {
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


def write_v3_payload(source: HeygenPayloadSource) -> dict[str, Any]:
    """The body of POST /v3/videos, whole and valid."""
    spec = source.spec
    if len(spec.shots) > 1:
        raise NotInThisVersion(
            f"HeyGen's v3 makes one scene, this has {len(spec.shots)}; several need its v2.", "script"
        )
    shot = spec.shots[0]
    _require_v3_support(shot.scene, spec)
    scene = shot.scene
    values: dict[str, Any] = _speaker_fields(source, shot) | _voice_fields(source, shot) | _size_fields(spec)
    values |= {
        "background": _background_field(source, shot),
        "remove_background": (True if scene.matting else None) if not spec.transparent else None,
        "output_format": "webm" if spec.transparent else None,
        "caption": _caption_field(spec),
        "title": f"{spec.title} · {source.marker}" if spec.title else source.marker,
        "folder_id": spec.folder,
        "callback_id": source.marker,
        "callback_url": source.callback_url,
    }
    body = {name: value for name, value in values.items() if value is not None}
    EXTRA_FIELDS.apply(body, VIDEO_V3, spec.settings)
    return EXTRA_FIELDS.require_valid(VIDEO_V3, body)


def _require_v3_support(scene: Scene, spec: VideoSpec) -> None:
    """Refuse what only v2 can write."""
    for name, title in NOT_IN_V3.items():
        value = getattr(scene, name)
        if value is not None and (name, value) not in (("style", "normal"), ("expression", "default")):
            raise NotInThisVersion(with_line(scene, f"HeyGen's v3 has no {title}; its v2 has."), "script")
    if spec.test:
        raise NotInThisVersion("HeyGen's v3 has no free tries; its v2 has.", "test")
    if spec.size and spec.size not in V3_SIZES:
        raise NotInThisVersion(f"HeyGen's v3 has no size {spec.size[0]}x{spec.size[1]}; its v2 has.", "size")
    if scene.say and len(scene.say) > MAX_SCENE_CHARACTERS:
        raise NotInThisVersion(
            f"HeyGen's v3 takes {MAX_SCENE_CHARACTERS:,} characters, this has {len(scene.say):,}.", "script"
        )


def _speaker_fields(source: HeygenPayloadSource, shot: Shot) -> dict[str, Any]:
    if shot.photo:
        return {"type": "image", "image": {"type": "asset_id", "asset_id": source.uploads.get(shot.photo)}}
    avatar = source.avatar_of(shot.scene)
    return {"type": "avatar", "avatar_id": avatar.id if avatar else shot.scene.who}


def _voice_fields(source: HeygenPayloadSource, shot: Shot) -> dict[str, Any]:
    scene = shot.scene
    if shot.audio:
        return {"audio_asset_id": source.uploads.get(shot.audio)}
    voice = source.voice_of(scene, source.avatar_of(scene))
    settings = {
        "speed": scene.speed,
        "pitch": scene.pitch,
        "locale": scene.locale,
        "engine_settings": _elevenlabs_settings(scene),
    }
    kept = {name: value for name, value in settings.items() if value is not None}
    return {"script": scene.say, "voice_id": voice or None, "voice_settings": kept or None}


def _elevenlabs_settings(scene: Scene) -> dict[str, Any] | None:
    settings = {
        "model": scene.model,
        "stability": scene.stability,
        "similarity_boost": scene.similarity,
        "style": scene.exaggeration,
    }
    kept = {name: value for name, value in settings.items() if value is not None}
    return {"engine_type": "elevenlabs", **kept} if kept else None


def _size_fields(spec: VideoSpec) -> dict[str, Any]:
    if spec.size:
        ratio, resolution = V3_SIZES[spec.size]
        return {"aspect_ratio": ratio, "resolution": resolution}
    return {"aspect_ratio": "auto"} if spec.picture_shape else {}


def _background_field(source: HeygenPayloadSource, shot: Shot) -> dict[str, Any] | None:
    if source.spec.transparent:
        return None
    if shot.has_video_backdrop:
        raise NotInThisVersion(with_line(shot.scene, "HeyGen's v3 has no background videos; its v2 has."), "script")
    if shot.background_link:
        return {"type": "image", "url": shot.background_link}
    if shot.backdrop:
        return {"type": "image", "asset_id": source.uploads.get(shot.backdrop)}
    return {"type": "color", "value": shot.scene.background} if shot.scene.background else None


def _caption_field(spec: VideoSpec) -> dict[str, Any] | None:
    if spec.captions_in_picture:
        return {"file_format": "srt", "style": "default"}
    return {"file_format": "srt"} if spec.captions_as_file else None
