"""Fields too rare for an option: `--set path=value`, checked against the body it goes into."""

import json
import types
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from adapters.studios.did.bodies import Body
from bot.errors import Refused
from bot.options import nearest

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


def place(body: dict[str, Any], path: str, value: object) -> None:
    """Put a value at a path, making the objects on the way."""
    *way, last = path.split(".")
    for step in way:
        inner = body.get(step)
        if not isinstance(inner, dict):
            inner = body[step] = {}
        body = inner
    body[last] = value


def remove(body: dict[str, Any], path: str) -> bool:
    """Take a value out, and what it leaves empty; whether there was one that says anything."""
    head, _, rest = path.partition(".")
    if not rest:
        return body.pop(head, None) not in (None, False)
    inner = body.get(head)
    if not isinstance(inner, dict):
        return False
    found = remove(inner, rest)
    if not inner:
        del body[head]
    return found


def apply(body: dict[str, Any], model: type[Body], settings: tuple[str, ...]) -> None:
    """Write each `path=value` into the body, or refuse it with what was probably meant."""
    for setting in settings:
        path, value = parsed(model, setting)
        place(body, path, value)


def parsed(model: type[Body], setting: str) -> tuple[str, Any]:
    """The path and the value, of the type the field has."""
    path, sign, text = (part.strip() for part in setting.partition("="))
    if not sign or not path:
        raise Refused(f"--set takes path=value, such as config.motion_factor=1.2; “{setting}” is not that.", "set")
    _free(path)
    known = fields(model)
    if path not in known:
        hint = nearest(path, (each for each in known if not _held(each))) or _same_end(path, known)
        meant = f" Did you mean {hint}?" if hint else ""
        raise Refused(f"D-ID has no field “{path}” here.{meant}", "set")
    return path, _value(path, text, known[path])


@cache
def fields(model: type[Body]) -> Mapping[str, tuple[Any, ...]]:
    """Every path of a body with the types it may have: unions share paths."""
    found: dict[str, list[Any]] = {}
    for path, kind in _walk(model, ""):
        found.setdefault(path, []).append(kind)
    return {path: tuple(kinds) for path, kinds in found.items()}


def checked(model: type[Body], body: dict[str, Any]) -> dict[str, Any]:
    """The body as D-ID takes it, every type and limit held."""
    try:
        fit = model.model_validate_json(json.dumps(body), strict=True)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(str(step) for step in fault["loc"])
        raise Refused(f"D-ID does not take this {where or 'request'}: {_said(fault['msg'])}.") from error
    return fit.model_dump(mode="json", exclude_none=True)


def _free(path: str) -> None:
    for name, reason in RESERVED.items():
        if path == name or name.startswith(f"{path}."):
            raise Refused(f"--set cannot change {path}: {reason}.", "set")


def _held(path: str) -> bool:
    return any(path == name or name.startswith(f"{path}.") for name in RESERVED)


def _same_end(path: str, known: Mapping[str, object]) -> str | None:
    """People know a field's name more often than its place."""
    last = path.rpartition(".")[2]
    ends = {each.rpartition(".")[2]: each for each in known if not _held(each)}
    hint = nearest(last, ends)
    return ends[hint] if hint else None


def _value(path: str, text: str, kinds: tuple[Any, ...]) -> Any:
    said = ""
    for kind in kinds:
        adapter: TypeAdapter[Any] = TypeAdapter(kind)
        for read in _readings(adapter, text):
            try:
                value = read()
            except ValidationError as error:
                said = said or error.errors(include_url=False, include_context=False)[0]["msg"]
                continue
            if value is not None:
                return adapter.dump_python(value, mode="json", exclude_none=True)
    raise Refused(f"{path} cannot be “{text}”: {_said(said) or 'it needs a value'}.", "set")


def _readings(adapter: TypeAdapter[Any], text: str) -> tuple[Callable[[], Any], ...]:
    """As it stands, as JSON, and as the inside of a list."""
    return (
        lambda: adapter.validate_python(text),
        lambda: adapter.validate_json(text),
        lambda: adapter.validate_json(f"[{text}]"),
    )


def _walk(model: type[BaseModel], start: str) -> Iterator[tuple[str, Any]]:
    for name, info in model.model_fields.items():
        yield f"{start}{name}", _kind(info)
        for inner in _models(info.annotation):
            yield from _walk(inner, f"{start}{name}.")


def _kind(info: FieldInfo) -> Any:
    metadata = tuple(info.metadata)
    return Annotated[info.annotation, *metadata] if metadata else info.annotation


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The objects a field may hold; what a list holds has no path of its own."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (Union, types.UnionType, Annotated):
        for each in get_args(annotation):
            yield from _models(each)


def _said(message: str) -> str:
    message = message.rstrip(".")
    return message[:1].lower() + message[1:]
