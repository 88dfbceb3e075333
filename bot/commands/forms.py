"""A form is a projection of a request's options: what it shows first, what it is prefilled with, what comes back."""

from collections.abc import Mapping
from typing import Any

from bot.commands.parser import media_from_text
from bot.errors import Refused
from bot.requests.base import OptionModel
from bot.requests.media import Media
from bot.requests.options import Option, ValueType, options_of

FieldValue = str | bool | Media | None  # a field as a form holds it: words, a tick, or a file

_DRIVER_SCHEME = "bank://"  # how driver addresses begin, which nobody should have to read


def values_to_form(request: type[OptionModel], values: Mapping[str, Any]) -> dict[str, FieldValue]:
    """Values as a form shows them; default values stay empty."""
    options_by_field = {each.field: each for each in options_of(request)}
    return {
        field: _to_field_value(options_by_field[field], value)
        for field, value in values.items()
        if field in options_by_field
        and value is not None
        and (options_by_field[field].required or value != options_by_field[field].default)
    }


def request_to_form(request: OptionModel) -> dict[str, FieldValue]:
    """A request as its form would have been filled in."""
    return values_to_form(type(request), {name: getattr(request, name) for name in type(request).model_fields})


def form_to_values(request: type[OptionModel], form: Mapping[str, FieldValue]) -> dict[str, Any]:
    """Values for `parse_values`; empty fields are left out."""
    options_by_field = {each.field: each for each in options_of(request)}
    return {
        field: _from_field_value(options_by_field[field], value)
        for field, value in form.items()
        if field in options_by_field and _is_filled(value)
    }


def refused_field(request: type[OptionModel], refusal: Refused) -> str | None:
    """The field of a form that a refusal is about."""
    option_name = (refusal.option or "").casefold()
    return next(
        (each.field for each in options_of(request) if option_name in (each.field, each.word, *each.aliases)), None
    )


def _to_field_value(option: Option, value: Any) -> FieldValue:
    if isinstance(value, Media | bool):
        return value
    if option.value_type is ValueType.TEXT_LIST:
        words = [str(each) for each in value]
        return ("\n" if any("=" in each for each in words) else ", ").join(words)
    if isinstance(value, float):
        return f"{value:g}"
    return str(value).removeprefix(_DRIVER_SCHEME).rstrip("/") if option.suggests == "drivers" else str(value)


def _is_filled(value: FieldValue) -> bool:
    return value is not None and (not isinstance(value, str) or bool(value.strip()))


def _from_field_value(option: Option, value: FieldValue) -> Any:
    if not isinstance(value, str):
        return value
    if option.media_kind:
        return media_from_text(value.strip(), option)
    if option.value_type is ValueType.TEXT_LIST:
        return tuple(line.strip() for line in value.splitlines() if line.strip())
    if option.value_type is ValueType.FLAG:
        return value.casefold() in ("on", "true", "yes", "1")
    return value if option.positional else value.strip()
