"""The bodies that HeyGen takes: videos in v2 (any number of scenes) and v3 (one scene), templates, translations."""

import json
from collections.abc import Mapping
from typing import Any

from adapters.contracts import BodySchema
from adapters.studios.heygen.client import HeygenClient
from adapters.studios.heygen.video_spec import (
    EXTRA_FIELDS,
    MAX_SCENE_CHARACTERS,
    HeygenPayloadSource,
    NotInThisVersion,
    Shot,
    VideoSpec,
    with_line,
)
from adapters.studios.payload import set_path, without_none
from bot.errors import Refused
from bot.jobs.job import Job
from bot.requests.kinds import Translation
from bot.requests.languages import LANGUAGE_CODES
from bot.requests.storyboard.scenes import Scene
from bot.requests.template import Template

VIDEO_V2 = BodySchema("heygen-v2", "/v2/video/generate")
SCENE_V2 = BodySchema("heygen-v2", part="Scene")
_SCENE_PARTS = ("character", "voice", "background")

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

TEMPLATE_V2 = BodySchema("heygen-v2", "/v2/template/{template_id}/generate")
TRANSLATION_V2 = BodySchema("heygen-v2", "/v2/video_translate")
TRANSLATION_V3 = BodySchema("heygen-v3", "/v3/video-translations")
PENDING_FILE_PREFIX = "file:"  # a variable that waits for the id of a file that is not sent yet


def write_v2_payload(source: HeygenPayloadSource) -> dict[str, Any]:
    """The complete and valid body of POST /v2/video/generate."""
    spec = source.spec
    if spec.transparent:
        raise Refused("HeyGen's v2 makes no transparent videos. Leave out --format webm.", "format")
    body: dict[str, Any] = {"video_inputs": [_scene_input(source, shot) for shot in spec.shots]}
    if spec.size:
        body["dimension"] = {"width": spec.size[0], "height": spec.size[1]}
    elif spec.picture_shape and (shape := source.uploads.get("size")):
        body["dimension"] = _dimension(shape)
    body |= without_none(
        caption=spec.captions_in_picture or spec.captions_as_file or None,
        title=spec.title or None,
        folder_id=spec.folder,
        test=spec.test or None,
        callback_id=source.marker,
        callback_url=source.callback_url,
    )
    _apply_settings(source, body)
    return EXTRA_FIELDS.require_valid(VIDEO_V2, body)


def _apply_settings(source: HeygenPayloadSource, body: dict[str, Any]) -> None:
    """`--set character.scale=1.2` is for every scene, `--set dimension.width=720` for the video."""
    for setting in source.spec.settings:
        head = setting.partition("=")[0].strip().partition(".")[0]
        scene_names = {path.rpartition(".")[2] for path in SCENE_V2.fields}
        of_scene = head in _SCENE_PARTS or (head not in VIDEO_V2.fields and head in scene_names)
        schema = SCENE_V2 if of_scene else VIDEO_V2
        path, value = EXTRA_FIELDS.parse_setting(schema, setting)
        for target in body["video_inputs"] if of_scene else (body,):
            set_path(target, path, value)


def _scene_input(source: HeygenPayloadSource, shot: Shot) -> dict[str, Any]:
    avatar = source.avatar_of(shot.scene)
    is_photo = shot.photo or (avatar and avatar.is_photo)
    character = _photo_character(source, shot) if is_photo else _avatar_character(source, shot.scene)
    background = _background_input(source, shot)
    return without_none(voice=_voice_input(source, shot), character=character, background=background)


def _avatar_character(source: HeygenPayloadSource, scene: Scene) -> dict[str, Any]:
    if scene.style == "square":
        raise Refused(
            with_line(scene, "an avatar is framed normal, circle or closeUp; square is for photos."), "script"
        )
    for name in ("talking_style", "expression", "super_resolution"):
        if getattr(scene, name) is not None:
            raise Refused(with_line(scene, f"only photos have {name.replace('_', '-')}; this is an avatar."), "script")
    avatar = source.avatar_of(scene)
    avatar_id = avatar.id if avatar else scene.who
    return without_none(type="avatar", avatar_id=avatar_id, avatar_style=scene.style, **_shared_fields(scene))


def _photo_character(source: HeygenPayloadSource, shot: Shot) -> dict[str, Any]:
    scene, avatar = shot.scene, source.avatar_of(shot.scene)
    if scene.style == "closeUp":
        raise Refused(with_line(scene, "a photo is framed square or circle; closeUp is for avatars."), "script")
    if (scene.scale or 0) > 2:
        raise Refused(with_line(scene, f"the scale of a photo goes up to 2; this is {scene.scale:g}."), "script")
    return without_none(
        type="talking_photo",
        talking_photo_id=source.uploads.get(shot.photo) if shot.photo else avatar and avatar.id,
        talking_photo_style=None if scene.style == "normal" else scene.style,
        talking_style=scene.talking_style,
        expression=scene.expression,
        super_resolution=scene.super_resolution,
        **_shared_fields(scene),
    )


