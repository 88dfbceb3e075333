"""A storyboard on its way through the desk: its file read at once, its plan shown before anything is sent."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.errors import Refused
from bot.requests.base import parse_values, shorten
from bot.requests.media import Media
from bot.requests.storyboard import yaml_format
from bot.requests.storyboard.scenes import Scene, StoryboardContent
from bot.requests.storyboard.storyboard import Storyboard
from bot.studios.studio import Preview
from bot.wording.cards import PLAN_PREFIX, Card, request_title

ReadText = Callable[[Media], Awaitable[str]]

_STRUCTURED_SUFFIXES = (".yml", ".yaml", ".json")


async def with_file_text(request: Storyboard, file: Media, read_text: ReadText) -> Storyboard:
    """The storyboard with the text of its file, so that every line is checked before it is recorded."""
    given = {name: getattr(request, name) for name in Storyboard.model_fields if name not in ("kind", "file")}
    return parse_values(Storyboard, given | {"script": _check_file_text(await read_text(file), file)})


def _check_file_text(text: str, file: Media) -> str:
    """The text of a file. A name that says YAML or JSON must hold scenes, or its brackets would be spoken."""
    if file.name.lower().endswith(_STRUCTURED_SUFFIXES) and not yaml_format.is_structured_file(text):
        yaml_format.parse_nodes(text)  # what is broken in it is said with its line
        raise Refused(
            f"“{file.name}” has no scenes. Begin it with a line “scenes:”, or save it as .txt to have it spoken.",
            "file",
        )
    return text


def job_notes(request: Storyboard, preview: Preview) -> tuple[str, ...]:
    """Lines that stay on the card until the job ends."""
    return (f"{PLAN_PREFIX}{content_summary(_previewed_content(request, preview))}", *preview.notes)


def with_plan(card: Card, request: Storyboard, preview: Preview) -> Card:
    """The card with a line for each scene."""
    first, *scenes = plan_lines(_previewed_content(request, preview))
    summary_lines = (first, *preview.notes)
    lines = (*(line for line in card.lines if line not in summary_lines), *summary_lines, *scenes)
    return replace(card, lines=lines)


def plan_card(request: Storyboard, preview: Preview) -> Card:
    first, *scenes = plan_lines(_previewed_content(request, preview))
    return Card(
        title=request_title(request),
        lines=(first, *preview.notes, *scenes, "Preview only: nothing was made. Leave out --plan to make it."),
    )


def _previewed_content(request: Storyboard, preview: Preview) -> StoryboardContent:
    """The scenes as the provider will make them, else as they were written."""
    return request.content.with_scenes(preview.scenes) if preview.scenes else request.content


def plan_lines(content: StoryboardContent) -> tuple[str, ...]:
    """The summary, then a line for each scene."""
    lines = tuple(f"{nth}. {_scene_line(scene)}" for nth, scene in enumerate(content.scenes, 1))
    return (f"{PLAN_PREFIX}{content_summary(content)}", *lines)


def content_summary(content: StoryboardContent) -> str:
    """The scenes, their speakers and the estimated length."""
    names = list(dict.fromkeys(_speaker_name(scene) for scene in content.scenes))
    if len(names) > 4:
        names = [*names[:3], f"{len(names) - 3} more"]
    seconds = max(1, round(sum(scene.estimated_seconds or 0 for scene in content.scenes)))
    sounds = sum(scene.estimated_seconds is None for scene in content.scenes)
    more = f" plus {_count(sounds, 'sound')}" if sounds else ""
    return f"{_count(len(content.scenes), 'scene')} · {', '.join(names)} · about {_count(seconds, 'second')}{more}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _speaker_name(scene: Scene) -> str:
    return scene.who or (scene.photo.name or "a photo" if scene.photo else "the default face")


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
