"""From a request to the body D-ID takes: one table per generator, one line per option."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from adapters.studios.did.endpoints import ENDPOINTS
from adapters.studios.payload import ExtraFields, rate_factor, set_path
from bot.errors import Refused
from bot.jobs.job import Job
from bot.requests.base import Request
from bot.requests.options import Option, options_of

# In the order that D-ID prefers.
PROVIDER_TITLES = {
    "microsoft": "Microsoft",
    "azure-openai": "OpenAI",
    "elevenlabs": "ElevenLabs",
    "amazon": "Amazon",
    "google": "Google",
}
_RATE_WORDS = {"x-slow": 0.7, "slow": 0.85, "medium": 1.0, "default": 1.0, "fast": 1.1, "x-fast": 1.2}

# What `--set` may not change, and why.
_NEEDED_BY_US = "didtalk needs it to know its jobs again"
RESERVED_FIELDS = {
    "user_data": _NEEDED_BY_US,
    "name": "a title goes in --name",
    "webhook": "didtalk sets it, so that D-ID tells when the video is done",
    "result_url": "didtalk fetches the video itself",
    "source_url": "the picture or video is given as a file or link",
    "script.type": "it follows from giving words or a sound",
    "script.input": "the words are given as text",
    "script.audio_url": "the sound is given as a file or link",
    "script.provider.type": "the voice is chosen with --voice and --provider",
    "languages": "the languages are given as words",
    "avatar_id": "the presenter is chosen with --presenter",
    "presenter_id": "the presenter is chosen with --presenter",
}

EXTRA_FIELDS = ExtraFields("D-ID", RESERVED_FIELDS)


HANDLED_ELSEWHERE = frozenset({"studio", "set", "model"})  # these choose who makes it and how the body is written


@dataclass(frozen=True)
class DidPayloadSource:
    request: Request
    uploads: dict[str, str]
    marker: str
    webhook_url: str | None = None
    voice: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_job(cls, job: Job, webhook_url: str | None) -> "DidPayloadSource":
        voice = json.loads(job.uploads.get("voice_provider", "{}"))
        return cls(job.request, job.uploads, job.marker, webhook_url, voice)

    @property
    def has_text(self) -> bool:
        return getattr(self.request, "audio", None) is None


ValueWriter = Callable[[Any, DidPayloadSource], object]


def write_value(value: Any, source: DidPayloadSource) -> object:
    """The value itself; an empty one is left to D-ID's default."""
    return value or None


def unless_default(default: object) -> ValueWriter:
    """The value itself, unless it is what D-ID does by default."""
    return lambda value, draft: None if value == default else value


def write_upload(name: str) -> ValueWriter:
    return lambda value, draft: draft.uploads.get(name)


def only_with_text(writer: ValueWriter) -> ValueWriter:
    return lambda value, draft: writer(value, draft) if draft.has_text else None


def write_voice_part(name: str) -> ValueWriter:
    return only_with_text(lambda value, draft: draft.voice.get(name))


def _voice_setting(convert: Callable[[str, str], object]) -> ValueWriter:
    return only_with_text(lambda value, draft: value and convert(value, draft.voice.get("type", "microsoft")))


def voice_style(value: str, provider: str) -> str:
    """A named style; for ElevenLabs its strength, from 0 to 1."""
    _require_support(provider, "style")
    if provider == "elevenlabs" and not re.fullmatch(r"0(\.\d+)?|1(\.0+)?|\.\d+", value):
        raise Refused(f"--style must be a number from 0 to 1 for ElevenLabs voices, not “{value}”.", "style")
    return value


def voice_rate(value: str, provider: str) -> str:
    """As typed; ElevenLabs accepts only factors."""
    _require_support(provider, "rate")
    if provider != "elevenlabs":
        return value
    factor = _RATE_WORDS.get(value) or rate_factor(value)
    if not 0.7 <= factor <= 1.2:
        raise Refused(f"ElevenLabs voices speak 0.7 to 1.2 times as fast; --rate cannot be “{value}”.", "rate")
    return f"{factor:.4g}"


def voice_pitch(value: str, provider: str) -> str:
    _require_support(provider, "pitch", without=("amazon", "google", "elevenlabs"))
    return value


