"""A template of the studio, with its variables filled."""

from typing import Annotated, Any, ClassVar, Literal, Self

from annotated_types import MaxLen, MinLen
from pydantic import BeforeValidator, field_validator, model_validator

from bot.errors import Refused
from bot.requests.base import Captions, Dimension, Request, TestRun, Title
from bot.requests.media import Media, MediaKind
from bot.requests.options import Opt

_VARIABLE_FILE_NAMES = {"image": ("photo", "image"), "audio": ("sound", "audio"), "video": ("video",)}


class Template(Request):
    """Fill a template that was made at the studio."""

    noun: ClassVar[str] = "a template"
    kind: Literal["template"] = "template"
    template: Annotated[
        str,
        Opt("Which template, by name", positional=True, suggests="templates", example="Welcome"),
        MinLen(1),
        MaxLen(200),
        BeforeValidator(lambda typed: typed.strip() if isinstance(typed, str) else typed),
    ]
    fill: Annotated[
        tuple[str, ...],
        Opt("Template variable and its value: text, a voice, a presenter, a link or a file name", example="name=Ana"),
    ] = ()
    image: Annotated[
        Media | None, Opt("A picture that a variable can use: logo=photo", media_kind=MediaKind.PICTURE)
    ] = None
    audio: Annotated[Media | None, Opt("A sound that a variable can use: intro=sound", media_kind=MediaKind.SOUND)] = (
        None
    )
    video: Annotated[Media | None, Opt("A video that a variable can use: clip=video", media_kind=MediaKind.VIDEO)] = (
        None
    )
    title: Title = None
    dimension: Dimension = None
    captions: Captions = False
    test: TestRun = False

    @property
    def captions_in_picture(self) -> bool:
        return self.captions

    @property
    def variables(self) -> dict[str, str]:
        return dict(_parse_variable(each) for each in self.fill)

    @property
    def files_by_name(self) -> dict[str, str]:
        """The attached files by the names that variables may use."""
        by_name: dict[str, str] = {}
        for field, names in _VARIABLE_FILE_NAMES.items():
            if media := getattr(self, field):
                by_name |= {name: field for name in (*names, media.name.casefold()) if name}
        return by_name

    @field_validator("fill", mode="before")
    @classmethod
    def _check_variables(cls, typed: Any) -> Any:
        lines = (typed,) if isinstance(typed, str) else typed
        return tuple("=".join(_parse_variable(each)) for each in lines) if isinstance(lines, list | tuple) else typed

    @model_validator(mode="after")
    def _check_files_used(self) -> Self:
        values = {value.casefold() for value in self.variables.values()}
        for field, names in _VARIABLE_FILE_NAMES.items():
            media = getattr(self, field)
            if media and not {*names, media.name.casefold()} & values:
                raise Refused(f"No variable uses {media.name or 'the file'}: write --fill name={names[0]}.", field)
        return self


def _parse_variable(typed: object) -> tuple[str, str]:
    name, sign, value = (part.strip() for part in str(typed).partition("="))
    if not name or not sign or not value:
        raise Refused(
            f'--fill needs a variable and its value, for example "name=Ana", not “{str(typed)[:60]}”.', "fill"
        )
    return name, value
