"""The base of all requests, the checks of their options, and the sentence for what is wrong."""

import re
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from annotated_types import MaxLen, MinLen
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError

from bot.errors import Refused
from bot.requests.media import DIMENSION_RULE, Media, parse_dimension
from bot.requests.options import Opt, Option, did_you_mean, options_of

# What only one studio knows, and means nothing to another.
STUDIO_BOUND_OPTIONS = ("presenter", "voice", "model", "provider", "set")
MAX_SPOKEN_CHARACTERS = 10_000  # D-ID counts characters outside tags; with tags a script may be longer
MAX_SCRIPT_CHARACTERS = 40_000

_EXPRESSION = re.compile(r"(?:(\d+):)?(neutral|happy|serious|surprise)(?::([\d.]+))?")

StudioName = Annotated[Literal["did", "heygen"] | None, Opt("Provider; chosen for you by default", advanced=True)]


STUDIO_TITLES = {"did": "D-ID", "heygen": "HeyGen"}


def studio_title(studio: str) -> str:
    """The name that people read."""
    return STUDIO_TITLES.get(studio, studio)


def _check_dimension(given: str | None) -> str | None:
    if given is None or (size := parse_dimension(given)):
        return given and size
    raise Refused(f"--{DIMENSION_RULE}, not “{given}”.", "size")


Stripped = BeforeValidator(lambda text: (text.strip() or None) if isinstance(text, str) else text)

# Options that several requests share.
Title = Annotated[str | None, Opt("Title in the provider's dashboard", advanced=True), MinLen(1), MaxLen(200)]
Dimension = Annotated[
    str | None,
    Opt("Width and height in even pixels, 128 to 4096", word="size", aliases=("dimension",), example="1280x720"),
    AfterValidator(_check_dimension),
]
Captions = Annotated[bool, Opt("Show captions", aliases=("subtitles", "caption"))]
TestRun = Annotated[bool, Opt("Free watermarked preview, if available", advanced=True)]


class OptionModel(BaseModel):
    """A model that people fill in, option by option."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    noun: ClassVar[str]


class Request(OptionModel):
    """What people ask for, before it is known which studio makes it."""

    noun: ClassVar[str] = "a request"

    studio: StudioName = None
    set: Annotated[
        tuple[str, ...],
        Opt("Any field of the provider's API, as path=value", advanced=True, example="config.align_expand_factor=0.3"),
    ] = ()

    @property
    def size(self) -> float:
        """How much there is to make, in characters, for an estimate of the duration."""
        return 0.0

    @property
    def captions_in_picture(self) -> bool:
        """Whether the provider draws the captions into the picture; a player must not show them again."""
        return False

    @property
    def media(self) -> dict[str, Media]:
        """The files and links the person gave, by field."""
        return {name: value for name in type(self).model_fields if isinstance(value := getattr(self, name), Media)}


class DeletedRequest(Request):
    """Takes the place of a request whose text and files were deleted."""

    noun: ClassVar[str] = "something deleted"
    kind: Literal["deleted"] = "deleted"


ModelT = TypeVar("ModelT", bound=OptionModel)


def parse_values(request: type[ModelT], values: dict[str, Any]) -> ModelT:
    """A checked request; Refused with one sentence on what is wrong."""
    try:
        return request.model_validate(values)
    except ValidationError as error:
        raise validation_refusal(request, error) from error


def validation_refusal(request: type[OptionModel], error: ValidationError) -> Refused:
    """The first fault of a request, as a sentence with the numbers."""
    fault = error.errors(include_url=False)[0]
    field = str(fault["loc"][0]) if fault["loc"] else ""
    by_field = {each.field: each for each in options_of(request)}
    if field not in by_field:
        meant = did_you_mean(field, (each.word for each in by_field.values()), "--{}")
        return Refused(f"{capitalise(request.noun)} has no option “{field}”.{meant}")
    return Refused(_explain_fault(request, by_field[field], str(fault["type"]), fault["input"]), field)


def _explain_fault(request: type[OptionModel], option: Option, fault: str, given: object) -> str:
    if fault == "missing":
        way = " Attach the file, or give a link to it." if option.media_kind else ""
        return (
            f"{capitalise(request.noun)} needs --{option.word}: {option.sentence[0].lower()}{option.sentence[1:]}.{way}"
        )
    if fault in ("string_too_short", "string_too_long"):
        subject = request.noun if option.positional else f"--{option.word}"
        return (
            f"{capitalise(subject)} must have {option.min_length or 0:,} to {option.max_length:,} characters; this has "
            f"{len(str(given)):,}."
        )
    if option.choices:
        meant = did_you_mean(str(given), option.choices)
        return f"--{option.word} must be one of {', '.join(option.choices)}, not “{given}”.{meant}"
    if option.minimum is not None and option.maximum is not None:
        return f"--{option.word} must be a number from {option.minimum:g} to {option.maximum:g}, not {given}."
    return f"--{option.word} cannot be “{given}”: {option.sentence[0].lower()}{option.sentence[1:]}."


def capitalise(noun: str) -> str:
    return noun[0].upper() + noun[1:]


def pattern_check(word: str, pattern: str, expected: str) -> AfterValidator:
    """A check that an option's text is as expected."""
    compiled = re.compile(pattern)

    def check(value: str | None) -> str | None:
        if value is None or compiled.fullmatch(value):
            return value
        raise Refused(f"--{word} must be {expected}, not “{value}”.", word)

    return AfterValidator(check)


