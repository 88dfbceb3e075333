"""Seasoning a request with its asker's taste: what they said counts first, and what cannot hold for it does not."""

from collections.abc import Awaitable, Callable
from typing import Any

from bot.commands.parser import media_from_text
from bot.errors import Refused
from bot.policy.user_defaults import UserDefaults
from bot.requests.kinds import Request, SpeechRequest, Talk, Video, parse_values
from bot.requests.options import option_of

DEFAULTS_BY_PRIORITY = (
    "presenter",
    "image",
    "voice",
    "language",
    "studio",
)  # what gives way to what, where not all of it can hold
CheckRequest = Callable[[Request], Awaitable[None]]  # refuses what no studio makes


async def check_defaults(defaults: UserDefaults, check: CheckRequest) -> UserDefaults:
    """The taste, if each part of it can ever hold; else the reason, with whatever was probably meant."""
    for name in defaults.chosen:
        tried = [await _refusal_of(check, asked) for asked in _sample_requests(defaults, name)]
        if all(tried) and (refusal := next((each for each in tried if each), None)):
            raise Refused(refusal.sentence, name) from refusal
    return defaults


async def apply_defaults(request: Request, defaults: UserDefaults, check: CheckRequest) -> Request:
    """A request with whatever of a taste can hold for it; what was said counts first, and what cannot hold does not."""
    if not defaults.model_fields_set:
        return request  # as most people's is, and everybody who asks passes here
    applicable = _applicable_defaults(request, defaults)
    if not applicable:
        return request
    complete = request.model_copy(update=applicable)
    if await _refusal_of(check, complete) is None:
        return complete
    for name, value in applicable.items():
        tried = request.model_copy(update={name: value})
        request = request if await _refusal_of(check, tried) else tried
    return request


def _applicable_defaults(request: Request, defaults: UserDefaults) -> dict[str, Any]:
    """What was not said. Recordings have a voice of their own; and only what speaks has any."""
    speaks = isinstance(request, SpeechRequest) and request.audio is None
    parts = {"voice", "language"} if speaks else set()
    parts |= {"image"} if isinstance(request, Talk) else {"presenter"} if isinstance(request, Video) else set()
    free = (parts | {"studio"}) - request.model_fields_set
    return {
        name: _option_value(name, defaults.chosen[name])
        for name in DEFAULTS_BY_PRIORITY
        if name in free & defaults.chosen.keys()
    }


def _sample_requests(defaults: UserDefaults, name: str) -> list[Request]:
    """Short requests that a part of a taste could hold for."""
    only: dict[str, tuple[type[Request], ...]] = {"image": (Talk,), "presenter": (Video,)}
    along = {name, "studio"} | ({"voice"} if name == "language" else set())
    parts = {each: _option_value(each, value) for each, value in defaults.chosen.items() if each in along}
    return [parse_values(kind, {"script": "Hello there", **parts}) for kind in only.get(name, (Talk, Video))]


async def _refusal_of(check: CheckRequest, request: Request) -> Refused | None:
    try:
        await check(request)
    except Refused as refusal:
        return refusal
    return None


def _option_value(name: str, value: str) -> Any:
    return media_from_text(value, option_of(Talk, name)) if name == "image" else value