def _require_support(provider: str, option: str, without: Sequence[str] = ("amazon", "google")) -> None:
    if provider in without:
        raise Refused(
            f"{PROVIDER_TITLES[provider]} voices do not support --{option}. Choose a Microsoft voice.", option
        )


def _title_with_marker(value: str | None, source: DidPayloadSource) -> object:
    return f"{value} · {source.marker}" if value else source.marker


def _parse_pair(value: str | None, source: DidPayloadSource) -> object:
    return [int(part) for part in value.split(",")] if value else None


def _parse_face(value: str | None, source: DidPayloadSource) -> object:
    if not value:
        return None
    left, top, size = (int(part) for part in value.split(","))
    return {"top_left": [left, top], "size": size}


def _parse_expressions(value: tuple[str, ...], source: DidPayloadSource) -> object:
    moments = [moment.split(":") for moment in value]
    return [
        {"start_frame": int(frame), "expression": mood, "intensity": float(strength)}
        for frame, mood, strength in moments
    ] or None


def _default_mute(value: bool | None, source: DidPayloadSource) -> object:
    driver = getattr(source.request, "driver", None) or ""
    if value is None and driver.startswith(("bank://classics", "bank://dance")):
        return False  # a song nobody hears is not what anyone means by a classic, nor a dance without music
    return value


def _v4_background(value: object, source: DidPayloadSource) -> object:
    if picture := source.uploads.get("background_image"):
        return {"type": "image_url", "value": picture}
    if not isinstance(value, str):
        return None
    if value == "transparent":
        _require_webm(source)
        return {"type": "transparent"}
    return {"type": "color" if value.startswith("#") else "image_url", "value": value}


def _plain_background(value: object, source: DidPayloadSource) -> object:
    if picture := source.uploads.get("background_image"):
        return {"source_url": picture}
    if not isinstance(value, str):
        return None
    if value == "transparent":
        _require_webm(source)
        return {"color": False}
    return {"color" if value.startswith("#") else "source_url": value}


def _require_webm(source: DidPayloadSource) -> None:
    if getattr(source.request, "format", None) != "webm":
        raise Refused("Only WebM can be transparent: add --format webm to --background transparent.", "background")


def _opaque_background(value: object, source: DidPayloadSource) -> object:
    if value == "transparent":
        raise Refused("A scene cannot be transparent. Take a colour, or a clip or V4 presenter.", "background")
    return _plain_background(value, source)


def _parse_crop(value: str | None, source: DidPayloadSource) -> object:
    if not value or value == "wide":
        return {"type": "wide"} if value else None
    edges = (float(edge) for edge in value.split(","))
    return {"type": "rectangle", "rectangle": dict(zip(("top", "left", "bottom", "right"), edges, strict=True))}


def _v4_resolution(value: int | None, source: DidPayloadSource) -> object:
    if value not in (None, 480, 720, 1080):
        raise Refused(f"A V4 presenter is filmed at 480, 720 or 1080; --resolution cannot be {value}.", "resolution")
    return value


@dataclass(frozen=True)
class FieldMapping:
    path: str
    writer: ValueWriter = write_value


