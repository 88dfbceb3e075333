"""What is asked for, whoever makes it; and why it cannot be, in one sentence."""

from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.errors import Refused
from bot.requests.media import Media
from bot.requests.options import Opt, Option, did_you_mean, options_of

STUDIO_BOUND_OPTIONS = (
    "presenter",
    "voice",
    "model",
    "provider",
    "set",
)  # the words of one studio, which mean nothing to another


StudioName = Annotated[Literal["did", "heygen"] | None, Opt("Provider; chosen for you by default", advanced=True)]


class OptionModel(BaseModel):
    """Something that people fill in, option by option."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    noun: ClassVar[str]


class Request(OptionModel):
    """What is asked for, whoever makes it."""

    noun: ClassVar[str] = "a request"

    studio: StudioName = None
    set: Annotated[
        tuple[str, ...],
        Opt("Any field of the provider's API, as path=value", advanced=True, example="config.align_expand_factor=0.3"),
    ] = ()

    @property
    def size(self) -> float:
        """How long it is, roughly, for telling how long it will take."""
        return 0.0

    @property
    def media(self) -> dict[str, Media]:
        """Everything the person gave as a file or a link, by field."""
        return {name: value for name in type(self).model_fields if isinstance(value := getattr(self, name), Media)}


class DeletedRequest(Request):
    """Stands for a request whose words and files were deleted."""

    noun: ClassVar[str] = "something deleted"
    kind: Literal["deleted"] = "deleted"


ModelT = TypeVar("ModelT", bound=OptionModel)


def parse_values(request: type[ModelT], values: dict[str, Any]) -> ModelT:
    """A checked request from what a person gave, or one sentence on what is wrong with it."""
    try:
        return request.model_validate(values)
    except ValidationError as error:
        raise validation_refusal(request, error) from error


def validation_refusal(request: type[OptionModel], error: ValidationError) -> Refused:
    """The first fault of a request as a sentence with the numbers."""
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
    """A noun as a sentence begins with it."""
    return noun[0].upper() + noun[1:]
