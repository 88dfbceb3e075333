"""Seasoning a request with its asker's taste: what they said counts first, and what cannot hold for it does not."""

from collections.abc import Awaitable, Callable
from typing import Any

from bot.commands.parser import media_of
from bot.errors import Refused
from bot.policy.user_defaults import Taste
from bot.requests.kinds import Request, Spoken, Talk, Video, make
from bot.requests.options import option

FIRST = ("presenter", "image", "voice", "language", "studio")  # what gives way to what, where not all of it can hold
Fits = Callable[[Request], Awaitable[None]]  # refuses what no studio makes


async def approved(taste: Taste, fits: Fits) -> Taste:
    """The taste, if each part of it can ever hold; else the reason, with whatever was probably meant."""
    for name in taste.given:
        tried = [await _refusal(fits, asked) for asked in _trials(taste, name)]
        if all(tried) and (refusal := next((each for each in tried if each), None)):
            raise Refused(refusal.sentence, name) from refusal
    return taste


async def seasoned(request: Request, taste: Taste, fits: Fits) -> Request:
    """A request with whatever of a taste can hold for it; what was said counts first, and what cannot hold does not."""
    if not taste.model_fields_set:
        return request  # as most people's is, and everybody who asks passes here
    wanted = _wanted(request, taste)
    if not wanted:
        return request
    whole = request.model_copy(update=wanted)
    if await _refusal(fits, whole) is None:
        return whole
    for name, value in wanted.items():
        tried = request.model_copy(update={name: value})
        request = request if await _refusal(fits, tried) else tried
    return request


def _wanted(request: Request, taste: Taste) -> dict[str, Any]:
    """What was not said. Recordings have a voice of their own; and only what speaks has any."""
    speaks = isinstance(request, Spoken) and request.audio is None
    parts = {"voice", "language"} if speaks else set()
    parts |= {"image"} if isinstance(request, Talk) else {"presenter"} if isinstance(request, Video) else set()
    free = (parts | {"studio"}) - request.model_fields_set
    return {name: _value(name, taste.given[name]) for name in FIRST if name in free & taste.given.keys()}


def _trials(taste: Taste, name: str) -> list[Request]:
    """Short requests that a part of a taste could hold for."""
    only: dict[str, tuple[type[Request], ...]] = {"image": (Talk,), "presenter": (Video,)}
    along = {name, "studio"} | ({"voice"} if name == "language" else set())
    parts = {each: _value(each, value) for each, value in taste.given.items() if each in along}
    return [make(kind, {"script": "Hello there", **parts}) for kind in only.get(name, (Talk, Video))]


async def _refusal(fits: Fits, request: Request) -> Refused | None:
    try:
        await fits(request)
    except Refused as refusal:
        return refusal
    return None


def _value(name: str, value: str) -> Any:
    return media_of(value, option(Talk, name)) if name == "image" else value
