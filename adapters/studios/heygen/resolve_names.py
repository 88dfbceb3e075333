"""Whom and which voice people mean, and what they can pick from."""

from collections.abc import Iterable, Sequence

from adapters.studios.catalogue import DAY
from adapters.studios.fuzzy_match import fold, ranked
from adapters.studios.heygen.catalogue import Lists
from adapters.studios.heygen.payload_source import Names, Who
from adapters.studios.heygen.responses import Avatar, Template, Voice
from adapters.studios.heygen.video_spec import Film
from bot.errors import Refused
from bot.requests.kinds import Request
from bot.requests.storyboard.scenes import Scene
from bot.studios.studio import Choice

FRESH = 300.0  # someone may just have made the avatar they ask for
USUAL = "english"


async def names(lists: Lists, request: Request, film: Film) -> Names:
    """Everyone named in a film, found; Refused with what was probably meant."""
    scenes = [shot.scene for shot in film.shots]
    people = {scene.who: await _who(lists, scene) for scene in scenes if scene.who is not None}
    language = getattr(request, "language", None)
    wanted = {scene.voice: scene for scene in scenes if scene.voice}
    voices = {name: await _voice(lists, name, scene, language) for name, scene in wanted.items()}
    if language:
        # A language was asked for, so nobody speaks with a voice of their own in another one.
        people = {name: Who(who.id, who.photo) for name, who in people.items()}
    if any(_needs_usual(scene, people) for scene in scenes):
        voices[""] = await _usual(lists, language)
    return Names(people, voices)


def _needs_usual(scene: Scene, people: dict[str, Who]) -> bool:
    who = people.get(scene.who or "") if scene.who is not None else None
    return bool(scene.say and not scene.voice and not (who and who.voice))


async def who(lists: Lists, typed: str) -> Who:
    """Somebody by name."""
    return await _who(lists, Scene(who=typed))


async def voice_id(lists: Lists, typed: str) -> str:
    """A voice by name."""
    return await _voice(lists, typed, Scene(), None)


def template_of(rows: Sequence[Template], typed: str) -> Template:
    """A template by name or id."""
    wanted = fold(typed)
    if found := next((row for row in rows if wanted in (fold(row.id), fold(row.name))), None):
        return found
    near = ranked(rows, typed, lambda row: (row.name, row.id), 3)
    meant = f" Did you mean {' or '.join(row.name or row.id for row in near)}?" if near else ""
    raise Refused(f"There is no template “{typed}” at HeyGen.{meant} See /did templates.", "template")


async def _who(lists: Lists, scene: Scene) -> Who:
    typed = (scene.who or "").removeprefix("heygen:")
    everyone: Sequence[Avatar] = ()
    for age in (DAY, FRESH):
        everyone = await lists.avatars(age)
        if found := _person(everyone, typed):
            return Who(found.id, found.photo, found.voice)
    near = ranked(everyone, typed, _texts, 3)
    meant = f" Did you mean {' or '.join(row.name or row.id for row in near)}?" if near else ""
    where = f"Line {scene.line}: there" if scene.line else "There"
    raise Refused(f"{where} is no “{typed}” among HeyGen's avatars.{meant} See /did presenters.", "presenter")


def _person(everyone: Sequence[Avatar], typed: str) -> Avatar | None:
    if not typed:
        return next((row for row in everyone if not row.photo and not row.premium), next(iter(everyone), None))
    wanted = fold(typed)
    by_id = next((row for row in everyone if fold(row.id) == wanted), None)
    by_name = next((row for row in everyone if fold(row.name) == wanted), None)
    # “Anna” is also the first of several looks that are called “Anna in the office”.
    return by_id or by_name or next((row for row in everyone if fold(row.name).startswith(f"{wanted} ")), None)


async def _voice(lists: Lists, typed: str, scene: Scene, language: str | None) -> str:
    wanted = fold(typed.removeprefix("heygen:"))
    voices: Sequence[Voice] = ()
    for age in (DAY, FRESH):
        voices = [voice for voice in await lists.voices(age) if language is None or _speaks(voice, language)]
        for found in voices:
            if wanted in (fold(found.id), fold(found.name)):
                return found.id
    near = ranked(voices, typed, _said, 3)
    meant = f" Did you mean {' or '.join(voice.name for voice in near)}?" if near else ""
    where = f"Line {scene.line}: there" if scene.line else "There"
    speaking = f" that speaks {language}" if language else ""
    raise Refused(f"{where} is no voice “{typed}” at HeyGen{speaking}.{meant} See /did voices.", "voice")


async def _usual(lists: Lists, language: str | None) -> str:
    voices = await lists.voices()
    fitting = [voice for voice in voices if _speaks(voice, language or USUAL)]
    if language and not fitting:
        raise Refused(f"HeyGen has no voice that speaks {language}. See /did voices.", "language")
    return next(iter([*fitting, *voices]), Voice()).id


def _speaks(voice: Voice, language: str) -> bool:
    return fold(voice.language).startswith(fold(language))


def people(rows: Sequence[Avatar], typed: str, limit: int) -> list[Choice]:
    """Avatars and photos to pick from."""
    return [_person_choice(row) for row in ranked(rows, typed, _texts, limit)]


def voices(rows: Sequence[Voice], typed: str, limit: int) -> list[Choice]:
    """Voices to pick from."""
    return [_voice_choice(row) for row in ranked(rows, typed, _said, limit)]


def templates(rows: Sequence[Template], typed: str, limit: int) -> list[Choice]:
    """Templates to look at."""
    found = ranked(rows, typed, lambda row: (row.name, row.id), limit)
    return [Choice(row.id, row.name or row.id, "HeyGen template", row.sample or None) for row in found]


def _texts(row: Avatar) -> Iterable[str]:
    return row.name, row.id, f"heygen:{row.id}", row.gender


def _said(row: Voice) -> Iterable[str]:
    return row.name, row.language, row.id, f"heygen:{row.id}", row.gender


def _person_choice(row: Avatar) -> Choice:
    facts = (row.name or row.id, "HeyGen photo" if row.photo else "HeyGen avatar", row.gender)
    return Choice(f"heygen:{row.id}", " · ".join(fact for fact in facts if fact), "", row.sample or None)


def _voice_choice(row: Voice) -> Choice:
    facts = (row.name or row.id, row.language, row.gender, "HeyGen")
    can = "with emotions" if row.emotion else ""
    return Choice(f"heygen:{row.id}", " · ".join(fact for fact in facts if fact), can, row.sample or None)
