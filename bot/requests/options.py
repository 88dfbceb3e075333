"""An option is one annotated field of a request; grammar, forms, help and README are projections of it."""

import types
import typing
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bot.requests.media import Kind, Media


@dataclass(frozen=True)
class Opt:
    """How a field is offered to people: its sentence first, then what it takes and where it shows."""

    sentence: str
    rest: bool = False  # takes the words that follow no option
    takes: Kind | None = None  # filled by an attachment of this kind
    suggests: str | None = None  # a list to pick from: voices, presenters, drivers, languages
    advanced: bool = False  # shown only under "more options"
    word: str | None = None  # what people type, when the field's own name is not it
    also: tuple[str, ...] = ()  # other words that mean the same
    example: str = ""


class Shape(StrEnum):
    """What kind of value an option holds."""

    TEXT = "text"
    WORDS = "words"
    NUMBER = "number"
    WHOLE = "whole"
    FLAG = "flag"
    CHOICE = "choice"
    MEDIA = "media"


@dataclass(frozen=True)
class Option:
    """One declared field of a request, read once from its annotation."""

    field: str
    word: str
    sentence: str
    shape: Shape
    required: bool
    default: Any
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    shortest: int | None = None
    longest: int | None = None
    rest: bool = False
    takes: Kind | None = None
    suggests: str | None = None
    advanced: bool = False
    also: tuple[str, ...] = ()
    example: str = ""


@cache
def options(request: type[BaseModel]) -> tuple[Option, ...]:
    """Every option of a request, in the order of its declaration."""
    return tuple(
        _option(name, info, opt)
        for name, info in request.model_fields.items()
        if (opt := next((each for each in info.metadata if isinstance(each, Opt)), None))
    )


def option(request: type[BaseModel], field: str) -> Option:
    """The option of one field."""
    return next(each for each in options(request) if each.field == field)


def nearest(word: str, among: Iterable[str]) -> str | None:
    """The name a person most likely meant."""
    names = {each.casefold(): each for each in among}
    close = get_close_matches(word.casefold(), names, n=1, cutoff=0.6)
    return names[close[0]] if close else None


def _option(name: str, info: FieldInfo, opt: Opt) -> Option:
    kind = _bare(info.annotation)
    shape = _shape(kind)
    bound = {type(each): each for each in info.metadata}
    low, high, short, long = bound.get(Ge), bound.get(Le), bound.get(MinLen), bound.get(MaxLen)
    return Option(
        field=name,
        word=opt.word or name.replace("_", "-"),
        sentence=opt.sentence,
        shape=shape,
        required=info.is_required(),
        default=None if info.is_required() else info.get_default(call_default_factory=True),
        choices=tuple(get_args(kind)) if shape is Shape.CHOICE else (),
        low=_number(low.ge if low else None),
        high=_number(high.le if high else None),
        shortest=short.min_length if short else None,
        longest=long.max_length if long else None,
        rest=opt.rest,
        takes=opt.takes,
        suggests=opt.suggests,
        advanced=opt.advanced,
        also=opt.also,
        example=opt.example,
    )


def _number(bound: object) -> float | None:
    return float(bound) if isinstance(bound, int | float) else None


def _bare(annotation: Any) -> Any:
    """The type without its `| None`."""
    if get_origin(annotation) in (types.UnionType, typing.Union):
        return next(each for each in get_args(annotation) if each is not type(None))
    return annotation


def _shape(kind: Any) -> Shape:
    if get_origin(kind) is Literal:
        return Shape.CHOICE
    if get_origin(kind) is tuple:
        return Shape.WORDS
    shapes = {bool: Shape.FLAG, int: Shape.WHOLE, float: Shape.NUMBER, str: Shape.TEXT, Media: Shape.MEDIA}
    return shapes[kind]
