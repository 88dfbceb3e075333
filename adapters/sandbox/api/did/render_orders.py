"""A job put into the words of the renderer."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from adapters.sandbox.api.did.drivers import ANIMATION_DRIVERS, EVERY_DRIVER, resolved
from adapters.sandbox.api.did.presenters import AVATARS, INSTANT, PRESENTERS, Person, person
from adapters.sandbox.api.did.voices import sounding
from adapters.sandbox.context import PORTRAITS, House, portraits
from adapters.sandbox.fault_injection import unmarked
from adapters.sandbox.render.order import Order, Voice
from adapters.sandbox.store.jobs import Job

LABEL = "didtalk sandbox"
_HEIGHTS = {480: (854, 480), 720: (1280, 720), 1080: (1920, 1080)}
_SARA = {"type": "microsoft", "voice_id": "Sara"}


def order_of(job: Job, house: House) -> Order:
    """What to render for a job."""
    return _MAKERS[job.kind](job, house)


def _shared(job: Job, house: House) -> dict[str, Any]:
    config = job.body.get("config", {})
    logo = config.get("logo")
    position = logo.get("position", (0, 0)) if isinstance(logo, dict) else (0, 0)
    kind = str(config.get("result_format", "mp4"))
    return {
        "out": house.keeping.out(job.id, f"{_stem(job)}.{kind}"),
        "format": kind,
        "logo": _file(job, house, "logo"),
        "logo_position": (int(position[0]), int(position[1])),
        "label": LABEL,
    }


def _stem(job: Job) -> str:
    # The result keeps the source's base name, as D-ID's does.
    return Path(job.files["source"]).stem if "source" in job.files else job.id


def _picture(job: Job, house: House) -> Path | None:
    # A portrait is rendered from where it ships: what is known about its features lies beside it.
    return PORTRAITS / job.notes["portrait"] if "portrait" in job.notes else _file(job, house, "source")


def _file(job: Job, house: House, role: str) -> Path | None:
    return house.keeping.folder / job.files[role] if role in job.files else None


def _speech(job: Job, house: House, own: Mapping[str, Any]) -> dict[str, Any]:
    script = job.body["script"]
    speech: dict[str, Any] = {"subtitles": script["subtitles"], "pad": job.body.get("config", {}).get("pad_audio", 0.0)}
    if script["type"] == "text":
        # A text of nothing but markers still needs something to say.
        spoken = unmarked(script["input"]).strip() or "Hello."
        return speech | {"text": spoken, "ssml": script["ssml"], "voice": sounding(script.get("provider", own))}
    sound = _file(job, house, "audio")
    return speech | ({"sound": sound} if sound else {"text": "This sound lies elsewhere.", "voice": sounding(_SARA)})


def _face(job: Job) -> tuple[int, int, int, int] | None:
    face = job.body.get("face")
    if face is None:
        return None
    left, top, size = (int(n) for n in (*face["top_left"], face["size"]))
    return left, top, size, size


def _talk(job: Job, house: House) -> Order:
    config = job.body["config"]
    family, driver = resolved(job.body.get("driver_url"), EVERY_DRIVER)
    wanted = config.get("driver_expressions", {}).get("expressions", [])
    longest = config.get("output_resolution")
    return Order(
        "talk",
        picture=_picture(job, house),
        face=_face(job),
        stitch=config["stitch"],
        fluent=config["fluent"],
        expressions=tuple((one["start_frame"], one["expression"], one["intensity"]) for one in wanted),
        family=family,
        driver=driver,
        longest=int(longest) if longest else None,
        **_shared(job, house),
        **_speech(job, house, _SARA),
    )


def _animation(job: Job, house: House) -> Order:
    config = job.body["config"]
    family, driver = resolved(job.body.get("driver_url"), ANIMATION_DRIVERS)
    return Order(
        "animation",
        picture=_picture(job, house),
        face=_face(job),
        stitch=config["stitch"],
        mute=config["mute"],
        faces=config.get("max_animated_faces", 5) if config["stitch"] else 1,
        family=family,
        driver=driver,
        **_shared(job, house),
    )


def _presenter(job: Job, house: House) -> Order:
    one = _who(job)
    config = job.body.get("config", {})
    # 720 lines unless more is asked for: D-ID's 1080 would keep a small machine busy for nothing.
    size = _HEIGHTS[config.get("output_resolution", 720)] if job.kind == "expressive" else None
    longest = config.get("output_resolution") if job.kind == "clip" else None
    return Order(
        "presenter",
        picture=one.portrait,
        background=_colour(job),
        background_picture=_file(job, house, "background"),
        crop=_crop(job),
        size=size,
        longest=int(longest) if longest else None,
        **_shared(job, house),
        **_speech(job, house, one.provider),
    )


def _who(job: Job) -> Person:
    people = {"expressive": AVATARS, "clip": PRESENTERS, "scene": INSTANT}[job.kind]
    wanted = job.body.get("avatar_id") or job.body.get("presenter_id") or people[0].id
    return person(people, wanted) or people[0]


def _colour(job: Job) -> str | None:
    background = job.body.get("background", {})
    colour = background.get("value") if background.get("type") == "color" else background.get("color")
    return colour or None


def _crop(job: Job) -> tuple[float, float, float, float] | None:
    rectangle = job.body.get("presenter_config", {}).get("crop", {}).get("rectangle")
    return None if rectangle is None else tuple(rectangle[side] for side in ("top", "left", "bottom", "right"))


def _translation(job: Job, house: House) -> Order:
    language = job.notes["language"]
    video = _file(job, house, "source")
    shared = _shared(job, house) | {"subtitles": True, "voice": Voice(language)}
    if video:
        return Order("translation", video=video, language=language, **shared)
    faces = portraits()
    text = f"This video lies elsewhere. Here it would speak {language}."
    return Order("talk", picture=faces[0] if faces else None, text=text, **shared)


_MAKERS = {
    "talk": _talk,
    "animation": _animation,
    "expressive": _presenter,
    "clip": _presenter,
    "scene": _presenter,
    "translation": _translation,
}
