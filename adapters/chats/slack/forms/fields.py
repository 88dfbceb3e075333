"""Options as fields of a Slack form, and what was filled in read back."""

from collections.abc import Mapping
from typing import Any

from adapters.chats.slack import texts
from adapters.chats.slack.files import EXTENSIONS, file_media
from adapters.chats.slack.forms.suggestions import DEFAULTS_PREFIX, NO_DEFAULT, select_option
from adapters.chats.slack.outgoing.mrkdwn import truncate
from bot.commands.forms import FieldValue
from bot.commands.help import option_bounds
from bot.errors import Refused
from bot.requests.media import Media, MediaKind
from bot.requests.options import Option, ValueType
from bot.studios.studio import studio_title

MAX_INPUT_CHARS = 3000  # characters one of Slack's inputs takes
SUGGESTIONS_PREFIX = "pick:"  # how the id of a list begins; what it lists follows
FIELD_PREFIX = "field:"  # how a block of a field begins; the field follows
DEFAULTS_FORM_KIND = "mine"  # the kind of the form of one's own defaults

Block = dict[str, Any]


def field_block(option: Option, given: FieldValue, kind: str) -> Block:
    """An option as one block of a form."""
    if isinstance(given, str) and len(given) > MAX_INPUT_CHARS:
        return _field_note(option, texts.TEXT_TOO_LONG)
    return {
        "type": "input",
        "block_id": FIELD_PREFIX + option.field,
        "label": _plain_text(_field_label(option), 150),
        "optional": not option.required or isinstance(given, Media),
        "element": _field_element(option, given, kind),
    } | _field_hint(option, given)


def read_field(option: Option, state: Mapping[str, Any], workspace: str) -> FieldValue:
    """What a person filled in; the element says how it was asked."""
    match state.get("type"):
        case "checkboxes":
            return True if state.get("selected_options") else None
        case "file_input":
            files = state.get("files") or ()
            return _read_file(option, files[0], workspace) if files else None
        case "static_select" | "external_select":
            return (state.get("selected_option") or {}).get("value")
        case "multi_external_select":
            return "\n".join(each["value"] for each in state.get("selected_options") or ()) or None
        case _:
            return state.get("value")


def _read_file(option: Option, file: Mapping[str, Any], workspace: str) -> Media:
    # Slack holds back what has another ending, but not everywhere.
    if media := file_media(workspace, file):
        return media
    extensions = " ".join(EXTENSIONS[option.media_kind]) if option.media_kind else ""
    raise Refused(texts.FILE_TYPE_DENIED.format(name=file.get("name") or "That file", endings=extensions), option.field)


def _field_element(option: Option, given: FieldValue, kind: str) -> Block:
    text = given if isinstance(given, str) and given else None
    match option.value_type:
        case ValueType.FLAG:
            return _checkbox(option, given)
        case ValueType.MEDIA:
            extensions = EXTENSIONS[option.media_kind] if option.media_kind else None
            return {"type": "file_input", "action_id": "file", "filetypes": extensions, "max_files": 1}
        case ValueType.CHOICE:
            none = [select_option(NO_DEFAULT, "No default")] if kind == DEFAULTS_FORM_KIND else []
            listed = [*none, *(_choice_option(each) for each in option.choices)]
            return _select("static_select", text and _choice_option(text), options=listed)
        case ValueType.NUMBER | ValueType.INTEGER:
            return _number_input(option, text)
        case ValueType.TEXT_LIST if option.suggests:
            chosen = [
                select_option(each.strip()) for each in (text or "").replace("\n", ",").split(",") if each.strip()
            ]
            return _suggestions_select("multi_external_select", option, kind) | _without_empty(initial_options=chosen)
        case _ if option.suggests:
            return _suggestions_select("external_select", option, kind) | _without_empty(
                initial_option=text and select_option(text)
            )
        case _:
            return _text_input(option, text)


def _text_input(option: Option, text: str | None) -> Block:
    max_chars = min(option.max_length or MAX_INPUT_CHARS, MAX_INPUT_CHARS)
    multiline = option.positional or option.value_type is ValueType.TEXT_LIST
    shown = _without_empty(initial_value=text, placeholder=_plain_text(option.example, 150) if option.example else None)
    return {"type": "plain_text_input", "action_id": "text", "multiline": multiline, "max_length": max_chars} | shown


def _number_input(option: Option, text: str | None) -> Block:
    low, high = (f"{bound:g}" if bound is not None else None for bound in (option.minimum, option.maximum))
    whole = option.value_type is ValueType.INTEGER
    filled_in = _without_empty(min_value=low, max_value=high, initial_value=text)
    return {"type": "number_input", "action_id": "number", "is_decimal_allowed": not whole} | filled_in


def _checkbox(option: Option, given: FieldValue) -> Block:
    tick = select_option("yes", option.sentence)
    return {"type": "checkboxes", "action_id": "tick", "options": [tick]} | _without_empty(
        initial_options=given and [tick]
    )


def _select(kind: str, chosen: Any, **more: Any) -> Block:
    return {"type": kind, "action_id": "choice"} | more | _without_empty(initial_option=chosen)


def _suggestions_select(kind: str, option: Option, request: str) -> Block:
    what = f"drivers:{request}" if option.suggests == "drivers" else option.suggests
    what = f"{DEFAULTS_PREFIX}{what}" if request == DEFAULTS_FORM_KIND else what
    return {"type": kind, "action_id": f"{SUGGESTIONS_PREFIX}{what}", "min_query_length": 0}


def _choice_option(value: str) -> dict[str, Any]:
    return select_option(value, studio_title(value))


def _field_label(option: Option) -> str:
    return "SSML" if option.word == "ssml" else option.word.replace("-", " ").capitalize()


def _field_hint(option: Option, given: FieldValue) -> Block:
    hint = option.sentence + (
        "" if option.choices or option.suggests else option_bounds(option)
    )  # lists show what they take
    parts = [hint] if option.value_type is not ValueType.FLAG else []
    if option.value_type is ValueType.TEXT and (option.max_length or 0) > MAX_INPUT_CHARS:
        parts.append(texts.FORM_TEXT_LIMIT)
    if isinstance(given, Media):
        parts.append(f"Now: {given.name or 'a file'}")
    elif option.media_kind:
        parts.append(texts.FORM_FILE_LIMIT if option.media_kind is not MediaKind.TEXT else texts.FORM_TEXT_FILE_LIMIT)
    return {"hint": _plain_text(". ".join(parts), 2000)} if parts else {}


def _field_note(option: Option, sentence: str) -> Block:
    return {"type": "context", "elements": [_plain_text(f"{_field_label(option)}: {sentence}", 2000)]}


def _plain_text(text: str, max_chars: int) -> Block:
    return {"type": "plain_text", "text": truncate(text, max_chars)}


def _without_empty(**given: Any) -> Block:
    return {name: value for name, value in given.items() if value}
