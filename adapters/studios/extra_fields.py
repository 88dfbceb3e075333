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
from bot.requests.options import nearest_match, suggest_names


@dataclass(frozen=True)
class ExtraFields:
    """What one studio lets people set: all that its bodies have, less what is reserved, each with its reason."""

    title: str
    reserved: Mapping[str, str]

    def apply(self, body: dict[str, Any], model: type[BaseModel], settings: tuple[str, ...]) -> None:
        """Write each `path=value` into the body, or refuse it with what was probably meant."""
        for setting in settings:
            path, value = self.parse_setting(model, setting)
            set_path(body, path, value)

    def parse_setting(self, model: type[BaseModel], setting: str) -> tuple[str, Any]:
        """The path and the value, of the type the field has."""
        path, sign, text = (part.strip() for part in setting.partition("="))
        if not sign or not path:
            raise Refused(f"--set takes path=value, such as config.motion_factor=1.2; “{setting}” is not that.", "set")
        self._refuse_reserved(path)
        known_paths = types_by_path(model)
        if path not in known_paths:
            hint = nearest_match(
                path, (each for each in known_paths if not self._is_reserved(each))
            ) or self._nearest_by_last_part(path, known_paths)
            meant = suggest_names([hint] if hint else [])
            raise Refused(f"{self.title} has no field “{path}” here.{meant}", "set")
        return path, _parse_value(path, text, known_paths[path])

    def validate_body(self, model: type[BaseModel], body: dict[str, Any]) -> dict[str, Any]:
        """The body as the studio takes it, every type and limit held."""
        try:
            validated = model.model_validate_json(json.dumps(body), strict=True)
        except ValidationError as error:
            first_error = error.errors(include_url=False, include_context=False)[0]
            where = ".".join(str(step) for step in first_error["loc"])
            message = f"{self.title} does not take this {where or 'request'}: {_as_clause(first_error['msg'])}."
            raise Refused(message) from error
        return validated.model_dump(mode="json", exclude_none=True)

    def _refuse_reserved(self, path: str) -> None:
        for name, reason in self.reserved.items():
            if path == name or path.startswith(f"{name}.") or name.startswith(f"{path}."):
                raise Refused(f"--set cannot change {path}: {reason}.", "set")

    def _is_reserved(self, path: str) -> bool:
        return any(path == name or name.startswith(f"{path}.") for name in self.reserved)

    def _nearest_by_last_part(self, path: str, paths: Mapping[str, object]) -> str | None:
        """People know a field's name more often than its place."""
        last = path.rpartition(".")[2]
        ends = {each.rpartition(".")[2]: each for each in paths if not self._is_reserved(each)}
        hint = nearest_match(last, ends)
        return ends[hint] if hint else None


def set_path(body: dict[str, Any], path: str, value: object) -> None:
    """Put a value at a path, making the objects on the way."""
    *parents, last = path.split(".")
    for step in parents:
        inner = body.get(step)
        if not isinstance(inner, dict):
            inner = body[step] = {}
        body = inner
    body[last] = value


def remove_path(body: dict[str, Any], path: str) -> bool:
    """Take a value out, and what it leaves empty; whether there was one that says anything."""
    head, _, rest = path.partition(".")
    if not rest:
        return body.pop(head, None) not in (None, False)
    inner = body.get(head)
    if not isinstance(inner, dict):
        return False
    removed = remove_path(inner, rest)
    if not inner:
        del body[head]
    return removed


@cache
def types_by_path(model: type[BaseModel]) -> Mapping[str, tuple[Any, ...]]:
    """Every path of a body with the types it may have: unions share paths."""
    by_path: dict[str, list[Any]] = {}
    for path, kind in _walk_fields(model, ""):
        by_path.setdefault(path, []).append(kind)
    return {path: tuple(kinds) for path, kinds in by_path.items()}


def _parse_value(path: str, text: str, kinds: tuple[Any, ...]) -> Any:
    first_message = ""
    for kind in kinds:
        adapter: TypeAdapter[Any] = TypeAdapter(kind)
        for read in _value_parsers(adapter, text):
            try:
                value = read()
            except ValidationError as error:
                first_message = first_message or error.errors(include_url=False, include_context=False)[0]["msg"]
                continue
            if value is not None:
                return adapter.dump_python(value, mode="json", exclude_none=True)
    raise Refused(f"{path} cannot be “{text}”: {_as_clause(first_message) or 'it needs a value'}.", "set")


def _value_parsers(adapter: TypeAdapter[Any], text: str) -> tuple[Callable[[], Any], ...]:
    """As it stands, as JSON, and as the inside of a list."""
    return (
        lambda: adapter.validate_python(text),
        lambda: adapter.validate_json(text),
        lambda: adapter.validate_json(f"[{text}]"),
    )


def _walk_fields(model: type[BaseModel], start: str) -> Iterator[tuple[str, Any]]:
    for name, info in model.model_fields.items():
        yield f"{start}{name}", _annotated_type(info)
        for inner in _nested_models(info.annotation):
            yield from _walk_fields(inner, f"{start}{name}.")


def _annotated_type(info: FieldInfo) -> Any:
    metadata = tuple(info.metadata)
    return Annotated[info.annotation, *metadata] if metadata else info.annotation


def _nested_models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The objects a field may hold; what a list holds has no path of its own."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (Union, types.UnionType, Annotated):
        for each in get_args(annotation):
            yield from _nested_models(each)


def _as_clause(message: str) -> str:
    message = message.rstrip(".")
    return message[:1].lower() + message[1:]
