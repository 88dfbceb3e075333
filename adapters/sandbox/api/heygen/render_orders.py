"""What to render for a job: scenes as they were asked for, with stand-ins for what lies elsewhere."""

from typing import Any, Literal, get_args

from adapters.sandbox.api.common import find_by_id, job_file, spoken_text, translation_order
from adapters.sandbox.api.heygen.presenters import AVATARS, PHOTOS, StockAvatar, to_speech_voice
from adapters.sandbox.context import SandboxContext
from adapters.sandbox.render.order import RenderOrder, RenderScene
from adapters.sandbox.store.jobs import SandboxJob

HEYGEN_LABEL = "HeyGen sandbox"

_FrameShape = Literal["normal", "circle", "square", "closeUp"]
_FRAME_SHAPES: tuple[_FrameShape, ...] = get_args(_FrameShape)


def build_order(job: SandboxJob, context: SandboxContext) -> RenderOrder:
    kind = job.notes.get("format", "mp4")
    out = context.files.result_path(job.id, f"{job.id}.{kind}")
    if job.kind == "translation":
        return translation_order(job, context, {"out": out, "label": HEYGEN_LABEL})
    width, height = job.notes["size"]
    scenes = tuple(_build_scene(job, context, nth, scene) for nth, scene in enumerate(job.notes["scenes"]))
    return RenderOrder(
        "storyboard",
        out,
        size=(width, height),
        scenes=scenes,
        subtitles=bool(job.notes["subtitles"]),
        burn_captions=bool(job.notes["burnt"]),
        format=kind,
        label=HEYGEN_LABEL,
    )


def _build_scene(job: SandboxJob, context: SandboxContext, nth: int, scene: dict[str, Any]) -> RenderScene:
    character = scene.get("character") or {"type": "avatar", "avatar_id": AVATARS[0].id}
    offset, background = character.get("offset") or {}, scene.get("background") or {}
    behind = job_file(job, context, f"{nth}.background")
    moving = background.get("type") == "video"
    who, given = _scene_avatar(character), job_file(job, context, f"{nth}.photo")
    style = character.get("avatar_style") or character.get("talking_photo_style")
    return RenderScene(
        picture=given or who.picture_path,
        # A photo may be freed from its background, which here works for those that ship with the sandbox.
        photo=(bool(given) or who.is_photo) and not character.get("matting"),
        shape=next((shape for shape in _FRAME_SHAPES if shape == style), "normal"),
        scale=float(character.get("scale", 1.0)),
        offset=(float(offset.get("x", 0.0)), float(offset.get("y", 0.0))),
        circle_colour=character.get("circle_background_color"),
        happy=character.get("expression") == "happy",
        family="lively" if character.get("talking_style") == "expressive" else "natural",
        background=background.get("value"),
        background_picture=None if moving else behind,
        background_video=behind if moving else None,
        fit=background.get("fit", "cover"),
        play=background.get("play_style", "fit_to_scene"),
        **_voice_options(job, context, nth, scene["voice"]),
    )


def _scene_avatar(character: dict[str, Any]) -> StockAvatar:
    found = find_by_id(AVATARS, character.get("avatar_id", ""))
    return found or find_by_id(PHOTOS, character.get("talking_photo_id", "")) or AVATARS[0]


def _voice_options(job: SandboxJob, context: SandboxContext, nth: int, voice: dict[str, Any]) -> dict[str, Any]:
    if voice["type"] == "silence":
        return {"silence": float(voice.get("duration", 1.0))}
    if voice["type"] == "audio":
        sound = job_file(job, context, f"{nth}.audio")
        return {"sound": sound} if sound else {"text": "This sound lies elsewhere.", "voice": to_speech_voice("")}
    spoken = to_speech_voice(voice["voice_id"], voice.get("speed", 1.0), voice.get("pitch", 0), voice.get("locale"))
    return {"text": spoken_text(voice["input_text"]), "voice": spoken}
