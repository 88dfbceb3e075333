"""A job put into the words of the renderer."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from adapters.sandbox.api.common import job_file, spoken_text, translation_order
from adapters.sandbox.api.did.generators import DriverBank, animation_drivers, resolve_driver, talk_drivers
from adapters.sandbox.api.did.presenters import presenter_of
from adapters.sandbox.api.did.voices import to_speech_voice
from adapters.sandbox.context import PORTRAITS_FOLDER, SandboxContext
from adapters.sandbox.render.order import RenderOrder
from adapters.sandbox.store.jobs import SandboxJob

DID_LABEL = "didtalk sandbox"
_SIZE_BY_HEIGHT = {480: (854, 480), 720: (1280, 720), 1080: (1920, 1080)}
_DEFAULT_VOICE = {"type": "microsoft", "voice_id": "Sara"}


def build_order(job: SandboxJob, context: SandboxContext) -> RenderOrder:
    return _ORDER_BUILDERS[job.kind](job, context)


def _common_options(job: SandboxJob, context: SandboxContext) -> dict[str, Any]:
    config = job.body.get("config", {})
    logo = config.get("logo")
    position = logo.get("position", (0, 0)) if isinstance(logo, dict) else (0, 0)
    kind = str(config.get("result_format", "mp4"))
    # The result keeps the source's base name, as D-ID's does.
    stem = Path(job.files["source"]).stem if "source" in job.files else job.id
    return {
        "out": context.files.result_path(job.id, f"{stem}.{kind}"),
        "format": kind,
        "logo": job_file(job, context, "logo"),
        "logo_position": (int(position[0]), int(position[1])),
        "label": DID_LABEL,
    }


def _speech_options(job: SandboxJob, context: SandboxContext, own: Mapping[str, Any]) -> dict[str, Any]:
    script = job.body["script"]
    speech: dict[str, Any] = {"subtitles": script["subtitles"], "pad": job.body.get("config", {}).get("pad_audio", 0.0)}
    if script["type"] == "text":
        spoken = spoken_text(script["input"])
        return speech | {"text": spoken, "ssml": script["ssml"], "voice": to_speech_voice(script.get("provider", own))}
    sound = job_file(job, context, "audio")
    return speech | (
        {"sound": sound} if sound else {"text": "This sound lies elsewhere.", "voice": to_speech_voice(_DEFAULT_VOICE)}
    )


def _face_box(job: SandboxJob) -> tuple[int, int, int, int] | None:
    face = job.body.get("face")
    if face is None:
        return None
    left, top, size = (int(n) for n in (*face["top_left"], face["size"]))
    return left, top, size, size


def _face_options(job: SandboxJob, context: SandboxContext, bank: DriverBank) -> dict[str, Any]:
    family, driver = resolve_driver(job.body.get("driver_url"), bank)
    return _common_options(job, context) | {
        # A portrait is rendered from where it ships: what is known about its features lies beside it.
        "picture": PORTRAITS_FOLDER / job.notes["portrait"]
        if "portrait" in job.notes
        else job_file(job, context, "source"),
        "face": _face_box(job),
        "stitch": job.body["config"]["stitch"],
        "family": family,
        "driver": driver,
    }


def _talk_order(job: SandboxJob, context: SandboxContext) -> RenderOrder:
    config = job.body["config"]
    wanted = config.get("driver_expressions", {}).get("expressions", [])
    return RenderOrder(
        "talk",
        fluent=config["fluent"],
        expressions=tuple((one["start_frame"], one["expression"], one["intensity"]) for one in wanted),
        max_side=_max_side(config),
        **_face_options(job, context, talk_drivers()),
        **_speech_options(job, context, _DEFAULT_VOICE),
    )


def _animation_order(job: SandboxJob, context: SandboxContext) -> RenderOrder:
    config = job.body["config"]
    return RenderOrder(
        "animation",
        mute=config["mute"],
        faces=config.get("max_animated_faces", 5) if config["stitch"] else 1,
        **_face_options(job, context, animation_drivers()),
    )


def _max_side(config: dict[str, Any]) -> int | None:
    return int(config["output_resolution"]) if config.get("output_resolution") else None


def _presenter_order(job: SandboxJob, context: SandboxContext) -> RenderOrder:
    one = presenter_of(job.kind, job.body)
    config = job.body.get("config", {})
    # 720 lines unless more is asked for: D-ID's 1080 would keep a small machine busy for nothing.
    size = _SIZE_BY_HEIGHT[config.get("output_resolution", 720)] if job.kind == "expressive" else None
    return RenderOrder(
        "presenter",
        picture=one.portrait_path,
        background=_background_colour(job),
        background_picture=job_file(job, context, "background"),
        crop=_crop_box(job),
        size=size,
        max_side=_max_side(config) if job.kind == "clip" else None,
        **_common_options(job, context),
        **_speech_options(job, context, one.voice_provider),
    )


def _background_colour(job: SandboxJob) -> str | None:
    background = job.body.get("background", {})
    colour = background.get("value") if background.get("type") == "color" else background.get("color")
    return colour or None


def _crop_box(job: SandboxJob) -> tuple[float, float, float, float] | None:
    rectangle = job.body.get("presenter_config", {}).get("crop", {}).get("rectangle")
    return None if rectangle is None else tuple(rectangle[side] for side in ("top", "left", "bottom", "right"))


def _translation_order(job: SandboxJob, context: SandboxContext) -> RenderOrder:
    return translation_order(job, context, _common_options(job, context))


_ORDER_BUILDERS = {
    "talk": _talk_order,
    "animation": _animation_order,
    "expressive": _presenter_order,
    "clip": _presenter_order,
    "scene": _presenter_order,
    "translation": _translation_order,
}
