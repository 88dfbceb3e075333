"""What `--set` may not change in D-ID's bodies, and why."""

from typing import Any

from adapters.studios.did.schemas import Body
from adapters.studios.extra_fields import Sets, fields, place, remove

_OURS = "didtalk needs it to know its jobs again"
RESERVED = {
    "user_data": _OURS,
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

SETS = Sets("D-ID", RESERVED)


def apply(body: dict[str, Any], model: type[Body], settings: tuple[str, ...]) -> None:
    """Write each `path=value` into the body."""
    SETS.apply(body, model, settings)


def parsed(model: type[Body], setting: str) -> tuple[str, Any]:
    """The path and the value, of the type the field has."""
    return SETS.parsed(model, setting)


def checked(model: type[Body], body: dict[str, Any]) -> dict[str, Any]:
    """The body as D-ID takes it."""
    return SETS.checked(model, body)


__all__ = ["RESERVED", "SETS", "apply", "checked", "fields", "parsed", "place", "remove"]
