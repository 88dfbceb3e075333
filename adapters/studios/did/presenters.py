"""Which presenter, mood and movement a person means."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from adapters.studios.catalogue import CATALOGUE_CACHE_SECONDS, CATALOGUE_RECHECK_SECONDS
from adapters.studios.did.catalogue import DidCatalogue
from adapters.studios.did.client import DidPresenter, DidSentiment
from adapters.studios.did.endpoints import MODEL_ENDPOINTS
from adapters.studios.did.payload import unsupported_options
from adapters.studios.fuzzy_match import (
    by_name,
    did_you_mean_row,
    find_named,
    fold_text,
    label_of,
    rank_matches,
    references,
)
from bot.errors import NotOffered, Refused
from bot.requests.kinds import Video
from bot.studios.studio import Choice

MODEL_TITLES = {"v4": "V4", "clip": "Pro clip", "scene": "Instant scene"}
DEFAULT_MODELS = ("v4", "clip")  # a scene needs an avatar that somebody trained, so it is never the default


@dataclass(frozen=True)
class ResolvedPresenter:
    presenter: DidPresenter
    sentiment: DidSentiment | None = None
    movement: str | None = None


def capable_models(request: Video) -> tuple[str, ...]:
    """The kinds of presenter that support all options in use; Refused when there is none."""
    named = parse_presenter(request)[0]
    asked = [model for model in MODEL_ENDPOINTS if request.model in (None, model) and named in (None, model)]
    if not asked:
        raise Refused(f"“{request.presenter}” is not a presenter of the type {request.model}.", "model")
    unsupported = {model: unsupported_options(request, MODEL_ENDPOINTS[model]) for model in asked}
    able = tuple(model for model in asked if not unsupported[model])
    if able:
        return able
    first = unsupported[asked[0]][0].field
    words = " and ".join(dict.fromkeys(f"--{each.word}" for model in asked for each in unsupported[model]))
    if len(asked) == 1:
        raise NotOffered(f"Presenters of the type {MODEL_TITLES[asked[0]]} do not support {words}.", first)
    raise NotOffered(f"No type of presenter supports {words} together.", first)


def parse_presenter(request: Video) -> tuple[str | None, str | None]:
    """The kind and the name in what was typed: `clip:amy`, or just `amy`."""
    start, sign, rest = (request.presenter or "").partition(":")
    if sign and start.strip().casefold() in MODEL_ENDPOINTS:
        return start.strip().casefold(), rest.strip()
    return None, request.presenter


async def resolve_presenter(catalogue: DidCatalogue, request: Video) -> ResolvedPresenter:
    presenter = await _find_presenter(catalogue, request)
    movement = await _find_movement(catalogue, presenter, request.driver) if request.driver else None
    return ResolvedPresenter(presenter, _find_sentiment(presenter, request.sentiment), movement)


def presenter_choices(presenters: Sequence[DidPresenter], typed: str, limit: int) -> list[Choice]:
    refs = references(presenters)
    return [_to_choice(row, refs[row.id]) for row in rank_matches(by_name(presenters), typed, _search_texts, limit)]


async def suggest_for_presenter(
    catalogue: DidCatalogue, kind: str, presenter: str, typed: str, limit: int
) -> list[Choice]:
    found = await _find_presenter(catalogue, Video(script="...", presenter=presenter))
    if kind == "sentiments":
        moods = rank_matches(found.sentiments, typed, lambda mood: (mood.sentiment, mood.id), limit)
        return [
            Choice(mood.sentiment or mood.id, mood.sentiment or mood.id, sample=mood.sample or None) for mood in moods
        ]
    moves = rank_matches(await catalogue.movements(found.id), typed, lambda move: (move.name, move.id), limit)
    return [Choice(move.id, move.name or move.id, sample=move.sample or None) for move in moves]


async def _find_presenter(catalogue: DidCatalogue, request: Video) -> DidPresenter:
    able = capable_models(request)
    model, name = parse_presenter(request)
    if not name:
        return await _first_presenter(
            catalogue, able if model or request.model or len(able) == 1 else DEFAULT_MODELS, able
        )
    for age in (CATALOGUE_CACHE_SECONDS, CATALOGUE_RECHECK_SECONDS):
        rows = [row for each in able for row in await catalogue.presenters(each, age)]
        if found := find_named(rows, name):
            return found
    if model and not rows:
        # Some accounts have the older V4, which does not list its presenters.
        return DidPresenter(model=model, id=name, name=name)
    meant = did_you_mean_row(rows, name, _search_texts)
    raise Refused(f"No presenter is called “{request.presenter}”.{meant} See /did presenters.", "presenter")


async def _first_presenter(catalogue: DidCatalogue, wanted: Iterable[str], able: tuple[str, ...]) -> DidPresenter:
    for model in wanted:
        if model in able and (rows := await catalogue.presenters(model)):
            return rows[0]
    raise Refused("This D-ID account has no suitable presenter. See /did presenters.", "presenter")


def _find_sentiment(presenter: DidPresenter, typed: str | None) -> DidSentiment | None:
    if not typed:
        return None
    wanted = fold_text(typed)
    for mood in presenter.sentiments:
        if wanted in (fold_text(mood.id), fold_text(mood.sentiment)):
            return mood
    moods = ", ".join(mood.sentiment for mood in presenter.sentiments)
    has = f"It has {moods}." if moods else "It has no moods."
    raise Refused(f"{presenter.name or presenter.id} has no mood “{typed}”. {has}", "sentiment")


async def _find_movement(catalogue: DidCatalogue, presenter: DidPresenter, typed: str) -> str:
    moves = await catalogue.movements(presenter.id)
    if move := find_named(moves, typed):
        return move.id
    if not moves:
        return typed  # not every account gets the list; D-ID itself will know
    meant = did_you_mean_row(moves, typed)
    raise Refused(f"{presenter.name or presenter.id} has no movement “{typed}”.{meant}", "driver")


def _search_texts(row: DidPresenter) -> Iterable[str]:
    return row.name, row.id, f"{row.model}:{row.id}", row.gender


def _to_choice(row: DidPresenter, ref: str) -> Choice:
    moods = ", ".join(mood.sentiment for mood in row.sentiments if mood.sentiment)
    label = label_of(row.name or row.id, MODEL_TITLES[row.model], row.gender)
    return Choice(f"{row.model}:{ref}", label, moods, row.sample or None)
