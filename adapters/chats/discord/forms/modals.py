"""Forms as Discord modals. A modal has five fields: text, catalogue options and files get their own, all other options
share one and are written as in a command.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import discord
from discord import ui

from bot.chats.form_drafts import FormDraft
from bot.commands.forms import form_to_values, refused_field, values_to_form
from bot.commands.parser import attach_media, parse_options
from bot.commands.verbs import verb_for_request
from bot.errors import Refused
from bot.requests.kinds import Request
from bot.requests.media import Media
from bot.requests.options import Option, ValueType, options_of

MAX_FORM_FIELDS = 5
MAX_FORM_TITLE_CHARS, MAX_LABEL_CHARS, MAX_HINT_CHARS, MAX_FIELD_CHARS = 45, 45, 100, 4000
FILES_FIELD, MORE_FIELD = "files", "more"
FORM_ID_PREFIX = "didtalk-form:"


def build_modal(draft: FormDraft) -> ui.Modal:
    form = ui.Modal(
        title=verb_for_request(draft.request).sentence[:MAX_FORM_TITLE_CHARS], custom_id=f"{FORM_ID_PREFIX}{draft.id}"
    )
    shown = values_to_form(draft.request, draft.values)
    for option in own_field_options(draft.request):
        form.add_item(_text_field(draft, option, str(shown.get(option.field, ""))))
    if takers := _file_options(draft.request):
        form.add_item(_files_field(draft, takers))
    form.add_item(_more_field(draft, shown))
    form.stop()  # submissions are matched by id, also after a restart
    return form


def submitted_values(draft: FormDraft, fields: Mapping[str, str], files: Sequence[Media]) -> dict[str, Any]:
    """The values of a submitted form: cleared fields are removed, values without a field stay."""
    verb = verb_for_request(draft.request)
    own_options = own_field_options(draft.request)
    texts = {option.field: fields.get(option.field, "") for option in own_options}
    retained = {name: value for name, value in draft.values.items() if isinstance(value, Media)}
    retained |= {option.field: draft.values[option.field] for option in own_options if _too_long(draft, option)}
    attached = attach_media({}, files, verb)
    if texts.get("script", "").strip() and "audio" not in attached:
        retained.pop("audio", None)  # a new text replaces the old recording
    if "audio" in attached:
        texts.pop("script", None)
    more = parse_options(fields.get(MORE_FIELD, ""), options_of(draft.request), verb.typed_form)
    return {**retained, **form_to_values(draft.request, texts), **more, **attached}


def own_field_options(request: type[Request]) -> list[Option]:
    """The options with their own field: text and catalogue options."""
    plain_options = [each for each in options_of(request) if not each.media_kind and not each.advanced]
    first = [each for each in plain_options if each.positional]
    picked = [each for each in plain_options if each.suggests and not each.positional]
    return [*first, *picked][: MAX_FORM_FIELDS - 2]


def parse_submission(data: Mapping[str, Any]) -> tuple[dict[str, str], list[str]]:
    """The texts by field, and the ids of the files."""
    texts: dict[str, str] = {}
    files: list[str] = []
    for row in data.get("components", ()):
        for field in [row["component"]] if "component" in row else row.get("components", ()):
            if field.get("custom_id") == FILES_FIELD:
                files += [str(each) for each in field.get("values", ())]
            elif "value" in field:
                texts[field["custom_id"]] = field["value"] or ""
    return texts, files


def options_as_typed(request: type[Request], shown: Mapping[str, Any]) -> str:
    own_fields = {each.field for each in own_field_options(request)}
    words = []
    for option in options_of(request):
        value = shown.get(option.field)
        if option.field in own_fields or value is None or isinstance(value, Media):
            continue
        words.append(_option_as_typed(option, value))
    return " ".join(words)


def _option_as_typed(option: Option, value: Any) -> str:
    if option.value_type is ValueType.FLAG:
        return f"--{option.word}" if value else f"--no-{option.word}"
    if option.value_type is ValueType.TEXT_LIST:
        parts = str(value).splitlines() if "=" in str(value) else str(value).split(", ")
        return " ".join(f"--{option.word} {_quote_spaced(part)}" for part in parts)
    return f"--{option.word} {_quote_spaced(str(value))}"


def _quote_spaced(value: str) -> str:
    return f'"{value}"' if re.search(r"\s", value) else value


def _text_field(draft: FormDraft, option: Option, value: str) -> ui.Label[ui.Modal]:
    long = option.positional and option.field == "script"
    keeps_value = _too_long(draft, option)
    hint = "Too long for this form. It is kept unless you enter a new text." if keeps_value else option.sentence
    field: ui.TextInput[ui.Modal] = ui.TextInput(
        custom_id=option.field,
        style=discord.TextStyle.paragraph if long else discord.TextStyle.short,
        required=option.required and not keeps_value,
        default=None if keeps_value or not value else value,
        placeholder=option.example[:MAX_HINT_CHARS] or None,
        max_length=MAX_FIELD_CHARS if long else 300,
    )
    return _field_label(draft, option.field, option.word.replace("-", " ").capitalize(), hint, field)


def _files_field(draft: FormDraft, takers: Sequence[Option]) -> ui.Label[ui.Modal]:
    has = [value.name or "a file" for name, value in draft.values.items() if isinstance(value, Media)]
    hint = f"Now: {', '.join(has)}. A new file replaces it." if has else takers[0].sentence
    needed = any(option.required and option.field not in draft.values for option in takers)
    field: ui.FileUpload[ui.Modal] = ui.FileUpload(
        custom_id=FILES_FIELD, required=needed, min_values=int(needed), max_values=min(10, len(takers))
    )
    label = " or ".join(dict.fromkeys(str(each.media_kind) for each in takers)).capitalize()
    error_field = next((each.field for each in takers if each.field == draft.error_field), FILES_FIELD)
    return _field_label(draft, error_field, label, hint, field)


def _more_field(draft: FormDraft, shown: Mapping[str, Any]) -> ui.Label[ui.Modal]:
    rare = [
        each.word
        for each in options_of(draft.request)
        if each not in own_field_options(draft.request) and not each.media_kind
    ]
    field: ui.TextInput[ui.Modal] = ui.TextInput(
        custom_id=MORE_FIELD,
        style=discord.TextStyle.paragraph,
        required=False,
        default=options_as_typed(draft.request, shown) or None,
        max_length=MAX_FIELD_CHARS,
    )
    return _field_label(draft, MORE_FIELD, "More options", f"{', '.join(f'--{each}' for each in rare)}", field)


def _field_label(
    draft: FormDraft, field: str, label: str, hint: str, component: ui.Item[ui.Modal]
) -> ui.Label[ui.Modal]:
    """A field; its hint is the error when it was refused."""
    if draft.error and _error_field(draft) == field:
        hint = draft.error
    return ui.Label(text=label[:MAX_LABEL_CHARS], description=_short_hint(hint), component=component)


def _error_field(draft: FormDraft) -> str:
    """The field that shows an error."""
    field = refused_field(draft.request, Refused(draft.error, draft.error_field)) or ""
    form_fields = {each.field for each in own_field_options(draft.request)} | {
        each.field for each in _file_options(draft.request)
    }
    return field if field in form_fields else MORE_FIELD


def _file_options(request: type[Request]) -> list[Option]:
    return [each for each in options_of(request) if each.media_kind and not each.advanced]


def _too_long(draft: FormDraft, option: Option) -> bool:
    return len(str(draft.values.get(option.field, ""))) > MAX_FIELD_CHARS


def _short_hint(text: str) -> str:
    return text if len(text) <= MAX_HINT_CHARS else f"{text[: MAX_HINT_CHARS - 1]}…"
