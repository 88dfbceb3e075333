"""The v2 dialect: any number of scenes in one body."""

from typing import Any

from adapters.studios.extra_fields import fields, place
from adapters.studios.heygen.payload_source import SETS, Draft, at
from adapters.studios.heygen.schemas import SceneV2, VideoV2
from adapters.studios.heygen.video_spec import Shot
from bot.errors import Refused
from bot.requests.storyboard.scenes import Scene

_PARTS = ("character", "voice", "background")


def write(draft: Draft) -> dict[str, Any]:
    """The body of POST /v2/video/generate, whole and valid."""
    film = draft.film
    if film.clear:
        raise Refused("HeyGen's v2 has no transparent films; leave --format webm out.", "format")
    body: dict[str, Any] = {"video_inputs": [_scene(draft, shot) for shot in film.shots]}
    if film.size:
        body["dimension"] = {"width": film.size[0], "height": film.size[1]}
    elif film.natural and (shape := draft.uploads.get("shape")):
        width, _, height = shape.partition("x")
        body["dimension"] = {"width": int(width), "height": int(height)}
    wanted: dict[str, Any] = {
        "caption": film.captions or film.beside or None,
        "title": film.title or None,
        "folder_id": film.folder,
        "test": film.test or None,
        "callback_id": draft.marker,
        "callback_url": draft.callback,
    }
    body |= {name: value for name, value in wanted.items() if value is not None}
    _set(draft, body)
    return SETS.checked(VideoV2, body)


def _set(draft: Draft, body: dict[str, Any]) -> None:
    """`--set character.scale=1.2` speaks of every scene, `--set dimension.width=720` of the film."""
    for setting in draft.film.sets:
        head = setting.partition("=")[0].strip().partition(".")[0]
        model = SceneV2 if head in _PARTS else VideoV2
        if (
            model is VideoV2
            and head not in fields(VideoV2)
            and head in {path.rpartition(".")[2] for path in fields(SceneV2)}
        ):
            model = SceneV2
        path, value = SETS.parsed(model, setting)
        for target in body["video_inputs"] if model is SceneV2 else (body,):
            place(target, path, value)


def _scene(draft: Draft, shot: Shot) -> dict[str, Any]:
    scene = shot.scene
    found: dict[str, Any] = {"voice": _voice(draft, shot)}
    found["character"] = _photo(draft, shot) if _is_photo(draft, shot) else _avatar(draft, scene)
    if behind := _background(draft, shot):
        found["background"] = behind
    return found


def _is_photo(draft: Draft, shot: Shot) -> bool:
    who = draft.who(shot.scene)
    return bool(shot.photo) or bool(who and who.photo)


def _avatar(draft: Draft, scene: Scene) -> dict[str, Any]:
    if scene.style == "square":
        raise Refused(at(scene, "an avatar is framed normal, circle or closeUp; square is for photos."), "script")
    for name in ("talking_style", "expression", "super_resolution"):
        if getattr(scene, name) is not None:
            raise Refused(at(scene, f"only photos have {name.replace('_', '-')}; this is an avatar."), "script")
    who = draft.who(scene)
    values = {"type": "avatar", "avatar_id": who.id if who else scene.who, "avatar_style": scene.style}
    return _present(values | _common(scene))


def _photo(draft: Draft, shot: Shot) -> dict[str, Any]:
    scene, who = shot.scene, draft.who(shot.scene)
    if scene.style == "closeUp":
        raise Refused(at(scene, "a photo is framed square or circle; closeUp is for avatars."), "script")
    if (scene.scale or 0) > 2:
        raise Refused(at(scene, f"the scale of a photo goes up to 2; this is {scene.scale:g}."), "script")
    values = {
        "type": "talking_photo",
        "talking_photo_id": draft.uploads.get(shot.photo) if shot.photo else who and who.id,
        "talking_photo_style": None if scene.style == "normal" else scene.style,
        "talking_style": scene.talking_style,
        "expression": scene.expression,
        "super_resolution": scene.super_resolution,
    }
    return _present(values | _common(scene))


def _common(scene: Scene) -> dict[str, Any]:
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


def _voice(draft: Draft, shot: Shot) -> dict[str, Any]:
    scene = shot.scene
    if scene.silence is not None:
        return {"type": "silence", "duration": scene.silence}
    if shot.audio:
        return {"type": "audio", "audio_asset_id": draft.uploads.get(shot.audio)}
    eleven = {
        "model": scene.model,
        "stability": scene.stability,
        "similarity_boost": scene.similarity,
        "style": scene.exaggeration,
    }
    values = {
        "type": "text",
        "voice_id": draft.voice(scene, draft.who(scene)),
        "input_text": scene.say,
        "speed": scene.speed,
        "pitch": scene.pitch,
        "emotion": scene.emotion,
        "locale": scene.locale,
        "elevenlabs_settings": _present(eleven) or None,
    }
    return _present(values)


def _background(draft: Draft, shot: Shot) -> dict[str, Any] | None:
    scene = shot.scene
    if shot.link:
        return _present({"type": "image", "url": shot.link, "fit": scene.fit})
    if shot.backdrop and shot.moving:
        asset = draft.uploads.get(shot.backdrop)
        return _present({"type": "video", "video_asset_id": asset, "play_style": scene.play, "fit": scene.fit})
    if shot.backdrop:
        return _present({"type": "image", "image_asset_id": draft.uploads.get(shot.backdrop), "fit": scene.fit})
    return {"type": "color", "value": scene.background} if scene.background else None


def _present(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
