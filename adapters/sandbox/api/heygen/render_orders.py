"""What to render for a job: scenes as they were asked for, with stand-ins for what lies elsewhere."""

from pathlib import Path
from typing import Any, Literal

from adapters.sandbox.api.heygen.presenters import AVATARS, Person, avatar, photo, sounding
from adapters.sandbox.context import House, portraits
from adapters.sandbox.fault_injection import unmarked
from adapters.sandbox.render.order import Order, Scene, Voice
from adapters.sandbox.store.jobs import Job

LABEL = "HeyGen sandbox"

_SHAPES: dict[str, Literal["normal", "circle", "square", "closeUp"]] = {
    "normal": "normal",
    "circle": "circle",
    "square": "square",
    "closeUp": "closeUp",
}


def order_of(job: Job, house: House) -> Order:
    """The order of a job."""
    kind = job.notes.get("format", "mp4")
    out = house.keeping.out(job.id, f"{job.id}.{kind}")
    if job.kind == "translation":
        return _translation(job, house, out)
    width, height = job.notes["size"]
    scenes = tuple(_scene(job, house, nth, scene) for nth, scene in enumerate(job.notes["scenes"]))
    return Order(
        "storyboard",
        out,
        size=(width, height),
        scenes=scenes,
        subtitles=bool(job.notes["subtitles"]),
        burnt=bool(job.notes["burnt"]),
        format=kind,
        label=LABEL,
    )


def _translation(job: Job, house: House, out: Path) -> Order:
    language = job.notes["language"]
    video = _file(job, house, "source")
    shared: dict[str, Any] = {"subtitles": True, "voice": Voice(language), "label": LABEL}
    if video:
        return Order("translation", out, video=video, language=language, **shared)
    text = f"This video lies elsewhere. Here it would speak {language}."
    return Order("talk", out, picture=next(iter(portraits()), None), text=text, **shared)


def _scene(job: Job, house: House, nth: int, scene: dict[str, Any]) -> Scene:
    character = scene.get("character") or {"type": "avatar", "avatar_id": AVATARS[0].id}
    offset, background = character.get("offset") or {}, scene.get("background") or {}
    behind = _file(job, house, f"{nth}.background")
    moving = background.get("type") == "video"
    who, given = _who(character), _file(job, house, f"{nth}.photo")
    return Scene(
        picture=given or who.picture,
        # A photo may be freed from its background, which here works for those that ship with the sandbox.
        photo=(bool(given) or who.photo) and not character.get("matting"),
        shape=_SHAPES.get(character.get("avatar_style") or character.get("talking_photo_style") or "", "normal"),
        scale=float(character.get("scale", 1.0)),
        offset=(float(offset.get("x", 0.0)), float(offset.get("y", 0.0))),
        inside=character.get("circle_background_color"),
        happy=character.get("expression") == "happy",
        family="lively" if character.get("talking_style") == "expressive" else "natural",
        background=background.get("value"),
        background_picture=None if moving else behind,
        background_video=behind if moving else None,
        fit=background.get("fit", "cover"),
        play=background.get("play_style", "fit_to_scene"),
        **_heard(job, house, nth, scene["voice"]),
    )


def _who(character: dict[str, Any]) -> Person:
    found = avatar(character.get("avatar_id", "")) or photo(character.get("talking_photo_id", ""))
    return found or AVATARS[0]


def _heard(job: Job, house: House, nth: int, voice: dict[str, Any]) -> dict[str, Any]:
    if voice["type"] == "silence":
        return {"silence": float(voice.get("duration", 1.0))}
    if voice["type"] == "audio":
        sound = _file(job, house, f"{nth}.audio")
        return {"sound": sound} if sound else {"text": "This sound lies elsewhere.", "voice": sounding("")}
    # A text of nothing but markers still needs something to say.
    text = unmarked(voice["input_text"]).strip() or "Hello."
    spoken = sounding(voice["voice_id"], voice.get("speed", 1.0), voice.get("pitch", 0), voice.get("locale"))
    return {"text": text, "voice": spoken}


def _file(job: Job, house: House, role: str) -> Path | None:
    return house.keeping.folder / job.files[role] if role in job.files else None
