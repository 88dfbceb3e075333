"""Fields too rare for an option: `--set path=value`, checked against the body it goes into."""

import json
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from bot.errors import Refused
from bot.requests.options import nearest


@dataclass(frozen=True)
class Sets:
    """What one studio lets people set: all that its bodies have, less what is reserved, each with its reason."""

    title: str
    reserved: Mapping[str, str]

    def apply(self, body: dict[str, Any], model: type[BaseModel], settings: tuple[str, ...]) -> None:
        """Write each `path=value` into the body, or refuse it with what was probably meant."""
        for setting in settings:
            path, value = self.parsed(model, setting)
            place(body, path, value)

    def parsed(self, model: type[BaseModel], setting: str) -> tuple[str, Any]:
        """The path and the value, of the type the field has."""
        path, sign, text = (part.strip() for part in setting.partition("="))
        if not sign or not path:
            raise Refused(f"--set takes path=value, such as config.motion_factor=1.2; “{setting}” is not that.", "set")
        self._free(path)
        known = fields(model)
        if path not in known:
            hint = nearest(path, (each for each in known if not self._held(each))) or self._same_end(path, known)
            meant = f" Did you mean {hint}?" if hint else ""
            raise Refused(f"{self.title} has no field “{path}” here.{meant}", "set")
        return path, _value(path, text, known[path])

    def checked(self, model: type[BaseModel], body: dict[str, Any]) -> dict[str, Any]:
        """The body as the studio takes it, every type and limit held."""
        try:
            fit = model.model_validate_json(json.dumps(body), strict=True)
        except ValidationError as error:
            fault = error.errors(include_url=False, include_context=False)[0]
            where = ".".join(str(step) for step in fault["loc"])
            message = f"{self.title} does not take this {where or 'request'}: {_said(fault['msg'])}."
            raise Refused(message) from error
        return fit.model_dump(mode="json", exclude_none=True)

    def _free(self, path: str) -> None:
        for name, reason in self.reserved.items():
            if path == name or path.startswith(f"{name}.") or name.startswith(f"{path}."):
                raise Refused(f"--set cannot change {path}: {reason}.", "set")

    def _held(self, path: str) -> bool:
        return any(path == name or name.startswith(f"{path}.") for name in self.reserved)

    def _same_end(self, path: str, known: Mapping[str, object]) -> str | None:
        """People know a field's name more often than its place."""
        last = path.rpartition(".")[2]
        ends = {each.rpartition(".")[2]: each for each in known if not self._held(each)}
        hint = nearest(last, ends)
        return ends[hint] if hint else None


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


@cache
def fields(model: type[BaseModel]) -> Mapping[str, tuple[Any, ...]]:
    """Every path of a body with the types it may have: unions share paths."""
    found: dict[str, list[Any]] = {}
    for path, kind in _walk(model, ""):
        found.setdefault(path, []).append(kind)
    return {path: tuple(kinds) for path, kinds in found.items()}


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
