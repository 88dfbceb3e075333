"""From a request to the body D-ID takes: one table per generator, one line per option."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from adapters.studios.did.endpoints import GENERATORS
from adapters.studios.did.pass_through import apply, checked, place
from adapters.studios.did.voice_style import pitch, rate, style
from bot.errors import Refused
from bot.jobs.job import Job
from bot.requests.kinds import Request
from bot.requests.options import Option, options

ELSEWHERE = frozenset({"studio", "set", "model"})  # these choose who makes it and how the body is written


@dataclass(frozen=True)
class Draft:
    """All that a body is made from."""

    request: Request
    uploads: dict[str, str]
    marker: str
    hook: str | None = None
    voice: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, job: Job, hook: str | None) -> "Draft":
        """The draft of a prepared job."""
        voice = json.loads(job.uploads.get("voice", "{}"))
        return cls(job.request, job.uploads, job.marker, hook, voice)

    @property
    def worded(self) -> bool:
        """It speaks words, and not a sound that was given."""
        return getattr(self.request, "audio", None) is None


Write = Callable[[Any, Draft], object]


def plain(value: Any, draft: Draft) -> object:
    """The value itself; what says nothing is left to D-ID's default."""
    return value or None


def unless(default: object) -> Write:
    """The value itself, unless D-ID would do the same unasked."""
    return lambda value, draft: None if value == default else value


def upload(name: str) -> Write:
    """The address D-ID knows a file, presenter or sentiment by."""
    return lambda value, draft: draft.uploads.get(name)


def worded(write: Write) -> Write:
    """Only where words are spoken: a sound is played as it is."""
    return lambda value, draft: write(value, draft) if draft.worded else None


def voiced(name: str) -> Write:
    """A part of the voice that was found in the catalogue."""
    return worded(lambda value, draft: draft.voice.get(name))


def _manner(write: Callable[[str, str], object]) -> Write:
    return worded(lambda value, draft: value and write(value, draft.voice.get("type", "microsoft")))


def _title(value: str | None, draft: Draft) -> object:
    return f"{value} · {draft.marker}" if value else draft.marker


def _pair(value: str | None, draft: Draft) -> object:
    return [int(part) for part in value.split(",")] if value else None


def _face(value: str | None, draft: Draft) -> object:
    if not value:
        return None
    left, top, size = (int(part) for part in value.split(","))
    return {"top_left": [left, top], "size": size}


def _moods(value: tuple[str, ...], draft: Draft) -> object:
    moments = [moment.split(":") for moment in value]
    return [
        {"start_frame": int(frame), "expression": mood, "intensity": float(strength)}
        for frame, mood, strength in moments
    ] or None


def _mute(value: bool | None, draft: Draft) -> object:
    driver = getattr(draft.request, "driver", None) or ""
    if value is None and driver.startswith("bank://classics"):
        return False  # a song nobody hears is not what anyone means by a classic
    return value


def _scenery(value: object, draft: Draft) -> object:
    """What is behind a V4 presenter."""
    if picture := draft.uploads.get("background_image"):
        return {"type": "image_url", "value": picture}
    if not isinstance(value, str):
        return None
    if value == "transparent":
        _see_through(draft)
        return {"type": "transparent"}
    return {"type": "color" if value.startswith("#") else "image_url", "value": value}


def _background(value: object, draft: Draft) -> object:
    """What is behind a presenter of the other kinds."""
    if picture := draft.uploads.get("background_image"):
        return {"source_url": picture}
    if not isinstance(value, str):
        return None
    if value == "transparent":
        _see_through(draft)
        return {"color": False}
    return {"color" if value.startswith("#") else "source_url": value}


def _see_through(draft: Draft) -> None:
    if getattr(draft.request, "format", None) != "webm":
        raise Refused("Only WebM can be transparent: add --format webm to --background transparent.", "background")


def _opaque(value: object, draft: Draft) -> object:
    if value == "transparent":
        raise Refused("A scene cannot be transparent. Take a colour, or a clip or V4 presenter.", "background")
    return _background(value, draft)


def _crop(value: str | None, draft: Draft) -> object:
    if not value or value == "wide":
        return {"type": "wide"} if value else None
    edges = (float(edge) for edge in value.split(","))
    return {"type": "rectangle", "rectangle": dict(zip(("top", "left", "bottom", "right"), edges, strict=True))}


