"""What `--set` may not change in D-ID's bodies, and why."""

from typing import Any

from adapters.studios.did.schemas import DidBody
from adapters.studios.extra_fields import ExtraFields, remove_path, set_path, types_by_path

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


def apply_settings(body: dict[str, Any], model: type[DidBody], settings: tuple[str, ...]) -> None:
    """Write each `path=value` into the body."""
    EXTRA_FIELDS.apply(body, model, settings)


def parse_setting(model: type[DidBody], setting: str) -> tuple[str, Any]:
    """The path and the value, of the type the field has."""
    return EXTRA_FIELDS.parse_setting(model, setting)


def validate_body(model: type[DidBody], body: dict[str, Any]) -> dict[str, Any]:
    """The body as D-ID takes it."""
    return EXTRA_FIELDS.validate_body(model, body)


__all__ = [
    "EXTRA_FIELDS",
    "RESERVED_FIELDS",
    "apply_settings",
    "parse_setting",
    "remove_path",
    "set_path",
    "types_by_path",
    "validate_body",
]
