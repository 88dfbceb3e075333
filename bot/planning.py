"""A storyboard on its way through the desk: its file read at once, its plan shown before anything is sent."""

from collections.abc import Awaitable, Callable

from bot.cards import Card, title
from bot.media import Media
from bot.requests import Request, Storyboard, make
from bot.scenes import summary

Text = Callable[[Media], Awaitable[str]]


async def whole(request: Request, text: Text) -> Request:
    """The request with the words of its file, so that every line is checked before it is recorded."""
    if not isinstance(request, Storyboard) or request.file is None:
        return request
    given = {name: getattr(request, name) for name in Storyboard.model_fields if name not in ("kind", "file")}
    return make(Storyboard, given | {"script": await text(request.file)})


def notes(request: Request) -> tuple[str, ...]:
    """What a card says of the scenes for as long as the job lasts."""
    return (f"Plan: {summary(request.plot)}",) if isinstance(request, Storyboard) else ()


def planned(card: Card, request: Request) -> Card:
    """The card with a line for each scene."""
    if not isinstance(request, Storyboard):
        return card
    first, *scenes = request.plot.plan
    lines = (*(line for line in card.lines if line != first), first, *scenes)
    return Card(**{**card.__dict__, "lines": lines})


def rehearsal(request: Storyboard) -> Card:
    """The plan alone."""
    return Card(title=title(request), lines=(*request.plot.plan, "Nothing was sent: leave --plan out to make it."))
