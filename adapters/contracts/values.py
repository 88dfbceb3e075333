"""Single values: of the right type, and within their limits."""

import math
import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

_TYPES: Mapping[str, tuple[str, tuple[type, ...]]] = {
    "string": ("text", (str,)),
    "number": ("a number", (int, float)),
    "integer": ("a whole number", (int,)),
    "boolean": ("true or false", (bool,)),
    "array": ("a list", (list,)),
    "object": ("an object", (dict,)),
}
_BOOLEAN_WORDS = dict.fromkeys(("true", "yes", "on", "1"), True) | dict.fromkeys(("false", "no", "off", "0"), False)


def type_name(kind: str) -> str:
    return _TYPES[kind][0]


def coerce_value(kind: str | None, value: Any) -> Any:
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


def limit_problem(schema: Mapping[str, Any], value: Any) -> str | None:
    """Why a value is not one of its schema, the members of lists and objects apart."""
    kind = schema.get("type")
    if kind and not _has_type(kind, value):
        return f"must be {type_name(kind)}"
    if "const" in schema and value != schema["const"]:
        return f"must be {schema['const']}"
    if "enum" in schema and value not in schema["enum"]:
        return f"must be {spell_choices(schema['enum'])}"
    if isinstance(value, str):
        return _text_problem(schema, value)
    if isinstance(value, list):
        return _length_problem(schema, len(value), "Items", "entries")
    return _number_problem(schema, value) if isinstance(value, int | float) else None


def _has_type(kind: str, value: Any) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _TYPES[kind][1]) and not (isinstance(value, float) and not math.isfinite(value))


def spell_choices(choices: list[Any]) -> str:
    words = [str(each).lower() if isinstance(each, bool) else str(each) for each in choices]
    return words[0] if len(words) == 1 else f"one of {', '.join(words)}"


def _text_problem(schema: Mapping[str, Any], value: str) -> str | None:
    if problem := _length_problem(schema, len(value), "Length", "characters"):
        return problem
    expected = schema.get("x-expected", "written differently")
    if schema.get("format") == "uri" and not _is_address(value):
        return f"must be {expected}"
    if "pattern" in schema and not _compile(schema["pattern"]).search(value):
        return f"must be {expected}"
    return None


def _length_problem(schema: Mapping[str, Any], length: int, suffix: str, noun: str) -> str | None:
    if length < schema.get(f"min{suffix}", 0):
        return f"must have at least {schema[f'min{suffix}']:,} {noun}"
    if length > schema.get(f"max{suffix}", length):
        return f"must have at most {schema[f'max{suffix}']:,} {noun}"
    return None


def _number_problem(schema: Mapping[str, Any], value: float) -> str | None:
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
