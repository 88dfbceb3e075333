"""What the page reads: the initial state, older messages, forms, suggestions, previews."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, get_args

from starlette.requests import Request as Call
from starlette.responses import FileResponse, PlainTextResponse, Response

from adapters.chats.console.context import ConsoleContext, gesture_message
from adapters.chats.console.files import FILE_HEADERS, MAX_UPLOAD_BYTES, get_uploads
from adapters.chats.console.messages import BOT_ID, PERSONAS, Persona, message_json
from bot.commands.forms import FieldValue, form_to_values, request_to_form, values_to_form
from bot.commands.verbs import VERBS, Verb, verb_for_request
from bot.desk.chat_context import FaultControl
from bot.desk.gestures import MessageAction, translation_values
from bot.errors import Refused
from bot.jobs.job import REQUESTS
from bot.requests.base import Request
from bot.requests.kinds import Translation
from bot.requests.languages import LANGUAGE_CODES, flag_emoji, language_of_flag
from bot.requests.media import Media, MediaKind
from bot.requests.options import Option, ValueType, options_of, ordered_options
from bot.studios.studio import Choice

MESSAGES_PER_PAGE = 200
NUMBER_TYPES = (ValueType.NUMBER, ValueType.INTEGER)


async def initial_state(context: ConsoleContext, who: Persona) -> dict[str, Any]:
    """Everything a page needs to start; the stream continues after `last`."""
    # Read first, so that a change meanwhile comes twice rather than never.
    last = await context.message_store.last_change()
    channels = await context.message_store.list_channels()
    stored_messages = [
        stored
        for name, _ in channels
        for stored in await context.message_store.latest_in_channel(name, who.id, "", MESSAGES_PER_PAGE)
    ]
    return {
        "version": context.pages.version,
        "now": context.core.clock.now(),
        "last": last,
        "bot": BOT_ID,
        "people": [{"id": each.id, "name": each.name, "role": each.role} for each in PERSONAS.values()],
        "channels": [{"name": name, "about": facts.get("about", "")} for name, facts in channels],
        "messages": [message_json(stored) for stored in stored_messages],
        "verbs": [_verb_json(each) for each in VERBS],
        "flags": _flag_emoji(),
        "max_bytes": MAX_UPLOAD_BYTES,
        "fault_injection": {"restart": context.restart is not None, "faults": context.core.fault_control is not None},
    }


async def older_messages(context: ConsoleContext, who: Persona, call: Call) -> dict[str, Any]:
    query = call.query_params
    stored_messages = await context.message_store.latest_in_channel(
        query.get("channel", ""), who.id, query.get("before", ""), MESSAGES_PER_PAGE
    )
    return {"messages": [message_json(stored) for stored in stored_messages]}


async def open_form(context: ConsoleContext, who: Persona, call: Call) -> dict[str, Any]:
    """A form: empty, prefilled from a message, or prefilled from an earlier job."""
    query = call.query_params
    channel = query.get("channel", "")
    await context.core.desk.check_may_request(who.asker, await context.existing_place(channel) if channel else None)
    if job := query.get("job"):
        request, current_values = await _prefill_from_job(context, who, job, query.get("action", "edit"))
    elif question := query.get("draft"):
        draft = await context.core.desk.questions.draft_of(who.asker, question)
        request, current_values = draft.request, values_to_form(draft.request, draft.values)
    elif message := query.get("message"):
        action: MessageAction = next((each for each in get_args(MessageAction) if each == query.get("action")), "talk")
        stored = await context.visible_message(message, who.id)
        request, values = await context.gestures.action_request(who.asker, action, gesture_message(stored))
        current_values = values_to_form(request, values)
    else:
        request, current_values = request_type(query.get("kind", "")), {}
    verb = verb_for_request(request)
    fields = [
        {**_option_json(each), "value": _json_value(current_values.get(each.field))}
        for each in ordered_options(request)
    ]
    return {"kind": verb.word, "title": verb.sentence, "typed": verb.typed_form, "fields": fields, "noun": request.noun}


async def suggest_choices(context: ConsoleContext, who: Persona, call: Call) -> dict[str, Any]:
    choices = await _find_choices(context, call)
    return {"choices": [{**asdict(each), "sample": bool(each.sample)} for each in choices]}


async def _find_choices(context: ConsoleContext, call: Call) -> Sequence[Choice]:
    query = call.query_params
    return await context.core.lookups.suggest(query.get("what", ""), query.get("typed", "")[:80])


async def serve_sample(context: ConsoleContext, call: Call) -> Response:
    """The preview of one choice. Only addresses that a provider named are fetched."""
    value, choices = call.query_params.get("value", ""), await _find_choices(context, call)
    address = next((each.sample for each in choices if each.value == value), None)
    if address is None or context.core.fetch_sample is None:
        return PlainTextResponse("no sample", 404)
    path, type_ = await context.core.fetch_sample(address)
    return FileResponse(path, media_type=type_, headers=FILE_HEADERS)


async def list_faults(context: ConsoleContext, who: Persona, call: Call) -> dict[str, Any]:
    return await require_fault_control(context).list_faults()


def require_fault_control(context: ConsoleContext) -> FaultControl:
    if context.core.fault_control is None:
        raise Refused("Only the sandbox can simulate errors; this server uses a real provider.")
    return context.core.fault_control


def request_type(kind: str) -> type[Request]:
    request = next((each for each in REQUESTS if verb_for_request(each).word == kind), None)
    if request is None:
        raise Refused("Unknown form. Reload the page.")
    return request


async def read_form_values(context: ConsoleContext, request: type[Request], sent: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a form. Files must have been uploaded here before."""
    form_options = {each.field: each for each in options_of(request)}
    fields: dict[str, FieldValue] = {}
    for name, value in sent.items():
        if name not in form_options:
            raise Refused(f"The form has no field “{name[:40]}”.")
        if isinstance(value, dict):
            fields[name] = await _read_media(context, form_options[name], value)
        elif value is None or isinstance(value, str | bool):
            fields[name] = value
        else:
            raise Refused(f"“{name}” must be text, a yes or no, or a file.", name)
    return form_to_values(request, fields)


