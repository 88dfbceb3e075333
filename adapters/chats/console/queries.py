"""What the page asks for without changing anything: how it starts, older messages, forms, suggestions, samples."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request as Call
from starlette.responses import FileResponse, PlainTextResponse, Response

from adapters.chats.console.context import Inside
from adapters.chats.console.files import HEADERS, MOST, known
from adapters.chats.console.messages import leaf_json, message_of
from adapters.chats.console.people import BOT, PERSONAS, Persona
from bot.commands.forms import Given, given, given_of, shown, values
from bot.commands.verbs import VERBS, Verb, verb_of
from bot.desk.gestures import Action
from bot.errors import Refused
from bot.requests.flag_emoji import flag, language_of
from bot.requests.kinds import REQUESTS, Request, Translation
from bot.requests.languages import CODES
from bot.requests.media import Kind, Media
from bot.requests.options import Option, options

PAGE = 200
ACTIONS: Mapping[str, Action] = {"talk": "talk", "animate": "animate", "translate": "translate"}


async def start(inside: Inside, who: Persona) -> dict[str, Any]:
    """Everything a page needs to begin with; the stream goes on from `last`."""
    last = await inside.wall.last()  # read first: what changes meanwhile then comes twice rather than never
    channels = await inside.wall.channels()
    leaves = [leaf for name, _ in channels for leaf in await inside.wall.latest(name, who.id, "", PAGE)]
    return {
        "version": inside.pages.version,
        "now": inside.door.clock.now(),
        "last": last,
        "bot": BOT,
        "people": [{"id": each.id, "name": each.name, "role": each.role} for each in PERSONAS.values()],
        "channels": [{"name": name, "about": facts.get("about", "")} for name, facts in channels],
        "leaves": [leaf_json(leaf) for leaf in leaves],
        "verbs": [_verb(each) for each in VERBS],
        "flags": _flags(),
        "most": MOST,
        "lab": {"restart": inside.restart is not None, "faults": inside.door.rehearsal is not None},
    }


async def messages(inside: Inside, who: Persona, call: Call) -> dict[str, Any]:
    """Older messages of a channel."""
    asked = call.query_params
    leaves = await inside.wall.latest(asked.get("channel", ""), who.id, asked.get("before", ""), PAGE)
    return {"leaves": [leaf_json(leaf) for leaf in leaves]}


async def form(inside: Inside, who: Persona, call: Call) -> dict[str, Any]:
    """A form for whoever may ask there: empty, begun by a message, or filled in like an earlier job."""
    asked = call.query_params
    channel = asked.get("channel", "")
    await inside.door.desk.admit(who.asker, await inside.place(channel) if channel else None)
    if job := asked.get("job"):
        request, had = await _of_job(inside, who, job, asked.get("act", "edit"))
    elif message := asked.get("message"):
        action = ACTIONS.get(asked.get("action", ""), "talk")
        leaf = await inside.leaf(message, who.id)
        request, started = inside.door.gestures.start(action, message_of(leaf))
        had = given(request, started)
    else:
        request, had = request_of(asked.get("kind", "")), {}
    verb = verb_of(request)
    fields = [{**_option(each), "value": _shown(had.get(each.field))} for each in shown(request)]
    return {"kind": verb.word, "title": verb.sentence, "typed": verb.typed, "fields": fields, "noun": request.noun}


async def suggest(inside: Inside, who: Persona, call: Call) -> dict[str, Any]:
    """What can be picked for an option, by what was typed so far."""
    found = await inside.door.desk.suggest(call.query_params.get("what", ""), call.query_params.get("typed", "")[:80])
    rows = [
        {"value": each.value, "label": each.label, "sentence": each.sentence, "sample": bool(each.sample)}
        for each in found
    ]
    return {"choices": rows}


async def sample(inside: Inside, call: Call) -> Response:
    """The sound or picture that shows one choice; only what a studio itself named is ever fetched."""
    what, value = call.query_params.get("what", ""), call.query_params.get("value", "")
    typed = call.query_params.get("typed", "")[:80]
    found = await inside.door.desk.suggest(what, typed)
    address = next((each.sample for each in found if each.value == value), None)
    if address is None or inside.door.samples is None:
        return PlainTextResponse("no sample", 404)
    path, type_ = await inside.door.samples(address)
    return FileResponse(path, media_type=type_, headers=HEADERS)


def request_of(kind: str) -> type[Request]:
    """The request that a verb fills."""
    found = next((each for each in REQUESTS if verb_of(each).word == kind), None)
    if found is None:
        raise Refused("There is no such form. Reload the page.")
    return found


async def filled(inside: Inside, request: type[Request], sent: Mapping[str, Any]) -> dict[str, Any]:
    """What a form sent, as values of its request; files are only taken from those that were left here."""
    takes = {each.field: each for each in options(request)}
    fields: dict[str, Given] = {}
    for name, value in sent.items():
        if name not in takes:
            raise Refused(f"The form has no field “{name[:40]}”.")
        if isinstance(value, dict):
            fields[name] = await _media(inside, takes[name], value)
        elif value is None or isinstance(value, str | bool):
            fields[name] = value
        else:
            raise Refused(f"“{name}” must be words, a tick or a file.", name)
    return values(request, fields)


async def _media(inside: Inside, option: Option, value: Mapping[str, Any]) -> Media:
    at = str(value.get("at", ""))
    scheme, _, address = at.partition(":")
    if scheme == "portrait" and option.takes is Kind.PICTURE:
        return Media(kind=Kind.PICTURE, at=at, name=address)
    if scheme == "https" and option.takes:
        return Media(kind=option.takes, at=at, name=str(value.get("name", ""))[:60])
    (file,) = await known(inside, [address])
    if file.kind is not option.takes:
        raise Refused(f"--{option.word} takes a {option.takes} file; “{file.name}” is not one.", option.field)
    return file.media


async def _of_job(inside: Inside, who: Persona, word: str, act: str) -> tuple[type[Request], dict[str, Given]]:
    job = await inside.door.desk.job(who.asker, word)
    if act != "translate":
        return type(job.request), given_of(job.request)
    if job.kept is None:
        raise Refused("The video of this job is no longer here, so it cannot be translated.")
    video = Media(kind=Kind.VIDEO, at=f"shelf:{job.kept.video}", name=f"{job.request.kind}.mp4")
    return Translation, {"video": video}


def _shown(value: Given) -> Any:
    return value.model_dump(mode="json") if isinstance(value, Media) else value


def _verb(verb: Verb) -> dict[str, Any]:
    known_ = [_option(each) for each in shown(verb.request)] if verb.request else []
    return {
        "word": verb.word,
        "typed": verb.typed,
        "sentence": verb.sentence,
        "takes": verb.takes,
        "example": verb.example,
        "form": verb.request is not None,
        "options": known_,
    }


def _option(option: Option) -> dict[str, Any]:
    return {
        "field": option.field,
        "word": option.word,
        "sentence": option.sentence,
        "shape": option.shape.value,
        "required": option.required,
        "choices": list(option.choices),
        "low": option.low,
        "high": option.high,
        "longest": option.longest,
        "rest": option.rest,
        "takes": option.takes.value if option.takes else None,
        "suggests": option.suggests,
        "advanced": option.advanced,
        "example": option.example,
    }


def _flags() -> list[dict[str, str]]:
    """A flag for each language a video can be translated into, for the emoji picker."""
    homes = {"ar": "SA", "zh": "CN", "cs": "CZ", "da": "DK", "en": "GB", "el": "GR", "hi": "IN", "ja": "JP"}
    homes |= {"ko": "KR", "ms": "MY", "fil": "PH", "sv": "SE", "ta": "LK", "uk": "UA"}
    flags = {language: flag(homes.get(code, code.upper())) for language, code in CODES.items()}
    return [{"emoji": emoji, "name": language} for language, emoji in flags.items() if language_of(emoji) == language]
