"""An option is one annotated field of a request; grammar, forms, help and README are projections of it."""

import types
import typing
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bot.requests.media import Media, MediaKind


@dataclass(frozen=True)
class Opt:
    """How a field is offered to people."""

    sentence: str
    positional: bool = False  # takes the words that follow no option
    media_kind: MediaKind | None = None  # filled by an attachment of this kind
    suggests: str | None = None  # a list to pick from: voices, presenters, drivers, languages
    advanced: bool = False  # shown only under "more options"
    word: str = ""  # what people type, if not the field's own name
    aliases: tuple[str, ...] = ()  # other words that mean the same
    example: str = ""
    hint: str = ""  # what to type, where neither an example nor the field's limits say it


class ValueType(StrEnum):
    TEXT = "text"
    TEXT_LIST = "words"
    NUMBER = "number"
    INTEGER = "whole"
    FLAG = "flag"
    CHOICE = "choice"
    MEDIA = "media"


@dataclass(frozen=True, kw_only=True)
class Option(Opt):
    """One declared field of a request, read once from its annotation; `word` is always set."""

    field: str
    value_type: ValueType
    required: bool
    default: Any
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None
    max_length: int | None = None

    @property
    def value_hint(self) -> str:
        """What to type after the option."""
        if self.minimum is not None and self.maximum is not None:
            return f"<{self.minimum:g}–{self.maximum:g}>"
        return self.example or f"<{self.hint or ('file or URL' if self.media_kind else self.word)}>"


@cache
def options_of(request: type[BaseModel]) -> tuple[Option, ...]:
    """Every option of a request, in the order of declaration."""
    return tuple(
        _read_option(name, info, opt)
        for name, info in request.model_fields.items()
        if (opt := next((each for each in info.metadata if isinstance(each, Opt)), None))
    )


def option_of(request: type[BaseModel], field: str) -> Option:
    return next(each for each in options_of(request) if each.field == field)


def nearest_match(word: str, among: Iterable[str]) -> str | None:
    names = {each.casefold(): each for each in among}
    close = get_close_matches(word.casefold(), names, n=1, cutoff=0.6)
    return names[close[0]] if close else None


def did_you_mean(word: str, names: Iterable[str], form: str = "{}") -> str:
    """“ Did you mean …?” with the nearest name, to append to a refusal; empty if none is near."""
    close = nearest_match(word, names)
    return suggest_names([form.format(close)] if close else [])


def suggest_names(names: Iterable[str]) -> str:
    """The same for names that were already found."""
    *first, last = [*names] or [""]
    return f" Did you mean {', '.join(first)}{' or ' if first else ''}{last}?" if last else ""


def join_names(names: Sequence[str]) -> str:
    """One, two and three."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _read_option(name: str, info: FieldInfo, opt: Opt) -> Option:
    kind = _without_none(info.annotation)
    value_type = _value_type_of(kind)
    bound = {type(each): each for each in info.metadata}
    low, high, short, long = bound.get(Ge), bound.get(Le), bound.get(MinLen), bound.get(MaxLen)
    given = vars(opt) | {"word": opt.word or name.replace("_", "-")}
    return Option(
        **given,
        field=name,
        value_type=value_type,
        required=info.is_required(),
        default=None if info.is_required() else info.get_default(call_default_factory=True),
        choices=tuple(get_args(kind)) if value_type is ValueType.CHOICE else (),
        minimum=_bound_value(low.ge if low else None),
        maximum=_bound_value(high.le if high else None),
        min_length=short.min_length if short else None,
        max_length=long.max_length if long else None,
    )


def _bound_value(bound: object) -> float | None:
    return float(bound) if isinstance(bound, int | float) else None


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) in (types.UnionType, typing.Union):
        return next(each for each in get_args(annotation) if each is not type(None))
    return annotation


def _value_type_of(kind: Any) -> ValueType:
    if get_origin(kind) is Literal:
        return ValueType.CHOICE
    if get_origin(kind) is tuple:
        return ValueType.TEXT_LIST
    shapes = {
        bool: ValueType.FLAG,
        int: ValueType.INTEGER,
        float: ValueType.NUMBER,
        str: ValueType.TEXT,
        Media: ValueType.MEDIA,
    }
    return shapes[kind]


def ordered_options(request: type[BaseModel]) -> list[Option]:
    """The text first, then everyday options, advanced ones last."""
    return sorted(options_of(request), key=lambda each: (not each.positional, each.advanced))