async def _read_media(context: ConsoleContext, option: Option, value: Mapping[str, Any]) -> Media:
    address = str(value.get("address", ""))
    scheme, _, key = address.partition(":")
    if scheme == "portrait" and option.media_kind is MediaKind.PICTURE:
        return Media(kind=MediaKind.PICTURE, address=address, name=key)
    if scheme == "https" and option.media_kind:
        return Media(kind=option.media_kind, address=address, name=str(value.get("name", ""))[:60])
    (file,) = await get_uploads(context, [key])
    if file.kind is not option.media_kind:
        raise Refused(f"--{option.word} needs a {option.media_kind} file; “{file.name}” is not one.", option.field)
    return file.media


async def _prefill_from_job(
    context: ConsoleContext, who: Persona, word: str, act: str
) -> tuple[type[Request], dict[str, FieldValue]]:
    job = await context.core.desk.job_finder.find_job(who.asker, word)
    if act != "translate":
        return type(job.request), request_to_form(job.request)
    return Translation, translation_values(job)


def _json_value(value: FieldValue) -> Any:
    return value.model_dump(mode="json") if isinstance(value, Media) else value


def _verb_json(verb: Verb) -> dict[str, Any]:
    options = [_option_json(each) for each in ordered_options(verb.request)] if verb.request else []
    facts = {"word": verb.word, "typed": verb.typed_form, "sentence": verb.sentence, "example": verb.example}
    return {**facts, "form": verb.request is not None, "options": options}


def _option_json(option: Option) -> dict[str, Any]:
    facts = asdict(option)
    del facts["default"]  # any type
    multiple, numeric = option.value_type is ValueType.TEXT_LIST, option.value_type in NUMBER_TYPES
    return {**facts, "multiple": multiple, "numeric": numeric}


def _flag_emoji() -> list[dict[str, str]]:
    """A flag for each language a video can be translated into."""
    homes = {"ar": "SA", "zh": "CN", "cs": "CZ", "da": "DK", "en": "GB", "el": "GR", "hi": "IN", "ja": "JP"}
    homes |= {"ko": "KR", "ms": "MY", "fil": "PH", "sv": "SE", "ta": "LK", "uk": "UA"}
    flags = {language: flag_emoji(homes.get(code, code.upper())) for language, code in LANGUAGE_CODES.items()}
    return [
        {"emoji": emoji, "name": language} for language, emoji in flags.items() if language_of_flag(emoji) == language
    ]
