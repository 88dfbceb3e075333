"""A vendor's OpenAPI document: which bodies it takes, field by field.

The part of JSON Schema that the documents use is understood, and three extensions: `x-expected` says in words what a
pattern wants, `x-default` beside a discriminator is the variant of an object that does not name one, and `default` is
filled in by `complete`.
"""

import copy
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import yaml

ContractName = Literal["did", "heygen-v2", "heygen-v3"]
Schema = Mapping[str, Any]
Location = tuple[str | int, ...]

_TYPES: Mapping[str, tuple[str, tuple[type, ...]]] = {
    "string": ("text", (str,)),
    "number": ("a number", (int, float)),
    "integer": ("a whole number", (int,)),
    "boolean": ("true or false", (bool,)),
    "array": ("a list", (list,)),
    "object": ("an object", (dict,)),
}
_BOOLEAN_WORDS = dict.fromkeys(("true", "yes", "on", "1"), True) | dict.fromkeys(("false", "no", "off", "0"), False)


@dataclass(frozen=True)
class Problem:
    """What is wrong with a body; the reason goes on after “it”."""

    path: str
    reason: str
    unknown_field: bool = False


class Contract:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document

    def resolve(self, schema: Schema) -> Schema:
        """A schema with what it refers to."""
        if "$ref" in schema:
            target: Any = self.document
            for step in schema["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            return self.resolve(target)
        if "allOf" not in schema:
            return schema
        merged: dict[str, Any] = {}
        for each in (*schema["allOf"], {key: value for key, value in schema.items() if key != "allOf"}):
            merged |= self.resolve(each)
        return merged


@cache
def load_contract(name: ContractName) -> Contract:
    """A vendor's document, read once and only when it is needed."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = (Path(__file__).parent / f"{name}.yml").read_text("utf-8")
    return Contract(yaml.load(text, loader))  # noqa: S506 - both are safe loaders


class BodySchema:
    """What a POST to a path takes, or a named part of it; its document is read at the first question."""

    def __init__(self, contract: ContractName, path: str = "", *, part: str = "") -> None:
        self._contract_name: ContractName = contract
        self._path, self._part = path, part

    @cached_property
    def _contract(self) -> Contract:
        return load_contract(self._contract_name)

    @cached_property
    def _schema(self) -> Schema:
        document = self._contract.document
        if self._part:
            return self._contract.resolve(document["components"]["schemas"][self._part])
        content = document["paths"][self._path]["post"]["requestBody"]["content"]
        return self._contract.resolve(content["application/json"]["schema"])

    def has_field(self, name: str) -> bool:
        """Whether the body itself has such a field."""
        return name in self._schema["properties"]

    def check(self, body: Mapping[str, Any]) -> list[Problem]:
        """What is wrong with a body as it is; nothing is converted or filled in."""
        reader = _Reader(self._contract)
        reader.read(self._schema, body, ())
        return reader.problems

    def complete(self, body: Mapping[str, Any]) -> tuple[Any, list[Problem]]:
        """The body as a vendor reads it: quoted numbers are numbers, nulls are left out, defaults are filled in."""
        reader = _Reader(self._contract, lenient=True, fill_defaults=True)
        return reader.read(self._schema, body, ()), reader.problems

    @cached_property
    def fields(self) -> Mapping[str, tuple[Schema, ...]]:
        """Every path with the schemas it may have; what a list holds has no path of its own."""
        by_path: dict[str, list[Schema]] = {}
        for path, schema in self._walk(self._schema, ""):
            by_path.setdefault(path, []).append(schema)
        return {path: tuple(schemas) for path, schemas in by_path.items()}

    def parse_field(self, path: str, text: str) -> Any:
        """The value of a field from typed text: as it stands, as JSON, or as the inside of a list; or ValueError."""
        reason = "needs a value"
        candidates = [text, *_parse_json(text), *_parse_json(f"[{text}]")]
        for number, (schema, value) in enumerate((s, v) for s in self.fields[path] for v in candidates):
            reader = _Reader(self._contract, lenient=True)
            parsed = reader.read(schema, value, ())
            if not reader.problems:
                return parsed
            if number == 0 and text:
                reason = reader.problems[0].reason
        raise ValueError(reason)

    def _walk(self, schema: Schema, prefix: str) -> Iterator[tuple[str, Schema]]:
        schema = self._contract.resolve(schema)
        for name, inner in schema.get("properties", {}).items():
            yield f"{prefix}{name}", inner
            yield from self._walk(inner, f"{prefix}{name}.")
        for variant in (*schema.get("oneOf", ()), *schema.get("anyOf", ())):
            yield from self._walk(variant, prefix)


class _Reader:
    def __init__(self, contract: Contract, *, lenient: bool = False, fill_defaults: bool = False) -> None:
        self.problems: list[Problem] = []
        self._contract = contract
        self._lenient, self._fill_defaults = lenient, fill_defaults

    def read(self, schema: Schema, value: Any, where: Location) -> Any:
        """The value as it is understood; what is wrong with it is added to the problems."""
        schema = self._contract.resolve(schema)
        if "discriminator" in schema:
            return self._read_variant(schema, value, where)
        if "anyOf" in schema:
            return self._read_any(schema, value, where)
        if self._lenient:
            value = _coerce_value(schema.get("type"), value)
        if reason := _limit_problem(schema, value):
            self._add(where, reason)
        elif isinstance(value, dict):
            return self._read_object(schema, value, where)
        elif isinstance(value, list) and "items" in schema:
            return [self.read(schema["items"], each, (*where, number)) for number, each in enumerate(value)]
        return value

    def _read_variant(self, schema: Schema, value: Any, where: Location) -> Any:
        if not isinstance(value, dict):
            self._add(where, f"must be {_type_name('object')}")
            return value
        discriminator = schema["discriminator"]
        name, mapping = discriminator["propertyName"], discriminator["mapping"]
        if self._lenient and value.get(name) is None and "x-default" in discriminator:
            value = {**value, name: discriminator["x-default"]}
        kind = value.get(name)
        if not isinstance(kind, str) or kind not in mapping:
            self._add((*where, name), f"must be {_spell_choices(list(mapping))}")
            return value
        return self.read({"$ref": mapping[kind]}, value, where)

    def _read_any(self, schema: Schema, value: Any, where: Location) -> Any:
        failures: list[list[Problem]] = []
        for variant in schema["anyOf"]:
            attempt = _Reader(self._contract, lenient=self._lenient, fill_defaults=self._fill_defaults)
            understood = attempt.read(variant, value, where)
            if not attempt.problems:
                return understood
            failures.append(attempt.problems)
        # The variant that was understood furthest is the one that was meant.
        depths = [problems[0].path.count(".") for problems in failures]
        self.problems += failures[depths.index(max(depths))]
        return value

    def _read_object(self, schema: Schema, value: dict[str, Any], where: Location) -> dict[str, Any]:
        properties: Mapping[str, Schema] = schema.get("properties", {})
        required = schema.get("required", ())
        given = {
            name: each
            for name, each in value.items()
            if not (self._lenient and each is None and name in properties and name not in required)
        }
        for name in required:
            if name not in given:
                self._add((*where, name), "is required")
        self._check_alternatives(schema, given, where)
        result = {name: self._read_member(schema, name, each, where) for name, each in given.items()}
        return self._with_defaults(properties, result, where) if self._fill_defaults else result

    def _read_member(self, schema: Schema, name: str, value: Any, where: Location) -> Any:
        inner = schema.get("properties", {}).get(name, schema.get("additionalProperties", True))
        if inner is False:
            self._add((*where, name), "is not a known field", unknown_field=True)
        return value if isinstance(inner, bool) else self.read(inner, value, (*where, name))

    def _with_defaults(
        self, properties: Mapping[str, Schema], value: dict[str, Any], where: Location
    ) -> dict[str, Any]:
        for name, each in properties.items():
            resolved = self._contract.resolve(each)
            if name not in value and "default" in resolved:
                value[name] = self.read(resolved, copy.deepcopy(resolved["default"]), (*where, name))
        return value

    def _check_alternatives(self, schema: Schema, given: Mapping[str, Any], where: Location) -> None:
        """Of some fields exactly one is given."""
        names = [name for each in schema.get("oneOf", ()) for name in each["required"]]
        if names and sum(name in given for name in names) != 1:
            self._add(where, f"needs exactly one of {', '.join(names)}")

    def _add(self, where: Location, reason: str, *, unknown_field: bool = False) -> None:
        self.problems.append(Problem(".".join(map(str, where)), reason, unknown_field))


def _parse_json(text: str) -> list[Any]:
    try:
        return [json.loads(text)]
    except (ValueError, RecursionError):
        return []


def _type_name(kind: str) -> str:
    return _TYPES[kind][0]


def _coerce_value(kind: str | None, value: Any) -> Any:
    """A number or truth that was given in quotes; anything else as it is."""
    if kind == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    if not isinstance(value, str):
        return value
    try:
        match kind:
            case "number":
                return float(value)
            case "integer":
                return int(value)
            case "boolean":
                return _BOOLEAN_WORDS.get(value.lower(), value)
    except ValueError:
        pass
    return value


def _limit_problem(schema: Schema, value: Any) -> str | None:
    """Why a value is not one of its schema, the members of lists and objects apart."""
    kind = schema.get("type")
    if kind and not _has_type(kind, value):
        return f"must be {_type_name(kind)}"
    if "const" in schema and value != schema["const"]:
        return f"must be {schema['const']}"
    if "enum" in schema and value not in schema["enum"]:
        return f"must be {_spell_choices(schema['enum'])}"
    if isinstance(value, str):
        return _text_problem(schema, value)
    if isinstance(value, list):
        return _length_problem(schema, len(value), "Items", "entries")
    return _number_problem(schema, value) if isinstance(value, int | float) else None


def _has_type(kind: str, value: Any) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _TYPES[kind][1]) and not (isinstance(value, float) and not math.isfinite(value))


def _spell_choices(choices: list[Any]) -> str:
    words = [str(each).lower() if isinstance(each, bool) else str(each) for each in choices]
    return words[0] if len(words) == 1 else f"one of {', '.join(words)}"


def _text_problem(schema: Schema, value: str) -> str | None:
    if problem := _length_problem(schema, len(value), "Length", "characters"):
        return problem
    expected = schema.get("x-expected", "written differently")
    if schema.get("format") == "uri" and not _is_address(value):
        return f"must be {expected}"
    if "pattern" in schema and not _compile(schema["pattern"]).search(value):
        return f"must be {expected}"
    return None


def _length_problem(schema: Schema, length: int, suffix: str, noun: str) -> str | None:
    if length < schema.get(f"min{suffix}", 0):
        return f"must have at least {schema[f'min{suffix}']:,} {noun}"
    if length > schema.get(f"max{suffix}", length):
        return f"must have at most {schema[f'max{suffix}']:,} {noun}"
    return None


def _number_problem(schema: Schema, value: float) -> str | None:
    if value < schema.get("minimum", value):
        return f"must be at least {schema['minimum']:g}"
    if value > schema.get("maximum", value):
        return f"must be at most {schema['maximum']:g}"
    if "exclusiveMinimum" in schema and value <= schema["exclusiveMinimum"]:
        return f"must be more than {schema['exclusiveMinimum']:g}"
    if "multipleOf" in schema and value % schema["multipleOf"]:
        return f"must be a multiple of {schema['multipleOf']:g}"
    return None


def _is_address(value: str) -> bool:
    try:
        urlsplit(value)
    except ValueError:  # as https://[/a.jpg
        return False
    return True


@cache
def _compile(pattern: str) -> re.Pattern[str]:
    # JSON Schema's `$` is the very end; Python's also matches before a last line break.
    return re.compile(re.sub(r"(?<!\\)\$$", r"\\Z", pattern))
