"""Forms as modal views: common options first, the rest behind a button, errors at their field."""

from collections.abc import Mapping
from typing import Any

from adapters.chats.slack import texts
from adapters.chats.slack.files import file_media
from adapters.chats.slack.outgoing.blocks import (
    Block,
    button_block,
    plain_text,
    rich_text_block,
    section_block,
    truncate,
)
from bot.chats.form_drafts import FormDraft
from bot.commands import forms
from bot.commands.forms import FieldValue
from bot.commands.help import option_bounds
from bot.errors import Refused, Trouble
from bot.policy.user_defaults import USER_DEFAULTS_TITLE, UserDefaults
from bot.requests.base import OptionModel, parse_values, studio_title
from bot.requests.file_links import EXTENSIONS
from bot.requests.media import Media
from bot.requests.options import Option, ValueType, options_of, ordered_options
from bot.wording.cards import Card

REQUEST_FORM_ID = "didtalk_form"
MORE_OPTIONS_ACTION = "didtalk_more"
CHANNEL_BLOCK_ID = "where"
MAX_VIEW_BLOCKS = 100
MAX_TITLE_CHARS = 24  # also of a modal's buttons
MAX_INPUT_CHARS = 3000  # Slack's limit for a text input
SUGGESTIONS_PREFIX = "pick:"  # action id of a select menu: prefix and list name
FIELD_PREFIX = "field:"  # block id of a field: prefix and field name
DEFAULTS_FORM_ID = "didtalk_defaults"
DEFAULTS_FORM_KIND = "mine"  # the defaults form, in place of a request's kind
DEFAULTS_PREFIX = "mine:"  # marks lists in the defaults form
NO_DEFAULT = "none"

View = Block


def field_block(option: Option, given: FieldValue, kind: str) -> Block:
    if isinstance(given, str) and len(given) > MAX_INPUT_CHARS:
        return _field_note(option, texts.TEXT_TOO_LONG)
    return {
        "type": "input",
        "block_id": FIELD_PREFIX + option.field,
        "label": plain_text(_field_label(option), 150),
        "optional": not option.required or isinstance(given, Media),
        "element": _field_element(option, given, kind),
    } | _field_hint(option, given)


def read_field(option: Option, state: Mapping[str, Any], workspace: str) -> FieldValue:
    """The value of a submitted field, by the type of its element."""
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
    # Not every Slack client enforces the allowed file types.
    if media := file_media(workspace, file):
        return media
    extensions = " ".join(EXTENSIONS[option.media_kind]) if option.media_kind else ""
    raise Refused(texts.FILE_TYPE_DENIED.format(name=file.get("name") or "That file", endings=extensions), option.field)


def _field_element(option: Option, given: FieldValue, kind: str) -> Block:
    text = given if isinstance(given, str) and given else None
    match option.value_type:
        case ValueType.FLAG if option.default is None:
            return _yes_or_no(given)
        case ValueType.FLAG:
            return _checkbox(option, given)
        case ValueType.MEDIA:
            extensions = EXTENSIONS[option.media_kind] if option.media_kind else None
            return {"type": "file_input", "action_id": "file", "filetypes": extensions, "max_files": 1}
        case ValueType.CHOICE:
            none = [select_option(NO_DEFAULT, "No default")] if kind == DEFAULTS_FORM_KIND else []
            listed = [*none, *(_choice_option(each) for each in option.choices)]
            select = {"type": "static_select", "action_id": "choice", "options": listed}
            return select | _without_empty(initial_option=text and _choice_option(text))
        case ValueType.NUMBER | ValueType.INTEGER:
            return _number_input(option, text)
        case ValueType.TEXT_LIST if option.suggests:
            typed = (text or "").replace("\n", ",").split(",")
            chosen = [select_option(each.strip()) for each in typed if each.strip()]
            return _suggestions_select("multi_external_select", option, kind) | _without_empty(initial_options=chosen)
        case _ if option.suggests:
            chosen_option = text and select_option(text)
            return _suggestions_select("external_select", option, kind) | _without_empty(initial_option=chosen_option)
        case _:
            return _text_input(option, text)


def _text_input(option: Option, text: str | None) -> Block:
    max_chars = min(option.max_length or MAX_INPUT_CHARS, MAX_INPUT_CHARS)
    multiline = option.positional or option.value_type is ValueType.TEXT_LIST
    shown = _without_empty(initial_value=text, placeholder=plain_text(option.example, 150) if option.example else None)
    return {"type": "plain_text_input", "action_id": "text", "multiline": multiline, "max_length": max_chars} | shown


def _number_input(option: Option, text: str | None) -> Block:
    low, high = (f"{bound:g}" if bound is not None else None for bound in (option.minimum, option.maximum))
    whole = option.value_type is ValueType.INTEGER
    filled_in = _without_empty(min_value=low, max_value=high, initial_value=text)
    return {"type": "number_input", "action_id": "number", "is_decimal_allowed": not whole} | filled_in


def _checkbox(option: Option, given: FieldValue) -> Block:
    tick = select_option("yes", option.sentence)
    checkboxes = {"type": "checkboxes", "action_id": "tick", "options": [tick]}
    return checkboxes | _without_empty(initial_options=given and [tick])


def _yes_or_no(given: FieldValue) -> Block:
    """A tick cannot say no, which is something else than nothing where the default depends."""
    answers = {True: select_option("yes", "Yes"), False: select_option("no", "No")}
    select = {"type": "static_select", "action_id": "choice", "options": list(answers.values())}
    return select | _without_empty(initial_option=answers.get(given) if isinstance(given, bool) else None)


