"""A template of the studio's own, with its blanks filled."""

from typing import Annotated, Any, ClassVar, Literal, Self

from annotated_types import MaxLen, MinLen
from pydantic import field_validator, model_validator

from bot.errors import Refused
from bot.requests.base import Request
from bot.requests.media import Kind, Media
from bot.requests.options import Opt
from bot.requests.storyboard import scene_builder

_CALLED = {"image": ("photo", "image"), "audio": ("sound", "audio"), "video": ("video",)}


class Template(Request):
    """Fill a template that was made at the studio."""

    noun: ClassVar[str] = "a template"
    kind: Literal["template"] = "template"
    template: Annotated[
        str,
        Opt("Which template, by name", rest=True, suggests="templates", example="Welcome"),
        MinLen(1),
        MaxLen(200),
    ]
    fill: Annotated[
        tuple[str, ...],
        Opt("A blank and what goes into it: words, a voice, a presenter, a link or a file's name", example="name=Ana"),
    ] = ()
    image: Annotated[Media | None, Opt("A picture a blank can call: logo=photo", takes=Kind.PICTURE)] = None
    audio: Annotated[Media | None, Opt("A sound a blank can call: intro=sound", takes=Kind.SOUND)] = None
    video: Annotated[Media | None, Opt("A video a blank can call: clip=video", takes=Kind.VIDEO)] = None
    title: Annotated[str | None, Opt("A title at the studio", advanced=True), MinLen(1), MaxLen(200)] = None
    dimension: Annotated[
        str | None,
        Opt("Width and height in even pixels, 128 to 4096", word="size", also=("dimension",), example="1280x720"),
    ] = None
    captions: Annotated[bool, Opt("Show captions", also=("subtitles", "caption"))] = False
    test: Annotated[bool, Opt("A free try with a watermark, where the studio has it", advanced=True)] = False

    @property
    def blanks(self) -> dict[str, str]:
        """What goes into each blank."""
        return dict(_blank(each) for each in self.fill)

    @property
    def called(self) -> dict[str, str]:
        """The attached files by the names that blanks may call them."""
        found: dict[str, str] = {}
        for field, names in _CALLED.items():
            if media := getattr(self, field):
                found |= {name: field for name in (*names, media.name.casefold()) if name}
        return found

    @field_validator("template", mode="before")
    @classmethod
    def _trim(cls, typed: object) -> object:
        return typed.strip() if isinstance(typed, str) else typed

    @field_validator("fill", mode="before")
    @classmethod
    def _filled(cls, typed: Any) -> Any:
        lines = (typed,) if isinstance(typed, str) else typed
        return tuple("=".join(_blank(each)) for each in lines) if isinstance(lines, list | tuple) else typed

    @field_validator("dimension")
    @classmethod
    def _dimension(cls, size: str | None) -> str | None:
        return scene_builder.dimension(size)

    @model_validator(mode="after")
    def _all_called(self) -> Self:
        values = {value.casefold() for value in self.blanks.values()}
        for field, names in _CALLED.items():
            media = getattr(self, field)
            if media and not {*names, media.name.casefold()} & values:
                raise Refused(f"No blank takes {media.name or 'the file'}: write --fill name={names[0]}.", field)
        return self


def _blank(typed: object) -> tuple[str, str]:
    name, sign, value = (part.strip() for part in str(typed).partition("="))
    if not name or not sign or not value:
        raise Refused(f'--fill takes a blank and what goes into it, as "name=Ana"; “{str(typed)[:60]}” is not.', "fill")
    return name, value
