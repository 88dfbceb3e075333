"""A form is a projection of a request's options: what it shows first, what it is prefilled with, what comes back."""

from collections.abc import Mapping
from typing import Any

from bot.commands.parser import media_of
from bot.errors import Refused
from bot.requests.base import Filled
from bot.requests.media import Media
from bot.requests.options import Option, Shape, options

Given = str | bool | Media | None  # a field as a form holds it: words, a tick, or a file

_BANK = "bank://"  # how driver addresses begin, which nobody should have to read


def shown(request: type[Filled]) -> list[Option]:
    """The options of a form: what is said first, then everyday ones, rare ones last."""
    return sorted(options(request), key=lambda each: (each.advanced, not each.rest))


def given(request: type[Filled], values: Mapping[str, Any]) -> dict[str, Given]:
    """Values as a form shows them; what is as it would be anyway stays empty."""
    known = {each.field: each for each in options(request)}
    return {
        field: _given(known[field], value)
        for field, value in values.items()
        if field in known and value is not None and (known[field].required or value != known[field].default)
    }


def given_of(request: Filled) -> dict[str, Given]:
    """A request that was made, as its form would have been filled in."""
    return given(type(request), {name: getattr(request, name) for name in type(request).model_fields})


def values(request: type[Filled], filled: Mapping[str, Given]) -> dict[str, Any]:
    """What a filled form says, ready for `make`; empty fields count as not filled in."""
    known = {each.field: each for each in options(request)}
    return {field: _value(known[field], value) for field, value in filled.items() if field in known and _said(value)}


def spot(request: type[Filled], refusal: Refused) -> str | None:
    """The field of a form that a refusal speaks of."""
    named = (refusal.option or "").casefold()
    return next((each.field for each in options(request) if named in (each.field, each.word, *each.also)), None)


def _given(option: Option, value: Any) -> Given:
    if isinstance(value, Media | bool):
        return value
    if option.shape is Shape.WORDS:
        words = [str(each) for each in value]
        return ("\n" if any("=" in each for each in words) else ", ").join(words)
    if isinstance(value, float):
        return f"{value:g}"
    return str(value).removeprefix(_BANK).rstrip("/") if option.suggests == "drivers" else str(value)


def _said(value: Given) -> bool:
    return value is not None and (not isinstance(value, str) or bool(value.strip()))


def _value(option: Option, value: Given) -> Any:
    if not isinstance(value, str):
        return value
    if option.takes:
        return media_of(value.strip(), option)
    if option.shape is Shape.WORDS:
        return tuple(line.strip() for line in value.splitlines() if line.strip())
    if option.shape is Shape.FLAG:
        return value.casefold() in ("on", "true", "yes", "1")
    return value if option.rest else value.strip()
