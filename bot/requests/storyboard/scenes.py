"""A scene of a storyboard, and the plot that holds them. Each field with an `Opt` can be written in a scene."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import BaseModel, ConfigDict, Field

from bot.requests.media import Media, MediaKind
from bot.requests.options import Opt

MAX_STORYBOARD_SCENES = 50  # scenes in one video
SPEECH_CHARACTERS_PER_SECOND = 15.0  # characters a second, for telling beforehand how long a text will take

_BREAK = re.compile(r"<break\s+time=\"([\d.]+)s\"\s*/>")

Emotion = Literal["Excited", "Friendly", "Serious", "Soothing", "Broadcaster"]
Fit = Literal["cover", "crop", "contain", "none"]
Play = Literal["fit_to_scene", "freeze", "loop", "once"]
Frame = Literal["normal", "circle", "closeUp", "square"]


class Scene(BaseModel):
    """One scene: who is seen, what is heard, and what is behind them."""

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
        """The files of the scene, each by its key among those of the plot."""
        for media in (self.photo, self.audio, self.backdrop):
            if media:
                yield media_key(media, "photo" if media is self.photo else ""), media

    @property
    def estimated_seconds(self) -> float | None:
        """How long it lasts, roughly; unknown where a sound is given."""
        if self.silence:
            return self.silence
        if self.audio or not self.say:
            return None
        pauses = sum(float(pause) for pause in _BREAK.findall(self.say))
        return pauses + len(_BREAK.sub("", self.say)) / SPEECH_CHARACTERS_PER_SECOND / (self.speed or 1.0)


class StoryboardContent(BaseModel):
    """All scenes, and what holds for the whole video."""

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
        """The plot with these scenes on it."""
        return self.model_copy(update={"scenes": tuple(scenes)})

    @property
    def files(self) -> dict[str, Media]:
        """Every file of every scene, each once."""
        return {name: media for scene in self.scenes for name, media in scene.files}

    @property
    def plan_lines(self) -> tuple[str, ...]:
        """What will be made, a line each: the sum first."""
        lines = tuple(f"{nth}. {_scene_line(scene)}" for nth, scene in enumerate(self.scenes, 1))
        return (f"Plan: {content_summary(self)}", *lines)


def media_key(media: Media, role: str = "") -> str:
    """One name for one file in one role: the same picture twice is fetched and sent once."""
    return f"{role or media.kind.value}-{hashlib.sha256(media.address.encode()).hexdigest()[:12]}"


def content_summary(plot: StoryboardContent) -> str:
    """The scenes, characters and estimated length in a sentence."""
    count = len(plot.scenes)
    characters = sum(len(scene.say or "") for scene in plot.scenes)
    known_seconds = sum(scene.estimated_seconds or 0 for scene in plot.scenes)
    sounds = sum(scene.estimated_seconds is None for scene in plot.scenes)
    more = f" and {sounds} given sound{'s' if sounds > 1 else ''}" if sounds else ""
    seconds = max(1, round(known_seconds))
    length = f"{seconds:,} seconds" if seconds > 1 else "a second"
    scenes = f"{count} scene{'s' if count > 1 else ''}"
    return f"{scenes} with {_speaker_names(plot)}; {characters:,} characters, about {length}{more}."


def _speaker_names(plot: StoryboardContent) -> str:
    """Who is seen, each once."""
    names = list(dict.fromkeys(_speaker_name(scene) for scene in plot.scenes))
    if len(names) > 4:
        names = [*names[:3], f"{len(names) - 3} more"]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _speaker_name(scene: Scene) -> str:
    return scene.who or (scene.photo.name or "a photo" if scene.photo else "the usual face")


def _scene_line(scene: Scene) -> str:
    """A scene in a line."""
    who = _speaker_name(scene)
    if scene.silence:
        what = "is silent"
    elif scene.audio:
        what = f"speaks {scene.audio.name or 'a sound'}"
    else:
        what = f"says “{shorten(scene.say or '')}”"
    behind = scene.background or (scene.backdrop and (scene.backdrop.name or scene.backdrop.kind.value))
    length = f", about {max(1, round(scene.estimated_seconds))} s" if scene.estimated_seconds else ""
    return f"{who} {what}{f' before {behind}' if behind else ''}{length}"


def shorten(text: str, max_characters: int = 48) -> str:
    """A text on one line that can be read at a glance."""
    line = " ".join(text.split())
    return line if len(line) <= max_characters else f"{line[: max_characters - 1].rstrip()}…"
