"""A scene or plot on its way from words to a value: each word a field, each value in its field's shape."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from bot.errors import Refused
from bot.requests.media import Media, MediaKind, is_private_address
from bot.requests.options import Option, ValueType, did_you_mean, options_of
from bot.requests.storyboard.scenes import Scene, StoryboardContent

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_DIMENSION_PATTERN = re.compile(r"(\d{1,5})\s*[x×*, ]\s*(\d{1,5})")
_PAIR = re.compile(r"(-?\d{0,9}\.?\d{1,9})\s*[,; ]\s*(-?\d{0,9}\.?\d{1,9})")
_VIDEO_SUFFIXES = (".mp4", ".webm", ".mov", ".m4v")
_CLEARING_WORDS = ("none", "off", "-", "")


@dataclass
class SceneBuilder:
    """A scene or plot on its way from words to a value."""

    model: type[BaseModel]
    files: Mapping[str, Media]
    line: int
    values: dict[str, Any] = field(default_factory=dict)

    def set_word(self, word: str, given: str | None, line: int) -> None:
        """Write one word down, its value read as the field wants it."""
        option = find_scene_option(self.model, word, line)
        nothing = given is None or (given.casefold() in _CLEARING_WORDS and given.casefold() not in option.choices)
        if given is None or (nothing and option.value_type is not ValueType.FLAG):
            self.values.pop(option.field, None)
            self.values.pop("backdrop" if option.field == "background" else "", None)
            return
        self._set_value(option, given.strip(), line)

    def _set_value(self, option: Option, given: str, line: int) -> None:
        if option.field == "background" and not _COLOUR.fullmatch(given):
            self.values.pop("background", None)
            self.values["backdrop"] = _parse_media(given, self.files, line, None)
        elif option.field == "background":
            self.values.pop("backdrop", None)
            self.values["background"] = given
        elif option.media_kind:
            self.values[option.field] = _parse_media(given, self.files, line, option.media_kind)
        else:
            self.values[option.field] = _parse_value(option, given, line)

    def build(self) -> Any:
        """The checked value."""
        try:
            extra = {"line": self.line} if self.model is Scene else {}
            return self.model.model_validate(self.values | extra)
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]
            option = next(each for each in options_of(self.model) if each.field == fault["loc"][0])
            raise Refused(f"Line {self.line}: {_explain_option(option, str(fault['input']))}", "script") from error


def check_scene(scene: Scene) -> Scene:
    """A scene is heard in exactly one way, and a line says so before anything is sent."""
    given = [name for name in ("say", "audio", "silence") if getattr(scene, name) is not None]
    if not given:
        raise Refused(f"Line {scene.line}: a scene needs something to say, a sound or a silence.", "script")
    if len(given) > 1:
        raise Refused(f"Line {scene.line}: a scene has words, a sound or a silence; this has {len(given)}.", "script")
    if scene.who and scene.photo:
        raise Refused(f"Line {scene.line}: a scene shows one speaker: --who or a photo, not both.", "script")
    return scene


def find_scene_option(model: type[BaseModel], word: str, line: int) -> Option:
    """The field that a word means."""
    typed = normalise_word(word)
    by_word = {name: option for option in options_of(model) for name in (option.word, *option.aliases)}
    if typed in by_word:
        return by_word[typed]
    every = (*by_word, *(STORYBOARD_WORDS if model is Scene else ()))
    raise Refused(f"Line {line}: a scene has no “{word[:40]}”.{did_you_mean(typed, every, '“{}”')}", "script")


def normalise_word(word: str) -> str:
    """A word as words are compared."""
    return word.strip().casefold().replace("_", "-").replace(" ", "-")


def _parse_value(option: Option, given: str, line: int) -> Any:
    """A value in the shape of its field; what cannot be is said with its line."""
    if option.field == "size":
        return _dimension_at_line(given, line)
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
        exact = {normalise_word(each).replace("-", ""): each for each in option.choices}
        given = exact.get(normalise_word(given).replace("-", ""), given)
    try:
        value = _VALUE_PARSERS[option.value_type](given) if option.value_type in _VALUE_PARSERS else given
    except ValueError:
        raise Refused(f"Line {line}: {_explain_option(option, given)}", "script") from None
    if (
        option.minimum is not None
        and option.maximum is not None
        and not option.minimum <= float(value) <= option.maximum
    ):
        raise Refused(f"Line {line}: {_explain_option(option, given)}", "script")
    if option.choices and value not in option.choices:
        raise Refused(f"Line {line}: {_explain_option(option, given)}", "script")
    return value


def _explain_option(option: Option, given: str) -> str:
    if option.choices:
        meant = did_you_mean(given, option.choices)
        return f"{option.word} must be one of {', '.join(option.choices)}, not “{given[:40]}”.{meant}"
    if option.minimum is not None and option.maximum is not None:
        whole = "a whole number" if option.value_type is ValueType.INTEGER else "a number"
        return f"{option.word} is {whole} from {option.minimum:g} to {option.maximum:g}; this is {given[:40]}."
    if option.value_type is ValueType.FLAG:
        return f"{option.word} must be on or off, not “{given[:40]}”."
    return f"{option.word} cannot be “{given[:40]}”."


def parse_dimension(given: str) -> str | None:
    """Width and height as 1280x720, where they are what studios take."""
    match = _DIMENSION_PATTERN.fullmatch(given.strip())
    if not match:
        return None
    sides = int(match[1]), int(match[2])
    return f"{sides[0]}x{sides[1]}" if all(side % 2 == 0 and 128 <= side <= 4096 for side in sides) else None


def check_dimension(given: str | None) -> str | None:
    """The same for an option, where what studios do not take is refused."""
    if given is None or (size := parse_dimension(given)):
        return given and size
    raise Refused(f"--{DIMENSION_RULE} “{given}” is not.", "size")


def _dimension_at_line(given: str, line: int) -> str:
    if found := parse_dimension(given):
        return found
    raise Refused(f"Line {line}: {DIMENSION_RULE} “{given[:40]}” is not.", "script")


DIMENSION_RULE = "size is two even numbers from 128 to 4096, such as 1280x720;"


def _parse_media(given: str, files: Mapping[str, Media], line: int, kind: MediaKind | None) -> Media:
    """A file that was attached, a public link, or a face that ships with didtalk."""
    given = given.strip("<>")
    if media := files.get(given.casefold()):
        if kind and media.kind is not kind:
            raise Refused(f"Line {line}: “{given[:40]}” is no {kind.value} but a {media.kind.value}.", "script")
        return media
    if given.startswith("https://"):
        if is_private_address(given):
            raise Refused(f"Line {line}: {given[:60]} is not a public address, so no studio can fetch it.", "script")
        path = given.partition("?")[0]
        media_kind = kind or (MediaKind.VIDEO if path.lower().endswith(_VIDEO_SUFFIXES) else MediaKind.PICTURE)
        return Media(kind=media_kind, address=given, name=path.rsplit("/", 1)[-1][:60])
    if kind is MediaKind.PICTURE and re.fullmatch(r"[a-z]{2,20}", given):
        return Media(kind=kind, address=f"portrait:{given}", name=given)
    names = ", ".join(sorted(files)) or "none was attached"
    takes = "a colour such as #223344, " if kind is None else ""
    raise Refused(
        f"Line {line}: “{given[:60]}” is neither {takes}an https link nor an attached file ({names}).", "script"
    )


def _parse_switch(given: str) -> bool:
    found = _SWITCH_WORDS.get(given.casefold())
    if found is None:
        raise ValueError(given)
    return found


_SWITCH_WORDS = {
    "on": True,
    "true": True,
    "yes": True,
    "1": True,
    "off": False,
    "false": False,
    "no": False,
    "0": False,
}
_VALUE_PARSERS: dict[ValueType, Any] = {ValueType.NUMBER: float, ValueType.INTEGER: int, ValueType.FLAG: _parse_switch}
STORYBOARD_WORDS = tuple(name for each in options_of(StoryboardContent) for name in (each.word, *each.aliases))
SCENE_WORDS = tuple(name for each in options_of(Scene) for name in (each.word, *each.aliases))
