"""Scenes and how they are built from words. Each field with an `Opt` can be written in a scene."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.errors import Refused
from bot.requests.media import DIMENSION_RULE, Media, MediaKind, is_private_address, parse_dimension
from bot.requests.options import Opt, Option, ValueType, did_you_mean, options_of

MAX_STORYBOARD_SCENES = 50  # scenes in one video
SPEECH_CHARACTERS_PER_SECOND = 15.0  # characters a second, for telling beforehand how long a text will take

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_PAIR = re.compile(r"(-?\d{0,9}\.?\d{1,9})\s*[,; ]\s*(-?\d{0,9}\.?\d{1,9})")
_VIDEO_SUFFIXES = (".mp4", ".webm", ".mov", ".m4v")
_CLEARING_WORDS = ("none", "off", "-", "")
_BREAK = re.compile(r"<break\s+time=\"([\d.]+)s\"\s*/>")

Emotion = Literal["Excited", "Friendly", "Serious", "Soothing", "Broadcaster"]
Fit = Literal["cover", "crop", "contain", "none"]
Play = Literal["fit_to_scene", "freeze", "loop", "once"]
Frame = Literal["normal", "circle", "closeUp", "square"]


class Scene(BaseModel):
    """One scene: speaker, sound and background."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    who: Annotated[
        str | None,
        Opt(
            "Speaker: an avatar or talking photo, by name",
            suggests="presenters",
            aliases=("character", "avatar", "presenter", "avatar-id", "talking-photo-id"),
        ),
        MinLen(1),
        MaxLen(200),
    ] = None
    photo: Annotated[
        Media | None, Opt("A photo that speaks", media_kind=MediaKind.PICTURE, aliases=("picture", "talking-photo"))
    ] = None
    say: Annotated[
        str | None, Opt("What is said", aliases=("text", "input-text", "script"), example="Hello"), MinLen(1)
    ] = None
    audio: Annotated[
        Media | None, Opt("Speech to use instead of words", media_kind=MediaKind.SOUND, aliases=("sound", "audio-url"))
    ] = None
    silence: Annotated[
        float | None, Opt("Seconds of silence instead of words", aliases=("pause", "duration")), Ge(1), Le(100)
    ] = None
    voice: Annotated[
        str | None, Opt("The voice, by name", suggests="voices", aliases=("voice-id",)), MinLen(1), MaxLen(200)
    ] = None
    speed: Annotated[float | None, Opt("How fast it speaks", aliases=("rate",)), Ge(0.5), Le(1.5)] = None
    pitch: Annotated[int | None, Opt("How high it speaks"), Ge(-50), Le(50)] = None
    emotion: Annotated[Emotion | None, Opt("How it speaks, if the voice can")] = None
    locale: Annotated[str | None, Opt("The accent it speaks with", example="pt-BR"), MinLen(2), MaxLen(20)] = None
    model: Annotated[
        Literal[
            "eleven_monolingual_v1",
            "eleven_multilingual_v1",
            "eleven_multilingual_v2",
            "eleven_turbo_v2",
            "eleven_turbo_v2_5",
        ]
        | None,
        Opt("Which ElevenLabs model speaks", aliases=("elevenlabs-model",)),
    ] = None
    stability: Annotated[float | None, Opt("ElevenLabs: how steady it speaks"), Ge(0), Le(1)] = None
    similarity: Annotated[
        float | None, Opt("ElevenLabs: how near to the original voice", aliases=("similarity-boost",)), Ge(0), Le(1)
    ] = None
    exaggeration: Annotated[
        float | None, Opt("ElevenLabs: how strong its style is", aliases=("voice-style",)), Ge(0), Le(1)
    ] = None
    scale: Annotated[float | None, Opt("Scale of the speaker; photos up to 2"), Ge(0), Le(5)] = None
    offset: Annotated[str | None, Opt("Distance from the center: x,y", example="0.2,-0.1")] = None
    style: Annotated[
        Frame | None,
        Opt("Frame: avatars normal, circle, closeUp; photos square, circle", aliases=("frame",)),
    ] = None
    circle_background: Annotated[
        str | None, Opt("The colour inside the circle", aliases=("circle-background-color",), example="#ffffff")
    ] = None
    matting: Annotated[bool | None, Opt("Remove the speaker's own background")] = None
    talking_style: Annotated[Literal["stable", "expressive"] | None, Opt("How a photo moves")] = None
    expression: Annotated[Literal["default", "happy"] | None, Opt("The mood of a photo")] = None
    super_resolution: Annotated[bool | None, Opt("Sharpen a photo")] = None
    background: Annotated[
        str | None, Opt("A colour, or a picture or video: a link or a file you attached", example="#223344")
    ] = None
    fit: Annotated[Fit | None, Opt("How a picture or video fills the background")] = None
    play: Annotated[Play | None, Opt("How a background video plays", aliases=("play-style",))] = None

    backdrop: Media | None = None  # what `background` names, when it is no colour
    line: int = 0  # where it stands in the script or file

    @property
    def files(self) -> Iterator[tuple[str, Media]]:
        """By the same keys as in the storyboard."""
        for media in (self.photo, self.audio, self.backdrop):
            if media:
                yield media_key(media, "photo" if media is self.photo else ""), media

    @property
    def estimated_seconds(self) -> float | None:
        """None for a recording."""
        if self.silence:
            return self.silence
        if self.audio or not self.say:
            return None
        pauses = sum(float(pause) for pause in _BREAK.findall(self.say))
        return pauses + len(_BREAK.sub("", self.say)) / SPEECH_CHARACTERS_PER_SECOND / (self.speed or 1.0)


