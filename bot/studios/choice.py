"""Which studio makes a request: the one named, else whose presenter or voice it is, else the usual one that can."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

import structlog

from bot.errors import Refused, Trouble
from bot.requests.base import BELONGS, Request
from bot.studios.studio import TITLES, Choice, Studio, foresees

PATIENCE = 3.0  # seconds for looking into catalogues before the usual studio is taken
_OWN = {"presenter": "presenters", "voice": "voices"}  # what belongs to one studio, and its catalogue

log = structlog.get_logger(__name__)


async def choose(request: Request, studios: Mapping[str, Studio], usual: str) -> Studio:
    """The studio for a request, or the reason why there is none."""
    if name := named(request, studios):
        return _named(request, name, studios)
    able, refusals = _able(request, _in_order(studios, usual))
    if not able:
        raise refusals[0] if refusals else Refused("No studio is set up here.")
    if len(able) == 1:
        return able[0]
    return await _owner(request, able) or able[0]


def named(request: Request, studios: Mapping[str, Studio]) -> str | None:
    """The studio that somebody named, be it only by `heygen:anna`."""
    if request.studio:
        return request.studio
    known = type(request).model_fields  # asking a request for a field that it lacks is slow
    owners = ((getattr(request, field) or "").partition(":")[0] for field in _OWN if field in known)
    return next((owner for owner in owners if owner in studios), None)


async def recognise(request: Request, studio: Studio, studios: Mapping[str, Studio]) -> None:
    """Refuse whom no studio has ever heard of, with whoever was probably meant, be it another's."""
    try:
        await _recognised(request, studio)
    except Refused as refusal:
        others = [] if request.studio else _able(request, [each for each in studios.values() if each is not studio])[0]
        for other in others:
            try:
                await _recognised(request, other)
            except Refused as nearer:
                if "Did you mean" in nearer.sentence and "Did you mean" not in refusal.sentence:
                    raise nearer from refusal
        raise


async def _recognised(request: Request, studio: Studio) -> None:
    """A catalogue that does not answer in time decides nothing."""
    name = studio.name
    if not foresees(studio):
        return
    try:
        async with asyncio.timeout(PATIENCE):
            await studio.recognise(request)
    except Refused:
        raise
    except (Trouble, TimeoutError) as error:
        log.info("names not looked up", studio=name, error=type(error).__name__)


def elsewhere(request: Request, refused: str, studios: Mapping[str, Studio]) -> str | None:
    """Another studio that could make what one refused."""
    able, _ = _able(switched(request, None), [each for each in studios.values() if each.name != refused])
    return able[0].name if able else None


def switched(request: Request, studio: str | None) -> Request:
    """The request for another studio: without the names and fields that only the first one knows."""
    known = type(request).model_fields
    dropped = {name: known[name].get_default() for name in BELONGS if name in known}
    return request.model_copy(update=dropped | {"studio": studio})


def _named(request: Request, name: str, studios: Mapping[str, Studio]) -> Studio:
    if name not in studios:
        raise Refused(f"{TITLES[name]} is not set up here. Leave --studio out, or ask whoever runs the bot for it.")
    try:
        studios[name].check(request)
    except Refused as refusal:
        other = elsewhere(request, name, studios)
        named = bool(other) and TITLES[other or ""] in refusal.sentence
        offer = f" {TITLES[other]} can: --studio {other}." if other and not named else ""
        raise Refused(f"{refusal.sentence}{offer}", refusal.option) from refusal
    return studios[name]


def _in_order(studios: Mapping[str, Studio], usual: str) -> list[Studio]:
    return sorted(studios.values(), key=lambda studio: studio.name != usual)


def _able(request: Request, studios: Iterable[Studio]) -> tuple[list[Studio], list[Refused]]:
    able: list[Studio] = []
    refusals: list[Refused] = []
    for studio in studios:
        try:
            studio.check(request)
        except Refused as refusal:
            refusals.append(refusal)
        else:
            able.append(studio)
    return able, refusals


async def _owner(request: Request, able: Sequence[Studio]) -> Studio | None:
    """Whose presenter or voice is named; a catalogue that does not answer decides nothing."""
    for field, what in _OWN.items():
        name = getattr(request, field, None)
        if not name:
            continue
        for studio in able:
            if name.startswith(f"{studio.name}:") or await _knows(studio, what, name):
                return studio
    return None


async def _knows(studio: Studio, what: str, name: str) -> bool:
    try:
        async with asyncio.timeout(PATIENCE):
            return any(_means(each, name.casefold()) for each in await studio.suggest(what, name, 5))
    except (Trouble, TimeoutError) as error:
        log.info("catalogue not asked", studio=studio.name, what=what, error=type(error).__name__)
        return False


def _means(choice: Choice, name: str) -> bool:
    value = choice.value.casefold()
    return name in (value, value.partition(":")[2], choice.label.partition(" · ")[0].casefold())
