"""The v2 dialect: any number of scenes in one body."""

from typing import Any

from adapters.contracts import BodySchema
from adapters.studios.extra_fields import set_path
from adapters.studios.heygen.video_spec import EXTRA_FIELDS, HeygenPayloadSource, Shot, with_line
from bot.errors import Refused
from bot.requests.storyboard.scenes import Scene

VIDEO_V2 = BodySchema("heygen-v2", "/v2/video/generate")
SCENE_V2 = BodySchema("heygen-v2", part="Scene")
_SCENE_PARTS = ("character", "voice", "background")


def write_v2_payload(source: HeygenPayloadSource) -> dict[str, Any]:
    """The body of POST /v2/video/generate, whole and valid."""
    spec = source.spec
    if spec.transparent:
        raise Refused("HeyGen's v2 has no transparent films; leave --format webm out.", "format")
    body: dict[str, Any] = {"video_inputs": [_scene_input(source, shot) for shot in spec.shots]}
    if spec.size:
        body["dimension"] = {"width": spec.size[0], "height": spec.size[1]}
    elif spec.picture_shape and (shape := source.uploads.get("size")):
        width, _, height = shape.partition("x")
        body["dimension"] = {"width": int(width), "height": int(height)}
    wanted: dict[str, Any] = {
        "caption": spec.captions_in_picture or spec.captions_as_file or None,
        "title": spec.title or None,
        "folder_id": spec.folder,
        "test": spec.test or None,
        "callback_id": source.marker,
        "callback_url": source.callback_url,
    }
    body |= {name: value for name, value in wanted.items() if value is not None}
    _apply_settings(source, body)
    return EXTRA_FIELDS.require_valid(VIDEO_V2, body)


def _apply_settings(source: HeygenPayloadSource, body: dict[str, Any]) -> None:
    """`--set character.scale=1.2` speaks of every scene, `--set dimension.width=720` of the film."""
    for setting in source.spec.settings:
        head = setting.partition("=")[0].strip().partition(".")[0]
        schema = SCENE_V2 if head in _SCENE_PARTS else VIDEO_V2
        if (
            schema is VIDEO_V2
            and head not in VIDEO_V2.fields
            and head in {path.rpartition(".")[2] for path in SCENE_V2.fields}
        ):
            schema = SCENE_V2
        path, value = EXTRA_FIELDS.parse_setting(schema, setting)
        for target in body["video_inputs"] if schema is SCENE_V2 else (body,):
            set_path(target, path, value)


def _scene_input(source: HeygenPayloadSource, shot: Shot) -> dict[str, Any]:
    scene = shot.scene
    scene_input: dict[str, Any] = {"voice": _voice_input(source, shot)}
    scene_input["character"] = (
        _photo_character(source, shot) if _is_photo(source, shot) else _avatar_character(source, scene)
    )
    if background := _background_input(source, shot):
        scene_input["background"] = background
    return scene_input


def _is_photo(source: HeygenPayloadSource, shot: Shot) -> bool:
    avatar = source.avatar_of(shot.scene)
    return bool(shot.photo) or bool(avatar and avatar.is_photo)


def _avatar_character(source: HeygenPayloadSource, scene: Scene) -> dict[str, Any]:
    if scene.style == "square":
        raise Refused(
            with_line(scene, "an avatar is framed normal, circle or closeUp; square is for photos."), "script"
        )
    for name in ("talking_style", "expression", "super_resolution"):
        if getattr(scene, name) is not None:
            raise Refused(with_line(scene, f"only photos have {name.replace('_', '-')}; this is an avatar."), "script")
    avatar = source.avatar_of(scene)
    values = {"type": "avatar", "avatar_id": avatar.id if avatar else scene.who, "avatar_style": scene.style}
    return _without_none(values | _shared_fields(scene))


def _photo_character(source: HeygenPayloadSource, shot: Shot) -> dict[str, Any]:
    scene, avatar = shot.scene, source.avatar_of(shot.scene)
    if scene.style == "closeUp":
        raise Refused(with_line(scene, "a photo is framed square or circle; closeUp is for avatars."), "script")
    if (scene.scale or 0) > 2:
        raise Refused(with_line(scene, f"the scale of a photo goes up to 2; this is {scene.scale:g}."), "script")
    values = {
        "type": "talking_photo",
        "talking_photo_id": source.uploads.get(shot.photo) if shot.photo else avatar and avatar.id,
        "talking_photo_style": None if scene.style == "normal" else scene.style,
        "talking_style": scene.talking_style,
        "expression": scene.expression,
        "super_resolution": scene.super_resolution,
    }
    return _without_none(values | _shared_fields(scene))


def _shared_fields(scene: Scene) -> dict[str, Any]:
    """What avatars and photos share."""
    offset = None
    if scene.offset:
        x, y = (float(part) for part in scene.offset.split(","))
        offset = {"x": x, "y": y}
    return {
        "scale": scene.scale,
        "offset": offset,
        "matting": scene.matting,
        "circle_background_color": scene.circle_background,
    }


def _voice_input(source: HeygenPayloadSource, shot: Shot) -> dict[str, Any]:
    scene = shot.scene
    if scene.silence is not None:
        return {"type": "silence", "duration": scene.silence}
    if shot.audio:
        return {"type": "audio", "audio_asset_id": source.uploads.get(shot.audio)}
    eleven = {
        "model": scene.model,
        "stability": scene.stability,
        "similarity_boost": scene.similarity,
        "style": scene.exaggeration,
    }
    values = {
        "type": "text",
        "voice_id": source.voice_of(scene, source.avatar_of(scene)),
        "input_text": scene.say,
        "speed": scene.speed,
        "pitch": scene.pitch,
        "emotion": scene.emotion,
        "locale": scene.locale,
        "elevenlabs_settings": _without_none(eleven) or None,
    }
    return _without_none(values)


def _background_input(source: HeygenPayloadSource, shot: Shot) -> dict[str, Any] | None:
    scene = shot.scene
    if shot.background_link:
        return _without_none({"type": "image", "url": shot.background_link, "fit": scene.fit})
    if shot.backdrop and shot.has_video_backdrop:
        asset = source.uploads.get(shot.backdrop)
        return _without_none({"type": "video", "video_asset_id": asset, "play_style": scene.play, "fit": scene.fit})
    if shot.backdrop:
        return _without_none({"type": "image", "image_asset_id": source.uploads.get(shot.backdrop), "fit": scene.fit})
    return {"type": "color", "value": scene.background} if scene.background else None


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