class StoryboardContent(BaseModel):
    """All scenes, and what applies to the whole video."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Annotated[str | None, Opt("Title in the provider's dashboard"), MinLen(1), MaxLen(200)] = None
    size: Annotated[str | None, Opt("Width and height in even pixels, 128 to 4096", example="1280x720")] = None
    captions: Annotated[bool, Opt("Show captions", aliases=("caption", "subtitles"))] = False
    folder: Annotated[
        str | None, Opt("Folder in the provider's dashboard", aliases=("folder-id",)), MinLen(1), MaxLen(200)
    ] = None
    test: Annotated[bool, Opt("Free watermarked preview, if available")] = False
    scenes: tuple[Scene, ...] = Field(default=())

    def with_scenes(self, scenes: Iterable[Scene]) -> "StoryboardContent":
        return self.model_copy(update={"scenes": tuple(scenes)})

    @property
    def files(self) -> dict[str, Media]:
        """Every file of every scene, once."""
        return {name: media for scene in self.scenes for name, media in scene.files}


def media_key(media: Media, role: str = "") -> str:
    """The same file in the same role has the same name, so it is fetched and sent once."""
    return f"{role or media.kind.value}-{hashlib.sha256(media.address.encode()).hexdigest()[:12]}"


@dataclass
class SceneBuilder:
    """A scene or storyboard, built word by word."""

    model: type[BaseModel]
    files: Mapping[str, Media]
    line: int
    values: dict[str, Any] = field(default_factory=dict)

    def set_word(self, word: str, given: str | None, line: int) -> None:
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
        try:
            extra = {"line": self.line} if self.model is Scene else {}
            return self.model.model_validate(self.values | extra)
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]
            option = next(each for each in options_of(self.model) if each.field == fault["loc"][0])
            raise Refused(f"Line {self.line}: {_explain_option(option, str(fault['input']))}", "script") from error


def check_scene(scene: Scene) -> Scene:
    """Exactly one of text, sound and silence; reported with the line before anything is sent."""
    given = [name for name in ("say", "audio", "silence") if getattr(scene, name) is not None]
    if not given:
        raise Refused(f"Line {scene.line}: a scene needs something to say, a sound or a silence.", "script")
    if len(given) > 1:
        raise Refused(f"Line {scene.line}: a scene has words, a sound or a silence; this has {len(given)}.", "script")
    if scene.who and scene.photo:
        raise Refused(f"Line {scene.line}: a scene shows one speaker: --who or a photo, not both.", "script")
    return scene


def find_scene_option(model: type[BaseModel], word: str, line: int) -> Option:
    typed = normalise_word(word)
    by_word = {name: option for option in options_of(model) for name in (option.word, *option.aliases)}
    if typed in by_word:
        return by_word[typed]
    every = (*by_word, *(STORYBOARD_WORDS if model is Scene else ()))
    raise Refused(f"Line {line}: a scene has no “{word[:40]}”.{did_you_mean(typed, every, '“{}”')}", "script")


def normalise_word(word: str) -> str:
    return word.strip().casefold().replace("_", "-").replace(" ", "-")


def _parse_value(option: Option, given: str, line: int) -> Any:
    if option.field == "size":
        if size := parse_dimension(given):
            return size
        raise Refused(f"Line {line}: {DIMENSION_RULE}, not “{given[:40]}”.", "script")
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
        if option.minimum is not None and option.maximum is not None:
            accepted = option.minimum <= float(value) <= option.maximum
        else:
            accepted = not option.choices or value in option.choices
    except ValueError:
        accepted = False
    if not accepted:
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


def _parse_media(given: str, files: Mapping[str, Media], line: int, kind: MediaKind | None) -> Media:
    """An attached file, a public link, or a face that comes with didtalk."""
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
    word = given.casefold()
    if word not in _ON_WORDS | _OFF_WORDS:
        raise ValueError(given)
    return word in _ON_WORDS


_ON_WORDS = frozenset({"on", "true", "yes", "1"})
_OFF_WORDS = frozenset({"off", "false", "no", "0"})
_VALUE_PARSERS: dict[ValueType, Any] = {ValueType.NUMBER: float, ValueType.INTEGER: int, ValueType.FLAG: _parse_switch}
STORYBOARD_WORDS = tuple(name for each in options_of(StoryboardContent) for name in (each.word, *each.aliases))
SCENE_WORDS = tuple(name for each in options_of(Scene) for name in (each.word, *each.aliases))