def check_crop(crop: str | None) -> str | None:
    """Refuse a rectangle that is not one."""
    if crop is None or crop == "wide":
        return crop
    try:
        top, left, bottom, right = (float(edge) for edge in crop.split(","))
    except ValueError:
        raise Refused(f"--crop must be wide, or four numbers from 0 to 1, not “{crop}”.", "crop") from None
    if not (0 <= top < bottom <= 1 and 0 <= left < right <= 1):
        raise Refused("--crop is top,left,bottom,right: each from 0 to 1, top above bottom, left before right.", "crop")
    return crop


def check_spoken_length(noun: str, script: str, ssml: bool) -> None:
    spoken = re.sub(r"<[^>]*>", "", script) if ssml else script
    if len(spoken) > MAX_SPOKEN_CHARACTERS:
        raise Refused(
            f"{capitalise(noun)} must have 3 to {MAX_SPOKEN_CHARACTERS:,} spoken characters "
            f"({MAX_SCRIPT_CHARACTERS:,} with SSML tags); this has {len(spoken):,}.",
            "script",
        )


def normalise_expressions(typed: tuple[str, ...]) -> tuple[str, ...]:
    """Each mood as frame:mood:strength, with defaults for what was left out."""
    moments = [moment for each in typed for moment in re.split(r"[\s,]+", each.strip())]
    return tuple(_normalise_expression(moment) for moment in moments)


def _normalise_expression(moment: str) -> str:
    match = _EXPRESSION.fullmatch(moment.casefold())
    if not match or not 0 <= float(match[3] or 1) <= 1:
        raise Refused(
            "--expression must be neutral, happy, serious or surprise, or frame:mood:strength with a strength "
            f"from 0 to 1, such as 0:happy:0.8, not “{moment}”.",
            "expression",
        )
    return f"{int(match[1] or 0)}:{match[2]}:{float(match[3] or 1):g}"


def shorten(text: str, max_characters: int = 48) -> str:
    """On one line, cut to a length."""
    line = " ".join(text.split())
    return line if len(line) <= max_characters else f"{cut_at_word(line[: max_characters - 1])}…"


def cut_at_word(text: str) -> str:
    """Without the word at the end that was cut, unless it is most of the text."""
    head, space, _ = text.rstrip().rpartition(" ")
    return head.rstrip(" ,;:–—-") if space and len(head) > len(text) * 0.6 else text.rstrip()