def _shared_fields(scene: Scene) -> dict[str, Any]:
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
    return without_none(
        type="text",
        voice_id=source.voice_of(scene, source.avatar_of(scene)),
        input_text=scene.say,
        speed=scene.speed,
        pitch=scene.pitch,
        emotion=scene.emotion,
        locale=scene.locale,
        elevenlabs_settings=_elevenlabs_settings(scene) or None,
    )


def _background_input(source: HeygenPayloadSource, shot: Shot) -> dict[str, Any] | None:
    scene = shot.scene
    if shot.background_link:
        return without_none(type="image", url=shot.background_link, fit=scene.fit)
    if shot.backdrop and shot.has_video_backdrop:
        asset = source.uploads.get(shot.backdrop)
        return without_none(type="video", video_asset_id=asset, play_style=scene.play, fit=scene.fit)
    if shot.backdrop:
        return without_none(type="image", image_asset_id=source.uploads.get(shot.backdrop), fit=scene.fit)
    return {"type": "color", "value": scene.background} if scene.background else None


def write_v3_payload(source: HeygenPayloadSource) -> dict[str, Any]:
    """The complete and valid body of POST /v3/videos."""
    spec = source.spec
    if len(spec.shots) > 1:
        raise NotInThisVersion(
            f"HeyGen's v3 makes one scene, this has {len(spec.shots)}; several need its v2.", "script"
        )
    shot = spec.shots[0]
    scene = shot.scene
    _require_v3_support(scene, spec)
    body = without_none(
        **_speaker_fields(source, shot),
        **_voice_fields(source, shot),
        **_size_fields(spec),
        background=_background_field(source, shot),
        remove_background=(True if scene.matting else None) if not spec.transparent else None,
        output_format="webm" if spec.transparent else None,
        caption=_caption_field(spec),
        title=f"{spec.title} · {source.marker}" if spec.title else source.marker,
        folder_id=spec.folder,
        callback_id=source.marker,
        callback_url=source.callback_url,
    )
    return EXTRA_FIELDS.complete(body, VIDEO_V3, spec.settings)


def _require_v3_support(scene: Scene, spec: VideoSpec) -> None:
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
    elevenlabs = _elevenlabs_settings(scene)
    settings = without_none(
        speed=scene.speed,
        pitch=scene.pitch,
        locale=scene.locale,
        engine_settings={"engine_type": "elevenlabs", **elevenlabs} if elevenlabs else None,
    )
    return {"script": scene.say, "voice_id": voice or None, "voice_settings": settings or None}


def _elevenlabs_settings(scene: Scene) -> dict[str, Any]:
    return without_none(
        model=scene.model,
        stability=scene.stability,
        similarity_boost=scene.similarity,
        style=scene.exaggeration,
    )


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


def write_template(job: Job, webhook_url: str | None) -> tuple[str, dict[str, Any]]:
    request = job.request
    assert isinstance(request, Template)  # noqa: S101 - the caller looked
    body: dict[str, Any] = {"variables": _with_asset_ids(json.loads(job.uploads.get("variables", "{}")), job.uploads)}
    if request.dimension:
        body["dimension"] = _dimension(request.dimension)
    body |= without_none(
        title=request.title or job.marker,
        caption=request.captions or None,
        test=request.test or None,
        callback_id=job.marker,
        callback_url=webhook_url,
    )
    path = HeygenClient.fill_path("v2/template/{}/generate", job.uploads.get("template", ""))
    return path, EXTRA_FIELDS.complete(body, TEMPLATE_V2, request.set)


def _with_asset_ids(variables: dict[str, Any], uploads: Mapping[str, str]) -> dict[str, Any]:
    for variable in variables.values():
        ident = variable["properties"].get("asset_id", "")
        if ident.startswith(PENDING_FILE_PREFIX):
            variable["properties"]["asset_id"] = uploads.get(ident.removeprefix(PENDING_FILE_PREFIX), "trial")
    return variables


def write_translation(
    request: Translation, uploads: Mapping[str, str], marker: str, api_version: str, webhook_url: str | None
) -> tuple[str, dict[str, Any]]:
    language = uploads.get("language") or request.languages[0]
    named = {"title": marker, "callback_id": marker} | ({"callback_url": webhook_url} if webhook_url else {})
    if api_version == "v2":
        body: dict[str, Any] = {"video_url": uploads.get("video_url", ""), "output_language": language} | named
        return "v2/video_translate", EXTRA_FIELDS.complete(body, TRANSLATION_V2, request.set)
    source = {"type": "asset_id", "asset_id": uploads.get("video", "")}
    body = {"video": source, "output_languages": [language], "mode": "speed"} | named
    if request.source:
        body["input_language"] = LANGUAGE_CODES.get(request.source, request.source)
    return "v3/video-translations", EXTRA_FIELDS.complete(body, TRANSLATION_V3, request.set)


def _dimension(size: str) -> dict[str, int]:
    width, _, height = size.partition("x")
    return {"width": int(width), "height": int(height)}
