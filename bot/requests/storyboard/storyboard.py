"""Storyboards as people ask for them: a plain script with a line per scene, or a short YAML or JSON file.

Either becomes a plot, every value checked; everything that is wrong is said with its line.
"""

from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal, Self

from annotated_types import MaxLen, MinLen
from pydantic import model_validator

from bot.errors import Refused
from bot.requests.base import Captions, Dimension, Request, Stripped, TestRun, Title, shorten
from bot.requests.media import Media, MediaKind
from bot.requests.options import Opt
from bot.requests.storyboard import line_format, yaml_format
from bot.requests.storyboard.scenes import MAX_STORYBOARD_SCENES, Scene, StoryboardContent

MAX_STORYBOARD_CHARACTERS = 100_000  # characters

NamedFiles = tuple[tuple[str, Media], ...]
_SCENE_FILE_NAMES = {  # under which names scenes can call what was given to an option
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
        str | None,
        Opt("The scenes, one per line", positional=True, example="@anna: Hello"),
        MaxLen(MAX_STORYBOARD_CHARACTERS),
        Stripped,
    ] = None
    file: Annotated[Media | None, Opt("The scenes as a script, YAML or JSON file", media_kind=MediaKind.TEXT)] = None
    image: Annotated[
        Media | None, Opt("Face for scenes without a speaker; call it @photo in a scene", media_kind=MediaKind.PICTURE)
    ] = None
    background_image: Annotated[
        Media | None,
        Opt("Background picture for scenes without a background", media_kind=MediaKind.PICTURE, advanced=True),
    ] = None
    audio: Annotated[Media | None, Opt("A sound that a scene can use: [audio sound]", media_kind=MediaKind.SOUND)] = (
        None
    )
    video: Annotated[
        Media | None, Opt("Background video for scenes without a background", media_kind=MediaKind.VIDEO, advanced=True)
    ] = None
    files: tuple[Media, ...] = ()  # more attachments, which the scenes call by name
    title: Title = None
    dimension: Dimension = None
    captions: Captions = False
    folder: Annotated[str | None, Opt("Folder in the provider's dashboard", advanced=True), MinLen(1), MaxLen(200)] = (
        None
    )
    test: TestRun = False
    plan: Annotated[bool, Opt("Preview only: list the scenes without making the video", aliases=("dry-run",))] = False

    @property
    def size(self) -> float:
        return sum(len(scene.say or "") for scene in self.content.scenes) if self.script else 0.0

    @property
    def name(self) -> str:
        """Its title, else the first words."""
        if not self.script:
            return self.title or "a file"
        plot = self.content
        first = next((scene.say for scene in plot.scenes if scene.say), None)
        return plot.title or (f"“{shorten(first, 60)}”" if first else "a recording")

    @property
    def content(self) -> StoryboardContent:
        content = parse_storyboard(self.script or "", self._named_files)
        given = {"title": self.title, "size": self.dimension, "folder": self.folder}
        changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        changes |= {"captions": content.captions or self.captions, "test": content.test or self.test}
        defaults = self._default_files(content)
        scenes = tuple(_with_defaults(scene, defaults) for scene in content.scenes)
        return content.model_copy(update=changes | {"scenes": scenes})

    @property
    def captions_in_picture(self) -> bool:
        return self.content.captions if self.script else self.captions

    @property
    def media(self) -> dict[str, Media]:
        """The files of the scenes under keys of their own; without those that no scene uses."""
        return self.content.files if self.script else super().media

    @property
    def _named_files(self) -> tuple[tuple[str, Media], ...]:
        """What scenes can refer to: by option, or by the file's own name."""
        named: list[tuple[str, Media]] = []
        for option_, names in _SCENE_FILE_NAMES.items():
            if media := getattr(self, option_):
                named += [(name, media) for name in (*names, media.name.casefold()) if name]
        return (*named, *((media.name.casefold(), media) for media in self.files if media.name))

    def _default_files(self, content: StoryboardContent) -> dict[str, Media]:
        """The face and the backdrop of scenes without one. A file that a scene names is only what it is named for."""
        backdrops = {scene.backdrop for scene in content.scenes}
        face = self.image if self.image not in backdrops else None
        behind = next((each for each in (self.background_image, self.video) if each and each not in backdrops), None)
        return {name: media for name, media in (("photo", face), ("backdrop", behind)) if media}

    @model_validator(mode="after")
    def _check_scenes(self) -> Self:
        if not self.script and not self.file:
            raise Refused("A storyboard needs scenes: one per line, or a YAML or JSON file.", "script")
        if self.script and self.file:
            raise Refused("Enter the scenes either as text or as a file, not both.", "file")
        if not self.script:
            return self
        used = self.content.files.values()  # every line is checked here, before anything is recorded
        if self.audio and self.audio not in used:
            raise Refused("No scene uses the sound. Write [audio sound] in one of them.", "audio")
        if unused := next((each for each in self.files if each not in used), None):
            raise Refused(f"No scene uses “{unused.name}”. Name it in one of them, or leave it out.", "file")
        return self


def _with_defaults(scene: Scene, defaults: dict[str, Media]) -> Scene:
    more = {
        name: media
        for name, media in defaults.items()
        if not (scene.who if name == "photo" else scene.background) and not getattr(scene, name)
    }
    return scene.model_copy(update=more) if more else scene


@lru_cache(maxsize=64)
def parse_storyboard(text: str, files: NamedFiles = ()) -> StoryboardContent:
    """Every value is checked; Refused with the line of the first fault."""
    by_name = dict(files)
    content = (
        yaml_format.parse_structured(text, by_name)
        if yaml_format.is_structured_file(text)
        else line_format.parse_script(text, by_name)
    )
    if not 1 <= len(content.scenes) <= MAX_STORYBOARD_SCENES:
        raise Refused(
            f"A storyboard takes 1 to {MAX_STORYBOARD_SCENES} scenes, this has {len(content.scenes)}.", "script"
        )
    return content