SCRIPT_FIELDS = {
    "script": FieldMapping("script.input"),
    "audio": FieldMapping("script.audio_url", write_upload("audio")),
    "voice": FieldMapping("script.provider", only_with_text(lambda value, draft: dict(draft.voice) or None)),
    "provider": FieldMapping("script.provider.type", write_voice_part("type")),
    "language": FieldMapping("script.provider.language", write_voice_part("language")),
    "style": FieldMapping("script.provider.voice_config.style", _voice_setting(voice_style)),
    "rate": FieldMapping("script.provider.voice_config.rate", _voice_setting(voice_rate)),
    "pitch": FieldMapping("script.provider.voice_config.pitch", _voice_setting(voice_pitch)),
    "ssml": FieldMapping("script.ssml", only_with_text(write_value)),
    "subtitles": FieldMapping("script.subtitles"),
}
LOGO_FIELDS = {
    "logo": FieldMapping("config.logo.url", write_upload("logo")),
    "logo_at": FieldMapping("config.logo.position", _parse_pair),
}
PICTURE_FIELDS = {
    "image": FieldMapping("source_url", write_upload("image")),
    "driver": FieldMapping("driver_url"),
    "stitch": FieldMapping("config.stitch"),
    "face": FieldMapping("face", _parse_face),
    "format": FieldMapping("config.result_format", unless_default("mp4")),
}
FIELD_MAPPINGS: dict[str, dict[str, FieldMapping]] = {
    "talks": SCRIPT_FIELDS
    | LOGO_FIELDS
    | PICTURE_FIELDS
    | {
        "expression": FieldMapping("config.driver_expressions.expressions", _parse_expressions),
        "fluent": FieldMapping("config.fluent"),
        "pad": FieldMapping("config.pad_audio"),
        "name": FieldMapping("name", _title_with_marker),
        "persist": FieldMapping("persist"),
    },
    "animations": LOGO_FIELDS
    | PICTURE_FIELDS
    | {
        "mute": FieldMapping("config.mute", _default_mute),
        "faces": FieldMapping("config.max_animated_faces"),
        "overlay": FieldMapping("config.overlay", write_upload("overlay")),
    },
    "expressives": SCRIPT_FIELDS
    | LOGO_FIELDS
    | {
        "presenter": FieldMapping("avatar_id", write_upload("presenter")),
        "sentiment": FieldMapping("sentiment_id", write_upload("sentiment")),
        "background": FieldMapping("background", _v4_background),
        "background_image": FieldMapping("background", _v4_background),
        "resolution": FieldMapping("config.output_resolution", _v4_resolution),
        "format": FieldMapping("config.result_format", unless_default("mp4")),
        "name": FieldMapping("name", _title_with_marker),
        "persist": FieldMapping("persist"),
    },
    "videos": SCRIPT_FIELDS
    | LOGO_FIELDS
    | {
        "presenter": FieldMapping("presenter_id", write_upload("presenter")),
        "resolution": FieldMapping("config.output_resolution", _v4_resolution),
        "format": FieldMapping("config.result_format", unless_default("mp4")),
    },
    "clips": SCRIPT_FIELDS
    | LOGO_FIELDS
    | {
        "presenter": FieldMapping("presenter_id", write_upload("presenter")),
        "driver": FieldMapping("driver_id", write_upload("driver")),
        "background": FieldMapping("background", _plain_background),
        "background_image": FieldMapping("background", _plain_background),
        "crop": FieldMapping("presenter_config.crop", _parse_crop),
        "resolution": FieldMapping("config.output_resolution"),
        "format": FieldMapping("config.result_format", unless_default("mp4")),
        "name": FieldMapping("name", _title_with_marker),
    },
    "scenes": SCRIPT_FIELDS
    | LOGO_FIELDS
    | {
        "presenter": FieldMapping("avatar_id", write_upload("presenter")),
        "background": FieldMapping("background", _opaque_background),
        "background_image": FieldMapping("background", _opaque_background),
        "name": FieldMapping("name", _title_with_marker),
    },
    "translations": {
        "video": FieldMapping("source_url", write_upload("video")),
        "languages": FieldMapping("languages", lambda value, draft: list(value)),
        "source": FieldMapping("source_language"),
    },
}


def write_payload(source: DidPayloadSource, endpoint: str) -> dict[str, Any]:
    """The complete and valid body for one endpoint."""
    spec = ENDPOINTS[endpoint]
    schema = spec.body
    body: dict[str, Any] = {"user_data": source.marker}
    if schema.has_field("script"):
        set_path(body, "script.type", "text" if source.has_text else "audio")
    for name, mapping in FIELD_MAPPINGS[endpoint].items():
        value = mapping.writer(getattr(source.request, name), source)
        if value is not None:
            set_path(body, mapping.path, value)
    # D-ID takes hooks over https only; without one the job is simply looked at more often.
    if source.webhook_url and source.webhook_url.startswith("https://"):
        body["webhook"] = source.webhook_url
    return EXTRA_FIELDS.complete(body, schema, source.request.set, spec.always_given)


def unsupported_options(request: Request, endpoint: str) -> list[Option]:
    """The options in use that this endpoint has no field for."""
    return [
        each
        for each in options_of(type(request))
        if each.field not in HANDLED_ELSEWHERE
        and each.field not in FIELD_MAPPINGS[endpoint]
        and getattr(request, each.field) != each.default
    ]
