"""What is asked for, whoever makes it; and why it cannot be, in one sentence."""

from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.errors import Refused
from bot.requests.media import Media
from bot.requests.options import Opt, Option, nearest, options

BELONGS = ("presenter", "voice", "model", "provider", "set")  # the words of one studio, which mean nothing to another


StudioName = Annotated[
    Literal["did", "heygen"] | None, Opt("Which studio makes it; didtalk chooses when you do not", advanced=True)
]


class Filled(BaseModel):
    """Something that people fill in, option by option."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    noun: ClassVar[str]


class Request(Filled):
    """What is asked for, whoever makes it."""

    noun: ClassVar[str] = "a request"

    studio: StudioName = None
    set: Annotated[
        tuple[str, ...],
        Opt("A field of the studio's own, as path=value", advanced=True, example="config.align_expand_factor=0.3"),
    ] = ()

    @property
    def size(self) -> float:
        """How long it is, roughly, for telling how long it will take."""
        return 0.0

    @property
    def media(self) -> dict[str, Media]:
        """Everything the person gave as a file or a link, by field."""
        return {name: value for name in type(self).model_fields if isinstance(value := getattr(self, name), Media)}


F = TypeVar("F", bound=Filled)


def make(request: type[F], values: dict[str, Any]) -> F:
    """A checked request from what a person gave, or one sentence on what is wrong with it."""
    try:
        return request.model_validate(values)
    except ValidationError as error:
        raise refusal(request, error) from error


def refusal(request: type[Filled], error: ValidationError) -> Refused:
    """The first fault of a request as a sentence with the numbers."""
    fault = error.errors(include_url=False)[0]
    field = str(fault["loc"][0]) if fault["loc"] else ""
    known = {each.field: each for each in options(request)}
    if field not in known:
        hint = nearest(field, (each.word for each in known.values()))
        return Refused(
            f"{capital(request.noun)} has no option “{field}”." + (f" Did you mean --{hint}?" if hint else "")
        )
    return Refused(_fault(request, known[field], str(fault["type"]), fault["input"]), field)


def _fault(request: type[Filled], at: Option, fault: str, given: object) -> str:
    if fault == "missing":
        way = " Attach the file, or give a link to it." if at.takes else ""
        return f"{capital(request.noun)} needs --{at.word}: {at.sentence[0].lower()}{at.sentence[1:]}.{way}"
    if fault in ("string_too_short", "string_too_long"):
        subject = request.noun if at.rest else f"--{at.word}"
        return (
            f"{capital(subject)} takes {at.shortest or 0:,} to {at.longest:,} characters, this has {len(str(given)):,}."
        )
    if at.choices:
        hint = nearest(str(given), at.choices)
        meant = f" Did you mean {hint}?" if hint else ""
        return f"--{at.word} is one of {', '.join(at.choices)}; “{given}” is not.{meant}"
    if at.low is not None and at.high is not None:
        return f"--{at.word} is a number from {at.low:g} to {at.high:g}; this is {given}."
    return f"--{at.word} cannot be “{given}”: {at.sentence[0].lower()}{at.sentence[1:]}."


def capital(noun: str) -> str:
    """A noun as a sentence begins with it."""
    return noun[0].upper() + noun[1:]
