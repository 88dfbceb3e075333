"""Fields too rare for an option: `--set path=value`, checked against the body it goes into."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.contracts import BodySchema, Problem
from bot.errors import NotOffered, Refused
from bot.requests.options import nearest_match, suggest_names


@dataclass(frozen=True)
class ExtraFields:
    """The fields of one studio that people may set: all of its bodies except the reserved ones."""

    title: str
    reserved: Mapping[str, str]

    def apply(self, body: dict[str, Any], schema: BodySchema, settings: tuple[str, ...]) -> None:
        """Write each `path=value` into the body, or refuse it with the likely field."""
        for setting in settings:
            path, value = self.parse_setting(schema, setting)
            set_path(body, path, value)

    def complete(
        self, body: dict[str, Any], schema: BodySchema, settings: tuple[str, ...], needed: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        """The body with the settings in it, if the studio accepts it."""
        self.apply(body, schema, settings)
        return self.require_valid(schema, body, needed)

    def parse_setting(self, schema: BodySchema, setting: str) -> tuple[str, Any]:
        path, sign, text = (part.strip() for part in setting.partition("="))
        if not sign or not path:
            raise Refused(f"--set takes path=value, such as config.motion_factor=1.2; “{setting}” is not that.", "set")
        for name, reason in self.reserved.items():
            if path == name or path.startswith(f"{name}.") or name.startswith(f"{path}."):
                raise Refused(f"--set cannot change {path}: {reason}.", "set")
        if path not in schema.fields:
            hint = nearest_match(
                path, (each for each in schema.fields if not self._is_reserved(each))
            ) or self._nearest_by_last_part(path, schema.fields)
            meant = suggest_names([hint] if hint else [])
            fault = Refused if hint else NotOffered
            raise fault(f"{self.title} has no field “{path}” here.{meant}", "set")
        try:
            return path, schema.parse_field(path, text)
        except ValueError as error:
            raise Refused(f"{path} cannot be “{text}”: it {error}.", "set") from None

    def require_valid(self, schema: BodySchema, body: dict[str, Any], needed: tuple[str, ...] = ()) -> dict[str, Any]:
        """The body if the studio accepts it; `needed` is what we always send, though the studio has defaults."""
        problems = [*schema.check(body), *(Problem(name, "is required") for name in needed if name not in body)]
        if problems:
            where = problems[0].path or "request"
            raise Refused(f"{self.title} does not accept this {where}: it {problems[0].reason}.")
        return body

    def _is_reserved(self, path: str) -> bool:
        return any(path == name or name.startswith(f"{path}.") for name in self.reserved)

    def _nearest_by_last_part(self, path: str, paths: Mapping[str, object]) -> str | None:
        """People know a field's name more often than its place."""
        last = path.rpartition(".")[2]
        ends = {each.rpartition(".")[2]: each for each in paths if not self._is_reserved(each)}
        hint = nearest_match(last, ends)
        return ends[hint] if hint else None


def set_path(body: dict[str, Any], path: str, value: object) -> None:
    """Put a value at a path, creating the objects on the way."""
    *parents, last = path.split(".")
    for step in parents:
        inner = body.get(step)
        if not isinstance(inner, dict):
            inner = body[step] = {}
        body = inner
    body[last] = value


def remove_path(body: dict[str, Any], path: str) -> bool:
    """Remove a value and what it leaves empty; True when it was set to something."""
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


def without_none(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def rate_factor(rate: str) -> float:
    """How many times as fast: `1.2`, `120%`, `+20%` and `+0.2` are the same."""
    number = float(rate.rstrip("%")) / (100 if rate.endswith("%") else 1)
    return 1 + number if rate[0] in "+-" else number
