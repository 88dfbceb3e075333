"""A storyboard on its way through the desk: its file read at once, its plan shown before anything is sent."""

from collections.abc import Awaitable, Callable

from bot.errors import Refused
from bot.requests.kinds import Request, Storyboard, make
from bot.requests.media import Media
from bot.requests.storyboard import yaml_format
from bot.requests.storyboard.scenes import Plot, summary
from bot.studios.studio import Outlook, Studio, foresees
from bot.wording.cards import Card
from bot.wording.titles import title

Text = Callable[[Media], Awaitable[str]]

_SHEETS = (".yml", ".yaml", ".json")


async def whole(request: Request, text: Text) -> Request:
    """The request with the words of its file, so that every line is checked before it is recorded."""
    if not isinstance(request, Storyboard) or request.file is None:
        return request
    given = {name: getattr(request, name) for name in Storyboard.model_fields if name not in ("kind", "file")}
    return make(Storyboard, given | {"script": _meant(await text(request.file), request.file)})


def _meant(text: str, file: Media) -> str:
    """The words of a file, refused where its name says that they were never meant to be spoken as they stand."""
    if file.name.lower().endswith(_SHEETS) and not yaml_format.looks_like_one(text):
        yaml_format.read(text)  # what is broken in it is said with its line
        raise Refused(
            f"“{file.name}” has no scenes. Begin it with a line “scenes:”, or save it as .txt to have it spoken.",
            "file",
        )
    return text


def outlook(studio: Studio, request: Request) -> Outlook:
    """What the studio will make of a request, as far as it says."""
    return studio.outlook(request) if foresees(studio) else Outlook()


def notes(request: Request, outlook: Outlook) -> tuple[str, ...]:
    """What a card says for as long as the job lasts."""
    plan = (f"Plan: {summary(_plot(request, outlook))}",) if isinstance(request, Storyboard) else ()
    return (*plan, *outlook.notes)


def planned(card: Card, request: Request, outlook: Outlook) -> Card:
    """The card with a line for each scene."""
    if not isinstance(request, Storyboard):
        return card
    first, *scenes = _plot(request, outlook).plan
    told = (first, *outlook.notes)
    lines = (*(line for line in card.lines if line not in told), *told, *scenes)
    return Card(**{**card.__dict__, "lines": lines})


def rehearsal(request: Storyboard, outlook: Outlook) -> Card:
    """The plan alone."""
    first, *scenes = _plot(request, outlook).plan
    return Card(
        title=title(request),
        lines=(first, *outlook.notes, *scenes, "Nothing was sent: leave --plan out to make it."),
    )


def _plot(request: Storyboard, outlook: Outlook) -> Plot:
    """The scenes as the studio will make them, else as they were written."""
    return request.plot.drawn(outlook.scenes) if outlook.scenes else request.plot
