"""Forms as Discord modals, and the requests they and commands make.

A modal has five fields. Text, catalogue options and files get their own; all other options share one and are written
as in a command.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import discord
from discord import ui

from adapters.chats.discord import texts
from adapters.chats.discord.attachments import media_of
from adapters.chats.discord.context import PLATFORM, DiscordContext, Interaction
from adapters.chats.discord.incoming.responses import accept_request, respond_with_view, send_response
from adapters.chats.discord.outgoing.cards import REOPEN_FORM, ButtonPress, card_view, shorten
from adapters.chats.discord.people import asker_of, place_of, require_bot_permissions, require_may_ask
from bot.chats.form_drafts import FormDraft, FormDrafts
from bot.commands.forms import form_to_values, refused_field, values_to_form
from bot.commands.parser import attach_media, media_from_text, parse_options
from bot.commands.verbs import verb_for_request
from bot.errors import Refused, Trouble
from bot.requests.base import Request, parse_values
from bot.requests.media import Media, MediaKind
from bot.requests.options import Option, ValueType, options_of
from bot.wording.cards import DeskReply

MAX_FORM_FIELDS = 5
MAX_FORM_TITLE_CHARS, MAX_LABEL_CHARS, MAX_HINT_CHARS, MAX_FIELD_CHARS = 45, 45, 100, 4000
FILES_FIELD, LINK_FIELD, MORE_FIELD = "files", "link", "more"
FORM_ID_PREFIX = "didtalk-form:"

OnRefused = Callable[[Trouble], Awaitable[None]]


async def ask_for_video(
    context: DiscordContext, interaction: Interaction, draft: FormDraft, on_refused: OnRefused | None = None
) -> bool:
    """Request the video of a filled draft; True when it was accepted."""

    async def ask_desk(idempotency_key: str) -> DeskReply:
        asker = asker_of(interaction)
        require_may_ask(context, asker, interaction)
        require_bot_permissions(interaction)
        request, place = parse_values(draft.request, draft.values), place_of(interaction, draft.message_id)
        return await context.core.desk.take_request(asker, place, request, idempotency_key, redo_of=draft.redo_of)

    return await accept_request(context, interaction, ask_desk, on_refused)


async def open_form(context: DiscordContext, interaction: Interaction, draft: FormDraft) -> None:
    """Open a form, after checking access. It must be the first response, so nothing slow may come before it."""
    asker = asker_of(interaction)
    require_may_ask(context, asker, interaction)
    await context.core.desk.check_may_request(asker, place_of(interaction, draft.message_id))
    await _form_drafts(context).save_draft("", asker.user, draft)
    await send_response(interaction, interaction.response.send_modal(_build_modal(draft)))


async def reopen_form(context: DiscordContext, interaction: Interaction, draft_id: str) -> None:
    await open_form(context, interaction, await _require_draft(context, interaction, draft_id))


async def handle_form_submit(context: DiscordContext, interaction: Interaction) -> None:
    data: dict[str, Any] = dict(interaction.data or {})
    draft_id = str(data.get("custom_id", "")).removeprefix(FORM_ID_PREFIX)
    draft = await _require_draft(context, interaction, draft_id)
    drafts, user = _form_drafts(context), str(interaction.user.id)
    fields, ids = _parse_submission(data)
    filled = draft

    async def on_refused(trouble: Trouble) -> None:
        error_field = (trouble.option if isinstance(trouble, Refused) else None) or ""
        refused = replace(filled, error=trouble.sentence, error_field=error_field)
        await drafts.save_draft("", user, refused)
        await _offer_form_again(interaction, refused)

    try:
        filled = replace(draft, values=_submitted_values(draft, fields, _attached_media(interaction, data, ids)))
    except Refused as early:
        await on_refused(early)
        return
    if await ask_for_video(context, interaction, filled, on_refused):
        await drafts.delete_draft("", user, draft.id)


async def _require_draft(context: DiscordContext, interaction: Interaction, draft_id: str) -> FormDraft:
    draft = await _form_drafts(context).get_draft("", str(interaction.user.id), draft_id)
    if draft is None:
        raise Refused(texts.FORM_EXPIRED)
    return draft


async def _offer_form_again(interaction: Interaction, draft: FormDraft) -> None:
    """A form cannot follow a form, so a button leads back to it."""
    view = card_view(draft.error)
    custom_id = ButtonPress(REOPEN_FORM, draft.id).custom_id
    view.add_item(ui.ActionRow(ui.Button(label="Back to the form", custom_id=custom_id)))
    view.stop()
    await respond_with_view(interaction, view)


def _attached_media(interaction: Interaction, data: dict[str, Any], ids: list[str]) -> list[Media]:
    resolved = data.get("resolved", {}).get("attachments", {})
    state = interaction.client._connection
    media = [media_of(discord.Attachment(data=resolved[each], state=state)) for each in ids if each in resolved]
    return [each for each in media if each]


def _form_drafts(context: DiscordContext) -> FormDrafts:
    """Keyed by the person alone, whose id is the same on every server."""
    return FormDrafts(context.core.key_value, PLATFORM)


def _parse_submission(data: Mapping[str, Any]) -> tuple[dict[str, str], list[str]]:
    """The texts by field, and the ids of the files."""
    fields: dict[str, str] = {}
    files: list[str] = []
    for row in data.get("components", ()):
        for field in [row["component"]] if "component" in row else row.get("components", ()):
            if field.get("custom_id") == FILES_FIELD:
                files += [str(each) for each in field.get("values", ())]
            elif "value" in field:
                fields[field["custom_id"]] = field["value"] or ""
    return fields, files


def _submitted_values(draft: FormDraft, fields: Mapping[str, str], files: Sequence[Media]) -> dict[str, Any]:
    """The values of a submitted form: cleared fields are removed, values without a field stay."""
    verb = verb_for_request(draft.request)
    own_options = _own_field_options(draft.request)
    given = {option.field: fields.get(option.field, "") for option in own_options}
    retained = {name: value for name, value in draft.values.items() if isinstance(value, Media)}
    retained |= {option.field: draft.values[option.field] for option in own_options if _too_long(draft, option)}
    attached = attach_media({}, files, verb)
    file_option = required_file(draft.request)
    if file_option and file_option.field not in attached and (link := fields.get(LINK_FIELD, "").strip()):
        attached[file_option.field] = media_from_text(link, file_option)
    if given.get("script", "").strip() and "audio" not in attached:
        retained.pop("audio", None)  # a new text replaces the old recording
    if "audio" in attached:
        given.pop("script", None)
    more = parse_options(fields.get(MORE_FIELD, ""), options_of(draft.request), verb.typed_form)
    return {**retained, **form_to_values(draft.request, given), **more, **attached}


def _build_modal(draft: FormDraft) -> ui.Modal:
    title = verb_for_request(draft.request).sentence[:MAX_FORM_TITLE_CHARS]
    form = ui.Modal(title=title, custom_id=f"{FORM_ID_PREFIX}{draft.id}")
    shown = values_to_form(draft.request, draft.values)
    for option in _own_field_options(draft.request):
        form.add_item(_text_field(draft, option, str(shown.get(option.field, ""))))
    if takers := _file_options(draft.request):
        form.add_item(_files_field(draft, takers))
    if file_option := required_file(draft.request):
        form.add_item(_link_field(draft, file_option))
    form.add_item(_more_field(draft, shown))
    form.stop()  # submissions are matched by id, also after a restart
    return form


def _own_field_options(request: type[Request]) -> list[Option]:
    """The options with their own field: text and catalogue options."""
    plain_options = [each for each in options_of(request) if not each.media_kind and not each.advanced]
    first = [each for each in plain_options if each.positional]
    picked = [each for each in plain_options if each.suggests and not each.positional]
    return [*first, *picked][: MAX_FORM_FIELDS - (3 if required_file(request) else 2)]


def required_file(request: type[Request]) -> Option | None:
    """The file without which there is nothing to make; it can also be given as a link."""
    return next((each for each in options_of(request) if each.media_kind and each.required), None)


def _file_options(request: type[Request]) -> list[Option]:
    return [each for each in options_of(request) if each.media_kind and not each.advanced]


def _shared_field_options(request: type[Request]) -> list[Option]:
    own_options = _own_field_options(request)
    return [each for each in options_of(request) if each not in own_options and not each.media_kind]


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
    has = [value.name or "a file" for value in draft.values.values() if isinstance(value, Media)]
    hint = f"Now: {', '.join(has)}. A new file replaces it." if has else takers[0].sentence
    field: ui.FileUpload[ui.Modal] = ui.FileUpload(
        custom_id=FILES_FIELD, required=False, min_values=0, max_values=min(10, len(takers))
    )
    label = " or ".join(dict.fromkeys(str(each.media_kind) for each in takers)).capitalize()
    error_field = next((each.field for each in takers if each.field == draft.error_field), FILES_FIELD)
    return _field_label(draft, error_field, label, hint, field)


def _link_field(draft: FormDraft, option: Option) -> ui.Label[ui.Modal]:
    given = draft.values.get(option.field)
    field: ui.TextInput[ui.Modal] = ui.TextInput(
        custom_id=LINK_FIELD,
        required=False,
        default=given.address if isinstance(given, Media) and given.scheme == "https" else None,
        placeholder=f"https://example.com/{option.field}.{'mp4' if option.media_kind is MediaKind.VIDEO else 'jpg'}",
        max_length=1000,
    )
    hint = "Instead of a file, or for one that is larger than you may upload"
    return _field_label(draft, LINK_FIELD, "Or a link", hint, field)


def _more_field(draft: FormDraft, shown: Mapping[str, Any]) -> ui.Label[ui.Modal]:
    options = _shared_field_options(draft.request)
    typed = [_option_as_typed(each, shown[each.field]) for each in options if shown.get(each.field) is not None]
    field: ui.TextInput[ui.Modal] = ui.TextInput(
        custom_id=MORE_FIELD,
        style=discord.TextStyle.paragraph,
        required=False,
        default=" ".join(typed) or None,
        max_length=MAX_FIELD_CHARS,
    )
    return _field_label(draft, MORE_FIELD, "More options", ", ".join(f"--{each.word}" for each in options), field)


def _option_as_typed(option: Option, value: Any) -> str:
    if option.value_type is ValueType.FLAG:
        return f"--{option.word}" if value else f"--no-{option.word}"
    parts = [str(value)]
    if option.value_type is ValueType.TEXT_LIST:
        parts = parts[0].splitlines() if "=" in parts[0] else parts[0].split(", ")
    quoted = [f'"{part}"' if re.search(r"\s", part) else part for part in parts]
    return " ".join(f"--{option.word} {part}" for part in quoted)


def _field_label(
    draft: FormDraft, field: str, label: str, hint: str, component: ui.Item[ui.Modal]
) -> ui.Label[ui.Modal]:
    """A field; its hint is the error when it was refused."""
    if draft.error and _error_field(draft) == field:
        hint = draft.error
    return ui.Label(text=label[:MAX_LABEL_CHARS], description=shorten(hint, MAX_HINT_CHARS), component=component)


def _error_field(draft: FormDraft) -> str:
    field = refused_field(draft.request, Refused(draft.error, draft.error_field)) or ""
    options = [*_own_field_options(draft.request), *_file_options(draft.request)]
    return field if field in [each.field for each in options] else MORE_FIELD


def _too_long(draft: FormDraft, option: Option) -> bool:
    return len(str(draft.values.get(option.field, ""))) > MAX_FIELD_CHARS
