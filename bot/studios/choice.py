"""Which provider makes a request: the chosen one, else the owner of its presenter or voice, else the default."""

import asyncio
import math
from collections.abc import Iterable, Mapping, Sequence

import structlog

from bot.errors import NotOffered, Refused, Trouble
from bot.requests.base import STUDIO_BOUND_OPTIONS, STUDIO_TITLES, Request
from bot.requests.kinds import Translation
from bot.requests.media import Media, MediaKind
from bot.studios.studio import Choice, Studio

CATALOGUE_TIMEOUT_SECONDS = 3.0  # for looking into catalogues; then the default provider is taken
_CATALOGUE_BY_FIELD = {"presenter": "presenters", "voice": "voices"}  # what belongs to one studio, and its catalogue

log = structlog.get_logger(__name__)


class StudioChooser:
    """The providers that are set up, and which of them makes a request."""

    def __init__(self, studios: Mapping[str, Studio], default_studio: str) -> None:
        self._studios = studios
        self._default_studio = default_studio

    @property
    def titles(self) -> list[str]:
        return [studio.title for studio in self._studios.values()]

    async def choose(self, request: Request) -> Studio:
        """The provider for a request, or the reason why there is none."""
        if name := self.named_studio(request):
            return _check_named_studio(request, name, self._studios)
        default_first = sorted(self._studios.values(), key=lambda studio: studio.name != self._default_studio)
        able, refusals = _able_studios(request, default_first)
        if not able:
            raise _most_useful(refusals)
        if len(able) == 1:
            return able[0]
        return await _studio_owning_name(request, able) or able[0]

    def named_studio(self, request: Request) -> str | None:
        """The provider that the person chose, also by a name such as `heygen:anna`."""
        if request.studio:
            return request.studio
        fields = type(request).model_fields  # asking a request for a field that it lacks is slow
        owners = ((getattr(request, field) or "").partition(":")[0] for field in _CATALOGUE_BY_FIELD if field in fields)
        return next((owner for owner in owners if owner in self._studios), None)

    async def check_names(self, request: Request, studio: Studio) -> None:
        """Refuse names that no provider has, with the nearest match of any provider."""
        try:
            await _check_names_at(request, studio)
        except Refused as refusal:
            others = [] if request.studio else [each for each in self._studios.values() if each is not studio]
            for other in _able_studios(request, others)[0]:
                try:
                    await _check_names_at(request, other)
                except Refused as nearer:
                    if "Did you mean" in nearer.sentence and "Did you mean" not in refusal.sentence:
                        raise nearer from refusal
            raise

    async def check_can_be_made(self, request: Request) -> None:
        """Refuse what no provider makes, and names that none has."""
        await self.check_names(request, await self.choose(request))

    def find_other(self, request: Request, refused_by: str) -> str | None:
        return find_other_studio(request, refused_by, self._studios)


def min_translation_seconds(studios: Mapping[str, Studio]) -> float:
    """The shortest video of ours that a provider translates; infinite where none does."""
    video = Media(kind=MediaKind.VIDEO, address="shelf:ours.mp4", name="ours.mp4")
    request = Translation(video=video, languages=("Spanish",))
    able, _ = _able_studios(request, studios.values())
    limits = [studio.file_limits(request).get("video") for studio in able]
    return min(((each and each.min_seconds) or 0.0 for each in limits), default=math.inf)


async def _check_names_at(request: Request, studio: Studio) -> None:
    """If a catalogue does not answer in time, the name is accepted."""
    try:
        async with asyncio.timeout(CATALOGUE_TIMEOUT_SECONDS):
            await studio.check_names(request)
    except Refused:
        raise
    except (Trouble, TimeoutError) as error:
        log.info("names not looked up", studio=studio.name, error=type(error).__name__)


def find_other_studio(request: Request, refused_by: str, studios: Mapping[str, Studio]) -> str | None:
    """Another provider that could make what one refused."""
    others = [each for each in studios.values() if each.name != refused_by]
    able, _ = _able_studios(for_other_studio(request, None), others)
    return able[0].name if able else None


def for_other_studio(request: Request, studio: str | None) -> Request:
    """The request without the names and fields that only the first provider knows."""
    fields = type(request).model_fields
    defaults = {name: fields[name].get_default() for name in STUDIO_BOUND_OPTIONS if name in fields}
    return request.model_copy(update=defaults | {"studio": studio})


def _check_named_studio(request: Request, name: str, studios: Mapping[str, Studio]) -> Studio:
    if name not in studios:
        raise Refused(f"{STUDIO_TITLES[name]} is not set up here. Leave out --studio, or ask your admin to add it.")
    try:
        _check(request, studios[name])
    except NotOffered as refusal:
        other = find_other_studio(request, name, studios)
        already_named = bool(other) and STUDIO_TITLES[other or ""] in refusal.sentence
        offer = f" {STUDIO_TITLES[other]} can: --studio {other}." if other and not already_named else ""
        raise NotOffered(f"{refusal.sentence}{offer}", refusal.option) from refusal
    return studios[name]


def _check(request: Request, studio: Studio) -> None:
    """Also refuses a video of ours that is too short, since its length is known before anybody is told "on it"."""
    studio.check(request)
    if isinstance(request, Translation) and request.video.seconds is not None:
        limits = studio.file_limits(request).get("video")
        shortest = (limits and limits.min_seconds) or 0.0
        if request.video.seconds < shortest:
            is_long = f"This video is {request.video.seconds:.1f} s long."
            raise NotOffered(f"{is_long} {studio.title} translates videos of at least {shortest:g} s.", "video")


def _able_studios(request: Request, studios: Iterable[Studio]) -> tuple[list[Studio], list[Refused]]:
    able: list[Studio] = []
    refusals: list[Refused] = []
    for studio in studios:
        try:
            _check(request, studio)
        except Refused as refusal:
            refusals.append(refusal)
        else:
            able.append(studio)
    return able, refusals


def _most_useful(refusals: Sequence[Refused]) -> Refused:
    """What the person can mend, rather than what some provider does not have."""
    mendable = [each for each in refusals if not isinstance(each, NotOffered)] or refusals
    nearest = (each for each in mendable if "Did you mean" in each.sentence)
    return next(nearest, mendable[0] if mendable else Refused("No provider is set up here."))


async def _studio_owning_name(request: Request, able: Sequence[Studio]) -> Studio | None:
    """The owner of the named presenter or voice; a catalogue that does not answer decides nothing."""
    for field, catalogue in _CATALOGUE_BY_FIELD.items():
        name = getattr(request, field, None)
        if not name:
            continue
        for studio in able:
            if name.startswith(f"{studio.name}:") or await _catalogue_has(studio, catalogue, name):
                return studio
    return None


async def _catalogue_has(studio: Studio, catalogue: str, name: str) -> bool:
    try:
        async with asyncio.timeout(CATALOGUE_TIMEOUT_SECONDS):
            return any(_is_choice_named(each, name.casefold()) for each in await studio.suggest(catalogue, name, 5))
    except (Trouble, TimeoutError) as error:
        log.info("catalogue not asked", studio=studio.name, what=catalogue, error=type(error).__name__)
        return False


def _is_choice_named(choice: Choice, name: str) -> bool:
    value = choice.value.casefold()
    return name in (value, value.partition(":")[2], choice.label.partition(" · ")[0].casefold())
