"""Storyboards as people ask for them: a plain script with a line per scene, or a short YAML or JSON file.

Either becomes a plot, every value checked; everything that is wrong is said with its line.
"""

from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal, Self

from annotated_types import MaxLen, MinLen
from pydantic import field_validator, model_validator

from bot.errors import Refused
from bot.requests.base import Request
from bot.requests.media import Kind, Media
from bot.requests.options import Opt
from bot.requests.storyboard import line_format, scene_builder, yaml_format, yaml_reader
from bot.requests.storyboard.scenes import MOST, Plot, Scene, short

SCENES_MOST = 100_000  # characters

Files = tuple[tuple[str, Media], ...]
_CALLED = {  # under which names scenes can call what was given to an option
    "image": ("photo", "image"),
    "background_image": ("background-image", "backdrop"),
    "audio": ("sound", "audio"),
    "video": ("video",),
}


class Storyboard(Request):
    """Many scenes in one video."""

    noun: ClassVar[str] = "a storyboard"
    kind: Literal["storyboard"] = "storyboard"
    script: Annotated[
        str | None, Opt("The scenes, a line each", rest=True, example="@anna: Hello"), MaxLen(SCENES_MOST)
    ] = None
    file: Annotated[Media | None, Opt("The scenes as a script, YAML or JSON file", takes=Kind.TEXT)] = None
    image: Annotated[
        Media | None, Opt("The face of scenes that name nobody; a scene calls it @photo", takes=Kind.PICTURE)
    ] = None
    background_image: Annotated[
        Media | None, Opt("A picture behind scenes that name nothing else", takes=Kind.PICTURE, advanced=True)
    ] = None
    audio: Annotated[Media | None, Opt("A sound a scene can call: [audio sound]", takes=Kind.SOUND)] = None
    video: Annotated[
        Media | None, Opt("A video behind scenes that name nothing else", takes=Kind.VIDEO, advanced=True)
    ] = None
    title: Annotated[str | None, Opt("A title at the studio", advanced=True), MinLen(1), MaxLen(200)] = None
    dimension: Annotated[
        str | None,
        Opt("Width and height in even pixels, 128 to 4096", word="size", also=("dimension",), example="1280x720"),
    ] = None
    captions: Annotated[bool, Opt("Show captions", also=("subtitles", "caption"))] = False
    folder: Annotated[str | None, Opt("A folder at the studio", advanced=True), MinLen(1), MaxLen(200)] = None
    test: Annotated[bool, Opt("A free try with a watermark, where the studio has it", advanced=True)] = False
    plan: Annotated[bool, Opt("Only show what would be made", also=("dry-run",))] = False

    @property
    def size(self) -> float:
        """How long it will be, in characters, as far as can be told."""
        return sum(len(scene.say or "") for scene in self.plot.scenes) if self.script else 0.0

    @property
    def name(self) -> str:
        """What to call it: its title, else the first words said."""
        if not self.script:
            return self.title or "a file"
        plot = self.plot
        first = next((scene.say for scene in plot.scenes if scene.say), None)
        return plot.title or (f"“{short(first, 60)}”" if first else "a recording")

    @property
    def plot(self) -> Plot:
        """The scenes as they will be made."""
        plot = read(self.script or "", self._attached)
        given = {"title": self.title, "size": self.dimension, "folder": self.folder}
        wanted: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        wanted |= {"captions": plot.captions or self.captions, "test": plot.test or self.test}
        scenes = tuple(self._usual(scene) for scene in plot.scenes)
        return plot.model_copy(update=wanted | {"scenes": scenes})

    @property
    def media(self) -> dict[str, Media]:
        """The files of the scenes, by a key of their own; those nobody calls are not among them."""
        return self.plot.files if self.script else super().media

    @property
    def _attached(self) -> tuple[tuple[str, Media], ...]:
        """What scenes can call by name: by the option it was given to, or by the file's own name."""
        found: list[tuple[str, Media]] = []
        for option_, names in _CALLED.items():
            if media := getattr(self, option_):
                found += [(name, media) for name in (*names, media.name.casefold()) if name]
        return tuple(found)

    def _usual(self, scene: Scene) -> Scene:
        """A scene with what was attached for all of them."""
        more: dict[str, Any] = {}
        if self.image and not scene.who and not scene.photo:
            more["photo"] = self.image
        behind = self.background_image or self.video
        if behind and not scene.background and not scene.backdrop:
            more["backdrop"] = behind
        return scene.model_copy(update=more) if more else scene

    @field_validator("script", mode="before")
    @classmethod
    def _trim(cls, script: object) -> object:
        return (script.strip() or None) if isinstance(script, str) else script

    @field_validator("dimension")
    @classmethod
    def _dimension(cls, size: str | None) -> str | None:
        return scene_builder.dimension(size)

    @model_validator(mode="after")
    def _scenes(self) -> Self:
        if not self.script and not self.file:
            raise Refused("A storyboard needs scenes: a line each, or a YAML or JSON file.", "script")
        if self.script and self.file:
            raise Refused("Give the scenes either as text or as a file.", "file")
        if self.script and self.audio and self.audio not in self.plot.files.values():
            raise Refused("No scene speaks the sound: write [audio sound] where it belongs.", "audio")
        if self.script:
            self.plot  # noqa: B018 - every line is checked here, before anything is recorded
        return self


@lru_cache(maxsize=64)
def read(text: str, files: Files = ()) -> Plot:
    """The plot that a text describes, every value checked; Refused with the line of the first fault."""
    known = dict(files)
    plot = yaml_reader.read(text, known) if yaml_format.looks_like_one(text) else line_format.read(text, known)
    if not 1 <= len(plot.scenes) <= MOST:
        raise Refused(f"A storyboard takes 1 to {MOST} scenes, this has {len(plot.scenes)}.", "script")
    return plot