def _suggestions_select(kind: str, option: Option, request: str) -> Block:
    what = f"drivers:{request}" if option.suggests == "drivers" else option.suggests
    what = f"{DEFAULTS_PREFIX}{what}" if request == DEFAULTS_FORM_KIND else what
    return {"type": kind, "action_id": f"{SUGGESTIONS_PREFIX}{what}", "min_query_length": 0}


def select_option(value: str, label: str = "") -> Block:
    return {"text": plain_text(label or value, 75), "value": value[:150]}


def _choice_option(value: str) -> dict[str, Any]:
    return select_option(value, studio_title(value))


def _field_label(option: Option) -> str:
    return "SSML" if option.word == "ssml" else option.word.replace("-", " ").capitalize()


def _field_hint(option: Option, given: FieldValue) -> Block:
    bounds = "" if option.choices or option.suggests else option_bounds(option)  # menus show the allowed values
    is_tick = option.value_type is ValueType.FLAG and option.default is not None
    parts = [] if is_tick else [option.sentence + bounds]
    if option.value_type is ValueType.TEXT and (option.max_length or 0) > MAX_INPUT_CHARS:
        parts.append(texts.FORM_TEXT_LIMIT)
    if isinstance(given, Media):
        parts.append(f"Now: {given.name or 'a file'}")
    elif option.media_kind:
        parts.append(texts.FORM_FILE_LIMIT)
    return {"hint": plain_text(". ".join(parts), 2000)} if parts else {}


def _field_note(option: Option, sentence: str) -> Block:
    return {"type": "context", "elements": [plain_text(f"{_field_label(option)}: {sentence}", 2000)]}


def _without_empty(**given: Any) -> Block:
    return {name: value for name, value in given.items() if value}


def form_view(draft: FormDraft) -> View:
    shown = [each for each in ordered_options(draft.request) if draft.show_advanced or not each.advanced]
    blocks = [field_block(each, draft.values.get(each.field), draft.kind) for each in shown]
    if draft.place is None:
        blocks.insert(1, _channel_block())
    if not draft.show_advanced:
        button = button_block("More options", MORE_OPTIONS_ACTION, "more")
        blocks.append({"type": "actions", "block_id": "more", "elements": [button]})
    title = texts.FORM_TITLES.get(draft.kind, f"New {draft.kind}")
    view = _modal(title, blocks, submit="Create video", callback_id=REQUEST_FORM_ID)
    return view | {"private_metadata": draft.id, "notify_on_close": True}


def defaults_view(defaults: UserDefaults) -> View:
    given = forms.request_to_form(defaults)
    fields = [field_block(each, given.get(each.field), DEFAULTS_FORM_KIND) for each in options_of(UserDefaults)]
    blocks = [section_block(texts.DEFAULTS_INTRO), *fields]
    return _modal(USER_DEFAULTS_TITLE, blocks, submit="Save", callback_id=DEFAULTS_FORM_ID)


def notice_view(text: str) -> View:
    return _modal("didtalk", [rich_text_block(Card("", (text,)))], close="Close")


def _modal(title: str, blocks: list[Block], *, submit: str = "", close: str = "Cancel", callback_id: str = "") -> View:
    view = {"type": "modal", "title": plain_text(title, MAX_TITLE_CHARS), "close": plain_text(close, MAX_TITLE_CHARS)}
    if submit:
        view |= {"callback_id": callback_id, "submit": plain_text(submit, MAX_TITLE_CHARS)}
    return view | {"blocks": blocks[:MAX_VIEW_BLOCKS]}


def read_defaults(state: Mapping[str, Any]) -> UserDefaults:
    """The submitted defaults; empty fields have none."""
    given = forms.form_to_values(UserDefaults, _read_fields(UserDefaults, state, ""))
    return parse_values(UserDefaults, {name: value for name, value in given.items() if value != NO_DEFAULT})


def form_values(draft: FormDraft, state: Mapping[str, Any], workspace: str) -> dict[str, Any]:
    """The submitted values, and for hidden fields those of the draft."""
    files = {each.field for each in options_of(draft.request) if each.media_kind}
    given = _read_fields(draft.request, state, workspace)
    shown = {name: value for name, value in given.items() if value is not None or name not in files}
    return forms.form_to_values(draft.request, {**draft.values, **shown})


def _read_fields(form: type[OptionModel], state: Mapping[str, Any], workspace: str) -> dict[str, FieldValue]:
    known = {each.field: each for each in options_of(form)}
    return {
        option.field: read_field(option, next(iter(elements.values()), {}), workspace)
        for block, elements in state.items()
        if (option := known.get(block.removeprefix(FIELD_PREFIX)))
    }


def form_errors(form: type[OptionModel], trouble: Trouble, state: Mapping[str, Any]) -> dict[str, str]:
    """The error at its field, or at the first field if that one is hidden."""
    refusal = trouble if isinstance(trouble, Refused) else Refused(trouble.sentence)
    block = f"{FIELD_PREFIX}{forms.refused_field(form, refusal)}"
    if block not in state:
        block = next((each for each in state if each.startswith(FIELD_PREFIX)), block)
    return {block: truncate(trouble.sentence, 2000)}


def chosen_channel(state: Mapping[str, Any]) -> str:
    """The channel chosen in the form, or ""."""
    return str(state.get(CHANNEL_BLOCK_ID, {}).get("channel", {}).get("selected_conversation") or "")


def _channel_block() -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": CHANNEL_BLOCK_ID,
        "optional": True,
        "label": plain_text("Post to", 150),
        "hint": plain_text("Leave empty to get it in a DM.", 150),
        "element": {
            "type": "conversations_select",
            "action_id": "channel",
            "default_to_current_conversation": True,
            "filter": {"include": ["public", "private"], "exclude_bot_users": True},
        },
    }
