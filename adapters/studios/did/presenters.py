"""Which presenter, mood and movement a person means."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from adapters.studios.catalogue import DAY
from adapters.studios.did.catalogue import Lists
from adapters.studios.did.endpoints import MODELS
from adapters.studios.did.payload import strangers
from adapters.studios.did.responses import Movement, Presenter, Sentiment
from adapters.studios.did.voices import FRESH
from adapters.studios.fuzzy_match import fold, ranked
from bot.errors import Refused
from bot.requests.kinds import Video
from bot.studios.studio import Choice

TITLES = {"v4": "V4", "clip": "Pro clip", "scene": "Instant scene"}
USUAL = ("v4", "clip")  # a scene needs an avatar someone trained, so nobody gets one unasked


@dataclass(frozen=True)
class Cast:
    """Who speaks, in which mood and with which movement."""

    presenter: Presenter
    sentiment: Sentiment | None = None
    movement: str | None = None


def models(request: Video) -> tuple[str, ...]:
    """The kinds of presenter that can do all that is asked for; refused when there is none."""
    named = named_model(request)[0]
    asked = [model for model in MODELS if request.model in (None, model) and named in (None, model)]
    if not asked:
        raise Refused(f"{request.presenter} is no presenter of the kind “{request.model}”.", "model")
    odd = {model: strangers(request, MODELS[model]) for model in asked}
    able = tuple(model for model in asked if not odd[model])
    if able:
        return able
    first = odd[asked[0]][0].field
    words = " and ".join(dict.fromkeys(f"--{each.word}" for model in asked for each in odd[model]))
    if len(asked) == 1:
        raise Refused(f"A presenter of the kind {TITLES[asked[0]]} does not take {words}.", first)
    raise Refused(f"No kind of presenter takes {words} together.", first)


def named_model(request: Video) -> tuple[str | None, str | None]:
    """The kind and the name in what was typed: `clip:amy`, or just `amy`."""
    start, sign, rest = (request.presenter or "").partition(":")
    if sign and start.strip().casefold() in MODELS:
        return start.strip().casefold(), rest.strip()
    return None, request.presenter


async def cast(lists: Lists, request: Video) -> Cast:
    """Everyone and everything in front of the camera."""
    presenter = await _presenter(lists, request)
    movement = await _movement(lists, presenter, request.driver) if request.driver else None
    return Cast(presenter, _sentiment(presenter, request.sentiment), movement)


def choices(presenters: Sequence[Presenter], typed: str, limit: int) -> list[Choice]:
    """Presenters to pick from."""
    return [_choice(row) for row in ranked(presenters, typed, _texts, limit)]


async def suggested(lists: Lists, what: str, presenter: str, typed: str, limit: int) -> list[Choice]:
    """The moods or movements of one presenter."""
    who = await _presenter(lists, Video(script="...", presenter=presenter))
    if what == "sentiments":
        moods = ranked(who.sentiments, typed, lambda mood: (mood.sentiment, mood.id), limit)
        return [
            Choice(mood.sentiment or mood.id, mood.sentiment or mood.id, sample=mood.sample or None) for mood in moods
        ]
    moves = ranked(await lists.movements(who.id), typed, lambda move: (move.name, move.id), limit)
    return [Choice(move.id, move.name or move.id, sample=move.sample or None) for move in moves]


async def _presenter(lists: Lists, request: Video) -> Presenter:
    able = models(request)
    model, name = named_model(request)
    if not name:
        return await _first(lists, able if model or request.model or len(able) == 1 else USUAL, able)
    for age in (DAY, FRESH):
        rows = [row for each in able for row in await lists.presenters(each, age)]
        if found := _match(rows, name):
            return found
    if model and not rows:
        # Some accounts have the older V4, which tells nobody who its presenters are.
        return Presenter(model=model, id=name, name=name)
    near = ranked(rows, name, _texts, 3)
    meant = f" Did you mean {' or '.join(row.name or row.id for row in near)}?" if near else ""
    raise Refused(f"There is no such presenter: “{request.presenter}”.{meant} See /did presenters.", "presenter")


async def _first(lists: Lists, wanted: Iterable[str], able: tuple[str, ...]) -> Presenter:
    for model in wanted:
        if model in able and (rows := await lists.presenters(model)):
            return rows[0]
    raise Refused("This D-ID account has no presenter for that. See /did presenters.", "presenter")


def _match(rows: Sequence[Presenter], typed: str) -> Presenter | None:
    wanted = fold(typed)
    by_id = next((row for row in rows if fold(row.id) == wanted), None)
    return by_id or next((row for row in rows if fold(row.name) == wanted), None)


def _sentiment(presenter: Presenter, typed: str | None) -> Sentiment | None:
    if not typed:
        return None
    wanted = fold(typed)
    for mood in presenter.sentiments:
        if wanted in (fold(mood.id), fold(mood.sentiment)):
            return mood
    moods = ", ".join(mood.sentiment for mood in presenter.sentiments)
    has = f"has {moods}" if moods else "has no moods"
    raise Refused(f"{presenter.name or presenter.id} {has}; “{typed}” is not one of them.", "sentiment")


async def _movement(lists: Lists, presenter: Presenter, typed: str) -> str:
    moves: Sequence[Movement] = await lists.movements(presenter.id)
    wanted = fold(typed)
    for move in moves:
        if wanted in (fold(move.id), fold(move.name)):
            return move.id
    if not moves:
        return typed  # not every account is told the movements; D-ID itself will know
    near = ranked(moves, typed, lambda move: (move.name, move.id), 3)
    meant = f" Did you mean {' or '.join(move.name or move.id for move in near)}?" if near else ""
    raise Refused(f"{presenter.name or presenter.id} has no movement “{typed}”.{meant}", "driver")


def _texts(row: Presenter) -> Iterable[str]:
    return row.name, row.id, f"{row.model}:{row.id}", row.gender


def _choice(row: Presenter) -> Choice:
    moods = ", ".join(mood.sentiment for mood in row.sentiments if mood.sentiment)
    facts = (row.name or row.id, TITLES[row.model], row.gender)
    return Choice(f"{row.model}:{row.id}", " · ".join(fact for fact in facts if fact), moods, row.sample or None)