def _height(value: int | None, draft: Draft) -> object:
    if value not in (None, 480, 720, 1080):
        raise Refused(f"A V4 presenter is filmed at 480, 720 or 1080; --resolution cannot be {value}.", "resolution")
    return value


@dataclass(frozen=True)
class Line:
    """Where an option goes: D-ID's field, and how the value is written there."""

    path: str
    write: Write = plain


SCRIPT = {
    "script": Line("script.input"),
    "audio": Line("script.audio_url", upload("audio")),
    "voice": Line("script.provider", worded(lambda value, draft: dict(draft.voice) or None)),
    "provider": Line("script.provider.type", voiced("type")),
    "language": Line("script.provider.language", voiced("language")),
    "style": Line("script.provider.voice_config.style", _manner(style)),
    "rate": Line("script.provider.voice_config.rate", _manner(rate)),
    "pitch": Line("script.provider.voice_config.pitch", _manner(pitch)),
    "ssml": Line("script.ssml", worded(plain)),
    "subtitles": Line("script.subtitles"),
}
LOGO = {"logo": Line("config.logo.url", upload("logo")), "logo_at": Line("config.logo.position", _pair)}
PICTURE = {
    "image": Line("source_url", upload("image")),
    "driver": Line("driver_url"),
    "stitch": Line("config.stitch"),
    "face": Line("face", _face),
    "format": Line("config.result_format", unless("mp4")),
}
TABLES: dict[str, dict[str, Line]] = {
    "talks": SCRIPT
    | LOGO
    | PICTURE
    | {
        "expression": Line("config.driver_expressions.expressions", _moods),
        "fluent": Line("config.fluent"),
        "pad": Line("config.pad_audio"),
        "name": Line("name", _title),
        "persist": Line("persist"),
    },
    "animations": LOGO
    | PICTURE
    | {
        "mute": Line("config.mute", _mute),
        "faces": Line("config.max_animated_faces"),
        "overlay": Line("config.overlay", upload("overlay")),
    },
    "expressives": SCRIPT
    | LOGO
    | {
        "presenter": Line("avatar_id", upload("presenter")),
        "sentiment": Line("sentiment_id", upload("sentiment")),
        "background": Line("background", _scenery),
        "background_image": Line("background", _scenery),
        "resolution": Line("config.output_resolution", _height),
        "format": Line("config.result_format", unless("mp4")),
        "name": Line("name", _title),
        "persist": Line("persist"),
    },
    "videos": SCRIPT
    | LOGO
    | {
        "presenter": Line("presenter_id", upload("presenter")),
        "resolution": Line("config.output_resolution", _height),
        "format": Line("config.result_format", unless("mp4")),
    },
    "clips": SCRIPT
    | LOGO
    | {
        "presenter": Line("presenter_id", upload("presenter")),
        "driver": Line("driver_id", upload("driver")),
        "background": Line("background", _background),
        "background_image": Line("background", _background),
        "crop": Line("presenter_config.crop", _crop),
        "resolution": Line("config.output_resolution"),
        "format": Line("config.result_format", unless("mp4")),
        "name": Line("name", _title),
    },
    "scenes": SCRIPT
    | LOGO
    | {
        "presenter": Line("avatar_id", upload("presenter")),
        "background": Line("background", _opaque),
        "background_image": Line("background", _opaque),
        "name": Line("name", _title),
    },
    "translations": {
        "video": Line("source_url", upload("video")),
        "languages": Line("languages", lambda value, draft: list(value)),
        "source": Line("source_language"),
    },
}


def write(draft: Draft, where: str) -> dict[str, Any]:
    """The body for one generator, whole and valid."""
    model = GENERATORS[where].body
    body: dict[str, Any] = {"user_data": draft.marker}
    if "script" in model.model_fields:
        place(body, "script.type", "text" if draft.worded else "audio")
    for name, line in TABLES[where].items():
        value = line.write(getattr(draft.request, name), draft)
        if value is not None:
            place(body, line.path, value)
    # D-ID takes hooks over https only; without one the job is simply looked at more often.
    if draft.hook and draft.hook.startswith("https://"):
        body["webhook"] = draft.hook
    apply(body, model, draft.request.set)
    return checked(model, body)


def strangers(request: Request, where: str) -> list[Option]:
    """What was asked for that this generator has no field for."""
    return [
        each
        for each in options(type(request))
        if each.field not in ELSEWHERE
        and each.field not in TABLES[where]
        and getattr(request, each.field) != each.default
    ]
