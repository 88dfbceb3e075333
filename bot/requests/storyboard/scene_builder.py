"""A scene or plot on its way from words to a value: each word a field, each value in its field's shape."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from bot.errors import Refused
from bot.requests.media import Kind, Media, inward
from bot.requests.options import Option, Shape, nearest, options
from bot.requests.storyboard.scenes import Plot, Scene

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_SIZE = re.compile(r"(\d{1,5})\s*[x×*, ]\s*(\d{1,5})")
_PAIR = re.compile(r"(-?\d{0,9}\.?\d{1,9})\s*[,; ]\s*(-?\d{0,9}\.?\d{1,9})")
_VIDEOS = (".mp4", ".webm", ".mov", ".m4v")
_NOTHING = ("none", "off", "-", "")


@dataclass
class Sketch:
    """A scene or plot on its way from words to a value."""

    model: type[BaseModel]
    files: Mapping[str, Media]
    line: int
    values: dict[str, Any] = field(default_factory=dict)

    def put(self, word: str, given: str | None, line: int) -> None:
        """Write one word down, its value read as the field wants it."""
        option = option_of(self.model, word, line)
        nothing = given is None or (given.casefold() in _NOTHING and given.casefold() not in option.choices)
        if given is None or (nothing and option.shape is not Shape.FLAG):
            self.values.pop(option.field, None)
            self.values.pop("backdrop" if option.field == "background" else "", None)
            return
        self._write(option, given.strip(), line)

    def _write(self, option: Option, given: str, line: int) -> None:
        if option.field == "background" and not _COLOUR.fullmatch(given):
            self.values.pop("background", None)
            self.values["backdrop"] = _media(given, self.files, line, None)
        elif option.field == "background":
            self.values.pop("backdrop", None)
            self.values["background"] = given
        elif option.takes:
            self.values[option.field] = _media(given, self.files, line, option.takes)
        else:
            self.values[option.field] = _value(option, given, line)

    def made(self) -> Any:
        """The checked value."""
        try:
            extra = {"line": self.line} if self.model is Scene else {}
            return self.model.model_validate(self.values | extra)
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]
            option = next(each for each in options(self.model) if each.field == fault["loc"][0])
            raise Refused(f"Line {self.line}: {_takes(option, str(fault['input']))}", "script") from error


def checked(scene: Scene) -> Scene:
    """A scene is heard in exactly one way, and a line says so before anything is sent."""
    given = [name for name in ("say", "audio", "silence") if getattr(scene, name) is not None]
    if not given:
        raise Refused(f"Line {scene.line}: a scene needs something to say, a sound or a silence.", "script")
    if len(given) > 1:
        raise Refused(f"Line {scene.line}: a scene has words, a sound or a silence; this has {len(given)}.", "script")
    if scene.who and scene.photo:
        raise Refused(f"Line {scene.line}: a scene shows one speaker: --who or a photo, not both.", "script")
    return scene


def option_of(model: type[BaseModel], word: str, line: int) -> Option:
    """The field that a word means."""
    typed = plain(word)
    known = {name: option for option in options(model) for name in (option.word, *option.also)}
    if typed in known:
        return known[typed]
    every = (*known, *(PLOT_WORDS if model is Scene else ()))
    close = nearest(typed, every)
    meant = f" Did you mean “{close}”?" if close else ""
    raise Refused(f"Line {line}: a scene has no “{word[:40]}”.{meant}", "script")


def plain(word: str) -> str:
    """A word as words are compared."""
    return word.strip().casefold().replace("_", "-").replace(" ", "-")


def _value(option: Option, given: str, line: int) -> Any:
    """A value in the shape of its field; what cannot be is said with its line."""
    if option.field == "size":
        return _sized(given, line)
    if option.field == "offset":
        pair = _PAIR.fullmatch(given)
        if not pair:
            raise Refused(
                f"Line {line}: offset takes two numbers x,y such as 0.2,-0.1; “{given[:40]}” is not.", "script"
            )
        return f"{float(pair[1]):g},{float(pair[2]):g}"
    if option.field == "circle_background" and not _COLOUR.fullmatch(given):
        raise Refused(f"Line {line}: {option.word} takes a colour such as #ffffff; “{given[:40]}” is none.", "script")
    if option.choices:
        exact = {plain(each).replace("-", ""): each for each in option.choices}
        given = exact.get(plain(given).replace("-", ""), given)
    try:
        one = _ONE[option.shape](given) if option.shape in _ONE else given
    except ValueError:
        raise Refused(f"Line {line}: {_takes(option, given)}", "script") from None
    if option.low is not None and option.high is not None and not option.low <= float(one) <= option.high:
        raise Refused(f"Line {line}: {_takes(option, given)}", "script")
    if option.choices and one not in option.choices:
        raise Refused(f"Line {line}: {_takes(option, given)}", "script")
    return one


def _takes(option: Option, given: str) -> str:
    if option.choices:
        close = nearest(given, option.choices)
        meant = f" Did you mean {close}?" if close else ""
        return f"{option.word} is one of {', '.join(option.choices)}; “{given[:40]}” is not.{meant}"
    if option.low is not None and option.high is not None:
        whole = "a whole number" if option.shape is Shape.WHOLE else "a number"
        return f"{option.word} is {whole} from {option.low:g} to {option.high:g}; this is {given[:40]}."
    if option.shape is Shape.FLAG:
        return f"{option.word} is a switch: on or off, not “{given[:40]}”."
    return f"{option.word} cannot be “{given[:40]}”."


def sized(given: str) -> str | None:
    """Width and height as 1280x720, where they are what studios take."""
    match = _SIZE.fullmatch(given.strip())
    if not match:
        return None
    sides = int(match[1]), int(match[2])
    return f"{sides[0]}x{sides[1]}" if all(side % 2 == 0 and 128 <= side <= 4096 for side in sides) else None


def dimension(given: str | None) -> str | None:
    """The same for an option, where what studios do not take is refused."""
    if given is None or (found := sized(given)):
        return given and found
    raise Refused(f"--{SIZE} “{given}” is not.", "size")


def _sized(given: str, line: int) -> str:
    if found := sized(given):
        return found
    raise Refused(f"Line {line}: {SIZE} “{given[:40]}” is not.", "script")


SIZE = "size is two even numbers from 128 to 4096, such as 1280x720;"


def _media(given: str, files: Mapping[str, Media], line: int, kind: Kind | None) -> Media:
    """A file that was attached, a public link, or a face that ships with didtalk."""
    given = given.strip("<>")
    if media := files.get(given.casefold()):
        if kind and media.kind is not kind:
            raise Refused(f"Line {line}: “{given[:40]}” is no {kind.value} but a {media.kind.value}.", "script")
        return media
    if given.startswith("https://"):
        if inward(given):
            raise Refused(f"Line {line}: {given[:60]} is not a public address, so no studio can fetch it.", "script")
        path = given.partition("?")[0]
        found = kind or (Kind.VIDEO if path.lower().endswith(_VIDEOS) else Kind.PICTURE)
        return Media(kind=found, at=given, name=path.rsplit("/", 1)[-1][:60])
    if kind is Kind.PICTURE and re.fullmatch(r"[a-z]{2,20}", given):
        return Media(kind=kind, at=f"portrait:{given}", name=given)
    names = ", ".join(sorted(files)) or "none was attached"
    takes = "a colour such as #223344, " if kind is None else ""
    raise Refused(
        f"Line {line}: “{given[:60]}” is neither {takes}an https link nor an attached file ({names}).", "script"
    )


def _switch(given: str) -> bool:
    found = _SWITCHES.get(given.casefold())
    if found is None:
        raise ValueError(given)
    return found


_SWITCHES = {"on": True, "true": True, "yes": True, "1": True, "off": False, "false": False, "no": False, "0": False}
_ONE: dict[Shape, Any] = {Shape.NUMBER: float, Shape.WHOLE: int, Shape.FLAG: _switch}
PLOT_WORDS = tuple(name for each in options(Plot) for name in (each.word, *each.also))
SCENE_WORDS = tuple(name for each in options(Scene) for name in (each.word, *each.also))
